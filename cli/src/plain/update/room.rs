//! What is said of rooms, and of how long messages stay, when that changes.

use tidings_node::ConversationId;
use tidings_node::api::{Conversation, Standing};

use super::{Effect, State, hint};
use crate::chat::{Change, Changed, Fate, Place, Room};
use crate::commands::room::stays;
use crate::output;

/// Changes of one time that are told one by one.
pub(super) const CHANGES_TOLD_MAX: usize = 8;

impl State {
    /// Takes what conversations there are now; says what changed.
    pub(super) fn take_conversations(&mut self, conversations: &[Conversation]) -> Vec<Effect> {
        let changes = self.book.take_conversations(conversations);
        let mut told = 0;
        let mut said = Vec::new();
        for changed in &changes {
            let is_of_others = matches!(changed.change, Change::Member(..));
            let line = self.said(changed);
            told += usize::from(is_of_others && line.is_some());
            said.extend(line.filter(|_| !is_of_others || told <= CHANGES_TOLD_MAX));
        }
        if let Some(more @ 1..) = told.checked_sub(CHANGES_TOLD_MAX) {
            said.push(format!("and {more} more: /members"));
        }
        said.into_iter().map(hint).collect()
    }

    /// What is said of a change, if the typist should know.
    fn said(&self, Changed { place, change }: &Changed) -> Option<String> {
        let is_open = self.open == Some(*place);
        let (title, room) = match place {
            Place::Room(id) => {
                let room = self.book.room(*id)?;
                (&room.title, Some(room))
            }
            Place::Person(id) => (&self.book.person(*id)?.name, None),
        };
        match change {
            Change::Appeared => Some(appeared(room?)),
            Change::Standing { was_invited } => Some(stands(room?, *was_invited)),
            Change::Title(before) => Some(format!("The room {before} is called {title} now.")),
            Change::OwnRole { is_admin: true } => {
                Some(format!("You are an admin of the room {title} now."))
            }
            Change::OwnRole { is_admin: false } => {
                Some(format!("You are no admin of the room {title} any more."))
            }
            Change::Member(name, fate) => is_open.then(|| became(name, *fate, title)),
            Change::Lifetime if is_open => Some(self.lifetime(*place)),
            Change::Lifetime => None,
        }
    }

    /// How long stays what is written there.
    pub(super) fn lifetime(&self, place: Place) -> String {
        let preposition = match place {
            Place::Room(_) => "in",
            Place::Person(_) => "with",
        };
        let within = format!("{preposition} {}", self.book.name(place));
        stays(&within, self.book.lifetime(place))
    }
}

fn appeared(room: &Room) -> String {
    let title = &room.title;
    let by = |how: &str| match &room.invited_by {
        Some(name) => format!("{how}{name}"),
        None => String::new(),
    };
    match room.standing {
        Standing::Invited => {
            let by = by(" by ");
            format!(
                "You are invited to the room {title}{by}. /accept {title} takes part, /leave {title} \
                 turns it down."
            )
        }
        Standing::Joined | _ => {
            let by = by(", invited by ");
            format!("You are in the room {title} now{by}. /chat {title} to write.")
        }
    }
}

fn stands(room: &Room, was_invited: bool) -> String {
    let title = &room.title;
    match room.standing {
        Standing::Left if was_invited => {
            format!("You have turned down the invitation to the room {title}.")
        }
        Standing::Left => format!("You have left the room {title}."),
        Standing::Removed => format!("You were removed from the room {title}."),
        Standing::Invited | Standing::Joined | _ => appeared(room),
    }
}

fn became(name: &str, fate: Fate, title: &str) -> String {
    match fate {
        Fate::Came => format!("{name} is in the room {title} now."),
        Fate::Rose => format!("{name} is an admin of the room {title} now."),
        Fate::Fell => format!("{name} is no admin of the room {title} any more."),
        Fate::Went => format!("{name} has left the room {title}, or was removed from it."),
    }
}

/// What is to be said of a room in a list.
pub(super) fn about(room: &Room) -> &'static str {
    match room.standing {
        Standing::Invited => "room: you are invited, /accept",
        Standing::Left => "room that you left",
        Standing::Removed => "room that you were removed from",
        Standing::Joined | _ => "room",
    }
}

/// Who is in a room, a line each, numbered.
pub(super) fn members(state: &State, room: &Room) -> String {
    let rows: Vec<[String; 3]> = (1usize..)
        .zip(room.members.iter())
        .map(|(number, (id, member))| {
            let name = if Some(id) == state.book.own() {
                format!("{} (you)", member.name)
            } else {
                member.name.clone()
            };
            let role = if member.is_admin { "admin" } else { "" };
            [number.to_string(), name, role.to_owned()]
        })
        .collect();
    output::table(&rows)
}

/// Takes part in a room that we accepted to.
pub(super) fn accepted(state: &mut State, conversation: &Conversation) -> Vec<Effect> {
    state.take_conversations(std::slice::from_ref(conversation));
    state.open(Place::Room(conversation.id))
}

/// Takes part in a room no longer, or turned its invitation down.
pub(super) fn left(state: &mut State, conversation: &Conversation) -> Vec<Effect> {
    let effects = state.take_conversations(std::slice::from_ref(conversation));
    let room: ConversationId = conversation.id;
    if state.open == Some(Place::Room(room)) {
        state.close();
    }
    effects
}
