//! How soon two on one local network find each other, where nothing that either remembers is of use.
//!
//! One runs. The other is started, and looked for in what the first says of its peers.

use std::time::{Duration, Instant};

use super::floor::Echo;
use super::socket::Socket;
use super::table::{Measure, Table};
use super::trials::Trials;
use super::watch::{Sign, watch};
use crate::host::Host;
use crate::neighbours::Neighbours;

/// How long the first one has run when the other is started: it asks by itself no more for a while.
const FIRST_ALONE: Duration = Duration::from_secs(2);
/// Longest wait for the other; then the trial came to nothing.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the trials are to stay below.
const GOAL: Duration = Duration::from_millis(50);
/// What they are held against.
const FLOOR: &str = "TCP connect and 64 B there and back";

/// What came of some trials.
#[derive(Debug, Default)]
struct Found {
    /// From the start of the process to `ready`.
    ready: Trials,
    /// From there to a connection.
    from_start: Trials,
    /// From `ready` to a connection.
    connected: Trials,
    /// From `ready` to a session.
    session: Trials,
    floor: Trials,
}

impl Found {
    /// Has `second` be found by `first`, who calls them so; neither runs, before and after.
    #[track_caller]
    fn by(&mut self, first: &mut Host, second: &mut Host, who: Option<&str>) {
        let signs: &[Sign] = match who {
            Some(_) => &[Sign::Connected, Sign::Session],
            // Strangers have no sessions.
            None => &[Sign::Connected],
        };
        first.start();
        std::thread::sleep(FIRST_ALONE);
        let mut socket = Socket::of(first.ready());
        let start = Instant::now();
        let (ready, seen) = std::thread::scope(|scope| {
            let watching = scope.spawn(|| watch(&mut socket, who, signs, start + PATIENCE));
            second.start();
            (Instant::now(), watching.join().unwrap())
        });
        self.ready.add(Some(ready - start));
        self.from_start.add(seen[0].map(|seen| seen - start));
        // It may be seen before we have read that it is ready.
        let since = |seen: Instant| seen.saturating_duration_since(ready);
        self.connected.add(seen[0].map(since));
        if let Some(session) = seen.get(1) {
            self.session.add(session.map(since));
        }
        second.stop();
        first.stop();
    }
}

/// Adds how soon contacts and strangers find each other, of so many trials each.
pub(super) fn measure(table: &mut Table, trials: usize) {
    contacts(table, trials);
    strangers(table, trials);
}

/// Both start anew, on other ports; each is the first one of half of the trials.
fn contacts(table: &mut Table, trials: usize) {
    let Some(mut neighbours) = Neighbours::met() else {
        return;
    };
    let address = neighbours.net.address(&neighbours.ann, neighbours.lan);
    let echo = Echo::start(&neighbours.ann, &address);
    let Neighbours { ann, ben, .. } = &mut neighbours;
    ann.stop();
    ben.stop();
    let mut found = Found::default();
    for number in 0..trials {
        found.floor.add(Some(echo.reach(ben)));
        if number % 2 == 0 {
            found.by(ann, ben, Some("Ben"));
        } else {
            found.by(ben, ann, Some("Ann"));
        }
    }
    shown(table, "contacts on a LAN, both on new ports", &found);
    table.times(&Measure {
        what: "the same, from `ready` to a session",
        floor: Some((FLOOR, &found.floor)),
        trials: &found.session,
        goal: None,
    });
}

/// The second one is somebody else each time.
fn strangers(table: &mut Table, trials: usize) {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    let address = neighbours.net.address(&neighbours.ann, neighbours.lan);
    let echo = Echo::start(&neighbours.ann, &address);
    let Neighbours { ann, ben, .. } = &mut neighbours;
    let mut found = Found::default();
    for number in 0..trials {
        found.floor.add(Some(echo.reach(ben)));
        ben.begin_anew(&format!("Stranger {number}"));
        found.by(ann, ben, None);
    }
    shown(table, "strangers on a LAN", &found);
}

fn shown(table: &mut Table, who: &str, found: &Found) {
    let floor = Some((FLOOR, &found.floor));
    table.times(&Measure {
        what: &format!("{who}: start of the second's process to its `ready`"),
        floor: None,
        trials: &found.ready,
        goal: None,
    });
    table.times(&Measure {
        what: "the same, to connected, as the first says",
        floor,
        trials: &found.from_start,
        goal: None,
    });
    table.times(&Measure {
        what: "the same, from `ready` to connected",
        floor,
        trials: &found.connected,
        goal: Some(GOAL),
    });
}
