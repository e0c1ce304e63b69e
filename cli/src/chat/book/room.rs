//! Rooms, and what holds for all conversations.

use tidings_node::ConversationId;
use tidings_node::api::{Conversation, ConversationKind, Standing};

use super::members::Members;
use super::{Book, Change, Changed};
use crate::chat::Place;
use crate::output;
use crate::safe_text;

/// A room to write in.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    pub(crate) id: ConversationId,
    /// Safe to print.
    pub(crate) title: String,
    pub(crate) standing: Standing,
    pub(crate) unread: u64,
    pub(crate) members: Members,
    /// Who let us in; safe to print.
    pub(crate) invited_by: Option<String>,
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
}

impl Book {
    /// Takes what conversations there are at the start, with what is unread in them.
    pub(super) fn start_conversations(&mut self, conversations: &[Conversation]) {
        for conversation in conversations {
            self.take_place(conversation);
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

    /// Takes what conversations there are now; returns what changed.
    pub(crate) fn take_conversations(&mut self, conversations: &[Conversation]) -> Vec<Changed> {
        let mut changes = Vec::new();
        for conversation in conversations {
            let Some((place, lifetime)) = self.take_place(conversation) else {
                continue;
            };
            let room = match place {
                Place::Room(_) => self.take_room(conversation),
                Place::Person(_) => Vec::new(),
            };
            let changed = room.into_iter().chain(lifetime);
            changes.extend(changed.map(|change| Changed { place, change }));
        }
        changes
    }

    fn take_room(&mut self, conversation: &Conversation) -> Vec<Change> {
        let now = Room::new(conversation);
        match self.rooms.iter_mut().find(|room| room.id == now.id) {
            None if is_over(conversation) => Vec::new(),
            None => {
                // What is unread in it comes as a message, and is counted then.
                self.rooms.push(Room { unread: 0, ..now });
                vec![Change::Appeared]
            }
            Some(known) => {
                let mut changes: Vec<Change> = changed(known, &now).into_iter().collect();
                if known.standing == Standing::Joined && now.standing == Standing::Joined {
                    let own = known.members.own_role(&now.members, self.own);
                    changes.extend(own.map(|is_admin| Change::OwnRole { is_admin }));
                    let others = known.members.fates(&now.members, self.own).into_iter();
                    changes.extend(others.map(|(name, fate)| Change::Member(name, fate)));
                }
                let unread = known.unread;
                *known = Room { unread, ..now };
                changes
            }
        }
    }

    /// Takes to whom what is written in a conversation goes, what was begun there, and how long it stays; whether
    /// that is another time now.
    fn take_place(&mut self, conversation: &Conversation) -> Option<(Place, Option<Change>)> {
        let place = match conversation.kind {
            ConversationKind::Room => Place::Room(conversation.id),
            ConversationKind::Direct | _ => {
                let mut others = conversation.members.iter();
                Place::Person(others.find(|one| Some(one.person) != self.own)?.person)
            }
        };
        self.places.insert(conversation.id, place);
        match &conversation.draft {
            Some(draft) => self.drafts.insert(place, draft.clone()),
            None => self.drafts.remove(&place),
        };
        for (places, is_so) in [
            (&mut self.muted, conversation.muted),
            (&mut self.archived, conversation.archived),
            (&mut self.unreceipted, !conversation.read_receipts),
        ] {
            if is_so {
                places.insert(place);
            } else {
                places.remove(&place);
            }
        }
        let now = conversation.disappears_after;
        let before = match now {
            Some(seconds) => self.lifetimes.insert(place, seconds),
            None => self.lifetimes.remove(&place),
        };
        Some((place, (before != now).then_some(Change::Lifetime)))
    }
}

/// Whether a room is none to write in, and was none while this interface lasts.
fn is_over(conversation: &Conversation) -> bool {
    conversation.standing == Standing::Left
}

fn changed(known: &Room, now: &Room) -> Option<Change> {
    if known.standing != now.standing {
        let was_invited = known.standing == Standing::Invited;
        return Some(Change::Standing { was_invited });
    }
    let is_renamed = known.title != now.title;
    is_renamed.then(|| Change::Title(known.title.clone()))
}
