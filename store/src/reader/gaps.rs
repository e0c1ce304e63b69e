//! Gaps: operations that are known to exist, because a later one of their author's chain is here, and
//! that are not.

use rusqlite::params;
use tidings_protocol::id::{ActorId, ConversationId, PersonId};

use super::Reader;
use crate::column::read_count;
use crate::error::StoreError;
use crate::projection::blocked;

/// What is missing of one actor's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapRow {
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub person: PersonId,
    /// Of which of their chains.
    pub actor: ActorId,
    /// The last sequence number before the gap.
    pub after: u64,
    /// How many operations are missing, of those that count.
    pub missing: u64,
}

impl Reader {
    /// Every gap, in one conversation or in all. What is not for us, was cut off, lies beyond a fork, or
    /// is of somebody blocked and in a room is none.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn gaps(&self, conversation: Option<ConversationId>) -> Result<Vec<GapRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(concat!(
                "SELECT a.conversation, a.person, a.actor, a.seq,
                     max(o.seq) - a.seq - count(DISTINCT o.seq) AS missing
                 FROM actors AS a
                 CROSS JOIN operations AS o ON o.actor = a.actor AND o.seq > a.seq
                     AND o.conversation = a.conversation
                     AND (a.counts IS NULL OR o.seq <= a.counts)
                 WHERE (?1 IS NULL OR a.conversation = ?1) AND NOT ",
                blocked!(),
                " GROUP BY a.conversation, a.actor HAVING missing > 0
                 ORDER BY a.conversation, a.person, a.actor",
            ))?;
            let conversation = conversation.as_ref().map(ConversationId::as_bytes);
            let rows = statement.query_map(params![conversation], |row| {
                Ok(GapRow {
                    conversation: ConversationId::new(row.get(0)?),
                    person: PersonId::new(row.get(1)?),
                    actor: ActorId::new(row.get(2)?),
                    after: read_count(row, 3)?,
                    missing: read_count(row, 4)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::record::{ActorRecord, Change};

    use crate::Store;
    use crate::fixture::{Author, conversation, insert};

    /// What is missing of Ben, as (after, missing).
    fn gaps(store: &Store) -> Vec<(u64, u64)> {
        let reader = store.reader().unwrap();
        let rows = reader.gaps(None).unwrap();
        assert_eq!(rows, reader.gaps(Some(conversation(9))).unwrap());
        assert_eq!(reader.gaps(Some(conversation(8))).unwrap(), []);
        rows.iter().map(|row| (row.after, row.missing)).collect()
    }

    #[test]
    fn what_a_later_operation_shows_to_exist_is_missing_until_it_comes() {
        let mut ben = Author::other(2);
        let sent = ben.messages(9);
        let mut store = Store::in_memory().unwrap();
        store.apply(&[Change::PutActor(ben.place(0))]).unwrap();
        assert_eq!(gaps(&store), []);
        store
            .apply(&[insert(&sent[0]), Change::PutActor(ben.place(1))])
            .unwrap();
        assert_eq!(gaps(&store), []);
        store.apply(&[insert(&sent[4]), insert(&sent[6])]).unwrap();
        assert_eq!(gaps(&store), [(1, 4)]);
        store
            .apply(&[insert(&sent[1]), Change::PutActor(ben.place(2))])
            .unwrap();
        assert_eq!(gaps(&store), [(2, 3)]);
        for one in [2, 3, 5] {
            store.apply(&[insert(&sent[one])]).unwrap();
        }
        store.apply(&[Change::PutActor(ben.place(7))]).unwrap();
        assert_eq!(gaps(&store), []);
    }

    #[test]
    fn what_does_not_count_or_is_not_for_us_is_not_missing() {
        let mut ben = Author::other(2);
        let sent = ben.messages(9);
        let mut store = Store::in_memory().unwrap();
        store
            .apply(&[Change::PutActor(ben.place(1)), insert(&sent[6])])
            .unwrap();
        assert_eq!(gaps(&store), [(1, 5)]);
        let place = |record: ActorRecord| Change::PutActor(record);
        store
            .apply(&[place(ActorRecord {
                cut: Some(4),
                ..ben.place(1)
            })])
            .unwrap();
        assert_eq!(gaps(&store), [], "it was cut off");
        store
            .apply(&[place(ActorRecord {
                fork: Some(4),
                ..ben.place(1)
            })])
            .unwrap();
        assert_eq!(gaps(&store), [], "the chain ended");
        store
            .apply(&[place(ActorRecord {
                base: 6,
                ..ben.place(6)
            })])
            .unwrap();
        assert_eq!(gaps(&store), [], "it begins later for us");
    }
}
