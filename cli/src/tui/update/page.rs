//! Pages of the open conversation: asked for, and taken as they come.

use tidings_node::OperationId;
use tidings_node::api::Gap;

use super::pane;
use crate::chat::{Anchor, Ask, Item, Place, Ticket};
use crate::tui::effect::Effect;
use crate::tui::scene;
use crate::tui::state::{Beyond, PAGE_MESSAGES, Scroll, Side, State, Window};

/// Has the end of the open conversation be asked for.
pub(super) fn latest(state: &mut State, place: Place) -> Effect {
    let ticket = state.next_ticket();
    if let Some(pane) = state.open.as_mut() {
        pane.latest = ticket;
        pane.refreshing = Some(ticket);
        pane.is_stale = false;
    }
    Effect::Ask(Ask::Page {
        ticket,
        place,
        anchor: Anchor::Newest,
        limit: PAGE_MESSAGES,
    })
}

/// Has the end of the open conversation be asked for again, once it is not under way.
pub(super) fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(pane) = state.open.as_mut() else {
        return Vec::new();
    };
    // One at a time: whoever writes without end would have each take the place of the one before.
    if !pane.is_loaded || pane.refreshing.is_some() {
        pane.is_stale = true;
        return Vec::new();
    }
    let place = pane.place;
    vec![latest(state, place)]
}

/// Has the end of the open conversation be asked for where nothing is left of what was here, beside which more could be
/// asked for.
pub(super) fn again_if_empty(state: &mut State) -> Vec<Effect> {
    let is_cut_off = state.open.as_ref().is_some_and(|pane| {
        let sides = [Side::Older, Side::Newer].map(|side| pane.window.beyond(side));
        pane.window.len() == 0 && sides != [Beyond::Nothing; 2]
    });
    if is_cut_off {
        refresh(state)
    } else {
        Vec::new()
    }
}

/// Asks for what lies beyond the messages that are here, once their first or last is on the screen.
pub(super) fn beyond(state: &mut State) -> Vec<Effect> {
    let height = scene::message_rows(state);
    let Some(walk) = scene::walk(state) else {
        return Vec::new();
    };
    let window = &walk.pane.window;
    let rows = scene::pane_rows(walk, height);
    let is = |row: Option<&scene::PaneRow>, place: Option<usize>| {
        let wanted = place.and_then(|place| window.at(place));
        row.is_some_and(|row| wanted.is_some_and(|wanted| wanted.id() == row.message))
    };
    let is_first = is(rows.first(), Some(0));
    let is_last = is(rows.last(), window.len().checked_sub(1));
    let mut effects = Vec::new();
    for (_, side) in [(is_first, Side::Older), (is_last, Side::Newer)]
        .into_iter()
        .filter(|(is_there, _)| *is_there)
    {
        let ticket = state.ticket.next();
        let Some(pane) = state.open.as_mut() else {
            break;
        };
        let Some(beside) = pane.window.ask(side) else {
            continue;
        };
        state.ticket = ticket;
        effects.push(Effect::Ask(Ask::Page {
            ticket,
            place: pane.place,
            anchor: match side {
                Side::Older => Anchor::Before(beside),
                Side::Newer => Anchor::After(beside),
            },
            limit: PAGE_MESSAGES,
        }));
    }
    effects
}

/// Takes a page of the open conversation.
pub(super) fn take(
    state: &mut State,
    (ticket, place, anchor): (Ticket, Place, Anchor),
    items: Vec<Item>,
    gaps: Vec<Gap>,
) -> Vec<Effect> {
    let is_open = state.open.as_ref().is_some_and(|open| open.place == place);
    let Some(pane) = state.open.as_mut().filter(|_| is_open) else {
        return Vec::new();
    };
    pane.take_gaps(gaps);
    pane.refreshing = pane.refreshing.filter(|under_way| *under_way != ticket);
    let more = is_whole(&items);
    match anchor {
        Anchor::Newest if ticket == pane.latest => return take_latest(state, place, items),
        Anchor::Around(message) if ticket == pane.latest => {
            return take_around(state, place, message, items);
        }
        Anchor::Before(beside) => pane.change(|window, looked_at| {
            window.take(Side::Older, beside, items, more, looked_at);
        }),
        Anchor::After(beside) => pane.change(|window, looked_at| {
            window.take(Side::Newer, beside, items, more, looked_at);
        }),
        Anchor::Newest | Anchor::NewestMessages | Anchor::Around(_) => {}
    }
    Vec::new()
}

/// Whether there is as much as was asked for: then more may follow.
fn is_whole(items: &[Item]) -> bool {
    items.len() >= usize::try_from(PAGE_MESSAGES).unwrap_or(usize::MAX)
}

/// Takes the end of the open conversation.
fn take_latest(state: &mut State, place: Place, items: Vec<Item>) -> Vec<Effect> {
    let more = is_whole(&items);
    let Some(pane) = state.open.as_mut() else {
        return Vec::new();
    };
    if pane.is_loaded {
        let selected = pane.selected.filter(|id| pane.window.place(*id).is_some());
        pane.change(|window, looked_at| {
            window.take_latest(items, more, looked_at.or(selected));
        });
    } else {
        pane.is_loaded = true;
        let mut messages = items.iter().filter_map(Item::message);
        let first = messages.find(|message| !message.mine && !message.read);
        pane.divider = first.map(|message| message.id);
        let older = if more { Beyond::More } else { Beyond::Nothing };
        pane.window = Window::of(items, older, Beyond::Nothing);
        // What is new is read from its start.
        if let Some(message) = pane.divider {
            pane.scroll = Scroll::Latest;
            pane.goal = Some(message);
        }
    }
    let is_stale = std::mem::take(&mut pane.is_stale);
    let goal = pane.goal.take();
    if let Some(goal) = goal {
        show_from_top(state, goal);
    }
    if is_stale {
        return vec![latest(state, place)];
    }
    Vec::new()
}

/// Takes the part of a conversation around a message.
fn take_around(
    state: &mut State,
    place: Place,
    message: OperationId,
    items: Vec<Item>,
) -> Vec<Effect> {
    let is_there = items.iter().any(|one| one.id() == message);
    let mut is_stale = false;
    if let Some(pane) = state.open.as_mut() {
        is_stale = std::mem::take(&mut pane.is_stale);
        pane.is_loaded = true;
        pane.goal = None;
        pane.window = Window::of(items, Beyond::More, Beyond::More);
        pane.selected = is_there.then_some(message);
    }
    if is_there {
        pane::show_selected(state);
    } else {
        let words = state.texts.not_here();
        state.warn(words);
    }
    is_stale.then(|| latest(state, place)).into_iter().collect()
}

/// Has something that stands in the conversation on the screen, with what follows it below.
pub(super) fn show_from_top(state: &mut State, message: OperationId) {
    // Once it is not at the end, a row says that more follows: then there is room for one less.
    for _ in 0..2 {
        let height = scene::message_rows(state);
        let walk = scene::walk(state);
        let scroll = walk.map(|walk| scene::from_top(walk, height, message));
        if let (Some(pane), Some(scroll)) = (state.open.as_mut(), scroll)
            && scroll != Scroll::Latest
        {
            pane.scroll = scroll;
        }
    }
}
