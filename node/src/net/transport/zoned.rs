//! TCP to an address of one link that says of which: libp2p's own transports leave that out, and the system then
//! refuses.
//!
//! Whoever listens on every interface is reached so, too; so there is nothing to listen on here.

use std::future::Ready;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use libp2p::Multiaddr;
use libp2p::core::transport::{DialOpts, ListenerId, Transport, TransportError, TransportEvent};
use libp2p::tcp::tokio::TcpStream;

use crate::net::address;

/// See the module.
#[derive(Debug)]
pub(super) struct Zoned;

impl Transport for Zoned {
    type Output = TcpStream;
    type Error = io::Error;
    type ListenerUpgrade = Ready<io::Result<TcpStream>>;
    type Dial = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

    fn listen_on(
        &mut self,
        _: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        Err(TransportError::MultiaddrNotSupported(address))
    }

    fn remove_listener(&mut self, _: ListenerId) -> bool {
        false
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        _: DialOpts,
    ) -> Result<Self::Dial, TransportError<io::Error>> {
        let Some((to, _)) = address::zoned(&address) else {
            return Err(TransportError::MultiaddrNotSupported(address));
        };
        Ok(Box::pin(async move {
            let stream = tokio::net::TcpStream::connect(to).await?;
            stream.set_nodelay(true)?;
            Ok(TcpStream(stream))
        }))
    }

    fn poll(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        Poll::Pending
    }
}
