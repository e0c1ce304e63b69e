//! Whether the database is sound.

use rusqlite::Connection;
use tidings_protocol::operation::Kind;

use super::Reader;
use crate::error::StoreError;
use crate::projection::{blocked, kinds_on_messages};

/// What must find nothing, and what it means if it does.
const QUESTIONS: [(&str, &str); 7] = [
    (
        "SELECT count(*) FROM messages
             WHERE form <> 3 AND (form <> 2) <> (operation IN (SELECT operation FROM bodies))",
        "messages are shown without a body, or deleted ones with one",
    ),
    (
        "SELECT count(*) FROM messages
             WHERE form <> 3 AND operation NOT IN (SELECT message FROM arrivals)",
        "messages are missing from the arrival log",
    ),
    (
        "SELECT count(*) FROM arrivals WHERE message NOT IN (SELECT operation FROM messages)",
        "entries of the arrival log have no message",
    ),
    (
        concat!(
            "SELECT count(*) FROM (
                 SELECT m.form, m.disputed, o.mine, o.seq, a.fork, ifnull(o.seq > a.cut, 0) AS cut, ",
            blocked!(),
            " AS blocked FROM messages AS m
                 JOIN operations AS o ON o.number = m.operation
                 JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor)
             WHERE (form = 3) <> (mine = 0 AND (cut OR blocked))
                 OR disputed <> (ifnull(seq > fork, 0) AND NOT cut AND NOT blocked)"
        ),
        "messages are hidden that count, or shown though they do not",
    ),
    (
        "SELECT count(*) FROM messages WHERE form = 0 AND operation NOT IN
             (SELECT id FROM search_docsize)",
        "messages are missing from the search index",
    ),
    (
        "SELECT count(*) FROM search_docsize WHERE id NOT IN
             (SELECT operation FROM messages WHERE form = 0)",
        "entries of the search index have no message",
    ),
    (
        "SELECT count(*) FROM carried WHERE id NOT IN (SELECT id FROM carried_bytes)",
        "envelopes are kept without their bytes",
    ),
];

/// How many operations have a body, and no row, though they are messages, or kinds that are not
/// known here and show as such.
fn unshown() -> String {
    format!(
        "SELECT count(*) FROM bodies WHERE operation NOT IN (SELECT operation FROM messages)
             AND operation NOT IN (SELECT number FROM operations
                 WHERE kind IN {} OR kind = {} OR kind >= {} OR hidden = 1)",
        kinds_on_messages(),
        Kind::Lifetime.number(),
        Kind::Create.number(),
    )
}

impl Reader {
    /// Looks for damage; an empty answer means that none was found. Reads the whole database.
    ///
    /// # Errors
    /// [`StoreError`] if it is too damaged even to be looked at.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            look_anew(connection)?;
            let mut found = complaints(connection, "PRAGMA integrity_check")?;
            found.retain(|line| line != "ok");
            found.extend(complaints(connection, "PRAGMA cipher_integrity_check")?);
            found.extend(
                complaints(connection, "PRAGMA foreign_key_check")?
                    .into_iter()
                    .map(|table| format!("a row of {table} refers to one that is missing")),
            );
            let unshown = unshown();
            let first = (
                unshown.as_str(),
                "operations with a body are not shown as messages",
            );
            for (question, meaning) in std::iter::once(first).chain(QUESTIONS) {
                let rows: i64 = connection.query_row(question, [], |row| row.get(0))?;
                if rows > 0 {
                    found.push(format!("{rows} {meaning}"));
                }
            }
            Ok(found)
        })
    }
}

/// Has the search index be read anew: looking whether it is sound, FTS5 goes by what it last read of it on this
/// connection, which whoever has written since made untrue. A question to it has it notice.
fn look_anew(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT rowid FROM search LIMIT 1")?;
    statement.exists([])?;
    Ok(())
}

fn complaints(connection: &Connection, pragma: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(pragma)?;
    let lines = statement.query_map([], |row| row.get(0))?;
    Ok(lines.collect::<rusqlite::Result<_>>()?)
}
