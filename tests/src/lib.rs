//! What the tests and benchmarks that span Tidings' crates share.
