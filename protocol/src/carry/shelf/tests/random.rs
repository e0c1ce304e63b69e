//! Whatever is done in whatever order, the shelf is like its plain model.

use super::naive::Naive;
use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Keep(u8, u8, u16, usize, Brought),
    Purge(u8),
    Finish(u8, u16),
    Bury(u8, u64),
    Wait(u64),
    Spend(u8, bool),
    Drop(u8),
    Restore,
}

fn any_tier() -> impl Strategy<Value = Tier> {
    prop::sample::select(Tier::ALL.to_vec())
}

fn any_keep() -> impl Strategy<Value = Step> {
    let what = (0..30_u8, 0..3_u8, 0..4_u16, 0..2_usize);
    let how = (
        0..200_u64,
        0..=HOPS_MAX + 1,
        any::<u8>(),
        any_tier(),
        0..5_u8,
    );
    (what, how).prop_map(
        |((number, priority, hours, class), (minutes, hops, copies, tier, by))| {
            let brought = Brought {
                age: Duration::from_secs(minutes * 60),
                hops,
                copies,
                tier,
                depositor: Depositor::new([by; 8]),
            };
            // What an envelope is does not depend on who brings it.
            let (priority, hours) = (priority.min(number % 3), hours.max(u16::from(number % 4)));
            Step::Keep(number, priority, hours, class, brought)
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => any_keep(),
        1 => (0..15_u8).prop_map(Step::Purge),
        1 => (0..15_u8, 0..4_u16).prop_map(|(number, hours)| Step::Finish(number, hours)),
        1 => (0..15_u8, 0..300_u64).prop_map(|(number, minutes)| Step::Bury(number, minutes)),
        2 => (0..60_u64).prop_map(Step::Wait),
        3 => (any::<u8>(), any::<bool>()).prop_map(|(number, is_contact)| Step::Spend(number, is_contact)),
        1 => any::<u8>().prop_map(Step::Drop),
        1 => Just(Step::Restore),
    ]
}

/// One of those that are kept, by a number.
fn pick(naive: &Naive, number: u8) -> Option<EnvelopeId> {
    let index = usize::from(number).checked_rem(naive.held.len())?;
    Some(naive.held[index].id)
}

fn step(shelf: &mut Shelf, naive: &mut Naive, step: Step, now: &mut CarryTime) {
    match step {
        Step::Keep(number, priority, hours, class, brought) => {
            let envelope = envelope(number, priority, hours, class);
            let (id, bytes) = (envelope.id(), envelope.as_bytes().len());
            let checked = shelf.check(&id, envelope.header(), bytes, &brought);
            let kept = shelf.keep(&envelope, &brought, *now);
            assert_eq!(checked.err(), kept.as_ref().err().copied());
            assert_eq!(kept, naive.keep(&envelope, &brought, *now));
        }
        Step::Purge(number) => {
            let mut purged = shelf.purge(preimage(number), *now);
            purged.dropped.sort_unstable();
            assert_eq!(purged, naive.purge(preimage(number), *now));
        }
        Step::Finish(number, hours) => {
            let mut purged = shelf.finish(preimage(number), hours, *now);
            purged.dropped.sort_unstable();
            assert_eq!(purged, naive.finish(preimage(number), hours, *now));
        }
        Step::Bury(number, minutes) => {
            let until = *now + Duration::from_secs(minutes * 60);
            let tombstone = TombstoneRecord {
                preimage: preimage(number),
                until,
            };
            assert!(shelf.bury(tombstone).is_empty());
            naive.bury(tombstone);
        }
        Step::Wait(minutes) => wait(shelf, naive, minutes, now),
        Step::Spend(number, is_contact) => {
            if let Some(id) = pick(naive, number) {
                let before = shelf.get(&id).unwrap().copies;
                let spent = shelf.spend(&id, is_contact, *now);
                let left = shelf.get(&id).unwrap().copies;
                assert_eq!(spent.map_or(left, |(given, left)| given + left), before);
                assert!(is_contact || spent.is_none_or(|(given, _)| given > 0));
                naive
                    .held
                    .iter_mut()
                    .find(|record| record.id == id)
                    .unwrap()
                    .copies = left;
            }
        }
        Step::Drop(number) => {
            let id = pick(naive, number);
            if let Some(id) = id {
                let record = shelf.drop_one(&id);
                assert!(record.is_some_and(|record| naive.held.contains(&record)));
                naive.held.retain(|record| record.id != id);
                assert_eq!(shelf.drop_one(&id), None);
            }
        }
        Step::Restore => {
            let held: Vec<_> = shelf.iter().copied().collect();
            *shelf = Shelf::restore(SMALL, held, naive.tombstones.iter().copied());
        }
    }
}

/// Age grows by exactly what passes, and what is over goes exactly then.
fn wait(shelf: &mut Shelf, naive: &mut Naive, minutes: u64, now: &mut CarryTime) {
    let passes = Duration::from_secs(minutes * 60);
    let before: Vec<_> = shelf
        .iter()
        .map(|record| (record.id, age(record, *now)))
        .collect();
    *now = *now + passes;
    let expired = shelf.expire(*now);
    for (id, age_before) in before {
        match shelf.get(&id) {
            Some(record) => assert_eq!(age(record, *now), age_before + passes),
            None => assert!(expired.dropped.contains(&id)),
        }
    }
    let kept = naive.held.len() + naive.tombstones.len();
    naive.expire(*now);
    let gone = kept - naive.held.len() - naive.tombstones.len();
    assert_eq!(expired.dropped.len() + expired.forgotten.len(), gone);
}

fn assert_alike(shelf: &Shelf, naive: &Naive) {
    assert!(shelf.iter().eq(&naive.held));
    assert_eq!(shelf.tombstones(), naive.tombstones.len());
    for tombstone in &naive.tombstones {
        assert_eq!(shelf.tombstone(&tombstone.purge()), Some(tombstone));
    }
    for tier in Tier::ALL {
        let used = shelf.used(tier);
        assert_eq!(
            (used.bytes, used.envelopes),
            naive.used(|record| record.tier == tier)
        );
        assert!(used.bytes <= SMALL.bytes_of(tier) && used.envelopes <= SMALL.envelopes_of(tier));
    }
    for (by, tier) in (0..5).flat_map(|by| Tier::ALL.map(|tier| (by, tier))) {
        let depositor = Depositor::new([by; 8]);
        let (bytes, envelopes) =
            naive.used(|record| (record.depositor, record.tier) == (depositor, tier));
        let is_within = bytes <= SMALL.depositor_bytes && envelopes <= SMALL.depositor_envelopes;
        assert!(is_within || tier == Tier::Own);
    }
    for number in 0..6 {
        let tag = Tag::new([number; 16]);
        let tagged = naive.held.iter().filter(|record| record.header.tag == tag);
        assert!(shelf.with_tag(tag).eq(tagged.map(|record| record.id)));
    }
    let lives = naive.held.iter().map(|record| record.expires_at);
    let next = lives
        .chain(naive.tombstones.iter().map(|tombstone| tombstone.until))
        .min();
    assert_eq!(shelf.next_at(), next);
    assert!(naive.held.iter().all(|record| record.copies <= COPIES_MAX));
}

proptest! {
    #[test]
    fn whatever_is_done_the_shelf_is_like_its_plain_model(
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let mut naive = Naive { quotas: SMALL, held: Vec::new(), tombstones: Vec::new() };
        let (mut shelf, mut now) = (Shelf::new(SMALL), START);
        for next in steps {
            let own: Vec<_> = naive.held.iter().filter(|record| record.tier == Tier::Own).map(|record| record.id).collect();
            let is_keep = matches!(next, Step::Keep(..));
            step(&mut shelf, &mut naive, next, &mut now);
            assert_alike(&shelf, &naive);
            // Nothing that is brought drops our own.
            prop_assert!(!is_keep || own.iter().all(|id| shelf.get(id).is_some()));
        }
    }

    #[test]
    fn what_is_more_urgent_is_never_dropped_for_what_is_less(
        keeps in prop::collection::vec(any_keep(), 0..80),
    ) {
        let mut shelf = Shelf::new(SMALL);
        for keep in keeps {
            let Step::Keep(number, priority, hours, class, brought) = keep else { continue };
            let envelope = envelope(number, priority, hours, class);
            let before: BTreeMap<_, _> = shelf.iter().map(|record| (record.id, *record)).collect();
            if let Ok(kept) = shelf.keep(&envelope, &brought, START) {
                for dropped in kept.dropped {
                    let dropped = before[&dropped];
                    prop_assert_eq!(dropped.tier, brought.tier);
                    prop_assert!(dropped.header.priority.byte() > priority);
                    let rest = shelf.iter().filter(|record| record.tier == dropped.tier);
                    for left in rest.filter(|record| record.id != envelope.id()) {
                        prop_assert!(left.header.priority <= dropped.header.priority);
                    }
                }
            }
        }
    }

    #[test]
    fn copies_are_handed_on_and_never_made(
        copies: u8,
        hops in 0..=HOPS_MAX,
        meetings in prop::collection::vec((0..30_usize, 0..30_usize, any::<bool>(), 0..30_u64), 0..200),
    ) {
        let mail = usual(1);
        let mut shelves: Vec<Shelf> = (0..30).map(|_| Shelf::new(Quotas::FRIENDLY)).collect();
        let first = Brought { copies, hops, ..brought(1) };
        shelves[0].keep(&mail, &first, START).unwrap();
        let (copies, mut now) = (u32::from(copies.min(COPIES_MAX)), START);
        for (from, to, is_contact, minutes) in meetings {
            now = now + Duration::from_secs(minutes * 60);
            let Some(record) = shelves[from].get(&mail.id()).copied() else { continue };
            let Some((given, _)) = (from != to && shelves[to].get(&mail.id()).is_none())
                .then(|| shelves[from].spend(&mail.id(), is_contact, now))
                .flatten()
            else { continue };
            let next = Brought {
                age: age(&record, now),
                hops: record.hops + 1,
                copies: given,
                ..brought(2)
            };
            match shelves[to].keep(&mail, &next, now) {
                Ok(kept) => {
                    prop_assert!(kept.record.hops <= HOPS_MAX);
                    prop_assert_eq!(kept.record.expires_at, record.expires_at);
                }
                Err(refused) => prop_assert_eq!(refused, Refused::Over),
            }
            let all = shelves.iter().filter_map(|shelf| shelf.get(&mail.id()));
            prop_assert!(all.map(|record| u32::from(record.copies)).sum::<u32>() <= copies);
        }
    }
}
