//! Messages by words.

use tidings_node::api::{Found, Message};

use crate::chat::{Ask, Ticket};
use crate::tui::effect::Effect;
use crate::tui::state::{Choice, Input, Popup, State};
use crate::tui::update::pane;

/// Messages that a search shows.
const FOUND_MESSAGES: u32 = 100;

/// Asks for words.
pub(in crate::tui::update) fn show(state: &mut State) -> Vec<Effect> {
    state.popup = Some(Popup::Search {
        input: Input::default(),
        ticket: state.next_ticket(),
        found: Vec::new(),
        is_more: false,
        choice: Choice::default(),
    });
    Vec::new()
}

/// Looks for what is in the line now.
pub(super) fn changed(state: &mut State) -> Vec<Effect> {
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

/// Takes what was found, if it is what is looked for now; the newest first.
pub(in crate::tui::update) fn take(state: &mut State, ticket: Ticket, now: Found) -> Vec<Effect> {
    if let Some(Popup::Search {
        ticket: last,
        found,
        is_more,
        ..
    }) = &mut state.popup
        && *last == ticket
    {
        *is_more = now.more;
        *found = now.messages;
        found.reverse();
    }
    Vec::new()
}

/// Goes to the message that is chosen, and in it to what was looked for.
pub(super) fn jump(
    state: &mut State,
    input: &Input,
    found: &[Message],
    choice: Choice,
) -> Vec<Effect> {
    let Some(message) = found.get(choice.of(found.len())) else {
        return Vec::new();
    };
    let sought = Some(input.text());
    let place = state.book.place(message.conversation);
    place.map_or_else(Vec::new, |place| {
        pane::jump(state, place, message.id, sought)
    })
}
