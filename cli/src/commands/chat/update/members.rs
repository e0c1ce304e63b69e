//! Who is in a room, and what is said when that changes.

use std::collections::BTreeMap;

use tidings_node::PersonId;
use tidings_node::api::{Conversation, Role};

use crate::output;

/// Changes of one time that are told one by one.
pub(super) const CHANGES_TOLD_MAX: usize = 8;

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    /// Safe to print.
    name: String,
    is_admin: bool,
}

/// Who is in a room, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub(super) struct Members(BTreeMap<PersonId, Member>);

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

    /// What became of oneself, from one time to the next.
    pub(super) fn own_news(
        &self,
        now: &Self,
        own: Option<PersonId>,
        title: &str,
    ) -> Option<String> {
        let own = own?;
        let (before, now) = (self.0.get(&own)?, now.0.get(&own)?);
        match (before.is_admin, now.is_admin) {
            (false, true) => Some(format!("You are an admin of the room {title} now.")),
            (true, false) => Some(format!("You are no admin of the room {title} any more.")),
            (true, true) | (false, false) => None,
        }
    }

    /// What became of the others, from one time to the next: each in a line, and of very many how
    /// many more there are.
    pub(super) fn news(&self, now: &Self, own: Option<PersonId>, title: &str) -> Vec<String> {
        let mut told = Vec::new();
        for (id, member) in now.0.iter().filter(|(id, _)| Some(**id) != own) {
            let name = &member.name;
            match self.0.get(id) {
                None => told.push(format!("{name} is in the room {title} now.")),
                Some(before) if before.is_admin == member.is_admin => {}
                Some(_) if member.is_admin => {
                    told.push(format!("{name} is an admin of the room {title} now."));
                }
                Some(_) => told.push(format!("{name} is no admin of the room {title} any more.")),
            }
        }
        for (id, member) in self.0.iter().filter(|(id, _)| Some(**id) != own) {
            if !now.0.contains_key(id) {
                let name = &member.name;
                told.push(format!(
                    "{name} has left the room {title}, or was removed from it."
                ));
            }
        }
        let more = told.len().saturating_sub(CHANGES_TOLD_MAX);
        if more > 0 {
            told.truncate(CHANGES_TOLD_MAX);
            told.push(format!("\u{2026} and {more} more: /members"));
        }
        told
    }

    /// Who is in it, a line each.
    pub(super) fn list(&self, own: Option<PersonId>) -> String {
        let rows: Vec<[String; 2]> = self
            .0
            .iter()
            .map(|(id, member)| {
                let name = if Some(*id) == own {
                    format!("{} (you)", member.name)
                } else {
                    member.name.clone()
                };
                let role = if member.is_admin { "admin" } else { "" };
                [name, role.to_owned()]
            })
            .collect();
        output::table(&rows)
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
    fn each_change_is_one_line_and_what_one_did_not_change_is_none() {
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
            before.news(&now, Some(sample::id('d')), "Team"),
            [
                format!("{} is no admin of the room Team any more.", name('b')),
                format!("{} is an admin of the room Team now.", name('c')),
                format!("{} is in the room Team now.", name('f')),
                format!(
                    "{} has left the room Team, or was removed from it.",
                    name('e')
                ),
            ]
        );
        assert!(!name('b').contains('\u{1b}'));
        assert_eq!(now.news(&now, None, "Team"), [""; 0]);
    }

    #[test]
    fn the_most_changes_are_told_one_by_one_and_of_more_how_many_there_are() {
        let letters: Vec<(char, Role)> = ('a'..='z').map(|first| (first, Role::Member)).collect();
        let told = |count| members(&[]).news(&members(&letters[..count]), None, "Team");
        assert_eq!(told(CHANGES_TOLD_MAX).len(), CHANGES_TOLD_MAX);
        assert!(
            told(CHANGES_TOLD_MAX)
                .iter()
                .all(|line| line.contains("is in the room"))
        );
        let more = told(CHANGES_TOLD_MAX + 3);
        assert_eq!(more.len(), CHANGES_TOLD_MAX + 1);
        assert_eq!(more.last().unwrap(), "\u{2026} and 3 more: /members");
    }
}
