//! The builder: from a directory to a running node.
//!
//! Invariants
//! - A profile is there whole or not at all: see [`making`].
//! - The lock on the directory is held from before the first file is read until after the last is
//!   closed.

mod making;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use tidings_protocol::carry::Quotas;
use tidings_protocol::engine::{Engine, Input};
use tidings_protocol::identity::{OwnIdentity, RecoveryWords, check_chosen_name};
use tidings_protocol::record::{Change, SecretBytes};
use tidings_protocol::rng::Rng;
use tidings_protocol::session::Hello;
use tidings_store::{KeyFile, Reader, Store};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::api::Identity;
use crate::clock::{Clock, wall_time};
use crate::documents::Documents;
use crate::driver::{Driver, ORDERS_MAX, Order, Parts};
use crate::error::OpenError;
use crate::handle::{Node, Running};
use crate::home::{Home, HomeLock, Kept};
use crate::meters::Meters;
use crate::metrics::MetricsPort;
use crate::net::{
    self, Net, NetConfig, NetError, NetEvent, Networks, Presence, Reachability, TableConfig,
    Transport,
};
use crate::people::People;
use crate::rpc::SocketServer;
use crate::service::{Service, Shared};
use crate::signals::Signals;
use crate::storage::Storage;

/// Name of a person's first device.
const FIRST_DEVICE_NAME: &str = "device 1";

/// What of the network a node uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mode {
    /// The local network and the internet.
    #[default]
    Auto,
    /// Local networks alone: nothing goes to the internet, and nobody who comes from there is let in.
    Lan,
    /// The internet alone: nobody is looked for nearby, nothing is announced there, and who comes from a private
    /// address is not let in.
    Internet,
    /// Nothing: it stores and reads.
    Offline,
    /// Other nodes of this process only, by libp2p's memory transport; for tests.
    Memory,
}

impl Mode {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Lan => "lan",
            Self::Internet => "internet",
            Self::Offline => "offline",
            Self::Memory => "memory",
        }
    }

    /// Whether it has to do with the internet.
    const fn is_far(self) -> bool {
        match self {
            Self::Auto | Self::Internet => true,
            Self::Lan | Self::Offline | Self::Memory => false,
        }
    }

    /// Of those networks that others may be met in.
    const fn networks(self) -> Networks {
        match self {
            Self::Lan => Networks::Local,
            Self::Internet => Networks::Internet,
            Self::Auto | Self::Offline | Self::Memory => Networks::All,
        }
    }
}

/// How much a node carries for others who are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Carries {
    /// Nothing, and what it sends goes in sessions alone.
    Nothing,
    /// What friends and a few strangers bring.
    #[default]
    Friendly,
    /// Much more, as a mailbox that others rely on.
    Mailbox,
}

impl Carries {
    const fn quotas(self) -> Option<Quotas> {
        match self {
            Self::Nothing => None,
            Self::Friendly => Some(Quotas::FRIENDLY),
            Self::Mailbox => Some(Quotas::MAILBOX),
        }
    }
}

/// Whether a profile can be made under a name.
///
/// # Errors
/// [`OpenError::InvalidName`] if it is empty, too long or not one line.
pub fn check_name(name: &str) -> Result<(), OpenError> {
    check_chosen_name(name).map_err(|_| OpenError::InvalidName)
}

/// Opens a profile, or makes one.
///
/// ```no_run
/// # async fn open() -> Result<(), tidings_node::OpenError> {
/// let (node, words) = tidings_node::Builder::new("/home/ann/.tidings").create("Ann").await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Builder {
    home: Option<Home>,
    passphrase: Option<SecretBytes>,
    listen: Vec<String>,
    mdns: bool,
    hidden: bool,
    relay: bool,
    dht: bool,
    bootstrap: Vec<String>,
    port_mapping: bool,
    mode: Mode,
    carries: Carries,
    serve: bool,
    daemon: bool,
    metrics: Option<SocketAddr>,
    hands_over: bool,
    hello: Hello,
}

impl Builder {
    /// A builder for the profile in `home`.
    #[must_use]
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self {
            home: Some(Home::new(home)),
            ..Self::in_memory()
        }
    }

    /// A builder for a profile that is gone with its node; for tests.
    #[must_use]
    pub const fn in_memory() -> Self {
        Self {
            home: None,
            passphrase: None,
            listen: Vec::new(),
            mdns: true,
            hidden: false,
            relay: true,
            dht: true,
            bootstrap: Vec::new(),
            port_mapping: true,
            mode: Mode::Auto,
            carries: Carries::Friendly,
            serve: true,
            daemon: false,
            metrics: None,
            hands_over: false,
            hello: Hello::OURS,
        }
    }

    /// The passphrase that protects the profile's key. Without one, [`Self::create`] keeps the key
    /// in a file that only file permissions protect.
    #[must_use]
    pub fn passphrase(mut self, passphrase: &Zeroizing<String>) -> Self {
        self.passphrase = Some(SecretBytes::new(passphrase.as_bytes().to_vec()));
        self
    }

    /// Multiaddrs to listen on, each of which this machine has to have; by default every interface that there is, now
    /// or later, on ports that the system chooses.
    #[must_use]
    pub fn listen(mut self, addresses: Vec<String>) -> Self {
        self.listen = addresses;
        self
    }

    /// Whether to look for others on the local network, by mDNS and beacons, and to be found there; by default yes.
    #[must_use]
    pub const fn mdns(mut self, mdns: bool) -> Self {
        self.mdns = mdns;
        self
    }

    /// Whether to look for others on the local network without a word: to be found there by nobody, and to find whoever
    /// announces themselves, within half a minute; by default no.
    #[must_use]
    pub const fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Whether to let others reach each other through this node, once it is known that they reach it; by default yes.
    #[must_use]
    pub const fn relay(mut self, relay: bool) -> Self {
        self.relay = relay;
        self
    }

    /// Whether to look for contacts who are lost in the table of who is where that those keep together whom others reach,
    /// to say there where this node is, and to keep a part of it once others reach this node and it may be a relay; by
    /// default yes.
    #[must_use]
    pub const fn dht(mut self, dht: bool) -> Self {
        self.dht = dht;
        self
    }

    /// Who keeps a part of that table: multiaddrs that end in a peer id, `/ip4/192.0.2.1/udp/4001/quic-v1/p2p/ID`. None are
    /// needed: contacts and whom they know are found by themselves.
    #[must_use]
    pub fn bootstrap(mut self, nodes: Vec<String>) -> Self {
        self.bootstrap = nodes;
        self
    }

    /// Whether to ask the router in between, where there is one, to let others in at the ports that this node listens on;
    /// by default yes. What it grants is given back when the node ends.
    #[must_use]
    pub const fn port_mapping(mut self, port_mapping: bool) -> Self {
        self.port_mapping = port_mapping;
        self
    }

    /// What of the network to use.
    #[must_use]
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// How much to carry for others; by default what friends and a few strangers bring.
    #[must_use]
    pub const fn carries(mut self, carries: Carries) -> Self {
        self.carries = carries;
        self
    }

    /// Whether to serve other processes over the profile's socket; by default yes.
    #[must_use]
    pub const fn serve(mut self, serve: bool) -> Self {
        self.serve = serve;
        self
    }

    /// Whether this node runs on its own account, and not only for one command: what `status`
    /// calls running.
    #[must_use]
    pub const fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = daemon;
        self
    }

    /// Serves metrics in the OpenMetrics format at `http://ADDRESS/metrics`; without this, nothing is counted. The
    /// address has to be a loopback one, else opening fails with [`OpenError::Metrics`]; port 0 is one that the system
    /// chooses, which [`Node::metrics`] tells.
    #[must_use]
    pub const fn metrics(mut self, address: SocketAddr) -> Self {
        self.metrics = Some(address);
        self
    }

    /// Whether the node ends when a process that stays asks for the profile with
    /// [`crate::api::HandOver`]. Whoever opens it so looks at [`Node::was_handed_over`] when it ends,
    /// closes it and attaches to its successor.
    #[must_use]
    pub const fn hands_over(mut self, hands_over: bool) -> Self {
        self.hands_over = hands_over;
        self
    }

    /// The lowest and the highest version of the session protocol that it says it speaks; for tests
    /// of what happens between two versions that have none in common.
    #[must_use]
    #[doc(hidden)]
    pub const fn session_versions(mut self, min: u16, max: u16) -> Self {
        self.hello = Hello { min, max };
        self
    }

    /// The profile's directory, if it has one.
    pub(crate) const fn home(&self) -> Option<&Home> {
        self.home.as_ref()
    }

    /// Makes a profile for a person of this name, and opens it.
    ///
    /// The words are the only way to recover the identity; nothing keeps them.
    ///
    /// # Errors
    /// [`OpenError`]; nothing is left behind but an empty directory.
    pub async fn create(self, name: &str) -> Result<(Node, RecoveryWords), OpenError> {
        let mut rng = Rng::from_seed(&*seed()?);
        let (own, words) = OwnIdentity::create(name, FIRST_DEVICE_NAME, wall_time(), &mut rng)?;
        let identity = Change::PutIdentity(SecretBytes::from(own.to_bytes()));
        let Some(home) = self.home.clone() else {
            let mut store = Store::in_memory()?;
            store.apply(&[identity])?;
            return Ok((self.start(store, None).await?, words));
        };
        home.create()?;
        let lock = home.lock()?.ok_or_else(|| OpenError::InUse {
            home: home.path().into(),
        })?;
        if home.exists() {
            return Err(OpenError::ProfileExists {
                home: home.path().into(),
            });
        }
        let passphrase = self.passphrase.clone();
        let directory = home.path().to_owned();
        blocking(move || making::make(&directory, passphrase.as_ref(), identity, &mut rng)).await?;
        Ok((self.open_locked(home, lock).await?, words))
    }

    /// Opens the profile.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::InUse`] if another process has it: attach to that one.
    pub async fn open(self) -> Result<Node, OpenError> {
        let Some(home) = self.home.clone() else {
            return Err(OpenError::NoProfile {
                home: PathBuf::new(),
            });
        };
        if !home.exists() {
            return Err(OpenError::NoProfile {
                home: home.path().into(),
            });
        }
        let lock = home.lock()?.ok_or_else(|| OpenError::InUse {
            home: home.path().into(),
        })?;
        self.open_locked(home, lock).await
    }

    async fn open_locked(self, home: Home, lock: HomeLock) -> Result<Node, OpenError> {
        let passphrase = self.passphrase.clone();
        let directory = home.path().to_owned();
        let store = blocking(move || {
            let key = KeyFile::unlock(&directory, passphrase.as_ref())?;
            Ok(Store::open(&directory, &key)?)
        })
        .await?;
        self.start(store, Some(lock)).await
    }

    async fn start(self, store: Store, lock: Option<HomeLock>) -> Result<Node, OpenError> {
        let port = self.metrics_port().await?;
        let meters = port.as_ref().map(|_| Meters::running()).unwrap_or_default();
        let clock = Clock::start();
        let documents = Documents::start(store.reader()?)?;
        let (storage, profile) = Storage::start(store, meters.clone())?;
        let mut engine = Engine::open(profile, &*seed()?, clock.now())?;
        engine.speak(self.hello);
        let home = self.home.as_ref().filter(|_| engine.is_rotated());
        home.into_iter().for_each(Home::forget_places);
        let known_requests = storage.read(Reader::requests).await?;
        let own = engine.own();
        let identity = identity(own);
        let (net, net_events) = self.network(own, &meters).await?.unzip();
        if let Some(net) = &net {
            // The first command may be an invite, which says where we are.
            let (addresses, far) = (net.told(), Vec::new());
            engine.handle(Input::Listening { addresses, far }, clock.now());
        }
        engine.handle(Input::Carry(self.carries.quotas()), clock.now());
        let signals = Signals::new(clock.now().wall.as_millis());
        let (orders, queue) = mpsc::channel(ORDERS_MAX);
        let parts = Parts {
            engine,
            storage: storage.clone(),
            net: net.clone(),
            net_events,
            documents: documents.clone(),
            signals,
            clock,
            meters,
            known_requests,
            home: self.home.clone(),
        };
        let directory = lock.as_ref().map(|lock| lock.home().path().to_owned());
        let newest = storage.read(Reader::last_message).await?;
        let service = self.service(identity, &parts, &orders, directory, newest);
        let server = match &lock {
            Some(lock) if self.serve && cfg!(unix) => {
                Some(SocketServer::start(lock, service.clone())?)
            }
            _ => None,
        };
        let driver = tokio::spawn(Driver::run(parts, orders, queue));
        let metrics = port.map(|port| port.serve(service.clone()));
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            mode = self.mode.as_str(),
            "the node has started"
        );
        Ok(Node::new(
            service,
            Running {
                driver,
                server,
                metrics,
                net,
                documents,
                storage,
                lock,
            },
        ))
    }

    /// What carries out requests, with these parts; `newest` is the number of the message that was stored last.
    fn service(
        &self,
        identity: Identity,
        parts: &Parts,
        orders: &mpsc::Sender<Order>,
        directory: Option<PathBuf>,
        newest: u64,
    ) -> Service {
        Service::new(Shared {
            identity,
            orders: orders.clone(),
            storage: parts.storage.clone(),
            documents: parts.documents.clone(),
            signals: parts.signals.clone(),
            net: parts.net.clone(),
            mode: self.mode.as_str(),
            discovers: self.presence() != Presence::Absent,
            is_hidden: self.presence() == Presence::Hidden,
            directory,
            daemon: self.daemon,
            listens_where_told: !self.listen.is_empty(),
            is_mailbox: self.carries == Carries::Mailbox,
            watching: RwLock::new(None),
            hands_over: self.hands_over,
            meters: parts.meters.clone(),
            opened: (Instant::now(), newest),
            people: RwLock::new((u64::MAX, Arc::new(People::default()))),
        })
    }

    async fn metrics_port(&self) -> Result<Option<MetricsPort>, OpenError> {
        match self.metrics {
            Some(address) => Ok(Some(MetricsPort::bind(address).await?)),
            None => Ok(None),
        }
    }

    /// Whether it looks for others on the local network, and shows itself there.
    const fn presence(&self) -> Presence {
        match self.mode {
            Mode::Auto | Mode::Lan if self.mdns && self.hidden => Presence::Hidden,
            Mode::Auto | Mode::Lan if self.mdns => Presence::Shown,
            Mode::Auto | Mode::Lan | Mode::Internet | Mode::Offline | Mode::Memory => {
                Presence::Absent
            }
        }
    }

    /// With whom to keep the table of who is where: not within a process, as tests do.
    fn table(&self) -> Result<Option<TableConfig>, OpenError> {
        if !self.dht || !self.mode.is_far() {
            return Ok(None);
        }
        let mut named = self.bootstrap.iter();
        if let Some(address) = named.find(|text| !net::names_a_node(text)) {
            let address = address.clone();
            return Err(NetError::BadNode { address }.into());
        }
        let known = self.home.as_ref().map(|home| home.kept(Kept::Nodes));
        Ok(Some(TableConfig {
            named: self.bootstrap.clone(),
            known: known.unwrap_or_default(),
        }))
    }

    async fn network(
        &self,
        own: &OwnIdentity,
        meters: &Meters,
    ) -> Result<Option<(Net, mpsc::Receiver<NetEvent>)>, OpenError> {
        let transport = match self.mode {
            Mode::Offline => return Ok(None),
            Mode::Auto | Mode::Lan | Mode::Internet => Transport::Internet,
            Mode::Memory => Transport::Memory,
        };
        // Where a person says where, nothing is chosen.
        let chooses = self.home.clone().filter(|_| self.listen.is_empty());
        let last = chooses.as_ref().map(|home| home.kept(Kept::Listened));
        let last = last.unwrap_or_default();
        let reached = self.home.as_ref().map(|home| home.kept(Kept::Reached));
        let config = NetConfig {
            key: own.transport_secret(),
            listen: self.listen.clone(),
            last: last.clone(),
            reached: reached.unwrap_or_default(),
            networks: self.mode.networks(),
            presence: self.presence(),
            // A stranger whom we dial learns who we are.
            mesh: self.carries != Carries::Nothing && !self.hidden,
            relay: self.relay,
            table: self.table()?,
            port_mapping: self.port_mapping && self.mode.is_far(),
            transport,
            meters: meters.clone(),
        };
        let started = self.network_or_none(Net::start(config).await)?;
        if let Some((home, (net, _))) = chooses.zip(started.as_ref()) {
            home.keep(Kept::Listened, &net.chosen(&last));
        }
        if let Some((home, (net, _))) = self.home.clone().zip(started.as_ref()) {
            tokio::spawn(keep_reached(home, net.watch_reachability()));
        }
        Ok(started)
    }

    /// The network as it started. That it cannot start keeps no command from the disk, unless somebody gave addresses.
    fn network_or_none<T>(&self, started: Result<T, NetError>) -> Result<Option<T>, OpenError> {
        match started {
            Ok(started) => Ok(Some(started)),
            Err(error) if !self.daemon && self.listen.is_empty() => {
                // It may say where it was to listen.
                tracing::debug!(%error, "the network cannot be started");
                tracing::warn!("without a network: it cannot be started");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Keeps where others get in, for as long as the network runs: whoever starts again there is found at once.
async fn keep_reached(home: Home, mut reachability: watch::Receiver<Reachability>) {
    while reachability.changed().await.is_ok() {
        let public = reachability.borrow_and_update().public.clone();
        let home = home.clone();
        // A file of a line or two.
        let kept = blocking(move || {
            home.keep(Kept::Reached, &public);
            Ok(())
        });
        if kept.await.is_err() {
            break;
        }
    }
}

/// Who the profile's person is.
fn identity(own: &OwnIdentity) -> Identity {
    Identity {
        person: own.person(),
        device: own.device(),
        name: own.name().to_owned(),
        safety_words: own.safety_words().into_iter().map(str::to_owned).collect(),
    }
}

/// A seed from the operating system.
fn seed() -> Result<Zeroizing<[u8; 32]>, OpenError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(|error| OpenError::Randomness(error.to_string()))?;
    Ok(seed)
}

/// Runs what blocks, above all Argon2, away from the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| OpenError::Io(std::io::Error::other(error)))?
}

#[cfg(test)]
mod tests;
