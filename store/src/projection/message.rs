//! The rows of messages: what each says now.
//!
//! Invariants
//! - A row with a text has a body; a deleted one has none, and nor have its edits.
//! - What disappeared or was deleted for us alone has no row; but what we wrote and disappeared before all
//!   had it keeps one without its text, which says that it failed.
//! - What was cut off or is of somebody blocked, and is not our own, has a hidden row: it holds no
//!   text, and nothing but the arrival log gives it out.
//! - The search index holds the texts of the rows, and no other.

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::id::{ConversationId, OperationId, PersonId};
use tidings_protocol::operation::{Header, Kind};
use tidings_protocol::time::WallTime;
use tidings_protocol::wire::{self, limits};

use super::{EXTENT, Effect, Extent, Source, annotation};
use crate::column::{logical, read_wall, unreadable, wall};
use crate::delivery::code;
use crate::error::StoreError;
use crate::reader::ArrivalKind;
use crate::search;

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Unsupported,
    Deleted,
    Hidden,
}

impl Form {
    const fn code(self) -> i64 {
        match self {
            Self::Text => 0,
            Self::Unsupported => 1,
            Self::Deleted => 2,
            Self::Hidden => 3,
        }
    }
}

/// Whether a row of this form shows a text.
pub(super) const fn shows_text(form: i64) -> bool {
    form == Form::Text.code()
}

/// Whether a row of this form shows that the message was deleted.
pub(super) const fn is_deleted(form: i64) -> bool {
    form == Form::Deleted.code()
}

/// Whether a row of this form shows nothing.
pub(super) const fn is_hidden(form: i64) -> bool {
    form == Form::Hidden.code()
}

/// Adds a message; without a text, as one that needs a newer version.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    source: &Source<'_>,
    text: Option<&str>,
) -> Result<(), StoreError> {
    let (form, text) = match text {
        _ if !source.is_shown() => (Form::Hidden, None),
        Some(_) => (Form::Text, text),
        None => (Form::Unsupported, None),
    };
    let row = Row {
        number: source.number,
        header: source.header,
        form,
        disputed: source.disputed,
        text: text.unwrap_or_default(),
        received_at: source.received_at,
        read: source.read || form == Form::Hidden,
    };
    row.insert(transaction)?;
    match text {
        Some(text) => search::add(transaction, source.number, text),
        None => Ok(()),
    }
}

struct Row<'a> {
    number: i64,
    header: &'a Header,
    form: Form,
    disputed: bool,
    text: &'a str,
    received_at: WallTime,
    read: bool,
}

impl Row<'_> {
    fn insert(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        transaction
            .prepare_cached(
                "INSERT INTO messages (operation, conversation, logical, wall, form, text, edited,
                     pinned, reply_to, expires_at, read, disputed, shown_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                self.number,
                self.header.conversation.as_bytes(),
                logical(self.header.logical),
                wall(self.header.wall),
                self.form.code(),
                self.text,
                self.header.target.as_ref().map(|target| target.as_bytes()),
                expires_at(self.header, self.received_at),
                self.read,
                self.disputed,
                // A clock that is ahead does not keep a message at the end for ever.
                wall(self.header.wall.min(self.received_at)),
            ])?;
        Ok(())
    }
}

/// When an operation that came at this time is to stay no longer, as a column holds it; `None` if it
/// stays.
pub(super) fn expires_at(header: &Header, received_at: WallTime) -> Option<i64> {
    let seconds = header.disappears_after.map(i64::from)?;
    Some(wall(received_at).saturating_add(seconds.saturating_mul(1000)))
}

/// Brings a message in line with what is said about it, and leaves it to the caller to log what
/// changed.
pub(super) fn refresh(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    id: OperationId,
    change: ArrivalKind,
) -> Result<Effect, StoreError> {
    let found = Found::read(transaction, id)?;
    let Some(found) = found.filter(|found| found.header.conversation == conversation) else {
        return Ok(Effect::default());
    };
    let number = found.number;
    // Whether it was deleted besides makes no difference, in whatever order the two are looked at.
    if found.has_lapsed(transaction)? {
        let is_news = found.lapse(transaction)?;
        return Ok(Effect {
            erased: false,
            changed: is_news.then_some((number, ArrivalKind::State)),
        });
    }
    let verdict = annotation::verdict(transaction, conversation, id, found.person)?;
    // What was erased does not come back, whatever becomes of the word that erased it.
    let is_deleted = verdict.deleted
        || !found.has_body
            && annotation::is_deletion_here(transaction, conversation, id, found.person)?;
    if is_deleted {
        return found.delete(transaction, id);
    }
    let known: Option<(bool, bool, String)> = transaction
        .prepare_cached(
            "SELECT edited, pinned, text FROM messages WHERE operation = ?1 AND form = 0",
        )?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((edited, pinned, text)) = known else {
        return Ok(Effect::default());
    };
    let now = (
        edited || verdict.text.is_some(),
        verdict.pinned,
        verdict.text.unwrap_or_else(|| text.clone()),
    );
    if now.2 != text {
        search::replace(transaction, number, &text, &now.2)?;
    }
    let changed = now != (edited, pinned, text);
    if changed {
        transaction
            .prepare_cached(
                "UPDATE messages SET edited = ?2, pinned = ?3, text = ?4 WHERE operation = ?1",
            )?
            .execute(params![number, now.0, now.1, now.2])?;
    }
    let changed = changed || change == ArrivalKind::Reaction;
    Ok(Effect {
        erased: false,
        changed: changed.then_some((number, change)),
    })
}

/// A message that is here and not deleted for us alone.
struct Found {
    number: i64,
    person: PersonId,
    header: Header,
    received_at: WallTime,
    mine: bool,
    extent: Extent,
    has_body: bool,
}

impl Found {
    fn read(transaction: &Transaction<'_>, id: OperationId) -> Result<Option<Self>, StoreError> {
        let found = transaction
            .prepare_cached(&format!(
                "SELECT o.number, o.person, o.header, o.received_at, o.mine,
                     EXISTS (SELECT 1 FROM bodies AS b WHERE b.operation = o.number), {EXTENT}
                 FROM operations AS o
                 JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
                 WHERE o.id = ?1 AND o.kind = ?2 AND o.hidden = 0"
            ))?
            .query_row(params![id.as_bytes(), Kind::Message.number()], |row| {
                let header: Vec<u8> = row.get(2)?;
                Ok(Self {
                    number: row.get(0)?,
                    person: PersonId::new(row.get(1)?),
                    header: wire::decode(&header, limits::HEADER_BYTES_MAX)
                        .map_err(|error| unreadable(2, error))?,
                    received_at: read_wall(row, 3)?,
                    mine: row.get(4)?,
                    has_body: row.get(5)?,
                    extent: Extent::read(row, 6)?,
                })
            })
            .optional()?;
        Ok(found)
    }

    /// Makes it say that it was deleted, and erases what it said. Whoever is still owed it gets it
    /// no more.
    fn delete(&self, transaction: &Transaction<'_>, id: OperationId) -> Result<Effect, StoreError> {
        let number = self.number;
        unindex(transaction, number)?;
        let body = transaction
            .prepare_cached("DELETE FROM bodies WHERE operation = ?1")?
            .execute([number])?;
        let conversation = self.header.conversation;
        let edits = annotation::erase_edits(transaction, conversation, id.as_bytes())?;
        give_up(
            transaction,
            number,
            DeliveryState::Failed(FailureReason::Cancelled),
        )?;
        let (seq, extent) = (self.header.seq, self.extent);
        let disputed = extent.disputes(seq);
        let is_shown = self.mine || disputed || extent.includes(seq);
        let form = if is_shown {
            Form::Deleted
        } else {
            Form::Hidden
        };
        let known: Option<i64> = transaction
            .prepare_cached("SELECT form FROM messages WHERE operation = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        match known {
            Some(known) if known == form.code() => {}
            Some(_) => {
                transaction
                    .prepare_cached(
                        "UPDATE messages SET form = ?2, text = '', edited = 0, pinned = 0, read = 1
                         WHERE operation = ?1",
                    )?
                    .execute(params![number, form.code()])?;
            }
            None => {
                let row = Row {
                    number,
                    header: &self.header,
                    form,
                    disputed,
                    text: "",
                    received_at: self.received_at,
                    read: true,
                };
                row.insert(transaction)?;
            }
        }
        let changed = is_shown && known != Some(form.code());
        Ok(Effect {
            erased: body > 0 || edits,
            changed: changed.then_some((number, ArrivalKind::Deleted)),
        })
    }
}

impl Found {
    /// Whether it is a message of ours that disappeared before all had it.
    fn has_lapsed(&self, transaction: &Transaction<'_>) -> Result<bool, StoreError> {
        let lapsed = transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM deliveries WHERE operation = ?1 AND state = ?2)",
            )?
            .query_row(params![self.number, code(LAPSED)], |row| row.get(0))?;
        Ok(self.mine && !self.has_body && lapsed)
    }

    /// Shows that it was there, without what it said, for good. Says whether that is news.
    fn lapse(&self, transaction: &Transaction<'_>) -> Result<bool, StoreError> {
        let known: Option<i64> = transaction
            .prepare_cached("SELECT form FROM messages WHERE operation = ?1")?
            .query_row([self.number], |row| row.get(0))
            .optional()?;
        if known.is_none() {
            let row = Row {
                number: self.number,
                header: &self.header,
                form: Form::Deleted,
                disputed: self.extent.disputes(self.header.seq),
                text: "",
                received_at: self.received_at,
                read: true,
            };
            row.insert(transaction)?;
        }
        unindex(transaction, self.number)?;
        transaction
            .prepare_cached(
                "UPDATE messages SET form = ?2, text = '', edited = 0, pinned = 0, read = 1,
                     expires_at = NULL WHERE operation = ?1",
            )?
            .execute(params![self.number, Form::Deleted.code()])?;
        Ok(known != Some(Form::Deleted.code()))
    }
}

/// The state of what disappeared before it arrived.
const LAPSED: DeliveryState = DeliveryState::Failed(FailureReason::Expired);

/// Shows a message no longer; its body goes unless someone is owed it. Says whether it went.
pub(super) fn drop_for_me(
    transaction: &Transaction<'_>,
    id: OperationId,
) -> Result<bool, StoreError> {
    let Some(Found { number, .. }) = Found::read(transaction, id)? else {
        return Ok(false);
    };
    transaction
        .prepare_cached("UPDATE operations SET hidden = 1 WHERE number = ?1")?
        .execute([number])?;
    remove(transaction, number)?;
    erase_dropped(transaction)
}

/// Erases the messages dropped here that nobody is owed. Says whether there was any.
pub(super) fn erase_dropped(transaction: &Transaction<'_>) -> Result<bool, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT o.number, o.id FROM operations AS o JOIN bodies AS b ON b.operation = o.number
         WHERE o.hidden = 1 AND NOT EXISTS (
             SELECT 1 FROM deliveries AS d WHERE d.operation = o.number AND d.state IN (16, 17)
                 AND d.released = 0)",
    )?;
    let dropped = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, [u8; 32])>>>()?;
    for (number, id) in &dropped {
        erase(transaction, *number, id)?;
    }
    Ok(!dropped.is_empty())
}

/// Erases the messages that were to stay no longer than until `until`. Says whether there was any.
pub(super) fn erase_expired(
    transaction: &Transaction<'_>,
    until: WallTime,
) -> Result<bool, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT m.operation, o.id FROM messages AS m JOIN operations AS o ON o.number = m.operation
         WHERE m.expires_at <= ?1",
    )?;
    let expired = statement
        .query_map([wall(until)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, [u8; 32])>>>()?;
    for (number, id) in &expired {
        give_up(transaction, *number, LAPSED)?;
        // First of all what it showed, with the text by which the index knows it.
        clear(transaction, *number)?;
        erase(transaction, *number, id)?;
        let found = Found::read(transaction, OperationId::new(*id))?;
        match found {
            Some(found) if found.has_lapsed(transaction)? => {
                found.lapse(transaction)?;
                super::log(transaction, *number, ArrivalKind::State)?;
            }
            _ => remove(transaction, *number)?,
        }
    }
    Ok(!expired.is_empty())
}

/// Erases what a message said, and all that was said about it.
fn erase(transaction: &Transaction<'_>, number: i64, id: &[u8]) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM bodies WHERE operation = ?1")?
        .execute([number])?;
    annotation::erase_all(transaction, id)
}

/// Takes what a message shows as text out of the search index.
fn unindex(transaction: &Transaction<'_>, number: i64) -> Result<(), StoreError> {
    let text: Option<String> = transaction
        .prepare_cached("SELECT text FROM messages WHERE operation = ?1 AND form = 0")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    text.map_or(Ok(()), |text| search::remove(transaction, number, &text))
}

/// Takes a message from the screens.
pub(super) fn remove(transaction: &Transaction<'_>, number: i64) -> Result<(), StoreError> {
    clear(transaction, number)?;
    transaction
        .prepare_cached("DELETE FROM arrivals WHERE message = ?1")?
        .execute([number])?;
    Ok(())
}

/// Takes a message's row away, so that it can be shown anew. Its place in the log stays.
pub(super) fn clear(transaction: &Transaction<'_>, number: i64) -> Result<(), StoreError> {
    unindex(transaction, number)?;
    transaction
        .prepare_cached("DELETE FROM messages WHERE operation = ?1")?
        .execute([number])?;
    Ok(())
}

/// Notes of a message that those who are owed it get it no more.
fn give_up(
    transaction: &Transaction<'_>,
    number: i64,
    state: DeliveryState,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE deliveries SET state = ?2 WHERE operation = ?1 AND state IN (16, 17)",
        )?
        .execute(params![number, code(state)])?;
    Ok(())
}
