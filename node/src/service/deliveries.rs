//! Requests about how far an own message has come with each person it is for.

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::engine::Promise;
use tidings_protocol::id::{ActorId, PersonId};
use tidings_store::DeliveryRow;
use tokio::sync::oneshot;

use super::present::state;
use super::{Service, ending};
use crate::api::{ApiError, Carrier, Delivery, ListDeliveries};
use crate::clock::wall_time;
use crate::driver::Order;
use crate::people::People;
use crate::reason;

impl Service {
    pub(super) async fn deliveries(
        &self,
        request: ListDeliveries,
    ) -> Result<Vec<Delivery>, ApiError> {
        let row = self.row(self.message_id(&request.message).await?).await?;
        if !row.mine {
            return Err(ApiError::invalid(reason::not_yours_to_ask()));
        }
        let read = move |reader: &tidings_store::Reader| reader.deliveries(row.id);
        let rows = self.shared.storage.read(read).await?;
        let promises = self.promises(row.actor, row.seq).await?;
        let people = self.people().await?;
        let deliveries = rows.iter().map(|row| Delivery {
            carried_by: self.carriers(row, &promises, &people),
            ..self.delivery_of(row, &people)
        });
        let mut deliveries: Vec<Delivery> = deliveries.collect();
        deliveries.sort_by_cached_key(|one| (one.name.to_lowercase(), one.person));
        Ok(deliveries)
    }

    /// Who promised to keep what an actor of ours did.
    async fn promises(&self, actor: ActorId, seq: u64) -> Result<Vec<Promise>, ApiError> {
        let (reply, promises) = oneshot::channel();
        self.order(Order::Promises { actor, seq, reply }).await;
        promises.await.map_err(|_| ending())
    }

    fn delivery_of(&self, row: &DeliveryRow, people: &People) -> Delivery {
        let (state, reason) = state(Some(row.state));
        Delivery {
            person: row.person,
            name: self.name_of(row.person, people),
            state,
            reason,
            carried_by: Vec::new(),
        }
    }

    /// Who keeps it for a person who does not have it, each once, whoever does so longest first.
    fn carriers(&self, row: &DeliveryRow, promises: &[Promise], people: &People) -> Vec<Carrier> {
        let waits = matches!(row.state, DeliveryState::Queued | DeliveryState::Carried);
        let promises = promises
            .iter()
            .filter(|one| waits && one.person == row.person);
        let mut promises: Vec<&Promise> = promises.collect();
        promises.sort_by_key(|one| (std::cmp::Reverse(one.left), one.holder));
        let now = wall_time();
        let mut carriers: Vec<Carrier> = Vec::new();
        for promise in promises {
            let known = |person: PersonId| carriers.iter().any(|one| one.person == Some(person));
            // Several devices of one person are one who promised.
            if promise.keeper.is_some_and(known) {
                continue;
            }
            carriers.push(Carrier {
                person: promise.keeper,
                name: promise.keeper.map(|keeper| self.name_of(keeper, people)),
                until: now.after(promise.left).as_millis(),
            });
        }
        carriers
    }
}
