//! A device: the real engine, gate and store, without the threads of a node.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use tidings_protocol::engine::{Command, CommandError, Effect, Engine, Gate, Input, LinkId};
use tidings_protocol::id::{ConversationId, PersonId, RequestId, TransportId};
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::record::{Change, Outcome as Done, SecretBytes};
use tidings_protocol::rng::Rng;
use tidings_protocol::time::{Monotonic, Now, WallTime};
use tidings_store::{KeyFile, Reader, Store};

use crate::Outcome;

/// One device of one person.
#[derive(Debug)]
pub(crate) struct Device {
    engine: Engine,
    gate: Gate,
    store: Store,
    reader: Reader,
    rng: Rng,
    opened: Instant,
    next_link: LinkId,
    reply: Option<Result<Done, CommandError>>,
    /// Dropped last.
    home: Option<TempDir>,
}

impl Device {
    /// A profile on the disk, as a node would make it without a passphrase.
    pub(super) fn on_disk(name: &str) -> Outcome<Self> {
        let mut rng = rng(name);
        let home = TempDir::new()?;
        let key = KeyFile::create(home.path(), None, &mut rng)?;
        let store = Store::create(home.path(), &key)?;
        Self::start(name, store, Some(home), rng)
    }

    /// A profile that is gone with its device.
    pub(super) fn in_memory(name: &str) -> Outcome<Self> {
        Self::start(name, Store::in_memory()?, None, rng(name))
    }

    fn start(name: &str, mut store: Store, home: Option<TempDir>, mut rng: Rng) -> Outcome<Self> {
        let (own, _) = OwnIdentity::create(name, "device 1", wall(), &mut rng)?;
        let identity = SecretBytes::from(own.to_bytes());
        store.apply(&[Change::PutIdentity(identity)])?;
        let opened = Instant::now();
        let engine = Engine::open(store.profile()?, &rng.bytes(), now(opened))?;
        let mut device = Self {
            engine,
            gate: Gate::new(),
            reader: store.reader()?,
            store,
            rng,
            opened,
            next_link: LinkId::new(1),
            reply: None,
            home,
        };
        device.drain();
        Ok(device)
    }

    pub(crate) fn person(&self) -> PersonId {
        self.engine.own().person()
    }

    pub(crate) fn own(&self) -> &OwnIdentity {
        self.engine.own()
    }

    pub(crate) fn transport(&self) -> TransportId {
        self.engine.own().transport()
    }

    /// The conversation with somebody.
    pub(crate) fn conversation(&self, with: PersonId) -> ConversationId {
        ConversationId::direct(self.person(), with)
    }

    /// A view on what is committed.
    pub(crate) const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Hands a command to the engine; the reply comes with a turn.
    pub(crate) fn command(&mut self, command: Command) {
        let request = RequestId::new(self.rng.bytes());
        self.handle(Input::Command { request, command });
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.engine.handle(input, now(self.opened));
        self.drain();
    }

    /// Commits what waits; returns how many operations that were, and what may be done then.
    pub(crate) fn turn(&mut self) -> Outcome<(usize, Vec<Effect>)> {
        self.handle(Input::Settle);
        let mut operations = 0;
        if let Some(commit) = self.gate.next_commit() {
            self.store.apply(&commit.batch)?;
            self.gate.committed();
            let stored = commit.batch.iter().filter(|change| is_operation(change));
            operations = stored.count();
        }
        let effects = std::iter::from_fn(|| self.gate.release());
        Ok((operations, effects.collect()))
    }

    pub(super) fn replied(&mut self, reply: Result<Done, CommandError>) {
        self.reply = Some(reply);
    }

    /// The latest reply to a command.
    pub(crate) fn take_reply(&mut self) -> Outcome<Done> {
        let reply = self.reply.take();
        Ok(reply.ok_or("a command was not replied to")??)
    }

    pub(super) const fn next_link(&mut self) -> LinkId {
        let link = self.next_link;
        self.next_link = link.next();
        link
    }

    pub(super) fn into_home(self) -> Option<TempDir> {
        self.home
    }

    fn drain(&mut self) {
        while let Some((step, output)) = self.engine.poll() {
            self.gate.accept(step, output);
        }
    }
}

const fn is_operation(change: &Change) -> bool {
    matches!(change, Change::InsertOperation(_))
}

/// The same names give the same keys in every run.
fn rng(name: &str) -> Rng {
    let mut seed = [0; 32];
    for (byte, of_name) in seed.iter_mut().zip(name.bytes()) {
        *byte = of_name;
    }
    Rng::from_seed(&seed)
}

fn now(opened: Instant) -> Now {
    let millis = u64::try_from(opened.elapsed().as_millis()).unwrap_or(u64::MAX);
    Now {
        wall: wall(),
        monotonic: Monotonic::from_millis(millis),
    }
}

fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    WallTime::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}
