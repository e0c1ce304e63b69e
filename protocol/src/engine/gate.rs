//! Group commit: what may leave the engine when.
//!
//! ```text
//!   step 7: Persist a, Send x      commit in flight: through 6
//!   step 8: Persist b, Send y      next commit:      a b (through 8)
//!   step 9:            Send z      held:             x y z
//! ```
//!
//! Invariants
//! - An effect of step n is released only when every change of the steps up to n is durable.
//! - Effects are released in the order in which they were made.
//! - At most one commit is in flight; what comes meanwhile joins the next.
//! - After a failed commit nothing is released any more.

use std::collections::VecDeque;

use super::{Effect, Job, Output, Step};
use crate::record::{Batch, Change};
use crate::wire::limits;

/// What any output weighs beside the bytes it carries, about.
const OUTPUT_BYTES: usize = 512;
/// What a range of sequence numbers weighs.
const RANGE_BYTES: usize = 16;
/// What an id weighs.
const ID_BYTES: usize = 32;
/// What a member weighs, with a name.
const MEMBER_BYTES: usize = 128;
/// What is told of what was done to a room weighs this for each deed, with a title.
const DEED_BYTES: usize = 512;
/// What the proof of a fork weighs at most.
const FORK_BYTES: usize = 2 * limits::HEADER_BYTES_MAX;

/// Changes to commit together.
#[derive(Debug)]
pub struct Commit {
    /// The last step whose changes these are.
    pub through: Step,
    /// The changes, in order.
    pub batch: Batch,
}

/// The gate between the engine's outputs and the world.
#[derive(Debug, Default)]
pub struct Gate {
    waiting: Batch,
    waiting_bytes: usize,
    in_flight_bytes: usize,
    held_bytes: usize,
    waiting_through: Step,
    in_flight: Option<Step>,
    durable: Step,
    held: VecDeque<(Step, Effect)>,
    poisoned: bool,
}

impl Gate {
    /// A gate before the first step.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one output of the engine.
    pub fn accept(&mut self, step: Step, output: Output) {
        self.waiting_through = self.waiting_through.max(step);
        match output {
            Output::Persist(change) => {
                self.waiting_bytes = self.waiting_bytes.saturating_add(change_bytes(&change));
                self.waiting.push(change);
            }
            Output::Effect(effect) => {
                self.held_bytes = self.held_bytes.saturating_add(effect_bytes(&effect));
                self.held.push_back((step, effect));
            }
        }
    }

    /// About how many bytes wait or are being committed. A caller takes no more inputs while that
    /// is over its bound.
    #[must_use]
    pub const fn backlog(&self) -> usize {
        self.waiting_bytes
            .saturating_add(self.in_flight_bytes)
            .saturating_add(self.held_bytes)
    }

    /// Whether a commit is in flight.
    #[must_use]
    pub const fn is_committing(&self) -> bool {
        self.in_flight.is_some()
    }

    /// What to commit now, if anything waits and no commit is in flight.
    pub fn next_commit(&mut self) -> Option<Commit> {
        if self.poisoned || self.is_committing() {
            return None;
        }
        if self.waiting.is_empty() {
            // Nothing stands between these steps and durability.
            self.durable = self.durable.max(self.waiting_through);
            return None;
        }
        self.in_flight = Some(self.waiting_through);
        self.in_flight_bytes = std::mem::take(&mut self.waiting_bytes);
        Some(Commit {
            through: self.waiting_through,
            batch: std::mem::take(&mut self.waiting),
        })
    }

    /// Notes that the commit in flight is durable.
    pub fn committed(&mut self) {
        if let Some(through) = self.in_flight.take() {
            self.durable = self.durable.max(through);
            self.in_flight_bytes = 0;
        }
    }

    /// Notes that the commit in flight failed: whatever is held must never happen.
    pub fn poison(&mut self) {
        self.poisoned = true;
        self.in_flight = None;
        self.held.clear();
        self.waiting.clear();
    }

    /// The next effect that may happen now.
    pub fn release(&mut self) -> Option<Effect> {
        let (step, _) = self.held.front()?;
        if *step > self.durable {
            return None;
        }
        let (_, effect) = self.held.pop_front()?;
        self.held_bytes = self.held_bytes.saturating_sub(effect_bytes(&effect));
        Some(effect)
    }
}

/// What a change weighs, about.
fn change_bytes(change: &Change) -> usize {
    let extra = match change {
        Change::InsertOperation(record) => record.operation.signed().bytes(),
        Change::PutBody { operation, .. } => operation.signed().bytes(),
        Change::PutControl(record) => record.operation.bytes(),
        Change::PutFork(_) => FORK_BYTES,
        Change::PutActor(record) => {
            let ranges = record.erased.spans().count() + record.read.spans().count();
            ranges.saturating_mul(RANGE_BYTES)
        }
        Change::MarkRead(_, _, read) => read.spans().count().saturating_mul(RANGE_BYTES),
        Change::PutReceipt(record) => record.signed.bytes(),
        Change::PutOwnReceipt(record) => record.signed.bytes(),
        Change::PutDevice(record) => {
            let addresses = record.addresses.iter().map(String::len);
            record.card.len().saturating_add(addresses.sum())
        }
        Change::PutRoom(record) => record.members.len().saturating_mul(MEMBER_BYTES),
        Change::TellDeeds(record) => record.deeds().saturating_mul(DEED_BYTES),
        Change::PutDraft(record) => record.text.len(),
        Change::PutPair(record) => record.state.expose().len(),
        Change::PutSenderChain(record) => record.state.expose().len(),
        Change::PutReceiverChain(record) => record.state.expose().len(),
        Change::PutMailedControl(record) => record.said.len(),
        Change::PutCarried { envelope, .. } => envelope.len(),
        Change::PutNotice(record) => record.notice.as_bytes().len(),
        Change::PutIdentity(_)
        | Change::PutInvite(_)
        | Change::DeleteInvite(_)
        | Change::PutPendingJoin(_)
        | Change::DeletePendingJoin(_)
        | Change::PutContact(_)
        | Change::DeleteContactSecrets(_)
        | Change::DeleteSenderChain(_)
        | Change::PutChainReader(_)
        | Change::DeleteChainReader(_)
        | Change::DropMailedControl(..)
        | Change::PutOwedControl(_)
        | Change::DropOwedControl(..)
        | Change::DeleteReceiverChain(_)
        | Change::ChangeDelivery(_)
        | Change::MarkUrgent(_)
        | Change::Withhold(_)
        | Change::DropForMe(_)
        | Change::EraseExpired(_)
        | Change::PutPreferences(_)
        | Change::PutSettings(_)
        | Change::Release(..)
        | Change::Exclude(..)
        | Change::SpendCopies { .. }
        | Change::AdoptCarried(..)
        | Change::DropCarried(_)
        | Change::PutTombstone(_)
        | Change::DropTombstone(_)
        | Change::PutCarryTime(_)
        | Change::PutDeposit(_)
        | Change::DropDeposit(_)
        | Change::PutCustody(_)
        | Change::DropCustody { .. }
        | Change::DropNotice(_)
        | Change::PutPassed(_)
        | Change::DropPassed { .. }
        | Change::PutNearbyKey(_)
        | Change::ForgetNearby
        | Change::PutRequest { .. } => 0,
    };
    OUTPUT_BYTES.saturating_add(extra)
}

/// What an effect weighs, about.
fn effect_bytes(effect: &Effect) -> usize {
    let extra = match effect {
        Effect::Send { frame, .. } => frame.len(),
        Effect::LoadEnvelopes { envelopes, .. } => envelopes.len().saturating_mul(ID_BYTES),
        Effect::Compute(Job::Record(operations)) => operations
            .iter()
            .map(|operation| operation.signed().bytes())
            .sum(),
        Effect::Close { .. }
        | Effect::OpenSession { .. }
        | Effect::OpenCarry { .. }
        | Effect::ReachInviter { .. }
        | Effect::Keep { .. }
        | Effect::Forget { .. }
        | Effect::Load { .. }
        | Effect::Timer(_)
        | Effect::Compute(Job::Rebuild(_))
        | Effect::Event(_)
        | Effect::Reply { .. } => 0,
    };
    OUTPUT_BYTES.saturating_add(extra)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ActorId, ConversationId, DeviceId, PersonId, SenderChainId, Tag};
    use crate::record::{
        DeviceRecord, DraftRecord, PairRecord, ReceiverChainRecord, SecretBytes, SenderChainRecord,
    };
    use crate::sync::Coverage;
    use proptest::prelude::*;

    #[test]
    fn a_change_weighs_what_it_carries() {
        let mut read = Coverage::default();
        for number in 1..=1_000 {
            read.insert(2 * number);
        }
        let mark = Change::MarkRead(ConversationId::new([1; 32]), ActorId::new([2; 32]), read);
        let draft = Change::PutDraft(DraftRecord {
            conversation: ConversationId::new([1; 32]),
            text: "x".repeat(9_000),
        });
        let device = Change::PutDevice(DeviceRecord {
            device: DeviceId::new([3; 32]),
            person: PersonId::new([4; 32]),
            card: vec![0; 8_000],
            addresses: vec!["a".repeat(100); 16],
        });
        let state = SecretBytes::new(vec![5; 7_000]);
        let pair = Change::PutPair(PairRecord {
            device: DeviceId::new([3; 32]),
            state: state.clone(),
        });
        let sender = Change::PutSenderChain(SenderChainRecord {
            conversation: ConversationId::new([1; 32]),
            state: state.clone(),
        });
        let receiver = Change::PutReceiverChain(ReceiverChainRecord {
            id: SenderChainId::new([6; 16]),
            conversation: ConversationId::new([1; 32]),
            state,
        });
        for (change, least) in [
            (mark, 16_000),
            (draft, 9_000),
            (device, 9_600),
            (pair, 7_000),
            (sender, 7_000),
            (receiver, 7_000),
        ] {
            let mut gate = Gate::new();
            gate.accept(Step::new(1), Output::Persist(change));
            assert!(gate.backlog() >= least, "{} of {least}", gate.backlog());
        }
    }

    fn persist(n: u8) -> Output {
        Output::Persist(Change::DeletePendingJoin(Tag::new([n; 16])))
    }

    fn effect(n: u8) -> Output {
        Output::Effect(Effect::Close {
            link: super::super::LinkId::new(u64::from(n)),
        })
    }

    fn released(gate: &mut Gate) -> usize {
        std::iter::from_fn(|| gate.release()).count()
    }

    #[test]
    fn an_effect_waits_for_the_changes_of_its_own_step() {
        let mut gate = Gate::new();
        gate.accept(Step::new(1), effect(1));
        gate.accept(Step::new(1), persist(1));
        assert_eq!(released(&mut gate), 0);
        assert_eq!(gate.next_commit().unwrap().batch.len(), 1);
        assert_eq!(released(&mut gate), 0);
        gate.committed();
        assert_eq!(released(&mut gate), 1);
    }

    #[test]
    fn steps_that_come_during_a_commit_join_the_next_one() {
        let mut gate = Gate::new();
        gate.accept(Step::new(1), persist(1));
        let first = gate.next_commit().unwrap();
        for n in 2..=4 {
            gate.accept(Step::new(u64::from(n)), persist(n));
            gate.accept(Step::new(u64::from(n)), effect(n));
        }
        assert!(gate.next_commit().is_none(), "one commit at a time");
        assert_eq!(first.through, Step::new(1));
        gate.committed();
        assert_eq!(released(&mut gate), 0);
        let second = gate.next_commit().unwrap();
        assert_eq!((second.through, second.batch.len()), (Step::new(4), 3));
        gate.committed();
        assert_eq!(released(&mut gate), 3);
    }

    #[test]
    fn a_step_without_changes_waits_for_those_before_it_only() {
        let mut gate = Gate::new();
        gate.accept(Step::new(1), effect(1));
        assert!(gate.next_commit().is_none());
        assert_eq!(released(&mut gate), 1);
    }

    #[test]
    fn nothing_of_a_failed_commit_is_ever_released() {
        let mut gate = Gate::new();
        gate.accept(Step::new(1), persist(1));
        gate.accept(Step::new(1), effect(1));
        let _ = gate.next_commit();
        gate.poison();
        gate.accept(Step::new(2), effect(2));
        assert!(gate.next_commit().is_none());
        assert_eq!(released(&mut gate), 0);
    }

    proptest! {
        /// Outputs, commits and completions in any order: no effect overtakes a change.
        #[test]
        fn no_effect_overtakes_a_change(actions in prop::collection::vec(0_u8..4, 0..200)) {
            let mut gate = Gate::new();
            let mut step = 0_u64;
            let mut changed: Vec<u64> = Vec::new();
            let mut in_flight: Option<u64> = None;
            let mut durable = 0;
            let mut seen = 0;
            for action in actions {
                match action {
                    0 => {
                        step += 1;
                        changed.push(step);
                        gate.accept(Step::new(step), persist(1));
                    }
                    1 => {
                        step += 1;
                        let n = u8::try_from(step % 256).unwrap();
                        gate.accept(Step::new(step), effect(n));
                    }
                    2 => {
                        if let Some(commit) = gate.next_commit() {
                            prop_assert!(in_flight.is_none());
                            in_flight = Some(commit.through.as_u64());
                        }
                    }
                    _ => {
                        if let Some(through) = in_flight.take() {
                            gate.committed();
                            durable = through;
                        }
                    }
                }
                while let Some(Effect::Close { link }) = gate.release() {
                    let of_step = link.as_u64();
                    prop_assert!(of_step > seen % 256 || step > 255);
                    seen = of_step;
                    let blocking = changed.iter().any(|c| *c > durable && *c <= of_step);
                    prop_assert!(!blocking || step > 255);
                }
            }
        }
    }
}
