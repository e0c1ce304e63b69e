//! What is typed: a line for somebody, or a command behind a slash.

use tidings_node::OperationId;
use tidings_node::api::{Conversation, MessageState, Standing};

use super::open::newest;
use super::{Effect, HISTORY_MESSAGES, Question, State, hint, text, trouble};
use super::{aim, bundle, member, people, seek, settle};
use crate::chat::{Action, Ask, Place, RoomChange, needs_escape, verb};
use crate::safe_text::{Safe, bare_code};
use crate::texts::Texts;

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
        Some(rest) if is_refused(rest) => message(state, rest, false),
        Some(_) if !is_command(typed) => message(state, typed, false),
        Some(command) => {
            let rest = command.split_once(char::is_whitespace);
            let rest = rest.map_or("", |(_, rest)| rest.trim());
            let verb = verb(typed);
            run(state, verb.strip_prefix('/').unwrap_or(verb), rest)
        }
    }
}

/// Whether a line is one of ours, or looks so: a number behind a slash opens a conversation.
pub(in crate::plain) fn is_command(line: &str) -> bool {
    needs_escape(line) || is_number(verb(line).strip_prefix('/').unwrap_or_default())
}

/// Whether a line is sent as a message only behind one more slash.
fn is_refused(line: &str) -> bool {
    let is_code = |word: &str| looks_like_code(word) && !word.contains('/');
    is_command(line) || line.strip_prefix('/').is_some_and(is_code)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|one| one.is_ascii_digit())
}

fn run(state: &mut State, verb: &str, rest: &str) -> Vec<Effect> {
    match verb {
        "invite" => vec![Effect::Ask(Ask::Invite)],
        "join" => join(rest, &state.texts),
        "cancel-join" => people::cancel_join(state, rest),
        "contacts" => vec![text(state.list())],
        "chat" if rest.is_empty() => vec![text(state.list())],
        "chat" => chat(state, rest),
        "accept" => accept(state, rest),
        "members" => members(state, rest),
        "leave" => leave(state, rest),
        "read" => read(state, rest),
        "cancel" => match last_queued(state) {
            Some((place, message)) => vec![Effect::Ask(Ask::Cancel { place, message })],
            None => vec![hint(state.texts.nothing_queued())],
        },
        "verify" => verify(state, rest),
        "id" => vec![Effect::Ask(Ask::Identity)],
        "status" => vec![Effect::Ask(Ask::Status)],
        "help" => vec![text(help(&state.texts))],
        "quit" => vec![Effect::Quit],
        number if is_number(number) => chat(state, number),
        other => further(state, other, rest).unwrap_or_else(|| {
            let verb = Safe::line(&format!("/{other}"));
            vec![trouble(state.texts.no_command(&verb))]
        }),
    }
}

/// What is done to messages, conversations and members; nothing if the verb is none of that kind.
fn further(state: &mut State, verb: &str, rest: &str) -> Option<Vec<Effect>> {
    aim::run(state, verb, rest)
        .or_else(|| seek::run(verb, rest, &state.texts))
        .or_else(|| settle::run(state, verb, rest))
        .or_else(|| member::run(state, verb, rest))
        .or_else(|| bundle::run(state, verb, rest))
}

/// A line for whoever is open.
fn message(state: &State, line: &str, code: bool) -> Vec<Effect> {
    let texts = &state.texts;
    match state.open {
        None if code => join(line, texts),
        Some(_) if code => vec![hint(texts.looks_like_code())],
        Some(place) => vec![Effect::Ask(Ask::Send {
            place,
            text: line.to_owned(),
            reply_to: None,
        })],
        None if state.places().next().is_none() => vec![text(state.list())],
        None => vec![hint(texts.to_whom(&texts.whole(Action::Open)))],
    }
}

fn join(code: &str, texts: &Texts) -> Vec<Effect> {
    if code.is_empty() {
        return vec![hint(texts.give_the_code(&texts.whole(Action::Join)))];
    }
    vec![
        hint(texts.looking_for_maker()),
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
    let texts = &state.texts;
    let invitations = state.rooms();
    let invitations = invitations.filter(|one| one.standing == Standing::Invited);
    let found = match (room, invitations.collect::<Vec<_>>().as_slice()) {
        ("", [only]) => Ok(Place::Room(only.id)),
        ("", _) => return vec![hint(texts.which_room(&texts.whole(Action::AcceptRoom)))],
        (room, _) => find(state, room),
    };
    match found {
        Ok(Place::Room(id)) => vec![Effect::Ask(Ask::Room(id, RoomChange::Accept))],
        Ok(Place::Person(_)) => vec![hint(texts.is_contact(&texts.whole(Action::Open)))],
        Err(effects) => effects,
    }
}

/// The room that is named, or the open one.
fn room<'a>(state: &'a State, name: &str, action: Action) -> Result<&'a Conversation, Vec<Effect>> {
    let texts = &state.texts;
    let found = match (state.open, name) {
        (Some(place @ Place::Room(_)), "") => place,
        (Some(Place::Person(_)) | None, "") => {
            return Err(vec![hint(texts.which_room(&texts.whole(action)))]);
        }
        (_, name) => find(state, name)?,
    };
    match found {
        Place::Room(id) => state.room(id).ok_or_else(Vec::new),
        Place::Person(_) => Err(vec![hint(texts.is_no_room())]),
    }
}

fn members(state: &State, name: &str) -> Vec<Effect> {
    match room(state, name, Action::Members) {
        Ok(room) => vec![text(super::room::members(state, room))],
        Err(effects) => effects,
    }
}

/// Asks whether a room is to be left: whoever left has to be invited again.
fn leave(state: &mut State, name: &str) -> Vec<Effect> {
    let (id, standing) = match room(state, name, Action::Leave) {
        Ok(room) => (room.id, room.standing),
        Err(effects) => return effects,
    };
    let (texts, title) = (&state.texts, state.title(Place::Room(id)));
    let said = match standing {
        Standing::Left | Standing::Removed => return vec![hint(texts.not_in_room(&title))],
        Standing::Invited => texts.turning_down(&title),
        Standing::Joined | _ => texts.leaving(&title),
    };
    state.question = Some(Question::Sure {
        ask: Ask::Room(id, RoomChange::Leave),
        asked: texts.confirm_leave(&title),
    });
    vec![hint(said)]
}

fn read(state: &State, count: &str) -> Vec<Effect> {
    let count = if count.is_empty() {
        Ok(HISTORY_MESSAGES)
    } else {
        count.parse()
    };
    match (state.open, count) {
        (Some(place), Ok(count)) => vec![newest(place, count.clamp(1, READ_MESSAGES_MAX))],
        (Some(_), Err(_)) => vec![hint(state.texts.give_a_number(&"/read 50".into()))],
        (None, _) => vec![text(state.list())],
    }
}

fn verify(state: &State, who: &str) -> Vec<Effect> {
    let texts = &state.texts;
    let found = match (state.open, who) {
        (Some(place @ Place::Person(_)), "") => Ok(place),
        (Some(Place::Room(_)) | None, "") => {
            return vec![hint(texts.whom(&texts.whole(Action::Verify)))];
        }
        (_, who) => find(state, who),
    };
    match found {
        Ok(Place::Person(id)) => vec![Effect::Ask(Ask::SafetyWords(id))],
        Ok(Place::Room(_)) => vec![hint(texts.no_words_of_room())],
        Err(effects) => effects,
    }
}

fn answer(state: &mut State, question: Question, typed: &str) -> Vec<Effect> {
    match question {
        Question::SafetyWords(person, words) => people::compared(state, person, words, typed),
        Question::Sure { ask, asked } => answer_sure(state, ask, asked, typed),
    }
}

/// Does what was asked about after a clear yes alone.
fn answer_sure(state: &mut State, ask: Ask, asked: Safe, typed: &str) -> Vec<Effect> {
    let texts = &state.texts;
    match texts.answer(typed) {
        Some(true) => vec![Effect::Ask(ask)],
        Some(false) => vec![hint(texts.unchanged())],
        None => {
            let again = texts.yes_or_no_again(&texts.yes_letter(), &texts.no_letter());
            state.question = Some(Question::Sure { ask, asked });
            vec![hint(again)]
        }
    }
}

/// The person or room of that number, name, or unambiguous start of a name.
pub(super) fn find(state: &State, who: &str) -> Result<Place, Vec<Effect>> {
    let number = who.parse::<usize>().ok();
    let index = number.and_then(|number| number.checked_sub(1));
    if let Some(place) = index.and_then(|index| state.places().nth(index)) {
        return Ok(place);
    }
    let wanted = who.to_lowercase();
    let named = |fits: &dyn Fn(&str) -> bool| -> Vec<Place> {
        let places = state.places();
        places
            .filter(|place| fits(&state.title(*place).as_str().to_lowercase()))
            .collect()
    };
    let exact = named(&|name| name == wanted);
    let starting = named(&|name| name.starts_with(&wanted));
    match (exact.as_slice(), starting.as_slice()) {
        ([place], _) | ([], [place]) => Ok(*place),
        ([], []) => {
            let name = Safe::line(who);
            Err(vec![trouble(state.texts.nobody_called(&name))])
        }
        _ => Err(vec![hint(state.texts.several_called()), text(state.list())]),
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

fn help(texts: &Texts) -> Vec<Safe> {
    let commands = texts.commands(|_| true);
    let lines = [texts.help_line()].into_iter().chain(commands);
    lines.chain([texts.help_numbers()]).collect()
}
