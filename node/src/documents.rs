//! The documents' thread: builds every conversation's Automerge documents off the send path.
//!
//! ```text
//!   accepted operations --> open segment --accept--> heads
//!                     \--> closed or in doubt: built again from the store when next needed
//! ```
//!
//! Invariants
//! - Documents are a cache: whatever is lost or in doubt is built again from the store.
//! - What is handed over is durable already, so the store has it.
//! - Of what waits, no bodies are kept, and at most [`OPERATIONS_WAITING_MAX`] operations.

mod looking;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tidings_protocol::conversation::{Accepted, Documents as Open, Head, SegmentDocument};
use tidings_protocol::engine::Job;
use tidings_protocol::id::ConversationId;
use tidings_protocol::operation::Operation;
use tidings_store::{AcceptedRow, Reader, Readers, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::thread::Thread;
use looking::Look;
pub(crate) use looking::Looked;

/// Jobs that wait at most; above that, documents are closed and built again when needed.
const JOBS_MAX: usize = 4096;
/// Operations in those jobs.
const OPERATIONS_WAITING_MAX: usize = 16 * 1024;
/// Conversations whose documents are kept open.
const CONVERSATIONS_OPEN_MAX: usize = 16;

/// The heads of each of a conversation's segments.
pub(crate) type Heads = BTreeMap<u64, Vec<Head>>;

/// Why heads are not to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentsError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The document could not be built.
    #[error(transparent)]
    Document(#[from] tidings_protocol::conversation::DocumentError),
    /// The thread has ended.
    #[error("the documents' thread has ended")]
    Ended,
}

/// What a document needs of an operation, and where it belongs.
#[derive(Debug)]
struct Placed {
    conversation: ConversationId,
    segment: u64,
    accepted: Accepted,
}

#[derive(Debug)]
enum Task {
    Record(Vec<Placed>),
    Rebuild(ConversationId),
    Heads(
        ConversationId,
        oneshot::Sender<Result<Heads, DocumentsError>>,
    ),
    Look(Look, oneshot::Sender<Result<Looked, DocumentsError>>),
    /// Let go of the store, say so, and end.
    Close(oneshot::Sender<()>),
    /// Say that this is reached, and stand still until told to go on.
    #[cfg(test)]
    Hold(oneshot::Sender<()>, oneshot::Receiver<()>),
}

/// A handle to the thread; it ends when the last handle is gone.
#[derive(Debug, Clone)]
pub(crate) struct Documents {
    tasks: mpsc::Sender<Task>,
    /// Whether a job was dropped since the documents were last built anew.
    behind: Arc<AtomicBool>,
    /// Operations that wait.
    waiting: Arc<AtomicUsize>,
    /// Dropped after the sender, so that the thread ends.
    thread: Thread,
}

impl Documents {
    /// Starts the thread. It opens a reader of its own once it needs one.
    pub(crate) fn start(readers: Readers) -> Result<Self, DocumentsError> {
        let (tasks, mut queue) = mpsc::channel(JOBS_MAX);
        let behind = Arc::new(AtomicBool::new(false));
        let noticed = Arc::clone(&behind);
        let waiting = Arc::new(AtomicUsize::new(0));
        let taken = Arc::clone(&waiting);
        let work = move || {
            let mut builder = Builder {
                readers,
                reader: None,
                behind: noticed,
                waiting: taken,
                open: BTreeMap::new(),
            };
            while let Some(task) = queue.blocking_recv() {
                if let Some(closed) = builder.run(task, &mut queue) {
                    drop(builder);
                    let _ = closed.send(());
                    return;
                }
            }
        };
        let thread = Thread::start("tidings-documents", work).map_err(|_| DocumentsError::Ended)?;
        Ok(Self {
            tasks,
            behind,
            waiting,
            thread,
        })
    }

    /// Hands over work; never waits.
    pub(crate) fn compute(&self, job: Job) {
        let task = match job {
            Job::Record(operations) => {
                let count = operations.len();
                // Nobody else adds, so the sum cannot grow between the two.
                let waiting = self.waiting.load(Ordering::Acquire);
                if waiting.saturating_add(count) > OPERATIONS_WAITING_MAX {
                    self.behind.store(true, Ordering::Release);
                    return;
                }
                self.waiting.fetch_add(count, Ordering::AcqRel);
                Task::Record(operations.iter().map(Placed::from).collect())
            }
            Job::Rebuild(conversation) => Task::Rebuild(conversation),
        };
        if let Err(error) = self.tasks.try_send(task) {
            if let Task::Record(operations) = error.into_inner() {
                self.waiting.fetch_sub(operations.len(), Ordering::AcqRel);
            }
            self.behind.store(true, Ordering::Release);
        }
    }

    /// Ends the thread; it is gone then, and has let go of the store.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.tasks.send(Task::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
        self.thread.ended().await;
    }

    /// The heads of all of a conversation's segments.
    pub(crate) async fn heads(
        &self,
        conversation: ConversationId,
    ) -> Result<Heads, DocumentsError> {
        let (done, heads) = oneshot::channel();
        let task = Task::Heads(conversation, done);
        self.tasks
            .send(task)
            .await
            .map_err(|_| DocumentsError::Ended)?;
        heads.await.map_err(|_| DocumentsError::Ended)?
    }
}

/// The thread's state.
struct Builder {
    readers: Readers,
    /// Open once something was read.
    reader: Option<Reader>,
    behind: Arc<AtomicBool>,
    waiting: Arc<AtomicUsize>,
    open: BTreeMap<ConversationId, Open>,
}

impl Builder {
    /// Does a task, and with it whatever else waits: many operations at once are cheaper. Returns
    /// whom to tell when told to end.
    fn run(
        &mut self,
        first: Task,
        queue: &mut mpsc::Receiver<Task>,
    ) -> Option<oneshot::Sender<()>> {
        let mut next = Some(first);
        let mut batch = Vec::new();
        while let Some(task) = next {
            match task {
                Task::Record(operations) => {
                    self.waiting.fetch_sub(operations.len(), Ordering::AcqRel);
                    batch.extend(operations);
                }
                Task::Rebuild(conversation) => {
                    self.open.remove(&conversation);
                }
                Task::Heads(conversation, done) => {
                    self.record(std::mem::take(&mut batch));
                    let _ = done.send(self.heads(conversation));
                }
                Task::Look(look, done) => {
                    self.record(std::mem::take(&mut batch));
                    let _ = done.send(self.look(look));
                }
                Task::Close(closed) => return Some(closed),
                #[cfg(test)]
                Task::Hold(reached, released) => {
                    let _ = reached.send(());
                    let _ = released.blocking_recv();
                }
            }
            if batch.len() >= OPERATIONS_WAITING_MAX {
                break;
            }
            next = queue.try_recv().ok();
        }
        self.record(batch);
        None
    }

    /// Adds operations to the documents of their segments.
    fn record(&mut self, operations: Vec<Placed>) {
        if self.behind.swap(false, Ordering::AcqRel) {
            self.open.clear();
        }
        let mut segments: BTreeMap<(ConversationId, u64), Vec<Accepted>> = BTreeMap::new();
        for placed in operations {
            segments
                .entry((placed.conversation, placed.segment))
                .or_default()
                .push(placed.accepted);
        }
        for ((conversation, segment), accepted) in segments {
            if let Err(error) = self.record_segment(conversation, segment, accepted) {
                // Closed, it is built again from the store when it is next needed.
                // It may name whose operations they were.
                tracing::debug!(%error, "a document could not take operations");
                tracing::warn!("a document could not take operations, and is built anew");
                self.open.remove(&conversation);
            }
        }
    }

    fn record_segment(
        &mut self,
        conversation: ConversationId,
        segment: u64,
        operations: Vec<Accepted>,
    ) -> Result<(), DocumentsError> {
        let open = self
            .open
            .get_mut(&conversation)
            .and_then(|open| open.close(segment));
        let document = match open {
            Some(mut document) => {
                looking::catch_up(&mut document, operations)?;
                document
            }
            // The store has these operations already.
            None => self.build(conversation, segment)?,
        };
        self.keep(conversation, document);
        Ok(())
    }

    fn heads(&mut self, conversation: ConversationId) -> Result<Heads, DocumentsError> {
        let mut heads = Heads::new();
        for segment in self.reader()?.segments(conversation)? {
            let open = self
                .open
                .get(&conversation)
                .and_then(|open| open.segment(segment));
            let of_segment = match open {
                Some(document) => (!document.is_empty()).then(|| document.heads()),
                None => {
                    let document = self.build(conversation, segment)?;
                    let of_segment = (!document.is_empty()).then(|| document.heads());
                    self.keep(conversation, document);
                    of_segment
                }
            };
            if let Some(of_segment) = of_segment {
                heads.insert(segment, of_segment);
            }
        }
        Ok(heads)
    }

    fn reader(&mut self) -> Result<Reader, StoreError> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.readers.open()?,
        };
        self.reader = Some(reader.clone());
        Ok(reader)
    }

    fn build(
        &mut self,
        conversation: ConversationId,
        segment: u64,
    ) -> Result<SegmentDocument, DocumentsError> {
        let mut document = SegmentDocument::new(conversation, segment)?;
        let rows = self.reader()?.accepted(conversation, segment)?;
        document.accept_all(rows.iter().map(accepted))?;
        Ok(document)
    }

    /// Keeps a document open, closing the earliest segment or some other conversation for it.
    fn keep(&mut self, conversation: ConversationId, document: SegmentDocument) {
        if !self.open.contains_key(&conversation) && self.open.len() >= CONVERSATIONS_OPEN_MAX {
            self.open.pop_first();
        }
        let open = self
            .open
            .entry(conversation)
            .or_insert_with(|| Open::new(conversation));
        let earliest = open.segments().next();
        if open.segments().count() >= Open::OPEN_SEGMENTS_MAX
            && let Some(earliest) = earliest
        {
            open.close(earliest);
        }
        if let Err(error) = open.insert(document) {
            tracing::debug!(%error, "a document stays closed");
        }
    }
}

impl From<&Operation> for Placed {
    fn from(operation: &Operation) -> Self {
        let header = operation.header();
        Self {
            conversation: header.conversation,
            segment: header.logical.segment(),
            accepted: Accepted::from(operation),
        }
    }
}

fn accepted(row: &AcceptedRow) -> Accepted {
    Accepted {
        id: row.id,
        actor: row.actor,
        seq: row.seq,
        kind: row.kind,
        logical: row.logical,
        wall: row.wall,
        target: row.target,
        body: row.body,
    }
}

#[cfg(test)]
mod tests;
