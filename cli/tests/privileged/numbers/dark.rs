//! What a node computes and sends that can reach nobody, with a contact whom a message waits for.
//!
//! Ann's machine has loopback alone. Ben's has nothing at all. Both nodes run.

use std::time::{Duration, Instant};

use super::idle::SETTLES;
use super::process::{processor_seconds, waits};
use super::table::{NOTHING, SECONDS_PER_HOUR, Table};
use super::traffic::Traffic;
use crate::host::Host;
use crate::neighbours::Neighbours;

/// What there is so far of a node without a network.
struct Look {
    processor: f64,
    waits: f64,
    loopback: Traffic,
}

impl Look {
    #[track_caller]
    fn at(host: &Host) -> Self {
        let node = host.node();
        Self {
            processor: processor_seconds(node),
            waits: waits(node),
            loopback: Traffic::of(host, "lo"),
        }
    }
}

/// Adds what two such nodes take in an hour, by what they take in so many seconds.
pub(super) fn measure(table: &mut Table, seconds: usize) {
    let window = Duration::from_secs(u64::try_from(seconds).unwrap());
    let Some(Neighbours {
        mut ann, mut ben, ..
    }) = Neighbours::parted()
    else {
        return;
    };
    ben.namespace().ip("link set lo down").unwrap();
    for (host, other) in [(&mut ann, "Ben"), (&mut ben, "Ann")] {
        host.start();
        host.send_in_vain(other, "in the dark");
    }
    std::thread::sleep(SETTLES.min(window));
    let look = || [&ann, &ben].map(Look::at);
    let (start, before) = (Instant::now(), look());
    std::thread::sleep(window);
    let (after, elapsed) = (look(), start.elapsed().as_secs_f64());
    let networks = ["loopback alone", "no network at all, loopback down too"];
    for (network, (before, after)) in networks.into_iter().zip(before.iter().zip(&after)) {
        shown(table, network, elapsed, before, after);
    }
}

fn shown(table: &mut Table, network: &str, elapsed: f64, before: &Look, after: &Look) {
    let when = format!("in an hour with {network}, and a message that waits");
    table.processor(&when, elapsed, after.processor - before.processor);
    let sent = after.loopback.per_hour(before.loopback, elapsed);
    let waits = (after.waits - before.waits) / elapsed * SECONDS_PER_HOUR;
    for (what, count) in [
        ("packets over loopback", sent.packets_sent),
        ("times that a thread of it began to wait", waits),
    ] {
        let nothing = || NOTHING.to_owned();
        let count = format!("{count:.0}");
        let row = [
            format!("the same, {what}"),
            nothing(),
            count,
            nothing(),
            nothing(),
        ];
        table.row(row);
    }
}
