//! Recounting: showing anew what a change of how far an author counts touches, or of whom our person
//! blocks.
//!
//! Invariants
//! - Afterwards the rows are those that [`super::rebuild`] would make.
//! - Every message that comes, goes or changes by it is at the end of the arrival log; one that
//!   does not, stays where it was.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_protocol::id::{ActorId, ConversationId, OperationId, PersonId};
use tidings_protocol::record::ActorRecord;

use super::{Extent, Role, STORED, Stored, annotation, lifetime, log, message};
use crate::error::StoreError;
use crate::reader::{ArrivalKind, message_state};

/// What is touched if an author counts further than before, or less far, and how it is shown.
pub(crate) struct Recount {
    conversation: ConversationId,
    touched: Touched,
    /// By message: what screens show of it before anything is touched.
    shown: BTreeMap<i64, Option<Shown>>,
}

impl Recount {
    /// Looks at what changes once `actor`, of which so much has counted until now, is stored.
    pub(crate) fn begin(
        transaction: &Transaction<'_>,
        actor: &ActorRecord,
        before: Extent,
    ) -> Result<Self, StoreError> {
        let touched = Touched::find(transaction, actor, before)?;
        let mut shown = BTreeMap::new();
        for number in &touched.messages {
            shown.insert(*number, Shown::read(transaction, *number)?);
        }
        Ok(Self {
            conversation: actor.conversation,
            touched,
            shown,
        })
    }

    /// Shows it anew, now that the actor is stored. Says whether a body was erased by it.
    pub(crate) fn finish(self, transaction: &Transaction<'_>) -> Result<bool, StoreError> {
        for target in &self.touched.targets {
            annotation::recount(transaction, self.conversation, *target)?;
        }
        if self.touched.lifetime {
            lifetime::recount(transaction, self.conversation)?;
        }
        let mut erased = false;
        for (number, before) in &self.shown {
            erased |= show_anew(transaction, *number, before.as_ref())?;
        }
        Ok(erased)
    }
}

/// Shows anew what a person wrote in rooms and what it was said of, now that it is stored that our
/// person blocked them, or no longer does. Says whether a body was erased by it.
///
/// Nothing but the rows changes by it, so that each is looked at and shown anew before the next:
/// however much there is, little of it is in memory.
pub(crate) fn recount_person(
    transaction: &Transaction<'_>,
    person: PersonId,
) -> Result<bool, StoreError> {
    let mut erased = false;
    for (conversation, mut touched) in Touched::in_rooms(transaction, person)? {
        for target in touched.targets {
            let number = number(transaction, conversation, target)?;
            let before = match number {
                Some(number) => Shown::read(transaction, number)?,
                None => None,
            };
            annotation::recount(transaction, conversation, target)?;
            if let Some(number) = number {
                touched.messages.remove(&number);
                erased |= show_anew(transaction, number, before.as_ref())?;
            }
        }
        if touched.lifetime {
            lifetime::recount(transaction, conversation)?;
        }
        for number in touched.messages {
            let before = Shown::read(transaction, number)?;
            erased |= show_anew(transaction, number, before.as_ref())?;
        }
    }
    Ok(erased)
}

/// Shows messages anew whose deliveries changed in a way on which it depends whether they are shown.
pub(crate) fn recount_messages(
    transaction: &Transaction<'_>,
    numbers: &[i64],
) -> Result<(), StoreError> {
    for number in numbers {
        let before = Shown::read(transaction, *number)?;
        show_anew(transaction, *number, before.as_ref())?;
    }
    Ok(())
}

/// Shows a message anew that was shown as `before`, and logs what changed. Says whether a body was
/// erased by it.
fn show_anew(
    transaction: &Transaction<'_>,
    number: i64,
    before: Option<&Shown>,
) -> Result<bool, StoreError> {
    message::clear(transaction, number)?;
    let erased = match stored(transaction, number)? {
        Some(stored) => stored.show(transaction)?.erased,
        None => false,
    };
    match Shown::read(transaction, number)? {
        None => message::remove(transaction, number)?,
        Some(after) => {
            if let Some(change) = Shown::change(before, &after) {
                log(transaction, number, change)?;
            }
        }
    }
    Ok(erased)
}

/// What a recount has to look at.
#[derive(Default)]
struct Touched {
    /// The numbers of the messages, in the order in which they were stored.
    messages: BTreeSet<i64>,
    /// The messages that annotations act on, here or not.
    targets: BTreeSet<OperationId>,
    /// Whether anything was said about how long messages stay.
    lifetime: bool,
}

impl Touched {
    fn find(
        transaction: &Transaction<'_>,
        actor: &ActorRecord,
        before: Extent,
    ) -> Result<Self, StoreError> {
        let now = Extent::of(actor, before.is_blocked());
        let (after, through) = before.difference(now);
        let mut touched = Self::default();
        touched.add_all(transaction, actor.conversation, actor.actor, after, through)?;
        for target in &touched.targets {
            let number = number(transaction, actor.conversation, *target)?;
            touched.messages.extend(number);
        }
        Ok(touched)
    }

    /// All that a person wrote in rooms, and what that acts on, by room.
    fn in_rooms(
        transaction: &Transaction<'_>,
        person: PersonId,
    ) -> Result<BTreeMap<ConversationId, Self>, StoreError> {
        let mut statement = transaction.prepare(
            "SELECT conversation, actor FROM actors
             WHERE person = ?1 AND conversation IN (SELECT conversation FROM rooms)",
        )?;
        let places = statement.query_map([person.as_bytes()], |row| {
            Ok((ConversationId::new(row.get(0)?), ActorId::new(row.get(1)?)))
        })?;
        let mut rooms = BTreeMap::<ConversationId, Self>::new();
        for place in places {
            let (conversation, actor) = place?;
            let touched = rooms.entry(conversation).or_default();
            touched.add_all(transaction, conversation, actor, 0, i64::MAX)?;
        }
        Ok(rooms)
    }

    /// Adds what an actor wrote under the numbers after `after` up to `through`.
    fn add_all(
        &mut self,
        transaction: &Transaction<'_>,
        conversation: ConversationId,
        actor: ActorId,
        after: i64,
        through: i64,
    ) -> Result<(), StoreError> {
        let mut statement = transaction.prepare_cached(&format!(
            "{STORED} WHERE o.actor = ?1 AND o.seq > ?2 AND o.seq <= ?3 AND o.conversation = ?4
                 AND o.hidden = 0"
        ))?;
        let mut rows = statement.query(params![
            actor.as_bytes(),
            after,
            through,
            conversation.as_bytes(),
        ])?;
        while let Some(row) = rows.next()? {
            let stored = Stored::read(row)?;
            self.add(&stored);
        }
        Ok(())
    }

    fn add(&mut self, stored: &Stored) {
        let Some(body) = &stored.body else {
            self.messages.insert(stored.number);
            return;
        };
        match Role::of(&stored.header, body) {
            Role::Message(_) => {
                self.messages.insert(stored.number);
            }
            Role::Annotation(target, _) => {
                self.targets.insert(target);
            }
            Role::Lifetime(_) => self.lifetime = true,
            Role::Control => {}
        }
    }
}

/// What a screen shows of a message.
#[derive(PartialEq, Eq)]
struct Shown {
    form: i64,
    disputed: bool,
    text: String,
    edited: bool,
    pinned: bool,
    reactions: Vec<(String, PersonId)>,
    /// Of an own message, its state's code.
    state: Option<i64>,
}

impl Shown {
    /// `None` if there is no such message.
    fn read(transaction: &Transaction<'_>, number: i64) -> Result<Option<Self>, StoreError> {
        let row = transaction
            .prepare_cached(
                "SELECT m.form, m.text, m.edited, m.pinned, o.id, o.mine, m.disputed FROM messages AS m
                 JOIN operations AS o ON o.number = m.operation WHERE m.operation = ?1",
            )?
            .query_row([number], |row| {
                let shown = Self {
                    form: row.get(0)?,
                    disputed: row.get(6)?,
                    text: row.get(1)?,
                    edited: row.get(2)?,
                    pinned: row.get(3)?,
                    reactions: Vec::new(),
                    state: None,
                };
                let mine: bool = row.get(5)?;
                Ok((shown, OperationId::new(row.get(4)?), mine))
            })
            .optional()?;
        let Some((mut shown, id, mine)) = row else {
            return Ok(None);
        };
        if message::shows_text(shown.form) {
            shown.reactions = annotation::reactions(transaction, id)?;
        }
        if mine {
            let state = message_state(transaction, number)?;
            shown.state = Some(crate::delivery::code(state));
        }
        Ok(Some(shown))
    }

    /// What is to be told of a message that was shown as `before` and now is as `after`.
    fn change(before: Option<&Self>, after: &Self) -> Option<ArrivalKind> {
        let seen = |shown: &&Self| !message::is_hidden(shown.form);
        let Some(before) = before.filter(seen) else {
            // It was not there to be seen.
            let kind = if message::is_deleted(after.form) {
                ArrivalKind::Deleted
            } else {
                ArrivalKind::New
            };
            return seen(&after).then_some(kind);
        };
        if before == after {
            return None;
        }
        Some(if !seen(&after) {
            ArrivalKind::Hidden
        } else if before.form != after.form {
            ArrivalKind::Deleted
        } else if (&before.text, before.edited, before.pinned)
            != (&after.text, after.edited, after.pinned)
        {
            ArrivalKind::Edited
        } else if before.reactions != after.reactions {
            ArrivalKind::Reaction
        } else {
            ArrivalKind::State
        })
    }
}

/// The number of an operation that is here, in this conversation, and not dropped.
fn number(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    id: OperationId,
) -> Result<Option<i64>, StoreError> {
    Ok(transaction
        .prepare_cached(
            "SELECT number FROM operations WHERE id = ?1 AND conversation = ?2 AND hidden = 0",
        )?
        .query_row([id.as_bytes(), conversation.as_bytes()], |row| row.get(0))
        .optional()?)
}

fn stored(transaction: &Transaction<'_>, number: i64) -> Result<Option<Stored>, StoreError> {
    Ok(transaction
        .prepare_cached(&format!("{STORED} WHERE o.number = ?1"))?
        .query_row([number], Stored::read)
        .optional()?)
}

#[cfg(test)]
mod tests;
