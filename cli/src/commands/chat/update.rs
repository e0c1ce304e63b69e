//! What a chat knows, and what it does about what happens: events in, effects out.
//!
//! Invariants
//! - Nothing here prints, waits or asks a node; the driver does, for [`Effect`]s.
//! - What is typed goes to the person or room whose conversation is open, and the open one changes
//!   only by the typist's own command, or from none to one.
//! - Names and texts in a [`Show`] of our own words are made safe here; whole messages are made
//!   safe where they are drawn.

mod command;
mod members;
mod message;
mod open;
mod people;
mod presence;
mod room;
mod shown;

pub(super) use command::COMMANDS;
pub(super) use shown::Trace;

use std::collections::{BTreeMap, BTreeSet};

use tidings_node::api::{
    Contact, Conversation, Identity, Invite, Message, MessageState, Presence, SafetyWords, Status,
    Typist, Who,
};
use tidings_node::{ConversationId, OperationId, PersonId};

use crate::output;
use crate::safe_text;
use people::Person;
use room::Room;
use shown::Shown;

/// Messages shown when a conversation is opened.
pub(super) const HISTORY_MESSAGES: u32 = 20;

/// Own messages whose way is followed at once.
const IN_FLIGHT_MAX: usize = 1_000;

/// Seconds after which a queued message is explained.
const QUEUED_EXPLAINED_SECONDS: u32 = 3;

/// Seconds between two looks for new contacts and rooms, and for messages that went.
const CONTACTS_SECONDS: u32 = 5;

/// To whom the typist can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// To a contact.
    Person(PersonId),
    /// To everybody in a room.
    Room(ConversationId),
}

impl Place {
    /// Named so that no other is meant.
    pub(super) fn who(self) -> Who {
        match self {
            Self::Person(id) => Who(id.to_string()),
            Self::Room(id) => Who(id.to_string()),
        }
    }
}

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
    /// Messages arrived or changed, in that order.
    Messages(Vec<Message>),
    /// These messages are there no longer.
    Gone(Vec<OperationId>),
    /// Who is there and who types is so now.
    Presence(Presence),
    /// The newest messages there.
    History(Place, Vec<Message>),
    /// A message was stored.
    Sent(Place, Message),
    /// All contacts as they are now.
    Contacts(Vec<Contact>),
    /// All conversations as they are now.
    Conversations(Vec<Conversation>),
    /// An invitation to this room was accepted.
    Accepted(Conversation),
    /// A room was left, or its invitation turned down.
    Left(Conversation),
    /// A code was made.
    Invited(Invite),
    /// A code was used, by us or by somebody else.
    Paired(Contact),
    /// Asked for: who we are.
    Identity(Identity),
    /// Asked for: how the node does.
    Status(Status),
    /// Asked for: somebody's safety words.
    SafetyWords(SafetyWords),
    /// Somebody was verified.
    Verified(Contact),
    /// A message was given up.
    Cancelled(Message),
    /// A message was not stored.
    NotSent(String),
    /// A request was not done.
    Failed(String),
    /// The node ended.
    Ended(String),
}

impl Event {
    /// Whether it comes between whatever the typist does.
    const fn is_aside(&self) -> bool {
        matches!(
            self,
            Self::Tick
                | Self::Messages(_)
                | Self::Gone(_)
                | Self::Typed
                | Self::Presence(_)
                | Self::Conversations(_)
        )
    }
}

/// Something to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Put something on the screen.
    Show(Show),
    /// Have this line stand above the prompt for as long as it is so, in place of the one before.
    Pass(Option<String>),
    /// Say that the typist types there.
    Type(Place),
    /// Store a message and have it delivered.
    Send(Place, String),
    /// Get the newest messages there.
    Read(Place, u32),
    /// Find out which of these messages are there no longer.
    LookFor(Vec<OperationId>),
    /// Mark messages as read.
    MarkRead(Vec<OperationId>),
    /// Make a code.
    Invite,
    /// Use a code.
    Join(String),
    /// Get all contacts.
    ListContacts,
    /// Get all conversations.
    ListConversations,
    /// Take part in a room.
    Accept(ConversationId),
    /// Take part in a room no longer, or turn its invitation down.
    Leave(ConversationId),
    /// Get who we are.
    Identity,
    /// Get how the node does.
    Status,
    /// Get somebody's safety words.
    SafetyWords(PersonId),
    /// Mark somebody as verified.
    Verify(PersonId, String),
    /// Give up a message.
    Cancel(OperationId),
    /// Let go of the profile: others may wait for it.
    Close,
    /// Leave.
    Quit,
}

/// Something to put on the screen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// A message.
    Message(Box<Message>),
    /// A message that was shown before and looks otherwise now; with how its text began, safe, if
    /// that has changed.
    Changed(Box<Message>, Option<String>),
    /// A message that was shown before is there no longer.
    Gone(Trace),
    /// What is open now.
    Heading(String),
    /// An answer.
    Text(String),
    /// Something on the side.
    Hint(String),
    /// Something that went well.
    Good(String),
    /// Something that went wrong.
    Trouble(String),
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
    /// Whether this room is to be left.
    Leave(ConversationId),
}

/// All that a chat knows.
#[derive(Debug, Default)]
pub(super) struct State {
    own: Option<PersonId>,
    people: Vec<Person>,
    rooms: Vec<Room>,
    /// To whom what is written in a conversation goes.
    places: BTreeMap<ConversationId, Place>,
    /// How that begins which was kept unsent there, safe to print.
    drafts: BTreeMap<Place, String>,
    /// After how many seconds disappears what is written there, with what is said of that.
    lifetimes: BTreeMap<Place, (u32, String)>,
    /// Names of contacts that have not answered yet.
    pending: usize,
    open: Option<Place>,
    shown: Shown,
    in_flight: BTreeMap<OperationId, InFlight>,
    /// Own messages that were ever in flight.
    sent: u64,
    /// States that arrived before the reply to the request that sent the message.
    early: BTreeMap<OperationId, MessageState>,
    question: Option<Question>,
    /// Contacts who are there.
    online: BTreeSet<PersonId>,
    typing: Vec<Typist>,
    /// What stands above the prompt and passes.
    passing: Option<String>,
    /// Whether the typist was told that who is open is out of reach.
    explained: bool,
    interrupted: bool,
    ended: bool,
    seconds: u32,
}

impl State {
    /// What stands before the cursor.
    pub(super) fn prompt(&self) -> String {
        match (&self.question, self.open) {
            (Some(Question::SafetyWords(..)), _) => "the same? [y/n, or the words] ".to_owned(),
            (Some(Question::Leave(room)), _) => {
                format!("leave {}? [y/n] ", self.name(Place::Room(*room)))
            }
            (None, Some(place)) => format!("you \u{2192} {}: ", self.name(place)),
            (None, None) => "> ".to_owned(),
        }
    }

    /// Names to complete.
    pub(super) fn names(&self) -> Vec<String> {
        let people = self.people.iter().map(|person| &person.name);
        let rooms = self.rooms.iter().map(|room| &room.title);
        people.chain(rooms).cloned().collect()
    }

    fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    fn name(&self, place: Place) -> String {
        let name = match place {
            Place::Person(id) => self.person(id).map(|person| &person.name),
            Place::Room(id) => self.room(id).map(|room| &room.title),
        };
        name.cloned().unwrap_or_else(|| "them".to_owned())
    }

    /// How many messages there are unread, to be changed.
    fn unread_mut(&mut self, place: Place) -> Option<&mut u64> {
        match place {
            Place::Person(id) => {
                let person = self.people.iter_mut().find(|person| person.id == id);
                person.map(|person| &mut person.unread)
            }
            Place::Room(id) => {
                let room = self.rooms.iter_mut().find(|room| room.id == id);
                room.map(|room| &mut room.unread)
            }
        }
    }
}

/// Deals with one event.
pub(super) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = deal_with(state, event);
    effects.extend(state.pass());
    effects
}

fn deal_with(state: &mut State, event: Event) -> Vec<Effect> {
    let interrupted = state.interrupted;
    state.interrupted &= event.is_aside();
    match event {
        Event::Started {
            identity,
            contacts,
            conversations,
        } => started(state, &identity, contacts, &conversations),
        Event::Line(line) if state.ended => {
            let unsent = (!line.trim().is_empty()).then(|| not_sent(&line));
            unsent.into_iter().chain([Effect::Quit]).collect()
        }
        Event::Interrupted if state.ended => vec![Effect::Quit],
        Event::Line(line) => command::line(state, &line),
        Event::Interrupted if interrupted => vec![Effect::Quit],
        Event::Interrupted => {
            state.interrupted = true;
            state.question = None;
            vec![hint("Ctrl-C again leaves; so does /quit.")]
        }
        Event::Closed => vec![Effect::Quit],
        Event::Tick => tick(state),
        Event::Messages(messages) => message::arrived(state, messages),
        Event::Gone(messages) => state.shown.take_gone(&messages),
        Event::Typed => state.typed(),
        Event::Presence(presence) => {
            state.take_presence(presence);
            Vec::new()
        }
        Event::History(id, messages) => message::history(state, id, messages),
        Event::Sent(to, message) => message::sent(state, to, &message),
        Event::Contacts(contacts) => people::contacts_now(state, contacts),
        Event::Conversations(conversations) => state.take_conversations(&conversations),
        Event::Accepted(room) => room::accepted(state, &room),
        Event::Left(room) => room::left(state, &room),
        Event::Invited(invite) => invited(&invite),
        Event::Paired(contact) => people::paired(state, contact),
        Event::Identity(identity) => vec![text(command::identity(&identity))],
        Event::Status(status) => vec![text(crate::commands::status::plain(&status))],
        Event::SafetyWords(words) => people::ask_words(state, &words),
        Event::Verified(contact) => {
            let name = safe_text::name(&contact.name);
            state.take_contacts(vec![contact]);
            vec![good(format!("\u{2713} {name} is verified."))]
        }
        Event::Cancelled(message) => {
            state.in_flight.remove(&message.id);
            vec![hint(message::cancelled(&message))]
        }
        Event::NotSent(text) => vec![not_sent(&text)],
        Event::Failed(message) => vec![trouble(&message)],
        Event::Ended(_) if state.ended => Vec::new(),
        // The editor still waits for a key, and gives the terminal back when it gets one.
        Event::Ended(message) => {
            state.ended = true;
            vec![
                Effect::Close,
                trouble(&message),
                hint("Press Enter to leave."),
            ]
        }
    }
}

fn started(
    state: &mut State,
    identity: &Identity,
    contacts: Vec<Contact>,
    conversations: &[Conversation],
) -> Vec<Effect> {
    state.own = Some(identity.person);
    state.take_contacts(contacts);
    state.start_conversations(conversations);
    let welcome = format!(
        "Hello {}. /help shows what you can do.",
        safe_text::name(&identity.name)
    );
    let mut effects = vec![hint(welcome)];
    effects.extend(state.alarms(&[]));
    match (state.people.as_slice(), state.rooms.as_slice()) {
        ([], []) => effects.push(text(command::nobody_yet(state.pending))),
        ([only], []) => {
            let place = Place::Person(only.id);
            effects.extend(state.open(place));
        }
        _ => effects.push(text(command::contacts(state))),
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
        let name = match state.open {
            Some(place @ Place::Room(_)) => format!("Somebody in {}", state.name(place)),
            Some(place @ Place::Person(_)) => state.name(place),
            None => String::new(),
        };
        effects.push(hint(format!(
            "\u{2026} {name} cannot be reached right now. Your messages are kept and go out by \
             themselves."
        )));
    }
    if state.seconds.is_multiple_of(CONTACTS_SECONDS) {
        effects.extend([Effect::ListContacts, Effect::ListConversations]);
        effects.extend(state.shown.look_for());
    }
    effects
}

fn invited(invite: &Invite) -> Vec<Effect> {
    let until = output::when(invite.expires_at);
    vec![
        hint(
            "Give this code to one person, where only they can see it. They type `/join` and the \
             code:",
        ),
        text(safe_text::line(&invite.code)),
        hint(format!(
            "It is good until {until}, and answered while Tidings runs here."
        )),
    ]
}

fn text(text: impl Into<String>) -> Effect {
    Effect::Show(Show::Text(text.into()))
}

fn hint(text: impl Into<String>) -> Effect {
    Effect::Show(Show::Hint(text.into()))
}

fn good(text: impl Into<String>) -> Effect {
    Effect::Show(Show::Good(text.into()))
}

/// Says that a line is nowhere but on the screen.
fn not_sent(text: &str) -> Effect {
    let start = safe_text::truncated(&safe_text::line(text), 40);
    Effect::Show(Show::Trouble(format!("not sent: {start}")))
}

/// Trouble comes in a node's words, which may quote names.
fn trouble(text: &str) -> Effect {
    Effect::Show(Show::Trouble(safe_text::line(text)))
}

#[cfg(test)]
mod tests;
