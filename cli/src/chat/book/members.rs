//! Who is in a room, and what became of them from one time to the next.

use std::collections::BTreeMap;

use tidings_node::PersonId;
use tidings_node::api::{Conversation, Role};

use crate::output;

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// Safe to print.
    pub(crate) name: String,
    pub(crate) is_admin: bool,
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

/// Who is in a room, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members(BTreeMap<PersonId, Member>);

impl Members {
    pub(super) fn of(conversation: &Conversation) -> Self {
        let members = conversation.members.iter();
        Self(
            members
                .map(|member| {
                    let name = output::author(&member.name);
                    let is_admin = member.role == Role::Admin;
                    (member.person, Member { name, is_admin })
                })
                .collect(),
        )
    }

    /// Who is in it, one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (PersonId, &Member)> {
        self.0.iter().map(|(id, member)| (*id, member))
    }

    /// Whether we are an admin now, if we are one or none since this.
    pub(super) fn own_role(&self, now: &Self, own: Option<PersonId>) -> Option<bool> {
        let own = own?;
        let (before, now) = (self.0.get(&own)?, now.0.get(&own)?);
        (before.is_admin != now.is_admin).then_some(now.is_admin)
    }

    /// What became of the others since this, by name.
    pub(super) fn fates(&self, now: &Self, own: Option<PersonId>) -> Vec<(String, Fate)> {
        let mut fates = Vec::new();
        for (id, member) in now.0.iter().filter(|(id, _)| Some(**id) != own) {
            let fate = match self.0.get(id) {
                None => Fate::Came,
                Some(before) if before.is_admin == member.is_admin => continue,
                Some(_) if member.is_admin => Fate::Rose,
                Some(_) => Fate::Fell,
            };
            fates.push((member.name.clone(), fate));
        }
        for (id, member) in self.0.iter().filter(|(id, _)| Some(**id) != own) {
            if !now.0.contains_key(id) {
                fates.push((member.name.clone(), Fate::Went));
            }
        }
        fates
    }
}

#[cfg(test)]
mod tests {
    use tidings_node::api;

    use super::*;
    use crate::output::sample;

    fn members(people: &[(char, Role)]) -> Members {
        let members = people.iter().map(|(first, role)| api::Member {
            person: sample::id(*first),
            name: format!("N{first}\u{1b}"),
            role: *role,
            mentioned_as: None,
        });
        Members::of(&Conversation {
            members: members.collect(),
            ..sample::room('r', "Team")
        })
    }

    #[test]
    fn each_change_is_told_of_and_what_one_did_not_change_is_not() {
        let before = members(&[
            ('b', Role::Admin),
            ('c', Role::Member),
            ('d', Role::Member),
            ('e', Role::Member),
        ]);
        let now = members(&[
            ('b', Role::Member),
            ('c', Role::Admin),
            ('d', Role::Member),
            ('f', Role::Member),
        ]);
        let name = |first: char| output::author(&format!("N{first}\u{1b}"));
        assert_eq!(
            before.fates(&now, Some(sample::id('d'))),
            [
                (name('b'), Fate::Fell),
                (name('c'), Fate::Rose),
                (name('f'), Fate::Came),
                (name('e'), Fate::Went),
            ]
        );
        assert!(!name('b').contains('\u{1b}'));
        assert_eq!(now.fates(&now, None), []);
    }

    #[test]
    fn what_we_may_do_is_told_of_apart_from_what_others_may() {
        let (before, now) = (
            members(&[('b', Role::Member), ('c', Role::Member)]),
            members(&[('b', Role::Admin), ('c', Role::Admin)]),
        );
        assert_eq!(before.own_role(&now, Some(sample::id('b'))), Some(true));
        assert_eq!(now.own_role(&before, Some(sample::id('b'))), Some(false));
        assert_eq!(before.own_role(&before, Some(sample::id('b'))), None);
        assert_eq!(before.own_role(&now, Some(sample::id('d'))), None);
    }
}
