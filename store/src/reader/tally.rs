//! What a sync came to: what is still outstanding of our own, and what came from others.

use rusqlite::params;
use tidings_protocol::id::ConversationId;

use super::Reader;
use crate::column::{integer, read_count};
use crate::error::StoreError;

/// How many own messages not everybody has acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outstanding {
    /// Those that are `queued`: for somebody, nobody promised to keep them.
    pub queued: u64,
    /// Those that are `carried`.
    pub carried: u64,
}

impl Reader {
    /// How many own messages are outstanding, in one conversation or in all.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be counted.
    pub fn outstanding(
        &self,
        conversation: Option<ConversationId>,
    ) -> Result<Outstanding, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT coalesce(sum(least = 16), 0), coalesce(sum(least = 17), 0) FROM (
                     SELECT min(d.state) AS least FROM deliveries AS d
                     CROSS JOIN operations AS o ON o.number = d.operation
                     JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
                     WHERE d.state < 18 AND d.released = 0
                         AND (?1 IS NULL OR o.conversation = ?1)
                         AND (a.cut IS NULL OR o.seq <= a.cut)
                     GROUP BY d.operation)",
            )?;
            let conversation = conversation.as_ref().map(ConversationId::as_bytes);
            Ok(statement.query_row(params![conversation], |row| {
                Ok(Outstanding {
                    queued: read_count(row, 0)?,
                    carried: read_count(row, 1)?,
                })
            })?)
        })
    }

    /// The number of the message that was stored last; 0 without any.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn last_message(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT coalesce(max(operation), 0) FROM messages")?;
            Ok(statement.query_row([], |row| read_count(row, 0))?)
        })
    }

    /// How many messages of others were stored after the one of that number, and are shown.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be counted.
    pub fn received_after(&self, number: u64) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT count(*) FROM messages AS m
                 CROSS JOIN operations AS o ON o.number = m.operation
                 WHERE m.operation > ?1 AND m.form < 3 AND o.mine = 0",
            )?;
            Ok(statement.query_row([integer(number)], |row| read_count(row, 0))?)
        })
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::delivery::{DeliveryState, FailureReason};

    use super::*;
    use crate::Store;
    use crate::fixture::{Author, conversation, inserts};

    #[test]
    fn a_message_is_carried_once_it_is_for_all_and_queued_until_then() {
        let mut store = Store::in_memory().unwrap();
        let mut own = Author::own(&[2, 3]);
        let messages = own.messages(4);
        store.apply(&inserts(&messages)).unwrap();
        let cancelled = DeliveryState::Failed(FailureReason::Cancelled);
        let changes = [
            (1, 2, DeliveryState::Carried),
            (2, 2, DeliveryState::Carried),
            (2, 3, DeliveryState::Delivered),
            (3, 2, cancelled),
            (3, 3, cancelled),
        ];
        let changes = changes.map(|(seq, to, state)| own.delivery(seq, seq, to, state));
        store.apply(&changes).unwrap();
        let outstanding = |of| store.reader().unwrap().outstanding(of).unwrap();
        let expected = Outstanding {
            queued: 2,
            carried: 1,
        };
        assert_eq!(outstanding(None), expected);
        assert_eq!(outstanding(Some(conversation(9))), expected);
        assert_eq!(outstanding(Some(conversation(8))), Outstanding::default());
        let waiting = store.reader().unwrap().waiting_messages().unwrap();
        assert_eq!((waiting.queued, waiting.carried), (2, 1));
    }

    #[test]
    fn what_others_wrote_is_counted_from_the_last_message_on() {
        let mut store = Store::in_memory().unwrap();
        let reader = store.reader().unwrap();
        assert_eq!(reader.last_message().unwrap(), 0);
        let mut other = Author::other(2);
        store.apply(&inserts(&other.messages(2))).unwrap();
        assert_eq!(reader.received_after(0).unwrap(), 2);
        let last = reader.last_message().unwrap();
        assert_eq!(reader.received_after(last).unwrap(), 0);
        store
            .apply(&inserts(&Author::own(&[2]).messages(1)))
            .unwrap();
        store.apply(&inserts(&other.messages(3))).unwrap();
        assert_eq!(reader.received_after(last).unwrap(), 3);
    }
}
