//! What chatting is, whatever shows it: who and what there is, what can be done, what a node is asked and what it tells.
//!
//! ```text
//!               Ask                 requests
//!  interface ---------> Runner ------------------> node
//!      ^                  |                         |
//!      +------ Told ------+-------- Follow ---------+
//! ```
//!
//! Invariants
//! - Nothing here draws, or reads a key.
//! - Each [`Ask`] is told of exactly once; what comes by itself is told in the order in which it came.

mod action;
mod ask;
mod backend;
mod book;
#[cfg(test)]
mod fake;
mod follow;
mod item;
mod left;
mod lifetime;
mod place;
mod runner;
mod told;

pub(crate) use action::{
    ACTIONS, Action, AppAction, BundleAction, ComposerAction, ContactAction, ConversationAction,
    CursorAction, Entry, Layer, MessageAction, NodeAction, PopupAction, ProfileAction, RoomAction,
    Slash, Subject, ViewAction, mistyped, needs_escape, slashes, typed, verb,
};
pub(crate) use ask::{Anchor, Ask, RoomChange, Ticket, Way};
pub(crate) use backend::Backend;
pub(crate) use book::{Book, Change, Changed, Fate};
#[cfg(test)]
pub(crate) use fake::Fake;
pub(crate) use follow::Follow;
pub(crate) use item::{DONE_IN_A_ROW_MAX, Item};
pub(crate) use left::left_behind;
pub(crate) use lifetime::{lifetime, lifetime_words};
pub(crate) use place::Place;
pub(crate) use runner::Runner;
pub(crate) use told::Told;

/// How long a question that appeared takes no answer, in milliseconds: what is typed then was meant for something else.
pub(crate) const DEAF_MILLIS: u64 = 500;
