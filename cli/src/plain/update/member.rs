//! Who is let into rooms, what they may do there, and who is taken out; and rooms that are made.

use tidings_node::api::{Conversation, History, Role};
use tidings_node::{ConversationId, PersonId};

use super::command::find;
use super::{Effect, Question, State, hint, text, trouble};
use crate::chat::{Ask, Place, Room, RoomChange};

/// What is done about members; nothing if the verb is none of that kind.
pub(super) fn run(state: &mut State, verb: &str, rest: &str) -> Option<Vec<Effect>> {
    let done = match verb {
        "create" => Ok(create(rest)),
        "add" => add(state, rest, History::All),
        "add-new" => add(state, rest, History::New),
        "role" => role(state, rest),
        "remove" => remove(state, rest),
        _ => return None,
    };
    // What is refused is said as what is done.
    Some(done.unwrap_or_else(|refused| refused))
}

type Done = Result<Vec<Effect>, Vec<Effect>>;

fn create(title: &str) -> Vec<Effect> {
    if title.is_empty() {
        return vec![hint("What is it to be called? /create TITLE")];
    }
    vec![Effect::Ask(Ask::CreateRoom {
        title: title.to_owned(),
        with: Vec::new(),
    })]
}

/// The room that is open.
fn open(state: &State) -> Result<&Room, Vec<Effect>> {
    match state.open {
        Some(Place::Room(id)) => state.book.room(id).ok_or_else(Vec::new),
        Some(Place::Person(_)) | None => Err(vec![hint("Open the room first: /chat ROOM")]),
    }
}

fn add(state: &State, who: &str, history: History) -> Done {
    let room = open(state)?;
    if who.is_empty() {
        return Err(vec![hint("Whom? /add CONTACT")]);
    }
    let place = find(state, who)?;
    let Place::Person(member) = place else {
        return Err(vec![hint("That is a room; contacts can be let in.")]);
    };
    let (name, title) = (state.book.name(place), &room.title);
    if room.members.iter().any(|(id, _)| id == member) {
        return Err(vec![hint(format!(
            "{name} is in the room {title} already."
        ))]);
    }
    let with = match history {
        History::New => "what is written from now on",
        History::All | _ => "all that was written in it",
    };
    Ok(vec![
        hint(format!(
            "Letting {name} into the room {title}, with {with}."
        )),
        Effect::Ask(Ask::Room(room.id, RoomChange::Invite { member, history })),
    ])
}

/// A member of the open room.
struct Meant {
    room: ConversationId,
    title: String,
    member: PersonId,
    name: String,
    is_admin: bool,
}

/// The member of that number, name, or unambiguous start of a name.
fn meant(state: &State, who: &str, verb: &str) -> Result<Meant, Vec<Effect>> {
    let room = open(state)?;
    if who.is_empty() {
        return Err(vec![
            hint(format!("Whom? /{verb} MEMBER")),
            text(super::room::members(state, room)),
        ]);
    }
    let wanted = who.to_lowercase();
    let named = |fits: &dyn Fn(&str) -> bool| {
        let all = room.members.iter();
        all.filter(|(_, one)| fits(&one.name.to_lowercase()))
            .collect::<Vec<_>>()
    };
    let number = who.parse::<usize>().ok();
    let index = number.and_then(|number| number.checked_sub(1));
    let numbered = index.and_then(|index| room.members.iter().nth(index));
    let exact = named(&|name| name == wanted);
    let starting = named(&|name| name.starts_with(&wanted));
    let (member, one) = match (numbered, exact.as_slice(), starting.as_slice()) {
        (Some(one), ..) => one,
        (None, [one], _) | (None, [], [one]) => *one,
        (None, [], []) => {
            let title = &room.title;
            let why = format!("nobody in the room {title} is called {who}. /members");
            return Err(vec![trouble(&why)]);
        }
        (None, ..) => {
            return Err(vec![
                hint("Several are called that. Take the number:"),
                text(super::room::members(state, room)),
            ]);
        }
    };
    if Some(member) == state.book.own() {
        return Err(vec![hint("That is you; /leave leaves the room.")]);
    }
    Ok(Meant {
        room: room.id,
        title: room.title.clone(),
        member,
        name: one.name.clone(),
        is_admin: one.is_admin,
    })
}

/// Asks whether a member is to be an admin, or none any more.
fn role(state: &mut State, who: &str) -> Done {
    let Meant {
        room,
        title,
        member,
        name,
        is_admin,
    } = meant(state, who, "role")?;
    let (role, said, asked) = if is_admin {
        let asked = format!("make {name} no longer an admin? [y/n] ");
        (Role::Member, "an admin", asked)
    } else {
        let asked = format!("make {name} an admin? [y/n] ");
        (Role::Admin, "no admin", asked)
    };
    state.question = Some(Question::Sure {
        ask: Ask::Room(room, RoomChange::SetRole { member, role }),
        asked,
    });
    Ok(vec![hint(format!("{name} is {said} of the room {title}."))])
}

/// Asks whether a member is to be taken out.
fn remove(state: &mut State, who: &str) -> Done {
    let meant = meant(state, who, "remove")?;
    let (name, title) = (&meant.name, &meant.title);
    state.question = Some(Question::Sure {
        ask: Ask::Room(meant.room, RoomChange::Remove(meant.member)),
        asked: format!("take {name} out of {title}? [y/n] "),
    });
    Ok(vec![hint(format!(
        "{name} gets nothing new from the room {title} then."
    ))])
}

/// Opens a room that we made.
pub(super) fn created(state: &mut State, room: &Conversation) -> Vec<Effect> {
    state.take_conversations(std::slice::from_ref(room));
    let mut effects = state.open(Place::Room(room.id));
    effects.push(hint("/add CONTACT lets somebody in."));
    effects
}
