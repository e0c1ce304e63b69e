//! Messages by the page, and what was done to their conversation between them: as much as fits into a number of bytes, and
//! where to go on.
//!
//! Invariants
//! - What a selection holds is settled by its first page: messages stored later are in none of its
//!   pages, and none is in two.
//! - Each page has at least one message or deed while there is one, so that going on comes to an end.
//! - A page holds one committed state; a later one may show a message as it is by then.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension, ToSql, params};
use tidings_protocol::id::{ConversationId, OperationId};

use super::deeds::{DeedRow, deed};
use super::messages::{COLUMNS, Incomplete, MessageRow, SHOWN, complete, list};
use super::{Reader, last_position};
use crate::column::{integer, read_count};
use crate::error::StoreError;

/// What a message weighs beside its text: ids, times, its author's name.
const MESSAGE_BYTES: usize = 256;
/// What a reaction weighs beside its emoji: the name of whoever put it there.
const REACTION_BYTES: usize = 64;

/// How much one page may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit {
    /// Messages at most, with the deeds among them.
    pub messages: u32,
    /// Bytes at most, counted by [`MessageRow::weight`] and [`DeedRow::weight`]; a single message may weigh more.
    pub bytes: usize,
}

/// Which messages, in display order, ascending: see [`MessageOrder`](super::MessageOrder).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// Of one conversation alone.
    pub conversation: Option<ConversationId>,
    /// Only others' messages that are not marked as read.
    pub unread_only: bool,
    /// Only those that are pinned.
    pub pinned_only: bool,
    /// The last so many in display order; all without.
    pub newest: Option<u32>,
    /// Of this message and those that stand after it.
    pub from: Option<OperationId>,
    /// Of those that stand before this message.
    pub before: Option<OperationId>,
    /// With what was done to the conversation, which stands among its messages and counts and bounds like them; not where
    /// only some of them are selected, or those of several.
    pub deeds: bool,
}

/// Where the next page of a selection begins. Its text form is opaque to everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PagePosition {
    log: u64,
    /// The last number of the operations in the selection.
    through: u64,
    last: Place,
}

/// What messages are ordered by, as [`Selection::keys`] names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    keys: (u64, u64),
    id: OperationId,
}

/// The number of a message, or nothing of a deed, and where it stands.
type Found = (Option<i64>, Place);

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position of a page")]
pub struct ParsePositionError;

/// A part of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The messages.
    pub rows: Vec<MessageRow>,
    /// What was done to their conversation, in display order.
    pub deeds: Vec<DeedRow>,
    /// Where the next page begins, if there may be one.
    pub next: Option<PagePosition>,
    /// Where the arrival log ended when the first page was read: what comes after it is either
    /// in no page, or has changed since.
    pub log: u64,
}

impl Selection {
    /// The columns by which its messages are ordered, before their ids.
    const fn keys(&self) -> (&'static str, &'static str) {
        match self.conversation {
            Some(_) => ("m.logical", "m.wall"),
            None => ("m.shown_at", "m.logical"),
        }
    }

    /// The conversation of which deeds are selected, too.
    fn deeds_of(&self) -> Option<ConversationId> {
        let is_whole = self.deeds && !self.unread_only && !self.pinned_only;
        self.conversation.filter(|_| is_whole)
    }
}

impl MessageRow {
    /// An estimate of what a message takes where it is shown, in bytes: its text and reactions,
    /// and a share for the rest. Its JSON form takes at most six times as much.
    #[must_use]
    pub fn weight(&self) -> usize {
        let reactions = self.reactions.iter();
        let reactions = reactions.map(|(emoji, _)| emoji.len().saturating_add(REACTION_BYTES));
        MESSAGE_BYTES
            .saturating_add(self.text.len())
            .saturating_add(reactions.sum())
    }
}

impl Reader {
    /// The first page of a selection, or the one after `after`; `None` if a message that bounds it
    /// is not there.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn page(
        &self,
        selection: &Selection,
        after: Option<PagePosition>,
        limit: PageLimit,
    ) -> Result<Option<Page>, StoreError> {
        self.read(|connection| {
            let bound = |id: Option<OperationId>| match id {
                None => Ok(Some(None)),
                Some(id) => place(connection, selection, id).map(|place| place.map(Some)),
            };
            // Whoever goes on begins where the page before ended.
            let from = selection.from.filter(|_| after.is_none());
            let (Some(from), Some(before)) = (bound(from)?, bound(selection.before)?) else {
                return Ok(None);
            };
            let selected = Selected {
                connection,
                selection,
                before,
            };
            let begin = match after {
                Some(position) => Some(position),
                None => selected.begin(from.unwrap_or(Place::FIRST))?,
            };
            let Some(begin) = begin else {
                return Ok(Some(Page {
                    rows: Vec::new(),
                    deeds: Vec::new(),
                    next: None,
                    log: last_position(connection)?,
                }));
            };
            selected.page(begin, after.is_some(), limit).map(Some)
        })
    }

    /// What arrived or changed after a position of the arrival log, in that order, as much as one
    /// page holds.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn arrivals(
        &self,
        conversation: Option<ConversationId>,
        unread_only: bool,
        since: u64,
        limit: PageLimit,
    ) -> Result<Vec<MessageRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT a.message FROM arrivals AS a
                 CROSS JOIN messages AS m ON m.operation = a.message
                 WHERE a.position > ?1 AND (?2 IS NULL OR m.conversation = ?2)
                     AND (?3 = 0 OR m.read = 0)
                 ORDER BY a.position LIMIT ?4",
            )?;
            let conversation = conversation.as_ref().map(ConversationId::as_bytes);
            let values = params![integer(since), conversation, unread_only, limit.messages];
            let numbers = statement.query_map(values, |row| row.get(0))?;
            let numbers = numbers.collect::<rusqlite::Result<Vec<i64>>>()?;
            Ok(fitting(connection, &numbers, limit.bytes)?.0)
        })
    }
}

/// A selection in one state of the database.
struct Selected<'a> {
    connection: &'a Connection,
    selection: &'a Selection,
    before: Option<Place>,
}

impl Selected<'_> {
    /// Where the first page begins: at this place, not after it, and no earlier than `from`. `None` if
    /// nothing is selected.
    fn begin(&self, from: Place) -> Result<Option<PagePosition>, StoreError> {
        let log = last_position(self.connection)?;
        let through = self
            .connection
            .prepare_cached("SELECT coalesce(max(operation), 0) FROM messages")?
            .query_row([], |row| read_count(row, 0))?;
        let whole = PagePosition {
            log,
            through,
            last: from,
        };
        let Some(newest) = self.selection.newest else {
            return Ok(Some(whole));
        };
        let Some(skipped) = newest.checked_sub(1) else {
            return Ok(None);
        };
        let tail = format!("ORDER BY 2 DESC, 3 DESC, 4 DESC LIMIT 1 OFFSET {skipped}");
        let oldest = self.query(&tail, whole, false)?;
        // If there are fewer, all are selected.
        Ok(Some(match oldest.first() {
            None => whole,
            Some((_, place)) => PagePosition {
                last: *place,
                ..whole
            },
        }))
    }

    fn page(&self, begin: PagePosition, after: bool, limit: PageLimit) -> Result<Page, StoreError> {
        // One more than a page holds tells whether there is a next one.
        let tail = format!(
            "ORDER BY 2, 3, 4 LIMIT {}",
            u64::from(limit.messages).saturating_add(1)
        );
        let mut found = self.query(&tail, begin, after)?;
        let all = found.len();
        found.truncate(usize::try_from(limit.messages).unwrap_or(usize::MAX));
        let mut deeds = self.deeds(&found)?;
        let weight = deeds.iter().map(DeedRow::weight).sum();
        let numbers: Vec<i64> = found.iter().filter_map(|(number, _)| *number).collect();
        let bytes_max = limit.bytes.saturating_sub(weight);
        let (rows, read) = fitting(self.connection, &numbers, bytes_max)?;
        let mut messages = found.iter().enumerate();
        let rest = messages.find(|(_, (number, _))| *number == numbers.get(read).copied());
        if let Some((rest, _)) = rest.filter(|_| read < numbers.len()) {
            found.truncate(rest);
        }
        let kept = found.iter().filter(|(number, _)| number.is_none()).count();
        deeds.truncate(kept);
        let last = found.last().filter(|_| found.len() < all);
        let next = last.map(|(_, place)| PagePosition {
            last: *place,
            ..begin
        });
        Ok(Page {
            rows,
            deeds: placed(deeds, &found),
            next,
            log: begin.log,
        })
    }

    /// What was done, of what was found.
    fn deeds(&self, found: &[Found]) -> Result<Vec<DeedRow>, StoreError> {
        let ids = found.iter().filter(|(number, _)| number.is_none());
        let rows = ids.map(|(_, place)| deed(self.connection, place.id));
        rows.filter_map(Result::transpose).collect()
    }

    /// What is selected from `begin` on.
    fn query(
        &self,
        tail: &str,
        begin: PagePosition,
        after: bool,
    ) -> Result<Vec<Found>, StoreError> {
        let through = integer(begin.through);
        let (first, second) = begin.last.values();
        let mut values: Vec<&dyn ToSql> = vec![&through, &first, &second, begin.last.id.as_bytes()];
        let before = self
            .before
            .map(|place| (place.values(), *place.id.as_bytes()));
        if let Some(((first, second), id)) = &before {
            let place: [&dyn ToSql; 3] = [first, second, id];
            values.extend(place);
        }
        let conversation = self.selection.conversation;
        let conversation = conversation.as_ref().map(ConversationId::as_bytes);
        if let Some(conversation) = &conversation {
            values.push(conversation);
        }
        let mut statement = self.connection.prepare_cached(&self.sql(tail, after))?;
        let found =
            statement.query_map(values.as_slice(), |row| Ok((row.get(0)?, read_place(row)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// The statement of [`Self::query`]. It goes along an index, so that it costs what it gives.
    fn sql(&self, tail: &str, after: bool) -> String {
        let (first, second) = self.selection.keys();
        let comparison = if after { ">" } else { ">=" };
        // The plus keeps the numbers, which are in no order that is wanted, from being gone through.
        let mut condition = format!(
            "{SHOWN} AND +m.operation <= ?1 AND ({first}, {second}) >= (?2, ?3)
             AND ({first}, {second}, o.id) {comparison} (?2, ?3, ?4)"
        );
        let mut next = 5;
        if self.before.is_some() {
            condition.push_str(&format!(" AND ({first}, {second}, o.id) < (?5, ?6, ?7)"));
            next = 8;
        }
        if self.selection.conversation.is_some() {
            condition.push_str(&format!(" AND m.conversation = ?{next}"));
        }
        if self.selection.unread_only {
            condition.push_str(" AND m.read = 0");
        }
        if self.selection.pinned_only {
            condition.push_str(" AND m.pinned = 1");
        }
        let deeds = match self.selection.deeds_of() {
            Some(_) => self.sql_of_deeds(comparison, next),
            None => String::new(),
        };
        format!(
            "SELECT m.operation, {first}, {second}, o.id FROM messages AS m
             CROSS JOIN operations AS o ON o.number = m.operation
             WHERE {condition} {deeds} {tail}"
        )
    }

    /// What adds deeds to the statement, of the conversation that is its value with this number.
    fn sql_of_deeds(&self, comparison: &str, conversation: u8) -> String {
        let before = if self.before.is_some() {
            "AND (d.logical, d.wall, d.operation) < (?5, ?6, ?7)"
        } else {
            ""
        };
        format!(
            "UNION ALL SELECT NULL, d.logical, d.wall, d.operation FROM deeds AS d
             WHERE d.conversation = ?{conversation} AND (d.logical, d.wall) >= (?2, ?3)
                 AND (d.logical, d.wall, d.operation) {comparison} (?2, ?3, ?4) {before}"
        )
    }
}

/// Deeds with the messages before which they stand, by what is on their page.
fn placed(deeds: Vec<DeedRow>, found: &[Found]) -> Vec<DeedRow> {
    let mut next = None;
    let mut behind: BTreeMap<OperationId, OperationId> = BTreeMap::new();
    for (number, place) in found.iter().rev() {
        match number {
            Some(_) => next = Some(place.id),
            None => behind.extend(next.map(|message| (place.id, message))),
        }
    }
    let placed = deeds.into_iter().map(|row| DeedRow {
        before: behind.get(&row.deed.operation).copied(),
        ..row
    });
    placed.collect()
}

/// The messages of those numbers, as many as fit into `bytes_max` but at least one, and how many
/// numbers that took.
fn fitting(
    connection: &Connection,
    numbers: &[i64],
    bytes_max: usize,
) -> Result<(Vec<MessageRow>, usize), StoreError> {
    // A nested loop over the list, in its order.
    let sql = format!(
        "{COLUMNS} FROM json_each(?1) AS j
         CROSS JOIN messages AS m ON m.operation = j.value
         CROSS JOIN operations AS o ON o.number = m.operation
         CROSS JOIN arrivals AS a ON a.message = m.operation"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query([list(numbers.iter().copied())])?;
    let (mut messages, mut bytes) = (Vec::new(), 0_usize);
    while bytes <= bytes_max
        && let Some(row) = found.next()?
    {
        let row = Incomplete::read(row)?;
        bytes = bytes.saturating_add(row.message.weight());
        messages.push(row);
    }
    complete(connection, &mut messages)?;
    let mut bytes = 0_usize;
    let weighs_too_much = |row: &Incomplete| {
        bytes = bytes.saturating_add(row.message.weight());
        bytes > bytes_max
    };
    let rest = messages.iter().position(weighs_too_much);
    let read = rest.map_or(numbers.len(), |rest| rest.max(1));
    messages.truncate(read);
    let messages = messages.into_iter().map(|row| row.message);
    Ok((messages.collect(), read))
}

/// Where a message, or a deed among them, stands in the conversation of a selection, if it is there to be shown.
fn place(
    connection: &Connection,
    selection: &Selection,
    id: OperationId,
) -> Result<Option<Place>, StoreError> {
    let (first, second) = selection.keys();
    let conversation = selection.conversation.as_ref();
    let conversation = conversation.map(ConversationId::as_bytes);
    let message = connection
        .prepare_cached(&format!(
            "SELECT m.operation, {first}, {second}, o.id FROM operations AS o
             JOIN messages AS m ON m.operation = o.number
             WHERE o.id = ?1 AND (?2 IS NULL OR m.conversation = ?2) AND {SHOWN}"
        ))?
        .query_row(params![id.as_bytes(), conversation], read_place)
        .optional()?;
    if message.is_some() || selection.deeds_of().is_none() {
        return Ok(message);
    }
    let row = deed(connection, id)?.filter(|row| selection.conversation == Some(row.conversation));
    Ok(row.map(|DeedRow { deed, .. }| Place {
        keys: (deed.logical.as_u64(), deed.wall.as_millis()),
        id,
    }))
}

/// Reads a place from the columns after the first.
fn read_place(row: &rusqlite::Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        keys: (read_count(row, 1)?, read_count(row, 2)?),
        id: OperationId::new(row.get(3)?),
    })
}

impl Place {
    /// Before which no message stands.
    const FIRST: Self = Self {
        keys: (0, 0),
        id: OperationId::new([0; 32]),
    };

    /// Its keys as columns hold them.
    fn values(&self) -> (i64, i64) {
        (integer(self.keys.0), integer(self.keys.1))
    }
}

impl fmt::Display for PagePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            log,
            through,
            last: Place { keys, id },
        } = self;
        write!(f, "{log}.{through}.{}.{}.{id}", keys.0, keys.1)
    }
}

impl FromStr for PagePosition {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, ParsePositionError> {
        let mut parts = text.split('.');
        let mut number = || parts.next()?.parse().ok();
        let mut numbers = || Some([number()?, number()?, number()?, number()?]);
        let [log, through, first, second] = numbers().ok_or(ParsePositionError)?;
        let (Some(id), None) = (parts.next(), parts.next()) else {
            return Err(ParsePositionError);
        };
        let id = id.parse().map_err(|_| ParsePositionError)?;
        Ok(Self {
            log,
            through,
            last: Place {
                keys: (first, second),
                id,
            },
        })
    }
}

#[cfg(test)]
mod tests;
