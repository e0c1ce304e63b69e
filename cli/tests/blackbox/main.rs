//! The program as people and scripts meet it: real processes, real sockets on loopback, real
//! stores in temporary directories.

mod commands;
mod contract;
mod delivery;
mod faults;
mod pairing;
mod person;
mod terminal;
