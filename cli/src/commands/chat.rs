//! Plain `tidings`: a chat in the terminal, line by line.
//!
//! ```text
//!            lines            events                effects
//!  terminal -------> driver ----------> update ----------> driver -> node
//!      ^                                                     |
//!      +------------------------ lines ----------------------+
//! ```
//!
//! Invariants
//! - What was typed is kept in memory only; no history file holds anyone's plain text.

mod driver;
mod editor;
mod news;
mod update;
mod view;
mod wizard;

use std::io::IsTerminal;

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::home;
use crate::output::Output;
use crate::session::{Network, Session};

pub(super) async fn run(global: &Global, output: Output) -> Outcome {
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
    let home = home::directory(global)?;
    let session = if tidings_node::profile_exists(&home) {
        Session::open(global, Network::Stay).await?
    } else {
        wizard::run(global, output, home).await?
    };
    if let Some(why) = session.why_alone().await {
        output.note(&why);
    }
    let outcome = driver::run(&session, output).await;
    let finished = session.finish().await;
    outcome.and_then(|exit| finished.map(|()| exit))
}
