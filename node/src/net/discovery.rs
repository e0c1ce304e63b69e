//! Discovery: who announces themselves on the local network, and whether we do.
//!
//! ```text
//!            shown         hidden
//!   mDNS     asks, tells   -              libp2p's
//!   ear      -             listens        to what others tell by mDNS
//!   beacon   tells         listens        over IPv6, where mDNS is IPv4 alone, or does not get through
//! ```
//!
//! What cannot be started, or is flooded, is tried again after a pause, each for itself. What is heard goes to the
//! [`Sightings`].
//!
//! Invariants
//! - Who is hidden sends nothing here.
//! - What is heard is of where its packet came from, whatever it says.

mod beacon;
mod ear;
mod intake;
mod mdns;
mod sightings;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::transport::{ListenerId, PortUse};
use libp2p::swarm::behaviour::{ExpiredListenAddr, NewListenAddr};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use tidings_protocol::record::Discovery as Choice;
use tokio::time::{Sleep, sleep};

use self::beacon::Beacon;
use self::ear::Ear;
use self::mdns::Mdns;
pub(crate) use self::sightings::Heard;
pub(super) use self::sightings::Sightings;
use super::address;
use crate::meters::Meters;

/// Pause after a flood, or where something cannot be started.
const PAUSE: Duration = Duration::from_secs(60);
/// How long an announcement is true: ours, and whatever others say, theirs.
const TIME_TO_LIVE: Duration = Duration::from_secs(90);

/// Somebody, and where they are by what they announced.
type Seen = (PeerId, Multiaddr);

/// What was announced: new, or again after a while.
#[derive(Debug)]
pub(super) struct Sighting(pub(super) Vec<Seen>);

/// What all ways to be seen and to see others need to know.
#[derive(Debug)]
struct Setting {
    own: PeerId,
    choice: Choice,
    listening: Vec<(ListenerId, Multiaddr)>,
    meters: Meters,
}

/// A way to see others, and perhaps to be seen.
trait Source: Sized {
    const NAME: &'static str;

    /// Starts it.
    ///
    /// # Errors
    /// What keeps it from running, now.
    fn start(setting: &Setting) -> io::Result<Self>;

    /// Who announced themselves.
    ///
    /// # Errors
    /// Why it is to pause.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Vec<Seen>>>;
}

enum State<T> {
    Off,
    Running(Box<T>),
    Paused(Pin<Box<Sleep>>),
}

impl<T: Source> State<T> {
    fn new(is_on: bool, setting: &Setting) -> Self {
        if is_on {
            Self::start(setting)
        } else {
            Self::Off
        }
    }

    fn start(setting: &Setting) -> Self {
        match T::start(setting) {
            Ok(source) => Self::Running(Box::new(source)),
            Err(error) => {
                tracing::debug!(%error, "cannot start {}; trying again in a while", T::NAME);
                Self::pause()
            }
        }
    }

    fn pause() -> Self {
        Self::Paused(Box::pin(sleep(PAUSE)))
    }

    /// What runs, if it does.
    fn running(&mut self) -> Option<&mut T> {
        match self {
            Self::Running(source) => Some(source),
            Self::Off | Self::Paused(_) => None,
        }
    }

    fn poll(&mut self, setting: &Setting, context: &mut Context<'_>) -> Poll<Vec<Seen>> {
        loop {
            match self {
                Self::Off => return Poll::Pending,
                Self::Paused(over) => {
                    std::task::ready!(over.as_mut().poll(context));
                    *self = Self::start(setting);
                }
                Self::Running(source) => match std::task::ready!(source.poll(context)) {
                    Ok(seen) => return Poll::Ready(seen),
                    Err(error) => {
                        let name = T::NAME;
                        tracing::warn!(%error, name, "a way to hear of who is near pauses");
                        *self = Self::pause();
                    }
                },
            }
        }
    }
}

/// See the module.
pub(super) struct Discovery {
    setting: Setting,
    mdns: State<Mdns>,
    ear: State<Ear>,
    beacon: State<Beacon>,
}

impl Discovery {
    /// Starts what `own` sees others by, and is seen by.
    pub(super) fn new(own: PeerId, choice: Choice, meters: Meters) -> Self {
        let setting = Setting {
            own,
            choice,
            listening: Vec::new(),
            meters,
        };
        Self {
            mdns: State::new(choice == Choice::On, &setting),
            ear: State::new(choice == Choice::Hidden, &setting),
            beacon: State::new(choice != Choice::Off, &setting),
            setting,
        }
    }

    /// Whether peers may turn up.
    pub(super) fn is_on(&self) -> bool {
        self.setting.choice != Choice::Off
    }

    /// Looks for others, and shows itself, at once: this machine slept, and timers with it.
    pub(super) fn look_again(&mut self) {
        if self.mdns.running().is_some() {
            self.mdns = State::start(&self.setting);
        }
        if let Some(beacon) = self.beacon.running() {
            beacon.look_again();
        }
    }

    fn poll_seen(&mut self, context: &mut Context<'_>) -> Poll<Sighting> {
        let setting = &self.setting;
        let polled = [
            self.mdns.poll(setting, context),
            self.ear.poll(setting, context),
            self.beacon.poll(setting, context),
        ];
        let mut all = Vec::new();
        for seen in polled {
            if let Poll::Ready(seen) = seen {
                all.extend(seen);
            }
        }
        if all.is_empty() {
            Poll::Pending
        } else {
            Poll::Ready(Sighting(all))
        }
    }
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discovery")
            .field("setting", &self.setting)
            .finish_non_exhaustive()
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
        let listening = &mut self.setting.listening;
        let known = listening.len();
        if let FromSwarm::NewListenAddr(NewListenAddr { listener_id, addr }) = &event {
            listening.push((*listener_id, (*addr).clone()));
        } else if let FromSwarm::ExpiredListenAddr(ExpiredListenAddr { listener_id, addr }) = &event
        {
            listening.retain(|(id, address)| id != listener_id || address != *addr);
        }
        let has_moved = listening.len() != known;
        if let Some(mdns) = self.mdns.running() {
            mdns.on_swarm_event(event);
        }
        if let Some(ear) = self.ear.running().filter(|_| has_moved) {
            ear.moved(&self.setting);
        }
        if let Some(beacon) = self.beacon.running().filter(|_| has_moved) {
            beacon.moved(&self.setting);
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
        self.poll_seen(context).map(ToSwarm::GenerateEvent)
    }
}
