//! A tether: a stream that ends with its connection.
//!
//! A connection that this side closes leaves whoever waits at one of its streams waiting for ever,
//! where yamux is below; and with a peer that fell silent, it is this side that closes.
//!
//! Invariants
//! - What had arrived before is read before the end.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use libp2p::swarm::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt as _};

/// The connection's end of its tethers; the streams end when it is dropped.
#[derive(Debug)]
pub(super) struct Post(watch::Sender<()>);

impl Post {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// Has a stream end with this.
    pub(super) fn tether(&self, stream: Stream) -> Tethered {
        Tethered {
            stream: stream.compat(),
            end: Some(Box::pin(ended(self.0.subscribe()))),
        }
    }
}

/// A stream that ends with its connection.
pub(in crate::net) struct Tethered {
    stream: Compat<Stream>,
    /// Waits for the connection's end, and is gone once that has come.
    end: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl std::fmt::Debug for Tethered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tethered(..)")
    }
}

async fn ended(mut post: watch::Receiver<()>) {
    while post.changed().await.is_ok() {}
}

impl AsyncRead for Tethered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            return Poll::Ready(read);
        }
        if let Some(end) = &mut self.end {
            std::task::ready!(end.as_mut().poll(context));
            self.end = None;
        }
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }
}

impl AsyncWrite for Tethered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
