//! What is said of rooms, and of how long messages stay, when that changes.

use tidings_node::api::{Conversation, Member, Role, Standing};

use super::{Effect, State, hint};
use crate::chat::{Action, Change, Changed, DONE_IN_A_ROW_MAX, Fate, Place};
use crate::output;
use crate::safe_text::Safe;
use crate::texts::Texts;

impl State {
    /// Takes what conversations there are now; says what changed.
    pub(super) fn take_conversations(&mut self, now: Vec<Conversation>) -> Vec<Effect> {
        let changed = self.book.take_conversations(now);
        self.say(&changed)
    }

    /// Says what changed.
    pub(super) fn say(&mut self, changed: &[Changed<Conversation>]) -> Vec<Effect> {
        for new in changed.iter().filter(|one| one.before.is_none()) {
            self.note_past(new.place);
        }
        let changes = changed.iter().flat_map(|one| {
            let changes = one.changes(&self.book).into_iter();
            changes.map(|change| (one.place, change))
        });
        let mut told = 0;
        let mut said = Vec::new();
        for (place, change) in changes {
            let is_of_others = matches!(change, Change::Member(..));
            let line = self.said(place, &change);
            told += usize::from(is_of_others && line.is_some());
            said.extend(line.filter(|_| !is_of_others || told <= DONE_IN_A_ROW_MAX));
        }
        if let Some(more @ 1..) = told.checked_sub(DONE_IN_A_ROW_MAX) {
            let more = u64::try_from(more).unwrap_or(u64::MAX);
            said.push(self.texts.and_more(more));
        }
        said.into_iter().map(hint).collect()
    }

    /// What is said of a change, if the typist should know.
    fn said(&self, place: Place, change: &Change<'_>) -> Option<Safe> {
        let is_open = self.open == Some(place);
        let room = self.book.conversation(place)?;
        let (texts, title) = (&self.texts, &self.title(place));
        match change {
            Change::Appeared => Some(self.appeared(place, room)),
            Change::Standing { was_invited } => Some(self.stands(place, room, *was_invited)),
            Change::Title(before) => Some(texts.room_renamed(&texts.name(before), title)),
            Change::OwnRole { is_admin: true } => Some(texts.you_rose(title)),
            Change::OwnRole { is_admin: false } => Some(texts.you_fell(title)),
            Change::Member(member, fate) => is_open.then(|| {
                let became = match fate {
                    Fate::Came => Texts::member_came,
                    Fate::Rose => Texts::member_rose,
                    Fate::Fell => Texts::member_fell,
                    Fate::Went => Texts::member_went,
                };
                became(texts, &texts.author(&member.name), title)
            }),
            Change::Lifetime if is_open => Some(self.lifetime(place)),
            Change::Lifetime => None,
        }
    }

    /// How long stays what is written there.
    pub(super) fn lifetime(&self, place: Place) -> Safe {
        let (texts, title) = (&self.texts, &self.title(place));
        let conversation = self.book.conversation(place);
        let seconds = conversation.and_then(|one| one.disappears_after);
        match (place, seconds.map(|seconds| texts.span(seconds))) {
            (Place::Room(_), Some(span)) => texts.expires_in(title, &span),
            (Place::Person(_), Some(span)) => texts.expires_with(title, &span),
            (Place::Room(_), None) => texts.stays_in(title),
            (Place::Person(_), None) => texts.stays_with(title),
        }
    }

    fn appeared(&self, place: Place, room: &Conversation) -> Safe {
        let (texts, title) = (&self.texts, &self.title(place));
        let by = room.invited_by.as_ref().map(|by| texts.author(&by.name));
        let naming = |action| self.naming(action, place);
        match (room.standing, by) {
            (Standing::Invited, by) => {
                let (accept, leave) = (naming(Action::AcceptRoom), naming(Action::Leave));
                match by {
                    Some(by) => texts.room_invites_by(&by, title, &accept, &leave),
                    None => texts.room_invites(title, &accept, &leave),
                }
            }
            (Standing::Joined | _, Some(by)) => {
                texts.room_joined_by(&by, title, &naming(Action::Open))
            }
            (Standing::Joined | _, None) => texts.room_joined(title, &naming(Action::Open)),
        }
    }

    fn stands(&self, place: Place, room: &Conversation, was_invited: bool) -> Safe {
        let (texts, title) = (&self.texts, &self.title(place));
        match room.standing {
            Standing::Left if was_invited => texts.room_turned_down(title),
            Standing::Left => texts.you_left(title),
            Standing::Removed => texts.you_were_removed(title),
            Standing::Invited | Standing::Joined | _ => self.appeared(place, room),
        }
    }
}

/// What is to be said of a room in a list.
pub(super) fn about(room: &Conversation, texts: &Texts) -> Safe {
    match room.standing {
        Standing::Invited => texts.room_invited(),
        Standing::Left => texts.room_we_left(),
        Standing::Removed => texts.room_removed(),
        Standing::Joined | _ => texts.room_mark(),
    }
}

/// Who is in a room, in the order of their ids.
pub(super) fn in_order(room: &Conversation) -> Vec<&Member> {
    let mut members: Vec<&Member> = room.members.iter().collect();
    members.sort_by_key(|member| member.person);
    members
}

/// Who is in a room, a line each, numbered.
pub(super) fn members(state: &State, room: &Conversation) -> Vec<Safe> {
    let texts = &state.texts;
    let rows: Vec<[String; 3]> = (1usize..)
        .zip(in_order(room))
        .map(|(number, member)| {
            let name = texts.author(&member.name);
            let is_own = Some(member.person) == state.book.own();
            let name = if is_own {
                texts.own_member(&name)
            } else {
                name
            };
            let role = if member.role == Role::Admin {
                texts.admin()
            } else {
                Safe::default()
            };
            [number.to_string(), name.into(), role.into()]
        })
        .collect();
    Safe::lines(&output::table(&rows))
}

/// Takes part in a room that we accepted to.
pub(super) fn accepted(state: &mut State, room: Conversation) -> Vec<Effect> {
    let place = Place::Room(room.id);
    state.take_conversations(vec![room]);
    state.open(place)
}

/// Takes part in a room no longer, or turned its invitation down.
pub(super) fn left(state: &mut State, room: Conversation) -> Vec<Effect> {
    let place = Place::Room(room.id);
    let effects = state.take_conversations(vec![room]);
    if state.open == Some(place) {
        state.close();
    }
    effects
}
