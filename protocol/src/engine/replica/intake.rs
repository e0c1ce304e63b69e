//! What comes in: others' operations, checked and stored.
//!
//! Invariants
//! - What is stored is signed by a device of who its actor is, and is of this conversation.
//! - In a direct conversation the first operation that no honest device sends ends it. In a room it
//!   is passed over: who serves it need not be who wrote it.

use std::time::Duration;

use super::dispute::Contradicting;
use super::{Fault, Place, Replica};
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::{Effect, Event, Job};
use crate::id::{ActorId, DeviceId, PersonId};
use crate::identity::SigningPublic;
use crate::operation::{Content, Header, Operation, SignedOperation};
use crate::record::{ActorRecord, Change, LifetimeRecord, OperationRecord};

/// What came of an operation.
enum Taken {
    /// It was stored.
    Stored {
        /// Its author.
        actor: ActorId,
        /// Whether operations beyond a gap joined the chain, or others count than before.
        linked: bool,
    },
    /// It is genuine, and cannot be in one chain with what is held.
    Contradicts(Box<Operation>),
    /// It is held already, or not to be kept.
    Nothing,
}

/// What came at once.
#[derive(Default)]
pub(super) struct Came {
    /// What is next in its chain.
    accepted: Vec<Operation>,
    /// What was held without its body.
    pub(super) bodies: Vec<Operation>,
}

impl Replica {
    /// Checks and stores operations that a peer sent. What is already held is passed over.
    pub(in crate::engine) fn receive(
        &mut self,
        operations: Vec<SignedOperation>,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let mut came = Came::default();
        let mut linked = false;
        let mut changed: Vec<ActorId> = Vec::new();
        let mut contradicting = Contradicting::default();
        let mut result = Ok(());
        for operation in operations {
            match self.receive_one(operation, directory, context, &mut came) {
                Ok(Taken::Stored {
                    actor,
                    linked: late,
                }) => {
                    linked |= late;
                    if !changed.contains(&actor) {
                        changed.push(actor);
                    }
                }
                Ok(Taken::Contradicts(operation)) => contradicting.add(*operation),
                Ok(Taken::Nothing) => {}
                Err(Fault::UnknownAuthor | Fault::Broken | Fault::TooManyPending)
                    if self.room().is_some() => {}
                Err(fault) => {
                    result = Err(fault);
                    break;
                }
            }
        }
        for actor in &changed {
            self.changes.note(*actor);
            if let Some(chain) = self.chains.get(actor) {
                if chain.waiting().next().is_some() {
                    self.gapped.insert(*actor);
                } else {
                    self.gapped.remove(actor);
                }
                let person = chain.record().person;
                context.persist(Change::PutActor(chain.record().clone()));
                self.owed.insert(person);
                self.stop_typing(person, context);
            }
        }
        let Came { accepted, bodies } = came;
        self.put_bodies(bodies, context);
        self.look_up_late(context);
        self.contest(contradicting, context);
        self.look_into_gaps_of(&changed, context);
        self.seek_ends(context);
        self.stirred |= !changed.is_empty();
        if linked {
            context.effect(Effect::Compute(Job::Rebuild(self.conversation)));
        } else if !accepted.is_empty() {
            context.effect(Effect::Compute(Job::Record(accepted)));
        }
        result
    }

    /// Takes one operation.
    fn receive_one(
        &mut self,
        operation: SignedOperation,
        directory: &Directory,
        context: &mut Context<'_>,
        came: &mut Came,
    ) -> Result<Taken, Fault> {
        let header = operation.claimed()?;
        if header.conversation != self.conversation {
            return Err(Fault::ForeignConversation);
        }
        if header.kind.is_control() {
            return Err(Fault::Control);
        }
        let chain = self.chains.get(&header.actor).ok_or(Fault::UnknownAuthor)?;
        let device = chain.record().device;
        if self.room().is_some() && chain.is_contradicted_by(&header, operation.id()) {
            let key = self.key_of(&device, directory, context);
            let key = key.ok_or(Fault::UnknownAuthor)?;
            // Of a chain that forked, whatever comes is compared; it may be what is held all the same.
            self.take_body(&operation, &header, came, directory, context)?;
            return Ok(Taken::Contradicts(Box::new(operation.verify(&key)?)));
        }
        if device == self.own_device {
            self.prove_fork(operation, &header, context)?;
            return Ok(Taken::Nothing);
        }
        let Some(place) = chain.place(&header, operation.bytes())? else {
            self.take_body(&operation, &header, came, directory, context)?;
            return Ok(Taken::Nothing);
        };
        let key = self.key_of(&device, directory, context);
        let operation = operation.verify(&key.ok_or(Fault::UnknownAuthor)?)?;
        let chain = self
            .chains
            .get_mut(&header.actor)
            .ok_or(Fault::UnknownAuthor)?;
        let recounted = chain.foresee(&header, operation.id());
        let record = chain.record().clone();
        if recounted {
            // Before what does not count: it is not to be shown, not even for a moment.
            context.persist(Change::PutActor(record.clone()));
        }
        self.store(&operation, &record, Vec::new(), context);
        self.heed(&operation);
        self.note_arrival(&operation);
        let chain = self
            .chains
            .get_mut(&header.actor)
            .ok_or(Fault::UnknownAuthor)?;
        let linked = chain.take(place, &operation);
        if place != Place::Beyond {
            came.accepted.push(operation);
        }
        Ok(Taken::Stored {
            actor: header.actor,
            linked: linked || recounted,
        })
    }

    /// The key of a device that writes here, our own too.
    pub(super) fn key_of(
        &self,
        device: &DeviceId,
        directory: &Directory,
        context: &Context<'_>,
    ) -> Option<SigningPublic> {
        if *device == self.own_device {
            return Some(context.own.signing());
        }
        directory.device(device).map(|known| known.card.signing)
    }

    /// Takes over how long messages stay from now on, if an operation says so and nothing later did.
    pub(super) fn heed(&mut self, operation: &Operation) {
        let header = operation.header();
        // In a room, its settings say it.
        if self.room().is_some() {
            return;
        }
        let body = operation.body().map(|body| body.bytes.as_slice());
        let content = body.map(|bytes| Content::from_bytes(header.kind, bytes));
        if let Some(Ok(Some(Content::Lifetime { seconds }))) = content {
            let said = LifetimeRecord {
                conversation: self.conversation,
                logical: header.logical,
                wall: header.wall,
                operation: operation.id(),
                seconds,
            };
            if self
                .lifetime
                .is_none_or(|lifetime| lifetime.order() < said.order())
            {
                self.lifetime = Some(said);
            }
        }
    }

    /// Takes an operation in our own name. One beyond what we wrote proves that this profile is an
    /// older copy of the one that wrote it: it is kept as the proof, and nothing more is written
    /// here or taken as acknowledged.
    fn prove_fork(
        &mut self,
        operation: SignedOperation,
        header: &Header,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let chain = self.chains.get_mut(&header.actor);
        let chain = chain.ok_or(Fault::UnknownAuthor)?;
        if self.forked || header.seq <= chain.record().seq {
            return Ok(());
        }
        let operation = operation.verify(&context.own.signing())?;
        chain.restore_pending(operation.signed(), header);
        self.forked = true;
        let record = chain.record().clone();
        self.store(&operation, &record, Vec::new(), context);
        context.event(Event::OwnFork {
            conversation: self.conversation,
        });
        Ok(())
    }

    /// Notes that a device with our key wrote control operations that we did not: a copy of this
    /// profile. What we wrote ends where it does, also after a restart.
    pub(in crate::engine) fn prove_continued(&mut self, context: &mut Context<'_>) {
        if std::mem::replace(&mut self.forked, true) {
            return;
        }
        let chains = self.chains.values_mut();
        for chain in chains.filter(|chain| chain.record().device == self.own_device) {
            let end = chain.record().seq;
            chain.end_at(end, None);
            context.persist(Change::PutActor(chain.record().clone()));
        }
        context.event(Event::OwnFork {
            conversation: self.conversation,
        });
    }

    pub(super) fn store(
        &self,
        operation: &Operation,
        place: &ActorRecord,
        recipients: Vec<PersonId>,
        context: &mut Context<'_>,
    ) {
        let mine = place.person == context.own.person();
        if let Some(seconds) = operation.header().disappears_after {
            let stays = Duration::from_secs(seconds.into());
            context.expires(context.now.wall.after(stays));
        }
        context.persist(Change::InsertOperation(Box::new(OperationRecord {
            operation: operation.clone(),
            person: place.person,
            device: place.device,
            mine,
            received_at: context.now.wall,
            recipients,
        })));
        context.event(Event::Stored {
            conversation: self.conversation,
            message: operation.id(),
        });
    }
}
