//! In which order a list shows everybody and every room.

use std::cmp::Reverse;

use tidings_node::api::{Conversation, ConversationKind, Standing};

use super::Book;
use crate::chat::Place;

impl Book {
    /// Everybody and every room: invitations, then whatever was written in last, then by name.
    pub(crate) fn by_latest(&self) -> &[Place] {
        self.by_latest.get_or_init(|| self.sorted())
    }

    fn sorted(&self) -> Vec<Place> {
        let conversations = self.conversations().iter();
        let rooms = conversations.filter(|one| one.kind == ConversationKind::Room);
        let rooms = rooms.map(|room| (Some(room), room.title.as_str(), Place::Room(room.id)));
        let people = self.contacts().iter().filter_map(|contact| {
            let place = Place::Person(contact.person?);
            Some((self.conversation(place), contact.name.as_str(), place))
        });
        let mut all: Vec<_> = rooms
            .chain(people)
            .map(|(conversation, name, place)| (rank(conversation), name, place))
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(.., place)| place).collect()
    }
}

/// What comes first, the least.
fn rank(conversation: Option<&Conversation>) -> (bool, Reverse<u64>) {
    let is_invitation = conversation.is_some_and(|one| one.standing == Standing::Invited);
    let latest = conversation.and_then(|one| one.latest_at).unwrap_or(0);
    (!is_invitation, Reverse(latest))
}
