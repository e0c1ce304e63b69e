//! A Tidings node as a library.

pub mod api;
pub mod home;
pub mod rpc;
