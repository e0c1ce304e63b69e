//! How far an own message has come towards each person it is for.

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::id::{OperationId, PersonId};

use super::{Reader, read_state};
use crate::delivery;
use crate::error::StoreError;

/// An own message on its way to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryRow {
    /// To whom.
    pub person: PersonId,
    /// How far it has come. It failed because of removal if they were removed before they got it, or
    /// our own person was before they wrote it.
    pub state: DeliveryState,
}

impl Reader {
    /// How far an own message has come towards each person it is for, ascending by person; nothing of
    /// a message that is another's, or unknown.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn deliveries(&self, message: OperationId) -> Result<Vec<DeliveryRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT p.person, d.state, d.released OR (a.cut IS NOT NULL AND o.seq > a.cut)
                 FROM operations AS o
                 CROSS JOIN deliveries AS d ON d.operation = o.number
                 CROSS JOIN people AS p ON p.number = d.person
                 JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
                 WHERE o.id = ?1 AND o.mine = 1 ORDER BY p.person",
            )?;
            let rows = statement.query_map([message.as_bytes()], |row| {
                let waits_no_more: bool = row.get(2)?;
                let state = read_state(row, 1)?;
                let is_open = (DeliveryState::Queued..DeliveryState::Delivered).contains(&state);
                let state = if waits_no_more && is_open {
                    delivery::REMOVED
                } else {
                    state
                };
                Ok(DeliveryRow {
                    person: PersonId::new(row.get(0)?),
                    state,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::delivery::FailureReason;
    use tidings_protocol::record::Change;

    use super::*;
    use crate::Store;
    use crate::fixture::{Author, conversation, count, inserts, is_room, person};

    /// How far a message has come, by the number of each person.
    fn states(store: &Store, message: OperationId) -> Vec<(PersonId, DeliveryState)> {
        let rows = store.reader().unwrap().deliveries(message).unwrap();
        rows.iter().map(|row| (row.person, row.state)).collect()
    }

    #[test]
    fn how_far_each_person_has_a_message_is_told_of_that_message_alone() {
        let mut store = Store::in_memory().unwrap();
        let mut own = Author::own(&[2, 3, 4]);
        let messages = own.messages(2);
        store.apply(&inserts(&messages)).unwrap();
        let cancelled = DeliveryState::Failed(FailureReason::Cancelled);
        let changes = [
            (1, 2, DeliveryState::Carried),
            (1, 3, DeliveryState::Delivered),
            (1, 3, DeliveryState::Read),
            (1, 4, cancelled),
        ];
        let changes = changes.map(|(seq, to, state)| own.delivery(seq, seq, to, state));
        store.apply(&changes).unwrap();
        let [first, second] = [0, 1].map(|at: usize| messages[at].operation.id());
        assert_eq!(
            states(&store, first),
            [
                (person(2), DeliveryState::Carried),
                (person(3), DeliveryState::Read),
                (person(4), cancelled),
            ]
        );
        let queued = [2, 3, 4].map(|number| (person(number), DeliveryState::Queued));
        assert_eq!(states(&store, second), queued);
        let theirs = Author::other(2).messages(1);
        store.apply(&inserts(&theirs)).unwrap();
        assert_eq!(states(&store, theirs[0].operation.id()), []);
    }

    #[test]
    fn whoever_was_removed_before_they_got_it_never_does_and_what_arrived_has() {
        let mut store = Store::in_memory().unwrap();
        let mut own = Author::own(&[2, 3]);
        let messages = own.messages(1);
        store.apply(&inserts(&messages)).unwrap();
        let released = |number| Change::Release(conversation(9), person(number), true);
        let arrived = own.delivery(1, 1, 3, DeliveryState::Delivered);
        store.apply(&[arrived, released(2), released(3)]).unwrap();
        let id = messages[0].operation.id();
        let seen = [
            (person(2), delivery::REMOVED),
            (person(3), DeliveryState::Delivered),
        ];
        assert_eq!(states(&store, id), seen);
    }

    #[test]
    fn what_our_person_wrote_after_a_removal_never_arrives() {
        let mut store = Store::in_memory().unwrap();
        let mut own = Author::own(&[2]);
        let messages = own.messages(2);
        store.apply(&inserts(&messages)).unwrap();
        store.apply(&[is_room(9), count(&own, 2, Some(1))]).unwrap();
        let state = |at: usize| states(&store, messages[at].operation.id())[0].1;
        assert_eq!(
            [state(0), state(1)],
            [DeliveryState::Queued, delivery::REMOVED]
        );
    }
}
