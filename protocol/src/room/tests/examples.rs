//! Rooms that tell a story.

use super::dag::{Act, Dag, Op, ROOM, bit, device};
use super::oracle::{check, check_next, is_member, log, resolved};
use crate::id::OperationId;
use crate::room::{
    AdmissionCut, Author, ControlBody, ControlLog, ControlOperation, Cut, DeviceCut, Member,
    Membership, Refusal, Role, Standing,
};

const ANN: usize = 1;
const BEN: usize = 2;
const CAT: usize = 3;

fn add(person: usize) -> Act {
    let role = Role::Member;
    Act::Add { person, role }
}

fn add_admin(person: usize) -> Act {
    let role = Role::Admin;
    Act::Add { person, role }
}

/// A creator who added these, each upon all before: operations 1, 2, 3.
fn room_of(acts: &[Act]) -> Dag {
    let mut dag = Dag::created();
    for act in acts {
        dag.on_top(0, *act);
    }
    dag
}

fn checked(dag: &Dag) -> Membership {
    let membership = resolved(dag);
    check(dag, &membership);
    membership
}

fn valid(dag: &Dag, number: usize) -> bool {
    checked(dag).is_valid(dag.id(number))
}

#[test]
fn a_new_room_has_its_creator_as_admin() {
    let membership = checked(&Dag::created());
    assert_eq!(membership.title(), Some("Harbour"));
    assert_eq!(membership.disappears_after(), None);
    let (_, creator) = membership.members().first_key_value().unwrap();
    let expected = Member {
        role: Role::Admin,
        admissions: vec![ROOM.into()],
    };
    assert_eq!((membership.members().len(), creator), (1, &expected));
}

#[test]
fn of_two_admins_who_remove_each_other_the_senior_stays() {
    let mut dag = room_of(&[add_admin(ANN), add_admin(BEN)]);
    let known = dag.all();
    let by_ann = dag.write(1, 0, known, Act::Remove(2));
    let by_ben = dag.write(2, 0, known, Act::Remove(1));
    assert!(valid(&dag, by_ann) && !valid(&dag, by_ben));
    let membership = checked(&dag);
    assert!(is_member(&membership, ANN) && !is_member(&membership, BEN));
}

#[test]
fn three_admins_who_remove_each_other_in_a_ring_are_decided_from_the_top() {
    let mut dag = room_of(&[add_admin(ANN), add_admin(BEN), add_admin(CAT)]);
    let known = dag.all();
    let by_ann = dag.write(1, 0, known, Act::Remove(2));
    let by_ben = dag.write(2, 0, known, Act::Remove(3));
    let by_cat = dag.write(3, 0, known, Act::Remove(1));
    assert!(valid(&dag, by_ann) && !valid(&dag, by_ben) && !valid(&dag, by_cat));
    let membership = checked(&dag);
    assert!(
        is_member(&membership, CAT),
        "the removal of Cat was by Ben, who was removed beside it"
    );
}

#[test]
fn whom_a_removed_admin_had_added_before_stays() {
    let mut dag = room_of(&[add_admin(ANN)]);
    dag.on_top(1, add(BEN));
    dag.on_top(0, Act::Remove(1));
    let membership = checked(&dag);
    assert!(is_member(&membership, BEN) && !is_member(&membership, ANN));
}

#[test]
fn whom_a_removed_admin_adds_beside_the_removal_is_no_member() {
    let mut dag = room_of(&[add_admin(ANN)]);
    let known = dag.all();
    dag.on_top(0, Act::Remove(1));
    let backdated = dag.write(1, 0, known, add(BEN));
    assert!(!valid(&dag, backdated));
    assert!(!is_member(&checked(&dag), BEN));
}

#[test]
fn an_add_that_does_not_know_of_the_removal_brings_nobody_back() {
    let mut dag = room_of(&[add_admin(ANN), add(BEN)]);
    let known = dag.all();
    dag.on_top(0, Act::Remove(2));
    let stale = dag.write(1, 0, known, add(BEN));
    let membership = checked(&dag);
    let state = membership.admission(dag.admission_id(stale)).unwrap();
    assert_eq!(state.standing, Standing::Void);
    assert!(!is_member(&membership, BEN));
}

#[test]
fn an_add_that_knows_of_the_removal_does_and_gives_a_new_admission() {
    let mut dag = room_of(&[add(ANN)]);
    dag.on_top(0, Act::Remove(1));
    let again = dag.on_top(0, add(ANN));
    let membership = checked(&dag);
    assert!(is_member(&membership, ANN));
    let states = [1, again].map(|one| membership.admission(dag.admission_id(one)).unwrap());
    assert_eq!(
        states.map(|state| state.standing),
        [Standing::Removed, Standing::Stands]
    );
}

#[test]
fn who_left_is_not_brought_back_by_an_add_beside_it() {
    let mut dag = room_of(&[add(ANN)]);
    let known = dag.all();
    dag.on_top(1, Act::Leave);
    dag.write(0, 0, known, add(ANN));
    assert!(!is_member(&checked(&dag), ANN));
}

#[test]
fn a_demotion_takes_effect_beside_and_after_and_leaves_what_was_before() {
    let mut dag = room_of(&[add_admin(ANN)]);
    let before = dag.on_top(1, add(BEN));
    let known = dag.all();
    dag.on_top(0, Act::Role(1, Role::Member));
    let after = dag.on_top(1, add(CAT));
    let membership = checked(&dag);
    assert!(membership.is_valid(dag.id(before)) && !membership.is_valid(dag.id(after)));
    let mut dag = room_of(&[add_admin(ANN)]);
    dag.on_top(1, add(BEN));
    dag.on_top(0, Act::Role(1, Role::Member));
    let beside = dag.write(1, 0, known, add(CAT));
    assert!(!valid(&dag, beside));
}

#[test]
fn when_the_creator_leaves_the_most_senior_member_is_heir_and_may_promote_itself() {
    let mut dag = room_of(&[add(ANN), add(BEN)]);
    dag.on_top(0, Act::Leave);
    let membership = checked(&dag);
    assert_eq!(membership.heir(), Some(dag.admission_id(1)));
    let promoted = dag.on_top(1, Act::Role(1, Role::Admin));
    let usurped = dag.on_top(2, Act::Role(2, Role::Admin));
    let membership = checked(&dag);
    assert!(membership.is_valid(dag.id(promoted)) && !membership.is_valid(dag.id(usurped)));
    assert_eq!(membership.heir(), None);
}

#[test]
fn two_devices_of_one_admin_act_as_one_person() {
    let mut dag = room_of(&[add_admin(ANN)]);
    let known = dag.all();
    let first = dag.write(1, 0, known, add(BEN));
    let second = dag.write(1, 1, known, add(CAT));
    let membership = checked(&dag);
    assert!(membership.is_valid(dag.id(first)) && membership.is_valid(dag.id(second)));
    dag.on_top(0, Act::Remove(1));
    let late = dag.write(1, 1, known, Act::Leave);
    assert!(!valid(&dag, late));
}

#[test]
fn a_stolen_device_of_the_creator_is_shut_out_by_another() {
    let mut dag = room_of(&[add(ANN)]);
    let known = dag.all();
    let stolen = Act::Revoke {
        person: 0,
        device: 1,
    };
    let revoked = dag.write(0, 0, known, stolen);
    let theft = dag.write(0, 1, known, Act::Remove(1));
    let back = dag.write(
        0,
        1,
        known,
        Act::Revoke {
            person: 0,
            device: 0,
        },
    );
    let membership = checked(&dag);
    assert!(membership.is_valid(dag.id(revoked)) && !membership.is_valid(dag.id(theft)));
    assert!(
        membership.is_valid(dag.id(back)),
        "each may revoke the other: then neither writes"
    );
    assert!(is_member(&membership, ANN));
    for number in [0, 1] {
        assert!(membership.is_revoked(ROOM.into(), device(0, number)));
    }
}

#[test]
fn a_device_is_revoked_by_its_person_or_a_senior_admin_and_nobody_else() {
    let mut dag = room_of(&[add(ANN), add_admin(BEN)]);
    let of_ann = Act::Revoke {
        person: ANN,
        device: 0,
    };
    let of_ben = Act::Revoke {
        person: BEN,
        device: 0,
    };
    dag.on_top(2, of_ann);
    dag.on_top(1, of_ben);
    let membership = checked(&dag);
    assert!(
        !membership.is_revoked(dag.admission_id(1), device(ANN, 0)),
        "Ann is senior"
    );
    assert!(
        !membership.is_revoked(dag.admission_id(2), device(BEN, 0)),
        "Ann is no admin"
    );
    dag.on_top(0, of_ben);
    let membership = checked(&dag);
    assert!(membership.is_revoked(dag.admission_id(2), device(BEN, 0)));
}

#[test]
fn a_later_title_replaces_an_earlier_and_the_senior_wins_beside() {
    let mut dag = room_of(&[add_admin(ANN)]);
    let known = dag.all();
    dag.write(1, 0, known, Act::Title);
    assert_eq!(checked(&dag).title(), Some("Pier"));
}

#[test]
fn what_needs_a_newer_version_suspends_admins_if_an_admin_wrote_it() {
    let mut dag = room_of(&[add_admin(ANN), add(BEN)]);
    dag.on_top(2, Act::Unknown);
    let membership = checked(&dag);
    assert!(
        !membership.needs_newer_version(),
        "a member without authority stops nobody"
    );
    dag.on_top(1, Act::Unknown);
    let membership = checked(&dag);
    assert!(membership.needs_newer_version());
    let ann = dag.author(&dag.ops[dag.last(1, 0).unwrap()]);
    let refused = membership.may(ann, &dag.body(add(CAT)));
    assert_eq!(refused, Err(Refusal::NeedsNewerVersion));
    assert_eq!(membership.may(ann, &dag.body(Act::Leave)), Ok(()));
}

#[test]
fn an_unknown_word_of_a_junior_admin_stops_no_senior() {
    let mut dag = room_of(&[add_admin(ANN), add_admin(BEN), add_admin(CAT)]);
    dag.on_top(BEN, Act::Unknown);
    let membership = checked(&dag);
    assert!(membership.needs_newer_version());
    let author = |dag: &Dag, number| {
        dag.author(&Op {
            admission: number,
            person: number,
            ..dag.ops[0]
        })
    };
    let may = |number, act| membership.may(author(&dag, number), &dag.body(act));
    for senior in [0, ANN] {
        assert_eq!(may(senior, Act::Remove(BEN)), Ok(()), "{senior}");
        assert_eq!(may(senior, Act::Title), Ok(()), "{senior}");
    }
    for (other, act) in [(BEN, Act::Remove(CAT)), (CAT, Act::Title)] {
        assert_eq!(may(other, act), Err(Refusal::NeedsNewerVersion), "{other}");
    }
    let removal = dag.on_top(ANN, Act::Remove(BEN));
    let membership = checked(&dag);
    assert!(membership.is_valid(dag.id(removal)));
    assert_eq!(
        membership.may(author(&dag, CAT), &dag.body(Act::Title)),
        Ok(()),
        "nobody waits for what somebody who was removed wrote"
    );
    assert!(!membership.needs_newer_version());
}

#[test]
fn a_refusal_says_why() {
    let mut dag = room_of(&[add_admin(ANN), add(BEN)]);
    let left = dag.on_top(0, add(CAT));
    dag.on_top(left, Act::Leave);
    let membership = checked(&dag);
    let author = |admission: usize, person: usize| Author {
        person: super::dag::person(person),
        device: device(person, 0),
        admission: dag.admission_id(admission),
    };
    let may = |author, act| membership.may(author, &dag.body(act));
    assert_eq!(may(author(1, ANN), Act::Remove(2)), Ok(()));
    assert_eq!(may(author(1, ANN), Act::Remove(0)), Err(Refusal::NotJunior));
    assert_eq!(may(author(2, BEN), add(CAT)), Err(Refusal::NotAnAdmin));
    assert_eq!(may(author(2, ANN), Act::Leave), Err(Refusal::NotAMember));
    assert_eq!(may(author(left, CAT), Act::Leave), Err(Refusal::NotAMember));
    assert_eq!(may(author(1, ANN), Act::Create), Err(Refusal::Kind));
    let mut foreign = dag.body(Act::Remove(2));
    if let ControlBody::Remove(body) = &mut foreign {
        body.person = super::dag::person(CAT);
    }
    let refused = membership.may(author(1, ANN), &foreign);
    assert_eq!(refused, Err(Refusal::UnknownAdmission));
}

/// The operation with cuts put into its body.
fn cutting(dag: &Dag, number: usize, seq: u64, head: u8) -> ControlOperation {
    let mut operation = dag.control(number);
    let head = OperationId::new([head; 32]);
    let of_device = DeviceCut {
        device: device(ANN, 0),
        seq,
        head,
    };
    match &mut operation.body {
        ControlBody::Remove(body) => body.cuts = vec![of_device],
        ControlBody::Leave(body) => body.cuts = vec![of_device],
        ControlBody::DeviceRevoked(body) => {
            let admission = dag.admission_id(1);
            body.cuts = vec![AdmissionCut {
                admission,
                seq,
                head,
            }];
        }
        _ => panic!("no cuts in {operation:?}"),
    }
    operation
}

#[test]
fn of_several_cuts_the_highest_counts_and_what_none_names_is_cut_whole() {
    let mut dag = room_of(&[add(ANN), add_admin(BEN)]);
    let known = dag.all();
    let mut log = log(&dag, 0..3);
    assert_eq!(log.resolve().cut(dag.admission_id(1), device(ANN, 0)), None);
    let removals = [(5, 9), (7, 8), (7, 6)].map(|(seq, head)| {
        let removal = dag.write(0, 0, known, Act::Remove(1));
        log.insert(cutting(&dag, removal, seq, head)).unwrap();
        Cut {
            seq,
            head: Some(OperationId::new([head; 32])),
        }
    });
    let membership = log.resolve();
    assert_eq!(
        membership.cut(dag.admission_id(1), device(ANN, 0)),
        Some(removals[2])
    );
    let nothing = Cut { seq: 0, head: None };
    assert_eq!(
        membership.cut(dag.admission_id(1), device(ANN, 1)),
        Some(nothing)
    );
    assert_eq!(membership.cut(dag.admission_id(2), device(BEN, 0)), None);
}

#[test]
fn a_revoked_device_is_cut_where_it_says_and_no_other_is() {
    let mut dag = room_of(&[add(ANN)]);
    let revoked = dag.write(
        1,
        1,
        dag.all(),
        Act::Revoke {
            person: ANN,
            device: 0,
        },
    );
    let mut log: ControlLog = log(&dag, 0..2);
    log.insert(cutting(&dag, revoked, 4, 2)).unwrap();
    let membership = log.resolve();
    let cut = Cut {
        seq: 4,
        head: Some(OperationId::new([2; 32])),
    };
    assert_eq!(
        membership.cut(dag.admission_id(1), device(ANN, 0)),
        Some(cut)
    );
    assert_eq!(membership.cut(dag.admission_id(1), device(ANN, 1)), None);
}

#[test]
fn a_removal_that_is_void_cuts_nothing() {
    let mut dag = room_of(&[add(ANN), add(BEN)]);
    let void = dag.on_top(2, Act::Remove(1));
    let mut log = log(&dag, 0..3);
    log.insert(cutting(&dag, void, 4, 2)).unwrap();
    assert_eq!(log.resolve().cut(dag.admission_id(1), device(ANN, 0)), None);
}

#[test]
fn a_backdated_removal_of_one_who_was_removed_since_is_void() {
    let mut dag = room_of(&[add_admin(ANN), add(BEN)]);
    let known = dag.all();
    dag.on_top(0, Act::Remove(1));
    let stale = dag.write(1, 0, bit(1) | bit(2) | known, Act::Remove(2));
    assert!(!valid(&dag, stale));
    assert!(is_member(&checked(&dag), BEN));
}

/// The revocation of a device, written on the other one, upon all there is.
fn revoked_by_the_other_device(dag: &Dag, membership: &Membership) {
    let act = Act::Revoke {
        person: ANN,
        device: 0,
    };
    let next = Op {
        admission: 2,
        person: ANN,
        device: 1,
        act,
        ..dag.ops[0]
    };
    let log = log(dag, 0..dag.ops.len());
    check_next(dag, membership, &log, next);
}

/// What somebody wrote by seniority after a void word that would have made them an admin: their other device
/// names it, though it is no admin's, lest it end what it builds on.
#[test]
fn whoever_revokes_a_device_of_theirs_builds_on_what_it_wrote_by_seniority() {
    let mut dag = Dag::created();
    dag.write(0, 0, bit(0), Act::Leave);
    dag.write(0, 1, bit(0), add(ANN));
    let void = dag.on_top(0, Act::Role(2, Role::Admin));
    let word = dag.on_top(2, add_admin(ANN));
    let membership = checked(&dag);
    assert!(!membership.is_valid(dag.id(void)));
    assert!(membership.is_valid(dag.id(word)));
    revoked_by_the_other_device(&dag, &membership);
}

#[test]
fn whoever_revokes_a_device_of_theirs_builds_on_its_leaving_after_a_void_word() {
    let mut dag = Dag::created();
    dag.on_top(0, add_admin(0));
    dag.write(0, 1, bit(0), add(ANN));
    let void = dag.write(1, 1, dag.all(), Act::Role(2, Role::Admin));
    let leave = dag.on_top(2, Act::Leave);
    let membership = checked(&dag);
    assert!(!membership.is_valid(dag.id(void)));
    assert!(membership.is_valid(dag.id(leave)));
    revoked_by_the_other_device(&dag, &membership);
}
