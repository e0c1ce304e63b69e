//! Annotations: the latest word of each person on each message.
//!
//! Invariants
//! - The latest is the highest by (logical time, wall time, id), in whatever order they came.
//! - A word counts in its own conversation alone: elsewhere others than its readers would see it.
//! - Whether a person may say it is judged when it is read: an edit or deletion counts if it is of
//!   the message's own author.
//! - Of deletions it is noted as well that they are here, whether or not they count: what one erased
//!   does not come back.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use tidings_protocol::id::{ConversationId, OperationId, PersonId};
use tidings_protocol::operation::{Content, Kind};

use super::{Role, STORED, Source, Stored};
use crate::column::{logical, wall};
use crate::error::StoreError;
use crate::reader::ArrivalKind;

/// Reactions to one message that are read.
pub(super) const REACTIONS_READ_MAX: i64 = 1_000;

/// What the annotations make of a message.
pub(super) struct Verdict {
    pub(super) deleted: bool,
    pub(super) text: Option<String>,
    pub(super) pinned: bool,
}

/// What an annotation changes about its message.
pub(super) const fn arrival(content: &Content) -> ArrivalKind {
    match content {
        Content::Delete => ArrivalKind::Deleted,
        Content::Reaction { .. } => ArrivalKind::Reaction,
        Content::Message { .. }
        | Content::Edit { .. }
        | Content::Pin { .. }
        | Content::Lifetime { .. } => ArrivalKind::Edited,
    }
}

/// Notes an annotation, unless its person said something later.
pub(super) fn put(
    transaction: &Transaction<'_>,
    source: &Source<'_>,
    content: &Content,
) -> Result<(), StoreError> {
    let header = source.header;
    let Some(target) = &header.target else {
        return Ok(());
    };
    let (emoji, text, set) = match content {
        Content::Edit { text } => ("", text.as_str(), true),
        Content::Reaction { emoji, set } => (emoji.as_str(), "", *set),
        Content::Pin { set } => ("", "", *set),
        Content::Message { .. } | Content::Delete | Content::Lifetime { .. } => ("", "", true),
    };
    let place = params![
        target.as_bytes(),
        header.kind.number(),
        source.person.as_bytes(),
        emoji,
        header.conversation.as_bytes(),
    ];
    let known = transaction
        .prepare_cached(
            "SELECT a.logical, a.wall, o.id FROM annotations AS a
             JOIN operations AS o ON o.number = a.operation
             WHERE a.target = ?1 AND a.kind = ?2 AND a.person = ?3 AND a.emoji = ?4
                 AND a.conversation = ?5",
        )?
        .query_row(place, |row| {
            Ok((row.get(0)?, row.get(1)?, OperationId::new(row.get(2)?)))
        })
        .optional()?;
    let said = (logical(header.logical), wall(header.wall), source.id);
    if known.is_some_and(|known| known >= said) {
        return Ok(());
    }
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO annotations
                 (target, conversation, kind, person, emoji, operation, logical, wall, text, state)
             VALUES (?1, ?10, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            target.as_bytes(),
            header.kind.number(),
            source.person.as_bytes(),
            emoji,
            source.number,
            said.0,
            said.1,
            text,
            set,
            header.conversation.as_bytes(),
        ])?;
    Ok(())
}

/// Whether anything was said about a message.
pub(super) fn any(transaction: &Transaction<'_>, target: OperationId) -> Result<bool, StoreError> {
    let any = transaction
        .prepare_cached("SELECT 1 FROM annotations WHERE target = ?1")?
        .exists([target.as_bytes()])?;
    Ok(any)
}

/// Notes anew what is said about a message in its conversation, by what counts.
pub(super) fn recount(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    target: OperationId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM annotations WHERE target = ?1 AND conversation = ?2")?
        .execute([target.as_bytes(), conversation.as_bytes()])?;
    for stored in on(transaction, conversation, target)? {
        if let Some(source) = stored.source()
            && let Role::Annotation(_, content) = Role::of(source.header, source.body)
            && source.applies(&content)
        {
            put(transaction, &source, &content)?;
        }
    }
    Ok(())
}

/// Notes that the person of an operation deleted a message, whether or not that counts.
pub(super) fn put_deletion(
    transaction: &Transaction<'_>,
    source: &Source<'_>,
    target: OperationId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO deletions (target, conversation, person) VALUES (?1, ?2, ?3)
             ON CONFLICT (target, conversation, person) DO NOTHING",
        )?
        .execute([
            target.as_bytes(),
            source.header.conversation.as_bytes(),
            source.person.as_bytes(),
        ])?;
    Ok(())
}

/// Whether a person deleted a message, by any word that is here, whether or not it counts.
pub(super) const IS_DELETION_HERE: &str = "SELECT 1 FROM deletions
    WHERE target = ?1 AND conversation = ?2 AND person = ?3";

/// Whether `author` deleted a message, by any word that is here, whether or not it counts. Asked for
/// each word upon a message without a body, so that it may not look at the others.
pub(super) fn is_deletion_here(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    target: OperationId,
    author: PersonId,
) -> Result<bool, StoreError> {
    let place = [
        target.as_bytes(),
        conversation.as_bytes(),
        author.as_bytes(),
    ];
    let mut statement = transaction.prepare_cached(IS_DELETION_HERE)?;
    Ok(statement.exists(place)?)
}

/// The numbers of the kinds that act on messages, as a list in a statement.
pub(crate) fn kinds_on_messages() -> String {
    let kinds = Kind::known_content().filter(|kind| kind.acts_on_message());
    let numbers: Vec<String> = kinds.map(|kind| kind.number().to_string()).collect();
    format!("({})", numbers.join(", "))
}

/// The operations that act on a message in its conversation.
fn on(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    target: OperationId,
) -> Result<Vec<Stored>, StoreError> {
    let mut statement = transaction.prepare_cached(&format!(
        "{STORED} WHERE o.target = ?1 AND o.conversation = ?2 AND o.kind IN {}
             AND o.hidden = 0",
        kinds_on_messages()
    ))?;
    let values = [target.as_bytes(), conversation.as_bytes()];
    let stored = statement.query_map(values, Stored::read)?;
    Ok(stored.collect::<rusqlite::Result<_>>()?)
}

/// What the annotations make of a message of `author`.
pub(super) fn verdict(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    target: OperationId,
    author: PersonId,
) -> Result<Verdict, StoreError> {
    let of_author = |kind: Kind| {
        transaction
            .prepare_cached(
                "SELECT text FROM annotations
                 WHERE target = ?1 AND kind = ?2 AND person = ?3 AND conversation = ?4",
            )?
            .query_row(
                params![
                    target.as_bytes(),
                    kind.number(),
                    author.as_bytes(),
                    conversation.as_bytes()
                ],
                |row| row.get::<_, String>(0),
            )
            .optional()
    };
    let pinned = transaction
        .prepare_cached(
            "SELECT a.state FROM annotations AS a JOIN operations AS o ON o.number = a.operation
             WHERE a.target = ?1 AND a.kind = ?2 AND a.conversation = ?3
             ORDER BY a.logical DESC, a.wall DESC, o.id DESC LIMIT 1",
        )?
        .query_row(
            params![
                target.as_bytes(),
                Kind::Pin.number(),
                conversation.as_bytes()
            ],
            |row| row.get(0),
        )
        .optional()?;
    Ok(Verdict {
        deleted: of_author(Kind::Delete)?.is_some(),
        text: of_author(Kind::Edit)?,
        pinned: pinned.unwrap_or(false),
    })
}

/// Erases what the edits of a message say, with their bodies. Says whether there was any.
pub(super) fn erase_edits(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    target: &[u8],
) -> Result<bool, StoreError> {
    let bodies = transaction
        .prepare_cached(
            "DELETE FROM bodies WHERE operation IN (
                 SELECT number FROM operations
                 WHERE target = ?1 AND kind = ?2 AND conversation = ?3)",
        )?
        .execute(params![
            target,
            Kind::Edit.number(),
            conversation.as_bytes()
        ])?;
    transaction
        .prepare_cached(
            "DELETE FROM annotations WHERE target = ?1 AND kind = ?2 AND conversation = ?3",
        )?
        .execute(params![
            target,
            Kind::Edit.number(),
            conversation.as_bytes()
        ])?;
    Ok(bodies > 0)
}

/// Erases everything said about a message, with the bodies.
pub(super) fn erase_all(transaction: &Transaction<'_>, target: &[u8]) -> Result<(), StoreError> {
    transaction
        .prepare_cached(&format!(
            "DELETE FROM bodies WHERE operation IN (
                 SELECT number FROM operations WHERE target = ?1 AND kind IN {})",
            kinds_on_messages()
        ))?
        .execute([target])?;
    transaction
        .prepare_cached("DELETE FROM annotations WHERE target = ?1")?
        .execute([target])?;
    transaction
        .prepare_cached("DELETE FROM deletions WHERE target = ?1")?
        .execute([target])?;
    Ok(())
}

/// Who has put which emoji on a message, by emoji and then in the order in which they did.
pub(crate) fn reactions(
    connection: &Connection,
    target: OperationId,
) -> Result<Vec<(String, PersonId)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT a.emoji, a.person FROM annotations AS a
         JOIN operations AS o ON o.number = a.operation
         JOIN operations AS t ON t.id = a.target AND t.conversation = a.conversation
         WHERE a.target = ?1 AND a.kind = ?2 AND a.state = 1
         ORDER BY a.emoji, a.logical, a.wall, o.id LIMIT ?3",
    )?;
    let rows = statement.query_map(
        params![
            target.as_bytes(),
            Kind::Reaction.number(),
            REACTIONS_READ_MAX
        ],
        |row| Ok((row.get(0)?, PersonId::new(row.get(1)?))),
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
