//! The full-screen interface.
//!
//! ```text
//!  terminal --- Event --> update ---- Effect ----> driver ---- Ask ----> node
//!      ^                    |                        |
//!      |                  State <------- Told -------+
//!      +------ draw --------+
//! ```
//!
//! Invariants
//! - What the node and other people say comes to the screen as safe text alone.
//! - However it ends, the terminal is as it was before.

mod canvas;
mod clock;
mod composer;
mod config;
mod driver;
mod effect;
mod event;
mod input;
mod keys;
mod line;
mod scene;
mod screen;
mod state;
mod theme;
mod update;
mod view;

pub(crate) use driver::run;
