//! The metrics' port: on loopback, and only if asked for, it answers `GET /metrics` with what is measured.
//!
//! ```text
//!   Prometheus --GET /metrics--> one task a connection --> Source: asked of driver, store and network, once a second
//! ```
//!
//! Invariants
//! - Nobody but this machine connects: an address that is not loopback is not listened on.
//! - Connections, the length of a request and the time that a connection lasts are bounded; whoever is over a bound is
//!   let go, and nobody else notices.
//! - However many ask, what is measured is gathered once at a time, and not again within a second.
//! - No name, text, id or address is in an answer.

mod reading;
mod request;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout};

pub(crate) use self::reading::{Outbox, Reading};
use self::request::{Asked, REQUEST_BYTES_MAX, Refusal};

/// Connections at a time; a browser makes fewer to one address, so that no page keeps others out.
const CONNECTIONS_MAX: usize = 16;
/// How long to wait after the system could not accept, as when files run out.
const ACCEPT_RETRY_TIME: Duration = Duration::from_millis(100);
/// What comes after a request is read and thrown away up to this, as else the system takes back the answer.
const REST_BYTES_MAX: u64 = 64 * 1024;

/// How long things last.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// A connection, at most, whoever is slow.
    connection: Duration,
    /// What was gathered, until it is gathered anew.
    fresh: Duration,
}

impl Times {
    const USUAL: Self = Self {
        connection: Duration::from_secs(10),
        fresh: Duration::from_secs(1),
    };
}

/// Why there is no port for metrics.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetricsError {
    /// Others could connect there.
    #[error(
        "metrics are for this machine alone, and {address} is not: give a loopback address, such as 127.0.0.1:9464"
    )]
    NotLoopback {
        /// As asked for.
        address: SocketAddr,
    },
    /// It cannot be listened on.
    #[error("{}", bind_message(address, source))]
    Bind {
        /// As asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

fn bind_message(address: &SocketAddr, source: &io::Error) -> String {
    let kind = source.kind();
    let what_to_do = if kind == io::ErrorKind::AddrInUse {
        "another program uses that port; choose another one, or port 0 for any that is free"
    } else if kind == io::ErrorKind::PermissionDenied {
        "not permitted; choose a port above 1023"
    } else if kind == io::ErrorKind::AddrNotAvailable {
        "this machine does not have that address; try 127.0.0.1"
    } else {
        return format!("cannot serve metrics at {address}: {source}; give another address");
    };
    format!("cannot serve metrics at {address}: {what_to_do}")
}

/// Whoever knows what is measured.
pub(crate) trait Source: Send + Sync + 'static {
    /// All of it in the text format; nothing if the node is ending.
    fn gather(&self) -> impl Future<Output = Option<String>> + Send;
}

/// A port that is bound, and not served yet: connections wait.
#[derive(Debug)]
pub(crate) struct MetricsPort {
    listener: TcpListener,
    address: SocketAddr,
}

impl MetricsPort {
    /// Binds a port; which, if the system was to choose one, is [`MetricsServer::address`].
    pub(crate) async fn bind(address: SocketAddr) -> Result<Self, MetricsError> {
        if !address.ip().is_loopback() {
            return Err(MetricsError::NotLoopback { address });
        }
        let bound = Self::bind_there(address).await;
        bound.map_err(|source| MetricsError::Bind { address, source })
    }

    async fn bind_there(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Begins to serve.
    pub(crate) fn serve(self, source: impl Source) -> MetricsServer {
        self.serve_within(source, Times::USUAL)
    }

    fn serve_within(self, source: impl Source, times: Times) -> MetricsServer {
        let page = Arc::new(Page {
            source,
            times,
            gathered: Mutex::new(None),
        });
        MetricsServer {
            address: self.address,
            accepting: tokio::spawn(accept(self.listener, page)),
        }
    }
}

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct MetricsServer {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl MetricsServer {
    /// Where.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, and every connection; nothing of it is left then.
    pub(crate) async fn stop(mut self) {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What is answered, as it was gathered last.
struct Page<S> {
    source: S,
    times: Times,
    gathered: Mutex<Option<(Instant, Arc<str>)>>,
}

impl<S: Source> Page<S> {
    async fn now(&self) -> Option<Arc<str>> {
        let mut gathered = self.gathered.lock().await;
        if let Some((at, text)) = &*gathered
            && at.elapsed() < self.times.fresh
        {
            return Some(Arc::clone(text));
        }
        let text: Arc<str> = self.source.gather().await?.into();
        *gathered = Some((Instant::now(), Arc::clone(&text)));
        Some(text)
    }
}

async fn accept<S: Source>(listener: TcpListener, page: Arc<Page<S>>) {
    // Its connections end with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < CONNECTIONS_MAX => {
                    let page = Arc::clone(&page);
                    connections.spawn(async move {
                        // Whoever is slow, or gone, gets no answer.
                        let _ = timeout(page.times.connection, converse(stream, &page)).await;
                    });
                }
                Ok((stream, _)) => drop(stream),
                Err(error) => {
                    tracing::debug!(%error, "the metrics' port accepts nobody");
                    tokio::time::sleep(ACCEPT_RETRY_TIME).await;
                }
            },
        }
    }
}

/// Answers one request.
async fn converse<S: Source>(mut stream: TcpStream, page: &Page<S>) -> io::Result<()> {
    let asked = read(&mut stream).await?;
    let answer = match asked {
        // Whoever left in the middle is not there to be answered.
        Asked::More => return Ok(()),
        Asked::Refused(refusal) => request::answer(Err(refusal)),
        Asked::Metrics => {
            let metrics = page.now().await;
            request::answer(metrics.as_deref().ok_or(Refusal::Ending))
        }
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(REST_BYTES_MAX);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}

/// Reads a request, and not more than a request may be long.
async fn read(stream: &mut TcpStream) -> io::Result<Asked> {
    let mut bytes = Vec::with_capacity(REQUEST_BYTES_MAX);
    loop {
        let left = REQUEST_BYTES_MAX.saturating_sub(bytes.len());
        let left = u64::try_from(left).unwrap_or(0);
        let count = (&mut *stream).take(left).read_buf(&mut bytes).await?;
        let asked = request::asked(&bytes);
        if asked != Asked::More || count == 0 {
            return Ok(asked);
        }
    }
}

#[cfg(test)]
mod tests;
