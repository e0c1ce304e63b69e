//! Messages in a chat: those that arrive, and how far our own have come.

use std::collections::BTreeMap;

use tidings_node::OperationId;
use tidings_node::api::{Change, Deed, Message, MessageState};

use super::{Effect, IN_FLIGHT_MAX, InFlight, Number, Show, State, hint, start, trouble};
use crate::chat::{Action, Ask, DONE_IN_A_ROW_MAX, Item, Place};
use crate::plain::telling;
use crate::safe_text::Safe;
use crate::texts::Texts;

/// Messages that arrived are shown if their conversation is open, else counted. What conversation
/// there is was told before them.
pub(super) fn arrived(state: &mut State, messages: Vec<Message>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut seen = Vec::new();
    let mut elsewhere: BTreeMap<Place, Message> = BTreeMap::new();
    let mut progress: BTreeMap<(Place, MessageState), (usize, Message)> = BTreeMap::new();
    for message in messages {
        let place = state.book.place(message.conversation);
        let is_here = place.is_some() && state.open == place;
        let is_shown = is_here && state.shown.get(message.id).is_some();
        if is_shown {
            let changed = state.shown.change(&message, &state.texts);
            effects.extend(changed.map(Effect::Show));
        }
        if message.mine && is_here && !is_shown && state.shown.is_newer(&message) {
            effects.extend(sent_elsewhere(state, message));
            continue;
        }
        if message.mine {
            if let Some(to) = advanced(state, &message) {
                let entry = progress.entry((to, message.state)).or_insert((0, message));
                entry.0 += 1;
            }
            continue;
        }
        // A change of a message that was shown before is no new message.
        if is_shown || message.change != Change::New || message.read {
            continue;
        }
        let Some(from) = place else {
            continue;
        };
        if state.open.is_none()
            && let Some(heading) = state.heading(from)
        {
            state.open = Some(from);
            effects.push(heading);
        }
        if state.open == Some(from) {
            seen.push(message.id);
            state.explained = false;
            effects.push(show(state, message));
        } else {
            let unread = state.unread.entry(from).or_default();
            *unread = unread.saturating_add(1);
            elsewhere.insert(from, message);
        }
    }
    if !seen.is_empty() {
        effects.push(Effect::Ask(Ask::MarkRead(seen)));
    }
    effects.extend(
        elsewhere
            .into_iter()
            .map(|(from, message)| unread(state, from, &message)),
    );
    for ((to, _), (count, message)) in progress {
        effects.push(progressed(state, to, count, &message));
    }
    effects
}

/// Shows a message that another command sent to whoever is open: what is typed here is on the
/// screen before it comes.
fn sent_elsewhere(state: &mut State, message: Message) -> Option<Effect> {
    let to = state.open.filter(|_| !message.deleted)?;
    if matches!(message.state, MessageState::Queued | MessageState::Carried) {
        fly(state, to, &message);
    }
    Some(show(state, message))
}

/// Puts a message on the screen.
fn show(state: &mut State, message: Message) -> Effect {
    let number = state.shown.put(&message, &state.texts);
    Effect::Show(Show::Message(number, Box::new(message)))
}

/// Notes an own message's new state; returns whom it is for if the typist should know.
fn advanced(state: &mut State, message: &Message) -> Option<Place> {
    let Some(flight) = state.in_flight.get_mut(&message.id) else {
        if state.early.len() < IN_FLIGHT_MAX {
            state.early.insert(message.id, message.state);
        }
        return None;
    };
    if flight.state == message.state {
        return None;
    }
    flight.state = message.state;
    let to = flight.to;
    if matches!(message.state, MessageState::Read | MessageState::Failed) {
        state.in_flight.remove(&message.id);
    }
    if matches!(message.state, MessageState::Delivered | MessageState::Read) {
        if state.open == Some(to) {
            state.explained = false;
        }
        return Some(to);
    }
    matches!(message.state, MessageState::Failed | MessageState::Carried).then_some(to)
}

/// Says how far messages have come: one by its number, if it has one here.
fn progressed(state: &State, to: Place, count: usize, message: &Message) -> Effect {
    let texts = &state.texts;
    let outcome = telling::outcome(message, texts);
    let is_open = state.open == Some(to);
    let entry = state.shown.get(message.id).filter(|_| is_open);
    let mut line = match (count, entry) {
        (1, Some(entry)) => {
            let Number(number) = entry.number;
            Safe::line(&format!("{number}. {outcome}"))
        }
        (1, None) => outcome,
        (count, _) => texts.many(u64::try_from(count).unwrap_or(u64::MAX), &outcome),
    };
    if !is_open {
        line = Safe::line(&format!("{line} ({})", state.title(to)));
    }
    if message.state == MessageState::Failed {
        trouble(line)
    } else {
        hint(line)
    }
}

/// Says that somebody else wrote.
fn unread(state: &State, from: Place, message: &Message) -> Effect {
    let texts = &state.texts;
    let count = state.unread.get(&from).copied().unwrap_or(1);
    let name = state.title(from);
    let who = match from {
        Place::Person(_) => name,
        Place::Room(_) => texts.author_in(&texts.author(&message.from.name), &name),
    };
    let mut said = start(&message.body, texts);
    if message.mentions_me {
        said = Safe::line(&format!("{said} {}", texts.mentions_you()));
    }
    let open = state.naming(Action::Open, from);
    hint(texts.elsewhere(&who, &said, count, &open))
}

pub(super) fn history(state: &mut State, id: Place, items: Vec<Item>) -> Vec<Effect> {
    if state.open != Some(id) {
        return Vec::new();
    }
    let messages = items.iter().filter_map(Item::message);
    let unread: Vec<OperationId> = messages
        .clone()
        .filter(|message| !message.mine && !message.read)
        .map(|message| message.id)
        .collect();
    for message in messages.clone().filter(|message| {
        message.mine && matches!(message.state, MessageState::Queued | MessageState::Carried)
    }) {
        fly(state, id, message);
    }
    let is_empty = messages.count() == 0;
    let mut effects = Vec::new();
    let mut deeds = Vec::new();
    for item in items {
        match item {
            Item::Deed(deed) => deeds.push(*deed),
            Item::Message(message) => {
                effects.extend(done(std::mem::take(&mut deeds), &state.texts));
                effects.push(show(state, *message));
            }
        }
    }
    effects.extend(done(deeds, &state.texts));
    if is_empty {
        effects.push(hint(state.texts.nothing_yet(&state.title(id))));
    }
    let conversation = state.book.conversation(id);
    if conversation.is_some_and(|one| one.disappears_after.is_some()) {
        effects.push(hint(state.lifetime(id)));
    }
    if let Some(draft) = conversation.and_then(|one| one.draft.as_deref()) {
        let texts = &state.texts;
        effects.push(hint(texts.begun(&start(draft, texts))));
    }
    if !unread.is_empty() {
        effects.push(Effect::Ask(Ask::MarkRead(unread)));
    }
    effects
}

/// Tells what was done between two messages: the last of it, and whether something was before that.
fn done(deeds: Vec<Deed>, texts: &Texts) -> Vec<Effect> {
    let earlier = deeds.len().saturating_sub(DONE_IN_A_ROW_MAX);
    let earlier_told = (earlier > 0).then(|| hint(texts.deeds_earlier()));
    let told = deeds.into_iter().skip(earlier);
    let told = told.map(|deed| Effect::Show(Show::Deed(Box::new(deed))));
    earlier_told.into_iter().chain(told).collect()
}

pub(super) fn sent(state: &mut State, to: Place, message: &Message) -> Vec<Effect> {
    if state.open == Some(to) {
        state.shown.put(message, &state.texts);
    }
    let before = std::mem::take(&mut state.early).remove(&message.id);
    let mut now = message.clone();
    // How far it has come by now is news like any other.
    now.state = MessageState::Queued;
    fly(state, to, &now);
    now.state = before.map_or(message.state, |before| before.max(message.state));
    match advanced(state, &now) {
        Some(to) => vec![progressed(state, to, 1, &now)],
        None => Vec::new(),
    }
}

/// Follows a message from here on, if there is room: those that are delivered make it. Messages
/// come here in the order in which they were sent.
fn fly(state: &mut State, to: Place, message: &Message) {
    if state.in_flight.len() >= IN_FLIGHT_MAX {
        state
            .in_flight
            .retain(|_, flight| flight.state != MessageState::Delivered);
    }
    if state.in_flight.len() >= IN_FLIGHT_MAX {
        return;
    }
    state.sent = state.sent.saturating_add(1);
    let flight = InFlight {
        to,
        state: message.state,
        seconds: 0,
        number: state.sent,
    };
    state.in_flight.insert(message.id, flight);
}

/// Says which message is given up.
pub(super) fn cancelled(message: &Message, texts: &Texts) -> Safe {
    let start = start(&message.body, texts);
    if message.state == MessageState::Failed {
        return texts.cancelled(&start);
    }
    // It came further before it could be given up.
    texts.not_cancelled(&telling::outcome(message, texts), &start)
}
