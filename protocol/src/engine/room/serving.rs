//! What others are told of a room's control.
//!
//! Invariants
//! - Whoever was removed learns that, and what it builds on; of what came later they learn nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Room;
use crate::engine::directory::Directory;
use crate::id::{AdmissionId, DeviceId, OperationId, PersonId};
use crate::identity::OwnIdentity;
use crate::room::{AdmissionState, Author, ControlBody, ControlOperation, Role, Standing};
use crate::sync::{CardPosition, ControlVector, Introduction};

impl Room {
    /// What we say we hold.
    pub(in crate::engine) fn vector(
        &self,
        directory: &Directory,
        own: &OwnIdentity,
    ) -> ControlVector {
        let locator = self.intake.log().locator(None);
        ControlVector::new(locator, self.cards(directory, own))
    }

    /// The cards that we hold, ascending by device.
    pub(in crate::engine) fn cards(
        &self,
        directory: &Directory,
        own: &OwnIdentity,
    ) -> Vec<CardPosition> {
        let devices = self.people().into_iter();
        let devices = devices.flat_map(|person| directory.placed(person));
        let mut cards: Vec<CardPosition> = devices
            .map(|device| CardPosition {
                device: device.card.device,
                number: device.passed_on(),
            })
            .collect();
        cards.push(CardPosition {
            device: own.device(),
            number: own.version(),
        });
        cards.sort_by_key(|card| card.device);
        cards
    }

    /// What we say we hold to somebody with whom we do not share the room, or do not any more, in case
    /// they hold what says otherwise: of what they may be served.
    pub(in crate::engine) fn vector_for(&self, person: &PersonId) -> ControlVector {
        let served = self.served_to(person);
        ControlVector {
            locator: self.intake.log().locator(served.as_ref()),
            ..ControlVector::default()
        }
    }

    /// The operations that a person may be served, in order: all of them for a member, or who would
    /// be one if there were fewer; and for one who was a member what ended that, or showed that it
    /// never was so, with what it builds on.
    pub(in crate::engine) fn served_to(&self, person: &PersonId) -> Option<BTreeSet<OperationId>> {
        let mut admissions = self.membership().admissions().values();
        if admissions.any(|one| one.person == *person && one.standing == Standing::Stands) {
            return None;
        }
        let hosts = self.hosts_in_vain(person);
        let ends: Vec<OperationId> = self
            .intake
            .log()
            .operations()
            .filter(|operation| {
                self.membership().is_valid(operation.id())
                    && match operation.body() {
                        ControlBody::Remove(body) => {
                            body.person == *person
                                || hosts.iter().any(|host| host.admission == body.admission)
                        }
                        ControlBody::Leave(_) => operation.author().person == *person,
                        ControlBody::Role(body) => {
                            body.role == Role::Member
                                && hosts.iter().any(|host| host.admission == body.admission)
                        }
                        ControlBody::DeviceRevoked(body) => {
                            hosts.iter().any(|host| host.device == body.device)
                        }
                        ControlBody::Create(_)
                        | ControlBody::Add(_)
                        | ControlBody::Title(_)
                        | ControlBody::Settings(_)
                        | ControlBody::Unknown(_) => false,
                    }
            })
            .map(ControlOperation::id)
            .collect();
        Some(self.intake.log().past_of(&ends))
    }

    /// Those who admitted a person without effect, and those who admitted these, as far up as that
    /// had none: what was done to them is why.
    fn hosts_in_vain(&self, person: &PersonId) -> Vec<Author> {
        let is_void = |(_, state): &(&AdmissionId, &AdmissionState)| {
            state.person == *person && state.standing == Standing::Void
        };
        let void = self.membership().admissions().iter().filter(is_void);
        let mut admissions: Vec<AdmissionId> = void.map(|(id, _)| *id).collect();
        let mut hosts: Vec<Author> = Vec::new();
        while let Some(admission) = admissions.pop() {
            let Some(host) = self.author_of_add(admission) else {
                continue;
            };
            if hosts.contains(&host) {
                continue;
            }
            hosts.push(host);
            let above = self.membership().admission(host.admission);
            if above.is_some_and(|above| above.standing == Standing::Void) {
                admissions.push(host.admission);
            }
        }
        hosts
    }

    /// The cards of those in it that another lacks, who has been told of `known`.
    pub(in crate::engine) fn introductions(
        &self,
        known: &BTreeMap<DeviceId, u64>,
        directory: &Directory,
    ) -> Vec<(DeviceId, u64, Introduction)> {
        let people = self.people().into_iter();
        let devices = people.flat_map(|person| directory.placed(person));
        devices
            .filter_map(|device| {
                let (id, number) = (device.card.device, device.passed_on());
                let lacks = known.get(&id).is_none_or(|known| *known < number);
                lacks.then(|| (id, number, device.introduction()))
            })
            .collect()
    }
}
