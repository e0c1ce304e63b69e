//! Transfers: what is being moved into files and out of them now, how far each is, and who may end it.
//!
//! ```text
//!   begin --> Moving, with the thread that moves --advance--> the list --Kind::Transfers--> whoever follows
//!   cancel --> the next advance is refused, and the thread gives up
//! ```
//!
//! Invariants
//! - A transfer is in the list from its beginning until its [`Moving`] is dropped, whatever came of it.
//! - What is shown as done never becomes less, nor more than the total that is shown.
//! - Whoever follows is woken when one begins and ends, when its total becomes known, and with each whole percent of that: no
//!   more often, however much there is to move and however fast.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::api::{RequestId, Transfer, TransferKind, TransferUnit};
use crate::kinds::{Kind, Kinds};
use crate::signals::Signals;

/// Transfers at a time.
pub(crate) const TRANSFERS_MAX: usize = 64;

/// See the module. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Transfers {
    shared: Arc<Mutex<Shared>>,
    signals: Signals,
}

#[derive(Debug)]
struct Shared {
    last_id: u64,
    /// By id: in the order in which they began.
    moved: BTreeMap<u64, Moved>,
}

#[derive(Debug)]
struct Moved {
    transfer: Transfer,
    is_cancelled: bool,
}

/// That as many are moved as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

/// That somebody cancelled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cancelled;

impl Transfers {
    /// With an id that none has which a node of this profile had before.
    pub(crate) fn new(first: u64, signals: Signals) -> Self {
        let shared = Shared {
            last_id: first,
            moved: BTreeMap::new(),
        };
        Self {
            shared: Arc::new(Mutex::new(shared)),
            signals,
        }
    }

    /// Puts one more into the list, of which nobody knows yet how much it is.
    pub(crate) fn begin(
        &self,
        what: TransferKind,
        path: PathBuf,
        request: Option<RequestId>,
    ) -> Result<Moving, TooMany> {
        let mut shared = self.lock();
        if shared.moved.len() >= TRANSFERS_MAX {
            return Err(TooMany);
        }
        let id = shared.last_id.saturating_add(1);
        let transfer = Transfer {
            id,
            request,
            what,
            path,
            done: 0,
            total: None,
            unit: match what {
                TransferKind::Export => TransferUnit::Envelopes,
                TransferKind::Import => TransferUnit::Bytes,
            },
        };
        let moved = Moved {
            transfer,
            is_cancelled: false,
        };
        shared.last_id = id;
        shared.moved.insert(id, moved);
        drop(shared);
        self.changed();
        let transfers = self.clone();
        Ok(Moving { id, transfers })
    }

    /// What is moved now, in the order in which it began.
    pub(crate) fn list(&self) -> Vec<Transfer> {
        let shared = self.lock();
        shared
            .moved
            .values()
            .map(|moved| moved.transfer.clone())
            .collect()
    }

    /// Has one end before it is done; returns whether there is one of that id.
    pub(crate) fn cancel(&self, id: u64) -> bool {
        let mut shared = self.lock();
        let moved = shared.moved.get_mut(&id);
        moved.map(|moved| moved.is_cancelled = true).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Whoever panicked while they had it changed a number, or nothing.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever follows; the list is as they are to see it by then.
    fn changed(&self) {
        self.signals.changed(&Kinds::from([Kind::Transfers]));
    }
}

/// A transfer, for whoever moves it. It is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Moving {
    id: u64,
    transfers: Transfers,
}

impl Moving {
    /// Says how much there is to move.
    pub(crate) fn expect(&self, total: u64) {
        if let Some(moved) = self.transfers.lock().moved.get_mut(&self.id) {
            moved.transfer.total = Some(total.max(moved.transfer.done));
        }
        self.transfers.changed();
    }

    /// Says that so much more was moved.
    ///
    /// # Errors
    /// [`Cancelled`], from when it was: nothing more is to be moved.
    pub(crate) fn advance(&self, by: u64) -> Result<(), Cancelled> {
        let is_further = {
            let mut shared = self.transfers.lock();
            let Some(moved) = shared.moved.get_mut(&self.id) else {
                return Err(Cancelled);
            };
            if moved.is_cancelled {
                return Err(Cancelled);
            }
            let before = percent(&moved.transfer);
            let done = moved.transfer.done.saturating_add(by);
            moved.transfer.done = done.min(moved.transfer.total.unwrap_or(u64::MAX));
            before < percent(&moved.transfer)
        };
        if is_further {
            self.transfers.changed();
        }
        Ok(())
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        self.transfers.lock().moved.remove(&self.id);
        self.transfers.changed();
    }
}

/// How many whole percent are done; nothing while it is not known of how much.
fn percent(transfer: &Transfer) -> Option<u128> {
    let hundredfold = u128::from(transfer.done).saturating_mul(100);
    hundredfold.checked_div(transfer.total?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: u64 = 1_000;

    fn transfers() -> Transfers {
        Transfers::new(FIRST, Signals::new(0))
    }

    fn begin(transfers: &Transfers) -> Moving {
        let begun = transfers.begin(TransferKind::Export, "stick".into(), None);
        begun.unwrap()
    }

    fn only(transfers: &Transfers) -> Transfer {
        let [only] = <[Transfer; 1]>::try_from(transfers.list()).unwrap();
        only
    }

    /// How often whoever follows was woken by what is done.
    fn wakes(transfers: &Transfers, act: impl FnOnce()) -> u64 {
        let changes = transfers.signals.changes();
        let before = changes.borrow().version();
        act();
        changes.borrow().version() - before
    }

    #[test]
    fn as_many_as_may_be_are_moved_and_one_more_is_refused_until_one_is_over() {
        let transfers = transfers();
        let mut moved: Vec<_> = (0..TRANSFERS_MAX).map(|_| begin(&transfers)).collect();
        let begun = || transfers.begin(TransferKind::Import, "stick".into(), None);
        assert_eq!(begun().unwrap_err(), TooMany);
        assert_eq!(transfers.list().len(), TRANSFERS_MAX);
        moved.remove(0);
        let next = begun().unwrap();
        let ids: Vec<u64> = transfers.list().iter().map(|moved| moved.id).collect();
        assert!(
            ids.is_sorted() && ids.first() == Some(&(FIRST + 2)),
            "{ids:?}"
        );
        assert_eq!(ids.last(), Some(&next.id));
    }

    #[test]
    fn one_is_in_the_list_until_whoever_moves_it_is_done_or_panics() {
        let transfers = transfers();
        let moving = begin(&transfers);
        assert_eq!(only(&transfers).total, None);
        drop(moving);
        assert_eq!(transfers.list(), []);
        let moving = begin(&transfers);
        let moved = std::thread::spawn(move || {
            moving.expect(3);
            panic!("a stick was pulled");
        });
        assert!(moved.join().is_err());
        assert_eq!(transfers.list(), []);
    }

    #[test]
    fn each_whole_percent_wakes_once_and_no_step_between_does() {
        for total in [7, 100, 12_345, u64::MAX] {
            let transfers = transfers();
            let moving = begin(&transfers);
            assert_eq!(wakes(&transfers, || moving.expect(total)), 1);
            let step = (total / 10_000).max(1);
            let steps = total.div_ceil(step);
            let woken = wakes(&transfers, || {
                (0..steps).for_each(|_| moving.advance(step).unwrap());
            });
            assert_eq!(woken, total.min(100), "{total}");
            let whole = only(&transfers);
            assert_eq!((whole.done, whole.total), (total, Some(total)));
            assert_eq!(wakes(&transfers, || moving.advance(0).unwrap()), 0);
            assert_eq!(wakes(&transfers, || drop(moving)), 1);
        }
    }

    #[test]
    fn what_is_done_is_never_more_than_what_there_was_thought_to_be_and_never_less_than_before() {
        let transfers = transfers();
        let moving = begin(&transfers);
        assert_eq!(wakes(&transfers, || moving.advance(5).unwrap()), 0);
        moving.expect(3);
        assert_eq!(
            (only(&transfers).done, only(&transfers).total),
            (5, Some(5))
        );
        moving.advance(u64::MAX).unwrap();
        assert_eq!(
            (only(&transfers).done, only(&transfers).total),
            (5, Some(5))
        );
    }

    #[test]
    fn of_nothing_no_percent_is_done() {
        let transfers = transfers();
        let moving = begin(&transfers);
        moving.expect(0);
        assert_eq!(wakes(&transfers, || moving.advance(0).unwrap()), 0);
        assert_eq!(
            (only(&transfers).done, only(&transfers).total),
            (0, Some(0))
        );
    }

    #[test]
    fn one_that_was_cancelled_goes_no_further_and_the_others_do() {
        let transfers = transfers();
        let (one, other) = (begin(&transfers), begin(&transfers));
        one.expect(10);
        one.advance(4).unwrap();
        assert!(transfers.cancel(one.id) && transfers.cancel(one.id));
        assert_eq!(one.advance(1), Err(Cancelled));
        assert_eq!(transfers.list().first().map(|moved| moved.done), Some(4));
        assert_eq!(other.advance(1), Ok(()));
        let gone = one.id;
        drop(one);
        assert!(!transfers.cancel(gone) && !transfers.cancel(FIRST));
    }
}
