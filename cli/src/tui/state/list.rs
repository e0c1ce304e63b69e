//! The list of conversations, as it is shown.
//!
//! Invariants
//! - What it costs grows with the contacts and with the conversations, never with the one times the other; what a row shows
//!   is made for those rows alone that are drawn.

use tidings_node::api::{ContactState, Conversation, Standing};

use super::State;
use crate::chat::Place;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct ListRow {
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
}

/// Those in the rows, from the top. What is put away or was left is left out, unless something is unread in it, it is open,
/// or somebody wants to see it.
pub(in crate::tui) fn listed(state: &State) -> impl Iterator<Item = Place> {
    let all = state.book.by_latest().iter().copied();
    let open = state.open_place();
    all.filter(move |place| {
        let known = state.conversation(*place);
        let is_away = known.is_some_and(|one| is_put_away(one) && one.unread == 0);
        !is_away || state.shows_away || open == Some(*place)
    })
}

fn is_put_away(conversation: &Conversation) -> bool {
    conversation.archived || conversation.standing == Standing::Left
}

/// What is in a row.
pub(in crate::tui) fn list_row(state: &State, place: Place) -> ListRow {
    let conversation = state.conversation(place);
    let has_draft = match state.composers.get(&place) {
        Some(composer) => !composer.is_blank(),
        None => conversation.is_some_and(|known| known.draft.is_some()),
    };
    let is_typing = |one: &Conversation| state.book.typing(one.id).next().is_some();
    let stands = state.contact(place).map(|contact| contact.state);
    ListRow {
        place,
        unread: conversation.map_or(0, |known| known.unread),
        mentions: conversation.map_or(0, |known| known.mentions),
        is_muted: conversation.is_some_and(|known| known.muted),
        is_online: match place {
            Place::Person(person) => state.book.is_online(person),
            Place::Room(_) => false,
        },
        is_typing: conversation.is_some_and(is_typing),
        has_draft,
        is_invitation: conversation.is_some_and(|known| known.standing == Standing::Invited),
        is_held_off: stands.is_some_and(|stands| stands != ContactState::Active),
        is_blocked: stands == Some(ContactState::Blocked),
        is_away: conversation.is_some_and(is_put_away),
    }
}
