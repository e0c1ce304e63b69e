//! The line chat: one line is typed, others come above it.
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
//! - In [`Wording::Words`] nothing is drawn but text and what the line editor needs, and nothing that stands above the
//!   line is changed.

mod driver;
mod editor;
mod update;
mod view;
mod wizard;
mod wording;

use std::io::IsTerminal;

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::home;
use crate::output::Output;
use crate::session::{Network, Session};
use crate::tui;
pub(crate) use wording::Wording;

/// How to chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// With all of the screen.
    Screen,
    /// Line by line.
    Lines(Wording),
}

/// Chats until whoever sits here leaves; the first time it makes a profile before.
pub(crate) async fn run(global: &Global, output: Output, face: Face) -> Outcome {
    if output.is_json() {
        return Err(Failure::usage(
            "--json needs a command. `tidings --help` shows them.",
        ));
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::usage(
            "chatting needs a terminal. For scripts there are commands: `tidings --help`.",
        ));
    }
    let wording = match face {
        Face::Screen => Wording::Signs,
        Face::Lines(wording) => wording,
    };
    let output = match wording {
        Wording::Signs => output,
        Wording::Words => output.colourless(),
    };
    let home = home::directory(global)?;
    let session = if tidings_node::profile_exists(&home) {
        Session::open(global, Network::Stay).await?
    } else {
        wizard::run(global, output, wording, home).await?
    };
    if let Some(why) = session.why_alone().await {
        output.note(&why);
    }
    let outcome = match face {
        Face::Screen => tui::run(&session).await,
        Face::Lines(wording) => driver::run(&session, output, wording).await,
    };
    let finished = session.finish().await;
    outcome.and_then(|exit| finished.map(|()| exit))
}
