//! A disk: the store of one device, what is left of it after a crash, and how it fails.
//!
//! Invariants
//! - What was applied is there after every crash; what was not is gone.

use std::path::Path;

use tempfile::TempDir;
use tidings_protocol::id::DeviceId;
use tidings_protocol::record::{Change, Profile};
use tidings_store::{DATABASE_FILE, DatabaseKey, Reader, Store};

use super::bug::Planted;
use super::ledger::Ledger;
use super::{Bug, Chance};

/// How a commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFault {
    /// Nothing of it is kept.
    Lost,
    /// All of it is kept, yet it is reported as failed.
    Kept,
}

/// Where a store lies.
#[derive(Debug)]
enum Place {
    /// In memory: the store itself outlives the crash.
    Memory(Store),
    /// In files, which are opened again after each crash.
    Files {
        home: TempDir,
        key: DatabaseKey,
        store: Option<Store>,
    },
}

/// The durable part of one device.
#[derive(Debug)]
pub struct Disk {
    place: Place,
    commits: u64,
    fault: Option<(u64, CommitFault)>,
    /// How the latest commit failed, if it did.
    failed: Option<CommitFault>,
    planted: Option<Planted>,
    /// What was to become durable of carrying.
    pub(super) ledger: Ledger,
}

impl Disk {
    /// A disk that never opens its files again, because there are none.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            place: Place::Memory(Store::in_memory().expect("SQLite works in memory")),
            commits: 0,
            fault: None,
            failed: None,
            planted: None,
            ledger: Ledger::default(),
        }
    }

    /// A disk with an encrypted database in a directory of its own.
    #[must_use]
    pub fn in_files(chance: &mut Chance) -> Self {
        // Memory-backed where there is such a place: what a crash leaves is the same, and the
        // store's own tests have the power cuts.
        let home = tempfile::tempdir_in(Path::new("/dev/shm"))
            .or_else(|_| tempfile::tempdir())
            .expect("a temporary directory can be made");
        let key = DatabaseKey::generate(&mut chance.rng());
        let store = Store::create(home.path(), &key).expect("a store can be made");
        let place = Place::Files {
            home,
            key,
            store: Some(store),
        };
        Self {
            place,
            commits: 0,
            fault: None,
            failed: None,
            planted: None,
            ledger: Ledger::default(),
        }
    }

    /// A copy of the files, as somebody makes who backs up or clones a profile.
    #[must_use]
    pub fn copy(&mut self) -> Self {
        self.crash();
        let Place::Files { home, key, .. } = &self.place else {
            panic!("a disk in memory has no files to copy");
        };
        let copy = tempfile::tempdir().expect("a temporary directory can be made");
        for file in std::fs::read_dir(home.path()).expect("a profile is listed") {
            let file = file.expect("a profile is listed");
            std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("it is copied");
        }
        let place = Place::Files {
            home: copy,
            key: key.clone(),
            store: None,
        };
        Self {
            place,
            commits: self.commits,
            fault: None,
            failed: None,
            planted: None,
            ledger: Ledger::default(),
        }
    }

    pub(super) fn plant(&mut self, bug: Bug, device: DeviceId) {
        self.planted = Some(Planted::new(bug, device));
    }

    /// The bug that was planted, in it or in what is around it.
    pub(super) fn bug(&self) -> Option<Bug> {
        self.planted.as_ref().map(|planted| planted.bug)
    }

    /// Makes the commit with this number fail, counted over all runs.
    pub const fn fail(&mut self, nth: u64, fault: CommitFault) {
        self.fault = Some((nth, fault));
    }

    /// Makes the next commit fail.
    pub const fn fail_next(&mut self, fault: CommitFault) {
        self.fail(self.commits + 1, fault);
    }

    /// Lets the commit that was to fail succeed.
    pub(super) const fn disarm(&mut self) {
        self.fault = None;
    }

    /// Whether the commit that was to fail has failed.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.fault.is_none()
    }

    /// How the latest commit failed, if it did and nobody asked before.
    pub(super) const fn take_failure(&mut self) -> Option<CommitFault> {
        self.failed.take()
    }

    /// Commits a batch; false if it is reported as failed.
    pub fn apply(&mut self, batch: &[Change]) -> bool {
        self.commits += 1;
        let fault = self.fault.take_if(|(nth, _)| *nth <= self.commits);
        self.failed = fault.map(|(_, fault)| fault);
        if self.failed != Some(CommitFault::Lost) {
            self.ledger.note(batch);
            let number = self.commits;
            let planted = self.planted.as_mut();
            let kept = planted.map(|planted| planted.kept(number, batch));
            let batch = kept.as_deref().unwrap_or(batch);
            self.store().apply(batch).expect("a batch is applied");
        }
        fault.is_none()
    }

    /// Lets go of the store without a word to it.
    pub fn crash(&mut self) {
        if let Some(planted) = &mut self.planted {
            planted.crash();
        }
        match &mut self.place {
            Place::Memory(_) => {}
            Place::Files { store, .. } => *store = None,
        }
    }

    /// What the store holds.
    #[must_use]
    pub fn profile(&mut self) -> Profile {
        self.store().profile().expect("a profile is read back")
    }

    /// A view on what is committed.
    #[must_use]
    pub fn reader(&mut self) -> Reader {
        self.store().reader().expect("a reader opens")
    }

    /// Bytes of the write-ahead log; none in memory.
    pub(super) fn log_bytes(&self) -> u64 {
        let Place::Files { home, .. } = &self.place else {
            return 0;
        };
        let wal = home.path().join(format!("{DATABASE_FILE}-wal"));
        std::fs::metadata(wal).map_or(0, |wal| wal.len())
    }

    fn store(&mut self) -> &mut Store {
        match &mut self.place {
            Place::Memory(store) => store,
            Place::Files { home, key, store } => {
                store.get_or_insert_with(|| Store::open(home.path(), key).expect("a store opens"))
            }
        }
    }
}
