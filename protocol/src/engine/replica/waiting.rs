//! What waits beyond gaps: telling others of it, so that nobody is shown something there that others
//! are not.
//!
//! ```text
//!   they hold another operation in one place --> both are shown --> the chain forked
//!   they hold what we do not --> it is asked for
//! ```
//!
//! Invariants
//! - One operation stands for the stretch up to it: each names the one before.

use super::{Chain, Replica};
use crate::id::{ActorId, OperationId};
use crate::sync::{Position, Stretch};
use crate::wire::limits::WAITING_TOLD_MAX;

impl Replica {
    /// The last of each stretch that is held beyond a gap of others' chains in a room.
    pub(in crate::engine) fn waiting(&self) -> Vec<Position> {
        let is_room = self.room().is_some();
        let gapped = self.gapped.iter();
        let chains = gapped
            .filter_map(|actor| self.chains.get(actor))
            .filter(|chain| is_room && chain.record().device != self.own_device);
        let waiting = chains.flat_map(|chain| {
            let actor = chain.record().actor;
            let ends = chain.stretches().into_iter();
            ends.map(move |(_, seq, head)| Position { actor, seq, head })
        });
        waiting.take(WAITING_TOLD_MAX).collect()
    }

    /// The stretch beyond a gap that ends with a number.
    pub(in crate::engine) fn stretch_to(&self, actor: &ActorId, seq: u64) -> Option<Stretch> {
        let stretches = self.chains.get(actor)?.stretches().into_iter();
        let mut stretches = stretches.filter(|(first, last, _)| (*first..=*last).contains(&seq));
        let (first, ..) = stretches.next()?;
        Some(Stretch {
            actor: *actor,
            after: first.saturating_sub(1),
            through: seq,
        })
    }

    /// Of what others hold beyond gaps, where we hold another operation, and what we hold nothing of.
    pub(in crate::engine) fn compare_waiting(
        &self,
        theirs: &[Position],
    ) -> (Vec<Stretch>, Vec<Stretch>) {
        let (mut other, mut lacking) = (Vec::new(), Vec::new());
        for Position { actor, seq, head } in theirs {
            let chain = self.chains.get(actor);
            let chain = chain.filter(|chain| chain.record().device != self.own_device);
            let Some(chain) = chain.filter(|chain| chain.takes(*seq)) else {
                continue;
            };
            let stretch = |after| Stretch {
                actor: *actor,
                after,
                through: *seq,
            };
            match chain.waiting_at(*seq) {
                Some(held) if held == *head => {}
                Some(_) => other.push(stretch(seq.saturating_sub(1))),
                None => lacking.push(stretch(chain.record().seq)),
            }
        }
        (other, lacking)
    }
}

impl Chain {
    /// What waits beyond gaps, in stretches without one: the first number and the last, and the operation
    /// there.
    fn stretches(&self) -> Vec<(u64, u64, OperationId)> {
        let mut stretches: Vec<(u64, u64, OperationId)> = Vec::new();
        for (seq, id) in self.waiting() {
            match stretches.last_mut() {
                Some((_, last, head)) if last.checked_add(1) == Some(seq) => {
                    (*last, *head) = (seq, id);
                }
                _ => stretches.push((seq, seq, id)),
            }
        }
        stretches
    }
}
