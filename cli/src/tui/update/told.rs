//! What the node says.

use std::collections::BTreeSet;

use tidings_node::api::{
    Change, Check, Contact, ContactState, Conversation, Found, Gap, Invite, Message, Presence,
    SafetyWords, Standing,
};
use tidings_node::{ConversationId, OperationId};

use super::{beside, compose, details, failed, open, vigil};
use crate::chat::{Action, Ask, Edge as From, Place, Ticket, Told};
use crate::failure::Cause;
use crate::safe_text::Safe;
use crate::tui::effect::Effect;
use crate::tui::scene;
use crate::tui::state::{Edge, PAGE_MESSAGES, Pane, Popup, Scroll, Side, State, Window};

/// Deals with what was told.
pub(super) fn told(state: &mut State, told: Told) -> Vec<Effect> {
    match told {
        Told::Page {
            ticket,
            place,
            edge,
            messages,
            gaps,
        } => page_came(state, (ticket, place, edge), messages, gaps),
        Told::News(messages) => news(state, &messages),
        Told::Sent(place, message) => stored(state, place, &message),
        Told::Changed(message) | Told::Cancelled(message) => changed(state, &message),
        Told::Deleted(deleted) => {
            gone(state, &[deleted.id].into());
            refresh_latest(state)
        }
        Told::Gone(messages) => beside::gone(state, &messages.into_iter().collect()),
        Told::Read(messages) => beside::read(state, &messages),
        Told::AllRead(messages) => all_read(state, &messages),
        Told::Beside(kinds) => beside::changed(state, kinds),
        Told::Draft { place, known, now } => {
            compose::take_draft(state, place, &known, &now);
            Vec::new()
        }
        Told::Conversations(conversations) => conversations_now(state, conversations),
        Told::Conversation(conversation) | Told::Left(conversation) => {
            take_conversation(state, *conversation);
            conversations_wanted(state)
        }
        Told::Created(conversation) | Told::Accepted(conversation) => {
            room_is_there(state, *conversation)
        }
        Told::Contacts(contacts) => contacts_now(state, contacts),
        Told::Contact(contact) => {
            take_contact(state, contact);
            contacts_wanted(state)
        }
        Told::Verified(contact) => verified(state, &contact),
        Told::Used(contact) => contact.map_or_else(Vec::new, |contact| used(state, &contact)),
        Told::Joined(contact) => joined(state, &contact),
        Told::SafetyWords(words) => take_words(state, words),
        Told::Invited(invite) => invited(state, invite),
        Told::Deliveries(message, all) => details::take(state, message, all),
        Told::Pinned(place, messages) => details::take_pinned(state, place, messages),
        Told::Found { ticket, found } => take_found(state, ticket, found),
        Told::Checked(checks) => take_checks(state, checks),
        Told::Identity(identity) => {
            state.identity = identity;
            Vec::new()
        }
        Told::Status(status) => beside::status(state, *status),
        Told::Presence(presence) => presence_now(state, presence),
        Told::Done => Vec::new(),
        Told::Superseded(ask) => failed::not_asked(state, &ask),
        Told::Failed(ask, failure) => failed::failed(state, &ask, &failure),
        Told::Ended(failure) => {
            state.popup = None;
            state.ended = Some(match failure.cause {
                Cause::Unavailable => state.texts.ended_outside(),
                Cause::Locked | Cause::Other => Safe::line(&failure.message),
            });
            // Whoever ended it waits for the profile, and not for a key.
            vec![Effect::Close]
        }
    }
}

/// Whether something was done that somebody wanted.
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

/// Takes a page of the open conversation.
fn page_came(
    state: &mut State,
    (ticket, place, edge): (Ticket, Place, From),
    messages: Vec<Message>,
    gaps: Vec<Gap>,
) -> Vec<Effect> {
    let is_open = state.open.as_ref().is_some_and(|open| open.place == place);
    let Some(pane) = state.open.as_mut().filter(|_| is_open) else {
        return Vec::new();
    };
    pane.take_gaps(gaps);
    pane.refreshing = pane.refreshing.filter(|under_way| *under_way != ticket);
    let more = messages.len() >= page();
    match edge {
        From::Newest if ticket == pane.latest => return latest(state, place, messages),
        From::Around(message) if ticket == pane.latest => around(state, message, messages),
        From::Before(beside) => pane.change(|window, looked_at| {
            window.take(Side::Older, beside, messages, more, looked_at);
        }),
        From::After(beside) => pane.change(|window, looked_at| {
            window.take(Side::Newer, beside, messages, more, looked_at);
        }),
        From::Newest | From::Around(_) => {}
    }
    Vec::new()
}

/// Takes that all of a conversation is read now, wherever it stands.
fn all_read(state: &mut State, read: &[OperationId]) -> Vec<Effect> {
    if let Some(pane) = state.open.as_mut() {
        pane.window.mark_read(read);
        let is_read = |message| read.contains(message);
        if pane.divider.as_ref().is_some_and(is_read) {
            pane.divider = None;
        }
    }
    conversations_wanted(state)
}

/// Takes who is there: whoever comes may have what is missing.
fn presence_now(state: &mut State, presence: Presence) -> Vec<Effect> {
    state.presence = presence;
    let is_missing = |pane: &Pane| !pane.gaps.is_empty();
    if state.open.as_ref().is_some_and(is_missing) {
        return refresh_latest(state);
    }
    Vec::new()
}

fn contacts_now(state: &mut State, contacts: Vec<Contact>) -> Vec<Effect> {
    state.contacts = contacts;
    let again = state.refresh_contacts.answered();
    again
        .then_some(Effect::Ask(Ask::Contacts))
        .into_iter()
        .collect()
}

fn verified(state: &mut State, contact: &Contact) -> Vec<Effect> {
    let words = state.texts.verified(&Safe::name(&contact.name));
    let verified = contact.person.map(Place::Person);
    if let Some(Popup::Verify { place, .. }) = state.popup
        && Some(place) == verified
    {
        state.popup = None;
    }
    state.say(words);
    contacts_wanted(state)
}

/// Opens a room for whoever waits for it; whoever has gone on meanwhile is told that it is there.
fn room_is_there(state: &mut State, room: Conversation) -> Vec<Effect> {
    let place = Place::Room(room.id);
    take_conversation(state, room);
    let mut effects = Vec::new();
    if std::mem::take(&mut state.awaits_room) {
        effects = open::open(state, place);
    } else {
        let words = state.texts.room_there(&state.title(place));
        state.say(words);
    }
    effects.extend(conversations_wanted(state));
    effects
}

/// Somebody's code made them our contact: whoever waits for them writes to them now, whoever has gone on is told how to.
fn joined(state: &mut State, contact: &Contact) -> Vec<Effect> {
    let is_awaited = std::mem::take(&mut state.awaits_answer);
    let mut effects = met(state, contact);
    let is_met = contact.state != ContactState::Pending;
    let Some(place) = contact.person.map(Place::Person).filter(|_| is_met) else {
        return effects;
    };
    if is_awaited {
        effects.extend(open::open(state, place));
    } else if state.open_place() != Some(place) {
        let keys = Safe::line(&state.keys_of(Action::People));
        let words = state.texts.met_elsewhere(&Safe::name(&contact.name), &keys);
        state.say(words);
    }
    effects
}

/// Somebody used a code of ours.
fn used(state: &mut State, contact: &Contact) -> Vec<Effect> {
    let is_pending = contact.state == ContactState::Pending;
    if matches!(state.popup, Some(Popup::Invite { .. })) {
        let said = if is_pending {
            state.texts.join_pending()
        } else {
            state.texts.used(&Safe::name(&contact.name))
        };
        // It stays in front: the key that was meant for the code goes nowhere else.
        let by = contact.person.filter(|_| !is_pending);
        state.popup = Some(Popup::Used { said, by });
    } else if let Some(Popup::Doctor { behind, .. }) = &mut state.popup {
        // The code that they stood in front of is used.
        *behind = None;
    }
    met(state, contact)
}

fn invited(state: &mut State, invite: Invite) -> Vec<Effect> {
    let code = invite.code.clone();
    if let Some(Popup::Invite { invite: shown, .. }) = &mut state.popup {
        *shown = Some(invite);
    }
    state.vigil.invited(state.clock.passed());
    vec![Effect::Ask(Ask::AwaitUse(code))]
}

/// Takes what was found, if it is what is looked for now; the newest first.
fn take_found(state: &mut State, ticket: Ticket, now: Found) -> Vec<Effect> {
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

fn take_words(state: &mut State, now: SafetyWords) -> Vec<Effect> {
    if let Some(Popup::Verify { words, place, .. }) = &mut state.popup
        && *place == Place::Person(now.person)
    {
        *words = Some(now);
    }
    Vec::new()
}

fn take_checks(state: &mut State, now: Vec<Check>) -> Vec<Effect> {
    if let Some(Popup::Doctor { checks, .. }) = &mut state.popup {
        state.vigil.examined();
        *checks = Some(now);
    } else {
        vigil::examined(state, now);
    }
    Vec::new()
}

fn page() -> usize {
    usize::try_from(PAGE_MESSAGES).unwrap_or(usize::MAX)
}

/// Takes the end of the open conversation.
fn latest(state: &mut State, place: Place, messages: Vec<Message>) -> Vec<Effect> {
    let more = messages.len() >= page();
    let Some(pane) = state.open.as_mut() else {
        return Vec::new();
    };
    if pane.is_loaded {
        pane.change(|window, looked_at| {
            window.take_latest(messages, more, looked_at);
        });
    } else {
        pane.is_loaded = true;
        let first = messages
            .iter()
            .find(|message| !message.mine && !message.read);
        pane.divider = first.map(|message| message.id);
        let older = if more { Edge::More } else { Edge::End };
        pane.window = Window::of(messages, older, Edge::End);
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
        return vec![open::latest(state, place)];
    }
    Vec::new()
}

/// Has a message on the screen, with what follows it below.
fn show_from_top(state: &mut State, message: OperationId) {
    // Once it is not at the end, a row says that more follows: then there is room for one less.
    for _ in 0..2 {
        let height = scene::message_rows(state);
        let walk = state.walk();
        let scroll = walk.map(|walk| scene::from_top(walk, height, message));
        if let (Some(pane), Some(scroll)) = (state.open.as_mut(), scroll)
            && scroll != Scroll::Latest
        {
            pane.scroll = scroll;
        }
    }
}

/// Takes the part of a conversation around a message.
fn around(state: &mut State, message: OperationId, messages: Vec<Message>) {
    let is_there = messages.iter().any(|one| one.id == message);
    if let Some(pane) = state.open.as_mut() {
        pane.is_loaded = true;
        pane.goal = None;
        pane.window = Window::of(messages, Edge::More, Edge::More);
        pane.selected = is_there.then_some(message);
    }
    if is_there {
        open::show_selected(state);
    } else {
        let words = state.texts.not_here();
        state.warn(words);
    }
}

/// Takes messages that arrived or changed.
fn news(state: &mut State, messages: &[Message]) -> Vec<Effect> {
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
            state.has_written(message);
        }
    }
    for message in messages {
        if is_worth_telling(state, message, of_open) {
            state.waiting.arrived(message, &state.texts);
        }
    }
    // The first message of somebody makes their conversation, which is not known yet.
    let is_known = |id: ConversationId| state.conversations.iter().any(|one| one.id == id);
    is_missing |= of_open.is_none()
        && open.is_some()
        && messages
            .iter()
            .any(|message| !is_known(message.conversation));
    if is_missing {
        effects.extend(refresh_latest(state));
    }
    effects.extend(details::changed(state, messages));
    effects.extend(conversations_wanted(state));
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
    let all = &state.conversations;
    let of = all.iter().find(|one| one.id == message.conversation);
    let is_muted = of.is_some_and(|conversation| conversation.muted);
    let is_seen = state.is_looked_at && open == Some(message.conversation);
    (!is_muted || message.mentions_me) && !is_seen
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

/// Takes a message that was stored: its text is known as that of this one.
fn stored(state: &mut State, place: Place, message: &Message) -> Vec<Effect> {
    if let Some(composer) = state.composers.get_mut(&place) {
        composer.stored(message.id, &message.body);
    }
    changed(state, message)
}

/// Takes a message as it is now.
fn changed(state: &mut State, message: &Message) -> Vec<Effect> {
    changed_in_front(state, message);
    let is_here = state
        .open
        .as_mut()
        .is_some_and(|pane| pane.window.change(message));
    let mut effects = conversations_wanted(state);
    if !is_here {
        effects.extend(refresh_latest(state));
    }
    effects
}

/// Has the end of the open conversation be asked for again, once it is not under way.
fn refresh_latest(state: &mut State) -> Vec<Effect> {
    let Some(pane) = state.open.as_mut() else {
        return Vec::new();
    };
    // One at a time: whoever writes without end would have each take the place of the one before.
    if !pane.is_loaded || pane.refreshing.is_some() {
        pane.is_stale = true;
        return Vec::new();
    }
    let place = pane.place;
    vec![open::latest(state, place)]
}

/// Has no text of these messages be fetched back where it was written.
fn forget_sent(state: &mut State, messages: &BTreeSet<OperationId>) {
    for composer in state.composers.values_mut() {
        composer.forget(messages);
    }
}

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

/// Notes into which rooms we are invited that we were not before, where nobody looks.
fn invitations(state: &mut State, now: &[Conversation]) {
    if state.is_looked_at {
        return;
    }
    let is_invited = |one: &&Conversation| one.standing == Standing::Invited;
    for room in now.iter().filter(is_invited) {
        let mut known = state.conversations.iter().filter(is_invited);
        if known.all(|known| known.id != room.id) {
            state
                .waiting
                .invited(room.invited_by.as_ref(), &state.texts);
        }
    }
}

fn conversations_now(state: &mut State, conversations: Vec<Conversation>) -> Vec<Effect> {
    invitations(state, &conversations);
    state.conversations = conversations;
    let mut effects = compose::drafts_elsewhere(state);
    let again = state.refresh_conversations.answered();
    effects.extend(again.then_some(Effect::Ask(Ask::Conversations)));
    effects
}

pub(super) fn conversations_wanted(state: &mut State) -> Vec<Effect> {
    let wanted = state.refresh_conversations.wanted();
    wanted
        .then_some(Effect::Ask(Ask::Conversations))
        .into_iter()
        .collect()
}

pub(super) fn contacts_wanted(state: &mut State) -> Vec<Effect> {
    let wanted = state.refresh_contacts.wanted();
    wanted
        .then_some(Effect::Ask(Ask::Contacts))
        .into_iter()
        .collect()
}

/// Somebody is a contact now, or will be.
fn met(state: &mut State, contact: &Contact) -> Vec<Effect> {
    let name = Safe::name(&contact.name);
    let mut effects = contacts_wanted(state);
    match contact.person {
        Some(person) if contact.state != ContactState::Pending => {
            let words = state.texts.met(&name);
            state.say(words);
            take_contact(state, contact.clone());
            if state.popup.is_none() && state.open.is_none() {
                effects.extend(open::open(state, Place::Person(person)));
            }
        }
        Some(_) | None => {
            let words = state.texts.join_pending();
            state.say(words);
        }
    }
    effects
}

/// Takes a conversation as it is now.
fn take_conversation(state: &mut State, now: Conversation) {
    match state.conversations.iter_mut().find(|one| one.id == now.id) {
        Some(known) => *known = now,
        None => state.conversations.push(now),
    }
}

/// Takes a contact as they are now.
fn take_contact(state: &mut State, now: Contact) {
    let known = state
        .contacts
        .iter_mut()
        .find(|one| one.person == now.person);
    match known.filter(|known| known.person.is_some()) {
        Some(known) => *known = now,
        None => state.contacts.push(now),
    }
}
