//! What the full-screen interface does about what happens: events in, effects out.
//!
//! An action goes to the file that its name begins with, `message.reply` to `message`, and what the node says of messages goes
//! there too. While something stands in front, `popup` has both first.
//!
//! Invariants
//! - Nothing here draws, waits, asks a node or looks at a clock.
//! - Nothing is marked as read that was not drawn, whole or down to its last row if it is longer than the
//!   screen, while the terminal was looked at and nothing stood in front; nothing on the way to an end
//!   that is not there yet. Somebody may say so of
//!   all of a conversation.

mod action;
mod bundle;
mod composer;
mod contact;
mod conversation;
mod cursor;
mod failed;
mod key;
mod list;
mod locked;
mod message;
mod page;
mod pane;
mod popup;
mod refresh;
mod room;
mod told;
mod view;
mod vigil;

pub(super) use composer::unkept;
pub(super) use cursor::edit;

use std::collections::BTreeSet;
use std::mem::{Discriminant, discriminant};

use tidings_node::api::Message;
use zeroize::Zeroizing;

use super::effect::Effect;
use super::event::Event;
use super::notify::{self, Untold, Way};
use super::scene;
use super::state::{Beyond, Popup, Question, Scroll, Side, State, Toast};
use crate::chat::{Ask, Place, RoomChange};
use crate::safe_text::Safe;

/// How often the status is asked for although nothing told of a change, in milliseconds.
const STATUS_MILLIS: u64 = 30_000;

/// How long a terminal that does not tell who looks is taken to be looked at after a key, in milliseconds.
const LOOK_MILLIS: u64 = 5 * 60 * 1_000;

/// Deals with one event.
pub(super) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    look_away(state);
    if let Event::Key(_) | Event::Paste(_) | Event::Clicked(..) | Event::Wheel(_) = event {
        touched(state);
    }
    if let Event::Key(_) | Event::Paste(_) | Event::Clicked(..) = event {
        state.awaits_room = false;
        state.awaits_answer = false;
    }
    let is_told = matches!(event, Event::Told(_));
    let said = Said::before(state, &event);
    let (asked, was_covered) = (questions(state), state.popup.is_some());
    let mut effects = happened(state, event);
    state.awaits_room |= effects.iter().any(asks_for_room);
    state.awaits_answer |= effects.iter().any(is_answer);
    if is_told && was_covered && state.popup.is_none() {
        state.vanished_at = Some(state.clock.passed());
    }
    if questions(state) != asked {
        state.asked_at = state.clock.passed();
    }
    said.end(state, is_told);
    effects.extend(page::beyond(state));
    effects.extend(notified(state));
    effects.extend(titled(state));
    effects
}

/// Does what an event itself leads to.
fn happened(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(chord) => key::pressed(state, chord),
        // It may be a passphrase.
        Event::Paste(text) => key::pasted(state, &Zeroizing::new(text)),
        Event::Clicked(column, row) => key::clicked(state, (column, row)),
        Event::Wheel(by) => {
            key::wheel(state, by);
            Vec::new()
        }
        Event::LookedAt(is_looked_at) => {
            state.tells_of_looks = true;
            looked_at(state, is_looked_at);
            Vec::new()
        }
        Event::Resized(size) => {
            state.size = size;
            Vec::new()
        }
        Event::Told(told) => told::told(state, told),
        Event::Completed { typed, offers } => {
            popup::path::completed(state, &typed, offers);
            Vec::new()
        }
        Event::NoDesktop(why) => no_desktop(state, &why),
        Event::Noted(text) => {
            state.warn(Safe::line(&text));
            Vec::new()
        }
        Event::Locked(is_locked) => {
            locked::changed(state, is_locked);
            Vec::new()
        }
        Event::NotUnlocked(failure) => {
            locked::refused(state, &failure);
            Vec::new()
        }
        Event::Stopped => composer::leaving(state, Effect::Suspend),
        Event::Interrupted => composer::leaving(state, Effect::Quit),
        Event::Chosen(action) => {
            state.popup = None;
            action::act(state, action)
        }
        Event::Reopened(place) => reopened(state, place),
        Event::Drawn => {
            let read = seen(state);
            key::drawn(state);
            read.into_iter().collect()
        }
        Event::Time { now, passed } => time(state, now, passed),
    }
}

/// Opens what was open the last time. Nobody asked for it: until a key, or the terminal, says so, nobody looks.
fn reopened(state: &mut State, place: Place) -> Vec<Effect> {
    state.is_looked_at &= state.tells_of_looks;
    pane::open(state, place)
}

/// What was said, and over what: it is not said on over something else.
struct Said {
    toast: Option<Toast>,
    over: Option<Discriminant<Popup>>,
    is_done: bool,
}

impl Said {
    fn before(state: &State, event: &Event) -> Self {
        Self {
            toast: state.toast.clone(),
            over: state.popup.as_ref().map(discriminant),
            is_done: matches!(event, Event::Told(told) if told::is_done(told)),
        }
    }

    /// Says it no longer once something else stands in front, unless that came by itself; nor what went wrong, once
    /// something is done.
    fn end(self, state: &mut State, is_told: bool) {
        let is_elsewhere = !is_told && state.popup.as_ref().map(discriminant) != self.over;
        let is_trouble = self.toast.as_ref().is_some_and(|said| said.is_trouble);
        let is_over = is_elsewhere || self.is_done && is_trouble;
        if is_over && state.toast == self.toast {
            state.toast = None;
        }
    }
}

/// The question that stands in front, and whether it is asked if words are the same.
fn questions(state: &State) -> (Option<Question>, bool) {
    let question = if let Some(Popup::Confirm { question, .. }) = state.popup {
        Some(question)
    } else {
        None
    };
    let is_compared = matches!(state.popup, Some(Popup::Verify { words: Some(_), .. }));
    (question, is_compared)
}

/// Whether it is a room to be opened once it is there.
fn asks_for_room(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Ask(Ask::CreateRoom { .. } | Ask::Room(_, RoomChange::Accept))
    )
}

/// Whether it is what somebody answered a line with, which they get back if it is refused.
fn is_answer(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Ask(Ask::Join(_) | Ask::React { .. } | Ask::Bundle { .. })
    )
}

/// Somebody pressed something: where nothing else tells, they look.
fn touched(state: &mut State) {
    state.touched_at = state.clock.passed();
    state.touched_now = state.clock.now();
    state.has_been_seen();
    if !state.tells_of_looks && !state.is_looked_at {
        looked_at(state, true);
    }
}

/// Takes nobody to look any more who touched nothing for long, by the time that has passed or by the system's clock, which
/// goes on while the machine sleeps.
fn look_away(state: &mut State) {
    let is_past = |touched: u64, now: u64| touched.saturating_add(LOOK_MILLIS) <= now;
    let is_away = is_past(state.touched_at, state.clock.passed())
        || is_past(state.touched_now, state.clock.now());
    if !state.tells_of_looks && is_away {
        state.is_looked_at = false;
    }
}

fn looked_at(state: &mut State, is_looked_at: bool) {
    state.is_looked_at = is_looked_at;
    state.waiting.seen();
}

fn time(state: &mut State, now: u64, passed: u64) -> Vec<Effect> {
    state.clock.set(now, passed);
    look_away(state);
    let passed = state.clock.passed();
    if state
        .toast
        .as_ref()
        .and_then(|toast| toast.until)
        .is_some_and(|until| until <= passed)
    {
        state.toast = None;
    }
    let mut effects = composer::keep_drafts(state);
    effects.extend(expire(state, now));
    if state.status_due <= passed && state.ended.is_none() {
        state.status_due = passed.saturating_add(STATUS_MILLIS);
        effects.extend(refresh::status_wanted(state));
    }
    effects.extend(vigil::look(state));
    effects
}

/// Lets go of what others wrote and has disappeared by now; the node says what becomes of our own.
fn expire(state: &mut State, now: u64) -> Vec<Effect> {
    let is_past = |message: &&Message| message.expires_at.is_some_and(|then| then <= now);
    let open = state.open.iter().flat_map(|pane| pane.window.messages());
    let in_front = state.popup.iter().flat_map(Popup::found);
    let past = open.chain(in_front).filter(is_past);
    let past: BTreeSet<_> = past
        .filter(|message| !message.mine)
        .map(|message| message.id)
        .collect();
    if past.is_empty() {
        return Vec::new();
    }
    message::gone(state, &past);
    page::again_if_empty(state)
}

/// Tells of what arrived, where it is time.
fn notified(state: &mut State) -> Vec<Effect> {
    let wish = state.wish;
    let now = state.clock.passed();
    let Some(notification) = state.waiting.due(now, wish.has_names, &state.texts) else {
        return Vec::new();
    };
    let bell = wish.way.rings().then_some(Effect::Bell);
    let desktop = wish.way.shows().then(|| Effect::Notify(notification));
    bell.into_iter().chain(desktop).collect()
}

/// Has the terminal's title say how much is unread now, if it says something else.
fn titled(state: &mut State) -> Option<Effect> {
    if !state.wish.has_title {
        return None;
    }
    let title = notify::title(state);
    if state.title_shown.as_ref() == Some(&title) {
        return None;
    }
    state.title_shown = Some(title.clone());
    Some(Effect::Title(title))
}

/// The desktop cannot be told: from then on the terminal is.
fn no_desktop(state: &mut State, why: &Untold) -> Vec<Effect> {
    state.wish.way = Way::Bell;
    let words = state.texts.no_desktop(&why.words(&state.texts));
    state.warn(words);
    vec![Effect::Bell]
}

/// Marks as read what somebody who looks has seen, now that it was drawn.
fn seen(state: &mut State) -> Option<Effect> {
    let is_behind = state.popup.is_some() || state.locked.is_some();
    let is_hidden = is_behind || scene::is_too_small(state.size);
    if !state.is_looked_at || is_hidden || state.ended.is_some() {
        return None;
    }
    let height = scene::message_rows(state);
    let walk = scene::walk(state)?;
    let is_under_way =
        walk.scroll == Scroll::Latest && walk.pane.window.beyond(Side::Newer) != Beyond::Nothing;
    if is_under_way {
        return None;
    }
    let shown = scene::seen(walk, height);
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
    state.book.has_read(place, count);
    Some(Effect::Ask(Ask::MarkRead(unread)))
}

#[cfg(test)]
mod tests;
