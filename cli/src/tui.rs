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
mod fault;
mod input;
mod job;
mod keys;
mod last_open;
mod line;
mod notify;
mod reference;
mod scene;
mod screen;
#[cfg(test)]
mod snapshots;
mod state;
mod theme;
mod typed;
mod update;
mod view;
mod welcome;

pub(crate) use driver::{Start, run};
pub(crate) use reference::{Described, palette_key, reference, settings};
pub(crate) use welcome::set_up;

use crate::safe_text::Safe;
use crate::texts::Texts;

/// The words in which whoever sits here is spoken to, on this screen and line by line.
pub(crate) fn texts() -> Texts {
    config::Config::load().0.texts()
}

/// What is wrong in the file that says how the interface is wanted, line by line; nothing if nothing is.
pub(crate) fn faults(texts: &Texts) -> Vec<Safe> {
    let faults = config::Config::load().1;
    faults.map_or_else(Vec::new, |faults| {
        std::iter::once(faults.title(texts))
            .chain(faults.words(texts))
            .collect()
    })
}
