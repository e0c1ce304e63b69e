//! What every part of the engine gets to work with while an input is handled.

use std::collections::VecDeque;

use super::{CommandError, Effect, Event, LoadId, Output, Step};
use crate::id::RequestId;
use crate::identity::OwnIdentity;
use crate::record::{Change, Outcome};
use crate::rng::Rng;
use crate::time::{Monotonic, Now};

/// The outputs made so far, with the step that made them.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    step: Step,
    queue: VecDeque<(Step, Output)>,
    timer: Option<Monotonic>,
    next_load: u64,
}

impl Outputs {
    /// Starts the next step.
    pub(super) fn begin(&mut self) {
        self.step = self.step.next();
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
    pub(super) outputs: &'a mut Outputs,
}

impl Context<'_> {
    pub(super) fn persist(&mut self, change: Change) {
        self.push(Output::Persist(change));
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.push(Output::Effect(effect));
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

    fn push(&mut self, output: Output) {
        self.outputs.queue.push_back((self.outputs.step, output));
    }
}
