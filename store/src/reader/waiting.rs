//! What of our own waits, for whom and since when.

use tidings_protocol::id::{ConversationId, PersonId};
use tidings_protocol::time::WallTime;

use super::Reader;
use crate::column::{read_count, read_wall};
use crate::error::StoreError;

/// Own messages of one conversation that somebody has not acknowledged yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingRow {
    /// Where.
    pub conversation: ConversationId,
    /// For whom.
    pub person: PersonId,
    /// How many.
    pub messages: u64,
    /// How many of them somebody else's device promised to keep.
    pub carried: u64,
    /// When the first of them was stored here.
    pub since: WallTime,
}

/// How many own messages wait, by the least that became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingMessages {
    /// Of which somebody has nothing, and nobody promised to keep it for them.
    pub queued: u64,
    /// Of which whoever has nothing is kept it for by somebody else's device.
    pub carried: u64,
}

impl WaitingMessages {
    /// All of which somebody has nothing.
    #[must_use]
    pub const fn all(self) -> u64 {
        self.queued.saturating_add(self.carried)
    }
}

impl Reader {
    /// How many messages wait.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be counted.
    pub fn waiting_messages(&self) -> Result<WaitingMessages, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT count(*), coalesce(sum(least = 17), 0) FROM (
                     SELECT min(state) AS least FROM deliveries
                     WHERE state < 18 AND released = 0 AND operation NOT IN (
                         SELECT o.number FROM actors AS a
                         CROSS JOIN operations AS o ON o.actor = a.actor AND o.seq > a.cut
                         WHERE a.cut IS NOT NULL AND o.mine = 1)
                     GROUP BY operation) WHERE least >= 16",
            )?;
            let counted = |row: &rusqlite::Row<'_>| Ok((read_count(row, 0)?, read_count(row, 1)?));
            let (all, carried) = statement.query_row([], counted)?;
            let queued = all.saturating_sub(carried);
            Ok(WaitingMessages { queued, carried })
        })
    }

    /// What waits, by conversation and person. A message that was given up waits for nobody.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn waiting(&self) -> Result<Vec<WaitingRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT o.conversation, p.person, count(*), sum(d.state = 17), min(o.received_at)
                 FROM deliveries AS d
                 CROSS JOIN operations AS o ON o.number = d.operation
                 CROSS JOIN people AS p ON p.number = d.person
                 JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
                 WHERE d.state < 18 AND d.state >= 16 AND d.released = 0
                     AND (a.cut IS NULL OR o.seq <= a.cut)
                     AND NOT EXISTS (
                         SELECT 1 FROM deliveries AS g
                         WHERE g.operation = d.operation AND g.state < 16 AND g.released = 0)
                 GROUP BY o.conversation, p.person ORDER BY o.conversation, p.person",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(WaitingRow {
                    conversation: ConversationId::new(row.get(0)?),
                    person: PersonId::new(row.get(1)?),
                    messages: read_count(row, 2)?,
                    carried: read_count(row, 3)?,
                    since: read_wall(row, 4)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::delivery::{DeliveryState, FailureReason};
    use tidings_protocol::record::Change;

    use super::*;
    use crate::Store;
    use crate::fixture::{Author, conversation, count, inserts, is_room, person};

    /// What waits: for whom, how many, and how many of those are carried.
    fn waiting(store: &Store) -> Vec<(PersonId, u64, u64)> {
        let rows = store.reader().unwrap().waiting().unwrap();
        let rows = rows.iter();
        rows.map(|row| (row.person, row.messages, row.carried))
            .collect()
    }

    /// Three messages of our own to these people.
    fn written(recipients: &[u8]) -> (Store, Author) {
        let mut store = Store::in_memory().unwrap();
        let mut own = Author::own(recipients);
        let messages = own.messages(3);
        store.apply(&inserts(&messages)).unwrap();
        (store, own)
    }

    #[test]
    fn what_waits_is_counted_for_each_person_since_the_first_of_it() {
        let (mut store, own) = written(&[2, 3]);
        assert_eq!(waiting(&store), [(person(2), 3, 0), (person(3), 3, 0)]);
        let all = store.reader().unwrap().waiting().unwrap();
        assert!(all.iter().all(|row| row.conversation == conversation(9)));
        let first = all[0].since;
        let changes: Vec<Change> = [
            (1, 2, DeliveryState::Carried),
            (1, 3, DeliveryState::Delivered),
        ]
        .map(|(seq, to, state)| own.delivery(seq, seq, to, state))
        .into();
        store.apply(&changes).unwrap();
        assert_eq!(waiting(&store), [(person(2), 3, 1), (person(3), 2, 0)]);
        let rows = store.reader().unwrap().waiting().unwrap();
        assert_eq!(rows[0].since, first);
        assert!(rows[1].since >= first);
    }

    #[test]
    fn a_message_waits_as_the_least_of_those_it_is_for_has_it() {
        let (mut store, own) = written(&[2, 3]);
        let messages = |store: &Store| store.reader().unwrap().waiting_messages().unwrap();
        let waiting = |queued, carried| WaitingMessages { queued, carried };
        assert_eq!(messages(&store), waiting(3, 0));
        let changes: Vec<Change> = [
            (1, 2, DeliveryState::Carried),
            (1, 3, DeliveryState::Delivered),
            (2, 2, DeliveryState::Carried),
        ]
        .map(|(seq, to, state)| own.delivery(seq, seq, to, state))
        .into();
        store.apply(&changes).unwrap();
        assert_eq!(messages(&store), waiting(2, 1));
        assert_eq!(messages(&store).all(), 3);
        let all = [(1, 2), (2, 2), (2, 3), (3, 2), (3, 3)];
        let changes = all.map(|(seq, to)| own.delivery(seq, seq, to, DeliveryState::Read));
        store.apply(&changes).unwrap();
        assert_eq!(messages(&store), waiting(0, 0));
    }

    #[test]
    fn what_was_given_up_came_or_was_cut_off_waits_for_nobody() {
        let (mut store, own) = written(&[2, 3]);
        let cancelled = DeliveryState::Failed(FailureReason::Cancelled);
        store.apply(&[own.delivery(1, 1, 2, cancelled)]).unwrap();
        assert_eq!(waiting(&store), [(person(2), 2, 0), (person(3), 2, 0)]);
        store
            .apply(&[own.delivery(2, 3, 3, DeliveryState::Read)])
            .unwrap();
        assert_eq!(waiting(&store), [(person(2), 2, 0)]);
        store.apply(&[is_room(9), count(&own, 3, Some(2))]).unwrap();
        assert_eq!(waiting(&store), [(person(2), 1, 0)]);
    }
}
