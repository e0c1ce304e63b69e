//! How soon two at home reach each other, each behind a router, with a friend of both on the internet.
//!
//! Ann and Rita, the friend, run. Ben's node is started, and looked for in what Ann's says of its peers; meanwhile he
//! writes to her.
//!
//! Invariants
//! - All are new after a few trials: a relay lends to nobody without end.

use std::time::{Duration, Instant};

use super::floor::Echo;
use super::socket::Socket;
use super::table::{Measure, Table};
use super::trials::Trials;
use super::watch::{Sign, leaves, watch};
use crate::host;
use crate::internet::Router;
use crate::relayed::{FLAGS, Homes};

/// Trials with the same people: what a relay lends to one of them at once is enough for several times as many.
const TRIALS_TOGETHER: usize = 5;
/// Longest wait for a connection or a message; then the trial came to nothing.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is to be there in less than this with routers that keep ports.
const GOAL_DIRECT: Duration = Duration::from_secs(1);
/// And with others.
const GOAL_RELAYED: Duration = Duration::from_millis(500);
/// What the trials are held against.
const FLOOR: &str = "TCP connect through one router and 64 B there and back";

/// What came of some trials.
#[derive(Debug, Default)]
struct Reached {
    /// From when both have the friend for a contact to the connection that is to be.
    first: Trials,
    /// From Ben's `ready` to a connection, in whatever way.
    connected: Trials,
    /// From Ben's `ready` to the connection that is to be.
    as_wanted: Trials,
    /// From Ben's `ready` to his message's acknowledgement.
    told: Trials,
    floor: Trials,
}

impl Reached {
    /// Has people who were never told where the others are meet through their friend.
    #[track_caller]
    fn for_the_first_time(&mut self, homes: &Homes, wanted: Sign) {
        let known = Instant::now();
        let mut ann = Socket::of(homes.ann.ready());
        let seen = watch(&mut ann, Some("Ben"), &[wanted], known + host::PATIENCE);
        self.first.add(seen[0].map(|seen| seen - known));
    }

    /// Has Ben come back.
    #[track_caller]
    fn again(&mut self, homes: &mut Homes, wanted: Sign) {
        let mut ann = Socket::of(homes.ann.ready());
        homes.ben.stop();
        leaves(&mut ann, "Ben");
        let until = Instant::now() + PATIENCE;
        let signs = [Sign::Connected, wanted];
        let (ready, told, seen) = std::thread::scope(|scope| {
            let watching = scope.spawn(|| watch(&mut ann, Some("Ben"), &signs, until));
            homes.ben.start_with(FLAGS);
            let ready = Instant::now();
            let mut ben = Socket::of(homes.ben.ready());
            let told = ben.tell("Ann", "I am back", PATIENCE);
            let told = told.map(|_| ready.elapsed());
            (ready, told, watching.join().unwrap())
        });
        let since = |seen: Instant| seen.saturating_duration_since(ready);
        self.connected.add(seen[0].map(since));
        self.as_wanted.add(seen[1].map(since));
        self.told.add(told);
    }
}

/// Adds how soon two behind such routers reach each other, of so many trials.
pub(super) fn measure(table: &mut Table, router: Router, trials: usize) {
    let wanted = match router {
        Router::Cone | Router::Filter => Sign::Direct,
        Router::Symmetric | Router::Maps => Sign::Relayed,
    };
    let mut reached = Reached::default();
    let mut left = trials;
    while left > 0 {
        let Some(mut homes) = Homes::new(router, &["Rita"]) else {
            return;
        };
        reached.for_the_first_time(&homes, wanted);
        let (rita, address) = &homes.friends[0];
        let echo = Echo::start(rita, address);
        let together = left.min(TRIALS_TOGETHER);
        for _ in 0..together {
            reached.floor.add(Some(echo.reach(&homes.ben)));
            reached.again(&mut homes, wanted);
        }
        left -= together;
    }
    shown(table, router, &reached);
}

fn shown(table: &mut Table, router: Router, reached: &Reached) {
    let (routers, way, goal) = match router {
        Router::Cone => ("cone NAT", "directly", GOAL_DIRECT),
        Router::Filter => ("filters of IPv6", "directly", GOAL_DIRECT),
        Router::Symmetric | Router::Maps => ("symmetric NAT", "through the friend", GOAL_RELAYED),
    };
    let floor = Some((FLOOR, &reached.floor));
    let mut add = |what: &str, trials, floor, goal| {
        table.times(&Measure {
            what,
            floor,
            trials,
            goal,
        });
    };
    let what = format!("both behind {routers}: `ready` of who comes back to connected {way}");
    add(&what, &reached.as_wanted, floor, Some(goal));
    add(
        "the same, to connected in whatever way",
        &reached.connected,
        floor,
        None,
    );
    add(
        "the same, to his first message delivered, by whatever way",
        &reached.told,
        floor,
        None,
    );
    let what = format!("both behind {routers}: a first friend of both to connected {way}");
    add(&what, &reached.first, None, None);
}
