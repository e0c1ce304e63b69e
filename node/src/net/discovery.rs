//! Discovery: mDNS on the LAN, on or off, and the table of who was seen where.
//!
//! libp2p's mDNS spawns a task for each interface and forgets it when it is dropped, and its table
//! has no limit. So it runs on a small runtime of its own, whose end is the end of those tasks, and
//! is started afresh after a pause when somebody floods it.
//!
//! Its table also believes what an announcement says of its own time, and keeps silent about what
//! it knows when that is announced again. So it is emptied every [`NEWS_INTERVAL`], and our own
//! table says how long something is true.
//!
//! Invariants
//! - No task of mDNS outlives the behaviour.
//! - What is announced is reported, if it was not within the last [`NEWS_INTERVAL`].

mod table;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::transport::{ListenerId, PortUse};
use libp2p::mdns::{self, tokio::Behaviour as Mdns};
use libp2p::swarm::behaviour::{ExpiredListenAddr, NewListenAddr};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use tokio::runtime::Runtime;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

pub(super) use self::table::Discovered;
use super::address;

/// Records in libp2p's own table, beyond which mDNS pauses.
const RECORDS_MAX: usize = 4_096;
/// Pause after a flood, or where mDNS cannot be started.
const PAUSE: Duration = Duration::from_secs(60);
const QUERY_INTERVAL: Duration = Duration::from_secs(30);
/// How long an announcement is true: ours, and whatever others say, theirs.
const TIME_TO_LIVE: Duration = Duration::from_secs(90);
/// After this time an address that is announced again is reported again.
const NEWS_INTERVAL: Duration = Duration::from_secs(5);

/// Whether a node looks for others on the local network, and shows itself there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Presence {
    /// Neither.
    Absent,
    /// Both.
    #[default]
    Shown,
}

/// What was announced: new, or again after a while.
#[derive(Debug)]
pub(super) struct Sighting(pub(super) Vec<(PeerId, Multiaddr)>);

/// See the module.
#[derive(Debug)]
pub(super) struct Discovery {
    own: PeerId,
    listening: Vec<(ListenerId, Multiaddr)>,
    state: State,
}

#[derive(Debug)]
enum State {
    Off,
    Running(Box<Running>),
    Paused(Pin<Box<Sleep>>),
}

impl Discovery {
    /// Starts mDNS for `own`, unless it is to be absent. Where the system does not let it, it is tried again after a pause.
    pub(super) fn new(own: PeerId, presence: Presence) -> Self {
        let mut discovery = Self {
            own,
            listening: Vec::new(),
            state: State::Off,
        };
        match presence {
            Presence::Absent => {}
            Presence::Shown => discovery.start(),
        }
        discovery
    }

    /// Whether peers may turn up.
    pub(super) fn is_on(&self) -> bool {
        !matches!(self.state, State::Off)
    }

    fn restart(&self) -> io::Result<State> {
        let mut running = Running::start(self.own)?;
        for (listener_id, addr) in &self.listening {
            let listener_id = *listener_id;
            running
                .mdns
                .on_swarm_event(FromSwarm::NewListenAddr(NewListenAddr {
                    listener_id,
                    addr,
                }));
        }
        Ok(State::Running(Box::new(running)))
    }

    fn start(&mut self) {
        match self.restart() {
            Ok(state) => self.state = state,
            Err(error) => {
                tracing::warn!(%error, "cannot start mDNS");
                self.pause(Instant::now() + PAUSE);
            }
        }
    }

    fn pause(&mut self, until: Instant) {
        self.state = State::Paused(Box::pin(sleep_until(until)));
    }

    /// What mDNS has to say.
    fn poll_mdns(&mut self, context: &mut Context<'_>) -> Poll<Sighting> {
        loop {
            match &mut self.state {
                State::Off => return Poll::Pending,
                State::Paused(over) => {
                    std::task::ready!(over.as_mut().poll(context));
                    self.start();
                }
                State::Running(running) => {
                    if is_flood(running.mdns.discovered_nodes().len()) {
                        tracing::warn!("mDNS is being flooded; pausing it");
                        self.state = State::Paused(Box::pin(sleep(PAUSE)));
                    } else {
                        return running.poll_news(context).map(Sighting);
                    }
                }
            }
        }
    }
}

/// Whether so many records in libp2p's own table are more than honest neighbours make.
const fn is_flood(records: usize) -> bool {
    records > RECORDS_MAX
}

/// libp2p's mDNS and the runtime that its tasks end with.
struct Running {
    mdns: Mdns,
    emptied_at: Instant,
    /// Since it was emptied, mDNS has not yet said all it had to say.
    emptying: bool,
    tasks: Tasks,
}

impl Running {
    fn start(own: PeerId) -> io::Result<Self> {
        let tasks = Tasks::start()?;
        let config = mdns::Config {
            ttl: TIME_TO_LIVE,
            query_interval: QUERY_INTERVAL,
            enable_ipv6: false,
        };
        let mdns = tasks.within(|| Mdns::new(config, own))?;
        Ok(Self {
            mdns,
            emptied_at: Instant::now(),
            emptying: false,
            tasks,
        })
    }

    /// What was announced. mDNS's requests to the swarm and what it forgets are left out.
    fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<Vec<(PeerId, Multiaddr)>> {
        let now = Instant::now();
        if now >= self.emptied_at + NEWS_INTERVAL {
            self.emptied_at = now;
            self.empty();
        }
        loop {
            match self.tasks.within(|| self.mdns.poll(context)) {
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
        self.mdns.discovered_nodes().copied().collect()
    }

    /// Lets mDNS forget all; it does so when it is polled.
    fn empty(&mut self) {
        for peer in self.peers() {
            self.emptying = true;
            #[expect(
                deprecated,
                reason = "nothing else ends what claims to be true for years"
            )]
            self.tasks.within(|| self.mdns.expire_node(&peer));
        }
    }

    /// The table of mDNS, which it shows to whoever is about to dial.
    fn records(&mut self) -> Vec<(PeerId, Multiaddr)> {
        let mut records = Vec::new();
        for peer in self.peers() {
            let addresses = self.mdns.handle_pending_outbound_connection(
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

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running(..)")
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

impl NetworkBehaviour for Discovery {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Sighting;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::NewListenAddr(NewListenAddr { addr, .. })
        | FromSwarm::ExpiredListenAddr(ExpiredListenAddr { addr, .. }) = &event
            && address::is_circuit(addr)
        {
            // Neighbours need no relay, and need not know of it.
            return;
        }
        if let FromSwarm::NewListenAddr(NewListenAddr { listener_id, addr }) = &event {
            self.listening.push((*listener_id, (*addr).clone()));
        } else if let FromSwarm::ExpiredListenAddr(ExpiredListenAddr { listener_id, addr }) = &event
        {
            self.listening
                .retain(|(id, address)| id != listener_id || address != *addr);
        }
        if let State::Running(running) = &mut self.state {
            running.mdns.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.poll_mdns(context).map(ToSwarm::GenerateEvent)
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
