//! What every part of the engine gets to work with while an input is handled.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::{CommandError, Effect, Event, LoadId, Output, Step};
use crate::id::RequestId;
use crate::identity::OwnIdentity;
use crate::record::{Change, Outcome};
use crate::rng::Rng;
use crate::time::{Monotonic, Now, WallTime};

/// What clocks count in.
const MILLISECOND: Duration = Duration::from_millis(1);

/// The outputs made so far, with the step that made them.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    step: Step,
    queue: VecDeque<(Step, Output)>,
    timer: Option<Monotonic>,
    next_load: u64,
    /// When messages disappear.
    expiries: BTreeSet<WallTime>,
}

impl Outputs {
    /// None made so far, with messages that disappear at these times.
    pub(super) fn expiring(expiries: Vec<WallTime>) -> Self {
        Self {
            expiries: expiries.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Starts the next step.
    pub(super) fn begin(&mut self) {
        self.step = self.step.next();
    }

    /// A `Tick` came. The caller keeps the earliest of what was asked for, and that is over now: whatever was asked
    /// for later is to be asked for again.
    pub(super) const fn woken(&mut self) {
        self.timer = None;
    }

    /// The oldest output not yet taken.
    pub(super) fn pop(&mut self) -> Option<(Step, Output)> {
        self.queue.pop_front()
    }
}

/// Identity, randomness, time, and the place for outputs.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) own: &'a OwnIdentity,
    pub(super) rng: &'a mut Rng,
    pub(super) now: Now,
    /// Where this device listens: multiaddrs.
    pub(super) addresses: &'a [String],
    /// Those of them that are of use in other networks.
    pub(super) far: &'a [String],
    pub(super) outputs: &'a mut Outputs,
}

impl Context<'_> {
    pub(super) fn persist(&mut self, change: Change) {
        self.push(Output::Persist(change));
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.push(Output::Effect(effect));
    }

    pub(super) fn effects(&mut self, effects: impl IntoIterator<Item = Effect>) {
        for effect in effects {
            self.effect(effect);
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.effect(Effect::Event(event));
    }

    pub(super) fn reply(&mut self, request: RequestId, result: Result<Outcome, CommandError>) {
        if let Ok(outcome) = &result {
            let at = self.now.wall;
            self.persist(Change::PutRequest {
                request,
                outcome: outcome.clone(),
                at,
            });
        }
        self.effect(Effect::Reply { request, result });
    }

    /// Asks for a `Tick` at `at`, unless an earlier one is already asked for.
    pub(super) fn wake(&mut self, at: Monotonic) {
        let pending = self
            .outputs
            .timer
            .is_some_and(|timer| timer <= at && timer > self.now.monotonic);
        if !pending {
            self.outputs.timer = Some(at);
            self.effect(Effect::Timer(at));
        }
    }

    pub(super) fn next_load(&mut self) -> LoadId {
        self.outputs.next_load = self.outputs.next_load.wrapping_add(1);
        LoadId::new(self.outputs.next_load)
    }

    /// Notes that something disappears at `at`.
    pub(super) fn expires(&mut self, at: WallTime) {
        self.outputs.expiries.insert(at);
        self.wake_for_expiry();
    }

    /// Has what is over erased, and asks for a `Tick` when the next is.
    pub(super) fn expire(&mut self) {
        let later = self
            .outputs
            .expiries
            .split_off(&self.now.wall.after(MILLISECOND));
        let over = std::mem::replace(&mut self.outputs.expiries, later);
        if !over.is_empty() {
            self.persist(Change::EraseExpired(self.now.wall));
        }
        self.wake_for_expiry();
    }

    fn wake_for_expiry(&mut self) {
        if let Some(next) = self.outputs.expiries.first() {
            let left = next.as_millis().saturating_sub(self.now.wall.as_millis());
            self.wake(self.now.monotonic + Duration::from_millis(left));
        }
    }

    fn push(&mut self, output: Output) {
        self.outputs.queue.push_back((self.outputs.step, output));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::{at, identity};

    /// Which ticks are asked for, of those that are to be.
    fn asked(outputs: &mut Outputs, now: u64, wanted: &[u64]) -> Vec<u64> {
        let own = identity("Ann", 1);
        let mut context = Context {
            own: &own,
            rng: &mut Rng::from_seed(&[2; 32]),
            now: at(now),
            addresses: &[],
            far: &[],
            outputs,
        };
        for millis in wanted {
            context.wake(Monotonic::from_millis(*millis));
        }
        let popped = std::iter::from_fn(|| outputs.pop());
        let timers = popped.filter_map(|(_, output)| {
            if let Output::Effect(Effect::Timer(at)) = output {
                Some(at.as_millis())
            } else {
                None
            }
        });
        timers.collect()
    }

    #[test]
    fn what_was_asked_for_beside_an_earlier_tick_is_asked_for_again_once_that_came() {
        let mut outputs = Outputs::default();
        // Of these two the caller keeps the first.
        assert_eq!(asked(&mut outputs, 10, &[10, 18, 19]), [10, 18]);
        assert_eq!(asked(&mut outputs, 10, &[18]), [0; 0]);
        outputs.woken();
        assert_eq!(asked(&mut outputs, 10, &[18]), [18]);
    }
}
