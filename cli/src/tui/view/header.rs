//! The first row: who is open, and how others are reached.

use ratatui::layout::Rect;
use tidings_node::api::ContactState;

use crate::chat::Place;
use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::{Line, blanks};
use crate::tui::state::State;
use crate::tui::theme::Role;

/// The mode of a node that reaches nobody.
const OFFLINE: &str = "offline";

/// Draws it.
pub(super) fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_>) {
    let width = usize::from(area.width);
    let paths = paths(state);
    let room = width.saturating_sub(paths.width() + 1);
    let title = state.open.as_ref().map_or_else(
        || Line::of("Tidings", Role::Heading),
        |open| title(state, open.place),
    );
    let title = title.cut(room);
    let gap = width.saturating_sub(title.width() + paths.width());
    let line = title.with(blanks(gap), Role::Text).then(paths);
    canvas.row(area, 0, &line.cut(width));
}

/// What is open, and what is to be known of it.
fn title(state: &State, place: Place) -> Line {
    let texts = &state.texts;
    let mut line = Line::of(state.title(place), Role::Heading);
    let contact = state.contact(place);
    let conversation = state.conversation(place);
    let remarks = [
        (
            contact.is_some_and(|one| one.verified),
            texts.verified_mark(),
            Role::Good,
        ),
        (
            contact.is_some_and(|one| one.state == ContactState::Suspended),
            texts.held_off(),
            Role::Trouble,
        ),
        (
            conversation.is_some_and(|one| one.muted),
            texts.muted(),
            Role::Faint,
        ),
        (
            conversation.is_some_and(|one| one.disappears_after.is_some()),
            texts.disappearing(),
            Role::Faint,
        ),
    ];
    for (_, words, role) in remarks.into_iter().filter(|(holds, ..)| *holds) {
        line = line.with("  ", Role::Text).with(words, role);
    }
    line
}

/// How others are reached, and what has not come to them yet.
fn paths(state: &State) -> Line {
    let Some(status) = &state.status else {
        return Line::default();
    };
    let texts = &state.texts;
    let mut said: Vec<(Safe, Role)> = Vec::new();
    if status.mode == OFFLINE || status.lack.is_some() {
        said.push((texts.offline(), Role::Trouble));
    } else {
        let peers = status.peers;
        if peers.lan > 0 {
            said.push((texts.paths_lan(peers.lan), Role::Good));
        }
        if peers.direct > 0 {
            said.push((texts.paths_internet(peers.direct), Role::Good));
        }
        if peers.relayed > 0 {
            said.push((texts.paths_relayed(peers.relayed), Role::Good));
        }
        if said.is_empty() {
            said.push((texts.alone(), Role::Faint));
        }
    }
    if status.carried > 0 {
        said.push((texts.messages_carried(status.carried), Role::Faint));
    }
    let queued = status.queued.saturating_sub(status.carried);
    if queued > 0 {
        said.push((texts.messages_queued(queued), Role::Attention));
    }
    let mut line = Line::default();
    for (number, (words, role)) in said.into_iter().enumerate() {
        if number > 0 {
            line = line.with(" - ", Role::Faint);
        }
        line = line.with(words, role);
    }
    line
}
