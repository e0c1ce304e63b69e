//! The builder: from a directory to a running node.
//!
//! Invariants
//! - A profile is there whole or not at all: it is made aside, then moved into place.
//! - A key that is not a leftover of such a move is never replaced: its database may be elsewhere.
//! - The lock on the directory is held from before the first file is read until after the last is
//!   closed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use tidings_protocol::carry::Quotas;
use tidings_protocol::engine::{Engine, Input};
use tidings_protocol::identity::{OwnIdentity, RecoveryWords, check_chosen_name};
use tidings_protocol::record::{Change, SecretBytes};
use tidings_protocol::rng::Rng;
use tidings_protocol::session::Hello;
use tidings_store::{DATABASE_FILE, KEY_FILE, KeyFile, Reader, Store};
use tokio::sync::mpsc;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::api::Identity;
use crate::clock::{Clock, wall_time};
use crate::documents::Documents;
use crate::driver::{Driver, ORDERS_MAX, Parts};
use crate::error::OpenError;
use crate::handle::{Node, Running};
use crate::home::{Home, HomeLock};
use crate::net::{Net, NetConfig, NetError, NetEvent, Networks, Presence, Transport};
use crate::people::People;
use crate::rpc::SocketServer;
use crate::service::{Service, Shared};
use crate::signals::Signals;
use crate::storage::Storage;

/// Name of a person's first device.
const FIRST_DEVICE_NAME: &str = "device 1";
/// Directory in which a profile is made.
const STAGING_DIRECTORY: &str = "new";
/// The database's write-ahead log.
const LOG_FILE: &str = "profile.db-wal";

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
    mode: Mode,
    carries: Carries,
    serve: bool,
    daemon: bool,
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
            mode: Mode::Auto,
            carries: Carries::Friendly,
            serve: true,
            daemon: false,
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

    /// Whether to announce this node on the local network, and to look for others; by default yes.
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
        blocking(move || make(&directory, passphrase.as_ref(), identity, &mut rng)).await?;
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
        let clock = Clock::start();
        let documents = Documents::start(store.reader()?)?;
        let (storage, profile) = Storage::start(store)?;
        let mut engine = Engine::open(profile, &*seed()?, clock.now())?;
        engine.speak(self.hello);
        let known_requests = storage.read(Reader::requests).await?;
        let own = engine.own();
        let identity = Identity {
            person: own.person(),
            device: own.device(),
            name: own.name().to_owned(),
            safety_words: own.safety_words().into_iter().map(str::to_owned).collect(),
        };
        let (net, net_events) = self.network(own).await?.unzip();
        if let Some(net) = &net {
            // The first command may be an invite, which says where we are.
            let (addresses, far) = (net.told(), Vec::new());
            engine.handle(Input::Listening { addresses, far }, clock.now());
        }
        engine.handle(Input::Carry(self.carries.quotas()), clock.now());
        let signals = Signals::new(clock.now().wall.as_millis());
        let (orders, queue) = mpsc::channel(ORDERS_MAX);
        let service = Service::new(Shared {
            identity,
            orders: orders.clone(),
            storage: storage.clone(),
            documents: documents.clone(),
            signals: signals.clone(),
            net: net.clone(),
            mode: self.mode.as_str(),
            discovers: self.presence() != Presence::Absent,
            is_hidden: self.presence() == Presence::Hidden,
            directory: lock.as_ref().map(|lock| lock.home().path().to_owned()),
            daemon: self.daemon,
            listens_where_told: !self.listen.is_empty(),
            is_mailbox: self.carries == Carries::Mailbox,
            watching: RwLock::new(None),
            hands_over: self.hands_over,
            opened: (Instant::now(), storage.read(Reader::last_message).await?),
            people: RwLock::new((u64::MAX, Arc::new(People::default()))),
        });
        let server = match &lock {
            Some(lock) if self.serve && cfg!(unix) => {
                Some(SocketServer::start(lock, service.clone())?)
            }
            _ => None,
        };
        let parts = Parts {
            engine,
            storage: storage.clone(),
            net: net.clone(),
            net_events,
            documents: documents.clone(),
            signals,
            clock,
            known_requests,
        };
        let driver = tokio::spawn(Driver::run(parts, orders, queue));
        Ok(Node::new(
            service,
            Running {
                driver,
                server,
                net,
                documents,
                storage,
                lock,
            },
        ))
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

    async fn network(
        &self,
        own: &OwnIdentity,
    ) -> Result<Option<(Net, mpsc::Receiver<NetEvent>)>, OpenError> {
        let transport = match self.mode {
            Mode::Offline => return Ok(None),
            Mode::Auto | Mode::Lan | Mode::Internet => Transport::Internet,
            Mode::Memory => Transport::Memory,
        };
        // Where a person says where, nothing is chosen.
        let home = self.home.clone().filter(|_| self.listen.is_empty());
        let last = home.as_ref().map(Home::listened).unwrap_or_default();
        let config = NetConfig {
            key: own.transport_secret(),
            listen: self.listen.clone(),
            last: last.clone(),
            networks: self.mode.networks(),
            presence: self.presence(),
            // A stranger whom we dial learns who we are.
            mesh: self.carries != Carries::Nothing && !self.hidden,
            relay: self.relay,
            transport,
        };
        let started = self.network_or_none(Net::start(config).await)?;
        if let Some((home, (net, _))) = home.zip(started.as_ref()) {
            home.keep_listened(&net.chosen(&last));
        }
        Ok(started)
    }

    /// The network as it started. That it cannot start keeps no command from the disk, unless somebody gave addresses.
    fn network_or_none<T>(&self, started: Result<T, NetError>) -> Result<Option<T>, OpenError> {
        match started {
            Ok(started) => Ok(Some(started)),
            Err(error) if !self.daemon && self.listen.is_empty() => {
                tracing::warn!(%error, "without a network");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes a profile's files aside, then moves them into place, the database last.
///
/// A crash in between leaves the key in place and the database aside, which [`clear`] recognises.
fn make(
    directory: &Path,
    passphrase: Option<&SecretBytes>,
    identity: Change,
    rng: &mut Rng,
) -> Result<(), OpenError> {
    let staging = directory.join(STAGING_DIRECTORY);
    clear(directory, &staging)?;
    Home::new(&staging).create()?;
    let key = KeyFile::create(&staging, passphrase, rng)?;
    let mut store = Store::create(&staging, &key)?;
    store.apply(&[identity])?;
    close(store, &staging)?;
    fs::rename(staging.join(KEY_FILE), directory.join(KEY_FILE))?;
    sync_directory(directory)?;
    fs::rename(staging.join(DATABASE_FILE), directory.join(DATABASE_FILE))?;
    sync_directory(directory)?;
    if let Err(error) = fs::remove_dir_all(&staging) {
        // The profile is whole; what is left there harms nobody.
        tracing::warn!(%error, "the directory in which the profile was made could not be removed");
    }
    Ok(())
}

/// Clears away what an interrupted [`make`] left.
///
/// The key goes first: without it, all that is left counts as nothing.
fn clear(directory: &Path, staging: &Path) -> Result<(), OpenError> {
    let (key, log) = (directory.join(KEY_FILE), directory.join(LOG_FILE));
    // The key moves before the database does: then it is in place, and not aside any more.
    let half_moved = is_there(&staging.join(DATABASE_FILE))? && !is_there(&staging.join(KEY_FILE))?;
    // The name of the database may also be a link to where nothing is mounted now.
    let database = is_there(&directory.join(DATABASE_FILE))?;
    if database || is_there(&log)? || (is_there(&key)? && !half_moved) {
        return Err(OpenError::DatabaseMissing {
            home: directory.into(),
        });
    }
    if is_there(&key)? {
        fs::remove_file(&key)?;
        sync_directory(directory)?;
    }
    if is_there(staging)? {
        fs::remove_dir_all(staging)?;
    }
    Ok(())
}

/// Closes the database of a new profile so that its one file holds everything.
fn close(mut store: Store, staging: &Path) -> Result<(), OpenError> {
    let whole = store.truncate_wal()?;
    drop(store);
    let left = match fs::metadata(staging.join(LOG_FILE)) {
        Ok(log) => log.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    if whole && left == 0 {
        return Ok(());
    }
    Err(io::Error::other("the new database could not be written into one file").into())
}

/// Whether there is something of this name, even a link to nothing.
fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes names in a directory outlast a power cut, where a system needs that said.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
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
