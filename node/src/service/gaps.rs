//! Gaps as the API shows them: whose messages are missing, and who has them.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::id::{ConversationId, PersonId};
use tidings_store::GapRow;
use tokio::sync::oneshot;

use super::{Service, ending};
use crate::api::{ApiError, Author, Gap};
use crate::driver::Order;

impl Service {
    /// The gaps of a conversation, or of all.
    pub(super) async fn gaps(
        &self,
        conversation: Option<ConversationId>,
    ) -> Result<Vec<Gap>, ApiError> {
        let read = move |reader: &tidings_store::Reader| reader.gaps(conversation);
        let rows = self.shared.storage.read(read).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, holders) = oneshot::channel();
        let order = Order::Holders(rows.clone(), reply);
        let sent = self.shared.orders.send(order).await;
        sent.map_err(|_| ending())?;
        let holders = holders.await.map_err(|_| ending())?;
        let people = self.people().await?;
        let author = |person| Author {
            person,
            name: self.name_of(person, &people),
        };
        let gaps = of_people(&rows, holders).into_iter();
        Ok(gaps
            .map(|((conversation, person), (missing, holders))| Gap {
                conversation,
                from: author(person),
                missing,
                held_by: holders.into_iter().map(author).collect(),
            })
            .collect())
    }
}

/// What is missing of each person in each conversation, and who holds some of it.
fn of_people(
    rows: &[GapRow],
    holders: Vec<BTreeSet<PersonId>>,
) -> BTreeMap<(ConversationId, PersonId), (u64, BTreeSet<PersonId>)> {
    let mut gaps = BTreeMap::new();
    for (row, holders) in rows.iter().zip(holders) {
        let gap = gaps.entry((row.conversation, row.person));
        let (missing, held_by): &mut (u64, BTreeSet<_>) = gap.or_default();
        *missing = missing.saturating_add(row.missing);
        held_by.extend(holders);
    }
    gaps
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::ActorId;

    use super::*;

    #[test]
    fn what_is_missing_of_several_devices_is_missing_of_their_person() {
        let row = |person: u8, actor: u8, missing: u64| GapRow {
            conversation: ConversationId::new([9; 32]),
            person: PersonId::new([person; 32]),
            actor: ActorId::new([actor; 32]),
            after: 1,
            missing,
        };
        let people = |people: &[u8]| -> BTreeSet<PersonId> {
            people.iter().map(|one| PersonId::new([*one; 32])).collect()
        };
        let rows = [row(1, 1, 3), row(1, 2, 4), row(2, 3, 5)];
        let gaps = of_people(&rows, vec![people(&[5]), people(&[6, 5]), people(&[])]);
        let seen: Vec<_> = gaps.into_values().collect();
        assert_eq!(seen, [(7, people(&[5, 6])), (5, people(&[]))]);
    }
}
