//! The list of conversations, as it is shown.

use tidings_node::api::{ContactState, Conversation, ConversationKind, Standing};

use super::State;
use crate::chat::Place;
use crate::safe_text::Safe;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Entry {
    /// Which.
    pub(in crate::tui) place: Place,
    /// What it is called.
    pub(in crate::tui) title: Safe,
    /// Messages that were not read.
    pub(in crate::tui) unread: u64,
    /// Those of them that mention us.
    pub(in crate::tui) mentions: u64,
    /// Whether nothing in it is worth an interruption.
    pub(in crate::tui) is_muted: bool,
    /// Whether somebody there can be reached now.
    pub(in crate::tui) is_online: bool,
    /// Whether somebody there types.
    pub(in crate::tui) is_typing: bool,
    /// Whether something was begun in it.
    pub(in crate::tui) has_draft: bool,
    /// Whether we are asked whether to take part.
    pub(in crate::tui) is_invitation: bool,
    /// Whether its contact is held off or blocked.
    pub(in crate::tui) is_held_off: bool,
    /// Whether its contact is blocked.
    pub(in crate::tui) is_blocked: bool,
    /// Whether it is put away, or was left.
    pub(in crate::tui) is_away: bool,
    latest_at: u64,
}

/// The rows: invitations, then whatever was written in last, then by name. What is put away is left out, unless it is wanted.
pub(in crate::tui) fn entries(state: &State) -> Vec<Entry> {
    let rooms = state.conversations.iter().filter_map(|conversation| {
        let is_room = conversation.kind == ConversationKind::Room;
        is_room.then(|| entry(state, Place::Room(conversation.id), Some(conversation)))
    });
    let people = state.contacts.iter().filter_map(|contact| {
        let person = contact
            .person
            .filter(|_| contact.state != ContactState::Pending)?;
        let place = Place::Person(person);
        let mut row = entry(state, place, state.conversation(place));
        row.is_held_off = contact.state != ContactState::Active;
        row.is_blocked = contact.state == ContactState::Blocked;
        let mut online = state.presence.online.iter();
        row.is_online = online.any(|author| author.person == person);
        Some(row)
    });
    let mut entries: Vec<Entry> = rooms
        .chain(people)
        .filter(|row| !is_away(state, row))
        .collect();
    entries.sort_by(|one, other| {
        let key = |row: &Entry| (!row.is_invitation, u64::MAX - row.latest_at);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.title.cmp(&other.title))
            .then_with(|| one.place.cmp(&other.place))
    });
    entries
}

/// Whether it is put away or left, nothing is unread in it, and nobody wants to see it.
fn is_away(state: &State, row: &Entry) -> bool {
    let is_open = state
        .open
        .as_ref()
        .is_some_and(|open| open.place == row.place);
    let conversation = state.conversation(row.place);
    let is_wanted = is_open || state.shows_away || row.unread > 0;
    !is_wanted && conversation.is_some_and(is_put_away)
}

fn is_put_away(conversation: &Conversation) -> bool {
    conversation.archived || conversation.standing == Standing::Left
}

fn entry(state: &State, place: Place, conversation: Option<&Conversation>) -> Entry {
    let composer = state.composers.get(&place);
    let has_draft = match composer {
        Some(composer) => !composer.is_blank(),
        None => conversation.is_some_and(|known| known.draft.is_some()),
    };
    let mut typing = state.presence.typing.iter();
    Entry {
        place,
        title: state.title(place),
        unread: conversation.map_or(0, |known| known.unread),
        mentions: conversation.map_or(0, |known| known.mentions),
        is_muted: conversation.is_some_and(|known| known.muted),
        is_online: false,
        is_typing: conversation
            .is_some_and(|known| typing.any(|typist| typist.conversation == known.id)),
        has_draft,
        is_invitation: conversation.is_some_and(|known| known.standing == Standing::Invited),
        is_held_off: false,
        is_blocked: false,
        is_away: conversation.is_some_and(is_put_away),
        latest_at: conversation.and_then(|known| known.latest_at).unwrap_or(0),
    }
}
