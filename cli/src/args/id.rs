//! `tidings id` as typed.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    #[command(subcommand)]
    pub(crate) command: Option<IdCommand>,
}

/// The verbs after `id`.
#[derive(Debug, Subcommand)]
pub(crate) enum IdCommand {
    /// Have others in the network know this device by another peer id, from the next start on
    Rotate,
}
