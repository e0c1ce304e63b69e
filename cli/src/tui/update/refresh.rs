//! What changed beside messages, here or through another interface of the profile: it is asked for again.
//!
//! Invariants
//! - Each kind is asked for once at a time, and once more if something of it changed meanwhile.

use std::collections::BTreeSet;

use tidings_node::OperationId;
use tidings_node::api::{Changed, Message, Status, Transfer};

use super::{contact, conversation, message, page};
use crate::chat::Ask;
use crate::tui::composer::Composer;
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, State};

/// Asks again for what is shown of the kinds that changed.
pub(super) fn changed(state: &mut State, kinds: Changed) -> Vec<Effect> {
    let mut effects = Vec::new();
    if kinds.people {
        effects.extend(contact::wanted(state));
    }
    // How much is unread is told with the conversations.
    if kinds.conversations || kinds.read {
        effects.extend(conversation::wanted(state));
    }
    if kinds.read && state.refresh_read.wanted() {
        effects.extend(ask_read(state));
    }
    if kinds.deeds {
        effects.extend(page::refresh(state));
    }
    if (kinds.gone || kinds.deeds) && state.refresh_gone.wanted() {
        effects.extend(ask_gone(state));
    }
    if kinds.network || kinds.settings {
        effects.extend(status_wanted(state));
    }
    if kinds.transfers && state.refresh_transfers.wanted() {
        effects.push(Effect::Ask(Ask::Transfers));
    }
    effects
}

/// Asks for the status, once it is not under way.
pub(super) fn status_wanted(state: &mut State) -> Option<Effect> {
    let wanted = state.refresh_status.wanted();
    wanted.then_some(Effect::Ask(Ask::Status))
}

/// Takes the status.
pub(super) fn status(state: &mut State, now: Status) -> Vec<Effect> {
    state.status = Some(now);
    let again = state.refresh_status.answered();
    again
        .then_some(Effect::Ask(Ask::Status))
        .into_iter()
        .collect()
}

/// Takes what is being written and taken.
pub(super) fn transfers(state: &mut State, now: Vec<Transfer>) -> Vec<Effect> {
    state.transfers = now;
    let again = state.refresh_transfers.answered();
    again
        .then_some(Effect::Ask(Ask::Transfers))
        .into_iter()
        .collect()
}

/// Takes which messages were read, wherever that was.
pub(super) fn read(state: &mut State, read: &[OperationId]) -> Vec<Effect> {
    if let Some(pane) = state.open.as_mut() {
        pane.window.mark_read(read);
    }
    let again = state.refresh_read.answered();
    let ask = again.then(|| ask_read(state)).flatten();
    ask.into_iter().collect()
}

/// Takes which messages are there no longer.
pub(super) fn gone(state: &mut State, messages: &BTreeSet<OperationId>) -> Vec<Effect> {
    message::gone(state, messages);
    let mut effects = page::again_if_empty(state);
    let again = state.refresh_gone.answered();
    effects.extend(again.then(|| ask_gone(state)).flatten());
    effects
}

/// Notes that an answer does not come; whether nobody need be told.
pub(super) fn failed(state: &mut State, ask: &Ask) -> bool {
    let refresh = if matches!(ask, Ask::Conversations) {
        &mut state.refresh_conversations
    } else if matches!(ask, Ask::Contacts) {
        &mut state.refresh_contacts
    } else if matches!(ask, Ask::Status) {
        &mut state.refresh_status
    } else if matches!(ask, Ask::Transfers) {
        &mut state.refresh_transfers
    } else if matches!(ask, Ask::Read { .. }) {
        &mut state.refresh_read
    } else if matches!(ask, Ask::Gone(_)) {
        &mut state.refresh_gone
    } else {
        return matches!(ask, Ask::Draft { .. });
    };
    // It is asked for with the next change.
    *refresh = Default::default();
    !matches!(ask, Ask::Conversations | Ask::Contacts)
}

/// Whether those on the screen were read: from the first of them on that was not, as far as is known.
fn ask_read(state: &mut State) -> Option<Effect> {
    let ask = state.open.as_ref().and_then(|pane| {
        let is_unread = |message: &Message| !message.mine && !message.read;
        let messages = pane.window.messages();
        let mut rest = messages.skip_while(|message| !is_unread(message));
        let count = rest.clone().count();
        Some(Ask::Read {
            place: pane.place,
            from: rest.next()?.id,
            count: u32::try_from(count).unwrap_or(u32::MAX),
        })
    });
    if ask.is_none() {
        state.refresh_read.answered();
    }
    ask.map(Effect::Ask)
}

/// Whether the messages that are in memory, and what was done between them, are there still.
fn ask_gone(state: &mut State) -> Option<Effect> {
    let mut here: BTreeSet<OperationId> = BTreeSet::new();
    if let Some(pane) = &state.open {
        here.extend(pane.window.ids());
        here.extend(pane.window.quoted());
    }
    let found = state.popup.as_ref().map_or(&[][..], Popup::found);
    here.extend(found.iter().map(|message| message.id));
    here.extend(state.composers.values().flat_map(Composer::sent));
    if here.is_empty() {
        state.refresh_gone.answered();
        return None;
    }
    Some(Effect::Ask(Ask::Gone(here.into_iter().collect())))
}
