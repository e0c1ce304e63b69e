//! Conversations: the list of them, and what is done to one.

use tidings_node::api::{Conversation, Standing};

use super::action::not_here;
use super::popup::{ask, pinned};
use super::{composer, list};
use crate::chat::{Ask, Changed, ConversationAction, Place};
use crate::tui::effect::Effect;
use crate::tui::state::{Focus, State};

/// Does what is about conversations.
pub(super) fn act(state: &mut State, action: ConversationAction) -> Vec<Effect> {
    match action {
        ConversationAction::List => {
            state.focus = Focus::List;
            Vec::new()
        }
        ConversationAction::ShowArchived => {
            state.shows_away = !state.shows_away;
            state.focus = Focus::List;
            Vec::new()
        }
        ConversationAction::Open if state.focus == Focus::List => list::open(state),
        ConversationAction::Open => not_here(state),
        ConversationAction::Next => list::open_next(state, false),
        ConversationAction::Previous => list::open_next(state, true),
        ConversationAction::NextUnread => list::next_unread(state, false),
        ConversationAction::NextMention => list::next_unread(state, true),
        ConversationAction::ReadAll => on(state, |_, place| vec![Effect::Ask(Ask::ReadAll(place))]),
        ConversationAction::Mute => on(state, mute),
        ConversationAction::Archive => on(state, archive),
        ConversationAction::Receipts => on(state, receipts),
        ConversationAction::Pinned => on(state, pinned::show),
        ConversationAction::Lifetime => on(state, ask::lifetime),
    }
}

/// What actions are about: the open conversation, or the one that the list stands on while that has the keys.
pub(super) fn meant(state: &State) -> Option<Place> {
    let of_list = state.chosen.filter(|_| state.focus == Focus::List);
    of_list.or(state.open_place())
}

/// Does something to the one that actions are about.
fn on(state: &mut State, what: impl FnOnce(&mut State, Place) -> Vec<Effect>) -> Vec<Effect> {
    match meant(state) {
        Some(place) => what(state, place),
        None => not_here(state),
    }
}

fn mute(state: &mut State, place: Place) -> Vec<Effect> {
    let is_muted = state.conversation(place).is_some_and(|one| one.muted);
    vec![prefer(place, Some(!is_muted), None, None)]
}

fn archive(state: &mut State, place: Place) -> Vec<Effect> {
    let is_archived = state.conversation(place).is_some_and(|one| one.archived);
    vec![prefer(place, None, Some(!is_archived), None)]
}

fn receipts(state: &mut State, place: Place) -> Vec<Effect> {
    let known = state.conversation(place);
    let has_receipts = known.is_none_or(|one| one.read_receipts);
    vec![prefer(place, None, None, Some(!has_receipts))]
}

fn prefer(
    place: Place,
    muted: Option<bool>,
    archived: Option<bool>,
    read_receipts: Option<bool>,
) -> Effect {
    Effect::Ask(Ask::Prefer {
        place,
        muted,
        archived,
        read_receipts,
    })
}

/// Has all of them be asked for, once they are not under way.
pub(super) fn wanted(state: &mut State) -> Vec<Effect> {
    let wanted = state.refresh_conversations.wanted();
    wanted
        .then_some(Effect::Ask(Ask::Conversations))
        .into_iter()
        .collect()
}

/// Takes all of them as they are now.
pub(super) fn take_all(state: &mut State, conversations: Vec<Conversation>) -> Vec<Effect> {
    let changed = state.book.take_conversations(conversations);
    invitations(state, &changed);
    let mut effects = composer::drafts_elsewhere(state);
    let again = state.refresh_conversations.answered();
    effects.extend(again.then_some(Effect::Ask(Ask::Conversations)));
    effects
}

/// Takes one as it is now.
pub(super) fn take(state: &mut State, now: Conversation) {
    state.book.take_conversation(now);
}

/// Notes into which rooms we are invited that we were not before, where nobody looks.
fn invitations(state: &mut State, changed: &[Changed<Conversation>]) {
    if state.is_looked_at {
        return;
    }
    let is_invited = |one: &&Conversation| one.standing == Standing::Invited;
    for Changed { place, before } in changed {
        let now = state.book.conversation(*place).filter(is_invited);
        if let (Some(room), None) = (now, before.as_ref().filter(is_invited)) {
            let by = room.invited_by.as_ref();
            state.waiting.invited(by, &state.texts);
        }
    }
}
