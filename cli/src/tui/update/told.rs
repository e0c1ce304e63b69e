//! What the node says: each goes to what it is about.

use tidings_node::api::Presence;

use super::popup::{details, doctor, invite, pinned, search, verify};
use super::{bundle, composer, contact, conversation, failed, message, page, refresh, room};
use crate::chat::Told;
use crate::failure::{Cause, Failure};
use crate::tui::effect::Effect;
use crate::tui::state::{Pane, State};

/// Deals with what was told.
pub(super) fn told(state: &mut State, told: Told) -> Vec<Effect> {
    match told {
        Told::Page {
            ticket,
            place,
            anchor,
            items,
            gaps,
        } => page::take(state, (ticket, place, anchor), items, gaps),
        Told::News(messages) => message::news(state, &messages),
        Told::Sent(place, message) => message::stored(state, place, &message),
        Told::Changed(message) | Told::Cancelled(message) => message::changed(state, &message),
        Told::Deleted(deleted) => {
            message::gone(state, &[deleted.id].into());
            page::refresh(state)
        }
        Told::Gone(messages) => refresh::gone(state, &messages.into_iter().collect()),
        Told::Read(messages) => refresh::read(state, &messages),
        Told::AllRead(messages) => message::all_read(state, &messages),
        Told::Stale(kinds) => refresh::changed(state, kinds),
        Told::Draft { place, known, now } => {
            composer::take_draft(state, place, &known, &now);
            Vec::new()
        }
        Told::Conversations(conversations) => conversation::take_all(state, conversations),
        Told::Conversation(conversation)
        | Told::DraftKept(conversation)
        | Told::Left(conversation) => {
            conversation::take(state, *conversation);
            conversation::wanted(state)
        }
        Told::Created(conversation) | Told::Accepted(conversation) => {
            room::is_there(state, *conversation)
        }
        Told::Contacts(contacts) => contact::take_all(state, contacts),
        Told::Contact(contact) => {
            contact::take(state, contact);
            contact::wanted(state)
        }
        Told::Verified(contact) => verify::verified(state, &contact),
        Told::Used(contact) => {
            contact.map_or_else(Vec::new, |contact| contact::used(state, &contact))
        }
        Told::Joined(contact) => contact::joined(state, &contact),
        Told::SafetyWords(words) => verify::take(state, words),
        Told::Invited(invite) => invite::take(state, invite),
        Told::Deliveries(message, all) => details::take(state, message, all),
        Told::Pinned(place, messages) => pinned::take(state, place, messages),
        Told::Found { ticket, found } => search::take(state, ticket, found),
        Told::Checked(checks) => doctor::take(state, checks),
        Told::Transfers(now) => refresh::transfers(state, now),
        Told::Bundle(way, came) => bundle::done(state, way, &came),
        Told::Identity(identity) => {
            state.identity = identity;
            Vec::new()
        }
        Told::Status(status) => refresh::status(state, *status),
        Told::Presence(presence) => take_presence(state, presence),
        // It is in the list of contacts no more, which tells of that.
        Told::Done | Told::JoinCancelled => Vec::new(),
        Told::Superseded(ask) => failed::superseded(state, &ask),
        Told::Failed(ask, failure) => failed::failed(state, &ask, &failure),
        Told::Ended(failure) => ended(state, &failure),
    }
}

/// Nothing is heard of the node any more.
fn ended(state: &mut State, failure: &Failure) -> Vec<Effect> {
    state.popup = None;
    state.transfers.clear();
    state.ended = Some(match failure.cause {
        Cause::Unavailable => state.texts.ended_outside(),
        Cause::Locked | Cause::Other => state.texts.failure(failure),
    });
    // Whoever ended it waits for the profile, and not for a key.
    vec![Effect::Close]
}

/// Whether something was done that somebody wanted; what they begin to write is kept by itself.
pub(super) fn is_done(told: &Told) -> bool {
    matches!(
        told,
        Told::Changed(_)
            | Told::Deleted(_)
            | Told::Cancelled(_)
            | Told::Conversation(_)
            | Told::Left(_)
            | Told::Contact(_)
    )
}

/// Takes who is there: whoever comes may have what is missing.
fn take_presence(state: &mut State, now: Presence) -> Vec<Effect> {
    state.book.take_presence(now);
    let is_missing = |pane: &Pane| !pane.gaps.is_empty();
    if state.open.as_ref().is_some_and(is_missing) {
        return page::refresh(state);
    }
    Vec::new()
}
