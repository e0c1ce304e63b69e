//! Who types, as sessions tell it: to those who are there, and to nobody later.
//!
//! Invariants
//! - A signal goes to the devices whose writing counts in its conversation, over a session in which
//!   that is exchanged, and to none that reads too slowly.
//! - Nothing that is heard of it is made durable, acknowledged or passed on.

use super::hearing::shared;
use super::latest;
use crate::engine::context::Context;
use crate::engine::exchange::Exchange;
use crate::engine::link::Links;
use crate::engine::replica::Replica;
use crate::engine::replicas::Replicas;
use crate::engine::{CommandError, Engine, Typist};
use crate::id::ConversationId;
use crate::record::Outcome;
use crate::sync::SessionMessage;
use crate::time::Now;

impl Engine {
    /// Everybody who types at the moment.
    pub fn typing(&self) -> impl Iterator<Item = Typist> {
        self.replicas.all().flat_map(|replica| {
            replica.typists().map(|(person, device)| Typist {
                conversation: replica.conversation(),
                person,
                device,
            })
        })
    }

    /// Says that our person types where they can write, unless that was said a moment ago.
    pub(in crate::engine) fn type_in(
        &mut self,
        conversation: ConversationId,
        now: Now,
    ) -> Result<Outcome, CommandError> {
        let replica = self.replicas.by_id(&conversation);
        let replica = replica.ok_or(CommandError::NoConversation)?;
        if let Some(person) = replica.peer() {
            let contact = self.directory.contact(&person);
            Self::check_admitted(contact.ok_or(CommandError::NoContact)?)?;
        }
        if !replica.takes_part() {
            return Err(CommandError::NotAMember);
        }
        if replica.is_forked() {
            return Err(CommandError::OwnFork);
        }
        let mut parts = self.parts(now);
        if let Some(replica) = parts.replicas.by_id_mut(&conversation) {
            tell(replica, parts.links, &mut parts.context);
        }
        Ok(Outcome::Done)
    }
}

/// Says that our person types to all who are there, if it is time to.
fn tell(replica: &mut Replica, links: &mut Links, context: &mut Context<'_>) {
    if !replica.may_tell_typing(context.now) {
        return;
    }
    let conversation = replica.conversation();
    for link in latest(links, |person| replica.includes(person)) {
        let is_told = links.session(link).is_some_and(|session| {
            let exchange = &session.exchange;
            exchange.is_greeted(&conversation)
                && exchange.has_credit()
                && replica.heeds(exchange.person(), exchange.device())
        });
        if is_told {
            links.send(link, &SessionMessage::Typing(conversation), context);
            replica.told_typing(context.now);
        }
    }
}

/// Takes the word of the person at the other end that they type.
pub(super) fn hear(
    exchange: &Exchange,
    conversation: &ConversationId,
    replicas: &mut Replicas,
    context: &mut Context<'_>,
) -> Result<(), String> {
    // Of a room that they have admitted us to, we may not know yet.
    if replicas.by_id(conversation).is_none() {
        return Ok(());
    }
    let (person, device) = (exchange.person(), exchange.device());
    if let Some(replica) = shared(replicas, conversation, exchange)? {
        replica.hear_typing(person, device, context);
    }
    Ok(())
}
