//! The store's threads: one that writes, one that reads, and one for what takes long to read.
//!
//! Invariants
//! - Writes happen one after another, in the order in which they were handed over.
//! - A reader sees every write that was reported done before the read was asked for.
//! - What is read aside keeps nothing else from being read, however long it takes.
//! - No thread outlives the [`Storage`] that started it, nor is killed in the middle. Once
//!   [`Storage::close`] returns, all are gone.

use tidings_protocol::record::{Batch, Profile};
use tidings_protocol::time::WallTime;
use tidings_store::{Reader, Readers, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::api::{ApiError, ErrorKind, Said};
use crate::meters::Meters;
use crate::reason;
use crate::thread::Thread;

/// Jobs that wait for a thread at most; who hands over one more waits.
const JOBS_MAX: usize = 64;

type WriteJob = Job<Store>;
type ReadJob = Job<Reader>;
type AsideJob = Job<Readers>;

/// What a thread is asked to do.
enum Job<S> {
    /// Work on the thread's state.
    Work(Box<dyn FnOnce(&mut S) + Send>),
    /// Let go of the state, say so, and end.
    Close(oneshot::Sender<()>),
}

/// A handle to the threads; they end when the last handle is gone.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    write: mpsc::Sender<WriteJob>,
    read: mpsc::Sender<ReadJob>,
    aside: mpsc::Sender<AsideJob>,
    meters: Meters,
    /// Dropped after the senders, so that the threads end.
    threads: [Thread; 3],
}

/// Why a thread gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    /// The store said why.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread has ended.
    #[error("the store's thread has ended")]
    Ended,
}

impl From<&StorageError> for ApiError {
    fn from(error: &StorageError) -> Self {
        match error {
            StorageError::Store(error) => error.into(),
            StorageError::Ended => Self::ending(),
        }
    }
}

impl From<&StoreError> for ApiError {
    fn from(error: &StoreError) -> Self {
        Self::new(ErrorKind::Storage, said(error))
    }
}

/// What the store said went wrong, and what to do; a later store's words are said as they are.
fn said(error: &StoreError) -> Said {
    match error {
        StoreError::NoProfile(home) => reason::no_profile(&home.display().to_string(), error),
        StoreError::ProfileExists(home) => {
            reason::profile_exists(&home.display().to_string(), error)
        }
        StoreError::WrongKey => reason::wrong_key(error),
        StoreError::Damaged(damage) => reason::profile_damaged(damage, error),
        StoreError::NewerSchema { found, known } => {
            reason::newer_schema((*found).into(), (*known).into(), error)
        }
        StoreError::DiskFull => reason::disk_full(error),
        StoreError::Busy => reason::database_busy(error),
        StoreError::Io(io) => reason::files_unusable(&io.to_string(), error),
        StoreError::Poisoned => reason::write_failed_before(error),
        StoreError::Sqlite(sqlite) => reason::database_failed(&sqlite.to_string(), error),
        _ => Said::words(&error.to_string()),
    }
}

impl Storage {
    /// Starts the threads over an open store; hands back what it holds.
    pub(crate) fn start(store: Store, meters: Meters) -> Result<(Self, Profile), StorageError> {
        let profile = store.profile()?;
        let (reader, readers) = (store.reader()?, store.readers());
        let (write, write_jobs) = mpsc::channel(JOBS_MAX);
        let (read, read_jobs) = mpsc::channel(JOBS_MAX);
        let (aside, aside_jobs) = mpsc::channel(JOBS_MAX);
        let threads = [
            spawn("tidings-store", store, write_jobs)?,
            spawn("tidings-read", reader, read_jobs)?,
            spawn("tidings-aside", readers, aside_jobs)?,
        ];
        let storage = Self {
            write,
            read,
            aside,
            meters,
            threads,
        };
        Ok((storage, profile))
    }

    /// Commits a batch; the receiver hears when it is durable, or why not.
    pub(crate) async fn commit(&self, batch: Batch) -> oneshot::Receiver<Result<(), StorageError>> {
        let (done, result) = oneshot::channel();
        let meters = self.meters.clone();
        let job = work(move |store: &mut Store| {
            let begun = meters.begin();
            let applied = store.apply(&batch).map_err(StorageError::from);
            meters.committed(begun, batch.len(), applied.is_ok());
            // Nobody waits any more when the node is ending; the batch is written all the same.
            let _ = done.send(applied);
        });
        // A closed channel drops the job and with it `done`: the receiver hears that.
        let _ = self.write.send(job).await;
        result
    }

    /// Notes how far a named listener has come.
    pub(crate) async fn acknowledge(
        &self,
        listener: String,
        position: u64,
    ) -> Result<(), StorageError> {
        self.write_with(move |store| store.acknowledge(&listener, position))
            .await
    }

    /// Removes what was erased from the pages of the database and from the write-ahead log, if there is
    /// anything and it is time. The log comes first: a full disk that keeps the file from being written
    /// anew does not keep the log from being emptied.
    pub(crate) async fn clean(&self, now: WallTime) -> Result<(), StorageError> {
        self.write_with(move |store| {
            if store.wal_truncate_due() {
                store.truncate_wal()?;
            }
            if store.rewrite_due(now)? {
                store.rewrite(now)?;
                store.truncate_wal()?;
            }
            Ok(())
        })
        .await
    }

    /// Reads what takes a moment.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StorageError> {
        answered(&self.read, |reader| read(reader)).await
    }

    /// Reads what grows with all that is stored, which is asked for rarely: through a connection that is opened for it.
    pub(crate) async fn read_aside<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StorageError> {
        answered(&self.aside, |readers| read(&readers.open()?)).await
    }

    /// Jobs that wait: to write, and to read what takes a moment.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (waiting(&self.write), waiting(&self.read))
    }

    /// Ends the threads once what was handed over before is done; the files are closed then.
    pub(crate) async fn close(&self) {
        close(&self.aside).await;
        close(&self.read).await;
        close(&self.write).await;
        for thread in &self.threads {
            thread.ended().await;
        }
    }

    /// Has the writing thread stand still until the sender is dropped.
    #[cfg(test)]
    pub(crate) async fn hold_writes(&self) -> std::sync::mpsc::Sender<()> {
        let (job, held, release) = tests::held();
        assert!(self.write.send(job).await.is_ok());
        held.await.expect("the thread takes jobs");
        release
    }

    async fn write_with(
        &self,
        write: impl FnOnce(&mut Store) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StorageError> {
        answered(&self.write, write).await
    }
}

/// Has a thread do something; returns what came of it.
async fn answered<S, T: Send + 'static>(
    thread: &mpsc::Sender<Job<S>>,
    ask: impl FnOnce(&mut S) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StorageError> {
    let (done, result) = oneshot::channel();
    let job = work(move |state| {
        let _ = done.send(ask(state));
    });
    thread.send(job).await.map_err(|_| StorageError::Ended)?;
    Ok(result.await.map_err(|_| StorageError::Ended)??)
}

/// Ends a thread once what was handed over before is done.
async fn close<S>(thread: &mpsc::Sender<Job<S>>) {
    let (done, closed) = oneshot::channel();
    if thread.send(Job::Close(done)).await.is_ok() {
        let _ = closed.await;
    }
}

fn work<S>(work: impl FnOnce(&mut S) + Send + 'static) -> Job<S> {
    Job::Work(Box::new(work))
}

/// What is on its way through a channel.
pub(crate) fn waiting<T>(channel: &mpsc::Sender<T>) -> usize {
    channel.max_capacity().saturating_sub(channel.capacity())
}

/// Runs jobs on a thread of their own until told to close or until every handle is gone.
fn spawn<S: Send + 'static>(
    name: &str,
    state: S,
    mut jobs: mpsc::Receiver<Job<S>>,
) -> Result<Thread, StorageError> {
    let work = move || {
        let mut state = state;
        while let Some(job) = jobs.blocking_recv() {
            match job {
                Job::Work(work) => work(&mut state),
                Job::Close(done) => {
                    drop(state);
                    let _ = done.send(());
                    return;
                }
            }
        }
    };
    Thread::start(name, work).map_err(|_| StorageError::Ended)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc::{Sender, channel};

    use futures::future::join_all;
    use futures::poll;

    use super::*;

    fn started() -> Storage {
        Storage::start(Store::in_memory().unwrap(), Meters::default())
            .unwrap()
            .0
    }

    /// A job during which its thread stands still until the sender is dropped.
    pub(super) fn held<S>() -> (Job<S>, oneshot::Receiver<()>, Sender<()>) {
        let (reached, held) = oneshot::channel();
        let (release, released) = channel::<()>();
        let job = work(move |_: &mut S| {
            let _ = reached.send(());
            let _ = released.recv();
        });
        (job, held, release)
    }

    #[tokio::test]
    async fn commits_at_the_limit_are_handed_over_and_one_more_waits() {
        let storage = started();
        let (job, held, release) = held();
        assert!(storage.write.send(job).await.is_ok());
        held.await.unwrap();
        let mut results = Vec::new();
        for _ in 0..JOBS_MAX {
            let mut commit = pin!(storage.commit(Vec::new()));
            let std::task::Poll::Ready(result) = poll!(&mut commit) else {
                panic!("there is room for it");
            };
            results.push(result);
        }
        let mut over = pin!(storage.commit(Vec::new()));
        assert!(poll!(&mut over).is_pending());
        drop(release);
        results.push(over.await);
        for result in results {
            result.await.unwrap().unwrap();
        }
        storage.close().await;
    }

    #[tokio::test]
    async fn a_commit_is_counted_with_its_changes_where_anybody_wants_to_know() {
        let meters = Meters::running();
        let store = Store::in_memory().unwrap();
        let (storage, _) = Storage::start(store, meters.clone()).unwrap();
        storage.commit(Vec::new()).await.await.unwrap().unwrap();
        let (taken, _) = meters.counts().unwrap().commits.taken();
        assert_eq!(taken.iter().map(|(_, count)| count).sum::<u64>(), 1);
        assert_eq!(storage.waiting(), (0, 0));
        storage.close().await;
    }

    #[tokio::test]
    async fn what_is_read_aside_keeps_no_other_read_waiting() {
        let storage = started();
        let (job, held, release) = held();
        assert!(storage.aside.send(job).await.is_ok());
        held.await.unwrap();
        let mut long = pin!(storage.read_aside(Reader::check));
        assert!(poll!(&mut long).is_pending(), "it waits for the one before");
        assert_eq!(storage.read(Reader::last_position).await.unwrap(), 0);
        assert!(poll!(&mut long).is_pending());
        drop(release);
        assert_eq!(long.await.unwrap(), [""; 0]);
        storage.close().await;
    }

    #[tokio::test]
    async fn reads_at_the_limit_are_handed_over_and_one_more_waits() {
        let storage = started();
        let (job, held, release) = held();
        assert!(storage.read.send(job).await.is_ok());
        held.await.unwrap();
        let mut reads: Vec<_> = (0..=JOBS_MAX)
            .map(|_| Box::pin(storage.read(Reader::last_position)))
            .collect();
        for read in reads.iter_mut().take(JOBS_MAX) {
            assert!(poll!(read).is_pending());
        }
        assert_eq!(storage.read.capacity(), 0, "as many as may wait");
        assert!(poll!(reads.last_mut().unwrap()).is_pending());
        drop(release);
        for read in join_all(reads).await {
            assert_eq!(read.unwrap(), 0);
        }
        storage.close().await;
    }
}
