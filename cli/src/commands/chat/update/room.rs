//! Rooms in a chat: those that the typist can open, and what changes about them.

use tidings_node::ConversationId;
use tidings_node::api::{Conversation, ConversationKind, Standing};

use super::members::Members;
use super::{Effect, Place, State, hint};
use crate::commands::room::lifetime;
use crate::output;
use crate::safe_text;

/// Columns of a draft that are shown.
const DRAFT_COLUMNS: usize = 40;

/// A room to write in.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub(super) id: ConversationId,
    /// Safe to print.
    pub(super) title: String,
    pub(super) standing: Standing,
    pub(super) unread: u64,
    pub(super) members: Members,
    /// Who let us in; safe to print.
    invited_by: Option<String>,
}

impl Room {
    fn new(conversation: &Conversation) -> Self {
        let by = conversation.invited_by.as_ref();
        Self {
            id: conversation.id,
            title: safe_text::name(&conversation.title),
            standing: conversation.standing,
            unread: conversation.unread,
            members: Members::of(conversation),
            invited_by: by.map(|by| output::author(&by.name)),
        }
    }

    /// What is to be said of it in a list.
    pub(super) fn about(&self) -> &'static str {
        match self.standing {
            Standing::Invited => "room: you are invited, /accept",
            Standing::Left => "room that you left",
            Standing::Removed => "room that you were removed from",
            Standing::Joined | _ => "room",
        }
    }
}

impl State {
    pub(super) fn room(&self, id: ConversationId) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }

    /// Takes what conversations there are at the start, with what is unread in them.
    pub(super) fn start_conversations(&mut self, conversations: &[Conversation]) {
        for conversation in conversations {
            self.place(conversation);
            let unread = conversation.unread;
            match self.places.get(&conversation.id) {
                Some(Place::Person(id)) => {
                    if let Some(person) = self.people.iter_mut().find(|one| one.id == *id) {
                        person.unread = unread;
                    }
                }
                Some(Place::Room(_)) if is_over(conversation) => {}
                Some(Place::Room(_)) => self.rooms.push(Room::new(conversation)),
                None => {}
            }
        }
    }

    /// Takes what conversations there are now; says what changed.
    pub(super) fn take_conversations(&mut self, conversations: &[Conversation]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for conversation in conversations {
            let lifetime = self.place(conversation);
            if conversation.kind == ConversationKind::Room {
                effects.extend(self.take_room(conversation));
            }
            effects.extend(lifetime.map(hint));
        }
        effects
    }

    fn take_room(&mut self, conversation: &Conversation) -> Vec<Effect> {
        let now = Room::new(conversation);
        let is_open = self.open == Some(Place::Room(now.id));
        let said = match self.rooms.iter_mut().find(|room| room.id == now.id) {
            None if is_over(conversation) => Vec::new(),
            None => {
                let said = appeared(&now);
                // What is unread in it comes as a message, and is counted then.
                self.rooms.push(Room { unread: 0, ..now });
                vec![said]
            }
            Some(known) => {
                let mut said: Vec<String> = changed(known, &now).into_iter().collect();
                if known.standing == Standing::Joined && now.standing == Standing::Joined {
                    let title = &now.title;
                    said.extend(known.members.own_news(&now.members, self.own, title));
                    if is_open {
                        said.extend(known.members.news(&now.members, self.own, title));
                    }
                }
                let unread = known.unread;
                *known = Room { unread, ..now };
                said
            }
        };
        said.into_iter().map(hint).collect()
    }

    /// Notes to whom what is written in a conversation goes, what was begun there, and how long it
    /// stays; says so if that has changed where one writes.
    fn place(&mut self, conversation: &Conversation) -> Option<String> {
        let place = match conversation.kind {
            ConversationKind::Room => Some(Place::Room(conversation.id)),
            ConversationKind::Direct | _ => {
                let mut others = conversation.members.iter();
                let other = others.find(|member| Some(member.person) != self.own);
                other.map(|other| Place::Person(other.person))
            }
        };
        let place = place?;
        self.places.insert(conversation.id, place);
        match &conversation.draft {
            Some(draft) => {
                let start = safe_text::truncated(&safe_text::line(draft), DRAFT_COLUMNS);
                self.drafts.insert(place, start);
            }
            None => {
                self.drafts.remove(&place);
            }
        }
        self.take_lifetime(place, conversation)
    }

    fn take_lifetime(&mut self, place: Place, conversation: &Conversation) -> Option<String> {
        let now = conversation.disappears_after;
        let said = lifetime(conversation);
        let before = match now {
            Some(seconds) => self.lifetimes.insert(place, (seconds, said.clone())),
            None => self.lifetimes.remove(&place),
        };
        let has_changed = before.map(|(seconds, _)| seconds) != now;
        (has_changed && self.open == Some(place)).then_some(said)
    }
}

/// Takes part in a room that we accepted to.
pub(super) fn accepted(state: &mut State, conversation: &Conversation) -> Vec<Effect> {
    state.take_conversations(std::slice::from_ref(conversation));
    state.open(Place::Room(conversation.id))
}

/// Takes part in a room no longer, or turned its invitation down.
pub(super) fn left(state: &mut State, conversation: &Conversation) -> Vec<Effect> {
    let effects = state.take_conversations(std::slice::from_ref(conversation));
    if state.open == Some(Place::Room(conversation.id)) {
        state.close();
    }
    effects
}

/// Whether a room is none to write in, and was none while this chat lasts.
fn is_over(conversation: &Conversation) -> bool {
    conversation.standing == Standing::Left
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
                "\u{2022} You are invited to the room {title}{by}. /accept {title} takes part, \
                 /leave {title} turns it down."
            )
        }
        Standing::Joined | _ => {
            let by = by(", invited by ");
            format!("\u{2022} You are in the room {title} now{by}. /chat {title} to write.")
        }
    }
}

fn changed(known: &Room, now: &Room) -> Option<String> {
    let title = &now.title;
    if known.standing != now.standing {
        return Some(match now.standing {
            Standing::Left if known.standing == Standing::Invited => {
                format!("You have turned down the invitation to the room {title}.")
            }
            Standing::Left => format!("You have left the room {title}."),
            Standing::Removed => format!("You were removed from the room {title}."),
            Standing::Invited | Standing::Joined | _ => appeared(now),
        });
    }
    let renamed = known.title != *title;
    renamed.then(|| format!("The room {} is called {title} now.", known.title))
}
