//! The list of conversations, as it is shown.
//!
//! Invariants
//! - What it costs grows with the contacts and with the conversations, never with the one times the other: it is made anew
//!   for each key.

use std::collections::{BTreeMap, BTreeSet};

use tidings_node::api::{ContactState, Conversation, ConversationKind, Standing};
use tidings_node::{ConversationId, PersonId};

use super::State;
use crate::chat::Place;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Entry {
    /// Which.
    pub(in crate::tui) place: Place,
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

/// What the rows are made of, each found at once.
#[derive(Debug)]
struct Known<'a> {
    conversations: BTreeMap<Place, &'a Conversation>,
    online: BTreeSet<PersonId>,
    typing: BTreeSet<ConversationId>,
}

impl<'a> Known<'a> {
    fn of(state: &'a State) -> Self {
        let presence = &state.presence;
        // Of several there the first counts, as it does elsewhere.
        let conversations = state.conversations.iter().rev();
        Self {
            conversations: conversations
                .filter_map(|one| Some((state.place(one)?, one)))
                .collect(),
            online: presence.online.iter().map(|one| one.person).collect(),
            typing: presence.typing.iter().map(|one| one.conversation).collect(),
        }
    }
}

/// The rows: invitations, then whatever was written in last, then by name. What is put away is left out, unless it is wanted.
pub(in crate::tui) fn entries(state: &State) -> Vec<Entry> {
    let known = Known::of(state);
    let rooms = state.conversations.iter().filter_map(|conversation| {
        let is_room = conversation.kind == ConversationKind::Room;
        let place = Place::Room(conversation.id);
        let row = entry(state, &known, place, Some(conversation));
        (is_room && !is_away(state, &row)).then_some((conversation.title.as_str(), row))
    });
    let people = state.contacts.iter().filter_map(|contact| {
        let person = contact
            .person
            .filter(|_| contact.state != ContactState::Pending)?;
        let place = Place::Person(person);
        let conversation = known.conversations.get(&place).copied();
        let mut row = entry(state, &known, place, conversation);
        row.is_held_off = contact.state != ContactState::Active;
        row.is_blocked = contact.state == ContactState::Blocked;
        row.is_online = known.online.contains(&person);
        (!is_away(state, &row)).then_some((contact.name.as_str(), row))
    });
    let mut rows: Vec<(&str, Entry)> = rooms.chain(people).collect();
    rows.sort_by(|(name, one), (others, other)| {
        let key = |row: &Entry| (!row.is_invitation, u64::MAX - row.latest_at);
        key(one)
            .cmp(&key(other))
            .then_with(|| name.cmp(others))
            .then_with(|| one.place.cmp(&other.place))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Whether it is put away or left, nothing is unread in it, and nobody wants to see it.
fn is_away(state: &State, row: &Entry) -> bool {
    let is_open = state
        .open
        .as_ref()
        .is_some_and(|open| open.place == row.place);
    let is_wanted = is_open || state.shows_away || row.unread > 0;
    !is_wanted && row.is_away
}

fn is_put_away(conversation: &Conversation) -> bool {
    conversation.archived || conversation.standing == Standing::Left
}

fn entry(
    state: &State,
    known: &Known<'_>,
    place: Place,
    conversation: Option<&Conversation>,
) -> Entry {
    let composer = state.composers.get(&place);
    let has_draft = match composer {
        Some(composer) => !composer.is_blank(),
        None => conversation.is_some_and(|known| known.draft.is_some()),
    };
    Entry {
        place,
        unread: conversation.map_or(0, |known| known.unread),
        mentions: conversation.map_or(0, |known| known.mentions),
        is_muted: conversation.is_some_and(|known| known.muted),
        is_online: false,
        is_typing: conversation.is_some_and(|one| known.typing.contains(&one.id)),
        has_draft,
        is_invitation: conversation.is_some_and(|known| known.standing == Standing::Invited),
        is_held_off: false,
        is_blocked: false,
        is_away: conversation.is_some_and(is_put_away),
        latest_at: conversation.and_then(|known| known.latest_at).unwrap_or(0),
    }
}
