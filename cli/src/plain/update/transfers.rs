//! What is being written and taken, and how far of each was said.
//!
//! Invariants
//! - A number is that of the list that was printed last: whatever ends or begins meanwhile, no other is ended.
//! - Of each it is said at most once in each quarter, and not more than once a second: it is asked for with the tick.

use std::collections::BTreeMap;

use tidings_node::api::Transfer;

use super::{Effect, State, hint, text};
use crate::chat::{Action, Ask};
use crate::output;
use crate::safe_text::Safe;
use crate::texts::{Texts, percent};

/// Hundredths after which it is said again how far something is.
const QUARTER: u64 = 25;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    /// All of them, in the order in which they began.
    now: Vec<Transfer>,
    /// Those that were printed last, with their numbers.
    listed: Vec<Transfer>,
    /// The last quarter of each that was said.
    said: BTreeMap<u64, u64>,
    /// Whether there may be others by now, or they may be further.
    pub(super) is_stale: bool,
}

impl Transfers {
    /// Takes them as they are now; says of those that are another quarter further how far they are.
    pub(super) fn take(&mut self, now: Vec<Transfer>, texts: &Texts) -> Vec<Effect> {
        self.now = now;
        let before = std::mem::take(&mut self.said);
        let mut effects = Vec::new();
        for transfer in &self.now {
            let quarter = percent(transfer).unwrap_or(0) / QUARTER;
            let said = before.get(&transfer.id).copied().unwrap_or(0);
            // What came of it is said at its end.
            if quarter > said && quarter < 100 / QUARTER {
                effects.push(hint(texts.transfer(transfer)));
            }
            self.said.insert(transfer.id, quarter.max(said));
        }
        effects
    }

    /// Notes that the node that moved them has ended.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// What each does and how far it is, line by line behind the number that is its own until they are listed again.
    pub(super) fn list(&mut self, texts: &Texts) -> Vec<Safe> {
        self.listed.clone_from(&self.now);
        let listed = (1usize..).zip(&self.listed);
        let rows: Vec<[String; 2]> = listed
            .map(|(number, transfer)| [number.to_string(), texts.transfer(transfer).into()])
            .collect();
        if rows.is_empty() {
            return Vec::new();
        }
        Safe::lines(&output::table(&rows))
    }

    /// The one that was printed with this number.
    fn numbered(&self, number: &str) -> Option<&Transfer> {
        let index = number.parse::<usize>().ok()?.checked_sub(1)?;
        self.listed.get(index)
    }
}

/// Whether both are one that is further: another node gives its numbers to others.
fn is_same(one: &Transfer, other: &Transfer) -> bool {
    let named = |transfer: &Transfer| (transfer.id, transfer.request, transfer.what);
    named(one) == named(other) && one.path == other.path
}

/// Has one be ended: the only one, or the one that was printed with a number.
pub(super) fn cancel(state: &mut State, number: &str) -> Vec<Effect> {
    let texts = &state.texts;
    let now = state.transfers.now.as_slice();
    let meant = match (now, state.transfers.numbered(number)) {
        (now, Some(listed)) => {
            let Some(transfer) = now.iter().find(|one| is_same(one, listed)) else {
                return vec![hint(texts.transfer_has_ended(listed))];
            };
            Some(transfer)
        }
        ([], None) => return vec![hint(texts.no_transfers())],
        ([only], None) if number.is_empty() => Some(only),
        (_, None) => None,
    };
    if let Some(transfer) = meant {
        return vec![
            hint(texts.cancelling_transfer(transfer)),
            Effect::Ask(Ask::CancelTransfer(transfer.id)),
        ];
    }
    let which = texts.which_transfer(&texts.whole(Action::CancelTransfer));
    vec![hint(which), text(state.transfers.list(texts))]
}
