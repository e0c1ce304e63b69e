//! What a chat knows, and what it does about what happens: events in, effects out.
//!
//! Invariants
//! - Nothing here prints, waits or asks a node; the driver does, for [`Effect`]s.
//! - What was written and not stored is said to be so, with how it begins.
//! - What is typed goes to the person or room whose conversation is open, and the open one changes
//!   only by the typist's own command, or from none to one.
//! - What is said in our own words is [`Safe`]; whole messages are made safe where they are drawn.

mod aim;
mod bundle;
mod command;
mod listed;
mod member;
mod message;
mod open;
mod own;
mod people;
mod presence;
mod room;
mod seek;
mod settle;
mod shown;
mod transfers;

pub(super) use command::is_command;
pub(super) use shown::{Number, Trace};

use std::collections::{BTreeMap, BTreeSet};

use tidings_node::api::{Contact, Conversation, Deed, Identity, Message, MessageState};
use tidings_node::{OperationId, PersonId};

use crate::chat::{Ask, Book, Place, Told};
use crate::failure::{Cause, Failure};
use crate::origin::Origin;
use crate::safe_text::Safe;
use crate::texts::Texts;
use shown::Shown;
use transfers::Transfers;

/// Messages shown when a conversation is opened.
pub(super) const HISTORY_MESSAGES: u32 = 20;

/// Own messages whose way is followed at once.
const IN_FLIGHT_MAX: usize = 1_000;

/// Columns of a text of which only the beginning is shown.
const START_COLUMNS: usize = 40;

/// Seconds after which a queued message is explained.
const QUEUED_EXPLAINED_SECONDS: u32 = 3;

/// Seconds between two looks for new contacts and rooms, and for messages that went.
const CONTACTS_SECONDS: u32 = 5;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Event {
    /// The chat begins.
    Started {
        /// Who we are.
        identity: Identity,
        /// Whom we know.
        contacts: Vec<Contact>,
        /// What there is to read.
        conversations: Vec<Conversation>,
    },
    /// A line was typed.
    Line(String),
    /// Something of a message was typed; at most once a second.
    Typed,
    /// Ctrl-C was pressed.
    Interrupted,
    /// The terminal closed, or Ctrl-D was pressed.
    Closed,
    /// A second passed.
    Tick,
    /// Something was told.
    Told(Told),
    /// The profile is locked now, or is not any more.
    Locked(bool),
}

impl From<Told> for Event {
    fn from(told: Told) -> Self {
        Self::Told(told)
    }
}

impl Event {
    /// Whether it comes between whatever the typist does.
    const fn is_aside(&self) -> bool {
        match self {
            Self::Tick | Self::Typed | Self::Locked(_) => true,
            Self::Told(told) => matches!(
                told,
                Told::News(_)
                    | Told::Gone(_)
                    | Told::Presence(_)
                    | Told::Stale(_)
                    | Told::Transfers(_)
                    | Told::Conversations(_)
                    | Told::Done
                    | Told::Superseded(_)
            ),
            Self::Started { .. } | Self::Line(_) | Self::Interrupted | Self::Closed => false,
        }
    }
}

/// Something to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Put something on the screen.
    Show(Show),
    /// Ask the node.
    Ask(Ask),
    /// Ask for the passphrase, and open the profile.
    Unlock,
    /// Let go of the profile: others may wait for it.
    Close,
    /// Leave.
    Quit,
}

/// Something to put on the screen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// A message, by its number.
    Message(Number, Box<Message>),
    /// Something that was done to the conversation.
    Deed(Box<Deed>),
    /// A message that was shown before and looks otherwise now; with how its text began, if that has changed.
    Changed(Number, Box<Message>, Option<Safe>),
    /// A message that was shown before is there no longer.
    Gone(Number, Trace),
    /// A message that was found, with where.
    Found(Safe, Box<Message>),
    /// What is open now.
    Heading(Safe),
    /// An answer, line by line.
    Text(Vec<Safe>),
    /// Something on the side.
    Hint(Safe),
    /// Something that went wrong.
    Trouble(Safe),
}

/// An own message on its way.
#[derive(Debug, Clone, Copy)]
struct InFlight {
    to: Place,
    state: MessageState,
    seconds: u32,
    /// Later messages have larger ones.
    number: u64,
}

/// What a question was about, while its answer is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Question {
    /// Whether these are the person's words.
    SafetyWords(PersonId, String),
    /// Whether this is really to be asked of the node, and what stands before the answer.
    Sure { ask: Ask, asked: Safe },
}

/// All that a chat knows.
#[derive(Debug, Default)]
pub(super) struct State {
    texts: Texts,
    /// Where paths that are typed begin.
    origin: Origin,
    book: Book,
    /// Rooms that were left before this chat knew of them.
    past: BTreeSet<Place>,
    /// How many messages somewhere were told of and not shown, after those that were unread at the start.
    unread: BTreeMap<Place, u64>,
    open: Option<Place>,
    shown: Shown,
    in_flight: BTreeMap<OperationId, InFlight>,
    /// Own messages that were ever in flight.
    sent: u64,
    /// States that arrived before the reply to the request that sent the message.
    early: BTreeMap<OperationId, MessageState>,
    transfers: Transfers,
    question: Option<Question>,
    /// Whether the typist was told that who is open is out of reach.
    explained: bool,
    /// Whether the typist was told that who is open is blocked.
    told_blocked: bool,
    interrupted: bool,
    ended: bool,
    locked: bool,
    seconds: u32,
}

impl State {
    /// Nothing is known yet but the words in which it is to be told, and where it is.
    pub(super) fn new(texts: Texts, origin: Origin) -> Self {
        Self {
            texts,
            origin,
            ..Self::default()
        }
    }

    /// The words in which everything is told.
    pub(super) const fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Whether the passphrase is needed before anything else.
    pub(super) const fn is_locked(&self) -> bool {
        self.locked
    }

    /// What stands before the cursor.
    pub(super) fn prompt(&self) -> String {
        let texts = &self.texts;
        let (yes, no) = (texts.yes_letter(), texts.no_letter());
        let prompt = match (&self.question, self.open) {
            (Some(Question::SafetyWords(..)), _) => texts.ask_same(&yes, &no),
            (Some(Question::Sure { asked, .. }), _) => texts.asked(asked, &yes, &no),
            (None, Some(place @ Place::Person(_))) => texts.prompt_to(&self.title(place)),
            (None, Some(place @ Place::Room(_))) => texts.prompt_in(&self.title(place)),
            (None, None) => ">".into(),
        };
        format!("{prompt} ")
    }

    /// Names to complete.
    pub(super) fn names(&self) -> Vec<String> {
        let titles = self.places().map(|place| self.title(place));
        titles.map(String::from).collect()
    }
}

/// How a text begins, on one line.
fn start(text: &str, texts: &Texts) -> Safe {
    let start = Safe::line(text).truncated(START_COLUMNS);
    match start.as_str().strip_suffix('\u{2026}') {
        Some(cut) => texts.cut_off(&Safe::line(cut)),
        None => start,
    }
}

/// Deals with one event.
pub(super) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let interrupted = state.interrupted;
    state.interrupted &= event.is_aside();
    match event {
        Event::Started {
            identity,
            contacts,
            conversations,
        } => started(state, &identity, contacts, conversations),
        Event::Line(line) if state.ended => aside(state, &line, Effect::Quit),
        Event::Line(line) if state.locked => aside(state, &line, Effect::Unlock),
        Event::Interrupted if state.ended => vec![Effect::Quit],
        Event::Line(line) => command::line(state, &line),
        Event::Interrupted if interrupted => vec![Effect::Quit],
        Event::Interrupted => {
            state.interrupted = true;
            state.question = None;
            vec![hint(state.texts.interrupt_or_quit())]
        }
        Event::Closed => vec![Effect::Quit],
        Event::Tick => tick(state),
        Event::Typed => state.typed(),
        Event::Told(told) => take(state, told),
        Event::Locked(is_locked) => lock(state, is_locked),
    }
}

/// A line that goes to nobody, and what is done instead.
fn aside(state: &State, line: &str, instead: Effect) -> Vec<Effect> {
    let unsent = (!line.trim().is_empty()).then(|| Effect::Show(not_sent(line, &state.texts)));
    unsent.into_iter().chain([instead]).collect()
}

fn lock(state: &mut State, is_locked: bool) -> Vec<Effect> {
    state.locked = is_locked;
    if is_locked {
        state.transfers.forget();
    }
    let texts = &state.texts;
    if is_locked {
        vec![
            trouble(texts.node_ended_locked()),
            hint(texts.enter_unlocks()),
        ]
    } else {
        vec![hint(texts.unlocked())]
    }
}

fn take(state: &mut State, told: Told) -> Vec<Effect> {
    match told {
        Told::News(messages) => message::arrived(state, messages),
        Told::Gone(messages) => state.shown.take_gone(&messages),
        Told::Presence(presence) => {
            state.book.take_presence(presence);
            Vec::new()
        }
        Told::Page { place, items, .. } => message::history(state, place, items),
        Told::Sent(to, message) => message::sent(state, to, &message),
        Told::Contacts(contacts) => people::contacts_now(state, contacts),
        Told::Conversations(conversations) => state.take_conversations(conversations),
        Told::Accepted(room) => room::accepted(state, *room),
        Told::Left(room) => room::left(state, *room),
        Told::Invited(invite) => people::invited(state, &invite),
        Told::Joined(contact) | Told::Used(Some(contact)) => people::paired(state, contact),
        Told::JoinCancelled => people::join_cancelled(state),
        Told::Identity(identity) => vec![own::identity(state, &identity)],
        Told::Status(status) => vec![own::status(state, &status)],
        Told::SafetyWords(words) => people::ask_words(state, &words),
        Told::Verified(contact) => people::verified(state, contact),
        Told::Cancelled(message) => {
            state.in_flight.remove(&message.id);
            vec![hint(message::cancelled(&message, &state.texts))]
        }
        Told::Found { found, .. } => seek::found(state, found),
        Told::Pinned(place, messages) => seek::pinned(state, place, messages),
        Told::Checked(checks) => vec![own::checked(state, &checks)],
        Told::Changed(message) => aim::changed(state, &message),
        // For everybody, it comes as news.
        Told::Deleted(deleted) if deleted.for_me => state.shown.take_gone(&[deleted.id]),
        Told::Deliveries(of, all) => aim::deliveries(state, of, &all),
        Told::Conversation(now) => settle::conversation(state, *now),
        Told::Contact(now) => settle::contact(state, now),
        Told::Created(room) => member::created(state, *room),
        Told::Bundle(way, came) => bundle::done(state, way, &came),
        Told::Transfers(now) => state.transfers.take(now, &state.texts),
        Told::Stale(kinds) => {
            state.transfers.is_stale |= kinds.transfers;
            Vec::new()
        }
        Told::Failed(ask, failure) => failed(state, &ask, &failure),
        Told::Ended(failure) => ended(state, &failure),
        // Nothing in a line chat asks for these, or has more to say of them.
        Told::Deleted(_)
        | Told::Read(_)
        | Told::AllRead(_)
        | Told::Draft { .. }
        | Told::DraftKept(_)
        | Told::Used(None)
        | Told::Done
        | Told::Superseded(_) => Vec::new(),
    }
}

/// Says that something was not done, and gives back what was written.
fn failed(state: &mut State, ask: &Ask, failure: &Failure) -> Vec<Effect> {
    let written = ask.written();
    let unsent = written.map(|text| Effect::Show(not_sent(text, &state.texts)));
    let said = match failure.cause {
        Cause::Unavailable => ended(state, failure),
        Cause::Locked | Cause::Other if failure.is_stopped() => {
            vec![hint(state.texts.failure(failure))]
        }
        Cause::Locked | Cause::Other if failure.is_over() => {
            vec![hint(state.texts.ended_before())]
        }
        Cause::Locked | Cause::Other => vec![trouble(state.texts.failure(failure))],
    };
    unsent.into_iter().chain(said).collect()
}

/// The editor still waits for a key, and gives the terminal back when it gets one.
fn ended(state: &mut State, failure: &Failure) -> Vec<Effect> {
    if std::mem::replace(&mut state.ended, true) {
        return Vec::new();
    }
    vec![
        Effect::Close,
        trouble(state.texts.failure(failure)),
        hint(state.texts.enter_leaves()),
    ]
}

fn started(
    state: &mut State,
    identity: &Identity,
    contacts: Vec<Contact>,
    conversations: Vec<Conversation>,
) -> Vec<Effect> {
    let known = state.begin(identity.person, contacts, conversations);
    let name = state.texts.name(&identity.name);
    let mut effects = vec![hint(state.texts.hello(&name))];
    effects.extend(state.alarms(&known));
    let places: Vec<Place> = state.places().collect();
    match places.as_slice() {
        [only @ Place::Person(_)] => effects.extend(state.open(*only)),
        _ => effects.push(text(state.list())),
    }
    effects
}

fn tick(state: &mut State) -> Vec<Effect> {
    state.seconds = state.seconds.wrapping_add(1);
    let mut effects = Vec::new();
    let mut late = false;
    for flight in state.in_flight.values_mut() {
        flight.seconds = flight.seconds.saturating_add(1);
        late |= flight.state == MessageState::Queued
            && flight.seconds == QUEUED_EXPLAINED_SECONDS
            && state.open == Some(flight.to);
    }
    if late && !state.explained {
        state.explained = true;
        let said = state.open.map(|place| match place {
            Place::Room(_) => state.texts.unreached_in(&state.title(place)),
            Place::Person(_) => state.texts.unreached(&state.title(place)),
        });
        effects.extend(said.map(hint));
    }
    // What is asked of a locked profile waits, and so would each of these.
    if !state.locked && std::mem::take(&mut state.transfers.is_stale) {
        effects.push(Effect::Ask(Ask::Transfers));
    }
    if state.seconds.is_multiple_of(CONTACTS_SECONDS) && !state.locked {
        effects.extend([Ask::Contacts, Ask::Conversations].map(Effect::Ask));
        effects.extend(state.shown.look_for());
    }
    effects
}

fn text(lines: Vec<Safe>) -> Effect {
    Effect::Show(Show::Text(lines))
}

fn hint(text: Safe) -> Effect {
    Effect::Show(Show::Hint(text))
}

fn trouble(text: Safe) -> Effect {
    Effect::Show(Show::Trouble(text))
}

/// Says that a line is nowhere but on the screen.
pub(super) fn not_sent(text: &str, texts: &Texts) -> Show {
    Show::Trouble(texts.unsent(&start(text, texts)))
}

#[cfg(test)]
mod tests;
