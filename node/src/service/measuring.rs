//! Measuring: all that is known of a node at one moment, for its metrics.
//!
//! Invariants
//! - It is asked of those who know it as they are; nothing is kept for it.

use tidings_store::Reader;
use tokio::sync::oneshot;

use super::Service;
use super::status::peer_counts;
use crate::driver::{Measured, Order};
use crate::metrics::{Outbox, Reading, Source};
use crate::net::Net;
use crate::storage::waiting;

/// Where Linux says what a process takes.
const PROCESS_STATUS: &str = "/proc/self/status";

impl Service {
    /// A reading; nothing if the node is ending, or its store has failed.
    async fn reading(&self) -> Option<Reading> {
        let (reply, measured) = oneshot::channel();
        // Before the order to measure is one of them.
        let orders = waiting(&self.shared.orders);
        self.shared.orders.send(Order::Measure(reply)).await.ok()?;
        let measured: Measured = measured.await.ok()?;
        let storage = &self.shared.storage;
        let jobs = storage.waiting();
        let messages = storage.read(Reader::waiting_messages).await.ok()?;
        let connections = self.connections();
        let sessions = peer_counts(&measured.live, |peer| {
            let mut all = connections.iter();
            let connection = all.find(|connection| connection.peer == peer);
            connection.map(|connection| connection.path)
        });
        let net = self.shared.net.as_ref();
        Some(Reading {
            mode: self.shared.mode.as_str(),
            is_mailbox: self.shared.is_mailbox,
            uptime: self.shared.opened.0.elapsed(),
            counted: self.shared.meters.clone(),
            connections: connections.iter().map(|one| one.path).collect(),
            sessions,
            listening: net.map_or(0, |net| net.listening().len()),
            reachability: self.reachability(),
            table: net.and_then(Net::table),
            announced: net.map_or(0, |net| net.heard().peers),
            outbox: Outbox {
                queued: messages.queued,
                carried: messages.carried,
            },
            carrying: measured.carrying,
            fills: measured.fills,
            backlog_bytes: measured.backlog_bytes,
            links: measured.links,
            orders,
            jobs,
            memory_bytes: memory_bytes(),
        })
    }
}

impl Source for Service {
    async fn gather(&self) -> Option<String> {
        self.reading().await?.write().ok()
    }
}

/// What this process has in memory, where the system says it.
fn memory_bytes() -> Option<u64> {
    resident_bytes(&std::fs::read_to_string(PROCESS_STATUS).ok()?)
}

/// What a process has in memory, as Linux describes the process.
fn resident_bytes(status: &str) -> Option<u64> {
    let mut lines = status.lines();
    let resident = lines.find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = resident.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_takes_is_read_from_what_the_system_says() {
        let status = "Name:\tx\nVmHWM:\t    9000 kB\nVmRSS:\t    1234 kB\n";
        assert_eq!(resident_bytes(status), Some(1234 * 1024));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
        assert_eq!(resident_bytes("VmRSS:\tmuch\n"), None);
    }
}
