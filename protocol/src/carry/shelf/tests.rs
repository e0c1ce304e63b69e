use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::envelope::SIZE_CLASSES_BYTES;

const LITTLE: Quotas = Quotas {
    bytes: 20 * 2048,
    envelopes: 20,
    depositor_bytes: 5 * 2048,
    depositor_envelopes: 5,
};

fn header(number: u16) -> Header {
    let [high, low] = number.to_be_bytes();
    let mut tag = [0; 16];
    tag[..2].copy_from_slice(&[high, low]);
    Header {
        tag: Tag::new(tag),
        lifetime_hours: 24,
        priority: 2,
        purge: Domain::Purge.hash(&[&preimage(number)]),
    }
}

fn preimage(number: u16) -> [u8; 32] {
    let [high, low] = number.to_be_bytes();
    let mut preimage = [9; 32];
    preimage[..2].copy_from_slice(&[high, low]);
    preimage
}

/// An envelope of the smallest size.
fn envelope(header: &Header) -> Envelope {
    let sizes = 1_900..SIZE_CLASSES_BYTES[0];
    let mut envelopes = sizes.filter_map(|bytes| Envelope::assemble(header, vec![5; bytes]).ok());
    envelopes.next().unwrap()
}

fn numbered(number: u16) -> Envelope {
    envelope(&header(number))
}

fn brought(tier: Tier, by: u8) -> Brought {
    Brought {
        age: Duration::ZERO,
        hops: 1,
        copies: 8,
        tier,
        depositor: Depositor::new([by; 8]),
    }
}

fn at(hours: u64) -> CarryTime {
    CarryTime::from_millis(hours * 3_600_000)
}

#[test]
fn each_tier_has_so_much_room_and_one_more_does_not_fit() {
    for (tier, most) in [(Tier::Contact, 12), (Tier::Friend, 6), (Tier::Stranger, 2)] {
        let by_bytes = Quotas {
            envelopes: 1_000,
            ..LITTLE
        };
        let by_count = Quotas {
            bytes: 1 << 30,
            ..LITTLE
        };
        for quotas in [by_bytes, by_count] {
            let mut shelf = Shelf::new(quotas);
            for number in 0..most {
                let by = u8::try_from(number).unwrap();
                let kept = shelf.keep(&numbered(number), &brought(tier, by), at(0));
                assert_eq!(kept.unwrap().dropped, []);
            }
            let more = shelf.keep(&numbered(most), &brought(tier, 99), at(0));
            assert_eq!(more, Err(Refused::Full));
            assert_eq!(shelf.used(tier).envelopes, usize::from(most));
            // It takes nothing of the others' room, nor of ours.
            let others = Tier::ALL.into_iter().filter(|other| *other != tier);
            for (number, other) in (100..).zip(others) {
                let kept = shelf.keep(&numbered(number), &brought(other, 99), at(0));
                assert!(kept.is_ok(), "{other:?}");
            }
        }
    }
}

#[test]
fn one_depositor_brings_so_much_and_not_one_more() {
    let by_bytes = Quotas {
        depositor_envelopes: 1_000,
        ..Quotas::FRIENDLY
    };
    let by_bytes = Quotas {
        depositor_bytes: 5 * 2048,
        ..by_bytes
    };
    let by_count = Quotas {
        depositor_envelopes: 5,
        ..Quotas::FRIENDLY
    };
    for quotas in [by_bytes, by_count] {
        let mut shelf = Shelf::new(quotas);
        for number in 0..5 {
            let tier = if number % 2 == 0 {
                Tier::Stranger
            } else {
                Tier::Contact
            };
            assert!(
                shelf
                    .keep(&numbered(number), &brought(tier, 1), at(0))
                    .is_ok()
            );
        }
        let more = shelf.keep(&numbered(5), &brought(Tier::Stranger, 1), at(0));
        assert_eq!(more, Err(Refused::Greedy));
        assert!(
            shelf
                .keep(&numbered(5), &brought(Tier::Stranger, 2), at(0))
                .is_ok()
        );
        shelf.drop_one(&numbered(0).id());
        assert!(
            shelf
                .keep(&numbered(6), &brought(Tier::Stranger, 1), at(0))
                .is_ok()
        );
    }
}

#[test]
fn the_more_urgent_takes_the_place_of_the_least_urgent_whose_time_is_over_last() {
    let mut shelf = Shelf::new(LITTLE);
    let of = |number, priority, lifetime_hours| Header {
        priority,
        lifetime_hours,
        ..header(number)
    };
    let long = envelope(&of(1, 3, 48));
    let short = envelope(&of(2, 3, 24));
    for (by, kept) in [(1, &long), (2, &short)] {
        assert!(
            shelf
                .keep(kept, &brought(Tier::Stranger, by), at(0))
                .is_ok()
        );
    }
    let alike = envelope(&of(3, 3, 1));
    assert_eq!(
        shelf.keep(&alike, &brought(Tier::Stranger, 3), at(0)),
        Err(Refused::Full)
    );
    let urgent = envelope(&of(4, 2, 24));
    let kept = shelf
        .keep(&urgent, &brought(Tier::Stranger, 3), at(0))
        .unwrap();
    assert_eq!(kept.dropped, [short.id()]);
    let kept = envelope(&of(5, 0, 24));
    let kept = shelf
        .keep(&kept, &brought(Tier::Stranger, 3), at(0))
        .unwrap();
    assert_eq!(kept.dropped, [long.id()]);
}

#[test]
fn what_a_contact_brought_makes_room_for_nothing_and_ours_needs_none() {
    let mut shelf = Shelf::new(Quotas {
        depositor_envelopes: 100,
        depositor_bytes: 1 << 30,
        ..LITTLE
    });
    for number in 0..12 {
        assert!(
            shelf
                .keep(&numbered(number), &brought(Tier::Contact, 1), at(0))
                .is_ok()
        );
    }
    let urgent = Header {
        priority: 0,
        ..header(12)
    };
    let urgent = envelope(&urgent);
    assert_eq!(
        shelf.keep(&urgent, &brought(Tier::Contact, 2), at(0)),
        Err(Refused::Full)
    );
    for number in 100..200 {
        assert!(
            shelf
                .keep(&numbered(number), &brought(Tier::Own, 0), at(0))
                .is_ok()
        );
    }
    // With less room from now on, what is kept stays.
    shelf.put_quotas(Quotas {
        bytes: 0,
        envelopes: 0,
        ..LITTLE
    });
    assert_eq!(shelf.iter().count(), 112);
}

#[test]
fn what_came_through_as_many_carriers_as_may_be_is_kept_and_goes_no_further() {
    let mut shelf = Shelf::new(LITTLE);
    let through = |hops| Brought {
        hops,
        ..brought(Tier::Stranger, 1)
    };
    let kept = shelf.keep(&numbered(1), &through(HOPS_MAX), at(0)).unwrap();
    assert!(!may_pass_on(&kept.record, true) && !may_pass_on(&kept.record, false));
    assert_eq!(shelf.spend(&kept.record.id, true), None);
    let far = shelf.keep(&numbered(2), &through(HOPS_MAX + 1), at(0));
    assert_eq!(far, Err(Refused::Far));
    let kept = shelf
        .keep(&numbered(2), &through(HOPS_MAX - 1), at(0))
        .unwrap();
    assert!(may_pass_on(&kept.record, false));
}

#[test]
fn nobody_has_more_copies_passed_on_than_may_be() {
    let mut shelf = Shelf::new(LITTLE);
    for (number, copies) in [(1, COPIES_MAX), (2, COPIES_MAX + 1)] {
        let many = Brought {
            copies,
            ..brought(Tier::Stranger, 1)
        };
        let kept = shelf.keep(&numbered(number), &many, at(0)).unwrap();
        assert_eq!(kept.record.copies, COPIES_MAX);
    }
    let id = numbered(1).id();
    let mut given = Vec::new();
    while let Some((copies, left)) = shelf.spend(&id, false) {
        given.push(copies);
        assert_eq!(given.iter().sum::<u8>() + left, COPIES_MAX);
    }
    assert_eq!(given, [16, 8, 4, 2, 1, 1]);
    assert_eq!(
        shelf.spend(&id, true),
        Some((0, 0)),
        "to contacts it goes on"
    );
    assert_eq!(shelf.renew(&id), Some(COPIES_MAX));
    assert_eq!(shelf.spend(&id, false), Some((16, 16)));
}

#[test]
fn what_is_kept_or_over_or_purged_is_not_taken() {
    let mut shelf = Shelf::new(LITTLE);
    let tier = brought(Tier::Friend, 1);
    assert!(shelf.keep(&numbered(1), &tier, at(0)).is_ok());
    assert_eq!(shelf.keep(&numbered(1), &tier, at(0)), Err(Refused::Held));
    for (age, refused) in [(24, true), (23, false)] {
        let aged = Brought {
            age: HOUR * age,
            ..tier
        };
        let kept = shelf.keep(&numbered(2), &aged, at(0));
        assert_eq!(kept == Err(Refused::Over), refused, "{age}");
    }
    assert_eq!(
        shelf.purge(preimage(3), at(0)),
        Purged::default(),
        "it is not here"
    );
    let purged = shelf.purge(preimage(1), at(0));
    assert_eq!(purged.dropped, [numbered(1).id()]);
    let tombstone = purged.tombstone.unwrap();
    assert_eq!(
        (tombstone.purge(), tombstone.until),
        (header(1).purge, at(24))
    );
    for tier in Tier::ALL {
        let again = shelf.keep(&numbered(1), &brought(tier, 2), at(0));
        assert_eq!(again, Err(Refused::Purged));
    }
    assert_eq!(shelf.purge(preimage(1), at(0)), Purged::default(), "once");
}

#[test]
fn envelopes_and_tombstones_are_over_when_their_time_is() {
    let mut shelf = Shelf::new(LITTLE);
    let tier = brought(Tier::Friend, 1);
    let aged = Brought {
        age: HOUR * 20,
        ..tier
    };
    shelf.keep(&numbered(1), &aged, at(1)).unwrap();
    shelf.keep(&numbered(2), &tier, at(1)).unwrap();
    shelf.purge(preimage(2), at(2));
    let one = shelf.get(&numbered(1).id()).unwrap();
    assert_eq!(age(one, at(2)), HOUR * 21);
    assert_eq!(shelf.next_at(), Some(at(5)));
    let before = CarryTime::from_millis(at(5).as_millis() - 1);
    assert_eq!(shelf.expire(before), Expired::default());
    assert_eq!(shelf.expire(at(5)).dropped, [numbered(1).id()]);
    assert_eq!(shelf.next_at(), Some(at(26)));
    let expired = shelf.expire(at(26));
    assert_eq!(
        (expired.dropped, expired.forgotten),
        (vec![], vec![header(2).purge])
    );
    assert_eq!(shelf.next_at(), None);
    assert!(shelf.keep(&numbered(2), &tier, at(26)).is_ok());
}

#[test]
fn so_many_tombstones_stand_and_one_more_takes_the_place_of_the_first_to_be_over() {
    let mut shelf = Shelf::new(LITTLE);
    let tombstone = |number: usize| {
        let mut preimage = [0; 32];
        let number = u64::try_from(number).unwrap();
        preimage[..8].copy_from_slice(&number.to_be_bytes());
        TombstoneRecord {
            preimage,
            until: CarryTime::from_millis(1_000_000 - number),
        }
    };
    for number in 0..TOMBSTONES_MAX {
        assert_eq!(shelf.bury(tombstone(number)), [[0_u8; 32]; 0]);
    }
    assert_eq!(shelf.tombstones(), TOMBSTONES_MAX);
    // The same one again takes no more room.
    assert_eq!(shelf.bury(tombstone(5)), [[0_u8; 32]; 0]);
    let last = tombstone(TOMBSTONES_MAX - 1).purge();
    let more = TombstoneRecord {
        preimage: [1; 32],
        until: CarryTime::from_millis(2_000_000),
    };
    assert_eq!(shelf.bury(more), [last]);
    assert_eq!(shelf.tombstones(), TOMBSTONES_MAX);
    assert!(shelf.tombstone(&last).is_none());
}

/// What may happen to a shelf.
#[derive(Debug, Clone)]
enum Step {
    Keep(u16, u8, Tier, u8),
    Purge(u16),
    Drop(u16),
    Spend(u16, bool),
    Expire(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let tier = prop::sample::select(Tier::ALL.to_vec());
    prop_oneof![
        4 => (0_u16..40, 0_u8..4, tier, 0_u8..4)
            .prop_map(|(number, priority, tier, by)| Step::Keep(number, priority, tier, by)),
        1 => (0_u16..40).prop_map(Step::Purge),
        1 => (0_u16..40).prop_map(Step::Drop),
        1 => (0_u16..40, any::<bool>()).prop_map(|(number, to)| Step::Spend(number, to)),
        1 => (0_u64..3).prop_map(Step::Expire),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_counted_is_what_is_kept_and_within_its_share(
        steps in prop::collection::vec(any_step(), 0..80),
    ) {
        let mut shelf = Shelf::new(LITTLE);
        let mut now = 0;
        for step in steps {
            match step {
                Step::Keep(number, priority, tier, by) => {
                    let header = Header { priority, ..header(number) };
                    let _ = shelf.keep(&envelope(&header), &brought(tier, by), at(now));
                }
                Step::Purge(number) => drop(shelf.purge(preimage(number), at(now))),
                Step::Drop(number) => {
                    shelf.drop_one(&numbered(number).id());
                }
                Step::Spend(number, is_contact) => {
                    shelf.spend(&numbered(number).id(), is_contact);
                }
                Step::Expire(hours) => {
                    now += hours;
                    shelf.expire(at(now));
                }
            }
            let mut of_tier: BTreeMap<Tier, Used> = BTreeMap::new();
            let mut of_depositor: BTreeMap<Depositor, Used> = BTreeMap::new();
            for record in shelf.iter() {
                of_tier.entry(record.tier).or_default().add(record.bytes);
                of_depositor.entry(record.depositor).or_default().add(record.bytes);
                prop_assert!(shelf.tombstone(&record.header.purge).is_none());
                let with_tag: Vec<_> = shelf.with_tag(record.header.tag).collect();
                prop_assert!(with_tag.contains(&record.id));
            }
            for tier in Tier::ALL {
                let used = of_tier.remove(&tier).unwrap_or_default();
                prop_assert_eq!(shelf.used(tier), used);
                prop_assert!(used.envelopes <= LITTLE.envelopes_of(tier));
                prop_assert!(used.bytes <= LITTLE.bytes_of(tier));
            }
            for by in 0..4 {
                let depositor = Depositor::new([by; 8]);
                let used = of_depositor.remove(&depositor).unwrap_or_default();
                prop_assert_eq!(shelf.used_by(&depositor), used);
            }
            let kept: Vec<CarriedRecord> = shelf.iter().copied().collect();
            prop_assert_eq!(shelf.lives.len(), kept.len());
            prop_assert_eq!(shelf.worth.len(), kept.len());
            prop_assert_eq!(shelf.tags.len(), kept.len());
            prop_assert_eq!(shelf.purges.len(), kept.len());
            prop_assert_eq!(shelf.graves.len(), shelf.tombstones());
            let again = Shelf::restore(LITTLE, kept, shelf.tombstones.values().copied());
            prop_assert_eq!(again.digest(), shelf.digest());
            prop_assert_eq!(again.next_at(), shelf.next_at());
        }
    }
}
