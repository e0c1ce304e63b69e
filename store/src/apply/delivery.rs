//! Deliveries: moving a range of own operations along the transition table.

use rusqlite::params;
use tidings_protocol::record::DeliveryChange;

use super::Applier;
use crate::column::integer;
use crate::delivery::{code, sources};
use crate::error::StoreError;

impl Applier<'_> {
    /// Moves one person's deliveries where the table allows it, and logs the messages whose least
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
        // 99: above every state, for a message that is for no one else.
        self.execute(
            &format!(
                "INSERT OR REPLACE INTO arrivals (message, change)
                 SELECT number, 4 FROM (
                     SELECT o.number, o.seq, d.state, coalesce((
                             SELECT min(other.state) FROM deliveries AS other
                             WHERE other.operation = d.operation AND other.person <> d.person),
                         99) AS others
                     FROM operations AS o
                     JOIN people AS p ON p.person = ?4
                     JOIN deliveries AS d ON d.operation = o.number AND d.person = p.number
                     JOIN messages AS m ON m.operation = o.number
                     WHERE o.actor = ?1 AND o.seq BETWEEN ?2 AND ?3 AND o.mine = 1
                         AND d.state IN ({sources}))
                 WHERE min(state, others) <> min(?5, others)
                 ORDER BY seq"
            ),
            values,
        )?;
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
        Ok(())
    }
}
