//! What the full-screen interface does about what happens: events in, effects out.
//!
//! Invariants
//! - Nothing here draws, waits, asks a node or looks at a clock.
//! - Nothing is marked as read that was not on the screen, wholly down to its last row, while the
//!   terminal was looked at and nothing stood in front.

mod act;
mod compose;
mod key;
mod open;
mod popup;
mod told;

pub(super) use popup::actions;

use super::effect::Effect;
use super::event::Event;
use super::scene;
use super::state::{Side, State};
use crate::chat::{Ask, Edge as From};

/// How often the status is asked for, in milliseconds.
const STATUS_MILLIS: u64 = 5_000;

/// Deals with one event.
pub(super) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = match event {
        Event::Key(chord) => key::pressed(state, chord),
        Event::Paste(text) => key::pasted(state, &text),
        Event::Clicked(column, row) => key::clicked(state, (column, row)),
        Event::Wheel(by) => {
            open::scroll(state, by);
            Vec::new()
        }
        Event::LookedAt(is_looked_at) => {
            state.is_looked_at = is_looked_at;
            Vec::new()
        }
        Event::Resized(size) => {
            state.size = size;
            Vec::new()
        }
        Event::Told(told) => told::told(state, told),
        Event::Time(now) => time(state, now),
    };
    effects.extend(beyond(state));
    effects.extend(seen(state));
    effects
}

fn time(state: &mut State, now: u64) -> Vec<Effect> {
    state.clock.set(now);
    if state
        .notice
        .as_ref()
        .is_some_and(|notice| notice.until <= now)
    {
        state.notice = None;
    }
    let mut effects = compose::keep_drafts(state);
    if state.status_due <= now && state.ended.is_none() {
        state.status_due = now.saturating_add(STATUS_MILLIS);
        effects.push(Effect::Ask(Ask::Status));
    }
    effects
}

/// Asks for what lies beyond the messages that are here, once their first or last is on the screen.
fn beyond(state: &mut State) -> Vec<Effect> {
    let height = scene::message_rows(state);
    let Some(walk) = state.walk() else {
        return Vec::new();
    };
    let window = &walk.pane.window;
    let rows = scene::pane_rows(walk, height);
    let is = |row: Option<&scene::PaneRow>, place: Option<usize>| {
        let wanted = place.and_then(|place| window.at(place));
        row.is_some_and(|row| wanted.is_some_and(|wanted| wanted.id == row.message))
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
            edge: match side {
                Side::Older => From::Before(beside),
                Side::Newer => From::After(beside),
            },
            limit: super::state::PAGE_MESSAGES,
        }));
    }
    effects
}

/// Marks as read what somebody who looks has seen.
fn seen(state: &mut State) -> Option<Effect> {
    let is_hidden = state.popup.is_some() || scene::is_too_small(state.size);
    if !state.is_looked_at || is_hidden || state.ended.is_some() {
        return None;
    }
    let height = scene::message_rows(state);
    let shown = scene::seen(state.walk()?, height);
    let pane = state.open.as_mut()?;
    let unread: Vec<_> = shown
        .into_iter()
        .filter(|id| {
            let message = pane.window.message(*id);
            message.is_some_and(|message| !message.mine && !message.read)
        })
        .collect();
    if unread.is_empty() {
        return None;
    }
    pane.window.mark_read(&unread);
    let place = pane.place;
    let count = u64::try_from(unread.len()).unwrap_or(u64::MAX);
    let known = state
        .conversation(place)
        .map(|conversation| conversation.id);
    let mut all = state.conversations.iter_mut();
    if let Some(conversation) = all.find(|one| Some(one.id) == known) {
        conversation.unread = conversation.unread.saturating_sub(count);
    }
    Some(Effect::Ask(Ask::MarkRead(unread)))
}

#[cfg(test)]
mod tests;
