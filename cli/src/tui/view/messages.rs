//! The messages of the open conversation.

use ratatui::layout::Rect;
use tidings_node::api::{Role, Standing};

use crate::chat::{Action, Place};
use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::scene::{self, Wide};
use crate::tui::state::{Beyond, Pane, Side, State};
use crate::tui::theme::Face;

/// Draws them, the last at the bottom.
pub(super) fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_>) {
    let height = usize::from(area.height);
    let Some(walk) = scene::walk(state) else {
        return prose(canvas, area, &state.nothing_open());
    };
    if let Some(words) = unwritten(state, walk.pane) {
        return prose(canvas, area, &words);
    }
    let rows = scene::pane_rows(walk, scene::message_rows(state));
    let below = scene::below(state);
    let top = height.saturating_sub(rows.len() + below.len());
    for (row, shown) in rows.iter().enumerate() {
        canvas.row(area, top + row, &shown.line);
    }
    for (row, line) in below.iter().enumerate() {
        canvas.row(area, top + rows.len() + row, line);
    }
}

/// What is said where nothing is written; nothing where what was done is there to be shown.
fn unwritten(state: &State, pane: &Pane) -> Option<Safe> {
    let place = pane.place;
    if pane.window.messages().next().is_some() {
        return None;
    }
    let texts = &state.texts;
    if let Some(words) = invitation(state, place) {
        Some(words)
    } else if !pane.is_loaded {
        Some(texts.loading())
    } else if is_all(pane) && is_empty_room(state, place) {
        Some(empty_room(state))
    } else {
        (pane.window.len() == 0).then(|| texts.nothing_written())
    }
}

/// Who invites us, where we are invited and do not take part yet.
fn invitation(state: &State, place: Place) -> Option<Safe> {
    let conversation = state.conversation(place)?;
    if conversation.standing != Standing::Invited {
        return None;
    }
    let texts = &state.texts;
    let room = state.title(place);
    Some(match &conversation.invited_by {
        Some(by) => texts.invited_by(&texts.author(&by.name), &room),
        None => texts.invited_to(&room),
    })
}

/// Whether all that stands in a conversation is in memory.
fn is_all(pane: &Pane) -> bool {
    [Side::Older, Side::Newer].map(|side| pane.window.beyond(side)) == [Beyond::Nothing; 2]
}

/// Whether nobody but us is in a room into which we can let others.
fn is_empty_room(state: &State, place: Place) -> bool {
    let room = state
        .conversation(place)
        .filter(|_| matches!(place, Place::Room(_)));
    room.is_some_and(|room| match room.members.as_slice() {
        [only] => only.person == state.identity.person && only.role == Role::Admin,
        _ => false,
    })
}

/// How others come to be in a room in which nobody is.
fn empty_room(state: &State) -> Safe {
    let keys = |action| Safe::line(&state.keys_of(action));
    let texts = &state.texts;
    if state.book.contacts().is_empty() {
        return texts.nobody_yet(&keys(Action::Invite), &keys(Action::Join));
    }
    texts.nobody_in_room(&keys(Action::InviteMember))
}

/// A text of ours in the middle of an area.
fn prose(canvas: &mut Canvas<'_>, area: Rect, words: &Safe) {
    let wide = Wide::of(area.width);
    let room = wide.columns().saturating_sub(4).max(1);
    let rows = words.rows(room, room);
    let top = usize::from(area.height).saturating_sub(rows.len()) / 2;
    for (row, text) in rows.iter().enumerate() {
        canvas.row(area, top + row, &wide.centred(text, Face::Faint));
    }
}
