//! Requests of those who follow what changes beside messages.

use tokio::time::Instant;

use super::{Service, deadline, ending};
use crate::api::{ApiError, AwaitChange, Changed};
use crate::kinds::{Kind, Kinds};

impl Service {
    pub(super) async fn await_change(&self, request: AwaitChange) -> Result<Changed, ApiError> {
        let until = deadline(request.wait);
        let mut changes = self.shared.signals.changes();
        let mut end = self.shared.signals.end();
        loop {
            let (version, kinds) = {
                let latest = changes.borrow_and_update();
                (latest.version(), latest.since(request.since))
            };
            if !kinds.is_empty() || Instant::now() >= until {
                return Ok(changed(version, &kinds));
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = end.reached() => return Err(ending()),
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }
}

fn changed(version: u64, kinds: &Kinds) -> Changed {
    Changed {
        version,
        people: kinds.contains(&Kind::People),
        conversations: kinds.contains(&Kind::Conversations),
        read: kinds.contains(&Kind::Read),
        gone: kinds.contains(&Kind::Gone),
        deeds: kinds.contains(&Kind::Deeds),
        network: kinds.contains(&Kind::Network),
        settings: kinds.contains(&Kind::Settings),
        transfers: kinds.contains(&Kind::Transfers),
    }
}
