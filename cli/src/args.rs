//! The command line as typed: verbs, flags and their values.
//!
//! Invariants
//! - Only what works is here; asking for what the contract has besides is a usage error, and
//!   [`advice()`] says that it is planned.
//! - No secret is ever an argument: a passphrase comes from a file or the terminal.

mod advice;
mod daemon;
mod day;
mod duration;
mod id;
mod man;
mod nearby;
mod room;

use std::path::PathBuf;

pub(crate) use advice::{advice, refusal};
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use daemon::{DaemonCommand, DaemonRunArgs, DiscoveryName, ModeName, NetworkArgs};
pub(crate) use day::begins as day_begins;
pub(crate) use duration::Span;
pub(crate) use id::{IdArgs, IdCommand};
pub(crate) use man::ManArgs;
pub(crate) use nearby::{CheckInArgs, CheckInCommand, NearbyArgs, NearbyCommand, NearbyReadArgs};
pub(crate) use room::{
    ChangeCommand, HistoryName, Lifetime, PreferCommand, RoleName, RoomCommand, Switch,
};

/// Lines shown under `--help`.
const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 3 locked or no profile, 4 not found,
5 stored but not there in time, 6 safety words differ.

Run `tidings` alone to chat; the first time it helps you set up.";

/// Messages that need no server: over any network, or when people meet again.
#[derive(Debug, Parser)]
#[command(name = "tidings", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(subcommand_value_name = "COMMAND")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// Chat line by line, in words alone: for screen readers and simple terminals
    #[arg(long)]
    pub(crate) plain: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Directory of the profile [default: the platform's data directory]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "TIDINGS_HOME",
        hide_env_values = true
    )]
    pub(crate) home: Option<PathBuf>,
    /// Use the profile DIR/profiles/N
    #[arg(long, global = true, value_name = "N", value_parser = parse_profile)]
    pub(crate) profile: Option<String>,
    /// One JSON object a line on stdout, for scripts
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// File that holds the passphrase
    #[arg(long, global = true, value_name = "F", env = "TIDINGS_PASSPHRASE_FILE")]
    #[arg(hide_env_values = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a profile: who you are on this device
    Init(InitArgs),
    /// Who am I: ids, name, safety words; take another peer id
    Id(IdArgs),
    /// Make a code that one person can use to become your contact
    Invite(InviteArgs),
    /// Use someone's invite code
    Join(JoinArgs),
    /// Connect, exchange, and exit; 5 if something is still queued
    Sync(SyncArgs),
    /// List contacts; verify, rename, block or unblock one
    Contacts(ContactsArgs),
    /// Send a message
    Send(SendArgs),
    /// Give a message of yours another text
    Edit(EditArgs),
    /// Delete a message of yours for everybody, or any on this device
    Delete(DeleteArgs),
    /// Put an emoji on a message, or take it off
    React(ReactArgs),
    /// Hold a message up for everybody in its conversation, or no longer
    Pin(PinArgs),
    /// Keep, show or drop what you have begun to write
    Draft(DraftArgs),
    /// Let those who are there see, for some seconds, that you are typing
    Typing(TypingArgs),
    /// Give up delivering a message
    Cancel(CancelArgs),
    /// Show messages
    Read(ReadArgs),
    /// Conversations with unread messages
    Unread,
    /// Find messages by what they say, who wrote them, where and when
    Search(SearchArgs),
    /// Make rooms, and see to conversations: who is in them, how long messages stay
    #[command(subcommand)]
    Room(RoomCommand),
    /// Say something to whoever is near, contact or not; show what was heard
    Nearby(NearbyArgs),
    /// Say how you are, to contacts and whoever is near; it goes before everything else
    #[command(name = "checkin")]
    CheckIn(CheckInArgs),
    /// What this profile's node is doing
    Status,
    /// Who is connected, and how it stands with the contacts who are not
    Peers,
    /// Look whether all is well, what waits and why, and what would help; 1 if something is not
    Doctor(DoctorArgs),
    /// Keep this profile online
    #[command(subcommand)]
    Daemon(DaemonCommand),
    /// Show or change what holds for the whole profile
    Config(ConfigArgs),
    /// Serve JSON-RPC 2.0 to another program
    Rpc(RpcArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page of Tidings or of a command, or write all pages
    Man(ManArgs),
    /// Carry messages by hand: write what is carried to a file or stick, or take it from there
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Watch three people on this machine chat through an outage
    Demo,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Your name, as contacts will see it
    #[arg(long, value_name = "N")]
    pub(crate) name: String,
    /// Keep the key in a file that only your account can read, instead of under a passphrase
    #[arg(long)]
    pub(crate) no_passphrase: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InviteArgs {
    /// How long the code can be used
    #[arg(long, value_name = "T", default_value = "24h", value_parser = duration::parse_expiry)]
    pub(crate) expires: Span,
    /// Let more than one person use it
    #[arg(long)]
    pub(crate) reusable: bool,
    /// Also show the code as a picture that a phone can scan
    #[arg(long)]
    pub(crate) qr: bool,
    /// Wait until somebody has used it
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long to wait [default: until the code expires]
    #[arg(long, value_name = "T", requires = "wait")]
    pub(crate) timeout: Option<Span>,
}

#[derive(Debug, Args)]
pub(crate) struct JoinArgs {
    /// The code, - to read it from stdin, or a PNG picture of its QR code
    #[arg(value_name = "CODE|-|PNG", required_unless_present = "cancel")]
    pub(crate) code: Option<String>,
    /// Give up the join with this code that waits for its answer, or the one that the start of this id means; alone, say
    /// which wait
    #[arg(long, conflicts_with = "timeout")]
    pub(crate) cancel: bool,
    /// How long to try
    #[arg(long, value_name = "T", default_value = "30s")]
    pub(crate) timeout: Span,
}

#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    /// A contact's name, a room's title, or the start of an id [default: everyone]
    pub(crate) who: Option<String>,
    /// How long to try
    #[arg(long, value_name = "T", default_value = "30s")]
    pub(crate) timeout: Span,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// A contact's name, a room's title, or the start of an id [default: everything]
    pub(crate) who: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ContactsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ContactsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContactsCommand {
    /// List all contacts
    List,
    /// Compare safety words with a contact
    Verify {
        /// The contact
        who: String,
        /// The words that the contact reads out to you
        #[arg(long, value_name = "WORDS")]
        words: Option<String>,
    },
    /// Give a contact a name of your own
    Rename {
        /// The contact
        who: String,
        /// The new name
        name: String,
    },
    /// Take nothing more from a contact, and show nothing of theirs in rooms
    Block {
        /// The contact
        who: String,
    },
    /// Undo a block
    Unblock {
        /// The contact
        who: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ConfigCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show one setting
    Get {
        /// Which; `tidings config` lists all
        key: String,
    },
    /// Give a setting another value
    Set {
        /// Which; `tidings config` lists all
        key: String,
        /// One of the values that it can have; of addresses, all of them
        #[arg(required = true)]
        value: Vec<String>,
    },
}

/// How far to wait for a message to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitFor {
    /// On this disk
    Stored,
    /// Promised to be kept by a contact's device for everyone it is for, or delivered
    Carried,
    /// On a device of everyone it is for
    Delivered,
    /// Marked as read by everyone it is for
    Read,
}

#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// To whom: a contact's name, a room's title, or the start of an id
    pub(crate) who: String,
    /// What; without it, or with -, it is read from stdin
    #[arg(value_name = "TEXT|-")]
    pub(crate) text: Option<String>,
    /// The message that this one answers
    #[arg(long, value_name = "ID")]
    pub(crate) reply: Option<String>,
    /// Wait until the message has come this far
    #[arg(long, value_name = "STATE", default_value = "stored")]
    pub(crate) wait: WaitFor,
    /// How long to wait
    #[arg(long, value_name = "T", default_value = "30s")]
    pub(crate) timeout: Span,
    /// Store it, and leave delivery for later
    #[arg(long)]
    pub(crate) offline: bool,
    /// Have it carried before other messages: for emergencies
    #[arg(long)]
    pub(crate) priority: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// The message's id, or its start
    pub(crate) id: String,
    /// The new text; with -, it is read from stdin
    #[arg(value_name = "TEXT|-")]
    pub(crate) text: String,
    #[command(flatten)]
    pub(crate) delivery: DeliveryArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// The message's id, or its start
    pub(crate) id: String,
    /// On this device alone; anybody's message
    #[arg(long)]
    pub(crate) for_me: bool,
    #[command(flatten)]
    pub(crate) delivery: DeliveryArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReactArgs {
    /// The message's id, or its start
    pub(crate) id: String,
    /// The emoji
    pub(crate) emoji: String,
    /// Take it off
    #[arg(long)]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) delivery: DeliveryArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PinArgs {
    /// The message's id, or its start
    pub(crate) id: String,
    /// Hold it up no longer
    #[arg(long)]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) delivery: DeliveryArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DraftArgs {
    /// A contact's name, a room's title, or the start of an id
    pub(crate) who: String,
    /// The text so far, in place of what was kept; `-` for stdin. Without it, what is kept is shown
    pub(crate) text: Option<String>,
    /// Keep it no longer
    #[arg(long, conflicts_with = "text")]
    pub(crate) clear: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TypingArgs {
    /// A contact's name, a room's title, or the start of an id
    pub(crate) who: String,
}

/// How a change reaches the others.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct DeliveryArgs {
    /// Store it, and leave delivery for later
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// The message's id, or its start
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// A contact's name, a room's title, or the start of an id [default: all conversations]
    pub(crate) who: Option<String>,
    /// Only messages not marked as read
    #[arg(long)]
    pub(crate) unread: bool,
    /// Only messages that are pinned
    #[arg(long, conflicts_with_all = ["since", "follow"])]
    pub(crate) pinned: bool,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
    /// With --json: print what was done to the conversation between the messages, too
    #[arg(long, requires = "who", conflicts_with_all = ["unread", "pinned", "since"])]
    pub(crate) deeds: bool,
    /// What arrived or changed after this position
    #[arg(long, value_name = "CURSOR")]
    pub(crate) since: Option<String>,
    /// Go on showing what arrives
    #[arg(long)]
    pub(crate) follow: bool,
    /// Show who is typing, too
    #[arg(long, requires = "follow")]
    pub(crate) signals: bool,
    /// Mark what is shown as read
    #[arg(long)]
    pub(crate) mark: bool,
}

/// How a query is written, under `search --help`.
const QUERY_HELP: &str = "\
Words must all occur, in any case and with or without accents.
  \"see you\"            words that follow one another
  tom*                 how a word begins; the last word may go on anyway
  from:NAME            who wrote it; from:me for your own
  in:NAME              in which conversation
  after:2026-08-01     written on that day or later
  before:2026-08-01    written before that day
Names with spaces go in quotes, as all of it does in most shells: 'from:\"Ben Miller\" tickets'";

#[derive(Debug, Args)]
#[command(after_help = QUERY_HELP)]
pub(crate) struct SearchArgs {
    /// What to look for
    #[arg(required = true)]
    pub(crate) query: Vec<String>,
    /// A contact's name, a room's title, or the start of an id [default: all conversations]
    #[arg(long = "in", value_name = "WHO")]
    pub(crate) within: Option<String>,
    /// At most so many, those that came last [default: 50]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Write what is carried into a bundle
    Export(ExportArgs),
    /// Take what is in a bundle, or in all bundles of a directory
    Import(BundleArgs),
    /// Say what is in a bundle without taking anything
    Inspect(BundleArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The file to write, or a directory to write one more into
    pub(crate) path: PathBuf,
    /// Only what you sealed for this contact, or in this room for its members
    ///
    /// For a contact: all that they open, messages to rooms that you share too. For a room: what you did there, and what
    /// goes to its members and holds no message, such as keys, invitations and receipts. In both cases also what you sealed
    /// to become somebody's contact, and all purges: which envelopes nobody has to carry any more.
    #[arg(long = "for", value_name = "WHO")]
    pub(crate) who: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    /// The file, or a directory with bundles in it
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RpcArgs {
    /// Requests on stdin, replies on stdout, one a line
    #[arg(long, required = true)]
    pub(crate) stdio: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    pub(crate) shell: clap_complete::Shell,
}

/// A profile's name becomes a directory's, so it must be one plain name.
fn parse_profile(text: &str) -> Result<String, String> {
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
    if !text.is_empty() && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("a profile's name is made of letters, digits, '-' and '_'".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn plain_is_for_the_chat_alone() {
        let refused = |arguments: &[&str]| {
            let cli = Cli::try_parse_from(arguments).unwrap();
            refusal(&cli, &[])
        };
        assert_eq!(refused(&["tidings", "--plain"]), None);
        let said = refused(&["tidings", "--plain", "id"]).unwrap();
        assert!(said.contains("Leave out `--plain`"), "{said}");
        assert!(Cli::try_parse_from(["tidings", "id", "--plain"]).is_err());
    }

    #[test]
    fn flags_for_every_command_may_stand_on_either_side() {
        for arguments in [["tidings", "--json", "id"], ["tidings", "id", "--json"]] {
            assert!(Cli::try_parse_from(arguments).unwrap().global.json);
        }
    }

    #[test]
    fn text_after_two_dashes_is_no_option() {
        let cli = Cli::try_parse_from(["tidings", "send", "Ben", "--", "--wait"]).unwrap();
        assert!(
            matches!(cli.command, Some(Command::Send(SendArgs { text: Some(text), .. }))
            if text == "--wait")
        );
    }

    #[test]
    fn a_profile_is_no_path() {
        assert!(parse_profile("work-2").is_ok());
        for path in ["", "..", "a/b", "/a", "a\0"] {
            assert!(parse_profile(path).is_err());
        }
    }
}
