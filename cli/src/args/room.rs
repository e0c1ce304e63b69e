//! `tidings room` as typed.

use clap::{Subcommand, ValueEnum};

use super::DeliveryArgs;
use super::duration::{ParseSpanError, Span};

/// The verbs after `room`.
#[derive(Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// List the conversations, and the invitations that wait
    List {
        /// Those that are put away, and rooms that you have left, too
        #[arg(long)]
        archived: bool,
    },
    /// Show what holds for a conversation
    Info {
        /// A contact's name, a room's title, or the start of an id
        who: String,
    },
    #[command(flatten)]
    Change(ChangeCommand),
    #[command(flatten)]
    Prefer(PreferCommand),
}

/// What changes a conversation for everybody in it.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ChangeCommand {
    /// Make a room
    #[command(override_usage = "tidings room create [OPTIONS] <TITLE> [--with <WHO>...]")]
    Create {
        /// Its title
        title: String,
        /// Contacts who are in it from the start: all that follow, so the title comes before
        #[arg(long, value_name = "WHO", num_args = 1..)]
        with: Vec<String>,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
    /// Take part in a room that you are invited to
    Accept {
        /// The room: its title, or the start of its id
        who: String,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
    /// Let a contact into a room
    Invite {
        /// The room: its title, or the start of its id
        who: String,
        /// The contact
        member: String,
        /// What they get of what was written before
        #[arg(long, value_name = "WHAT", default_value = "all")]
        history: HistoryName,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
    /// Take somebody out of a room
    Remove {
        /// The room: its title, or the start of its id
        who: String,
        /// The member
        member: String,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
    /// Say what a member of a room may do
    Role {
        /// The room: its title, or the start of its id
        who: String,
        /// The member
        member: String,
        /// What they are
        role: RoleName,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
    /// Give a room another title, for everybody
    Rename {
        /// The room: its title, or the start of its id
        who: String,
        /// The new title
        title: String,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
    /// Leave a room, or turn an invitation down
    Leave {
        /// The room: its title, or the start of its id
        who: String,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
    /// Let the messages that are written from now on disappear some time after they arrive
    Expire {
        /// A contact's name, a room's title, or the start of an id
        who: String,
        /// After how long, or off
        #[arg(value_name = "T|off", value_parser = parse_lifetime)]
        after: Lifetime,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
}

/// What says how one conversation is to be on this device.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum PreferCommand {
    /// Let nothing in it interrupt you
    Mute {
        /// A contact's name, a room's title, or the start of an id
        who: String,
    },
    /// Undo mute
    Unmute {
        /// A contact's name, a room's title, or the start of an id
        who: String,
    },
    /// Put it away until something new is in it
    Archive {
        /// A contact's name, a room's title, or the start of an id
        who: String,
    },
    /// Undo archive
    Unarchive {
        /// A contact's name, a room's title, or the start of an id
        who: String,
    },
    /// Say whether others learn what you have read in it
    Receipts {
        /// A contact's name, a room's title, or the start of an id
        who: String,
        /// Whether they do
        #[arg(value_name = "on|off")]
        told: Switch,
    },
}

impl ChangeCommand {
    /// How it reaches the others.
    pub(crate) const fn delivery(&self) -> DeliveryArgs {
        match self {
            Self::Create { delivery, .. }
            | Self::Accept { delivery, .. }
            | Self::Invite { delivery, .. }
            | Self::Remove { delivery, .. }
            | Self::Role { delivery, .. }
            | Self::Rename { delivery, .. }
            | Self::Leave { delivery, .. }
            | Self::Expire { delivery, .. } => *delivery,
        }
    }
}

/// What a new member gets of what was written before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistoryName {
    /// All of it
    All,
    /// Nothing
    New,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// Say who is in, and what the room is called
    Admin,
    /// Write
    Member,
}

/// Yes or no, as people type it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// Yes
    On,
    /// No
    Off,
}

/// How long messages stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetime(pub(crate) Option<u32>);

fn parse_lifetime(text: &str) -> Result<Lifetime, String> {
    if text == "off" {
        return Ok(Lifetime(None));
    }
    let span: Span = text
        .parse()
        .map_err(|error: ParseSpanError| error.to_string())?;
    let seconds = span.as_millis() / 1_000;
    match u32::try_from(seconds) {
        Ok(seconds) if seconds > 0 => Ok(Lifetime(Some(seconds))),
        Ok(_) | Err(_) => Err("messages can stay from 1s to 3650d, or off".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn typed(line: &str) -> ChangeCommand {
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        let Some(Command::Room(RoomCommand::Change(change))) = cli.command else {
            panic!("{line}");
        };
        change
    }

    #[test]
    fn those_who_are_in_a_room_from_the_start_may_follow_one_flag_or_several() {
        for line in [
            "tidings room create Team --with Ben --with Carla",
            "tidings room create Team --with Ben Carla",
            "tidings room create Team --with Ben Carla --offline",
            "tidings room create --with=Ben --with=Carla Team",
            "tidings room create --with Ben Carla -- Team",
        ] {
            let ChangeCommand::Create { title, with, .. } = typed(line) else {
                panic!("{line}");
            };
            assert_eq!(
                (title.as_str(), with),
                ("Team", vec!["Ben".to_owned(), "Carla".to_owned()])
            );
        }
    }

    #[test]
    fn the_usage_has_the_title_before_those_who_are_in_a_room_from_the_start() {
        let typed = "tidings room create --with Ben Team".split(' ');
        let refused = Cli::try_parse_from(typed).unwrap_err().to_string();
        assert!(refused.contains("<TITLE> [--with <WHO>...]"), "{refused}");
    }

    #[test]
    fn a_new_member_gets_what_was_written_before_unless_said_otherwise() {
        let history = |line: &str| {
            let ChangeCommand::Invite { history, .. } = typed(line) else {
                panic!("{line}");
            };
            history
        };
        assert_eq!(history("tidings room invite Team Ben"), HistoryName::All);
        let new = "tidings room invite Team Ben --history new";
        assert_eq!(history(new), HistoryName::New);
    }

    #[test]
    fn whatever_concerns_others_can_be_left_for_later() {
        for line in [
            "tidings room create Team",
            "tidings room accept Team",
            "tidings room invite Team Ben",
            "tidings room remove Team Ben",
            "tidings room role Team Ben admin",
            "tidings room rename Team Crew",
            "tidings room leave Team",
            "tidings room expire Team 1d",
        ] {
            assert!(!typed(line).delivery().offline, "{line}");
            let later = format!("{line} --offline");
            assert!(typed(&later).delivery().offline, "{line}");
        }
    }
}
