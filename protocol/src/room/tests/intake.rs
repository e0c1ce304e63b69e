//! What the intake takes, passes over, and takes after all; and that it comes to the same for all.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::dag::{Act, Dag, ROOM, bit, device, person};
use super::held::{fill, id, titles};
use super::oracle::strict;
use super::random::any_mixed_room;
use crate::id::{ActorId, OperationId, PersonId};
use crate::room::{
    AddBody, ControlBody, ControlError, ControlLog, ControlOperation, DeviceCut, Intake, LeaveBody,
    Membership, Refusal, Role, Standing, effort,
};
use crate::time::LogicalTime;
use crate::wire::limits::{
    CONTROL_AWAITED_MAX, CONTROL_BYTES_MAX, CONTROL_HEADS_MAX, CONTROL_OPERATIONS_MAX,
    CONTROL_OWED_PER_ADMISSION_MAX, CONTROL_PASSED_OVER_BYTES_MAX, CONTROL_STALE_BYTES_MAX,
    CONTROL_STALE_MAX, CONTROL_UNBACKED_MAX, CONTROL_UNBACKED_PER_ADMISSION_MAX,
    CONTROL_UNRESOLVED_MAX,
};

pub(super) const fn add(person: usize, role: Role) -> Act {
    Act::Add { person, role }
}

/// A creator, who let in these.
pub(super) fn room(admitted: &[Act]) -> (Dag, Intake<()>) {
    let mut dag = Dag::created();
    for act in admitted {
        dag.on_top(0, *act);
    }
    let mut intake = Intake::new(ROOM);
    offer_all(
        &mut intake,
        (0..dag.ops.len()).map(|number| dag.control(number)),
    );
    (dag, intake)
}

#[test]
fn of_what_we_write_to_no_effect_nothing_is_held() {
    let (mut dag, mut intake) = room(&[add(1, Role::Admin)]);
    let known = dag.all();
    let demoted = dag.write(0, 0, known, Act::Role(1, Role::Member));
    offer_all(&mut intake, [dag.control(demoted)]);
    let (before, heads) = (intake.membership().clone(), intake.log().heads());
    // Beside what took the right to it away.
    let title = dag.write(1, 0, known, Act::Title);
    assert_eq!(intake.write(dag.control(title)), Err(Refusal::Void));
    assert!(!intake.log().contains(dag.control(title).id()));
    assert_eq!(
        (intake.membership(), intake.log().heads()),
        (&before, heads)
    );
    let left = dag.write(0, 0, known | bit(demoted), Act::Title);
    assert_eq!(intake.write(dag.control(left)), Ok(()));
}

/// Offers operations, as a session does that shows them in one message; returns how many are held.
pub(super) fn offer_all(
    intake: &mut Intake<()>,
    operations: impl IntoIterator<Item = ControlOperation>,
) -> usize {
    let mut held = 0;
    for operation in operations {
        held += intake.offer(operation, ()).map_or(0, |taken| taken.len());
    }
    intake.resolve();
    held
}

/// An id that is none of a [`Dag`]'s.
pub(super) fn other_id(number: usize) -> OperationId {
    let mut bytes = *id(number).as_bytes();
    bytes[31] = 0x77;
    OperationId::new(bytes)
}

/// Many operations with one number, by one author: twins of this one.
pub(super) fn twins(
    of: &ControlOperation,
    numbers: std::ops::Range<usize>,
) -> Vec<ControlOperation> {
    let twin = |number| ControlOperation {
        id: other_id(number),
        ..of.clone()
    };
    numbers.map(twin).collect()
}

/// The like, each by a device of its own.
pub(super) fn by_many_devices(
    of: &ControlOperation,
    numbers: std::ops::Range<usize>,
) -> Vec<ControlOperation> {
    let mut all = twins(of, numbers);
    for one in &mut all {
        one.actor = ActorId::new(*one.id.as_bytes());
        (one.seq, one.prev) = (1, None);
        one.parents = vec![OperationId::new(*one.author.admission.as_bytes())];
    }
    all
}

#[test]
fn a_room_holds_its_maximum_of_its_creators_and_no_more() {
    let mut intake = Intake::new(ROOM);
    let create = titles(1).remove(0);
    let all = [vec![create], fill(CONTROL_OPERATIONS_MAX + 1)].concat();
    assert_eq!(offer_all(&mut intake, all), CONTROL_OPERATIONS_MAX);
    assert_eq!(intake.log().len(), CONTROL_OPERATIONS_MAX);
    let mut own = titles(2).remove(1);
    own.id = other_id(0);
    let full = Err(Refusal::Limit(ControlError::RoomFull));
    assert_eq!(intake.write(own), full);
}

#[test]
fn as_many_are_held_as_may_be_before_the_room_is_resolved_anew() {
    let mut intake = Intake::new(ROOM);
    let offer = |intake: &mut Intake<()>, operation| {
        let (taken, resolutions, _) = effort::of(|| intake.offer(operation, ()));
        assert_eq!(taken.unwrap().len(), 1);
        resolutions
    };
    let mut all = titles(CONTROL_UNRESOLVED_MAX + 1).into_iter();
    for operation in all.by_ref().take(CONTROL_UNRESOLVED_MAX) {
        assert_eq!(offer(&mut intake, operation), 0);
    }
    assert_eq!(offer(&mut intake, all.next().unwrap()), 1);
}

#[test]
fn an_admin_who_fills_the_room_leaves_room_for_every_senior() {
    let admins = [
        add(1, Role::Admin),
        add(2, Role::Admin),
        add(3, Role::Admin),
    ];
    let (mut dag, mut intake) = room(&admins);
    let known = dag.all();
    let of = |dag: &mut Dag, admission| {
        let number = dag.write(admission, 0, known, Act::Title);
        dag.control(number)
    };
    let mut first = 0;
    // From the most junior to the creator: each has more than all below them.
    for (admission, eighths) in [(3, 4 + 1), (2, 4 + 1), (1, 4 + 2), (0, 8)] {
        let fitting = match admission {
            // Three admins above: half of the half's half's half is left over.
            3 => CONTROL_OPERATIONS_MAX / 2 + CONTROL_OPERATIONS_MAX / 16,
            _ => CONTROL_OPERATIONS_MAX / 8 * eighths,
        };
        let mut title = of(&mut dag, admission);
        if admission == 0 {
            title.author.admission = ROOM.into();
        }
        let more = fitting - intake.log().len();
        let mut all = by_many_devices(&title, first..first + more + 1);
        first += more + 1;
        if admission == 0 {
            for one in &mut all {
                one.parents = vec![dag.id(0)];
            }
        }
        assert_eq!(offer_all(&mut intake, all), more, "{admission}");
        assert_eq!(intake.log().len(), fitting);
    }
}

#[test]
fn control_is_of_as_many_bytes_as_may_be_and_no_more() {
    let (dag, mut intake) = room(&[]);
    let mut title = titles(2).remove(1);
    title.bytes = CONTROL_BYTES_MAX
        - intake
            .log()
            .operations()
            .map(|one| one.bytes)
            .sum::<usize>();
    title.prev = Some(dag.id(0));
    let mut longer = title.clone();
    longer.bytes += 1;
    let full = Err(Refusal::Limit(ControlError::RoomFull));
    assert_eq!(intake.write(longer), full);
    assert_eq!(intake.write(title), Ok(()));
}

/// Ann's room of herself and Ben, who has no authority, with a Leave of his.
pub(super) fn leaving() -> (Dag, Intake<()>, ControlOperation) {
    let (mut dag, intake) = room(&[add(1, Role::Member)]);
    let known = dag.all();
    let left = dag.write(1, 0, known, Act::Leave);
    let left = dag.control(left);
    dag.ops.pop();
    (dag, intake, left)
}

pub(super) fn standing(intake: &Intake<()>, dag: &Dag, admission: usize) -> Standing {
    let state = intake.membership().admission(dag.admission_id(admission));
    state.unwrap().standing
}

#[test]
fn as_much_counts_without_authority_as_may_and_with_one_more_nothing_of_it_does() {
    let (dag, mut intake, left) = leaving();
    let most = CONTROL_UNBACKED_PER_ADMISSION_MAX;
    let all = by_many_devices(&left, 0..most + 2);
    assert_eq!(offer_all(&mut intake, all[..most].to_vec()), most);
    assert!(
        all[..most]
            .iter()
            .all(|one| intake.membership().is_valid(one.id))
    );
    assert_eq!(standing(&intake, &dag, 1), Standing::Left);
    assert_eq!(offer_all(&mut intake, [all[most].clone()]), 1);
    assert!(!all.iter().any(|one| intake.membership().is_valid(one.id)));
    assert_eq!(standing(&intake, &dag, 1), Standing::Left);
    assert_eq!(offer_all(&mut intake, [all[most + 1].clone()]), 0);
    // Of ours, we write none that would be too much.
    let own = intake.membership().may(left.author, &left.body);
    assert!(own.is_err());
}

#[test]
fn a_member_without_authority_is_told_when_they_have_said_all_they_may() {
    let (mut dag, mut intake, _) = leaving();
    let known = dag.all();
    let revoked = dag.write(
        1,
        0,
        known,
        Act::Revoke {
            person: 1,
            device: 9,
        },
    );
    let revoked = dag.control(revoked);
    let most = CONTROL_UNBACKED_PER_ADMISSION_MAX;
    offer_all(&mut intake, by_many_devices(&revoked, 0..most - 1));
    assert_eq!(
        intake.membership().may(revoked.author, &revoked.body),
        Ok(())
    );
    offer_all(&mut intake, by_many_devices(&revoked, most - 1..most));
    let refused = intake.membership().may(revoked.author, &revoked.body);
    assert_eq!(refused, Err(ControlError::AdmissionFull.into()));
}

#[test]
fn of_too_much_without_authority_it_does_not_matter_what_came() {
    let (_, mut one, left) = leaving();
    let (_, mut other, _) = leaving();
    let most = CONTROL_UNBACKED_PER_ADMISSION_MAX + 1;
    assert_eq!(offer_all(&mut one, by_many_devices(&left, 0..100)), most);
    assert_eq!(offer_all(&mut other, twins(&left, 100..200)), most);
    assert_eq!(one.membership(), other.membership());
    meet(&mut one, &mut other);
    assert_eq!(one.membership(), other.membership());
}

#[test]
fn too_much_without_authority_is_too_much_after_what_no_version_understands() {
    let (mut dag, mut one, _) = leaving();
    dag.on_top(0, Act::Unknown);
    let known = dag.all();
    let left = dag.write(1, 0, known, Act::Leave);
    let mut left = dag.control(left);
    left.logical = LogicalTime::new(50);
    offer_all(&mut one, [dag.control(2)]);
    let three = [0, 100, 200].map(|first| {
        let mut intake = Intake::over(one.log().clone());
        let mut all = by_many_devices(&left, first..first + 100);
        for (seq, one) in (1..).zip(&mut all) {
            one.parents = vec![dag.id(2)];
            one.body = ControlBody::Leave(LeaveBody {
                cuts: vec![DeviceCut {
                    device: device(1, 0),
                    seq,
                    head: one.id,
                }],
            });
        }
        let most = CONTROL_UNBACKED_PER_ADMISSION_MAX + 1;
        assert_eq!(offer_all(&mut intake, all.clone()), most);
        assert!(!all.iter().any(|one| intake.membership().is_valid(one.id)));
        assert_eq!(standing(&intake, &dag, 1), Standing::Left);
        intake
    });
    let [first, second, third] = &three;
    assert_eq!(first.membership(), second.membership());
    assert_eq!(first.membership(), third.membership());
}

#[test]
fn what_somebody_with_authority_builds_on_is_taken_although_there_is_no_room() {
    let (mut dag, mut one, left) = leaving();
    let (_, mut other, _) = leaving();
    let most = CONTROL_UNBACKED_PER_ADMISSION_MAX;
    let named = by_many_devices(&left, 0..most);
    offer_all(&mut one, named.clone());
    offer_all(&mut other, by_many_devices(&left, 100..200));
    let known = dag.all();
    let removal = dag.write(0, 0, known, Act::Remove(1));
    let mut removal = dag.control(removal);
    removal.parents = one
        .log()
        .parents(one.membership(), removal.author, &removal.body);
    removal.logical = LogicalTime::new(50);
    assert!(named.iter().all(|one| removal.parents.contains(&one.id)));
    assert_eq!(one.write(removal.clone()), Ok(()));
    one.resolve();
    assert_eq!(offer_all(&mut other, named), 0);
    let taken = other.offer(removal.clone(), ()).unwrap();
    let taken: Vec<OperationId> = taken.into_iter().map(|(id, ())| id).collect();
    assert_eq!((taken.len(), taken.last()), (most + 1, Some(&removal.id)));
    other.resolve();
    for intake in [&one, &other] {
        assert_eq!(standing(intake, &dag, 1), Standing::Removed);
    }
    assert_eq!(one.membership().members(), other.membership().members());
}

#[test]
fn what_somebody_without_authority_builds_on_is_not_taken_for_that() {
    let (mut dag, mut intake, left) = leaving();
    offer_all(&mut intake, by_many_devices(&left, 0..100));
    let more = by_many_devices(&left, 200..201);
    assert_eq!(offer_all(&mut intake, more.clone()), 0);
    let known = dag.all();
    let upon = dag.write(1, 1, known, Act::Leave);
    let mut upon = dag.control(upon);
    upon.parents.push(more[0].id);
    upon.parents.sort_unstable();
    assert_eq!(offer_all(&mut intake, [upon]), 0);
}

#[test]
fn of_those_who_were_removed_some_is_kept_and_no_more() {
    let (mut dag, mut intake) = room(&[add(1, Role::Admin)]);
    let known = dag.all();
    let title = dag.write(1, 0, known, Act::Title);
    let removal = dag.write(0, 0, known, Act::Remove(1));
    offer_all(&mut intake, [dag.control(removal)]);
    let all = by_many_devices(&dag.control(title), 0..CONTROL_STALE_MAX + 1);
    assert_eq!(offer_all(&mut intake, all), CONTROL_STALE_MAX);
    let on_top = dag.write(0, 0, known | bit(removal), Act::Title);
    assert_eq!(offer_all(&mut intake, [dag.control(on_top)]), 1);
}

#[test]
fn of_those_who_were_removed_as_many_bytes_are_kept_as_may_be_and_no_more() {
    let (mut dag, mut intake) = room(&[add(1, Role::Admin)]);
    let known = dag.all();
    let title = dag.write(1, 0, known, Act::Title);
    let removal = dag.write(0, 0, known, Act::Remove(1));
    offer_all(&mut intake, [dag.control(removal)]);
    let mut all = by_many_devices(&dag.control(title), 0..2);
    all[0].bytes = CONTROL_STALE_BYTES_MAX - 100;
    for (bytes, held) in [(101, 0), (100, 1)] {
        let mut intake = Intake::over(intake.log().clone());
        let [first, mut second] = [all[0].clone(), all[1].clone()];
        second.bytes = bytes;
        assert_eq!(offer_all(&mut intake, [first]), 1);
        assert_eq!(offer_all(&mut intake, [second]), held);
    }
}

/// Ann's room with Ben, who was made an admin and is one no longer; and so many titles of his that do
/// not know it, each upon the one before, and a Leave upon them. Of those without effect, none is kept.
fn demoted(titles: usize) -> (Intake<()>, Vec<ControlOperation>) {
    let (mut dag, _) = room(&[add(1, Role::Member)]);
    dag.on_top(0, Act::Role(1, Role::Admin));
    let known = dag.all();
    dag.on_top(0, Act::Role(1, Role::Member));
    let mut intake = small(&dag, 0);
    let held = (0..dag.ops.len()).map(|number| dag.control(number));
    offer_all(&mut intake, held);
    let of_ben = [Act::Title, Act::Leave].map(|act| {
        let mut dag = dag.clone();
        let number = dag.write(1, 0, known, act);
        dag.control(number)
    });
    let mut chain: Vec<ControlOperation> = Vec::new();
    for number in 0..=titles {
        let act = usize::from(number == titles);
        chain.push(ControlOperation {
            id: other_id(number),
            seq: u64::try_from(number + 1).unwrap(),
            prev: chain.last().map(|prev| prev.id),
            logical: LogicalTime::new(u64::try_from(number + 10).unwrap()),
            ..of_ben[act].clone()
        });
    }
    (intake, chain)
}

#[test]
fn what_a_member_leaves_upon_is_taken_for_that_unless_it_is_too_much() {
    let most = CONTROL_OWED_PER_ADMISSION_MAX;
    let (mut intake, chain) = demoted(most);
    let (left, titles) = chain.split_last().unwrap();
    assert_eq!(offer_all(&mut intake, titles.to_vec()), 0);
    assert_eq!(offer_all(&mut intake, [left.clone()]), most + 1);
    assert!(intake.membership().is_valid(left.id));
    let (mut intake, chain) = demoted(most + 1);
    assert_eq!(offer_all(&mut intake, chain), 0);
}

#[test]
fn what_was_lacking_is_taken_when_it_comes_again_unless_it_is_too_much() {
    let each = CONTROL_HEADS_MAX;
    for (extra, taken) in [(0, 1), (1, 0)] {
        let (mut dag, mut intake, left) = leaving();
        offer_all(&mut intake, by_many_devices(&left, 0..100));
        let lacking = by_many_devices(&left, 200..200 + CONTROL_AWAITED_MAX + extra);
        let title = dag.write(0, 0, bit(0), Act::Title);
        let upon = by_many_devices(
            &dag.control(title),
            2000..2000 + lacking.len().div_ceil(each),
        );
        for (mut upon, lacking) in upon.into_iter().zip(lacking.chunks(each)) {
            upon.parents = lacking.iter().map(ControlOperation::id).collect();
            upon.logical = LogicalTime::new(50);
            assert_eq!(offer_all(&mut intake, [upon]), 0);
        }
        assert_eq!(offer_all(&mut intake, lacking[..1].to_vec()), taken);
    }
}

/// So many operations like this Add, each of somebody else.
fn newcomers(add: &ControlOperation, count: usize) -> Vec<ControlOperation> {
    let mut all = by_many_devices(add, 0..count);
    for one in &mut all {
        one.body = ControlBody::Add(AddBody {
            person: PersonId::new(*one.id.as_bytes()),
            role: Role::Member,
            since: None,
        });
    }
    all
}

/// Each of these newcomers says more like this than may be; returns how much is held.
fn offer_leaves(
    intake: &mut Intake<()>,
    newcomers: &[ControlOperation],
    leave: &ControlOperation,
) -> usize {
    let each = CONTROL_UNBACKED_PER_ADMISSION_MAX + 1;
    let mut held = 0;
    for (number, add) in newcomers.iter().enumerate() {
        let mut leave = leave.clone();
        leave.author.admission = add.id.into();
        leave.author.person = PersonId::new(*add.id.as_bytes());
        leave.logical = LogicalTime::new(90);
        let first = 1000 + number * each;
        held += offer_all(intake, by_many_devices(&leave, first..first + each));
    }
    held
}

#[test]
fn without_authority_as_much_is_held_of_all_together_as_may_be() {
    let each = CONTROL_UNBACKED_PER_ADMISSION_MAX + 1;
    let (mut dag, mut intake) = room(&[add(1, Role::Member)]);
    let known = dag.all();
    let left = dag.write(1, 0, known, Act::Leave);
    let mut adds = newcomers(&dag.control(1), CONTROL_UNBACKED_MAX / each + 1);
    for add in &mut adds {
        add.parents = vec![dag.id(0)];
    }
    assert_eq!(offer_all(&mut intake, adds.clone()), adds.len());
    let held = offer_leaves(&mut intake, &adds, &dag.control(left));
    // The creator is above them.
    assert_eq!(held, CONTROL_UNBACKED_MAX / 4 * 3);
}

#[test]
fn whoever_is_senior_to_a_flood_of_leaves_can_leave() {
    let (mut dag, mut intake) = room(&[add(1, Role::Member), add(2, Role::Admin)]);
    let known = dag.all();
    let left = dag.write(1, 0, known, Act::Leave);
    let left = dag.control(left);
    let let_in = dag.write(2, 0, known, add(3, Role::Member));
    let of_them = dag.write(let_in, 0, known, Act::Leave);
    let each = CONTROL_UNBACKED_PER_ADMISSION_MAX + 1;
    let puppets = newcomers(&dag.control(let_in), CONTROL_UNBACKED_MAX / each + 1);
    assert_eq!(offer_all(&mut intake, puppets.clone()), puppets.len());
    let held = offer_leaves(&mut intake, &puppets, &dag.control(of_them));
    // Two admins are above them: half of the half's half is left over.
    assert_eq!(held, CONTROL_UNBACKED_MAX / 8 * 5);
    assert_eq!(offer_all(&mut intake, by_many_devices(&left, 500..501)), 1);
    assert_eq!(standing(&intake, &dag, 1), Standing::Left);
}

#[test]
fn what_was_passed_over_is_forgotten_when_it_is_too_much() {
    for (extra, is_forgotten) in [(0, false), (1, true)] {
        let (mut dag, mut intake, left) = leaving();
        offer_all(&mut intake, by_many_devices(&left, 0..100));
        let named = by_many_devices(&left, 200..201).remove(0);
        let mut filler = by_many_devices(&left, 300..301).remove(0);
        // What was passed over before is the first to go.
        let kept: usize = (0..100 - 17).map(|_| left.bytes).sum();
        let large = CONTROL_PASSED_OVER_BYTES_MAX - named.bytes + extra;
        filler.parents = vec![OperationId::new([0xab; 32])];
        filler.bytes = large;
        assert!(kept < large);
        offer_all(&mut intake, [named.clone(), filler]);
        let known = dag.all();
        let upon = dag.write(0, 0, known, Act::Title);
        let mut upon = dag.control(upon);
        upon.parents = vec![named.id];
        upon.logical = LogicalTime::new(50);
        let taken = intake.offer(upon, ()).unwrap().len();
        assert_eq!(taken == 0, is_forgotten, "{extra}");
    }
}

/// Two show each other all they hold until that changes nothing.
fn meet(one: &mut Intake<()>, other: &mut Intake<()>) {
    loop {
        let before = (one.log().len(), other.log().len());
        for turn in [false, true] {
            let (from, to) = if turn {
                (&mut *one, &mut *other)
            } else {
                (&mut *other, &mut *one)
            };
            let shown: Vec<ControlOperation> = from.log().operations().cloned().collect();
            for message in shown.chunks(3) {
                offer_all(to, message.iter().cloned());
            }
        }
        if before == (one.log().len(), other.log().len()) {
            return;
        }
    }
}

/// What two must have in common: who is in the room, what it is, and how far whose content counts.
fn agreement(dag: &Dag, membership: &Membership) -> impl PartialEq + std::fmt::Debug + use<> {
    let admissions = dag.admissions().map(|number| dag.admission_id(number));
    let cuts = admissions.flat_map(|admission| {
        let people = (0..7).flat_map(|number| [device(number, 0), device(number, 1)]);
        people.map(move |device| (admission, device))
    });
    let cuts: Vec<_> = cuts
        .map(|(admission, device)| membership.cut(admission, device))
        .collect();
    let members: Vec<_> = (0..7)
        .map(|number| membership.members().get(&person(number)).cloned())
        .collect();
    let title = membership.title().map(str::to_owned);
    (members, membership.heir(), title, cuts)
}

fn small(dag: &Dag, stale: usize) -> Intake<()> {
    let mut log: ControlLog = strict(dag);
    log.limits.stale = stale;
    Intake::over(log)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whoever_was_shown_what_first_all_come_to_the_same_when_they_have_met(
        dag in any_mixed_room(),
        stale in 0..3_usize,
        shown in prop::collection::vec((0..3_usize, any::<prop::sample::Index>()), 0..60),
    ) {
        let mut three = [small(&dag, stale), small(&dag, stale), small(&dag, stale)];
        for (to, number) in shown {
            let number = number.index(dag.ops.len());
            // With all it builds on, as whoever shows it holds that.
            let past = (0..number).filter(|before| dag.before(*before, number));
            let all = past.chain([number]).map(|number| dag.control(number));
            offer_all(&mut three[to], all);
        }
        let [one, other, third] = &mut three;
        for _ in 0..2 {
            meet(one, other);
            meet(other, third);
            meet(third, one);
        }
        let first = agreement(&dag, one.membership());
        prop_assert_eq!(&first, &agreement(&dag, other.membership()), "{:#?}", dag);
        prop_assert_eq!(&first, &agreement(&dag, third.membership()), "{:#?}", dag);
        let ids = |intake: &Intake<()>| -> BTreeSet<OperationId> {
            let valid = intake.log().operations().map(ControlOperation::id);
            valid.filter(|id| intake.membership().is_valid(*id)).collect()
        };
        prop_assert_eq!(ids(one), ids(other));
    }
}
