//! Conversations for a person: in a list, with all that holds for one, and what was done to one.

use tidings_node::api::{Conversation, ConversationKind, Member, Role, Standing};
use tidings_node::words;

use crate::args::{ChangeCommand, HistoryName, PreferCommand, RoleName, Switch};
use crate::output;
use crate::safe_text;

/// A conversation in a list: its title, what it is, and what is to be said of it; with the start of its
/// id if it is a room of a title that is another's too.
pub(super) fn row(conversation: &Conversation, has_namesake: bool) -> [String; 3] {
    let is_room = conversation.kind == ConversationKind::Room;
    let kind = match (is_room, conversation.members.len()) {
        (false, _) => String::new(),
        (true, 0) => "room".to_owned(),
        (true, 1) => "room, 1 member".to_owned(),
        (true, count) => format!("room, {count} members"),
    };
    let standing = match conversation.standing {
        Standing::Invited => Some(invited_by(conversation).unwrap_or("invited".to_owned())),
        Standing::Left => Some("left".to_owned()),
        Standing::Removed => Some("you were removed".to_owned()),
        Standing::Joined | _ => None,
    };
    let marks = [
        (is_room && has_namesake).then(|| format!("id {}", short_id(conversation))),
        standing,
        (conversation.unread > 0).then(|| output::unread(conversation)),
        conversation
            .draft
            .is_some()
            .then(|| "draft kept".to_owned()),
        conversation.muted.then(|| "muted".to_owned()),
        conversation.archived.then(|| "archived".to_owned()),
    ];
    let marks: Vec<String> = marks.into_iter().flatten().collect();
    [title(conversation), kind, marks.join(", ")]
}

/// All that holds for a conversation.
pub(super) fn info(conversation: &Conversation) -> String {
    let yes = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
    let disappears = conversation.disappears_after;
    let mut fields = vec![
        ("title", title(conversation)),
        ("id", conversation.id.to_string()),
        ("members", members(conversation)),
    ];
    if conversation.kind == ConversationKind::Room {
        fields.push(("you are", standing(conversation)));
    }
    fields.extend([
        ("unread", conversation.unread.to_string()),
        ("mentions of you", conversation.mentions.to_string()),
        (
            "messages disappear",
            disappears.map_or_else(
                || "no".to_owned(),
                |seconds| format!("after {}", span(seconds)),
            ),
        ),
        ("muted", yes(conversation.muted)),
        ("archived", yes(conversation.archived)),
        ("tells what you read", yes(conversation.read_receipts)),
    ]);
    if let Some(draft) = &conversation.draft {
        fields.push(("begun to write", safe_text::line(draft)));
    }
    if conversation.hidden > 0 {
        let what = match conversation.hidden {
            1 => "came after its author was removed, or is of somebody you blocked",
            _ => "came after their authors were removed, or are of somebody you blocked",
        };
        let hidden = words::counted(conversation.hidden, "message");
        let hidden = format!("{hidden}, which {what}");
        fields.push(("not shown", hidden));
    }
    if conversation.needs_newer_version {
        let newer = "an admin did something that only a newer version of Tidings understands; \
                     until you have it, nobody but those above them can change the room";
        fields.push(("needs an update", newer.to_owned()));
    }
    output::fields(&fields)
}

/// What was done to a conversation, which is as `conversation` says since then.
pub(super) fn done(command: &ChangeCommand, conversation: &Conversation) -> String {
    let room = title(conversation);
    match command {
        ChangeCommand::Create { .. } if conversation.members.len() < 2 => format!(
            "The room {room} is made. Nobody else is in it yet: `tidings room invite` lets a \
             contact in."
        ),
        ChangeCommand::Create { .. } => {
            format!("The room {room} is made. In it: {}.", names(conversation))
        }
        ChangeCommand::Accept { .. } => {
            format!(
                "You are in the room {room}. In it: {}.",
                names(conversation)
            )
        }
        ChangeCommand::Invite {
            member, history, ..
        } => {
            let gets = match history {
                HistoryName::All => "what was written before too",
                HistoryName::New => "what is written from now on",
            };
            format!("{} is in the room {room}, and gets {gets}.", name(member))
        }
        ChangeCommand::Remove { member, .. } => format!(
            "{} is not in the room {room} any more, and keeps what came there before.",
            name(member)
        ),
        ChangeCommand::Role { member, role, .. } => {
            let role = match role {
                RoleName::Admin => "an admin",
                RoleName::Member => "a member like others",
            };
            format!("{} is {role} of the room {room} now.", name(member))
        }
        ChangeCommand::Rename { .. } => format!("The room is called {room} now, for everybody."),
        ChangeCommand::Leave { .. } => {
            format!("You have left the room {room}. What you have of it stays on this device.")
        }
        ChangeCommand::Expire { .. } => lifetime(conversation),
    }
}

/// How long what is written in a conversation from now on stays there.
fn lifetime(conversation: &Conversation) -> String {
    stays(&within(conversation), conversation.disappears_after)
}

/// How long stays what is written there from now on.
pub(crate) fn stays(within: &str, seconds: Option<u32>) -> String {
    match seconds {
        Some(seconds) => format!(
            "What is written {within} from now on disappears {} after it arrives.",
            span(seconds)
        ),
        None => format!("What is written {within} from now on stays."),
    }
}

/// What holds for a conversation on this device since it was asked for.
pub(super) fn preferred(command: &PreferCommand, conversation: &Conversation) -> String {
    let (title, within) = (title(conversation), within(conversation));
    match command {
        PreferCommand::Mute { .. } => {
            format!("{title} is muted: what notifies can leave it out.")
        }
        PreferCommand::Unmute { .. } => format!("{title} is not muted any more."),
        PreferCommand::Archive { .. } if conversation.unread > 0 => format!(
            "{title} is archived: `tidings room list` leaves it out once nothing in it is unread."
        ),
        PreferCommand::Archive { .. } => format!(
            "{title} is archived: `tidings room list` leaves it out until something new is in it."
        ),
        PreferCommand::Unarchive { .. } => format!("`tidings room list` lists {title} again."),
        PreferCommand::Receipts {
            told: Switch::On, ..
        } => format!("What you read {within} is told, and that you type."),
        PreferCommand::Receipts {
            told: Switch::Off, ..
        } => format!("Nobody learns any more what you read {within}, nor that you type."),
    }
}

/// What there is to say of a room that goes by another's name too.
pub(super) fn namesake(room: &Conversation, other: &Conversation) -> String {
    let what = match other.kind {
        ConversationKind::Room => "another room",
        ConversationKind::Direct | _ => "a contact",
    };
    format!(
        "{} is the name of {what} too. `{}` means this room, whatever it is called.",
        title(room),
        short_id(room)
    )
}

/// Whether two conversations go by one name.
pub(super) fn is_namesake(one: &Conversation, other: &Conversation) -> bool {
    let folded = |one: &Conversation| one.title.trim().to_lowercase();
    one.id != other.id && folded(one) == folded(other)
}

fn short_id(conversation: &Conversation) -> String {
    output::short_id(&conversation.id.to_string())
}

fn title(conversation: &Conversation) -> String {
    safe_text::name(&conversation.title)
}

/// A name as it was typed.
fn name(typed: &str) -> String {
    safe_text::name(typed)
}

fn within(conversation: &Conversation) -> String {
    let preposition = match conversation.kind {
        ConversationKind::Room => "in",
        ConversationKind::Direct | _ => "with",
    };
    format!("{preposition} {}", title(conversation))
}

fn names(conversation: &Conversation) -> String {
    let names = in_order(conversation).into_iter();
    let names: Vec<String> = names.map(|member| safe_text::name(&member.name)).collect();
    names.join(", ")
}

/// The members: admins first, and by name.
fn in_order(conversation: &Conversation) -> Vec<&Member> {
    let mut members: Vec<&Member> = conversation.members.iter().collect();
    members.sort_by_key(|member| {
        let is_admin = member.role == Role::Admin;
        (!is_admin, member.name.to_lowercase(), member.person)
    });
    members
}

/// Who is in a conversation; of a room one a line, with what they may do.
fn members(conversation: &Conversation) -> String {
    if conversation.kind != ConversationKind::Room {
        return names(conversation);
    }
    let member = |member: &Member| {
        let role = match member.role {
            Role::Admin => " (admin)",
            Role::Member | _ => "",
        };
        let id = output::short_id(&member.person.to_string());
        [format!("{}{role}", safe_text::name(&member.name)), id]
    };
    let members: Vec<[String; 2]> = in_order(conversation).into_iter().map(member).collect();
    output::table(&members).trim_end().to_owned()
}

/// Where our person stands in a room, and by whose doing.
fn standing(conversation: &Conversation) -> String {
    let invited = invited_by(conversation);
    match conversation.standing {
        Standing::Invited => format!(
            "{}: `tidings room accept` takes part, `tidings room leave` turns it down",
            invited.as_deref().unwrap_or("invited")
        ),
        Standing::Left => "not in it any more: you left".to_owned(),
        Standing::Removed => "not in it any more: you were removed".to_owned(),
        Standing::Joined | _ => match invited {
            Some(invited) => format!("in it, {invited}"),
            None => "in it".to_owned(),
        },
    }
}

fn invited_by(conversation: &Conversation) -> Option<String> {
    let by = conversation.invited_by.as_ref()?;
    Some(format!("invited by {}", output::author(&by.name)))
}

/// A span of time in the largest unit of which it is a whole number.
fn span(seconds: u32) -> String {
    const UNITS: [(u32, &str); 4] = [
        (7 * 86_400, "week"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
    ];
    let whole = |(unit, _): &(u32, &str)| seconds.is_multiple_of(*unit);
    let (unit, name) = UNITS.into_iter().find(whole).unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

#[cfg(test)]
mod tests;
