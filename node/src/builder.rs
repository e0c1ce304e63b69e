//! The builder: from a directory to a running node.
//!
//! Invariants
//! - A profile is there whole or not at all: see [`making`].
//! - The lock on the directory is held from before the first file is read until after the last is
//!   closed.

mod making;
mod mode;
mod network;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};

use tidings_protocol::engine::{Engine, Input};
use tidings_protocol::identity::{OwnIdentity, RecoveryWords, check_chosen_name};
use tidings_protocol::record::{Change, Discovery, SecretBytes};
use tidings_protocol::rng::Rng;
use tidings_protocol::session::Hello;
use tidings_store::{KeyFile, Reader, Store};
use tokio::sync::mpsc;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::api::Identity;
use crate::clock::{Clock, wall_time};
use crate::documents::Documents;
use crate::driver::{Driver, ORDERS_MAX, Order, Parts};
use crate::error::OpenError;
use crate::handle::{Node, Running};
use crate::home::{Home, HomeLock};
use crate::meters::Meters;
use crate::metrics::MetricsPort;
use crate::net;
use crate::people::People;
use crate::rpc::SocketServer;
use crate::service::{Service, Shared};
use crate::signals::Signals;
use crate::storage::Storage;
use crate::thread::Thread;
use crate::transfers::Transfers;
use network::{Lack, Overrides, Plan};

pub use mode::{Carries, Mode};

/// Name of a person's first device.
const FIRST_DEVICE_NAME: &str = "device 1";

/// Whether a profile can be made under a name.
///
/// # Errors
/// [`OpenError::InvalidName`] if it is empty, too long or not one line.
pub fn check_name(name: &str) -> Result<(), OpenError> {
    check_chosen_name(name).map_err(|_| OpenError::InvalidName)
}

/// Opens a profile, or makes one.
///
/// What is not said here of networks and of what is carried is as it is set for the profile, with
/// [`crate::api::ChangeSetting`]; that is read before the network starts.
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
    overrides: Overrides,
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
            overrides: Overrides::NONE,
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

    /// Multiaddrs to listen on, each of which this machine has to have; none for every interface that there is, now or
    /// later, on ports that the system chooses.
    #[must_use]
    pub fn listen(mut self, addresses: Vec<String>) -> Self {
        self.overrides.listen = Some(addresses);
        self
    }

    /// Whether to look for others on the local network, by mDNS and beacons, and to be found there. Who is hidden looks
    /// without a word: is found there by nobody, and finds whoever announces themselves, within half a minute.
    #[must_use]
    pub const fn discovery(mut self, discovery: Discovery) -> Self {
        self.overrides.discovery = Some(discovery);
        self
    }

    /// Whether to let others reach each other through this node, once it is known that they reach it.
    #[must_use]
    pub const fn relay(mut self, relay: bool) -> Self {
        self.overrides.relay = Some(relay);
        self
    }

    /// Whether to look for contacts who are lost in the table of who is where that those keep together whom others reach,
    /// to say there where this node is, and to keep a part of it once others reach this node and it may be a relay.
    #[must_use]
    pub const fn dht(mut self, dht: bool) -> Self {
        self.overrides.dht = Some(dht);
        self
    }

    /// Who keeps a part of that table: multiaddrs that end in a peer id, `/ip4/192.0.2.1/udp/4001/quic-v1/p2p/ID`. None are
    /// needed: contacts and whom they know are found by themselves.
    #[must_use]
    pub fn bootstrap(mut self, nodes: Vec<String>) -> Self {
        self.overrides.bootstrap = Some(nodes);
        self
    }

    /// Whether to ask the router in between, where there is one, to let others in at the ports that this node listens on.
    /// What it grants is given back when the node ends.
    #[must_use]
    pub const fn port_mapping(mut self, port_mapping: bool) -> Self {
        self.overrides.port_mapping = Some(port_mapping);
        self
    }

    /// What of the network to use.
    #[must_use]
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.overrides.mode = Some(mode);
        self
    }

    /// How much to carry for others.
    #[must_use]
    pub const fn carries(mut self, carries: Carries) -> Self {
        self.overrides.carries = Some(carries);
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
            self.prepare();
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
        aside(move || making::make(&directory, passphrase.as_ref(), identity, &mut rng)).await?;
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

    /// Begins what takes its time and needs nothing of the profile.
    fn prepare(&self) {
        if self.overrides.may_be_online() {
            net::prepare();
        }
    }

    async fn open_locked(self, home: Home, lock: HomeLock) -> Result<Node, OpenError> {
        self.prepare();
        let passphrase = self.passphrase.clone();
        let directory = home.path().to_owned();
        let store = aside(move || {
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
        let documents = Documents::start(store.readers())?;
        let (storage, profile) = Storage::start(store, meters.clone())?;
        let plan = self.overrides.or(&profile.settings.network);
        let mut engine = Engine::open(profile, &*seed()?, clock.now())?;
        engine.speak(self.hello);
        let home = self.home.as_ref().filter(|_| engine.is_rotated());
        home.into_iter().for_each(Home::forget_places);
        let known_requests = storage.read(Reader::requests).await?;
        let own = engine.own();
        let identity = identity(own);
        let (started, lack) = self.network(own, &plan, &meters).await?;
        let (net, net_events) = started.unzip();
        if let Some(net) = &net {
            // The first command may be an invite, which says where we are.
            let (addresses, far) = (net.told(), Vec::new());
            engine.handle(Input::Listening { addresses, far }, clock.now());
        }
        engine.handle(Input::Carry(plan.carries.quotas()), clock.now());
        let signals = Signals::new(clock.now().wall.as_millis());
        if let Some(net) = &net {
            tokio::spawn(network::tell_ways(net.ways(), signals.clone()));
        }
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
        let opened = (directory, newest, lack);
        let service = self.service(identity, &parts, &plan, &orders, opened);
        let server = self.server(lock.as_ref(), &service)?;
        let driver = tokio::spawn(Driver::run(parts, orders, queue));
        let metrics = port.map(|port| port.serve(service.clone()));
        let mode = plan.mode;
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            mode = mode.as_str(),
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

    /// What serves others that attach, if it is to.
    fn server(
        &self,
        lock: Option<&HomeLock>,
        service: &Service,
    ) -> Result<Option<SocketServer>, OpenError> {
        let Some(lock) = lock.filter(|_| self.serve && cfg!(unix)) else {
            return Ok(None);
        };
        let server = SocketServer::start(lock, service.clone())?;
        service.serves(server.attached());
        Ok(Some(server))
    }

    /// What carries out requests, with these parts; `newest` is the number of the message that was stored last.
    fn service(
        &self,
        identity: Identity,
        parts: &Parts,
        plan: &Plan,
        orders: &mpsc::Sender<Order>,
        (directory, newest, lack): (Option<PathBuf>, u64, Lack),
    ) -> Service {
        Service::new(Shared {
            identity,
            orders: orders.clone(),
            storage: parts.storage.clone(),
            documents: parts.documents.clone(),
            signals: parts.signals.clone(),
            net: parts.net.clone(),
            mode: plan.mode,
            lack,
            discovery: plan.discovery(),
            directory,
            daemon: self.daemon,
            listens_where_told: !plan.listen.is_empty(),
            is_mailbox: plan.carries == Carries::Mailbox,
            watching: RwLock::new(None),
            hands_over: self.hands_over,
            attached: OnceLock::new(),
            transfers: Transfers::new(parts.clock.now().wall.as_millis(), parts.signals.clone()),
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

/// Does what blocks, above all Argon2, in a thread that is gone afterwards: it may have used the database's cryptography,
/// which leaves something in a thread.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    Thread::run("tidings-opening", work).await?
}

#[cfg(test)]
mod tests;
