//! What a traitor does to the room's control.

use std::collections::BTreeSet;

use tidings_protocol::id::{ActorId, AdmissionId, OperationId, PersonId};
use tidings_protocol::room::{
    AddBody, Author, ControlBody, DeviceCut, LeaveBody, RemoveBody, Role, RoleBody, SettingsBody,
    TitleBody,
};
use tidings_protocol::sync::Position;
use tidings_protocol::time::LogicalTime;
use tidings_protocol::wire::limits::SEQ_MAX;

use super::plot::Plot;

impl Plot<'_> {
    /// Lets somebody in, or names the room, in another's name.
    pub(super) fn forge_a_name(&mut self) -> bool {
        let others = self.records().into_iter().map(|record| record.author);
        let own = self.person();
        let others: BTreeSet<Author> = others.filter(|author| author.person != own).collect();
        let others: Vec<Author> = others.into_iter().collect();
        if others.is_empty() {
            return false;
        }
        let theirs = others[self.world.chance.index(others.len())];
        // Under their whole name, or with the own device under their admission.
        let forged = if self.world.chance.one_in(2) {
            theirs
        } else {
            Author {
                device: self.device(),
                ..theirs
            }
        };
        let body = self.some_body();
        let header = self.control_header(forged, body.kind());
        let entry = self.entry(forged, header, &body);
        let message = self.control(vec![entry]);
        self.tell(&[message])
    }

    /// Has an operation build on what does not exist, what is not its author's, or nothing.
    pub(super) fn name_wrong_parents(&mut self) -> bool {
        let Some(author) = self.author() else {
            return false;
        };
        let body = self.some_body();
        let mut header = self.control_header(author, body.kind());
        match self.world.chance.within(0..=3) {
            0 => header.parents = Some(vec![OperationId::new(self.world.chance.bytes())]),
            1 => {
                header.parents = Some(Vec::new());
                header.seq = 1;
                header.prev = None;
            }
            2 => {
                header.seq = header.seq.max(2);
                header.prev = self.log.heads().first().copied();
            }
            _ => header.seq += 7,
        }
        let entry = self.entry(author, header, &body);
        let message = self.control(vec![entry]);
        self.tell(&[message])
    }

    /// Does something as if nothing had happened since it was let in.
    pub(super) fn backdate_control(&mut self) -> bool {
        let Some(author) = self.author() else {
            return false;
        };
        let add = OperationId::new(*author.admission.as_bytes());
        let admitted = self.log.contains(add).then_some(add);
        let first = self.log.operations().next().map(|first| first.id());
        let past: Vec<OperationId> = admitted.or(first).into_iter().collect();
        let body = self.some_body();
        let mut header = self.control_header(author, body.kind());
        if self.world.chance.one_in(2) {
            // Its own past too is as if it had not been.
            header.seq = 1;
            header.prev = None;
        }
        header.logical = self.after(past.iter().copied().chain(header.prev));
        header.parents = Some(past);
        let entry = self.entry(author, header, &body);
        let message = self.control(vec![entry]);
        self.tell(&[message])
    }

    /// Does something different to the room for each of two others.
    pub(super) fn equivocate_in_control(&mut self) -> bool {
        let Some(author) = self.author() else {
            return false;
        };
        let victims = self.victims();
        let first = self.world.chance.index(victims.len());
        let mut told = false;
        for at in [first, first + 1] {
            let body = self.some_body();
            let header = self.control_header(author, body.kind());
            let entry = self.entry(author, header, &body);
            let message = self.control(vec![entry]);
            told |= self.tell_to(victims[at % victims.len()], &[message]);
        }
        told
    }

    /// Does what has the highest numbers there are, or is of no kind that anybody knows.
    pub(super) fn control_absurdly(&mut self) -> bool {
        let Some(author) = self.author() else {
            return false;
        };
        let (admission, person) = self.somebody();
        let victim = self.victims()[0];
        let device = self.world.devices[victim].id;
        let head = OperationId::new([9; 32]);
        let cuts = vec![DeviceCut {
            device,
            seq: SEQ_MAX + self.world.chance.within(0..=1),
            head,
        }];
        let body = match self.world.chance.within(0..=4) {
            0 => ControlBody::Remove(RemoveBody {
                admission,
                person,
                cuts,
            }),
            1 => ControlBody::Leave(LeaveBody { cuts }),
            2 => ControlBody::Settings(SettingsBody {
                disappears_after: Some(u32::MAX),
            }),
            3 => ControlBody::Unknown(300),
            _ => ControlBody::Add(AddBody {
                person: self.anybody(),
                role: Role::Admin,
                since: Some(self.beginning_after(SEQ_MAX)),
            }),
        };
        let mut header = self.control_header(author, body.kind());
        if self.world.chance.one_in(4) {
            header.logical = LogicalTime::new(u64::MAX);
        }
        let entry = self.entry(author, header, &body);
        let message = self.control(vec![entry]);
        self.tell(&[message])
    }

    /// Lets a device's person in, for whom everybody begins after a number, and tells everybody.
    pub(super) fn let_in(&mut self, device: usize, after: u64) {
        let author = self.author().expect("the traitor is in the room");
        let body = ControlBody::Add(AddBody {
            person: self.world.devices[device].person,
            role: Role::Member,
            since: Some(self.beginning_after(after)),
        });
        let header = self.control_header(author, body.kind());
        let entry = self.entry(author, header, &body);
        let message = self.control(vec![entry]);
        for victim in self.world.honest() {
            self.tell_to(victim, std::slice::from_ref(&message));
            self.world.run_for(1_000);
        }
    }

    /// Something that may be done to the room, mostly to nobody's harm.
    pub(super) fn some_body(&mut self) -> ControlBody {
        let (admission, person) = self.somebody();
        match self.world.chance.within(0..=9) {
            0..=3 => ControlBody::Add(AddBody {
                person: self.anybody(),
                role: Role::Member,
                since: None,
            }),
            4..=6 => ControlBody::Title(TitleBody {
                title: format!("Den {}", self.number),
            }),
            7 => ControlBody::Role(RoleBody {
                admission,
                role: Role::Admin,
            }),
            8 => ControlBody::Role(RoleBody {
                admission,
                role: Role::Member,
            }),
            _ => ControlBody::Remove(RemoveBody {
                admission,
                person,
                cuts: Vec::new(),
            }),
        }
    }

    /// Somebody who was let in, with how.
    fn somebody(&mut self) -> (AdmissionId, PersonId) {
        let admissions = self.membership.admissions().iter();
        let all: Vec<_> = admissions.map(|(id, state)| (*id, state.person)).collect();
        let nobody = (AdmissionId::from(self.room), self.person());
        if all.is_empty() {
            return nobody;
        }
        all[self.world.chance.index(all.len())]
    }

    /// Somebody of this world, or nobody at all.
    fn anybody(&mut self) -> PersonId {
        if self.world.chance.one_in(8) {
            return PersonId::new(self.world.chance.bytes());
        }
        let who = self.world.chance.index(self.world.devices.len());
        self.world.devices[who].person
    }

    /// A baseline at a number in everybody's chain.
    pub(super) fn beginning_after(&self, seq: u64) -> Vec<Position> {
        let places = self.places(self.room);
        let actors: BTreeSet<ActorId> = places.iter().map(|place| place.actor).collect();
        let positions = actors.into_iter().map(|actor| Position {
            actor,
            seq,
            head: OperationId::new([9; 32]),
        });
        positions.collect()
    }
}
