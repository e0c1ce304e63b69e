//! Messages by what is in them.

use rusqlite::Connection;
use tidings_protocol::id::{ConversationId, PersonId};
use tidings_protocol::time::WallTime;

use super::Reader;
use super::messages::{COLUMNS, FROM_MESSAGES, MessageRow, rows};
use crate::column::wall;
use crate::error::StoreError;
use crate::search::{self, SearchWord};

/// Most bytes that a search finds, counted by [`MessageRow::weight`]; a single message may weigh more.
pub const FOUND_BYTES_MAX: usize = 4 << 20;

/// Which messages are searched for, of those that show a text. What is absent does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// What occurs in them: each of these.
    pub words: Vec<SearchWord>,
    /// Who wrote them.
    pub author: Option<PersonId>,
    /// Where they were written.
    pub conversation: Option<ConversationId>,
    /// Written at this time or later, by their authors' clocks.
    pub after: Option<WallTime>,
    /// Written earlier than this, by their authors' clocks.
    pub before: Option<WallTime>,
    /// At most so many: those stored last.
    pub limit: u32,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRows {
    /// The messages, in the order of their authors' clocks.
    pub messages: Vec<MessageRow>,
    /// Whether there are more than were asked for, or than fit into [`FOUND_BYTES_MAX`].
    pub more: bool,
}

impl Reader {
    /// The messages that a query asks for.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn search(&self, query: &SearchQuery) -> Result<FoundRows, StoreError> {
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut messages = self.read(|connection| stored_last(connection, query))?;
        let more = messages.len() > limit;
        messages.truncate(limit);
        let fitting = fitting(&messages);
        let more = more || messages.len() > fitting;
        messages.truncate(fitting);
        messages.sort_by_key(|message| (message.sent_at, message.id));
        Ok(FoundRows { messages, more })
    }
}

/// How many of these fit into [`FOUND_BYTES_MAX`]: at least one.
fn fitting(messages: &[MessageRow]) -> usize {
    let mut bytes = 0_usize;
    let weighs_too_much = |message: &MessageRow| {
        bytes = bytes.saturating_add(message.weight());
        bytes > FOUND_BYTES_MAX
    };
    let fitting = messages.iter().position(weighs_too_much);
    fitting.map_or(messages.len(), |fitting| fitting.max(1))
}

/// What matches, the latest stored first, and one more than is asked for.
fn stored_last(
    connection: &Connection,
    query: &SearchQuery,
) -> Result<Vec<MessageRow>, StoreError> {
    let expression = search::expression(&query.words);
    // FTS5 gives rows by falling number by itself, so that the limit ends the search early.
    let (from, matching, number) = if query.words.is_empty() {
        (FROM_MESSAGES, "?6 = ''", "m.operation")
    } else {
        (FROM_SEARCH, "search MATCH ?6", "s.rowid")
    };
    let sql = format!(
        "{COLUMNS} {from}
         WHERE {matching} AND m.form = 0
             AND (?1 IS NULL OR o.person = ?1) AND (?2 IS NULL OR m.conversation = ?2)
             AND (?3 IS NULL OR m.wall >= ?3) AND (?4 IS NULL OR m.wall < ?4)
         ORDER BY {number} DESC LIMIT ?5"
    );
    let rows = rows(
        connection,
        &sql,
        &[
            &query.author.as_ref().map(PersonId::as_bytes),
            &query.conversation.as_ref().map(ConversationId::as_bytes),
            &query.after.map(wall),
            &query.before.map(wall),
            &i64::from(query.limit).saturating_add(1),
            &expression,
        ],
    )?;
    Ok(rows.into_iter().map(|row| row.message).collect())
}

const FROM_SEARCH: &str = "FROM search AS s
    CROSS JOIN messages AS m ON m.operation = s.rowid
    CROSS JOIN operations AS o ON o.number = m.operation
    CROSS JOIN arrivals AS a ON a.message = m.operation";
