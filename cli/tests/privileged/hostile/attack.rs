//! The attacker: this test program, started once more in the attacker's namespace, where it does nothing but attack one
//! node.
//!
//! Invariants
//! - It ends by itself: when nobody listens any more, after [`TIME_MAX`], or after as many tries as [`TRIES_MAX`].

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;
use tokio::task::JoinSet;

use super::{flood, identify, lending, slow, streams};

/// Longest attack.
const TIME_MAX: Duration = Duration::from_secs(100);
/// Most tries of an attack, of whatever is tried.
const TRIES_MAX: u64 = 200_000;
/// What is tried at once.
const WORKERS: usize = 32;
/// Pause of a worker between two tries: the machine is the attacked node's too.
pub(super) const PAUSE: Duration = Duration::from_millis(20);
/// Name of the variable that says which attack.
pub(super) const KIND: &str = "TIDINGS_TEST_ATTACK";
/// Name of the variable that says where the node listens, with spaces between.
pub(super) const TARGETS: &str = "TIDINGS_TEST_TARGETS";
/// What the attacker says when it has tried often enough for others to look what comes of it.
pub(super) const BEGUN: &str = "the attack has begun";
/// What it says at the end.
pub(super) const OVER: &str = "the attack is over";
/// Tries after which an attack has begun.
const BEGUN_TRIES: u64 = 300;

/// What is done to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attack {
    /// Connections, over QUIC and TCP, each under a key of its own.
    Flood,
    /// Connections that are never quite made.
    Slow,
    /// Peers who say of themselves more than fits.
    Identify,
    /// Streams of every kind, with nothing on them, or anything.
    Streams,
    /// Places and circuits at a relay.
    Lending,
}

impl Attack {
    const ALL: [Self; 5] = [
        Self::Flood,
        Self::Slow,
        Self::Identify,
        Self::Streams,
        Self::Lending,
    ];

    /// What the variable says.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Flood => "flood",
            Self::Slow => "slow",
            Self::Identify => "identify",
            Self::Streams => "streams",
            Self::Lending => "lending",
        }
    }
}

/// Where all workers of an attack meet.
#[derive(Debug)]
pub(super) struct Front {
    targets: Vec<Multiaddr>,
    tries: AtomicU64,
    successes: AtomicU64,
}

impl Front {
    /// An address of the node, another each turn.
    pub(super) fn target(&self, turn: usize) -> &Multiaddr {
        &self.targets[turn % self.targets.len()]
    }

    /// Where the node takes TCP.
    pub(super) fn tcp(&self) -> &Multiaddr {
        let is_tcp = |target: &&Multiaddr| target.iter().any(|part| matches!(part, Part::Tcp(_)));
        self.targets.iter().find(is_tcp).unwrap()
    }

    /// The same for those who need no more than TCP.
    pub(super) fn socket(&self) -> SocketAddr {
        let mut parts = self.tcp().iter();
        match (parts.next(), parts.next()) {
            (Some(Part::Ip4(ip)), Some(Part::Tcp(port))) => (ip, port).into(),
            other => panic!("no address: {other:?}"),
        }
    }

    /// Whether to try once more; if so, that counts.
    pub(super) fn tries(&self) -> bool {
        self.tries.fetch_add(1, Ordering::Relaxed) < TRIES_MAX
    }

    /// What was tried came about: what that means is the attack's.
    pub(super) fn succeeded(&self) {
        self.successes.fetch_add(1, Ordering::Relaxed);
    }
}

fn say(what: &str) {
    // Whoever started it may have left.
    let _ = writeln!(std::io::stdout().lock(), "{what}");
}

async fn work(attack: Attack, front: &Arc<Front>) {
    let mut workers = JoinSet::new();
    for number in 0..WORKERS {
        let front = Arc::clone(front);
        match attack {
            Attack::Flood => workers.spawn(flood::work(number, front)),
            Attack::Slow => workers.spawn(slow::work(number, front)),
            Attack::Identify => workers.spawn(identify::work(number, front)),
            Attack::Streams => workers.spawn(streams::work(number, front)),
            Attack::Lending => workers.spawn(lending::work(number, front)),
        };
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
}

/// Ends when whoever started this closes our stdin, or ends.
async fn nobody_listens() {
    let (over, is_over) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = over.send(());
    });
    let _ = is_over.await;
}

async fn has_begun(front: &Front) {
    while front.tries.load(Ordering::Relaxed) < BEGUN_TRIES {
        tokio::time::sleep(PAUSE).await;
    }
    say(BEGUN);
    std::future::pending().await
}

#[test]
#[ignore = "what an attacker does: other tests start it, and by itself it does nothing"]
fn it_attacks_whom_it_is_told_to() {
    let Ok(kind) = std::env::var(KIND) else {
        return;
    };
    let attack = Attack::ALL.into_iter().find(|attack| attack.name() == kind);
    let targets = std::env::var(TARGETS).unwrap();
    let targets = targets.split(' ').map(|target| target.parse().unwrap());
    let front = Arc::new(Front {
        targets: targets.collect(),
        tries: AtomicU64::new(0),
        successes: AtomicU64::new(0),
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        tokio::select! {
            () = work(attack.unwrap(), &front) => {}
            () = nobody_listens() => {}
            () = has_begun(&front) => {}
            () = tokio::time::sleep(TIME_MAX) => {}
        }
    });
    runtime.shutdown_background();
    let [tries, successes] =
        [&front.tries, &front.successes].map(|count| count.load(Ordering::Relaxed));
    say(&format!("{OVER}: {tries} {successes}"));
}
