//! `tidings nearby` and `tidings checkin` as typed.

use clap::{Args, Subcommand};

use super::DeliveryArgs;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct NearbyArgs {
    #[command(subcommand)]
    pub(crate) command: Option<NearbyCommand>,
    #[command(flatten)]
    pub(crate) read: NearbyReadArgs,
}

/// The verbs after `nearby`.
#[derive(Debug, Subcommand)]
pub(crate) enum NearbyCommand {
    /// Show what was heard, whoever said it
    Read(NearbyReadArgs),
    /// Say something to whoever is near
    Send {
        /// What, at most 1,024 bytes; with -, it is read from stdin
        #[arg(value_name = "TEXT|-")]
        text: String,
        /// By another name than your own
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct NearbyReadArgs {
    /// At most so many, those that came last
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct CheckInArgs {
    #[command(subcommand)]
    pub(crate) command: Option<CheckInCommand>,
    /// How you are, at most 1,024 bytes; with -, it is read from stdin
    #[arg(value_name = "TEXT|-", required = true)]
    pub(crate) text: Option<String>,
    /// By another name than your own, to whoever is near and no contact
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) delivery: DeliveryArgs,
}

/// The verbs after `checkin`.
#[derive(Debug, Subcommand)]
pub(crate) enum CheckInCommand {
    /// Show the latest check-in of everybody who was heard nearby
    List,
}
