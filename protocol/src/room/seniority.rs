//! Seniority: the order of all admissions of a room, which is the order of authority.
//!
//! An admission's rank is that of who added it, followed by (sequence number, id) of the Add; the
//! creator's is empty. A prefix is senior, then the lower. That is the order in which a walk
//! through the tree of who added whom comes by, so no rank is ever written out.
//!
//! Invariants
//! - Who added somebody is senior to them.
//! - The order between two admissions depends on neither what else is held nor what is void.

use super::log::Admission;

/// All admissions, from senior to junior.
#[derive(Debug)]
pub(super) struct Seniority {
    /// Those that stem from the creator, the most senior first.
    order: Vec<usize>,
    ranks: Vec<Option<usize>>,
}

impl Seniority {
    pub(super) fn of(admissions: &[Admission]) -> Self {
        let mut added: Vec<Vec<usize>> = vec![Vec::new(); admissions.len()];
        for (index, admission) in admissions.iter().enumerate() {
            if let Some(list) = admission.by.and_then(|by| added.get_mut(by)) {
                list.push(index);
            }
        }
        let key = |index: &usize| admissions.get(*index).map(|admission| admission.key);
        for list in &mut added {
            // The most senior last: it is the first to leave the stack below.
            list.sort_unstable_by_key(|index| std::cmp::Reverse(key(index)));
        }
        let mut order = Vec::with_capacity(admissions.len());
        let mut ranks = vec![None; admissions.len()];
        // The first admission is the creator's: every other builds on it.
        let mut stack: Vec<usize> = (0..admissions.len().min(1)).collect();
        while let Some(index) = stack.pop() {
            if let Some(rank) = ranks.get_mut(index) {
                *rank = Some(order.len());
            }
            order.push(index);
            stack.extend(added.get(index).into_iter().flatten());
        }
        Self { order, ranks }
    }

    /// From senior to junior.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// How many are senior to it; `None` if it does not stem from the creator.
    pub(super) fn rank(&self, admission: usize) -> Option<usize> {
        self.ranks.get(admission).copied().flatten()
    }

    /// Whether `one` is strictly senior to `other`.
    pub(super) fn is_senior(&self, one: usize, other: usize) -> bool {
        match (self.rank(one), self.rank(other)) {
            (Some(one), Some(other)) => one < other,
            (_, None) | (None, Some(_)) => false,
        }
    }
}
