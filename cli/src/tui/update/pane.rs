//! The conversation that is open: opening it, and going through it.

use tidings_node::OperationId;

use super::{composer, page};
use crate::chat::{Anchor, Ask, Item, Place};
use crate::tui::composer::Composer;
use crate::tui::effect::Effect;
use crate::tui::scene;
use crate::tui::state::{Beyond, Focus, PAGE_MESSAGES, Pane, Scroll, Side, State};

/// Opens a conversation to write in.
pub(super) fn open(state: &mut State, place: Place) -> Vec<Effect> {
    state.chosen = Some(place);
    state.focus = Focus::Composer;
    if state.open.as_ref().is_some_and(|open| open.place == place) {
        return Vec::new();
    }
    let mut effects = composer::keep_drafts(state);
    let draft = state
        .conversation(place)
        .and_then(|conversation| conversation.draft.clone())
        .unwrap_or_default();
    state
        .composers
        .entry(place)
        .or_insert_with(|| Composer::with_draft(&draft));
    let ticket = state.next_ticket();
    state.open = Some(Pane::opened(place, ticket));
    effects.push(page::latest(state, place));
    effects
}

/// Moves the screen by rows.
pub(super) fn scroll(state: &mut State, by: isize) {
    let height = scene::message_rows(state);
    let Some(scroll) = scene::walk(state).map(|walk| scene::scrolled(walk, height, by)) else {
        return;
    };
    if let Some(pane) = state.open.as_mut() {
        pane.scroll = scroll;
    }
}

/// Moves the screen by pages.
pub(super) fn page(state: &mut State, is_back: bool) {
    let height = scene::areas(state).messages.height;
    let rows = isize::try_from(height.saturating_sub(2).max(1)).unwrap_or(1);
    scroll(state, if is_back { -rows } else { rows });
}

/// Has actions be about the message before or behind, which is then on the screen.
pub(super) fn select(state: &mut State, is_back: bool) {
    let before = state.open.as_ref().and_then(|pane| pane.selected);
    if let Some(pane) = state.open.as_mut() {
        pane.select(is_back);
        // A message that is longer than the screen is gone through before it is left.
        if pane.selected == before {
            return scroll(state, if is_back { -1 } else { 1 });
        }
    }
    show_selected(state);
}

/// Has the message that actions are about on the screen.
pub(super) fn show_selected(state: &mut State) {
    let height = scene::message_rows(state);
    let Some(id) = state.open.as_ref().and_then(|pane| pane.selected) else {
        return;
    };
    let Some(scroll) = scene::walk(state).map(|walk| scene::shown_from(walk, height, id)) else {
        return;
    };
    if let Some(pane) = state.open.as_mut() {
        pane.scroll = scroll;
    }
}

/// Goes to the end of the conversation.
pub(super) fn bottom(state: &mut State) -> Vec<Effect> {
    let Some(pane) = state.open.as_mut() else {
        return Vec::new();
    };
    pane.scroll = Scroll::Latest;
    pane.selected = None;
    if pane.window.beyond(Side::Newer) == Beyond::Nothing {
        return Vec::new();
    }
    pane.window = Default::default();
    let place = pane.place;
    vec![page::latest(state, place)]
}

/// Goes to the first message that is here; what is before it is asked for then.
pub(super) fn top(state: &mut State) {
    let Some(pane) = state.open.as_mut() else {
        return;
    };
    let message = pane.window.messages().next().map(|message| message.id);
    let first = pane.window.at(0).map(Item::id);
    pane.selected = message.or(pane.selected);
    show_selected(state);
    // What was done before it stands above it.
    if let Some(first) = first.filter(|_| first != message) {
        page::show_from_top(state, first);
    }
}

/// Opens a conversation at one of its messages, and that where words are that were sought.
pub(super) fn jump(
    state: &mut State,
    place: Place,
    message: OperationId,
    sought: Option<&str>,
) -> Vec<Effect> {
    let mut effects = open(state, place);
    state.focus = Focus::Messages;
    if let Some(pane) = state.open.as_mut() {
        pane.sought = sought.map(|words| (message, words.to_owned()));
    }
    let is_here = |pane: &Pane| pane.window.place(message).is_some();
    if state.open.as_ref().is_some_and(is_here) {
        if let Some(pane) = state.open.as_mut() {
            pane.selected = Some(message);
        }
        show_selected(state);
        return effects;
    }
    let ticket = state.next_ticket();
    if let Some(pane) = state.open.as_mut() {
        pane.goal = Some(message);
        pane.latest = ticket;
        // What arrives meanwhile has the end be asked for once this has come, and not in its place.
        pane.refreshing = Some(ticket);
    }
    effects.retain(|effect| !matches!(effect, Effect::Ask(Ask::Page { .. })));
    effects.push(Effect::Ask(Ask::Page {
        ticket,
        place,
        anchor: Anchor::Around(message),
        limit: PAGE_MESSAGES,
    }));
    effects
}
