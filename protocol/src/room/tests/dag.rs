//! Rooms small enough to look at whole: operations as numbers, their pasts as bits.

use crate::id::{ActorId, AdmissionId, ConversationId, DeviceId, OperationId, PersonId};
use crate::room::body::{
    AddBody, ControlBody, CreateBody, DeviceRevokedBody, LeaveBody, RemoveBody, Role, RoleBody,
    TitleBody,
};
use crate::room::operation::{Author, ControlOperation};
use crate::time::{LogicalTime, WallTime};

pub(super) const ROOM: ConversationId = ConversationId::new([0xcc; 32]);

/// What an operation does; admissions are named by the number of the operation that opened them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Create,
    Add { person: usize, role: Role },
    Remove(usize),
    Role(usize, Role),
    Leave,
    Revoke { person: usize, device: usize },
    Title,
    Unknown,
}

/// An operation; its number is its place in the vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Op {
    pub(super) admission: usize,
    pub(super) person: usize,
    pub(super) device: usize,
    pub(super) seq: u64,
    pub(super) prev: Option<usize>,
    /// All that it builds on: a bit each.
    pub(super) past: u64,
    pub(super) act: Act,
}

/// Operations, each after all that it builds on.
#[derive(Debug, Clone, Default)]
pub(super) struct Dag {
    pub(super) ops: Vec<Op>,
    /// Whether later operations have lower ids.
    pub(super) descending: bool,
    /// How many operations without authority count under one admission, if not as many as usually.
    pub(super) unbacked_max: Option<usize>,
    /// How many people are members at most, if not as many as usually.
    pub(super) members_max: Option<usize>,
}

pub(super) const fn bit(number: usize) -> u64 {
    1 << number
}

/// The numbers in a set of bits.
pub(super) fn numbers(bits: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |number| bits & bit(*number) != 0)
}

pub(super) fn person(number: usize) -> PersonId {
    PersonId::new([u8::try_from(number).unwrap(); 32])
}

pub(super) fn device(person: usize, number: usize) -> DeviceId {
    DeviceId::new([u8::try_from(person * 16 + number).unwrap(); 32])
}

impl Dag {
    /// A room with its creator, person 0.
    pub(super) fn created() -> Self {
        let create = Op {
            admission: 0,
            person: 0,
            device: 0,
            seq: 1,
            prev: None,
            past: 0,
            act: Act::Create,
        };
        Self {
            ops: vec![create],
            descending: false,
            unbacked_max: None,
            members_max: None,
        }
    }

    /// All operations, as bits.
    pub(super) fn all(&self) -> u64 {
        bit(self.ops.len()) - 1
    }

    pub(super) fn before(&self, one: usize, other: usize) -> bool {
        self.ops[other].past & bit(one) != 0
    }

    pub(super) fn concurrent(&self, one: usize, other: usize) -> bool {
        one != other && !self.before(one, other) && !self.before(other, one)
    }

    /// Whose admission an operation opened.
    pub(super) fn admitted(&self, admission: usize) -> Option<usize> {
        match self.ops[admission].act {
            Act::Create => Some(0),
            Act::Add { person, .. } => Some(person),
            _ => None,
        }
    }

    /// The operations that open admissions.
    pub(super) fn admissions(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.ops.len()).filter(|number| self.admitted(*number).is_some())
    }

    /// The last operation of a device under an admission.
    pub(super) fn last(&self, admission: usize, device: usize) -> Option<usize> {
        let own = |op: &Op| op.admission == admission && op.device == device;
        self.ops.iter().rposition(own)
    }

    /// Whether a set of operations holds the past of each.
    pub(super) fn is_closed(&self, bits: u64) -> bool {
        numbers(bits).all(|number| self.ops[number].past & !bits == 0)
    }

    /// The least closed set that holds `bits`.
    pub(super) fn closure(&self, bits: u64) -> u64 {
        numbers(bits).fold(bits, |all, number| all | self.ops[number].past)
    }

    /// Adds an operation by an admission's device upon `past` and its own previous one.
    pub(super) fn write(&mut self, admission: usize, device: usize, past: u64, act: Act) -> usize {
        let prev = self.last(admission, device);
        let seq = prev.map_or(1, |prev| self.ops[prev].seq + 1);
        let own = prev.map_or(0, bit) | bit(admission);
        self.ops.push(Op {
            admission,
            person: self.admitted(admission).unwrap(),
            device,
            seq,
            prev,
            past: self.closure(past | own),
            act,
        });
        self.ops.len() - 1
    }

    /// Adds an operation upon all there is.
    pub(super) fn on_top(&mut self, admission: usize, act: Act) -> usize {
        self.write(admission, 0, self.all(), act)
    }

    pub(super) fn id(&self, number: usize) -> OperationId {
        let number = u8::try_from(number + 1).unwrap();
        OperationId::new(
            [if self.descending {
                255 - number
            } else {
                number
            }; 32],
        )
    }

    pub(super) fn admission_id(&self, number: usize) -> AdmissionId {
        if number == 0 {
            ROOM.into()
        } else {
            self.id(number).into()
        }
    }

    pub(super) fn author(&self, op: &Op) -> Author {
        Author {
            person: person(op.person),
            device: device(op.person, op.device),
            admission: self.admission_id(op.admission),
        }
    }

    pub(super) fn body(&self, act: Act) -> ControlBody {
        match act {
            Act::Create => ControlBody::Create(CreateBody {
                creator: person(0),
                nonce: [0; 32].into(),
                title: "Harbour".into(),
            }),
            Act::Add { person: who, role } => ControlBody::Add(AddBody {
                person: person(who),
                role,
                since: None,
            }),
            Act::Remove(admission) => ControlBody::Remove(RemoveBody {
                admission: self.admission_id(admission),
                person: person(self.admitted(admission).unwrap()),
                cuts: Vec::new(),
            }),
            Act::Role(admission, role) => ControlBody::Role(RoleBody {
                admission: self.admission_id(admission),
                role,
            }),
            Act::Leave => ControlBody::Leave(LeaveBody { cuts: Vec::new() }),
            Act::Revoke {
                person,
                device: number,
            } => ControlBody::DeviceRevoked(DeviceRevokedBody {
                device: device(person, number),
                cuts: Vec::new(),
            }),
            Act::Title => ControlBody::Title(TitleBody {
                title: "Pier".into(),
            }),
            Act::Unknown => ControlBody::Unknown(999),
        }
    }

    /// As whom an author writes.
    pub(super) fn control_actor(&self, author: Author) -> ActorId {
        ActorId::of(author.device, ROOM, author.admission)
    }

    /// The operation as the log takes it: of its past it names what no other part of it builds on.
    pub(super) fn control(&self, number: usize) -> ControlOperation {
        let op = &self.ops[number];
        let author = self.author(op);
        let covered = numbers(op.past).fold(0, |bits, cause| bits | self.ops[cause].past);
        let mut parents: Vec<OperationId> = numbers(op.past & !covered)
            .filter(|cause| Some(*cause) != op.prev)
            .map(|cause| self.id(cause))
            .collect();
        parents.sort_unstable();
        ControlOperation {
            id: self.id(number),
            conversation: ROOM,
            actor: ActorId::of(author.device, ROOM, author.admission),
            author,
            seq: op.seq,
            prev: op.prev.map(|prev| self.id(prev)),
            parents,
            logical: LogicalTime::new(u64::try_from(number).unwrap() + 1),
            wall: WallTime::from_millis(0),
            body: self.body(op.act),
            bytes: 500,
        }
    }
}
