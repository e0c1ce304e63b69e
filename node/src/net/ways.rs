//! Ways: that others are reached otherwise than before, or reach us so.

use tokio::sync::watch;

use super::{Connection, Reachability};

/// What is waited for, by whoever has seen how it was.
#[derive(Debug)]
pub(crate) struct Ways {
    pub(super) listening: watch::Receiver<Vec<String>>,
    pub(super) connections: watch::Receiver<Vec<Connection>>,
    pub(super) reachability: watch::Receiver<Reachability>,
}

impl Ways {
    /// Resolves once something changed since it did last; false if the network has ended instead.
    pub(crate) async fn changed(&mut self) -> bool {
        let changed = tokio::select! {
            changed = self.listening.changed() => changed,
            changed = self.connections.changed() => changed,
            changed = self.reachability.changed() => changed,
        };
        changed.is_ok()
    }
}
