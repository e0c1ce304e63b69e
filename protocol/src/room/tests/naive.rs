//! The rules once more, as they are said: each question asks further ones, in any order.
//!
//! That it comes to an end shows that no answer depends on itself.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::dag::{Act, Dag, bit, numbers};
use crate::room::Role;

/// The rules over the operations in `scope`.
pub(super) struct Naive<'a> {
    dag: &'a Dag,
    scope: u64,
    ranks: Vec<Vec<(u64, u8)>>,
    answers: RefCell<BTreeMap<usize, Option<bool>>>,
    heirs: RefCell<BTreeMap<u64, Option<usize>>>,
}

impl<'a> Naive<'a> {
    pub(super) fn of(dag: &'a Dag, scope: u64) -> Self {
        let mut ranks: Vec<Vec<(u64, u8)>> = Vec::new();
        for (number, op) in dag.ops.iter().enumerate() {
            let mut rank = Vec::new();
            if number > 0 {
                rank.clone_from(&ranks[op.admission]);
                rank.push((op.seq, dag.id(number).as_bytes()[0]));
            }
            ranks.push(rank);
        }
        Self {
            dag,
            scope,
            ranks,
            answers: RefCell::default(),
            heirs: RefCell::default(),
        }
    }

    pub(super) fn senior(&self, one: usize, other: usize) -> bool {
        self.ranks[one] < self.ranks[other]
    }

    pub(super) fn valid(&self, x: usize) -> bool {
        if let Some(answer) = self.answers.borrow().get(&x) {
            return answer.expect("an answer that depends on itself");
        }
        self.answers.borrow_mut().insert(x, None);
        let answer = self.rule(x);
        self.answers.borrow_mut().insert(x, Some(answer));
        answer
    }

    fn rule(&self, x: usize) -> bool {
        let op = self.dag.ops[x];
        let own = op.admission;
        if self.flooded(own) && self.is_one_of_few(x) {
            return false;
        }
        match op.act {
            Act::Create => true,
            Act::Revoke { .. } => self.admitted(own) && !self.removed(x) && !self.revoked(x, false),
            _ if !self.admitted(own) || !self.active(x) => false,
            Act::Leave => true,
            Act::Role(target, role) if target == own => {
                role == Role::Admin && !self.demoted_beside(x) && self.heir(op.past) == Some(own)
            }
            Act::Remove(target) | Act::Role(target, _) => {
                self.senior(own, target) && self.dag.before(target, x) && self.authority(x)
            }
            Act::Add { .. } | Act::Title | Act::Unknown => self.authority(x),
        }
    }

    /// An Add counts unless somebody senior to it ended an admission of that person beside it.
    pub(super) fn admitted(&self, admission: usize) -> bool {
        let person = self.dag.admitted(admission);
        admission == 0
            || (self.valid(admission)
                && !numbers(self.scope).any(|end| {
                    let op = self.dag.ops[end];
                    let ended = match op.act {
                        Act::Remove(target) => self.dag.admitted(target),
                        Act::Leave => Some(op.person),
                        _ => None,
                    };
                    ended == person
                        && self.dag.concurrent(end, admission)
                        && self.senior(op.admission, admission)
                        && self.valid(end)
                }))
    }

    /// Whether something before an operation can have given its author authority.
    pub(super) fn backed(&self, x: usize) -> bool {
        let op = self.dag.ops[x];
        let own = op.admission;
        let promotes = |other: usize| self.dag.ops[other].act == Act::Role(own, Role::Admin);
        let add = self.dag.ops[own].act;
        !matches!(
            add,
            Act::Add {
                role: Role::Member,
                ..
            }
        ) || numbers(op.past).any(promotes)
            || self.heir(op.past) == Some(own)
    }

    /// Whether nothing before an operation can have, not even what is not understood.
    pub(super) fn plain(&self, x: usize) -> bool {
        let unknown = |other: usize| self.dag.ops[other].act == Act::Unknown && self.backed(other);
        !self.backed(x) && !numbers(self.dag.ops[x].past).any(unknown)
    }

    /// Whether no authority that is known is behind an operation, and none is needed for it unless
    /// nothing can have given any.
    fn is_one_of_few(&self, x: usize) -> bool {
        let needs_none = matches!(self.dag.ops[x].act, Act::Leave | Act::Revoke { .. });
        self.plain(x) || (needs_none && !self.backed(x))
    }

    /// Whether more was written under an admission without authority than counts.
    pub(super) fn flooded(&self, admission: usize) -> bool {
        let Some(most) = self.dag.unbacked_max else {
            return false;
        };
        let own = |x: &usize| self.dag.ops[*x].admission == admission;
        let written = numbers(self.scope).filter(own);
        let unbacked = written.filter(|x| self.is_one_of_few(*x) && !self.removed(*x));
        unbacked.count() > most
    }

    /// The members: the most senior people of those who were let in, and one admin among them if there
    /// is any.
    pub(super) fn members(&self) -> BTreeSet<usize> {
        let person = |admission: &usize| self.dag.admitted(*admission).unwrap();
        let mut let_in: Vec<usize> = self
            .dag
            .admissions()
            .filter(|admission| self.standing(*admission))
            .collect();
        let_in.sort_by_key(|admission| &self.ranks[*admission]);
        let most = self.dag.members_max.unwrap_or(usize::MAX);
        let first = |before: &[usize]| -> BTreeSet<usize> {
            let mut people = BTreeSet::new();
            for who in before.iter().map(person) {
                if people.len() < most {
                    people.insert(who);
                }
            }
            people
        };
        let is_admin = |admission: &usize| self.role(*admission, self.scope) == Role::Admin;
        let members = first(&let_in);
        match let_in.iter().find(|admission| is_admin(admission)) {
            Some(admin)
                if !let_in
                    .iter()
                    .any(|one| is_admin(one) && members.contains(&person(one))) =>
            {
                // They take the last place, which is to go before all others.
                let_in.insert(0, *admin);
                first(&let_in)
            }
            _ => members,
        }
    }

    pub(super) fn standing(&self, admission: usize) -> bool {
        self.open(admission) && !self.flooded(admission)
    }

    /// Whether an admission stands, or would if it were not flooded.
    fn open(&self, admission: usize) -> bool {
        self.scope & bit(admission) != 0
            && self.admitted(admission)
            && !numbers(self.scope).any(|end| {
                let op = self.dag.ops[end];
                match op.act {
                    Act::Remove(target) => {
                        target == admission
                            && self.senior(op.admission, admission)
                            && self.valid(end)
                    }
                    Act::Leave => op.admission == admission && self.valid(end),
                    _ => false,
                }
            })
    }

    /// The role of an admission by the operations in `past`.
    pub(super) fn role(&self, admission: usize, past: u64) -> Role {
        let roles: Vec<usize> = numbers(past & self.scope)
            .filter(|number| {
                let op = self.dag.ops[*number];
                matches!(op.act, Act::Role(target, _) if target == admission)
                    && (op.admission == admission || self.senior(op.admission, admission))
                    && self.valid(*number)
            })
            .collect();
        let last = roles
            .iter()
            .filter(|one| !roles.iter().any(|other| self.dag.before(**one, *other)))
            .min_by_key(|one| {
                let op = self.dag.ops[**one];
                (&self.ranks[op.admission], op.seq, self.dag.id(**one))
            });
        match (
            last.map(|last| self.dag.ops[*last].act),
            self.dag.ops[admission].act,
        ) {
            (Some(Act::Role(_, role)), _) | (None, Act::Add { role, .. }) => role,
            _ => Role::Admin,
        }
    }

    /// The most senior member in a past, judged by itself, if no member there is an admin.
    pub(super) fn heir(&self, past: u64) -> Option<usize> {
        if let Some(heir) = self.heirs.borrow().get(&past) {
            return *heir;
        }
        let within = Naive::of(self.dag, past);
        let mut members: Vec<usize> = self
            .dag
            .admissions()
            .filter(|admission| within.open(*admission))
            .collect();
        members.sort_by_key(|admission| &within.ranks[*admission]);
        let admin = members
            .iter()
            .any(|one| within.role(*one, past) == Role::Admin);
        let heir = members.first().copied().filter(|_| !admin);
        self.heirs.borrow_mut().insert(past, heir);
        heir
    }

    fn removed(&self, x: usize) -> bool {
        let own = self.dag.ops[x].admission;
        numbers(self.scope).any(|other| {
            let op = self.dag.ops[other];
            op.act == Act::Remove(own)
                && self.senior(op.admission, own)
                && !self.dag.before(x, other)
                && self.valid(other)
        })
    }

    fn active(&self, x: usize) -> bool {
        let op = self.dag.ops[x];
        let left = numbers(op.past).any(|other| {
            let other_op = self.dag.ops[other];
            other_op.act == Act::Leave && other_op.admission == op.admission && self.valid(other)
        });
        !left && !self.removed(x) && !self.revoked(x, true)
    }

    fn revoked(&self, x: usize, beside: bool) -> bool {
        let op = self.dag.ops[x];
        let revoke = Act::Revoke {
            person: op.person,
            device: op.device,
        };
        numbers(self.scope).any(|other| {
            let theirs = self.dag.ops[other];
            if other == x || theirs.act != revoke || self.dag.before(x, other) {
                return false;
            }
            if theirs.admission == op.admission {
                return (beside || self.dag.before(other, x)) && self.valid(other);
            }
            self.senior(theirs.admission, op.admission) && self.valid(other) && self.reaching(other)
        })
    }

    /// Whether a revocation reaches juniors of its author.
    pub(super) fn reaching(&self, revocation: usize) -> bool {
        self.active(revocation) && self.authority(revocation)
    }

    fn authority(&self, x: usize) -> bool {
        let op = self.dag.ops[x];
        !self.demoted_beside(x)
            && (self.role(op.admission, op.past) == Role::Admin
                || self.heir(op.past) == Some(op.admission))
    }

    fn demoted_beside(&self, x: usize) -> bool {
        let own = self.dag.ops[x].admission;
        numbers(self.scope).any(|other| {
            let op = self.dag.ops[other];
            op.act == Act::Role(own, Role::Member)
                && self.senior(op.admission, own)
                && self.dag.concurrent(other, x)
                && self.valid(other)
        })
    }
}
