//! A member with a changed program, who signs what no honest one would.

use super::*;
use crate::engine::tests::identity;
use crate::id::{ActorId, OperationId};
use crate::operation::{Header, Kind, OPERATION_VERSION, Operation};
use crate::rng::Rng;
use crate::room::{DeviceRevokedBody, Standing};
use crate::sync::Position;
use crate::time::{LogicalTime, WallTime};
use crate::wire::limits::{CONTROL_UNBACKED_PER_ADMISSION_MAX, DEVICES_MAX, VECTOR_ACTORS_MAX};

/// Somebody's device under one admission, and what it wrote last.
pub(super) struct Forger {
    own: OwnIdentity,
    room: ConversationId,
    admission: AdmissionId,
    pub(super) logical: u64,
    pub(super) parents: Vec<OperationId>,
    last: Option<(u64, OperationId)>,
    rng: Rng,
}

impl Forger {
    /// A device of somebody whom `host` has let in.
    pub(super) fn new(town: &Town, own: OwnIdentity, host: usize, room: ConversationId) -> Self {
        let held = town.room(host, room);
        let member = &held.membership().members()[&own.person()];
        let admission = member.admissions[0];
        Self {
            own,
            room,
            admission,
            parents: vec![OperationId::new(*admission.as_bytes())],
            logical: held.highest().as_u64(),
            last: None,
            rng: Rng::from_seed(&[5; 32]),
        }
    }

    /// Goes on as somebody else, whom an admission lets in.
    pub(super) fn become_of(&mut self, own: OwnIdentity, admission: AdmissionId) {
        self.parents = vec![OperationId::new(*admission.as_bytes())];
        (self.own, self.admission, self.last) = (own, admission, None);
    }

    /// Signs something in the place after the last; upon its own admission, if nothing else is said.
    fn sign(&mut self, kind: Kind, body: Vec<u8>) -> ControlEntry {
        let (seq, prev) = self.last.map_or((1, None), |(seq, id)| (seq + 1, Some(id)));
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
            parents: Some(self.parents.clone()),
        };
        let operation = Operation::author(header, body, &self.own, &mut self.rng).unwrap();
        self.last = Some((seq, operation.id()));
        ControlEntry {
            device: self.own.device(),
            admission: self.admission,
            operation: operation.signed().clone(),
        }
    }

    pub(super) fn write(&mut self, body: &ControlBody) -> ControlEntry {
        self.sign(body.kind(), body.to_bytes())
    }
}

fn title(text: &str) -> ControlBody {
    let title = text.to_owned();
    ControlBody::Title(TitleBody { title })
}

/// Says that a device is somebody's no longer, which everybody may say of their own.
pub(super) fn revoked(number: usize) -> ControlBody {
    let mut device = [7; 32];
    device[..8].copy_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
    ControlBody::DeviceRevoked(DeviceRevokedBody {
        device: DeviceId::new(device),
        cuts: Vec::new(),
    })
}

/// How many of these a house holds.
fn held(town: &Town, who: usize, room: ConversationId, entries: &[ControlEntry]) -> usize {
    let ids = entries.iter().map(|entry| entry.operation.id());
    ids.filter(|id| town.room(who, room).holds(*id)).count()
}

#[test]
fn a_key_that_two_people_certify_splits_no_room() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let person = town.person(CAT);
    let role = Role::Admin;
    town.change(ANN, room, RoomChange::Role { person, role });
    town.disconnect_all();
    let (spare, puppet) = (identity("Spare", 50), identity("Puppet", 51));
    let [hers, puppets] = [town.own(CAT), puppet].map(|person| person.adopting(&spare));
    assert_eq!(hers.signing(), puppets.signing());
    // Ben sees the key as the puppet's, whom Cat lets in, and Ann as Cat's.
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    by_cat.parents = town.room(ANN, room).heads();
    let add = by_cat.write(&ControlBody::Add(AddBody {
        person: puppets.person(),
        role: Role::Member,
        since: None,
    }));
    town.hand_control(BEN, room, &[&puppets], std::slice::from_ref(&add));
    town.hand_control(ANN, room, &[&hers], &[add]);
    let word = Forger::new(&town, hers, ANN, room).write(&revoked(1));
    town.hand_control(ANN, room, &[], std::slice::from_ref(&word));
    assert!(town.room(ANN, room).holds(word.operation.id()));
    town.change(ANN, room, RoomChange::Remove { person });
    town.connect(ANN, BEN);
    town.write(BEN, room, "is she gone?");
    for who in [ANN, BEN] {
        let members = town.shown(who, room).unwrap().members;
        let people: Vec<PersonId> = members.iter().map(|member| member.person).collect();
        assert!(people.len() == 3 && !people.contains(&person), "{who}");
        assert_eq!(town.texts(who, room), ["is she gone?"]);
    }
    assert!(town.room(BEN, room).holds(word.operation.id()));
}

#[test]
fn who_serves_what_somebody_else_wrote_out_of_place_is_not_blamed_for_it() {
    let (mut town, room) = super::room();
    town.disconnect_all();
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    let first = by_cat.write(&revoked(1));
    let void = by_cat.write(&title("hers"));
    by_cat.last = by_cat.last.map(|(_, id)| (7, id));
    let unchained = by_cat.write(&revoked(8));
    by_cat.last = None;
    by_cat.logical = u64::MAX - 2;
    let late = by_cat.write(&revoked(2));
    let mut by_ben = Forger::new(&town, town.own(BEN), ANN, room);
    by_ben.admission = by_cat.admission;
    let foreign = by_ben.write(&revoked(3));
    let all = [first, void, unchained, late, foreign];
    assert!(!town.hand_control(ANN, room, &[], &all));
    let held = all.map(|entry| town.room(ANN, room).holds(entry.operation.id()));
    assert_eq!(held, [true, false, false, false, false]);
}

#[test]
fn a_member_who_fills_the_log_can_still_be_removed() {
    let (mut town, room) = super::room();
    town.disconnect_all();
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    // A title with something beside it that this version does not know, as long as may be.
    let mut body = title("hers").to_bytes();
    body[0] += 1;
    for (bytes, is_blamed) in [(31_000, true), (1_900, false)] {
        let mut body = body.clone();
        body.extend([7, 0x59]);
        body.extend(u16::try_from(bytes).unwrap().to_be_bytes());
        body.resize(body.len() + bytes, 0);
        let fat = (0..256).map(|_| by_cat.sign(Kind::Title, body.clone()));
        let fat: Vec<ControlEntry> = fat.collect();
        for who in [ANN, BEN] {
            assert_eq!(town.hand_control(who, room, &[], &fat), is_blamed);
            assert_eq!(held(&town, who, room, &fat), 0);
        }
    }
    // And what everybody may write, of which different things come to Ann and Ben.
    for (who, first) in [(ANN, 0), (BEN, 50)] {
        by_cat.last = None;
        let most = CONTROL_UNBACKED_PER_ADMISSION_MAX;
        let words = (first..first + most).map(|number| by_cat.write(&revoked(number)));
        let words: Vec<ControlEntry> = words.collect();
        town.hand_control(who, room, &[], &words);
        assert_eq!(held(&town, who, room, &words), most);
    }
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.connect_all();
    for who in [ANN, BEN] {
        assert_eq!(town.shown(who, room).unwrap().members.len(), 2, "{who}");
        town.write(who, room, &who.to_string());
    }
    assert_eq!(town.shown(CAT, room).unwrap().standing, Removed);
    assert_eq!(town.texts(ANN, room), ["0", "1"]);
    assert_eq!(town.texts(BEN, room), ["0", "1"]);
}

#[test]
fn a_member_who_says_more_than_may_be_is_out_of_the_room_for_all() {
    let (mut town, room) = super::room();
    town.disconnect_all();
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    for (who, first) in [(ANN, 0), (BEN, 500)] {
        by_cat.last = None;
        let words = (first..first + 500).map(|number| by_cat.write(&revoked(number)));
        let words: Vec<ControlEntry> = words.collect();
        town.hand_control(who, room, &[], &words);
        let most = CONTROL_UNBACKED_PER_ADMISSION_MAX + 1;
        assert_eq!(held(&town, who, room, &words), most);
    }
    town.connect_all();
    for who in [ANN, BEN] {
        assert_eq!(town.shown(who, room).unwrap().members.len(), 2, "{who}");
        town.write(who, room, &who.to_string());
    }
    assert_eq!(town.texts(ANN, room), ["0", "1"]);
    assert_eq!(town.texts(BEN, room), ["0", "1"]);
    assert_eq!(town.texts(CAT, room), [""; 0]);
}

#[test]
fn twins_beyond_the_limit_leave_two_members_with_one_room() {
    for (each, is_removed) in [
        (1_024_usize, true),
        (1_024, false),
        (10, true),
        (10, false),
        (16, true),
    ] {
        let mut town = Town::of(3);
        town.connect_all();
        let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
        town.disconnect_all();
        let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
        for (who, first) in [(ANN, 0), (BEN, each)] {
            for chunk in 0..each.div_ceil(64) {
                let numbers = first + 64 * chunk..first + each.min(64 * (chunk + 1));
                let twins: Vec<ControlEntry> = numbers
                    .map(|number| {
                        by_cat.last = None;
                        by_cat.write(&revoked(number))
                    })
                    .collect();
                town.hand_control(who, room, &[], &twins);
            }
        }
        let person = town.person(CAT);
        if is_removed && each <= CONTROL_UNBACKED_PER_ADMISSION_MAX {
            town.change(ANN, room, RoomChange::Remove { person });
        }
        town.connect(ANN, BEN);
        let [anns, bens] = [ANN, BEN].map(|who| town.room(who, room).membership().clone());
        assert_eq!(anns.members(), bens.members(), "{each} {is_removed}");
        assert_eq!(anns.members().len(), 2, "{each} {is_removed}");
        assert_eq!(anns.admissions(), bens.admissions());
        town.write(ANN, room, "one room");
        assert_eq!(town.texts(BEN, room), ["one room"]);
    }
}

#[test]
fn what_is_written_on_a_device_that_nobody_would_keep_reaches_all_with_what_builds_on_it() {
    let mut town = Town::knowing(4, &[(ANN, BEN), (ANN, CAT), (BEN, DAN), (ANN, DAN)]);
    for other in [BEN, CAT, DAN] {
        town.connect(ANN, other);
    }
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    town.disconnect_all();
    let cat = town.own(CAT);
    // With her own, one device more than is kept of a person.
    let spare = |seed: usize| cat.adopting(&identity("Spare", u8::try_from(seed).unwrap()));
    let devices: Vec<OwnIdentity> = (100..100 + DEVICES_MAX).map(spare).collect();
    for device in &devices {
        town.hand_control(ANN, room, &[device], &[]);
        town.hand_control(BEN, room, &[device], &[]);
    }
    let extra = devices.last().unwrap();
    let word = Forger::new(&town, spare(100 + DEVICES_MAX - 1), ANN, room).write(&revoked(1));
    let id = word.operation.id();
    town.hand_control(ANN, room, &[extra], std::slice::from_ref(&word));
    assert!(town.room(ANN, room).holds(id));
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.connect(ANN, BEN);
    town.disconnect_all();
    town.restart(BEN);
    town.connect(BEN, DAN);
    for who in [ANN, BEN, DAN] {
        assert!(town.room(who, room).holds(id), "{who}");
        assert_eq!(town.shown(who, room).unwrap().members.len(), 3, "{who}");
    }
}

#[test]
fn a_junior_admin_who_fills_the_log_is_removed_by_who_is_above_them() {
    let (mut town, room) = super::room();
    let [ben, cat] = [BEN, CAT].map(|who| town.person(who));
    for person in [ben, cat] {
        let role = Role::Admin;
        town.change(ANN, room, RoomChange::Role { person, role });
    }
    town.disconnect_all();
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    by_cat.parents = town.room(ANN, room).heads();
    // As many as an Add may say without being over its own limit: half a room's bytes, and more.
    let since = |number: usize| {
        let position = |at: usize| Position {
            actor: ActorId::new(*DeviceId::new([u8::try_from(at).unwrap(); 32]).as_bytes()),
            seq: 1,
            head: OperationId::new([u8::try_from(number % 256).unwrap(); 32]),
        };
        (0..VECTOR_ACTORS_MAX).map(position).collect()
    };
    let mut first = 0;
    for who in [ANN, BEN] {
        for _ in 0..180 {
            by_cat.last = None;
            let fat: Vec<ControlEntry> = (first..first + 2)
                .map(|number| {
                    by_cat.last = None;
                    by_cat.write(&ControlBody::Add(AddBody {
                        person: cat,
                        role: Role::Member,
                        since: Some(since(number)),
                    }))
                })
                .collect();
            first += 2;
            town.hand_control(who, room, &[], &fat);
        }
    }
    town.change(BEN, room, RoomChange::Remove { person: cat });
    for _ in 0..2 {
        // Ann lacks what Ben builds on, and takes it when it comes again.
        town.disconnect_all();
        town.connect(ANN, BEN);
    }
    for who in [ANN, BEN] {
        let (held, membership) = (town.room(who, room), town.room(who, room).membership());
        assert!(held.records().len() > 150);
        let first = membership.admission(by_cat.admission).unwrap();
        assert_eq!(first.standing, Standing::Removed, "{who}");
    }
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
