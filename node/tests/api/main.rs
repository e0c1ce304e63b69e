//! The embeddable API against real nodes: loopback or memory between them, real profiles on disk
//! where something has to survive.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

mod blocking;
mod changes;
mod contacts;
mod deliveries;
mod doctor;
#[expect(dead_code, reason = "what it does as a program of its own")]
#[path = "../../examples/echo_bot.rs"]
mod echo_bot;
mod events;
mod examples;
mod messages;
mod opening;
mod pages;
mod pairing;
mod person;
mod preferences;
mod presence;
mod rotating;
mod settings;
#[cfg(target_os = "linux")]
mod threads;
#[cfg(unix)]
mod transfers;
mod versions;
