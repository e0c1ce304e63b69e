//! The profile's socket: accepts programs and counts them.
//!
//! Invariants
//! - The socket is there only while this process holds the profile's lock.
//! - A program over [`CONNECTIONS_MAX`] is told so and let go.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::Service;
use super::conversation::{AtEnd, converse, stopped};
use super::message::Answer;
use crate::api::{ApiError, ErrorKind};
use crate::home::{BoundSocket, HomeLock, SocketFile};
use crate::reason;

/// How many programs are attached at a time.
pub const CONNECTIONS_MAX: usize = 64;
/// How long requests that run may take to end once the server stops.
const STOP_MILLISECONDS_MAX: u64 = 2_000;
/// How long to wait after the system could not accept, as when files run out.
const ACCEPT_RETRY_MILLISECONDS: u64 = 100;

/// Serves the profile's socket until it is stopped or dropped.
#[derive(Debug)]
pub struct SocketServer {
    path: PathBuf,
    attached: watch::Receiver<usize>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl SocketServer {
    /// Begins to serve, in place of what an ended process left. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// What the system says; see [`crate::home::Home::socket_path`] for where the socket goes.
    pub fn start<S: Service>(lock: &HomeLock, service: S) -> io::Result<Self> {
        let BoundSocket { listener, file } = lock.bind_socket()?;
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener)?;
        let path = file.path().to_owned();
        let (attached_sender, attached) = watch::channel(0);
        let (stop, stop_receiver) = watch::channel(false);
        let accepting = Accepting {
            service,
            attached: attached_sender,
            stop: stop_receiver,
        };
        let accepting = tokio::spawn(accepting.run(listener, file));
        Ok(Self {
            path,
            attached,
            stop,
            accepting,
        })
    }

    /// Where programs connect.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many programs are attached, as it changes.
    #[must_use]
    pub fn attached(&self) -> watch::Receiver<usize> {
        self.attached.clone()
    }

    /// Returns once no program is attached.
    pub async fn idle(&self) {
        let _ = self.attached().wait_for(|attached| *attached == 0).await;
    }

    /// Takes the socket away, gives requests that run a moment to be answered, and ends.
    ///
    /// Make waiting requests fail with [`ErrorKind::Unavailable`] first, else they use up the
    /// moment.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for SocketServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

struct Accepting<S> {
    service: S,
    attached: watch::Sender<usize>,
    stop: watch::Receiver<bool>,
}

impl<S: Service> Accepting<S> {
    async fn run(mut self, listener: UnixListener, file: SocketFile) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stopped(&mut self.stop) => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) if connections.len() < CONNECTIONS_MAX => {
                        connections.spawn(self.serve(stream));
                    }
                    Ok((stream, _)) => refuse(stream),
                    Err(error) => {
                        tracing::warn!(%error, "the profile's socket accepts nobody");
                        let pause = Duration::from_millis(ACCEPT_RETRY_MILLISECONDS);
                        tokio::time::sleep(pause).await;
                    }
                },
            }
            self.attached.send_replace(connections.len());
        }
        drop((listener, file));
        let limit = Duration::from_millis(STOP_MILLISECONDS_MAX);
        let ended = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(limit, ended).await;
        connections.shutdown().await;
        self.attached.send_replace(0);
    }

    fn serve(&self, stream: UnixStream) -> impl Future<Output = ()> + Send + use<S> {
        let (service, stop) = (self.service.clone(), self.stop.clone());
        async move {
            let (reader, writer) = stream.into_split();
            if let Err(error) = converse(reader, writer, service, AtEnd::Drop, stop).await {
                tracing::debug!(%error, "a program's connection ended");
            }
        }
    }
}

/// Tells a program that it is one too many, as far as that goes without waiting for it.
fn refuse(stream: UnixStream) {
    let failure = ApiError::new(ErrorKind::Unavailable, reason::too_many_programs()).into();
    let mut line = Answer {
        id: Value::Null,
        outcome: Err(failure),
    }
    .encode();
    line.push(b'\n');
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(&line);
    }
}
