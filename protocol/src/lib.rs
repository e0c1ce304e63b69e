//! The rules of Tidings: pure, deterministic, sans-IO.

pub mod bundle;
pub mod carry;
pub mod conversation;
pub mod delivery;
pub mod domain;
pub mod engine;
pub mod envelope;
pub mod id;
pub mod identity;
pub mod operation;
pub mod pair;
pub mod pairing;
pub mod record;
pub mod rendezvous;
pub mod rng;
pub mod room;
pub mod sender_chain;
pub mod session;
pub mod sync;
pub mod time;
pub mod wire;
