//! Deliveries: moving own operations along the transition table, and letting people go.

use rusqlite::{ToSql, params};
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::id::{ActorId, ConversationId, PersonId};
use tidings_protocol::record::DeliveryChange;

use super::Applier;
use crate::column::integer;
use crate::delivery::{code, code_by_weight, sources, weight, weight_in};
use crate::error::StoreError;
use crate::projection;

impl Applier<'_> {
    /// Moves one person's deliveries where the table allows it, and logs the messages whose
    /// state changes by it. Two statements, however long the range is.
    pub(super) fn change_delivery(&self, change: &DeliveryChange) -> Result<(), StoreError> {
        let sources = sources(change.state);
        let values = params![
            change.actor.as_bytes(),
            integer(change.first),
            integer(change.last),
            change.person.as_bytes(),
            code(change.state),
        ];
        let log = log(
            &weight_in("?5", "d.released"),
            &format!(
                "FROM operations AS o
                 CROSS JOIN people AS p ON p.person = ?4
                 CROSS JOIN deliveries AS d ON d.operation = o.number AND d.person = p.number
                 {COUNTS_AND_IS_SHOWN}
                 WHERE o.actor = ?1 AND o.seq BETWEEN ?2 AND ?3 AND o.mine = 1
                     AND d.state IN ({sources})"
            ),
        );
        // What had disappeared before it arrived, as far as was known.
        let lapsed = self.lapsed(change)?;
        self.execute(&log, values)?;
        self.execute(
            &format!(
                "UPDATE deliveries SET state = ?5
                 WHERE person = (SELECT number FROM people WHERE person = ?4)
                     AND operation IN (
                         SELECT number FROM operations
                         WHERE actor = ?1 AND seq BETWEEN ?2 AND ?3 AND mine = 1)
                     AND state IN ({sources})"
            ),
            values,
        )?;
        projection::recount_messages(self.transaction, &lapsed)
    }

    /// The messages that a change is about and that were given up for its person because they disappeared.
    fn lapsed(&self, change: &DeliveryChange) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT o.number FROM operations AS o
             CROSS JOIN people AS p ON p.person = ?4
             CROSS JOIN deliveries AS d ON d.operation = o.number AND d.person = p.number
             WHERE o.actor = ?1 AND o.seq BETWEEN ?2 AND ?3 AND o.mine = 1 AND d.state = ?5",
        )?;
        let values = params![
            change.actor.as_bytes(),
            integer(change.first),
            integer(change.last),
            change.person.as_bytes(),
            code(DeliveryState::Failed(FailureReason::Expired)),
        ];
        let numbers = statement.query_map(values, |row| row.get(0))?;
        Ok(numbers.collect::<rusqlite::Result<_>>()?)
    }

    /// Has a person count no longer for what has not reached them, or count again, and logs the
    /// messages whose state changes by it.
    pub(super) fn release(
        &self,
        conversation: ConversationId,
        person: PersonId,
        released: bool,
    ) -> Result<(), StoreError> {
        let values = params![conversation.as_bytes(), person.as_bytes(), released];
        self.let_go("o.conversation = ?1", values)
    }

    /// Has a person count no longer for what an own actor wrote up to a number and has not reached
    /// them, and logs the messages whose state changes by it.
    pub(super) fn exclude(
        &self,
        actor: ActorId,
        through: u64,
        person: PersonId,
    ) -> Result<(), StoreError> {
        let values = params![actor.as_bytes(), person.as_bytes(), true, integer(through)];
        self.let_go("o.actor = ?1 AND o.seq <= ?4", values)
    }

    /// Has the person ?2 count no longer if ?3, or else again, for `what` of the operations `o`.
    fn let_go(&self, what: &str, values: &[&dyn ToSql]) -> Result<(), StoreError> {
        // Starts from what is open, which is little, not from all that was ever written.
        let log = log(
            &weight_in("d.state", "?3"),
            &format!(
                "FROM people AS p
                 CROSS JOIN deliveries AS d ON d.person = p.number
                 CROSS JOIN operations AS o ON o.number = d.operation
                 {COUNTS_AND_IS_SHOWN}
                 WHERE p.person = ?2 AND d.state < 18 AND d.released <> ?3
                     AND {what} AND o.mine = 1"
            ),
        );
        self.execute(&log, values)?;
        self.execute(
            &format!(
                "UPDATE deliveries SET released = ?3
                 WHERE person = (SELECT number FROM people WHERE person = ?2)
                     AND state < 18 AND released <> ?3
                     AND EXISTS (SELECT 1 FROM operations AS o
                         WHERE o.number = deliveries.operation AND {what} AND o.mine = 1)"
            ),
            values,
        )?;
        Ok(())
    }
}

/// Of a message that is cut off the state is settled, whatever becomes of its deliveries.
const COUNTS_AND_IS_SHOWN: &str = "
    CROSS JOIN messages AS m ON m.operation = o.number
    CROSS JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
        AND (a.cut IS NULL OR o.seq <= a.cut)";

/// The statement that logs the messages whose state changes once the delivery `d` of each, which
/// `deliveries` gives with its operation `o`, weighs `next`.
fn log(next: &str, deliveries: &str) -> String {
    let (own, other) = (weight("d"), weight("other"));
    // Materialized, so that others are looked at once. Nothing weighs more than 99, for a message that is for no one else.
    let others = format!(
        "coalesce((SELECT min({other}) FROM deliveries AS other
             WHERE other.operation = d.operation AND other.person <> d.person), 99)"
    );
    let before = code_by_weight("min(own, others)");
    let after = code_by_weight("min(next, others)");
    format!(
        "WITH weighed AS MATERIALIZED (
             SELECT o.number, o.actor, o.seq, {own} AS own, {next} AS next, {others} AS others
             {deliveries})
         INSERT OR REPLACE INTO arrivals (message, change)
         SELECT number, 4 FROM weighed WHERE {before} <> {after} ORDER BY actor, seq"
    )
}

#[cfg(test)]
mod tests;
