//! What screens show of operations, made from headers, bodies and actors alone.
//!
//! ```text
//!   message ------------------------> messages
//!   edit, delete, reaction, pin ----> annotations --(refresh)--> messages
//!   delete, whether or not it counts > deletions ---(refresh)--> messages
//!   lifetime -----------------------> lifetimes, deeds
//!   control, as the protocol tells it > deeds
//! ```
//!
//! Invariants
//! - Writing operations in any order and rebuilding everything give the same rows, also where bodies
//!   came after their operations.
//! - A message without a body shows nothing, unless its author deleted it: then it shows that.
//! - What cannot be read here shows as such; control operations are no messages.
//! - What does not count has no effect, nor has what somebody whom our person blocked says in a room,
//!   but for their own deletions. A message of theirs, or one of another's that was cut off, keeps a
//!   row that shows nothing; one beyond a fork stays on the screen as disputed, and one of our own as it was.

mod annotation;
mod body;
mod deed;
mod lifetime;
mod message;
mod recount;

pub(crate) use annotation::{kinds_on_messages, reactions};
pub(crate) use body::{add as add_body, put as put_body};
pub(crate) use deed::tell as tell_deeds;
pub(crate) use lifetime::{expiries, lifetimes};
pub(crate) use recount::{Recount, recount_messages, recount_person};

use rusqlite::{Row, Transaction, params};
use tidings_protocol::id::{OperationId, PersonId};
use tidings_protocol::operation::{Content, Header};
use tidings_protocol::record::ActorRecord;
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::WallTime;
use tidings_protocol::wire::{self, limits};

use crate::column::{integer, read_cbor, read_wall, unreadable};
use crate::error::StoreError;
use crate::reader::{ArrivalKind, last_position};
use crate::search;

/// What a row is made from: one operation with its body.
pub(crate) struct Source<'a> {
    pub(crate) number: i64,
    pub(crate) id: OperationId,
    pub(crate) person: PersonId,
    pub(crate) header: &'a Header,
    pub(crate) body: &'a [u8],
    pub(crate) received_at: WallTime,
    pub(crate) mine: bool,
    /// Whether it has an effect.
    pub(crate) counts: bool,
    /// Whether it deletes what it is a deletion of: also if its author is blocked.
    pub(crate) erases: bool,
    /// Whether it is shown although it does not count, because it is beyond a fork.
    pub(crate) disputed: bool,
    pub(crate) read: bool,
}

/// What an operation is here.
enum Role {
    /// It shows as a message: its text, or none if it needs a newer version.
    Message(Option<String>),
    /// It acts on a message.
    Annotation(OperationId, Content),
    /// It says how long messages stay.
    Lifetime(Option<u32>),
    /// It is about the room and shows nothing.
    Control,
}

impl Role {
    fn of(header: &Header, body: &[u8]) -> Self {
        if header.kind.is_control() {
            return Self::Control;
        }
        let content = Content::from_bytes(header.kind, body).unwrap_or(None);
        match (content, header.target) {
            (Some(Content::Message { text }), _) => Self::Message(Some(text)),
            (Some(Content::Lifetime { seconds }), _) => Self::Lifetime(seconds),
            (Some(content), Some(target)) if content.kind().acts_on_message() => {
                Self::Annotation(target, content)
            }
            // Of an unknown kind, unreadable, or acting on nothing.
            (Some(_) | None, _) => Self::Message(None),
        }
    }
}

/// What showing an operation came to.
#[derive(Default)]
struct Effect {
    /// Whether a body was erased by it.
    erased: bool,
    /// The message that changed by it, and how.
    changed: Option<(i64, ArrivalKind)>,
}

/// How far an author's chain counts. Compares what the columns hold, as statements do: they have no
/// counts above their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Whether nothing of it is shown, because our person blocked its author.
    blocked: bool,
    /// By the room's control; absent: all of it.
    cut: Option<i64>,
    /// Up to where the chain is one; absent: no fork is known.
    fork: Option<i64>,
}

/// Whether our person blocked the author whose place is `a`, and it is one in a room. In a conversation
/// of two everything stays as it was.
macro_rules! blocked {
    () => {
        "(EXISTS (SELECT 1 FROM contacts AS c WHERE c.person = a.person AND c.blocked = 1)
            AND EXISTS (SELECT 1 FROM rooms AS r WHERE r.conversation = a.conversation))"
    };
}
pub(crate) use blocked;

/// The columns of the place `a` of an author, for [`Extent::read`].
pub(crate) const EXTENT: &str = concat!("a.cut, a.fork, ", blocked!());

impl Extent {
    /// That of a place that is to be stored, of an author who is blocked or not.
    pub(crate) fn of(actor: &ActorRecord, blocked: bool) -> Self {
        Self {
            blocked,
            cut: actor.cut.map(integer),
            fork: actor.fork.map(integer),
        }
    }

    /// From the columns of [`EXTENT`].
    pub(crate) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            cut: row.get(first)?,
            fork: row.get(first.saturating_add(1))?,
            blocked: row.get(first.saturating_add(2))?,
        })
    }

    pub(crate) const fn is_blocked(self) -> bool {
        self.blocked
    }

    /// The lower of the two ends.
    pub(crate) fn counts(self) -> Option<i64> {
        self.cut.into_iter().chain(self.fork).min()
    }

    /// Whether an operation with this number counts.
    pub(crate) fn includes(self, seq: u64) -> bool {
        !self.blocked && self.erases(seq)
    }

    /// Whether a deletion with this number has its effect.
    pub(crate) fn erases(self, seq: u64) -> bool {
        self.counts().is_none_or(|counts| integer(seq) <= counts)
    }

    /// Whether an operation with this number is beyond a fork, and not cut off.
    pub(crate) fn disputes(self, seq: u64) -> bool {
        let seq = integer(seq);
        !self.blocked
            && self.fork.is_some_and(|fork| seq > fork)
            && self.cut.is_none_or(|cut| seq <= cut)
    }

    /// The numbers that count or are disputed by one and not by the other, as (after, through).
    fn difference(self, other: Self) -> (i64, i64) {
        let end = |extent: Self| extent.counts().unwrap_or(i64::MAX);
        let last = |extent: Self| match extent.fork {
            Some(_) => i64::MAX,
            None => end(extent),
        };
        let ends = (end(self).min(end(other)), end(self).max(end(other)));
        // Beyond both their forks, either disputes the same.
        let are_alike = self.cut == other.cut && self.fork.is_some() && other.fork.is_some();
        if are_alike {
            return ends;
        }
        (ends.0, last(self).max(last(other)))
    }
}

/// Shows an operation. Says whether a body was erased by it.
pub(crate) fn insert(
    transaction: &Transaction<'_>,
    source: &Source<'_>,
) -> Result<bool, StoreError> {
    let effect = show(transaction, source)?;
    log_effect(transaction, &effect)
}

/// Shows an operation that came without its body: nothing, unless its author deleted it.
pub(crate) fn insert_bodiless(
    transaction: &Transaction<'_>,
    id: OperationId,
    header: &Header,
) -> Result<bool, StoreError> {
    let effect = message::refresh(transaction, header.conversation, id, ArrivalKind::New)?;
    log_effect(transaction, &effect)
}

/// Shows an operation, and leaves it to the caller to log what changed.
fn show(transaction: &Transaction<'_>, source: &Source<'_>) -> Result<Effect, StoreError> {
    match Role::of(source.header, source.body) {
        Role::Control => Ok(Effect::default()),
        Role::Lifetime(seconds) => {
            if source.counts {
                lifetime::put(transaction, source, seconds)?;
                deed::put_lifetime(transaction, source, seconds)?;
            }
            Ok(Effect::default())
        }
        Role::Annotation(target, content) => {
            if content == Content::Delete {
                annotation::put_deletion(transaction, source, target)?;
            }
            if source.applies(&content) {
                annotation::put(transaction, source, &content)?;
            } else if content != Content::Delete {
                return Ok(Effect::default());
            }
            let change = annotation::arrival(&content);
            message::refresh(transaction, source.header.conversation, target, change)
        }
        Role::Message(text) => {
            message::insert(transaction, source, text.as_deref())?;
            let mut effect = Effect {
                erased: false,
                changed: source
                    .is_shown()
                    .then_some((source.number, ArrivalKind::New)),
            };
            // What acts on it may have come before it.
            if text.is_some() && annotation::any(transaction, source.id)? {
                let conversation = source.header.conversation;
                let refreshed =
                    message::refresh(transaction, conversation, source.id, ArrivalKind::New)?;
                effect.erased |= refreshed.erased;
                effect.changed = refreshed.changed.or(effect.changed);
            }
            Ok(effect)
        }
    }
}

impl Source<'_> {
    /// Whether it shows anything, should it be a message.
    const fn is_shown(&self) -> bool {
        self.counts || self.mine || self.disputed
    }

    /// Whether it has an effect, should it say this of a message.
    fn applies(&self, content: &Content) -> bool {
        self.counts || self.erases && *content == Content::Delete
    }
}

/// Shows a message no longer on this device; its body goes unless someone is still owed it.
pub(crate) fn drop_for_me(
    transaction: &Transaction<'_>,
    id: OperationId,
) -> Result<bool, StoreError> {
    message::drop_for_me(transaction, id)
}

/// Erases everything that was to stay no longer than until `until`, and what was dropped while
/// someone was owed it. Says whether there was anything.
pub(crate) fn erase_expired(
    transaction: &Transaction<'_>,
    until: WallTime,
) -> Result<bool, StoreError> {
    let expired = message::erase_expired(transaction, until)?;
    let dropped = message::erase_dropped(transaction)?;
    Ok(expired || dropped)
}

/// Logs what changed. Says whether a body was erased by it.
fn log_effect(transaction: &Transaction<'_>, effect: &Effect) -> Result<bool, StoreError> {
    if let Some((number, change)) = effect.changed {
        log(transaction, number, change)?;
    }
    Ok(effect.erased)
}

/// Puts a message at the end of the arrival log.
fn log(transaction: &Transaction<'_>, number: i64, change: ArrivalKind) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO arrivals (message, change) VALUES (?1, ?2)")?
        .execute(params![number, change.code()])?;
    Ok(())
}

/// The columns of an operation that is shown again, for [`Stored::read`].
const STORED: &str = concat!(
    "SELECT o.number, o.header, b.bytes, o.received_at, o.mine, a.read, o.id,
        o.person, a.cut, a.fork, ",
    blocked!(),
    " FROM operations AS o
    LEFT JOIN bodies AS b ON b.operation = o.number
    JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor"
);

/// An operation that is shown again.
struct Stored {
    number: i64,
    id: OperationId,
    person: PersonId,
    header: Header,
    body: Option<Vec<u8>>,
    received_at: WallTime,
    mine: bool,
    read: Coverage,
    extent: Extent,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let header: Vec<u8> = row.get(1)?;
        Ok(Self {
            number: row.get(0)?,
            id: OperationId::new(row.get(6)?),
            person: PersonId::new(row.get(7)?),
            header: wire::decode(&header, limits::HEADER_BYTES_MAX)
                .map_err(|error| unreadable(1, error))?,
            body: row.get(2)?,
            received_at: read_wall(row, 3)?,
            mine: row.get(4)?,
            read: read_cbor(row, 5)?,
            extent: Extent::read(row, 8)?,
        })
    }

    /// What its row is made from; `None` if its body is gone.
    fn source(&self) -> Option<Source<'_>> {
        let seq = self.header.seq;
        Some(Source {
            number: self.number,
            id: self.id,
            person: self.person,
            header: &self.header,
            body: self.body.as_deref()?,
            received_at: self.received_at,
            mine: self.mine,
            counts: self.extent.includes(seq),
            erases: self.extent.erases(seq),
            disputed: self.extent.disputes(seq),
            read: self.mine || self.read.contains(seq),
        })
    }

    fn show(&self, transaction: &Transaction<'_>) -> Result<Effect, StoreError> {
        match self.source() {
            Some(source) => show(transaction, &source),
            None => {
                let conversation = self.header.conversation;
                message::refresh(transaction, conversation, self.id, ArrivalKind::New)
            }
        }
    }
}

/// Makes all rows anew. The arrival log stays as it is for what was in it.
pub(crate) fn rebuild(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    search::clear(transaction)?;
    let last = last_position(transaction)?;
    transaction.execute_batch(
        "CREATE TEMP TABLE log (
             position INTEGER NOT NULL,
             message INTEGER NOT NULL PRIMARY KEY,
             change INTEGER NOT NULL
         ) STRICT;
         INSERT INTO log (position, message, change)
             SELECT position, message, change FROM arrivals;
         DELETE FROM arrivals;
         DELETE FROM messages;
         DELETE FROM annotations;
         DELETE FROM deletions;
         DELETE FROM lifetimes;
         DELETE FROM deeds;",
    )?;
    let mut statement =
        transaction.prepare(&format!("{STORED} WHERE o.hidden = 0 ORDER BY o.number"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let effect = Stored::read(row)?.show(transaction)?;
        log_effect(transaction, &effect)?;
    }
    deed::rebuild(transaction)?;
    transaction.execute_batch(
        "DELETE FROM arrivals WHERE message IN (SELECT message FROM log);
         INSERT INTO arrivals (position, message, change)
             SELECT position, message, change FROM log
             WHERE message IN (SELECT operation FROM messages);
         DROP TABLE log;",
    )?;
    // Positions that were given out in between, and again to nothing, count for nothing.
    transaction.execute(
        "UPDATE sqlite_sequence SET seq = max(?1, (SELECT coalesce(max(position), 0) FROM arrivals))
         WHERE name = 'arrivals'",
        params![integer(last)],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
