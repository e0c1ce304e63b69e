//! Bodies that come later: an operation of a room that was held without its text gets it from its
//! author, or from whoever else has it.
//!
//! ```text
//!   a relay's operation without its body --> held, and listed as such in our receipts
//!   a receipt that lists some so --> wanted --> read from the store --> whole: sent once more
//!                                                                  +--> not: looked up no more
//! ```
//!
//! Invariants
//! - A body is taken where an operation came without it, and is the one that its header commits to.
//!   What was erased here came with it, and stays erased.
//! - In one session an operation is sent once more at most once, whatever the receipts say; what is
//!   not whole here is looked up once.
//! - What lies before where the room begins for somebody is not sent to them.
//! - The author hears of it with every receipt; what others hear says `listing`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::Duration;

use super::intake::Came;
use super::ranges::Ranges;
use super::{Chain, Fault, Replica};
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::{Effect, Event, LoadId};
use crate::id::{ActorId, DeviceId, PersonId};
use crate::operation::{Header, Operation, SignedOperation};
use crate::record::Change;
use crate::sync::Receipt;
use crate::wire::limits::RANGES_KEPT_MAX;

/// Bytes that are read at a time.
const LOOK_UP_BYTES: usize = 64 * 1024;

/// What is being read for somebody.
#[derive(Debug)]
struct LookUp {
    load: LoadId,
    person: PersonId,
    device: DeviceId,
    actor: ActorId,
    from: u64,
}

/// What is held without its body, by others and by us.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    /// What each device lacks and was not looked up for it yet, by actor.
    wanted: BTreeMap<DeviceId, BTreeMap<ActorId, Ranges>>,
    /// What was sent once more in the session with each device.
    sent: BTreeMap<DeviceId, BTreeMap<ActorId, Ranges>>,
    /// What we hold no body of ourselves, or hand it out no more.
    gone: BTreeMap<ActorId, Ranges>,
    open: Option<LookUp>,
    /// For whom something was read last.
    served: Option<DeviceId>,
}

/// Operations to be sent once more.
#[derive(Debug)]
pub(in crate::engine) struct Whole {
    pub(in crate::engine) device: DeviceId,
    pub(in crate::engine) operations: Vec<SignedOperation>,
}

impl Replica {
    /// Takes the body of an operation that is held without it; [`Self::put_bodies`] has to come next.
    pub(super) fn take_body(
        &mut self,
        operation: &SignedOperation,
        header: &Header,
        came: &mut Came,
        directory: &Directory,
        context: &Context<'_>,
    ) -> Result<(), Fault> {
        let chain = self.chains.get(&header.actor);
        let chain = chain.ok_or(Fault::UnknownAuthor)?;
        let is_lacking = operation.body.is_some()
            && chain.lacks_body(header, operation.id(), operation.bytes())?;
        if !is_lacking {
            return Ok(());
        }
        let key = self.key_of(&chain.record().device, directory, context);
        let key = key.ok_or(Fault::UnknownAuthor)?;
        let operation = operation.clone().verify(&key)?;
        if self.room().is_some() && chain.is_linked(header.seq) {
            self.late.add(operation);
            return Ok(());
        }
        let chain = self.chains.get_mut(&header.actor);
        let chain = chain.ok_or(Fault::UnknownAuthor)?;
        chain.take_body(&operation);
        self.owed.insert(chain.record().person);
        self.bodies.find(header.actor, header.seq);
        came.bodies.push(operation);
        Ok(())
    }

    /// Stores bodies that were taken at once.
    pub(super) fn put_bodies(&mut self, bodies: Vec<Operation>, context: &mut Context<'_>) {
        let actors = bodies.iter().map(|operation| operation.header().actor);
        let actors: BTreeSet<ActorId> = actors.collect();
        // Before the bodies: what is shown of them depends on what is read of their author's.
        for chain in actors.iter().filter_map(|actor| self.chains.get(actor)) {
            context.persist(Change::PutActor(chain.record().clone()));
        }
        for operation in bodies {
            self.heed(&operation);
            if let Some(seconds) = operation.header().disappears_after {
                let stays = Duration::from_secs(seconds.into());
                context.expires(context.now.wall.after(stays));
            }
            context.event(Event::Stored {
                conversation: self.conversation,
                message: operation.id(),
            });
            context.persist(Change::PutBody {
                operation: Box::new(operation),
                at: context.now.wall,
            });
        }
    }

    /// Notes what a device lacks by its receipt, of our own operations or of all others'.
    pub(super) fn note_bodiless(&mut self, receipt: &Receipt, of_ours: bool) {
        if self.room().is_none() {
            return;
        }
        for part in &receipt.actors {
            let is_ours = |chain: &&Chain| chain.record().device == self.own_device;
            let chain = self.chains.get(&part.actor);
            let Some(chain) = chain.filter(|chain| is_ours(chain) == of_ours) else {
                continue;
            };
            let lacking = chain.held_of(part.erased.listed());
            let unseen = self.bodies.unseen(&receipt.device, &part.actor, lacking);
            let wanted = self.bodies.wanted.entry(receipt.device).or_default();
            let wanted = wanted.entry(part.actor).or_default();
            // Of ours all is said each time, of others' what is new.
            if of_ours || wanted.spans().count() > RANGES_KEPT_MAX {
                *wanted = unseen;
            } else {
                wanted.add(&unseen.spans().collect::<Vec<_>>());
            }
        }
    }

    /// Begins anew with a device whose session is new, or may have lost what was sent.
    pub(in crate::engine) fn forget_sent(&mut self, device: &DeviceId) {
        self.bodies.wanted.remove(device);
        self.bodies.sent.remove(device);
    }

    /// Has read what one of these devices, each a person's, lacks, a part at a time.
    pub(in crate::engine) fn look_up_bodies(
        &mut self,
        devices: &BTreeMap<DeviceId, PersonId>,
        context: &mut Context<'_>,
    ) {
        if self.bodies.open.is_some() {
            return;
        }
        let next = self.bodies.next(|device| {
            let person = devices.get(device)?;
            self.includes(*person).then_some(*person)
        });
        let Some((person, device, actor, from)) = next else {
            return;
        };
        let load = context.next_load();
        self.bodies.served = Some(device);
        self.bodies.open = Some(LookUp {
            load,
            person,
            device,
            actor,
            from,
        });
        context.effect(Effect::Load {
            load,
            conversation: self.conversation,
            actor,
            from,
            through: u64::MAX,
            bytes: LOOK_UP_BYTES,
        });
    }

    /// Takes what was read for somebody, and returns what of it they are to be sent; `None` if it was
    /// read for something else.
    pub(in crate::engine) fn take_looked_up(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
    ) -> Option<Whole> {
        let asked = self.bodies.open.take_if(|open| open.load == load)?;
        let baseline = self.room().and_then(|room| room.baseline(&asked.person));
        let base = baseline.and_then(|baseline| baseline.get(&asked.actor).copied());
        let is_theirs = self.includes(asked.person);
        let read = self.bodies.resolve(&asked, operations).into_iter();
        let is_below = |seq: u64, operation: &SignedOperation| {
            let logical = operation.claimed().map(|header| header.logical);
            base.is_some_and(|base| base.covers(seq, logical.unwrap_or_default()))
        };
        let read = read.filter(|(seq, operation)| is_theirs && !is_below(*seq, operation));
        Some(Whole {
            device: asked.device,
            operations: read.map(|(_, operation)| operation).collect(),
        })
    }
}

impl Bodies {
    /// What is read next: the lowest that is wanted by a device which `person` says is somebody's, the first
    /// behind the one that was served last.
    fn next(
        &self,
        person: impl Fn(&DeviceId) -> Option<PersonId>,
    ) -> Option<(PersonId, DeviceId, ActorId, u64)> {
        let after = self.served.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.wanted.range((after, Bound::Unbounded));
        let mut turns = behind.chain(&self.wanted);
        turns.find_map(|(device, wanted)| {
            let mut wanted = wanted.iter();
            let lowest = |(actor, ranges): (&ActorId, &Ranges)| Some((*actor, ranges.lowest()?));
            let (actor, from) = wanted.find_map(lowest)?;
            Some((person(device)?, *device, actor, from))
        })
    }

    /// Notes that we hold a body at last. What is being read may lack it still, and is read again.
    pub(super) fn find(&mut self, actor: ActorId, seq: u64) {
        if let Some(gone) = self.gone.get_mut(&actor) {
            gone.subtract(std::iter::once((seq, seq)));
        }
        self.open.take_if(|open| open.actor == actor);
    }

    /// What of these ranges is whole here as far as we know, and was not sent once more.
    fn unseen(&self, device: &DeviceId, actor: &ActorId, lacking: Ranges) -> Ranges {
        let sent = self.sent.get(device).and_then(|sent| sent.get(actor));
        let known = [self.gone.get(actor), sent].into_iter().flatten();
        let mut unseen = lacking;
        for known in known {
            unseen.subtract(known.spans());
        }
        unseen
    }

    /// Notes what was found of what a device lacks; returns those operations that are whole, with
    /// their numbers.
    fn resolve(
        &mut self,
        asked: &LookUp,
        operations: &[SignedOperation],
    ) -> Vec<(u64, SignedOperation)> {
        let wanted = self.wanted.get_mut(&asked.device);
        let Some(wanted) = wanted.and_then(|wanted| wanted.get_mut(&asked.actor)) else {
            return Vec::new();
        };
        let Some(later) = operations.len().checked_sub(1) else {
            *wanted = Ranges::default();
            return Vec::new();
        };
        let numbered = (asked.from..).zip(operations);
        let found: Vec<_> = numbered.filter(|(seq, _)| wanted.contains(*seq)).collect();
        let later = u64::try_from(later).unwrap_or(u64::MAX);
        let through = asked.from.saturating_add(later);
        wanted.subtract(std::iter::once((0, through)));
        let is_whole = |operation: &SignedOperation| operation.body.is_some();
        let of = |whole: bool| {
            let found = found.iter().filter(move |(_, one)| is_whole(one) == whole);
            found.map(|(seq, _)| (*seq, *seq)).collect::<Vec<_>>()
        };
        let sent = self.sent.entry(asked.device).or_default();
        sent.entry(asked.actor).or_default().add(&of(true));
        self.gone.entry(asked.actor).or_default().add(&of(false));
        let whole = found.into_iter().filter(|(_, one)| is_whole(one));
        whole
            .map(|(seq, operation)| (seq, operation.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_lacks_everything_is_served_by_turns_with_who_lacks_one_text() {
        let [greedy, other, third] = [1, 2, 3].map(|n| DeviceId::new([n; 32]));
        let (actor, person) = (ActorId::new([9; 32]), PersonId::new([8; 32]));
        let lacking = |ranges: &[(u64, u64)]| {
            let mut lacking = Ranges::default();
            lacking.add(ranges);
            BTreeMap::from([(actor, lacking)])
        };
        let mut bodies = Bodies {
            wanted: BTreeMap::from([
                (greedy, lacking(&[(1, 1_000_000)])),
                (other, lacking(&[(5, 5)])),
                (third, lacking(&[])),
            ]),
            ..Bodies::default()
        };
        let mut next = |ready: &[DeviceId]| {
            let person = |device: &DeviceId| ready.contains(device).then_some(person);
            let (_, device, _, from) = bodies.next(person)?;
            bodies.served = Some(device);
            Some((device, from))
        };
        let all = [greedy, other, third];
        let turns = [
            next(&all),
            next(&all),
            next(&all),
            next(&[greedy]),
            next(&[third]),
        ];
        let expected = [(greedy, 1), (other, 5), (greedy, 1), (greedy, 1)].map(Some);
        assert_eq!(turns[..4], expected);
        assert_eq!(turns[4], None);
    }
}
