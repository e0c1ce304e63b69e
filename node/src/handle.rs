//! Handles to a node: one that runs here, and one that may run in another process.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::api::{ApiError, ErrorKind, Method, Request, RequestId};
use crate::builder::Builder;
use crate::documents::Documents;
use crate::driver::{Order, OrderError};
use crate::error::OpenError;
use crate::home::{Home, HomeLock};
use crate::metrics::MetricsServer;
use crate::net::Net;
use crate::reason;
use crate::rpc::{AttachError, Attached, SocketServer};
use crate::service::Service;
use crate::storage::Storage;
use crate::versions::OtherVersions;
use crate::watch::Watch;

/// How often a profile that is neither free nor answering is tried again.
const ATTACH_TRIES: u32 = 100;
/// How long to wait in between.
const ATTACH_WAIT: Duration = Duration::from_millis(50);

/// What a running node consists of.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) driver: JoinHandle<Result<(), OrderError>>,
    pub(crate) server: Option<SocketServer>,
    pub(crate) metrics: Option<MetricsServer>,
    pub(crate) net: Option<Net>,
    pub(crate) documents: Documents,
    pub(crate) storage: Storage,
    pub(crate) lock: Option<HomeLock>,
}

/// A node that runs in this process. Clones are the same node.
#[derive(Clone)]
pub struct Node {
    service: Service,
    socket: Option<Arc<Path>>,
    metrics: Option<SocketAddr>,
    running: Arc<Mutex<Option<Running>>>,
}

impl Node {
    /// What carries out its requests, for tests.
    #[cfg(test)]
    pub(crate) const fn service(&self) -> &Service {
        &self.service
    }

    pub(crate) fn new(service: Service, running: Running) -> Self {
        let socket = running
            .server
            .as_ref()
            .map(|server| Arc::from(server.path()));
        Self {
            service,
            socket,
            metrics: running.metrics.as_ref().map(MetricsServer::address),
            running: Arc::new(Mutex::new(Some(running))),
        }
    }

    /// Carries out a request.
    ///
    /// # Errors
    /// [`ApiError`]; what was to be changed was not.
    pub async fn call<M: Method>(&self, request: M) -> Result<M::Reply, ApiError> {
        let reply = self.service.handle(request.into()).await?;
        M::reply(reply).ok_or_else(|| ApiError::new(ErrorKind::Internal, reason::other_reply()))
    }

    /// The socket at which other processes attach, if it serves any.
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// Where it serves metrics, if it was asked to.
    #[must_use]
    pub const fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Where it listens: multiaddrs.
    #[must_use]
    pub fn listening(&self) -> Vec<String> {
        self.service.listening()
    }

    /// Tells of each contact once whose version this one cannot talk to.
    #[must_use]
    pub fn other_versions(&self) -> OtherVersions {
        self.service.follow_versions()
    }

    /// Watches a directory on a stick, which need not be there: takes what others left on it, and leaves what is
    /// carried here. It goes on for as long as [`Watch::next`](crate::Watch::next) is awaited.
    #[must_use]
    pub fn watch(&self, directory: impl Into<std::path::PathBuf>) -> Watch {
        Watch::new(self.service.clone(), directory.into())
    }

    /// Resolves when nobody is attached.
    pub async fn idle(&self) {
        let attached = match &*self.running.lock().await {
            Some(Running {
                server: Some(server),
                ..
            }) => Some(server.attached()),
            Some(_) | None => None,
        };
        if let Some(mut attached) = attached {
            // An error means that the server has ended, and with it whoever was attached.
            let _ = attached.wait_for(|count| *count == 0).await;
        }
    }

    /// Resolves when the node has ended, by [`crate::api::Stop`] or by a fault of its own.
    pub async fn ended(&self) {
        self.service.end().reached().await;
    }

    /// Whether it ends, or has ended, in favour of a node that stays: see
    /// [`crate::api::HandOver`].
    #[must_use]
    pub fn was_handed_over(&self) -> bool {
        self.service.was_handed_over()
    }

    /// Ends the node: what was accepted is durable, files are closed, the profile is free.
    ///
    /// # Errors
    /// [`ApiError`] of kind [`ErrorKind::Storage`] if the store had failed.
    pub async fn shutdown(&self) -> Result<(), ApiError> {
        let Some(running) = self.running.lock().await.take() else {
            return Ok(());
        };
        // The driver first: its end answers every wait, so that the server has none to cut off.
        self.service.order(Order::End).await;
        let ended = running.driver.await;
        if let Some(server) = running.server {
            server.stop().await;
        }
        if let Some(metrics) = running.metrics {
            metrics.stop().await;
        }
        if let Some(net) = running.net {
            net.shutdown().await;
        }
        running.documents.close().await;
        running.storage.close().await;
        drop(running.lock);
        tracing::info!("the node has ended");
        match ended {
            Ok(Ok(())) | Ok(Err(OrderError::Ending)) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            // What a panic says may hold what somebody wrote.
            Err(_) => Err(ApiError::new(ErrorKind::Internal, reason::node_faulted())),
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

/// A node, wherever it runs.
#[derive(Debug, Clone)]
pub enum Client {
    /// In this process.
    Local(Node),
    /// In another process of this machine.
    Attached(Attached),
}

impl Client {
    /// Attaches to the profile's running node, else opens the profile in this process.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::InUse`] if a process holds the profile and does not answer.
    pub async fn attach_or_open(mut open: impl FnMut() -> Builder) -> Result<Self, OpenError> {
        let builder = open();
        let Some(home) = builder.home().cloned() else {
            return builder.open().await.map(Self::Local);
        };
        for _ in 0..ATTACH_TRIES {
            match Attached::connect(&home).await {
                Ok(attached) => return Ok(Self::Attached(attached)),
                Err(AttachError::NotRunning) => {}
                Err(error) => return Err(OpenError::Network(error.to_string())),
            }
            match open().open().await {
                // Another process was quicker: its socket will be there in a moment.
                Err(OpenError::InUse { .. }) => tokio::time::sleep(ATTACH_WAIT).await,
                opened => return opened.map(Self::Local),
            }
        }
        Err(OpenError::InUse {
            home: home.path().into(),
        })
    }

    /// Carries out a request.
    ///
    /// # Errors
    /// [`ApiError`]; of kind [`ErrorKind::Unavailable`] if the node ended meanwhile: attach or open
    /// again, and send the request with the same id.
    pub async fn call<M: Method>(&self, request: M) -> Result<M::Reply, ApiError> {
        match self {
            Self::Local(node) => node.call(request).await,
            Self::Attached(attached) => attached.call(request).await,
        }
    }
}

/// A fresh name for a mutating request.
///
/// # Panics
/// If the operating system gives no random numbers: nothing can be done safely then.
#[must_use]
pub fn request_id() -> RequestId {
    let mut bytes = [0; 16];
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing can be done safely"
    )]
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    RequestId::new(bytes)
}

/// Whether there is a profile in this directory.
#[must_use]
pub fn profile_exists(home: impl Into<PathBuf>) -> bool {
    Home::new(home).exists()
}

impl crate::rpc::Service for Client {
    async fn handle(&self, request: Request) -> Result<crate::api::Reply, ApiError> {
        match self {
            Self::Local(node) => node.service.handle(request).await,
            Self::Attached(attached) => attached.handle(request).await,
        }
    }
}

impl crate::rpc::Service for Service {
    async fn handle(&self, request: Request) -> Result<crate::api::Reply, ApiError> {
        Self::handle(self, request).await
    }
}
