//! The embeddable API against real nodes: loopback or memory between them, real profiles on disk
//! where something has to survive.

mod contacts;
mod events;
mod messages;
mod opening;
mod pairing;
mod person;
