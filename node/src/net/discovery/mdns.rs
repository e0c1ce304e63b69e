//! libp2p's mDNS, which asks and announces, and the runtime that its tasks end with.
//!
//! It spawns a task for each interface and forgets it when it is dropped, and its table
//! has no limit. So it runs on a small runtime of its own, whose end is the end of those tasks, and
//! is started afresh after a pause when somebody floods it.
//!
//! Its table also believes what an announcement says of its own time, and keeps silent about what
//! it knows when that is announced again. So it is emptied every [`NEWS_INTERVAL`], and our own
//! table says how long something is true.
//!
//! Invariants
//! - No task of mDNS outlives what is here.
//! - What is announced is reported, if it was not within the last [`NEWS_INTERVAL`].

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::PeerId;
use libp2p::core::Endpoint;
use libp2p::mdns::{self, tokio::Behaviour};
use libp2p::swarm::behaviour::NewListenAddr;
use libp2p::swarm::{ConnectionId, FromSwarm, NetworkBehaviour, ToSwarm};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::{Seen, Setting, Source, TIME_TO_LIVE};

/// Records in libp2p's own table, beyond which mDNS pauses.
const RECORDS_MAX: usize = 4_096;
const QUERY_INTERVAL: Duration = Duration::from_secs(30);
/// After this time an address that is announced again is reported again.
const NEWS_INTERVAL: Duration = Duration::from_secs(5);

/// Whether so many records in libp2p's own table are more than honest neighbours make.
const fn is_flood(records: usize) -> bool {
    records > RECORDS_MAX
}

/// See the module.
pub(super) struct Mdns {
    inner: Behaviour,
    emptied_at: Instant,
    /// Since it was emptied, mDNS has not yet said all it had to say.
    emptying: bool,
    tasks: Tasks,
}

impl Source for Mdns {
    const NAME: &'static str = "mDNS";

    fn start(setting: &Setting) -> io::Result<Self> {
        let mut mdns = Self::begin(setting.own)?;
        for (listener_id, addr) in &setting.listening {
            let listener_id = *listener_id;
            mdns.on_swarm_event(FromSwarm::NewListenAddr(NewListenAddr {
                listener_id,
                addr,
            }));
        }
        Ok(mdns)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Vec<Seen>>> {
        if is_flood(self.inner.discovered_nodes().len()) {
            return Poll::Ready(Err(io::Error::other("it is being flooded")));
        }
        self.poll_news(context).map(Ok)
    }
}

impl Mdns {
    /// Takes note of where the swarm listens, which is announced.
    pub(super) fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.inner.on_swarm_event(event);
    }

    fn begin(own: PeerId) -> io::Result<Self> {
        let tasks = Tasks::start()?;
        let config = mdns::Config {
            ttl: TIME_TO_LIVE,
            query_interval: QUERY_INTERVAL,
            enable_ipv6: false,
        };
        let inner = tasks.within(|| Behaviour::new(config, own))?;
        Ok(Self {
            inner,
            emptied_at: Instant::now(),
            emptying: false,
            tasks,
        })
    }

    /// What was announced. mDNS's requests to the swarm and what it forgets are left out.
    fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<Vec<Seen>> {
        let now = Instant::now();
        if now >= self.emptied_at + NEWS_INTERVAL {
            self.emptied_at = now;
            self.empty();
        }
        loop {
            match self.tasks.within(|| self.inner.poll(context)) {
                Poll::Ready(ToSwarm::GenerateEvent(mdns::Event::Discovered(seen))) => {
                    return Poll::Ready(seen);
                }
                Poll::Ready(_) => {}
                // What is left was announced while the table was emptied, which mDNS does not tell.
                Poll::Pending if std::mem::take(&mut self.emptying) => {
                    let seen = self.records();
                    if !seen.is_empty() {
                        return Poll::Ready(seen);
                    }
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn peers(&self) -> BTreeSet<PeerId> {
        self.inner.discovered_nodes().copied().collect()
    }

    /// Lets mDNS forget all; it does so when it is polled.
    fn empty(&mut self) {
        for peer in self.peers() {
            self.emptying = true;
            #[expect(
                deprecated,
                reason = "nothing else ends what claims to be true for years"
            )]
            self.tasks.within(|| self.inner.expire_node(&peer));
        }
    }

    /// The table of mDNS, which it shows to whoever is about to dial.
    fn records(&mut self) -> Vec<Seen> {
        let mut records = Vec::new();
        for peer in self.peers() {
            let addresses = self.inner.handle_pending_outbound_connection(
                ConnectionId::new_unchecked(0),
                Some(peer),
                &[],
                Endpoint::Dialer,
            );
            let addresses = addresses.into_iter().flatten();
            records.extend(addresses.map(|address| (peer, address)));
        }
        records
    }
}

impl fmt::Debug for Mdns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mdns(..)")
    }
}

/// A runtime whose tasks end when it is dropped, wherever that is.
#[derive(Debug)]
struct Tasks(Option<Runtime>);

impl Tasks {
    fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("tidings-mdns")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = self.0.as_ref().map(Runtime::enter);
        work()
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_records_as_may_be_are_no_flood_and_one_more_is() {
        assert!(!is_flood(RECORDS_MAX));
        assert!(is_flood(RECORDS_MAX + 1));
    }
}
