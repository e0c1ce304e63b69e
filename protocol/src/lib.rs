//! Placeholder.

pub mod conversation;
pub mod domain;
pub mod id;
pub mod rng;
pub mod time;
