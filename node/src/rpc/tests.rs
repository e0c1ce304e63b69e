//! The API over real sockets, with a stand-in for the node.

mod client;
mod fake;
mod server;
