//! What stands in front: its keys, and what its answers lead to.

use tidings_node::api::Role;

use super::{act, compose, details, open, people, reaction};
use crate::chat::{ACTIONS, Action, Ask, Entry, Place, RoomChange, lifetime};
use crate::safe_text::bare_code;
use crate::tui::effect::Effect;
use crate::tui::state::{Choice, Input, Party, Popup, Question, State, Wanted};
use crate::tui::view;

/// Messages that a search shows.
const FOUND_MESSAGES: u32 = 100;

/// How long a question that appeared takes no answer, in milliseconds: what is typed then was meant for something else.
pub(super) const DEAF_MILLIS: u64 = 500;

/// Writes into the line that a popup has.
pub(super) fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(Popup::Confirm(question)) = state.popup {
        if state.clock.passed() < state.asked_at.saturating_add(DEAF_MILLIS) {
            // It was meant for what was there before.
            return Vec::new();
        }
        let (yes, no) = (state.texts.yes_letter(), state.texts.no_letter());
        if text.eq_ignore_ascii_case(yes.as_str()) {
            state.popup = None;
            return confirmed(question);
        }
        if text.eq_ignore_ascii_case(no.as_str()) {
            state.popup = None;
        }
        return Vec::new();
    }
    if let Some(Popup::Verify { .. }) = state.popup {
        return compared(state, text);
    }
    if let Some(effects) = reaction::by_digit(state, text) {
        return effects;
    }
    match input(&mut state.popup) {
        Some(input) => input.insert(text),
        None => return Vec::new(),
    }
    changed(state)
}

/// Takes whether the words are the same, once they have been there for a while; nothing but a letter says so.
fn compared(state: &mut State, text: &str) -> Vec<Effect> {
    let is_early = state.clock.passed() < state.asked_at.saturating_add(DEAF_MILLIS);
    let (yes, no) = (state.texts.yes_letter(), state.texts.no_letter());
    let Some(Popup::Verify {
        place,
        words: Some(words),
        differ,
    }) = &mut state.popup
    else {
        return Vec::new();
    };
    if is_early || *differ {
        return Vec::new();
    }
    if text.eq_ignore_ascii_case(no.as_str()) {
        *differ = true;
    }
    let Place::Person(person) = *place else {
        return Vec::new();
    };
    if !text.eq_ignore_ascii_case(yes.as_str()) {
        return Vec::new();
    }
    let words = words.safety_words.join(" ");
    state.popup = None;
    vec![Effect::Ask(Ask::Verify { person, words })]
}

fn input(popup: &mut Option<Popup>) -> Option<&mut Input> {
    match popup.as_mut()? {
        Popup::Palette { input, .. }
        | Popup::Search { input, .. }
        | Popup::Ask { input, .. }
        | Popup::Pick { input, .. } => Some(input),
        Popup::Help { .. }
        | Popup::Invite { .. }
        | Popup::Used { .. }
        | Popup::Confirm(_)
        | Popup::Verify { .. }
        | Popup::Members { .. }
        | Popup::People { .. }
        | Popup::Doctor { .. }
        | Popup::Details { .. }
        | Popup::Pinned { .. }
        | Popup::About => None,
    }
}

/// Looks for what is in the line now.
fn changed(state: &mut State) -> Vec<Effect> {
    if let Some(
        Popup::Palette { choice, .. } | Popup::Search { choice, .. } | Popup::Ask { choice, .. },
    ) = &mut state.popup
    {
        *choice = Choice::default();
    }
    if let Some(Popup::Pick { .. }) = &state.popup {
        people::choose_first(state);
    }
    let next = state.ticket.next();
    let Some(Popup::Search {
        input,
        ticket,
        found,
        is_more,
        ..
    }) = &mut state.popup
    else {
        return Vec::new();
    };
    // What was looked for before comes too late now, also where nothing is looked for any more.
    *ticket = next;
    state.ticket = next;
    let query = input.text().to_owned();
    if query.trim().is_empty() {
        found.clear();
        *is_more = false;
        return Vec::new();
    }
    vec![Effect::Ask(Ask::Search {
        ticket: next,
        query,
        limit: FOUND_MESSAGES,
    })]
}

/// Deals with an action while something stands in front; nothing if that closes nothing and is no
/// matter of it.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if action == Action::Accept {
        return Some(accepted(state));
    }
    if action == Action::Up || action == Action::Down {
        step(state, if action == Action::Up { -1 } else { 1 });
        return Some(Vec::new());
    }
    if action == Action::PageUp || action == Action::PageDown {
        step(state, if action == Action::PageUp { -10 } else { 10 });
        return Some(Vec::new());
    }
    let buffer = input(&mut state.popup).map(Input::buffer_mut);
    if buffer.is_some_and(|buffer| compose::edit_line(buffer, action)) {
        return Some(changed(state));
    }
    let leaves = [
        Action::Quit,
        Action::Close,
        Action::Suspend,
        Action::Redraw,
        Action::Mouse,
    ];
    if leaves.contains(&action) {
        return None;
    }
    if action == Action::CopyShown {
        return Some(copied(state));
    }
    if action == Action::Doctor && matches!(state.popup, Some(Popup::Invite { .. })) {
        // The code is there again when it is closed.
        let behind = state.popup.take().map(Box::new);
        state.popup = Some(Popup::Doctor {
            checks: None,
            top: 0,
            behind,
        });
        return Some(vec![Effect::Ask(Ask::Doctor(None))]);
    }
    if state.popup.as_ref().and_then(opener) == Some(action) {
        // The key that opened it closes it.
        state.popup = state.popup.take().and_then(Popup::behind);
        return Some(Vec::new());
    }
    if let Some(effects) = on_chosen(state, action) {
        return Some(effects);
    }
    if action == Action::Focus && matches!(state.popup, Some(Popup::Pick { .. })) {
        people::pick(state);
        return Some(Vec::new());
    }
    // Another popup takes the place of this one.
    let is_popup = [
        Action::Help,
        Action::Palette,
        Action::Search,
        Action::Doctor,
        Action::People,
    ];
    if is_popup.contains(&action) {
        state.popup = None;
        return None;
    }
    Some(Vec::new())
}

/// What opens a popup and closes it again.
fn opener(popup: &Popup) -> Option<Action> {
    match popup {
        Popup::Help { .. } => Some(Action::Help),
        Popup::Palette { .. } => Some(Action::Palette),
        Popup::Search { .. } => Some(Action::Search),
        Popup::Verify { .. } => Some(Action::Verify),
        Popup::Members { .. } => Some(Action::Members),
        Popup::People { .. } => Some(Action::People),
        Popup::Doctor { .. } => Some(Action::Doctor),
        Popup::Invite { .. }
        | Popup::Used { .. }
        | Popup::Ask { .. }
        | Popup::Confirm(_)
        | Popup::Pick { .. }
        | Popup::Details { .. }
        | Popup::Pinned { .. }
        | Popup::About => None,
    }
}

/// Does something to whoever is chosen of members or contacts; nothing where there are none.
fn on_chosen(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(Popup::Members { place, chosen }) = state.popup {
        let on = |chosen| people::on_member(state, place, chosen, action);
        Some(chosen.map_or_else(Vec::new, on))
    } else if let Some(Popup::People { chosen }) = state.popup {
        let on = |chosen| people::on_contact(state, chosen, action);
        Some(chosen.map_or_else(Vec::new, on))
    } else {
        None
    }
}

/// Copies the code that is shown.
fn copied(state: &mut State) -> Vec<Effect> {
    let code = match &state.popup {
        Some(Popup::Invite {
            invite: Some(invite),
            ..
        }) => invite.code.clone(),
        Some(_) | None => return Vec::new(),
    };
    let words = state.texts.copied();
    state.say(words);
    vec![Effect::Copy(code)]
}

/// Goes on by some rows in what stands in front, or back.
pub(super) fn step(state: &mut State, by: isize) {
    let palette = if let Some(Popup::Palette { input, .. }) = &state.popup {
        actions(state, input.text()).len()
    } else {
        0
    };
    let reactions = reaction::asked(state).map_or(0, |(_, message, text)| {
        reaction::offered(state, message, text).len()
    });
    let last_top = view::last_top(state);
    match &mut state.popup {
        Some(Popup::Palette { choice, .. }) => choice.step(by, palette),
        Some(Popup::Ask { choice, .. }) => choice.step(by, reactions),
        Some(Popup::Search { choice, found, .. }) => choice.step(by, found.len()),
        Some(Popup::Pinned { choice, found, .. }) => {
            choice.step(by, found.as_ref().map_or(0, Vec::len));
        }
        Some(Popup::Members { .. } | Popup::People { .. } | Popup::Pick { .. }) => {
            people::step(state, by);
        }
        Some(Popup::Help { top } | Popup::Doctor { top, .. } | Popup::Details { top, .. }) => {
            *top = (*top).min(last_top).saturating_add_signed(by).min(last_top);
        }
        Some(
            Popup::Invite { .. }
            | Popup::Used { .. }
            | Popup::Confirm(_)
            | Popup::Verify { .. }
            | Popup::About,
        )
        | None => {}
    }
}

/// The actions that a text finds, the best first.
pub(in crate::tui) fn actions(state: &State, text: &str) -> Vec<&'static Entry> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let fits = |entry: &&'static Entry| {
        let about = state.texts.action(entry).as_str().to_lowercase();
        let mut words = words.iter();
        words.all(|word| about.contains(word.as_str()) || entry.name.contains(word.as_str()))
    };
    ACTIONS
        .iter()
        .filter(|entry| entry.is_command())
        .filter(fits)
        .collect()
}

/// Enter.
fn accepted(state: &mut State) -> Vec<Effect> {
    let Some(popup) = state.popup.take() else {
        return Vec::new();
    };
    match popup {
        Popup::Palette { input, choice } => {
            let all = actions(state, input.text());
            let chosen = all.get(choice.of(all.len())).map(|entry| entry.action);
            chosen.map_or_else(Vec::new, |action| act::act(state, action))
        }
        Popup::Search { found, choice, .. } => {
            let Some(message) = found.get(choice.of(found.len())) else {
                return Vec::new();
            };
            let of = message.conversation;
            let known = state.conversations.iter().find(|one| one.id == of);
            let place = known.and_then(|conversation| state.place(conversation));
            place.map_or_else(Vec::new, |place| open::jump(state, place, message.id))
        }
        Popup::Ask {
            wanted: wanted @ Wanted::Reaction(_, message),
            input,
            choice,
        } => {
            let offered = reaction::offered(state, message, input.text());
            let chosen = offered.get(choice.of(offered.len()));
            let text = chosen.map_or(input.text().trim(), |chosen| &chosen.emoji);
            answered(state, wanted, text)
        }
        Popup::Ask { wanted, input, .. } => answered(state, wanted, input.text().trim()),
        popup @ (Popup::Confirm(_) | Popup::Verify { differ: false, .. }) => {
            // Only a letter answers: a key that was meant for what was there before decides nothing.
            state.popup = Some(popup);
            Vec::new()
        }
        popup @ (Popup::Members { .. } | Popup::People { .. }) => {
            state.popup = Some(popup);
            on_chosen(state, Action::Accept).unwrap_or_default()
        }
        popup @ Popup::Pick { .. } => {
            state.popup = Some(popup);
            people::taken(state)
        }
        Popup::Pinned {
            place,
            found,
            choice,
        } => details::jump_to_pinned(state, place, found.as_deref(), choice),
        Popup::Invite { invite, is_picture } => {
            let is_picture = !is_picture;
            state.popup = Some(Popup::Invite { invite, is_picture });
            Vec::new()
        }
        Popup::Used { by, .. } => by
            .filter(|_| state.open.is_none())
            .map_or_else(Vec::new, |by| open::open(state, Place::Person(by))),
        popup @ (Popup::Help { .. }
        | Popup::Doctor { .. }
        | Popup::Details { .. }
        | Popup::Verify { .. }
        | Popup::About) => {
            state.popup = popup.behind();
            Vec::new()
        }
    }
}

fn confirmed(question: Question) -> Vec<Effect> {
    let ask = match question {
        Question::Delete(place, message) => Ask::Delete {
            place,
            message,
            for_me: false,
        },
        Question::DeleteForMe(place, message) => Ask::Delete {
            place,
            message,
            for_me: true,
        },
        Question::Leave(Place::Room(room)) => Ask::Room(room, RoomChange::Leave),
        Question::Block(Place::Person(person), blocked) => Ask::Block { person, blocked },
        Question::Remove(Place::Room(room), person) => Ask::Room(room, RoomChange::Remove(person)),
        Question::Admin(Place::Room(room), member, is_admin) => {
            let role = if is_admin { Role::Admin } else { Role::Member };
            Ask::Room(room, RoomChange::SetRole { member, role })
        }
        Question::Leave(Place::Person(_))
        | Question::Admin(Place::Person(_), ..)
        | Question::Block(Place::Room(_), _)
        | Question::Remove(Place::Person(_), _) => return Vec::new(),
    };
    vec![Effect::Ask(ask)]
}

/// A line was answered.
pub(super) fn answered(state: &mut State, wanted: Wanted, text: &str) -> Vec<Effect> {
    if text.is_empty() {
        return Vec::new();
    }
    let text = text.to_owned();
    let ask = match wanted {
        Wanted::Code => {
            let words = state.texts.joining();
            state.say(words);
            state.vigil.joining(state.clock.passed());
            Ask::Join(bare_code(&text))
        }
        Wanted::NewRoom => return people::ask_party(state, Party::New(text)),
        Wanted::Name(Place::Person(person)) => Ask::Rename { person, name: text },
        Wanted::Name(Place::Room(room)) => Ask::Room(room, RoomChange::Rename(text)),
        Wanted::Lifetime(place) => {
            let Some(seconds) = lifetime(&text) else {
                let words = state.texts.no_lifetime();
                state.warn(words);
                state.popup = Some(Popup::Ask {
                    wanted,
                    input: Input::of(&text),
                    choice: Choice::default(),
                });
                return Vec::new();
            };
            let known = state.conversation(place);
            if known.is_some_and(|known| known.disappears_after == seconds) {
                return Vec::new();
            }
            Ask::SetLifetime { place, seconds }
        }
        Wanted::Reaction(place, message) => {
            let known = state
                .open
                .as_ref()
                .and_then(|open| open.window.message(message));
            let remove = known.is_some_and(|message| message.reacted.contains(&text));
            Ask::React {
                place,
                message,
                emoji: text,
                remove,
            }
        }
    };
    vec![Effect::Ask(ask)]
}

/// How long messages stay, as somebody would write it.
pub(super) fn lifetime_words(seconds: Option<u32>) -> String {
    let Some(seconds) = seconds else {
        return "off".to_owned();
    };
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let mut whole = units.iter().filter(|(unit, _)| seconds % unit == 0);
    whole.next().map_or_else(
        || format!("{seconds}s"),
        |(unit, name)| format!("{}{name}", seconds / unit),
    )
}
