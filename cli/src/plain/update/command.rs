//! What is typed: a line for somebody, or a command behind a slash.

use tidings_node::OperationId;
use tidings_node::api::{Identity, MessageState, Standing};

use super::open::newest;
use super::{Effect, HISTORY_MESSAGES, Question, State, hint, text, trouble};
use super::{aim, member, seek, settle};
use crate::chat::{Ask, Place, Room, RoomChange, slashes};
use crate::commands::contacts::{Comparison, alarm};
use crate::output;
use crate::safe_text::{self, bare_code};

/// Shortest line that may be an invite code.
const CODE_CHARACTERS_MIN: usize = 60;

/// Most messages that `/read` shows at once.
const READ_MESSAGES_MAX: u32 = 1_000;

/// Deals with a line that was typed.
pub(super) fn line(state: &mut State, line: &str) -> Vec<Effect> {
    let typed = line.trim();
    match state.question.take() {
        // A command is one, whatever was asked.
        Some(question) if !typed.starts_with('/') => return answer(state, question, typed),
        Some(_) | None => {}
    }
    match typed.strip_prefix('/') {
        None if typed.is_empty() => Vec::new(),
        None => message(state, typed, looks_like_code(typed)),
        // Two slashes: the line is a message that begins with one.
        Some(rest) if rest.starts_with('/') => message(state, rest, false),
        Some(command) => {
            let (verb, rest) = command
                .split_once(char::is_whitespace)
                .unwrap_or((command, ""));
            run(state, verb, rest.trim())
        }
    }
}

fn run(state: &mut State, verb: &str, rest: &str) -> Vec<Effect> {
    match verb {
        "invite" => vec![Effect::Ask(Ask::Invite)],
        "join" if rest.is_empty() => vec![hint("Give the code: /join CODE")],
        "join" => join(rest),
        "contacts" => vec![text(contacts(state))],
        "chat" if rest.is_empty() => vec![text(contacts(state))],
        "chat" => chat(state, rest),
        "accept" => accept(state, rest),
        "members" => members(state, rest),
        "leave" => leave(state, rest),
        "read" => read(state, rest),
        "cancel" => match last_queued(state) {
            Some((place, message)) => vec![Effect::Ask(Ask::Cancel { place, message })],
            None => vec![hint("Nothing of yours is queued here.")],
        },
        "verify" => verify(state, rest),
        "id" => vec![Effect::Ask(Ask::Identity)],
        "status" => vec![Effect::Ask(Ask::Status)],
        "help" | "?" => vec![text(help())],
        "quit" | "exit" | "q" => vec![Effect::Quit],
        number if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) => {
            chat(state, number)
        }
        other => further(state, other, rest).unwrap_or_else(|| {
            vec![trouble(&format!(
                "there is no /{other}. /help shows what there is; // sends a line that begins \
                 with /."
            ))]
        }),
    }
}

/// What is done to messages, conversations and members; nothing if the verb is none of that kind.
fn further(state: &mut State, verb: &str, rest: &str) -> Option<Vec<Effect>> {
    aim::run(state, verb, rest)
        .or_else(|| seek::run(verb, rest))
        .or_else(|| settle::run(state, verb, rest))
        .or_else(|| member::run(state, verb, rest))
}

/// A line for whoever is open.
fn message(state: &State, line: &str, code: bool) -> Vec<Effect> {
    match state.open {
        None if code => join(line),
        Some(_) if code => vec![hint(
            "That looks like an invite code. /join and the code uses it; // before it sends it as \
             a message.",
        )],
        Some(place) => vec![Effect::Ask(Ask::Send {
            place,
            text: line.to_owned(),
            reply_to: None,
        })],
        None if state.book.is_empty() => vec![text(nobody_yet(state.book.pending()))],
        None => vec![hint(
            "To whom? /contacts shows everyone, /chat NAME opens a conversation.",
        )],
    }
}

fn join(code: &str) -> Vec<Effect> {
    vec![
        hint("Looking for whoever made the code."),
        Effect::Ask(Ask::Join(bare_code(code))),
    ]
}

fn chat(state: &mut State, who: &str) -> Vec<Effect> {
    match find(state, who) {
        Ok(place) => state.open(place),
        Err(effects) => effects,
    }
}

fn accept(state: &State, room: &str) -> Vec<Effect> {
    let rooms = state.book.rooms().iter();
    let invitations = rooms.filter(|one| one.standing == Standing::Invited);
    let found = match (room, invitations.collect::<Vec<_>>().as_slice()) {
        ("", [only]) => Ok(Place::Room(only.id)),
        ("", _) => return vec![hint("Which room? /accept ROOM")],
        (room, _) => find(state, room),
    };
    match found {
        Ok(Place::Room(id)) => vec![Effect::Ask(Ask::Room(id, RoomChange::Accept))],
        Ok(Place::Person(_)) => vec![hint("That is a contact; /chat NAME writes to them.")],
        Err(effects) => effects,
    }
}

/// The room that is named, or the open one.
fn room<'a>(state: &'a State, name: &str, verb: &str) -> Result<&'a Room, Vec<Effect>> {
    let found = match (state.open, name) {
        (Some(place @ Place::Room(_)), "") => place,
        (Some(Place::Person(_)) | None, "") => {
            return Err(vec![hint(format!("Which room? /{verb} ROOM"))]);
        }
        (_, name) => find(state, name)?,
    };
    match found {
        Place::Room(id) => state.book.room(id).ok_or_else(Vec::new),
        Place::Person(_) => Err(vec![hint("That is a contact, and no room.")]),
    }
}

fn members(state: &State, name: &str) -> Vec<Effect> {
    match room(state, name, "members") {
        Ok(room) => vec![text(super::room::members(state, room))],
        Err(effects) => effects,
    }
}

/// Asks whether a room is to be left: whoever left has to be invited again.
fn leave(state: &mut State, name: &str) -> Vec<Effect> {
    let room = match room(state, name, "leave") {
        Ok(room) => room,
        Err(effects) => return effects,
    };
    let (room, title) = (room.clone(), room.title.clone());
    let asked = match room.standing {
        Standing::Left | Standing::Removed => {
            return vec![hint(format!("You are not in the room {title}."))];
        }
        Standing::Invited => {
            format!("To take part in the room {title} later, you have to be invited again.")
        }
        Standing::Joined | _ => format!(
            "Nothing new comes from the room {title} then, and to come back you have to be invited \
             again."
        ),
    };
    state.question = Some(Question::Sure {
        ask: Ask::Room(room.id, RoomChange::Leave),
        asked: format!("leave {title}? [y/n] "),
    });
    vec![hint(asked)]
}

fn read(state: &State, count: &str) -> Vec<Effect> {
    let count = if count.is_empty() {
        Ok(HISTORY_MESSAGES)
    } else {
        count.parse()
    };
    match (state.open, count) {
        (Some(place), Ok(count)) => vec![newest(place, count.clamp(1, READ_MESSAGES_MAX))],
        (Some(_), Err(_)) => vec![hint("Give a number: /read 50")],
        (None, _) => vec![text(contacts(state))],
    }
}

fn verify(state: &State, who: &str) -> Vec<Effect> {
    let found = match (state.open, who) {
        (Some(place @ Place::Person(_)), "") => Ok(place),
        (Some(Place::Room(_)) | None, "") => return vec![hint("Whom? /verify NAME")],
        (_, who) => find(state, who),
    };
    match found {
        Ok(Place::Person(id)) => vec![Effect::Ask(Ask::SafetyWords(id))],
        Ok(Place::Room(_)) => vec![hint("That is a room; people have safety words.")],
        Err(effects) => effects,
    }
}

fn answer(state: &mut State, question: Question, typed: &str) -> Vec<Effect> {
    let (person, words) = match question {
        Question::SafetyWords(id, words) => (id, words),
        Question::Sure { ask, asked } => return answer_sure(state, ask, asked, typed),
    };
    match Comparison::read(typed) {
        Comparison::Same => vec![Effect::Ask(Ask::Verify { person, words })],
        Comparison::Words(words) => vec![Effect::Ask(Ask::Verify { person, words })],
        Comparison::Different => {
            let verified = state.book.person(person).is_some_and(|one| one.verified);
            let name = state.book.name(Place::Person(person));
            vec![trouble(&alarm(&name, verified))]
        }
        Comparison::Unclear(why) => {
            state.question = Some(Question::SafetyWords(person, words));
            vec![hint(format!("{why} Ctrl-C leaves it for later."))]
        }
    }
}

/// Does what was asked about after a clear yes alone.
fn answer_sure(state: &mut State, ask: Ask, asked: String, typed: &str) -> Vec<Effect> {
    match typed.to_lowercase().as_str() {
        "y" | "yes" => vec![Effect::Ask(ask)],
        "n" | "no" => vec![hint("Nothing has changed.")],
        _ => {
            state.question = Some(Question::Sure { ask, asked });
            vec![hint("y or n? Ctrl-C leaves it as it is.")]
        }
    }
}

/// The person or room of that number, name, or unambiguous start of a name.
pub(super) fn find(state: &State, who: &str) -> Result<Place, Vec<Effect>> {
    let number = who.parse::<usize>().ok();
    let index = number.and_then(|number| number.checked_sub(1));
    if let Some((place, _)) = index.and_then(|index| state.book.places().nth(index)) {
        return Ok(place);
    }
    let wanted = who.to_lowercase();
    let named = |fits: &dyn Fn(&str) -> bool| -> Vec<Place> {
        state
            .book
            .places()
            .filter(|(_, name)| fits(&name.to_lowercase()))
            .map(|(place, _)| place)
            .collect()
    };
    let exact = named(&|name| name == wanted);
    let starting = named(&|name| name.starts_with(&wanted));
    match (exact.as_slice(), starting.as_slice()) {
        ([place], _) | ([], [place]) => Ok(*place),
        ([], []) => Err(vec![trouble(&format!(
            "you have no contact and no room called {who}. /contacts"
        ))]),
        _ => Err(vec![
            hint("Several are called that. Take the number:"),
            text(contacts(state)),
        ]),
    }
}

fn last_queued(state: &State) -> Option<(Place, OperationId)> {
    let open = state.open?;
    state
        .in_flight
        .iter()
        .filter(|(_, flight)| flight.to == open && flight.state == MessageState::Queued)
        .max_by_key(|(_, flight)| flight.number)
        .map(|(id, _)| (open, *id))
}

/// Whether a line is one long word such as an invite code.
fn looks_like_code(line: &str) -> bool {
    line.chars().count() >= CODE_CHARACTERS_MIN
        && !line.contains("://")
        && line.chars().all(|character| character.is_ascii_graphic())
}

fn help() -> String {
    let mut rows = vec![[
        "a line of text".to_owned(),
        "goes to whoever is open".to_owned(),
    ]];
    rows.extend(slashes().map(|slash| [slash.usage(), slash.about.to_owned()]));
    let table = output::table(&rows);
    format!(
        "{table}N counts back from the message that was shown last where you write: 1 is that one, \
         2 the one before. What /search finds does not count."
    )
}

/// Everyone and every room, numbered.
pub(super) fn contacts(state: &State) -> String {
    if state.book.is_empty() {
        return nobody_yet(state.book.pending());
    }
    let people = state.book.people().iter().map(|person| {
        let about = match (person.blocked, person.suspended, person.verified) {
            (true, ..) => "blocked",
            (false, true, _) => "held off: /verify again",
            (false, false, true) => "verified",
            (false, false, false) => "not verified",
        };
        let online = state.book.is_online(person.id).then_some("online");
        let about = [about].into_iter().chain(online);
        let about = about.chain(apart(state, Place::Person(person.id)));
        let about = about.collect::<Vec<_>>().join(", ");
        (Place::Person(person.id), &person.name, person.unread, about)
    });
    let rooms = state.book.rooms().iter();
    let rooms = rooms.map(|room| {
        let place = Place::Room(room.id);
        let about = [super::room::about(room)].into_iter();
        let about = about.chain(apart(state, place)).collect::<Vec<_>>();
        (place, &room.title, room.unread, about.join(", "))
    });
    let rows: Vec<[String; 4]> = (1usize..)
        .zip(people.chain(rooms))
        .map(|(number, (place, name, unread, about))| {
            let about = match (state.open == Some(place), about.as_str()) {
                (true, "") => "open".to_owned(),
                (true, about) => format!("open, {about}"),
                (false, _) => about,
            };
            let unread = match unread {
                0 => String::new(),
                count => format!("{count} unread"),
            };
            [number.to_string(), name.clone(), unread, about]
        })
        .collect();
    let pending = match state.book.pending() {
        0 => String::new(),
        1 => "1 code of somebody else's is still waiting for its maker.\n".to_owned(),
        count => format!("{count} codes of others are still waiting for their makers.\n"),
    };
    format!(
        "{}{pending}/chat NAME, or / and the number, opens a conversation.",
        output::table(&rows)
    )
}

/// What sets a conversation apart from others on this device.
fn apart(state: &State, place: Place) -> impl Iterator<Item = &'static str> {
    let muted = state.book.is_muted(place).then_some("muted");
    let archived = state.book.is_archived(place).then_some("put away");
    muted.into_iter().chain(archived)
}

/// Said while there are no contacts.
pub(super) fn nobody_yet(pending: usize) -> String {
    let waiting = if pending > 0 {
        "A code you used is still waiting for its maker. Meanwhile:\n"
    } else {
        "No contacts yet.\n"
    };
    format!(
        "{waiting}  /invite      makes a code for a friend who runs Tidings\n  /join CODE   uses \
         the code of a friend"
    )
}

/// Who we are.
pub(super) fn identity(identity: &Identity) -> String {
    let fields = output::fields(&[
        ("Name", safe_text::name(&identity.name)),
        ("Person", identity.person.to_string()),
        (
            "Safety words",
            crate::commands::id::words(&identity.safety_words, None),
        ),
    ]);
    format!("{fields}\nContacts who compare your safety words know that nobody is in between.")
}
