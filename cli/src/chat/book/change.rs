//! What changed from one time to the next.

use std::collections::BTreeMap;

use tidings_node::PersonId;
use tidings_node::api::{Conversation, Member, Role, Standing};

use super::Book;
use crate::chat::Place;
use crate::safe_text::Safe;

/// Something that is not as it was; how it is now, the [`Book`] says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changed<T> {
    pub(crate) place: Place,
    /// How it was; nothing if it was not there.
    pub(crate) before: Option<T>,
}

/// What it was that changed about a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    /// A room is there that was not.
    Appeared,
    /// What we are in a room; whether we had only been invited.
    Standing { was_invited: bool },
    /// A room's title; the one before.
    Title(&'a str),
    /// What we may do in a room; whether we are an admin now.
    OwnRole { is_admin: bool },
    /// What became of somebody else in a room.
    Member(&'a Member, Fate),
    /// After how long disappears what is written.
    Lifetime,
}

/// What became of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Is in the room now.
    Came,
    /// Has left it, or was removed.
    Went,
    /// Is an admin now.
    Rose,
    /// Is no admin any more.
    Fell,
}

impl Changed<Conversation> {
    /// What is to be said of it, each thing once. A room that was left before it was known is none to speak of.
    pub(crate) fn changes<'a>(&'a self, book: &'a Book) -> Vec<Change<'a>> {
        let Some(now) = book.conversation(self.place) else {
            return Vec::new();
        };
        let mut changes = Vec::new();
        if let Place::Room(_) = self.place {
            match &self.before {
                None if now.standing == Standing::Left => {}
                None => changes.push(Change::Appeared),
                Some(before) => changes.extend(of_room(before, now, book.own())),
            }
        }
        let lifetime = self.before.as_ref().and_then(|one| one.disappears_after);
        changes.extend((lifetime != now.disappears_after).then_some(Change::Lifetime));
        changes
    }
}

fn of_room<'a>(
    before: &'a Conversation,
    now: &'a Conversation,
    own: Option<PersonId>,
) -> Vec<Change<'a>> {
    if before.standing != now.standing {
        let was_invited = before.standing == Standing::Invited;
        return vec![Change::Standing { was_invited }];
    }
    let is_renamed = Safe::name(&before.title) != Safe::name(&now.title);
    let mut changes: Vec<_> = is_renamed
        .then_some(Change::Title(&before.title))
        .into_iter()
        .collect();
    if now.standing == Standing::Joined {
        changes.extend(of_members(&before.members, &now.members, own));
    }
    changes
}

/// What we may do, if that is otherwise; then what became of the others, in the order of their ids.
fn of_members<'a>(
    before: &'a [Member],
    now: &'a [Member],
    own: Option<PersonId>,
) -> Vec<Change<'a>> {
    let by_id = |all: &'a [Member]| -> BTreeMap<PersonId, &'a Member> {
        all.iter().map(|one| (one.person, one)).collect()
    };
    let (before, now) = (by_id(before), by_id(now));
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for (id, member) in &now {
        let is_admin = member.role == Role::Admin;
        let is_own = Some(*id) == own;
        let fate = match before.get(id) {
            None => Fate::Came,
            Some(known) if known.role == member.role => continue,
            Some(_) if is_own => {
                ours.push(Change::OwnRole { is_admin });
                continue;
            }
            Some(_) if is_admin => Fate::Rose,
            Some(_) => Fate::Fell,
        };
        others.extend((!is_own).then_some(Change::Member(member, fate)));
    }
    let gone = before.into_iter().filter(|(id, _)| !now.contains_key(id));
    let gone = gone.filter(|(id, _)| Some(*id) != own);
    others.extend(gone.map(|(_, member)| Change::Member(member, Fate::Went)));
    ours.extend(others);
    ours
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    const OWN: char = 'z';

    /// A book with a room of such members, and what changed as they became others.
    fn changed(before: &[(char, Role)], now: &[(char, Role)]) -> (Book, Changed<Conversation>) {
        let room = |people: &[(char, Role)]| Conversation {
            members: people
                .iter()
                .map(|(first, role)| Member {
                    person: sample::id(*first),
                    name: format!("N{first}"),
                    role: *role,
                    mentioned_as: None,
                })
                .collect(),
            ..sample::room('r', "Team")
        };
        let mut book = Book::of(sample::id(OWN));
        book.take_conversation(room(before));
        let changed = book.take_conversation(room(now)).unwrap();
        (book, changed)
    }

    #[test]
    fn each_change_is_told_of_and_what_we_did_not_change_is_not() {
        let before = [
            ('b', Role::Admin),
            ('c', Role::Member),
            ('d', Role::Member),
            ('e', Role::Member),
            (OWN, Role::Member),
        ];
        let now = [
            (OWN, Role::Member),
            ('f', Role::Member),
            ('d', Role::Member),
            ('c', Role::Admin),
            ('b', Role::Member),
        ];
        let (book, changed) = changed(&before, &now);
        let told = changed.changes(&book);
        let told = told.iter().map(|change| {
            let Change::Member(member, fate) = change else {
                panic!("{change:?}");
            };
            (member.name.as_str(), *fate)
        });
        let told: Vec<_> = told.collect();
        assert_eq!(
            told,
            [
                ("Nb", Fate::Fell),
                ("Nc", Fate::Rose),
                ("Nf", Fate::Came),
                ("Ne", Fate::Went),
            ]
        );
    }

    #[test]
    fn what_we_may_do_is_told_of_apart_from_what_others_may() {
        let member = [('b', Role::Member), (OWN, Role::Member)];
        let admin = [('b', Role::Member), (OWN, Role::Admin)];
        for (before, now, is_admin) in [(member, admin, true), (admin, member, false)] {
            let (book, changed) = changed(&before, &now);
            assert_eq!(changed.changes(&book), [Change::OwnRole { is_admin }]);
        }
        let (book, changed) = changed(&member, &member[..1]);
        assert_eq!(
            changed.changes(&book),
            [],
            "that we are out of it is our standing"
        );
    }

    #[test]
    fn a_room_is_told_of_as_it_appears_unless_it_was_left_before() {
        let mut book = Book::default();
        for (standing, told) in [
            (Standing::Left, None),
            (Standing::Invited, Some(Change::Appeared)),
        ] {
            let first = if told.is_some() { 'r' } else { 's' };
            let room = Conversation {
                standing,
                ..sample::room(first, "Team")
            };
            let changed = book.take_conversation(room.clone()).unwrap();
            assert_eq!(changed.changes(&book), Vec::from_iter(told));
            assert_eq!(book.take_conversation(room), None, "it is told once");
        }
    }
}
