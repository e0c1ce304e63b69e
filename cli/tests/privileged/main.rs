//! The program where only root can put it: in networks and on disks that the tests make for
//! themselves and take away again. Without the rights to that, each test says that it was skipped;
//! where `CI` is `true` it fails instead.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod beacons;
mod cable;
mod carrier;
mod crash;
mod disk;
mod ferry;
mod follow;
mod full_disk;
mod hidden;
mod hops;
mod host;
mod hostile;
mod internet;
mod lan;
mod line;
mod line_of_ten;
mod loss;
mod lost;
mod mapped;
mod modes;
mod namespace;
mod nearby;
mod neighbours;
mod net;
mod no_network;
mod numbers;
#[expect(dead_code, reason = "the black-box tests need all of it")]
#[path = "../blackbox/person.rs"]
mod person;
mod port_mapper;
mod relayed;
mod right;
mod roaming;
mod segment;
mod sent;
mod slow;
mod stick;
mod two_networks;
