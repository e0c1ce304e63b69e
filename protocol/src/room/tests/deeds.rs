//! What people are told of a room, held against what the room is.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::dag::{Act, Dag, ROOM, person};
use super::naive::Naive;
use super::oracle::{log, resolved};
use super::random::any_order;
use crate::id::PersonId;
use crate::room::{
    ControlBody, ControlLog, ControlOperation, Deed, DeedKind, Role, SettingsBody, TitleBody,
};

const ANN: usize = 1;
const BEN: usize = 2;
const CAT: usize = 3;

fn add(person: usize, role: Role) -> Act {
    Act::Add { person, role }
}

fn told(dag: &Dag) -> Vec<(PersonId, DeedKind)> {
    let deeds = log(dag, 0..dag.ops.len()).deeds(&resolved(dag));
    deeds.into_iter().map(|deed| (deed.by, deed.what)).collect()
}

fn let_in(who: usize, role: Role) -> DeedKind {
    let person = person(who);
    DeedKind::LetIn { person, role }
}

fn took_out(who: usize) -> DeedKind {
    let person = person(who);
    DeedKind::TookOut { person }
}

#[test]
fn who_made_the_room_let_whom_in_what_they_became_and_who_is_out_is_told_in_order() {
    let mut dag = Dag::created();
    dag.on_top(0, add(ANN, Role::Member));
    dag.on_top(0, add(BEN, Role::Admin));
    dag.on_top(2, add(CAT, Role::Member));
    dag.on_top(0, Act::Role(1, Role::Admin));
    dag.on_top(0, Act::Role(1, Role::Admin));
    dag.on_top(0, Act::Role(1, Role::Member));
    dag.on_top(2, Act::Remove(3));
    dag.on_top(1, Act::Leave);
    dag.on_top(0, Act::Title);
    let (creator, ben) = (person(0), person(BEN));
    let role = |role| DeedKind::GaveRole {
        person: person(ANN),
        role,
    };
    let (made, titled) = ("Harbour".to_owned(), "Pier".to_owned());
    let expected = [
        (creator, DeedKind::Made { title: made }),
        (creator, let_in(ANN, Role::Member)),
        (creator, let_in(BEN, Role::Admin)),
        (ben, let_in(CAT, Role::Member)),
        (creator, role(Role::Admin)),
        (creator, role(Role::Member)),
        (ben, took_out(CAT)),
        (person(ANN), DeedKind::Left),
        (creator, DeedKind::Titled { title: titled }),
    ];
    assert_eq!(told(&dag), expected);
}

#[test]
fn what_turns_out_to_have_no_effect_is_told_no_longer_and_what_has_one_again_is() {
    let mut dag = Dag::created();
    dag.on_top(0, add(ANN, Role::Admin));
    dag.on_top(0, add(BEN, Role::Admin));
    let known = dag.all();
    dag.write(2, 0, known, Act::Remove(1));
    // Ben is junior to Ann: until more is held, nothing stands against what each did.
    dag.write(1, 0, known, add(CAT, Role::Member));
    assert!(told(&dag).contains(&(person(ANN), let_in(CAT, Role::Member))));
    assert!(!told(&dag).iter().any(|(_, what)| *what == took_out(ANN)));
    dag.write(0, 0, known, Act::Remove(1));
    let now = told(&dag);
    assert!(now.contains(&(person(0), took_out(ANN))));
    assert!(!now.contains(&(person(ANN), let_in(CAT, Role::Member))));
}

#[test]
fn of_two_who_take_somebody_out_beside_each_other_one_is_told() {
    let mut dag = Dag::created();
    dag.on_top(0, add(ANN, Role::Admin));
    dag.on_top(0, add(BEN, Role::Member));
    let known = dag.all();
    dag.write(1, 0, known, Act::Remove(2));
    dag.write(0, 0, known, Act::Remove(2));
    let all = told(&dag);
    let out: Vec<_> = all
        .iter()
        .filter(|(_, what)| *what == took_out(BEN))
        .collect();
    assert_eq!(out.len(), 1);
}

/// The operations of a room, the titles and settings among them as these say.
fn saying(dag: &Dag, bodies: &[(usize, ControlBody)]) -> ControlLog {
    let mut log = ControlLog::new(ROOM);
    for number in 0..dag.ops.len() {
        let mut operation: ControlOperation = dag.control(number);
        if let Some((_, body)) = bodies.iter().find(|(which, _)| *which == number) {
            operation.body = body.clone();
        }
        assert_eq!(log.insert(operation), Ok(true));
    }
    log
}

#[test]
fn of_titles_and_times_beside_each_other_what_counts_is_told_and_once() {
    let mut dag = Dag::created();
    dag.on_top(0, add(ANN, Role::Admin));
    let known = dag.all();
    let numbers = [
        dag.write(1, 0, known, Act::Title),
        dag.write(0, 0, known, Act::Title),
        dag.write(1, 1, known, Act::Title),
        dag.write(1, 2, known, Act::Title),
    ];
    let title = |title: &str| {
        let title = title.to_owned();
        ControlBody::Title(TitleBody { title })
    };
    let stay = |seconds| {
        let disappears_after = Some(seconds);
        ControlBody::Settings(SettingsBody { disappears_after })
    };
    let said = [title("Quay"), title("Mole"), title("Dock"), stay(60)];
    let log = saying(&dag, &numbers.into_iter().zip(said).collect::<Vec<_>>());
    let membership = log.resolve();
    let deeds = log.deeds(&membership);
    let what: Vec<&DeedKind> = deeds.iter().skip(2).map(|deed| &deed.what).collect();
    let titled = |title: &str| DeedKind::Titled {
        title: title.to_owned(),
    };
    let seconds = Some(60);
    // Ann's comes first, and the creator's counts over it; what Ann says beside that has no effect.
    let expected = [
        titled("Quay"),
        titled("Mole"),
        DeedKind::LetStay { seconds },
    ];
    assert_eq!(what, expected.iter().collect::<Vec<_>>());
    assert_eq!(membership.title(), Some("Mole"));
}

#[test]
fn without_what_somebody_called_it_a_room_has_the_title_that_others_gave_it_before() {
    let mut dag = Dag::created();
    dag.on_top(0, add(ANN, Role::Admin));
    dag.on_top(0, add(BEN, Role::Admin));
    let title = |title: &str| {
        let title = title.to_owned();
        ControlBody::Title(TitleBody { title })
    };
    let known = dag.all();
    let beside = [
        dag.write(2, 0, known, Act::Title),
        dag.write(1, 0, known, Act::Title),
    ];
    let last = dag.on_top(2, Act::Title);
    let said = [title("Junior"), title("Senior"), title("Last")];
    let numbers = beside.into_iter().chain([last]);
    let log = saying(&dag, &numbers.zip(said).collect::<Vec<_>>());
    let membership = log.resolve();
    let without = |left_out: &[usize]| {
        let is_left_out = |who: &PersonId| left_out.iter().any(|one| person(*one) == *who);
        log.title_without(&membership, is_left_out)
    };
    assert_eq!(membership.title(), Some("Last"));
    assert_eq!(membership.titled_by(), Some(person(BEN)));
    assert_eq!(without(&[]), Some("Last"));
    assert_eq!(without(&[BEN]), Some("Senior"));
    assert_eq!(without(&[BEN, ANN]), Some("Harbour"));
    assert_eq!(without(&[ANN]), Some("Last"));
    assert_eq!(without(&[0, ANN, BEN]), None);
}

/// What a room is once all of this was done: its title, and who is in it as what. Each changes something.
fn replayed(deeds: &[Deed]) -> (Option<String>, BTreeMap<PersonId, Role>) {
    let mut called: Option<String> = None;
    let mut inside = BTreeMap::new();
    for Deed { by, what, .. } in deeds {
        match what.clone() {
            DeedKind::Made { title } => {
                called = Some(title);
                assert_eq!(inside.insert(*by, Role::Admin), None);
            }
            DeedKind::LetIn { person, role } => {
                assert_eq!(inside.insert(person, role), None, "{person:?} was in it");
            }
            DeedKind::TookOut { person } => assert!(inside.remove(&person).is_some()),
            DeedKind::Left => assert!(inside.remove(by).is_some()),
            DeedKind::GaveRole { person, role } => {
                let before = inside.insert(person, role);
                assert!(before.is_some_and(|before| before != role));
            }
            DeedKind::Titled { title } => assert_ne!(called.replace(title.clone()), Some(title)),
            DeedKind::LetStay { .. } => {}
        }
    }
    (called, inside)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_told_comes_to_what_the_room_is_whoever_heard_of_what_first((dag, order) in any_order()) {
        let log = log(&dag, 0..dag.ops.len());
        let membership = log.resolve();
        let deeds = log.deeds(&membership);
        prop_assert!(deeds.is_sorted_by_key(|deed| (deed.logical, deed.wall, deed.operation)));
        prop_assert!(deeds.iter().all(|deed| membership.is_valid(deed.operation)));
        let (title, inside) = replayed(&deeds);
        prop_assert_eq!(title.as_deref(), membership.title());
        prop_assert_eq!(log.title_without(&membership, |_| false), membership.title());
        // That somebody flooded their admission is no deed.
        let naive = Naive::of(&dag, dag.all());
        if !dag.admissions().any(|admission| naive.flooded(admission)) {
            let members = membership.members().iter();
            let members: BTreeMap<PersonId, Role> =
                members.map(|(person, member)| (*person, member.role)).collect();
            prop_assert_eq!(inside, members);
        }
        let shuffled = super::oracle::log(&dag, order);
        prop_assert_eq!(shuffled.deeds(&shuffled.resolve()), deeds);
    }
}
