//! Messages: what is done to one, and what the node says of them.

use std::collections::BTreeSet;

use tidings_node::api::{Change, Message};
use tidings_node::{ConversationId, OperationId};

use super::action::not_here;
use super::popup::{ask, confirm, details, search};
use super::{conversation, page, pane};
use crate::chat::{Ask, MessageAction, Place};
use crate::tui::effect::Effect;
use crate::tui::state::{Focus, Popup, Question, State, Wanted};

/// Does what is about messages.
pub(super) fn act(state: &mut State, action: MessageAction) -> Vec<Effect> {
    let any = |_: &Message| true;
    let own = |message: &Message| message.mine && !message.deleted;
    match action {
        MessageAction::Show | MessageAction::Latest => pane::bottom(state),
        MessageAction::Search => search::show(state),
        MessageAction::Reply => on(state, any, reply),
        MessageAction::Edit => on(state, own, edit),
        MessageAction::Delete => on(state, any, delete),
        MessageAction::DeleteForMe => on(state, any, delete_for_me),
        MessageAction::React => on(state, any, |state, place, message| {
            ask::show(state, Wanted::Reaction(place, message.id), "")
        }),
        MessageAction::Pin => on(state, any, |_, place, message| {
            vec![Effect::Ask(Ask::Pin {
                place,
                message: message.id,
                pinned: !message.pinned,
            })]
        }),
        MessageAction::Cancel => on(state, own, |_, place, message| {
            let message = message.id;
            vec![Effect::Ask(Ask::Cancel { place, message })]
        }),
        MessageAction::Details => on(state, any, |state, _, message| {
            details::show(state, &message)
        }),
        MessageAction::Copy => on(state, any, copy),
    }
}

/// Does something to the message that is selected; while none is, to the last one for which it is meant.
fn on(
    state: &mut State,
    is_meant: impl Fn(&Message) -> bool,
    what: impl FnOnce(&mut State, Place, Message) -> Vec<Effect>,
) -> Vec<Effect> {
    let Some(pane) = &state.open else {
        return not_here(state);
    };
    let place = pane.place;
    if pane.selected().is_none() && (pane.selected.is_some() || state.focus == Focus::Messages) {
        return none_selected(state);
    }
    let last = || pane.window.messages().rfind(|message| is_meant(message));
    match pane.selected().or_else(last).cloned() {
        Some(message) => what(state, place, message),
        None => not_here(state),
    }
}

/// Refuses what is about a message: the one that was selected is there no longer, or none was.
fn none_selected(state: &mut State) -> Vec<Effect> {
    let was_selected = state.open.as_mut().and_then(|pane| pane.selected.take());
    let words = match was_selected {
        Some(_) => state.texts.not_here(),
        None => state.texts.choose_message(),
    };
    state.warn(words);
    vec![Effect::Bell]
}

fn reply(state: &mut State, _: Place, message: Message) -> Vec<Effect> {
    if let Some(composer) = state.composer_mut() {
        composer.reply(message.id);
        state.focus = Focus::Composer;
    }
    Vec::new()
}

fn edit(state: &mut State, _: Place, message: Message) -> Vec<Effect> {
    if !message.mine || message.deleted {
        let words = state.texts.not_yours();
        state.warn(words);
        return vec![Effect::Bell];
    }
    if let Some(composer) = state.composer_mut() {
        composer.edit(message.id, &message.body);
        state.focus = Focus::Composer;
    }
    Vec::new()
}

/// Asks whether it is to be deleted: for everybody if it is ours.
fn delete(state: &mut State, place: Place, message: Message) -> Vec<Effect> {
    if !message.mine {
        return delete_for_me(state, place, message);
    }
    confirm::show(state, Question::Delete(place, message.id))
}

fn delete_for_me(state: &mut State, place: Place, message: Message) -> Vec<Effect> {
    confirm::show(state, Question::DeleteForMe(place, message.id))
}

fn copy(state: &mut State, _: Place, message: Message) -> Vec<Effect> {
    let words = state.texts.copied();
    state.say(words);
    vec![Effect::Copy(message.body)]
}

/// Takes messages that arrived or changed.
pub(super) fn news(state: &mut State, messages: &[Message]) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut is_missing = false;
    let open = state.open_place();
    let of_open = open
        .and_then(|place| state.conversation(place))
        .map(|conversation| conversation.id);
    for message in messages {
        let is_open = of_open == Some(message.conversation);
        let is_known = state
            .open
            .as_mut()
            .is_some_and(|pane| pane.window.change(message));
        changed_in_front(state, message);
        is_missing |= is_open && !is_known && message.change != Change::Hidden;
        if is_new(message) {
            let book = &mut state.book;
            book.has_written(message.conversation, message.from.person);
        }
    }
    for message in messages {
        if is_worth_telling(state, message, of_open) {
            state.waiting.arrived(message, &state.texts);
        }
    }
    // The first message of somebody makes their conversation, which is not known yet.
    let is_known = |id: ConversationId| state.book.place(id).is_some();
    is_missing |= of_open.is_none()
        && open.is_some()
        && messages
            .iter()
            .any(|message| !is_known(message.conversation));
    if is_missing {
        effects.extend(page::refresh(state));
    }
    effects.extend(details::changed(state, messages));
    effects.extend(conversation::wanted(state));
    effects
}

fn is_new(message: &Message) -> bool {
    message.change == Change::New && !message.mine
}

/// Whether a message is worth an interruption.
fn is_worth_telling(state: &State, message: &Message, open: Option<ConversationId>) -> bool {
    if !is_new(message) || message.read {
        return false;
    }
    let place = state.book.place(message.conversation);
    let of = place.and_then(|place| state.conversation(place));
    let is_muted = of.is_some_and(|conversation| conversation.muted);
    let is_seen = state.is_looked_at && open == Some(message.conversation);
    (!is_muted || message.mentions_me) && !is_seen
}

/// Takes a message that was stored: its text is known as that of this one.
pub(super) fn stored(state: &mut State, place: Place, message: &Message) -> Vec<Effect> {
    if let Some(composer) = state.composers.get_mut(&place) {
        composer.stored(message.id, &message.body);
    }
    changed(state, message)
}

/// Takes a message as it is now.
pub(super) fn changed(state: &mut State, message: &Message) -> Vec<Effect> {
    changed_in_front(state, message);
    let is_here = state
        .open
        .as_mut()
        .is_some_and(|pane| pane.window.change(message));
    let mut effects = conversation::wanted(state);
    if !is_here {
        effects.extend(page::refresh(state));
    }
    effects
}

/// Takes a message as it is now where it stands in front: what was deleted or taken down stands there no longer.
fn changed_in_front(state: &mut State, now: &Message) {
    if now.deleted || now.expires_at.is_some() {
        forget_sent(state, &[now.id].into());
    }
    let Some(popup) = &mut state.popup else {
        return;
    };
    let is_pinned = matches!(popup, Popup::Pinned { .. });
    let stays = !now.deleted && now.change != Change::Hidden && (now.pinned || !is_pinned);
    popup.retain(|message| {
        if message.id != now.id {
            return true;
        }
        *message = now.clone();
        stays
    });
}

/// Takes that all of a conversation is read now, wherever it stands.
pub(super) fn all_read(state: &mut State, read: &[OperationId]) -> Vec<Effect> {
    if let Some(pane) = state.open.as_mut() {
        pane.window.mark_read(read);
        let is_read = |message| read.contains(message);
        if pane.divider.as_ref().is_some_and(is_read) {
            pane.divider = None;
        }
    }
    conversation::wanted(state)
}

/// Lets go of messages that are there no longer.
pub(super) fn gone(state: &mut State, messages: &BTreeSet<OperationId>) {
    forget_sent(state, messages);
    if let Some(pane) = state.open.as_mut() {
        // Whatever was selected stays so: what is done to it falls on no other message.
        pane.change(|window, _| window.remove(messages));
    }
    if let Some(popup) = &mut state.popup {
        popup.retain(|message| !messages.contains(&message.id));
    }
}

/// Has no text of these messages be fetched back where it was written.
fn forget_sent(state: &mut State, messages: &BTreeSet<OperationId>) {
    for composer in state.composers.values_mut() {
        composer.forget(messages);
    }
}
