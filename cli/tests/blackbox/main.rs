//! The program as people and scripts meet it: real processes, real sockets on loopback, real
//! stores in temporary directories.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod blocking;
mod changes;
mod chat;
mod commands;
mod config;
mod contract;
mod corpus;
mod delivery;
mod doctor;
mod faults;
mod full_screen;
mod korean;
mod log_file;
mod manuals;
mod mentions;
mod metrics;
mod nearby;
mod pages;
mod pairing;
mod person;
mod pictures;
mod plain;
mod promises;
mod rooms;
mod rotating;
mod screen;
mod search;
mod secrecy;
mod sticks;
mod strangers;
mod terminal;
mod transfers;
mod typing;
mod widths;
mod wizard;
