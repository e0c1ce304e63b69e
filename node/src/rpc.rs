//! The API over JSON-RPC 2.0: one request or reply a line, on the profile's socket and on stdio.
//!
//! ```text
//!   program --line--> Conversation --Request--> Service (the node)
//!           <--line-- one writer   <--Reply---- in whatever order they are done
//! ```
//!
//! A client says `hello` first to learn whether it speaks the node's version; `forget` drops a
//! request that still waits; `methods` lists the methods. All other methods are those of [`crate::api::METHODS`].
//!
//! Invariants
//! - Every line, queue and number of connections or requests has a limit.
//! - A request with an id gets exactly one reply while its connection lasts, unless its client
//!   forgets it; one without gets none.
//! - What a client sends can end its own connection, nothing else.

mod client;
mod conversation;
mod line;
mod message;
#[cfg(unix)]
mod server;
mod stdio;
#[cfg(not(unix))]
mod unserved;

pub use client::{AttachError, Attached};
pub use conversation::REQUESTS_CONCURRENT_MAX;
pub use line::{LINE_BYTES_MAX, REPLY_BYTES_MAX};
#[cfg(unix)]
pub use server::{CONNECTIONS_MAX, SocketServer};
pub use stdio::serve_stdio;
#[cfg(not(unix))]
pub use unserved::{CONNECTIONS_MAX, SocketServer};

use crate::api::{ApiError, Reply, Request};

/// Version of what is said over a connection; both sides must speak the same.
pub const RPC_VERSION: u32 = 1;

/// Whoever answers requests: the node, or a stand-in.
pub trait Service: Clone + Send + Sync + 'static {
    /// Answers one request.
    ///
    /// The future is dropped when its client goes away or forgets it. Dropping must be safe at
    /// any moment: a wait ends, while a change that was handed over is made all the same, and its
    /// request id tells a retry what came of it.
    fn handle(&self, request: Request) -> impl Future<Output = Result<Reply, ApiError>> + Send;
}

#[cfg(test)]
mod tests;
