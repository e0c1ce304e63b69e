//! The board: the notices that are kept, and which of them make room for others.
//!
//! Invariants
//! - Check-ins have room of their own: nothing else takes it.
//! - Of one key no more is kept than its share, and of one neighbour's notices no more than there is room for
//!   beside others': who brought most loses first, and nothing of our own.
//! - What is over, or had to make room, does not come back while it is remembered.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::notice::{Notice, NoticeHint, NoticeKind};
use super::{Depositor, HOPS_MAX};
use crate::id::{NearbyKey, NoticeId};
use crate::record::{NoticeRecord, PassedRecord};
use crate::time::CarryTime;

/// Notices of each kind that are kept.
pub(crate) const OF_KIND_MAX: usize = 1024;
/// Messages of one key that are kept.
const MESSAGES_OF_KEY_MAX: usize = 32;
/// Check-ins of one key that are kept.
const CHECK_INS_OF_KEY_MAX: usize = 8;
/// Keys of which is remembered up to where their notices are over, each for each kind.
pub(crate) const PASSED_MAX: usize = 4096;

impl NoticeKind {
    /// How many of one key are kept.
    pub(crate) const fn of_key_max(self) -> usize {
        match self {
            Self::CheckIn => CHECK_INS_OF_KEY_MAX,
            Self::Message => MESSAGES_OF_KEY_MAX,
        }
    }
}

/// Why a notice is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    /// It is kept already, or another of its number is.
    #[error("kept already")]
    Held,
    /// It is over, or had to make room before.
    #[error("it is over")]
    Passed,
    /// It came through too many carriers.
    #[error("it came through {HOPS_MAX} carriers")]
    Far,
}

/// What keeping or dropping notices came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posted {
    /// What is kept no longer.
    pub dropped: Vec<NoticeId>,
    /// What is remembered of it.
    pub passed: Vec<PassedRecord>,
    /// What is forgotten for that.
    pub forgotten: Vec<(NearbyKey, NoticeKind)>,
}

/// All notices that are kept.
#[derive(Debug, Default)]
pub struct Board {
    held: BTreeMap<NoticeId, NoticeRecord>,
    numbers: BTreeMap<(NoticeKind, NearbyKey), BTreeMap<u64, NoticeId>>,
    lives: BTreeSet<(CarryTime, NoticeId)>,
    passed: BTreeMap<(NearbyKey, NoticeKind), PassedRecord>,
    since: BTreeSet<(CarryTime, NearbyKey, NoticeKind)>,
}

impl Board {
    /// Goes on from what a store holds.
    #[must_use]
    pub fn restore(
        notices: impl IntoIterator<Item = NoticeRecord>,
        passed: impl IntoIterator<Item = PassedRecord>,
    ) -> Self {
        let mut board = Self::default();
        notices.into_iter().for_each(|record| board.insert(record));
        for record in passed {
            board.remember(record);
        }
        board
    }

    /// Whether a notice would be kept that has been kept so long elsewhere and came through so many carriers.
    ///
    /// # Errors
    /// [`Ignored`] with the reason against it.
    pub fn check(&self, notice: &Notice, age: Duration, hops: u8) -> Result<(), Ignored> {
        let (kind, number) = (notice.said().kind, notice.said().number);
        let of_key = self.numbers.get(&(kind, notice.key()));
        if of_key.is_some_and(|of_key| of_key.contains_key(&number)) {
            return Err(Ignored::Held);
        }
        let passed = self.passed.get(&(notice.key(), kind));
        let is_full = of_key.is_some_and(|of_key| {
            let lowest = of_key.first_key_value();
            of_key.len() >= kind.of_key_max() && lowest.is_some_and(|(lowest, _)| number < *lowest)
        });
        if is_full
            || passed.is_some_and(|passed| number <= passed.number)
            || age >= notice.said().lifetime()
        {
            return Err(Ignored::Passed);
        }
        if hops > HOPS_MAX {
            return Err(Ignored::Far);
        }
        Ok(())
    }

    /// Keeps a notice that was checked, in place of others where there is no room.
    pub fn put(&mut self, record: NoticeRecord, now: CarryTime) -> Posted {
        let (kind, key) = (record.notice.said().kind, record.notice.key());
        self.insert(record);
        let mut posted = Posted::default();
        while let Some(id) = self.surplus_of(kind, key) {
            self.pass(id, now, &mut posted);
        }
        while let Some(id) = self.surplus(kind) {
            self.pass(id, now, &mut posted);
        }
        posted
    }

    /// Drops what is over.
    pub fn expire(&mut self, now: CarryTime) -> Posted {
        let over = self.lives.iter().take_while(|(at, _)| *at <= now);
        let over: Vec<NoticeId> = over.map(|(_, id)| *id).collect();
        let mut posted = Posted::default();
        for id in over {
            self.pass(id, now, &mut posted);
        }
        posted
    }

    /// When something is over next.
    #[must_use]
    pub fn next_at(&self) -> Option<CarryTime> {
        self.lives.first().map(|(at, _)| *at)
    }

    /// A notice that is kept.
    #[must_use]
    pub fn get(&self, id: &NoticeId) -> Option<&NoticeRecord> {
        self.held.get(id)
    }

    /// All that is kept, ascending by id.
    pub fn iter(&self) -> impl Iterator<Item = &NoticeRecord> {
        self.held.values()
    }

    /// What all that is kept is told by.
    #[must_use]
    pub fn hints(&self) -> Vec<NoticeHint> {
        self.iter().map(|record| record.notice.hint()).collect()
    }

    /// How many of each kind of each key are kept.
    pub(crate) fn of_keys(&self) -> impl Iterator<Item = (NoticeKind, usize)> {
        let of_keys = self.numbers.iter();
        of_keys.map(|((kind, _), of_key)| (*kind, of_key.len()))
    }

    /// Of how many keys is remembered up to where their notices are over, each for each kind.
    pub(crate) fn passed(&self) -> usize {
        self.passed.len()
    }

    fn insert(&mut self, record: NoticeRecord) {
        let (id, said) = (record.notice.id(), record.notice.said());
        self.lives.insert((record.expires_at, id));
        let of_key = self.numbers.entry((said.kind, record.notice.key()));
        of_key.or_default().insert(said.number, id);
        self.held.insert(id, record);
    }

    /// What of a key is too much: its lowest number.
    fn surplus_of(&self, kind: NoticeKind, key: NearbyKey) -> Option<NoticeId> {
        let of_key = self.numbers.get(&(kind, key))?;
        let is_over = of_key.len() > kind.of_key_max();
        of_key.values().next().copied().filter(|_| is_over)
    }

    /// What of a kind is too much: of the neighbour who brought most, and of that the key with most, the lowest
    /// number; of several, the one that is kept longest.
    fn surplus(&self, kind: NoticeKind) -> Option<NoticeId> {
        let of_kind = || self.iter().filter(|one| one.notice.said().kind == kind);
        if of_kind().count() <= OF_KIND_MAX {
            return None;
        }
        let mut brought: BTreeMap<Depositor, usize> = BTreeMap::new();
        let mut said: BTreeMap<(Depositor, NearbyKey), (usize, Reverse<CarryTime>)> =
            BTreeMap::new();
        for record in of_kind().filter(|record| !record.is_ours()) {
            *brought.entry(record.depositor).or_default() += 1;
            let key = (record.depositor, record.notice.key());
            let (count, oldest) = said.entry(key).or_insert((0, Reverse(record.kept_at)));
            *count += 1;
            *oldest = (*oldest).max(Reverse(record.kept_at));
        }
        let (most, _) = brought.into_iter().max_by_key(|(_, count)| *count)?;
        let of_most = said.into_iter().filter(|((by, _), _)| *by == most);
        let ((_, key), _) = of_most.max_by_key(|(_, worth)| *worth)?;
        self.numbers.get(&(kind, key))?.values().next().copied()
    }

    /// Drops a notice, so that it does not come back.
    fn pass(&mut self, id: NoticeId, now: CarryTime, posted: &mut Posted) {
        let Some(record) = self.held.remove(&id) else {
            return;
        };
        self.lives.remove(&(record.expires_at, id));
        let (kind, number) = (record.notice.said().kind, record.notice.said().number);
        let key = record.notice.key();
        if let Some(of_key) = self.numbers.get_mut(&(kind, key)) {
            of_key.remove(&number);
            if of_key.is_empty() {
                self.numbers.remove(&(kind, key));
            }
        }
        posted.dropped.push(id);
        let before = self.passed.get(&(key, kind));
        let number = before.map_or(number, |before| before.number.max(number));
        let passed = PassedRecord {
            key,
            kind,
            number,
            at: now,
        };
        posted.passed.push(passed);
        posted.forgotten.extend(self.remember(passed));
    }

    /// Remembers up to where notices are over; returns what is forgotten for that.
    fn remember(&mut self, passed: PassedRecord) -> Option<(NearbyKey, NoticeKind)> {
        let PassedRecord { key, kind, at, .. } = passed;
        if let Some(before) = self.passed.insert((key, kind), passed) {
            self.since.remove(&(before.at, key, kind));
        }
        self.since.insert((at, key, kind));
        if self.passed.len() <= PASSED_MAX {
            return None;
        }
        let (_, key, kind) = self.since.pop_first()?;
        self.passed.remove(&(key, kind));
        Some((key, kind))
    }
}

#[cfg(test)]
mod tests;
