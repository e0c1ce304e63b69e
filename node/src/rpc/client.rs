//! A client of a running node: many calls at a time over one connection.
//!
//! Invariants
//! - A call is pending from its permit to its reply, its loss or its cancellation; at most
//!   [`REQUESTS_CONCURRENT_MAX`] are.
//! - Once the connection is lost, every pending and later call fails with
//!   [`ErrorKind::Unavailable`].

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::conversation::REQUESTS_CONCURRENT_MAX;
use super::line::{LINE_BYTES_MAX, LineReader, REPLY_BYTES_MAX, write_lines};
use super::message::{Answer, Call, FORGET, Failure, Greeting, HELLO, internal};
use super::{RPC_VERSION, Service};
use crate::api::{ApiError, ErrorKind, Method, Reply, Request, Said};
use crate::home::Home;
use crate::{reason, words};

/// How many lines wait for the writer: every call's, and the word to forget it.
pub(super) const LINES_QUEUED_MAX: usize = 2 * REQUESTS_CONCURRENT_MAX;
/// How long a node may take to say hello.
const HELLO_MILLISECONDS_MAX: u64 = 10_000;

/// Why there is no connection to a profile's node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttachError {
    /// No node runs for the profile.
    #[error("no node is running for this profile. Start one with `tidings daemon run`.")]
    NotRunning,
    /// The node speaks another version.
    #[error(
        "the running node ({program}) speaks version {theirs}, this program {ours}. Stop the node \
         and start it with this program, or use the node's."
    )]
    Version {
        /// The version of this program.
        ours: u32,
        /// The version of the node.
        theirs: u32,
        /// What the node calls itself.
        program: String,
    },
    /// The node turned us away.
    #[error(transparent)]
    Refused(ApiError),
    /// The system failed.
    #[error("the running node cannot be reached: {}. Try again, or stop the node.", words::of_system(.0))]
    Io(#[source] io::Error),
}

impl AttachError {
    /// What happened, and what to do.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::NotRunning => reason::node_not_running(self),
            Self::Version {
                ours,
                theirs,
                program,
            } => reason::node_version(program, (*theirs).into(), (*ours).into(), self),
            Self::Refused(error) => Said::of(error),
            Self::Io(error) => reason::node_unreached(&words::of_system(error), self),
        }
    }
}

/// A connection to a profile's running node; it ends with its last clone.
#[derive(Debug, Clone)]
pub struct Attached {
    lines: mpsc::Sender<Vec<u8>>,
    pending: Arc<Mutex<Pending>>,
    permits: Arc<Semaphore>,
}

impl Attached {
    /// Connects to the node that runs for the profile in `home`.
    ///
    /// # Errors
    /// See [`AttachError`].
    #[cfg(unix)]
    pub async fn connect(home: &Home) -> Result<Self, AttachError> {
        let stream = async { tokio::net::UnixStream::connect(home.socket_path()?).await };
        match stream.await {
            Ok(stream) => Self::over(stream).await,
            Err(error) if is_absence(&error) => Err(AttachError::NotRunning),
            Err(error) => Err(AttachError::Io(error)),
        }
    }

    /// Connects to the node that runs for the profile in `home`: here there are no sockets.
    ///
    /// # Errors
    /// Always [`AttachError::NotRunning`].
    #[cfg(not(unix))]
    #[expect(
        clippy::unused_async,
        reason = "the same signature as where there are sockets"
    )]
    pub async fn connect(_home: &Home) -> Result<Self, AttachError> {
        Err(AttachError::NotRunning)
    }

    /// Greets the node at the other end of `stream`.
    pub(super) async fn over<T>(stream: T) -> Result<Self, AttachError>
    where
        T: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (lines, queue) = mpsc::channel(LINES_QUEUED_MAX);
        let pending = Arc::new(Mutex::new(Pending::default()));
        let permits = Arc::new(Semaphore::new(REQUESTS_CONCURRENT_MAX));
        tokio::spawn(carry(stream, queue, Arc::clone(&pending)));
        let attached = Self {
            lines,
            pending,
            permits,
        };
        attached.greet().await?;
        Ok(attached)
    }

    /// Calls a method.
    ///
    /// Dropping the future forgets the call; a change that it asked for may be made all the same.
    ///
    /// # Errors
    /// What the node says; [`ErrorKind::Unavailable`] if the connection is lost.
    pub async fn call<M: Method>(&self, request: M) -> Result<M::Reply, ApiError> {
        let params = serde_json::to_value(&request).map_err(|error| internal(&error))?;
        let result = self.ask(M::NAME, params).await?;
        serde_json::from_value(result).map_err(|error| internal(&error))
    }

    /// Resolves when the connection is lost, as when the node has ended.
    pub async fn closed(&self) {
        self.lines.closed().await;
    }

    async fn ask(&self, method: &str, params: Value) -> Result<Value, Failure> {
        let _permit = self.permits.acquire().await.map_err(|_| lost())?;
        let (reply_sender, reply) = oneshot::channel();
        let id = lock(&self.pending).enter(reply_sender)?;
        let _entry = Entry { attached: self, id };
        let call = Call {
            id: Some(id.into()),
            method: method.to_owned(),
            params,
        };
        let line = call.encode();
        if line.len() > LINE_BYTES_MAX {
            return Err(ApiError::invalid(reason::request_too_large(method)).into());
        }
        self.lines.send(line).await.map_err(|_| lost())?;
        reply
            .await
            .unwrap_or_else(|_| Err(lock(&self.pending).failure()))
    }

    async fn greet(&self) -> Result<(), AttachError> {
        let params = serde_json::to_value(Greeting::ours())
            .map_err(|error| AttachError::Refused(internal(&error)))?;
        let limit = Duration::from_millis(HELLO_MILLISECONDS_MAX);
        let answer = tokio::time::timeout(limit, self.ask(HELLO, params)).await;
        let answer = answer.map_err(|elapsed| AttachError::Io(elapsed.into()))?;
        let greeting = match &answer {
            Ok(greeting) => serde_json::from_value::<Greeting>(greeting.clone()).ok(),
            Err(failure) => failure.greeting(),
        };
        match (answer, greeting) {
            (_, Some(theirs)) if theirs.version != RPC_VERSION => Err(AttachError::Version {
                ours: RPC_VERSION,
                theirs: theirs.version,
                program: theirs.program,
            }),
            // The node ended while it was being greeted.
            (Err(failure), _) if failure == lost() => Err(AttachError::NotRunning),
            (Err(failure), _) => Err(AttachError::Refused(failure.into())),
            (Ok(_), None) => {
                let error = ApiError::new(ErrorKind::Conflict, reason::other_program());
                Err(AttachError::Refused(error))
            }
            (Ok(_), Some(_)) => Ok(()),
        }
    }
}

/// An attached client stands in for the node, as when it is served on stdio.
impl Service for Attached {
    async fn handle(&self, request: Request) -> Result<Reply, ApiError> {
        let params = request.to_json().map_err(|error| internal(&error))?;
        let result = self.ask(request.method(), params).await?;
        Reply::from_json(&request, result).map_err(|error| internal(&error))
    }
}

/// Calls that wait for their replies.
#[derive(Debug, Default)]
struct Pending {
    calls: HashMap<u64, oneshot::Sender<Result<Value, Failure>>>,
    last_id: u64,
    /// Set once the connection is lost: why.
    lost: Option<Failure>,
}

impl Pending {
    fn enter(&mut self, reply: oneshot::Sender<Result<Value, Failure>>) -> Result<u64, Failure> {
        if let Some(failure) = &self.lost {
            return Err(failure.clone());
        }
        self.last_id += 1;
        self.calls.insert(self.last_id, reply);
        Ok(self.last_id)
    }

    fn settle(&mut self, answer: Answer) {
        let call = answer.id.as_u64().and_then(|id| self.calls.remove(&id));
        match (call, answer.outcome) {
            // Fails only if the caller has just gone.
            (Some(call), outcome) => drop(call.send(outcome)),
            // About the connection as a whole: what the node says before it closes it.
            (None, Err(failure)) if answer.id.is_null() => self.lost = Some(failure),
            (None, Ok(_) | Err(_)) => {}
        }
    }

    fn lose(&mut self) {
        let failure = self.failure();
        self.lost = Some(failure.clone());
        for (_, call) in self.calls.drain() {
            let _ = call.send(Err(failure.clone()));
        }
    }

    fn failure(&self) -> Failure {
        self.lost.clone().unwrap_or_else(lost)
    }
}

/// A pending call; dropped before its reply has come, it is forgotten on both sides.
struct Entry<'a> {
    attached: &'a Attached,
    id: u64,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if lock(&self.attached.pending)
            .calls
            .remove(&self.id)
            .is_some()
        {
            let params = json!({ "id": self.id });
            let forget = Call {
                id: None,
                method: FORGET.to_owned(),
                params,
            };
            // Should the queue be full, the node only waits in vain.
            let _ = self.attached.lines.try_send(forget.encode());
        }
    }
}

/// Whether nobody listens, or never did.
#[cfg(unix)]
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            // It ended just then.
            | io::ErrorKind::ConnectionReset
    )
}

/// Carries lines both ways until the last clone is dropped or the connection is lost.
async fn carry<T>(stream: T, queue: mpsc::Receiver<Vec<u8>>, pending: Arc<Mutex<Pending>>)
where
    T: AsyncRead + AsyncWrite,
{
    let (reader, writer) = tokio::io::split(stream);
    let reading = async {
        let mut lines = LineReader::new(reader, REPLY_BYTES_MAX);
        while let Ok(Some(line)) = lines.next().await {
            if let Some(answer) = Answer::parse(&line) {
                lock(&pending).settle(answer);
            }
        }
    };
    let writing = async {
        if write_lines(writer, queue).await.is_err() {
            // What the node said before it closed is still to be read.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = reading => {}
        () = writing => {}
    }
    lock(&pending).lose();
}

fn lock(pending: &Mutex<Pending>) -> MutexGuard<'_, Pending> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lost() -> Failure {
    ApiError::new(ErrorKind::Unavailable, reason::connection_lost()).into()
}
