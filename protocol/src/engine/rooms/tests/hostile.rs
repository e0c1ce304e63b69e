//! A member with a changed program, who signs what no honest one would.

use super::*;
use crate::engine::tests::identity;
use crate::id::{ActorId, OperationId};
use crate::operation::{Header, Kind, OPERATION_VERSION, Operation};
use crate::rng::Rng;
use crate::time::{LogicalTime, WallTime};

/// Somebody's device under one admission, and what it wrote last.
struct Forger {
    own: OwnIdentity,
    room: ConversationId,
    admission: AdmissionId,
    logical: u64,
    last: Option<(u64, OperationId)>,
    rng: Rng,
}

impl Forger {
    /// A device of somebody whom `host` has let in.
    fn new(town: &Town, own: OwnIdentity, host: usize, room: ConversationId) -> Self {
        let held = town.room(host, room);
        let member = &held.membership().members()[&own.person()];
        Self {
            own,
            room,
            admission: member.admissions[0],
            logical: held.highest().as_u64(),
            last: None,
            rng: Rng::from_seed(&[5; 32]),
        }
    }

    /// Signs something in the place after the last, upon its own admission alone.
    fn sign(&mut self, kind: Kind, body: Vec<u8>) -> ControlEntry {
        let (seq, prev) = self.last.map_or((1, None), |(seq, id)| (seq + 1, Some(id)));
        let add = OperationId::new(*self.admission.as_bytes());
        let header = Header {
            version: OPERATION_VERSION,
            kind,
            conversation: self.room,
            actor: ActorId::of(self.own.device(), self.room, self.admission),
            seq,
            prev,
            logical: LogicalTime::new(self.logical + seq),
            wall: WallTime::from_millis(5),
            disappears_after: None,
            target: None,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: Some(vec![add]),
        };
        let operation = Operation::author(header, body, &self.own, &mut self.rng).unwrap();
        self.last = Some((seq, operation.id()));
        ControlEntry {
            device: self.own.device(),
            admission: self.admission,
            operation: operation.signed().clone(),
        }
    }

    fn write(&mut self, body: &ControlBody) -> ControlEntry {
        self.sign(body.kind(), body.to_bytes())
    }
}

fn title(text: &str) -> ControlBody {
    let title = text.to_owned();
    ControlBody::Title(TitleBody { title })
}

#[test]
fn a_key_that_two_people_certify_splits_no_room() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    let (spare, puppet) = (identity("Spare", 50), identity("Puppet", 51));
    let [hers, puppets] = [town.own(CAT), puppet].map(|person| person.adopting(&spare));
    assert_eq!(hers.signing(), puppets.signing());
    // Ben sees the key as the puppet's, and Ann as Cat's.
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    let add = by_cat.write(&ControlBody::Add(AddBody {
        person: puppets.person(),
        role: Role::Member,
        since: None,
    }));
    town.hand_control(BEN, room, &[&puppets], std::slice::from_ref(&add));
    town.hand_control(ANN, room, &[&hers], &[add]);
    let void = Forger::new(&town, hers, ANN, room).write(&title("Orchard"));
    town.hand_control(ANN, room, &[], std::slice::from_ref(&void));
    assert!(town.room(ANN, room).holds(void.operation.id()));
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.connect(ANN, BEN);
    town.write(BEN, room, "is she gone?");
    for who in [ANN, BEN] {
        let shown = town.shown(who, room).unwrap();
        assert_eq!(shown.members.len(), 2, "{who}");
        assert_eq!(town.texts(who, room), ["is she gone?"]);
    }
    assert!(town.room(BEN, room).holds(void.operation.id()));
}

#[test]
fn who_serves_what_somebody_else_wrote_out_of_place_is_not_blamed_for_it() {
    let (mut town, room) = super::room();
    town.disconnect_all();
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    let first = by_cat.write(&title("one"));
    by_cat.last = by_cat.last.map(|(_, id)| (7, id));
    let unchained = by_cat.write(&title("eight"));
    by_cat.last = None;
    by_cat.logical = u64::MAX - 2;
    let late = by_cat.write(&title("far ahead"));
    let of_ben = town.own(BEN);
    let mut by_ben = Forger::new(&town, of_ben, ANN, room);
    by_ben.admission = by_cat.admission;
    let foreign = by_ben.write(&title("under another's admission"));
    let all = [first, unchained, late, foreign];
    town.hand_control(ANN, room, &[], &all);
    let held = all.map(|entry| town.room(ANN, room).holds(entry.operation.id()));
    assert_eq!(held, [true, false, false, false]);
}

/// What Cat signs as her fourth message, at a logical time of her choosing.
fn fourth(town: &Town, room: ConversationId, logical: LogicalTime) -> Operation {
    let content = super::message("far ahead");
    let last = town.stored(CAT, room, CAT).pop().unwrap();
    let header = Header {
        seq: 4,
        prev: Some(last.id()),
        logical,
        ..last.header().clone()
    };
    let mut rng = Rng::from_seed(&[5; 32]);
    Operation::author(header, content.to_bytes(), &town.own(CAT), &mut rng).unwrap()
}

#[test]
fn nobodys_logical_time_keeps_a_newcomer_from_writing() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    for text in ["one", "two", "three"] {
        town.write(CAT, room, text);
    }
    let person = town.person(DAN);
    let add = RoomChange::Add {
        person,
        whole_history: false,
    };
    town.change(ANN, room, add);
    town.disconnect_all();
    let cat = town.person(CAT);
    let admissions = town.room(DAN, room).admissions();
    let admitted = admissions.iter().find(|(_, who, _)| *who == cat);
    let latest = admitted.unwrap().2.as_u64() + 4 * LogicalTime::STEP_MAX;
    for far in [u64::MAX, latest + 1] {
        let far = fourth(&town, room, LogicalTime::new(far));
        town.hand(DAN, room, &[&far]);
        assert_eq!(town.texts(DAN, room), [""; 0]);
    }
    let last_possible = fourth(&town, room, LogicalTime::new(latest));
    town.hand(DAN, room, &[&last_possible]);
    assert_eq!(town.texts(DAN, room), ["far ahead"]);
    town.write(DAN, room, "hello");
    town.change(DAN, room, RoomChange::Leave);
}
