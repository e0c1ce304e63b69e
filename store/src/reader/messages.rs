//! Messages as screens show them.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, ToSql};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use tidings_protocol::time::WallTime;

use super::Reader;
use crate::column::{integer, read_count, read_operation, read_wall};
use crate::delivery::{self, Weights};
use crate::error::StoreError;
use crate::projection;

/// Which messages, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageQuery {
    /// Of one conversation alone.
    pub conversation: Option<ConversationId>,
    /// Only others' messages that are not marked as read.
    pub unread_only: bool,
    /// Order, and where to begin and end.
    pub order: MessageOrder,
}

/// In which order messages come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageOrder {
    /// In display order, ascending: the newest so many. Of one conversation that is (logical time,
    /// wall time, id). Logical times of several have nothing to do with one another, so there it is
    /// the time when a message was written, but no later than when it was stored here.
    Newest {
        /// How many; all without.
        limit: Option<u32>,
    },
    /// In the order in which they arrived or last changed.
    Arrival {
        /// Only those after this position.
        since: u64,
        /// How many; all without.
        limit: Option<u32>,
    },
}

/// What last happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArrivalKind {
    /// It arrived, or was written here.
    New,
    /// Its text changed.
    Edited,
    /// It was deleted.
    Deleted,
    /// A reaction came or went.
    Reaction,
    /// Its delivery state changed.
    State,
    /// It is shown no longer: its author was removed before they wrote it, or is blocked.
    Hidden,
}

impl ArrivalKind {
    /// The number in the arrival log.
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::New => 0,
            Self::Edited => 1,
            // The message itself tells which.
            Self::Deleted | Self::Hidden => 2,
            Self::Reaction => 3,
            Self::State => 4,
        }
    }

    fn from_code(code: i64) -> Option<Self> {
        [
            Self::New,
            Self::Edited,
            Self::Deleted,
            Self::Reaction,
            Self::State,
        ]
        .into_iter()
        .find(|kind| kind.code() == code)
    }

    /// The word shown to scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Reaction => "reaction",
            Self::State => "state",
            Self::Hidden => "hidden",
        }
    }
}

/// For how many people an own message has come how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryCounts {
    /// Whom it is for.
    pub people: u64,
    /// Promised to be kept for them, not delivered.
    pub carried: u64,
    /// Delivered to them, read or not.
    pub delivered: u64,
    /// Read by them.
    pub read: u64,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Which.
    pub id: OperationId,
    /// Where.
    pub conversation: ConversationId,
    /// Whose authorship.
    pub actor: ActorId,
    /// Its number in its author's chain.
    pub seq: u64,
    /// Who wrote it.
    pub author: PersonId,
    /// On which device.
    pub device: DeviceId,
    /// Whether our own person wrote it.
    pub mine: bool,
    /// Whether it needs a newer version to be shown; `text` is empty then.
    pub unsupported: bool,
    /// Whether its author deleted it; `text` is empty then.
    pub deleted: bool,
    /// Whether it is kept and not shown, because its author was removed before they wrote it, or is
    /// blocked; `text` is empty then. Only the arrival log has such messages: those that were shown before.
    pub hidden: bool,
    /// Whether it is outside of what members agree on: its device forked its chain before it, and it
    /// was here before that was known.
    pub disputed: bool,
    /// Whether its author changed what it says.
    pub edited: bool,
    /// Whether it is pinned for everybody.
    pub pinned: bool,
    /// Whether carriers are to take it before others; only of messages written on this device.
    pub urgent: bool,
    /// Who has put which emoji on it.
    pub reactions: Vec<(String, PersonId)>,
    /// When it was written, by its author's clock.
    pub sent_at: WallTime,
    /// When it was stored here.
    pub received_at: WallTime,
    /// When it disappears.
    pub expires_at: Option<WallTime>,
    /// What it says, as received.
    pub text: String,
    /// The message that it replies to.
    pub reply_to: Option<OperationId>,
    /// Whether it is marked as read; own messages are.
    pub read: bool,
    /// The least state over the people it is for, without those since removed before they got it;
    /// `failed` because of removal if nobody else was, or if our own person was removed before
    /// they wrote it. Only of own messages.
    pub state: Option<DeliveryState>,
    /// How many people it has reached, of those who count; all 0 for others' messages.
    pub deliveries: DeliveryCounts,
    /// Where it stands in the arrival log.
    pub position: u64,
    /// What last happened to it.
    pub change: ArrivalKind,
}

pub(super) const COLUMNS: &str =
    "SELECT m.operation, o.id, m.conversation, o.actor, o.seq, o.person,
        o.device, o.mine, m.form, m.wall, o.received_at, m.expires_at, m.text, m.reply_to, m.read,
        a.position, a.change, m.edited, m.pinned, m.disputed,
        CASE WHEN o.mine THEN (SELECT x.cut IS NULL OR o.seq <= x.cut FROM actors AS x
            WHERE x.conversation = o.conversation AND x.actor = o.actor) ELSE 1 END,
        EXISTS (SELECT 1 FROM annotations AS x WHERE x.target = o.id
            AND x.conversation = m.conversation AND x.kind = 4 AND x.state = 1),
        EXISTS (SELECT 1 FROM urgent AS u WHERE u.operation = m.operation)";
pub(super) const FROM_MESSAGES: &str = "FROM messages AS m
    CROSS JOIN operations AS o ON o.number = m.operation
    CROSS JOIN arrivals AS a ON a.message = m.operation";
/// Of what the arrival log alone gives out.
pub(super) const SHOWN: &str = "m.form < 3";
const FROM_ARRIVALS: &str = "FROM arrivals AS a
    CROSS JOIN messages AS m ON m.operation = a.message
    CROSS JOIN operations AS o ON o.number = m.operation";

impl Reader {
    /// The messages that a query asks for, at once; [`Self::page`] and [`Self::arrivals`] bound them.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn messages(&self, query: &MessageQuery) -> Result<Vec<MessageRow>, StoreError> {
        self.read(|connection| match query.order {
            MessageOrder::Newest { limit } => newest(connection, query, limit),
            MessageOrder::Arrival { since, limit } => arrived(connection, query, since, limit),
        })
    }

    /// One message, if it is there to be shown.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn message(&self, id: OperationId) -> Result<Option<MessageRow>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "{COLUMNS} FROM operations AS o
                 JOIN messages AS m ON m.operation = o.number
                 JOIN arrivals AS a ON a.message = o.number
                 WHERE o.id = ?1 AND {SHOWN}"
            );
            let rows = rows(connection, &sql, &[id.as_bytes()])?;
            Ok(rows.into_iter().next().map(|row| row.message))
        })
    }
}

fn newest(
    connection: &Connection,
    query: &MessageQuery,
    limit: Option<u32>,
) -> Result<Vec<MessageRow>, StoreError> {
    let unread = if query.unread_only {
        "AND m.read = 0"
    } else {
        ""
    };
    let limit = limit.map_or(-1, i64::from);
    let mut rows = match &query.conversation {
        Some(conversation) => {
            let sql = format!(
                "{COLUMNS} {FROM_MESSAGES} WHERE m.conversation = ?1 AND {SHOWN} {unread}
                 ORDER BY m.logical DESC, m.wall DESC, o.id DESC LIMIT ?2"
            );
            rows(connection, &sql, &[conversation.as_bytes(), &limit])?
        }
        None => {
            let sql = format!(
                "{COLUMNS} {FROM_MESSAGES} WHERE {SHOWN} {unread}
                 ORDER BY m.shown_at DESC, m.logical DESC, o.id DESC LIMIT ?1"
            );
            rows(connection, &sql, &[&limit])?
        }
    };
    rows.reverse();
    Ok(rows.into_iter().map(|row| row.message).collect())
}

fn arrived(
    connection: &Connection,
    query: &MessageQuery,
    since: u64,
    limit: Option<u32>,
) -> Result<Vec<MessageRow>, StoreError> {
    let unread = if query.unread_only {
        "AND m.read = 0"
    } else {
        ""
    };
    let sql = format!(
        "{COLUMNS} {FROM_ARRIVALS}
         WHERE a.position > ?1 AND (?2 IS NULL OR m.conversation = ?2) {unread}
         ORDER BY a.position LIMIT ?3"
    );
    let conversation = query.conversation.as_ref().map(ConversationId::as_bytes);
    let limit = limit.map_or(-1, i64::from);
    let rows = rows(connection, &sql, &[&integer(since), &conversation, &limit])?;
    Ok(rows.into_iter().map(|row| row.message).collect())
}

/// A message with what [`complete`] needs to know of it.
pub(super) struct Incomplete {
    pub(super) message: MessageRow,
    number: i64,
    /// Whether its author was a member when they wrote it.
    counts: bool,
    has_reactions: bool,
}

impl Incomplete {
    /// Reads [`COLUMNS`]; [`complete`] has to follow.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            message: read_message(row)?,
            number: row.get(0)?,
            counts: row.get(20)?,
            has_reactions: row.get(21)?,
        })
    }
}

/// The messages of a query for [`COLUMNS`].
pub(super) fn rows(
    connection: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<Incomplete>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(values, Incomplete::read)?;
    let mut messages = found.collect::<rusqlite::Result<Vec<_>>>()?;
    complete(connection, &mut messages)?;
    Ok(messages)
}

/// Adds what stands in other tables: how far own messages have come, and who has put what on any.
pub(super) fn complete(
    connection: &Connection,
    messages: &mut [Incomplete],
) -> Result<(), StoreError> {
    let own = messages.iter().filter(|row| row.message.mine);
    let weights = weights(connection, own.map(|row| row.number))?;
    for row in messages {
        let message = &mut row.message;
        if message.mine {
            let none = Weights::default();
            let weights = weights.get(&row.number).unwrap_or(&none);
            message.state = Some(state(weights, row.counts));
            message.deliveries = count(weights);
        }
        if row.has_reactions && !message.deleted && !message.hidden {
            message.reactions = projection::reactions(connection, message.id)?;
        }
    }
    Ok(())
}

/// The state of an own message.
pub(crate) fn message_state(
    connection: &Connection,
    number: i64,
) -> Result<DeliveryState, StoreError> {
    let weights = weights(connection, [number].into_iter())?;
    let counts: bool = connection
        .prepare_cached(
            "SELECT a.cut IS NULL OR o.seq <= a.cut FROM operations AS o
             JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
             WHERE o.number = ?1",
        )?
        .query_row([number], |row| row.get(0))?;
    let none = Weights::default();
    Ok(state(weights.get(&number).unwrap_or(&none), counts))
}

fn state(weights: &Weights, counts: bool) -> DeliveryState {
    if counts {
        weights.state()
    } else {
        delivery::REMOVED
    }
}

/// The deliveries of messages, by number.
fn weights(
    connection: &Connection,
    numbers: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, Weights>, StoreError> {
    let mut found: BTreeMap<i64, Weights> = BTreeMap::new();
    let numbers = list(numbers);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT d.operation, {} AS weight, count(*) FROM json_each(?1) AS j
         CROSS JOIN deliveries AS d ON d.operation = j.value GROUP BY d.operation, weight",
        delivery::weight("d")
    ))?;
    let mut rows = statement.query([numbers])?;
    while let Some(row) = rows.next()? {
        let weights = found.entry(row.get(0)?).or_default();
        weights.0.push((row.get(1)?, read_count(row, 2)?));
    }
    Ok(found)
}

/// Numbers as the JSON that `json_each` takes apart.
pub(super) fn list(numbers: impl Iterator<Item = i64>) -> String {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    format!("[{}]", numbers.join(","))
}

fn count(weights: &Weights) -> DeliveryCounts {
    let people = |counts: fn(DeliveryState) -> bool| {
        let counted = weights.counted().filter(|(state, _)| counts(*state));
        counted.map(|(_, people)| people).sum()
    };
    DeliveryCounts {
        people: people(|_| true),
        carried: people(|state| state == DeliveryState::Carried),
        delivered: people(|state| state >= DeliveryState::Delivered),
        read: people(|state| state == DeliveryState::Read),
    }
}

fn read_message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    let change: i64 = row.get(16)?;
    let is_hidden = row.get::<_, i64>(8)? == 3;
    let expires_at: Option<i64> = row.get(11)?;
    Ok(MessageRow {
        id: OperationId::new(row.get(1)?),
        conversation: ConversationId::new(row.get(2)?),
        actor: ActorId::new(row.get(3)?),
        seq: read_count(row, 4)?,
        author: PersonId::new(row.get(5)?),
        device: DeviceId::new(row.get(6)?),
        mine: row.get(7)?,
        unsupported: row.get::<_, i64>(8)? == 1,
        deleted: row.get::<_, i64>(8)? == 2,
        hidden: is_hidden,
        disputed: row.get(19)?,
        edited: row.get(17)?,
        pinned: row.get(18)?,
        urgent: row.get(22)?,
        reactions: Vec::new(),
        sent_at: read_wall(row, 9)?,
        received_at: read_wall(row, 10)?,
        expires_at: expires_at.map(|_| read_wall(row, 11)).transpose()?,
        text: row.get(12)?,
        reply_to: read_operation(row, 13)?,
        read: row.get(14)?,
        state: None,
        deliveries: DeliveryCounts::default(),
        position: read_count(row, 15)?,
        change: if is_hidden {
            ArrivalKind::Hidden
        } else {
            ArrivalKind::from_code(change)
                .ok_or(rusqlite::Error::IntegralValueOutOfRange(16, change))?
        },
    })
}
