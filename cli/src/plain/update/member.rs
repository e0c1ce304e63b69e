//! Who is let into rooms, what they may do there, and who is taken out; and rooms that are made.

use tidings_node::api::{Conversation, History, Member, Role};
use tidings_node::{ConversationId, PersonId};

use super::command::find;
use super::{Effect, Question, State, hint, text, trouble};
use crate::chat::{Action, Ask, Place, RoomChange};
use crate::safe_text::Safe;
use crate::texts::Texts;

/// What is done about members; nothing if the verb is none of that kind.
pub(super) fn run(state: &mut State, verb: &str, rest: &str) -> Option<Vec<Effect>> {
    let done = match verb {
        "create" => Ok(create(rest, &state.texts)),
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

fn create(title: &str, texts: &Texts) -> Vec<Effect> {
    if title.is_empty() {
        return vec![hint(texts.what_title(&texts.whole(Action::CreateRoom)))];
    }
    vec![Effect::Ask(Ask::CreateRoom {
        title: title.to_owned(),
        with: Vec::new(),
    })]
}

/// The room that is open.
fn open(state: &State) -> Result<&Conversation, Vec<Effect>> {
    match state.open {
        Some(Place::Room(id)) => state.room(id).ok_or_else(Vec::new),
        Some(Place::Person(_)) | None => {
            let texts = &state.texts;
            Err(vec![hint(
                texts.open_room_first(&texts.whole(Action::Open)),
            )])
        }
    }
}

fn add(state: &State, who: &str, history: History) -> Done {
    let room = open(state)?;
    let texts = &state.texts;
    if who.is_empty() {
        return Err(vec![hint(texts.whom(&texts.whole(Action::InviteMember)))]);
    }
    let place = find(state, who)?;
    let Place::Person(member) = place else {
        return Err(vec![hint(texts.no_room_in_room())]);
    };
    let (name, title) = (state.title(place), state.title(Place::Room(room.id)));
    if room.members.iter().any(|one| one.person == member) {
        return Err(vec![hint(texts.in_room_already(&name, &title))]);
    }
    let said = match history {
        History::New => texts.letting_in_new(&name, &title),
        History::All | _ => texts.letting_in(&name, &title),
    };
    Ok(vec![
        hint(said),
        Effect::Ask(Ask::Room(room.id, RoomChange::Invite { member, history })),
    ])
}

/// A member of the open room.
struct Meant {
    room: ConversationId,
    title: Safe,
    member: PersonId,
    name: Safe,
    is_admin: bool,
}

/// The member of that number, name, or unambiguous start of a name.
fn meant(state: &State, who: &str, action: Action) -> Result<Meant, Vec<Effect>> {
    let room = open(state)?;
    let texts = &state.texts;
    if who.is_empty() {
        return Err(vec![
            hint(texts.whom(&texts.whole(action))),
            text(super::room::members(state, room)),
        ]);
    }
    let title = state.title(Place::Room(room.id));
    let wanted = who.to_lowercase();
    let members = super::room::in_order(room);
    let named = |fits: &dyn Fn(&str) -> bool| -> Vec<&Member> {
        let name = |one: &Member| texts.author(&one.name).as_str().to_lowercase();
        let all = members.iter().copied();
        all.filter(|one| fits(&name(one))).collect()
    };
    let number = who.parse::<usize>().ok();
    let index = number.and_then(|number| number.checked_sub(1));
    let numbered = index.and_then(|index| members.get(index).copied());
    let exact = named(&|name| name == wanted);
    let starting = named(&|name| name.starts_with(&wanted));
    let member = match (numbered, exact.as_slice(), starting.as_slice()) {
        (Some(one), ..) => one,
        (None, [one], _) | (None, [], [one]) => *one,
        (None, [], []) => {
            let why = texts.no_member_called(&Safe::line(who), &title);
            return Err(vec![trouble(why)]);
        }
        (None, ..) => {
            return Err(vec![
                hint(texts.several_called()),
                text(super::room::members(state, room)),
            ]);
        }
    };
    if Some(member.person) == state.book.own() {
        return Err(vec![hint(texts.that_is_you())]);
    }
    Ok(Meant {
        room: room.id,
        title,
        member: member.person,
        name: texts.author(&member.name),
        is_admin: member.role == Role::Admin,
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
    } = meant(state, who, Action::Role)?;
    let (role, asked) = if is_admin {
        (Role::Member, state.texts.confirm_no_admin(&name, &title))
    } else {
        (Role::Admin, state.texts.confirm_admin(&name, &title))
    };
    state.question = Some(Question::Sure {
        ask: Ask::Room(room, RoomChange::SetRole { member, role }),
        asked,
    });
    Ok(Vec::new())
}

/// Asks whether a member is to be taken out.
fn remove(state: &mut State, who: &str) -> Done {
    let meant = meant(state, who, Action::RemoveMember)?;
    let (name, title) = (&meant.name, &meant.title);
    state.question = Some(Question::Sure {
        ask: Ask::Room(meant.room, RoomChange::Remove(meant.member)),
        asked: state.texts.confirm_remove(name, title),
    });
    Ok(vec![hint(state.texts.removing(name, title))])
}

/// Opens a room that we made.
pub(super) fn created(state: &mut State, room: Conversation) -> Vec<Effect> {
    let place = Place::Room(room.id);
    state.take_conversations(vec![room]);
    let mut effects = state.open(place);
    let texts = &state.texts;
    effects.push(hint(texts.lets_in(&texts.whole(Action::InviteMember))));
    effects
}
