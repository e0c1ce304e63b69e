//! What the tests and benchmarks that span Tidings' crates share.

pub mod world;
