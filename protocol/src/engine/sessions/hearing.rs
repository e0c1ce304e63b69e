//! What is said inside a session, and what it does.
//!
//! Invariants
//! - Nobody has a say in a direct conversation but its two people. Of a room, whoever is not in it as
//!   far as we know learns where our log of its control stands, and what ended their own membership.

use super::{Sessions, greet, tell_caught_up, typing};
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::exchange::Exchange;
use crate::engine::replica::Replica;
use crate::engine::replicas::Replicas;
use crate::engine::rooms::ask_to_show;
use crate::engine::{LinkId, Parts};
use crate::id::ConversationId;
use crate::operation::SignedOperation;
use crate::sync::{ForkClaim, SessionMessage, SignedReceipt, Stretch, Vector};

const UNSHARED: &str = "message of a conversation that is not shared";

impl Sessions {
    /// Acts on a message of a session. An error ends the session.
    pub(in crate::engine) fn message(
        &mut self,
        link: LinkId,
        message: SessionMessage,
        parts: &mut Parts<'_>,
    ) -> Result<(), String> {
        let Some(session) = parts.links.session(link) else {
            return Ok(());
        };
        let person = session.exchange.person();
        match message {
            SessionMessage::Vector(vector) => self.compare(link, &vector, parts),
            SessionMessage::Digest(conversation, digest) => {
                self.compare_digest(link, conversation, &digest, parts)
            }
            SessionMessage::News(news) => {
                let replica = parts.replicas.by_id(&news.conversation);
                if replica.is_some_and(|replica| replica.includes(person)) {
                    session.exchange.told(&news);
                }
                self.learn(link, &news, parts);
                Ok(())
            }
            SessionMessage::Ask(room, asked) => {
                session.exchange.ask(&room, &asked);
                self.pump(link, parts);
                Ok(())
            }
            SessionMessage::Fork(claim) => {
                let (exchange, room) = (&session.exchange, claim.conversation);
                if let Some(asked) = take_fork(
                    exchange,
                    *claim,
                    parts.replicas,
                    parts.directory,
                    &mut parts.context,
                )? {
                    let ask = SessionMessage::Ask(room, vec![asked]);
                    parts.links.send(link, &ask, &mut parts.context);
                }
                Ok(())
            }
            SessionMessage::Operations(operations) => take_operations(
                &mut session.exchange,
                operations,
                parts.replicas,
                parts.directory,
                &mut parts.context,
            ),
            SessionMessage::Receipt(signed) => {
                hear(&session.exchange, signed, parts.replicas, parts.directory)
            }
            SessionMessage::CaughtUp(conversation) => {
                caught_up(link, conversation, parts);
                Ok(())
            }
            SessionMessage::Typing(conversation) => typing::hear(
                &session.exchange,
                &conversation,
                parts.replicas,
                &mut parts.context,
            ),
            SessionMessage::Control(_)
            | SessionMessage::Addresses(_)
            | SessionMessage::Pair(_)
            | SessionMessage::Card(_)
            | SessionMessage::Custody(_) => Ok(()),
        }
    }

    /// Takes what the other side says it holds: serves what it lacks, and says what we hold.
    fn compare(
        &mut self,
        link: LinkId,
        vector: &Vector,
        parts: &mut Parts<'_>,
    ) -> Result<(), String> {
        let Some(session) = parts.links.session(link) else {
            return Ok(());
        };
        let person = session.exchange.person();
        let Some(replica) = parts.replicas.by_id_mut(&vector.conversation) else {
            if vector.control.is_none() {
                return Err(UNSHARED.to_owned());
            }
            ask_to_show(link, vector.conversation, Some(vector), parts);
            return Ok(());
        };
        if replica.room().is_none() && !replica.includes(person) {
            return Err(UNSHARED.to_owned());
        }
        if session.exchange.is_spent(replica) {
            return Err("more vectors in one session than it may have".to_owned());
        }
        if !session.exchange.heeds(replica) {
            return Ok(());
        }
        owe_again(&session.exchange, replica);
        session.exchange.serve(vector, replica);
        if let Some(ours) = session
            .exchange
            .say(replica, parts.directory, &parts.context)
        {
            parts.links.send(link, &ours, &mut parts.context);
        }
        self.learn(link, vector, parts);
        self.pump(link, parts);
        Ok(())
    }

    /// Takes what the other side's vector hashes to.
    fn compare_digest(
        &self,
        link: LinkId,
        conversation: ConversationId,
        digest: &[u8; 32],
        parts: &mut Parts<'_>,
    ) -> Result<(), String> {
        let Some(replica) = parts.replicas.by_id_mut(&conversation) else {
            ask_to_show(link, conversation, None, parts);
            return Ok(());
        };
        let Some(session) = parts.links.session(link) else {
            return Ok(());
        };
        let is_included = replica.includes(session.exchange.person());
        if replica.room().is_none() && !is_included {
            return Err(UNSHARED.to_owned());
        }
        if !session.exchange.heeds(replica) {
            return Ok(());
        }
        owe_again(&session.exchange, replica);
        if is_included && replica.digest(parts.directory, parts.context.own) == *digest {
            if session.exchange.is_spent(replica) {
                return Err("more vectors in one session than it may have".to_owned());
            }
            let same = replica.vector(parts.directory, parts.context.own);
            session.exchange.serve(&same, replica);
            self.pump(link, parts);
        } else if let Some(ours) =
            session
                .exchange
                .say_anew(replica, parts.directory, &parts.context)
        {
            parts.links.send(link, &ours, &mut parts.context);
        }
        Ok(())
    }
}

/// A conversation of which the other side speaks, and takes part in. `None` for a room: one of the two
/// may not know yet that they share it no longer, or not at all.
pub(super) fn shared<'a>(
    replicas: &'a mut Replicas,
    conversation: &ConversationId,
    exchange: &Exchange,
) -> Result<Option<&'a mut Replica>, String> {
    let Some(replica) = replicas.by_id_mut(conversation) else {
        let may_be_due = exchange.has_asked(conversation);
        return may_be_due
            .then_some(None)
            .ok_or_else(|| UNSHARED.to_owned());
    };
    if replica.includes(exchange.person()) {
        Ok(Some(replica))
    } else if replica.room().is_some() {
        Ok(None)
    } else {
        Err(UNSHARED.to_owned())
    }
}

/// Owes another receipt to who says once more what they hold of a room: they may have come to know
/// only now that we are in it, and have passed over the receipt before.
fn owe_again(exchange: &Exchange, replica: &mut Replica) {
    let person = exchange.person();
    if exchange.is_served(&replica.conversation()) && replica.includes(person) {
        replica.owe_receipt(person);
    }
}

/// Notes that the other side has sent all of a conversation; greets them if that had to wait for it.
fn caught_up(link: LinkId, conversation: ConversationId, parts: &mut Parts<'_>) {
    let Some(session) = parts.links.session(link) else {
        return;
    };
    let person = session.exchange.person();
    let is_due = session.exchange.heard_caught_up(&conversation);
    tell_caught_up(&session.exchange, &mut parts.context);
    let replica = parts.replicas.by_id_mut(&conversation);
    let replica = replica.filter(|replica| is_due && replica.includes(person));
    if let Some(replica) = replica {
        greet(
            link,
            replica,
            parts.directory,
            parts.links,
            &mut parts.context,
        );
    }
}

/// Takes operations, all of one conversation.
fn take_operations(
    exchange: &mut Exchange,
    operations: Vec<SignedOperation>,
    replicas: &mut Replicas,
    directory: &Directory,
    context: &mut Context<'_>,
) -> Result<(), String> {
    let Some(first) = operations.first() else {
        return Ok(());
    };
    let claimed = first.claimed().map_err(|error| error.to_string())?;
    // All others have to be of the same conversation.
    let Some(replica) = shared(replicas, &claimed.conversation, exchange)? else {
        return Ok(());
    };
    for header in operations.iter().filter_map(|signed| signed.claimed().ok()) {
        exchange.took(&claimed.conversation, &header.actor, header.seq);
    }
    replica
        .receive(operations, directory, context)
        .map_err(|fault| fault.to_string())
}

/// Takes proof of a fork; returns what is to be asked for to find out whether there is one further
/// down.
fn take_fork(
    exchange: &Exchange,
    claim: ForkClaim,
    replicas: &mut Replicas,
    directory: &Directory,
    context: &mut Context<'_>,
) -> Result<Option<Stretch>, String> {
    let Some(replica) = shared(replicas, &claim.conversation, exchange)? else {
        return Ok(None);
    };
    replica
        .hear_fork(claim, directory, context)
        .map_err(|fault| fault.to_string())
}

/// Keeps the receipt of the device at the other end.
fn hear(
    exchange: &Exchange,
    signed: SignedReceipt,
    replicas: &mut Replicas,
    directory: &Directory,
) -> Result<(), String> {
    let device = exchange.device();
    let card = directory.device(&device).map(|device| &device.card);
    let card = card.ok_or_else(|| "receipt of an unknown device".to_owned())?;
    let receipt = signed
        .verify(&card.signing)
        .map_err(|error| error.to_string())?;
    if receipt.device != device {
        return Err("receipt of another device".to_owned());
    }
    // Of a room that they have admitted us to, we may not know yet.
    if replicas.by_id(&receipt.conversation).is_some()
        && let Some(replica) = shared(replicas, &receipt.conversation, exchange)?
    {
        replica.hear(signed, receipt);
    }
    Ok(())
}
