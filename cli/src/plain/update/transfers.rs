//! What is being written and taken, and how far of each was said.
//!
//! Invariants
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

    /// What each does and how far it is, line by line.
    pub(super) fn lines(&self, texts: &Texts) -> impl Iterator<Item = Safe> {
        self.now.iter().map(|transfer| texts.transfer(transfer))
    }
}

/// Has one be ended: the only one, or the one of a number.
pub(super) fn cancel(state: &State, number: &str) -> Vec<Effect> {
    let texts = &state.texts;
    let all = state.transfers.now.as_slice();
    let index = number.parse().ok();
    let index = index.and_then(|number: usize| number.checked_sub(1));
    let meant = match (all, index) {
        ([], _) => return vec![hint(texts.no_transfers())],
        ([only], None) if number.is_empty() => Some(only),
        (all, Some(index)) => all.get(index),
        (_, None) => None,
    };
    if let Some(transfer) = meant {
        return vec![
            hint(texts.cancelling()),
            Effect::Ask(Ask::CancelTransfer(transfer.id)),
        ];
    }
    let lines = (1usize..).zip(state.transfers.lines(texts));
    let rows: Vec<[String; 2]> = lines
        .map(|(number, line)| [number.to_string(), line.into()])
        .collect();
    let which = texts.which_transfer(&texts.whole(Action::CancelTransfer));
    vec![hint(which), text(Safe::lines(&output::table(&rows)))]
}
