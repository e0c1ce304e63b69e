//! Simulation: the real engine, gate and store of several devices in one made-up world. Each
//! module is one kind of adversity.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken assumption must stop the test"
)]

mod carriers;
mod chaos;
mod chat;
mod commit;
mod copy;
mod crash;
mod forks;
mod hostile;
mod pairing;
mod rooms;
mod rotation;
mod traitors;
