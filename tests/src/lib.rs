//! What the tests and benchmarks that span Tidings' crates share.

pub mod chance;
#[cfg(feature = "nodes")]
pub mod world;
