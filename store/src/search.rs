//! The index of messages' texts: what is in it, and how it is searched.
//!
//! ```text
//!   projection --add, remove, replace--> terms --> search (FTS5)
//!   SearchWord --> terms --> expression --> search --> numbers of operations
//! ```
//!
//! Invariants
//! - The index holds what `messages` shows as text, and nothing else. It keeps no text of its own,
//!   so whoever takes a text out tells it again, exactly as it was put in.
//! - What is taken out leaves the index's pages in the same transaction (FTS5 `secure-delete`).
//! - An index that other rules made is made anew before the store is used: the same text gives
//!   the same terms when it is put in and when it is taken out.
//! - No text that is searched for is a syntax error: it is cut into terms, and terms are quoted.

mod terms;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::error::StoreError;

/// A word, or words that follow one another, as it is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWord {
    /// In the language of FTS5.
    expression: String,
}

impl SearchWord {
    /// Looks for `text`, whatever is in it; with `open`, its last word may go on. `None` if there
    /// is nothing in it but blanks and punctuation.
    #[must_use]
    pub fn new(text: &str, open: bool) -> Option<Self> {
        let sought = terms::sought(text, open)?;
        let star = if sought.open { " *" } else { "" };
        Some(Self {
            expression: format!("\"{}\"{star}", sought.terms),
        })
    }
}

/// The expression that all of `words` match together.
pub(crate) fn expression(words: &[SearchWord]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.expression.as_str()).collect();
    words.join(" AND ")
}

/// Puts a message's text in.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    number: i64,
    text: &str,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO search (rowid, terms) VALUES (?1, ?2)")?
        .execute(params![number, terms::indexed(text)])?;
    Ok(())
}

/// Takes a message's text out: `text` is what was put in. The log still holds pages from before,
/// so the caller has truncating it made due.
pub(crate) fn remove(
    transaction: &Transaction<'_>,
    number: i64,
    text: &str,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO search (search, rowid, terms) VALUES ('delete', ?1, ?2)")?
        .execute(params![number, terms::indexed(text)])?;
    Ok(())
}

/// Puts a message's new text in the place of its old one. As to the log, see [`remove`].
pub(crate) fn replace(
    transaction: &Transaction<'_>,
    number: i64,
    old: &str,
    new: &str,
) -> Result<(), StoreError> {
    remove(transaction, number, old)?;
    add(transaction, number, new)
}

/// Takes everything out; what is put in from here on goes by the rules of this program.
pub(crate) fn clear(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("INSERT INTO search (search) VALUES ('delete-all')", [])?;
    transaction.execute("UPDATE indexing SET rules = ?1", [terms::rules()])?;
    Ok(())
}

/// Makes the index anew if it was made by other rules.
pub(crate) fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    let made_by: String =
        connection.query_row("SELECT rules FROM indexing", [], |row| row.get(0))?;
    if made_by == terms::rules() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    clear(&transaction)?;
    let mut statement =
        transaction.prepare("SELECT operation, text FROM messages WHERE form = 0")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(1)?;
        add(&transaction, row.get(0)?, &text)?;
    }
    drop(rows);
    drop(statement);
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests;
