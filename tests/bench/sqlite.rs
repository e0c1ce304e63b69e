//! The floor below every store: the same rows in one table of bare SQLite, neither encrypted nor checked
//! nor indexed for search.

use std::path::PathBuf;

use rusqlite::{Connection, params};
use tempfile::TempDir;
use tidings_protocol::id::ConversationId;
use tidings_protocol::operation::{Content, SignedOperation};

use crate::Outcome;

/// The settings of a writer: every commit is on the disk when it returns.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
const SCHEMA: &str = "
    CREATE TABLE messages (
        number INTEGER NOT NULL PRIMARY KEY,
        id BLOB NOT NULL,
        conversation BLOB NOT NULL,
        logical INTEGER NOT NULL,
        wall INTEGER NOT NULL,
        header BLOB NOT NULL,
        signature BLOB NOT NULL,
        salt BLOB NOT NULL,
        text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_order ON messages (conversation, logical, wall);";
const COLUMNS: &str = "id, conversation, logical, wall, header, signature, salt, text";

/// What a screen needs of a row.
pub(crate) type Shown = (Vec<u8>, i64, String);

/// A message as a row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    id: [u8; 32],
    conversation: [u8; 32],
    logical: u64,
    wall: u64,
    signed: SignedOperation,
    salt: [u8; 32],
    text: String,
}

impl Row {
    /// The row of a message that was stored.
    pub(crate) fn of(signed: SignedOperation) -> Outcome<Self> {
        let header = signed.claimed()?;
        let body = signed.body.as_ref().ok_or("a message without a body")?;
        let content = Content::from_bytes(header.kind, &body.bytes)?;
        let Some(Content::Message { text }) = content else {
            return Err("an operation that is no message".into());
        };
        Ok(Self {
            id: *signed.id().as_bytes(),
            conversation: *header.conversation.as_bytes(),
            logical: header.logical.as_u64(),
            wall: header.wall.as_millis(),
            salt: *body.salt,
            text,
            signed,
        })
    }

    /// Bytes of the message, as it travels.
    pub(crate) fn bytes(&self) -> usize {
        self.signed.bytes()
    }

    /// Where it stands in its conversation.
    pub(crate) const fn order(&self) -> (u64, u64) {
        (self.logical, self.wall)
    }
}

/// A database that is there for comparison.
#[derive(Debug)]
pub(crate) struct Sqlite {
    connection: Connection,
    path: PathBuf,
    _directory: TempDir,
}

impl Sqlite {
    pub(crate) fn new() -> Outcome<Self> {
        let directory = TempDir::new()?;
        let path = directory.path().join("bare.db");
        let connection = Connection::open(&path)?;
        connection.execute_batch(SETTINGS)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self {
            connection,
            path,
            _directory: directory,
        })
    }

    /// Writes rows in one transaction.
    pub(crate) fn insert(&mut self, rows: &[Row]) -> Outcome<()> {
        let transaction = self.connection.transaction()?;
        let sql =
            format!("INSERT INTO messages ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        let mut statement = transaction.prepare_cached(&sql)?;
        for row in rows {
            statement.execute(params![
                row.id,
                row.conversation,
                i64::try_from(row.logical)?,
                i64::try_from(row.wall)?,
                row.signed.header,
                *row.signed.signature,
                row.salt,
                row.text,
            ])?;
        }
        drop(statement);
        transaction.commit()?;
        Ok(())
    }

    /// The newest so many messages of a conversation.
    pub(crate) fn newest(&self, conversation: ConversationId, count: u32) -> Outcome<Vec<Shown>> {
        newest(&self.connection, conversation, count)
    }

    /// The same, over a connection that is opened for it.
    pub(crate) fn open_and_read(
        &self,
        conversation: ConversationId,
        count: u32,
    ) -> Outcome<Vec<Shown>> {
        let connection = Connection::open(&self.path)?;
        connection.execute_batch(SETTINGS)?;
        newest(&connection, conversation, count)
    }

    /// The messages that were stored last of those that hold each of these.
    pub(crate) fn like(&self, patterns: &[String], count: u32) -> Outcome<Vec<Shown>> {
        let conditions: Vec<String> = (1..=patterns.len())
            .map(|number| format!("text LIKE ?{number}"))
            .collect();
        let sql = format!(
            "SELECT id, wall, text FROM messages WHERE {} ORDER BY number DESC LIMIT {count}",
            conditions.join(" AND ")
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(patterns), shown)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn newest(
    connection: &Connection,
    conversation: ConversationId,
    count: u32,
) -> Outcome<Vec<Shown>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, wall, text FROM messages WHERE conversation = ?1
         ORDER BY logical DESC, wall DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![conversation.as_bytes(), count], shown)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn shown(row: &rusqlite::Row<'_>) -> rusqlite::Result<Shown> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}
