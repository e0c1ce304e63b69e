//! The first run with all of the screen: a name, a passphrase, words to write down, and how to begin.
//!
//! ```text
//!  terminal --- Event --> update ---- Effect ----> driver ---- making the keys, beside
//!      ^                    |                        |
//!      |                 Welcome <---- made ---------+
//!      +------ draw --------+
//! ```
//!
//! Invariants
//! - Whoever leaves before the recovery words are shown leaves nothing behind, or is told what is.
//! - What is typed as a passphrase is never drawn, and the words are drawn on the other screen of the terminal alone: both are
//!   gone from it afterwards.
//! - Nothing goes on before all words were on the screen.

mod driver;
mod sheet;
#[cfg(test)]
mod snapshots;
mod state;
#[cfg(test)]
mod tests;
mod update;
mod view;

pub(crate) use driver::set_up;
#[cfg(test)]
pub(super) use snapshots::{drawn, scenes};
