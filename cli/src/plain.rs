//! The line chat: one line is typed, others come above it; in words alone, for screen readers and simple terminals.
//!
//! ```text
//!            lines            events             Show, Ask
//!  terminal -------> driver ----------> update ------------> driver -> Runner -> node
//!      ^                ^                                       |
//!      |                +--------------- Told ------------------+
//!      +------------------------- lines ------------------------+
//! ```
//!
//! Invariants
//! - What was typed is kept in memory only; no history file holds anyone's plain text.
//! - Nothing is drawn but text and what the line editor needs, and nothing that stands above the line is changed.
//! - What is said is said in words: nothing is a sign, or in colours.

mod driver;
mod editor;
mod telling;
mod update;
mod view;
mod wizard;

pub(crate) use driver::run;
pub(crate) use wizard::run as set_up;
