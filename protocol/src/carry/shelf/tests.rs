mod naive;
mod random;

use super::*;
use crate::envelope::SIZE_CLASSES_BYTES;

/// Room for a few: 12, 6 and 2 envelopes of the tiers, or so many kibibytes, and 4 of a depositor.
const SMALL: Quotas = Quotas {
    bytes: 50 * 1_024,
    envelopes: 20,
    depositor_bytes: 10 * 1_024,
    depositor_envelopes: 4,
};
const START: CarryTime = CarryTime::from_millis(1_000_000);
const DAY_HOURS: u16 = 24;

fn preimage(number: u8) -> [u8; 32] {
    [number; 32]
}

/// Two numbers in a row share what purges them; five numbers share a tag.
fn envelope(number: u8, priority: u8, hours: u16, class: usize) -> Envelope {
    let header = Header {
        tag: Tag::new([number / 5; 16]),
        lifetime_hours: hours,
        priority: Priority::new(priority),
        purge: Domain::Purge.hash(&[&preimage(number / 2)]),
    };
    let of = |room: usize| {
        let mut ciphertext = vec![0; room];
        ciphertext[0] = number;
        Envelope::assemble(&header, ciphertext).ok()
    };
    let bytes = SIZE_CLASSES_BYTES[class];
    (bytes - 100..bytes).rev().find_map(of).unwrap()
}

fn usual(number: u8) -> Envelope {
    envelope(number, 1, DAY_HOURS, 0)
}

/// By a stranger who brings nothing else.
fn brought(depositor: u8) -> Brought {
    Brought {
        age: Duration::ZERO,
        hops: 1,
        copies: 8,
        tier: Tier::Stranger,
        depositor: Depositor::new([depositor; 8]),
    }
}

fn own() -> Brought {
    Brought {
        hops: 0,
        copies: COPIES_MAX,
        tier: Tier::Own,
        ..brought(0)
    }
}

fn after(hours: u64) -> CarryTime {
    START + Duration::from_hours(hours)
}

#[test]
fn whoever_passes_on_keeps_a_third_and_a_last_copy_until_it_is_late() {
    let (mail, mut shelf) = (usual(1), Shelf::new(SMALL));
    let by = Brought {
        copies: 10,
        ..brought(1)
    };
    shelf.keep(&mail, &by, START).unwrap();
    let late = Duration::from_hours(DAY_HOURS.into()) * LATE_PARTS.0 / LATE_PARTS.1;
    let a_bit = Duration::from_millis(1);
    let (late, early) = (START + (late + a_bit), START + (late - a_bit));
    assert_eq!(shelf.spend(&mail.id(), false, START), Some((6, 4)));
    assert_eq!(shelf.spend(&mail.id(), true, START), Some((2, 2)));
    assert_eq!(shelf.spend(&mail.id(), false, late), Some((1, 1)));
    assert_eq!(shelf.spend(&mail.id(), false, early), None);
    // A contact gets the envelope, and no copies for others.
    assert_eq!(shelf.spend(&mail.id(), true, early), Some((0, 1)));
    assert_eq!(shelf.spend(&mail.id(), false, late), Some((1, 0)));
    assert_eq!(shelf.spend(&mail.id(), false, late), None);
    assert_eq!(shelf.spend(&mail.id(), true, late), Some((0, 0)));
    assert_eq!(shelf.spend(&usual(2).id(), true, late), None);
}

#[test]
fn a_line_of_ten_and_no_other_is_no_longer_than_the_copies_go() {
    let mail = usual(1);
    let mut passed = Brought {
        copies: COPIES_MAX,
        ..own()
    };
    let mut shelves: Vec<Shelf> = (0..9).map(|_| Shelf::new(SMALL)).collect();
    for (shelf, by) in shelves.iter_mut().zip(1..) {
        shelf.keep(&mail, &passed, START).unwrap();
        let hops = passed.hops + 1;
        passed = match shelf.spend(&mail.id(), false, START) {
            Some((copies, _)) => Brought {
                hops,
                copies,
                ..brought(by)
            },
            None => panic!("no more copies after {hops} hops"),
        };
    }
    assert!(passed.hops == 9 && passed.copies > 0);
}

#[test]
fn hops_and_copies_end_at_their_limits() {
    let mut shelf = Shelf::new(SMALL);
    let of = |hops, copies| Brought {
        hops,
        copies,
        ..brought(1)
    };
    let far = shelf.keep(&usual(1), &of(HOPS_MAX + 1, 9), START);
    assert_eq!(far, Err(Refused::Far));
    let last = shelf
        .keep(&usual(1), &of(HOPS_MAX, COPIES_MAX), START)
        .unwrap();
    assert_eq!(last.record.copies, COPIES_MAX);
    assert_eq!(shelf.spend(&usual(1).id(), true, START), None);
    let one_less = shelf
        .keep(&usual(3), &of(HOPS_MAX - 1, COPIES_MAX + 1), START)
        .unwrap();
    assert_eq!(one_less.record.copies, COPIES_MAX);
    assert!(shelf.spend(&usual(3).id(), false, START).is_some());
    // Our own comes from nobody.
    let own = Brought {
        hops: HOPS_MAX + 1,
        ..own()
    };
    assert!(shelf.keep(&usual(5), &own, START).is_ok());
}

#[test]
fn each_tier_takes_what_its_share_is_and_one_more_only_for_what_is_less_urgent() {
    for tier in [Tier::Contact, Tier::Friend, Tier::Stranger] {
        let mut shelf = Shelf::new(SMALL);
        let by = |number| Brought {
            tier,
            ..brought(number)
        };
        let most = u8::try_from(SMALL.envelopes_of(tier)).unwrap();
        for number in 0..most {
            shelf.keep(&usual(number), &by(number), START).unwrap();
        }
        let more = usual(most);
        assert_eq!(
            shelf.keep(&more, &by(most), START),
            Err(Refused::Full),
            "{tier:?}"
        );
        let urgent = envelope(most, 0, DAY_HOURS, 0);
        let kept = shelf.keep(&urgent, &by(most), START);
        match tier {
            // What contacts bring is promised to be kept.
            Tier::Contact => assert_eq!(kept, Err(Refused::Full)),
            Tier::Own | Tier::Friend | Tier::Stranger => assert_eq!(kept.unwrap().dropped.len(), 1),
        }
        // The other shares and our own have room still.
        for (other, number) in Tier::ALL.into_iter().zip(100..) {
            let by = Brought {
                tier: other,
                ..by(number)
            };
            assert_eq!(
                shelf.keep(&usual(number), &by, START).is_ok(),
                other != tier
            );
        }
    }
}

#[test]
fn bytes_are_counted_to_the_last_one() {
    let [small, large, ..] = SIZE_CLASSES_BYTES.map(size);
    for (spare, expected) in [(0, Ok(())), (1, Err(Refused::Full))] {
        let quotas = Quotas {
            bytes: (small + large - spare) * 10,
            ..Quotas::FRIENDLY
        };
        let mut shelf = Shelf::new(quotas);
        shelf.keep(&usual(1), &brought(1), START).unwrap();
        let kept = shelf.keep(&envelope(3, 1, DAY_HOURS, 1), &brought(2), START);
        assert_eq!(kept.map(drop), expected);
    }
    for (spare, expected) in [(0, Ok(())), (1, Err(Refused::Greedy))] {
        let quotas = Quotas {
            depositor_bytes: small + large - spare,
            ..Quotas::FRIENDLY
        };
        let mut shelf = Shelf::new(quotas);
        shelf.keep(&usual(1), &brought(1), START).unwrap();
        let kept = shelf.keep(&envelope(3, 1, DAY_HOURS, 1), &brought(1), START);
        assert_eq!(kept.map(drop), expected);
        assert!(shelf.keep(&usual(5), &brought(2), START).is_ok());
    }
}

#[test]
fn a_depositor_brings_as_many_as_one_may_of_each_tier_and_none_of_one_at_the_cost_of_another() {
    let quotas = Quotas {
        depositor_envelopes: 2,
        ..Quotas::FRIENDLY
    };
    let mut shelf = Shelf::new(quotas);
    let mut numbers = 1..;
    for tier in [Tier::Stranger, Tier::Friend, Tier::Contact] {
        let by = Brought { tier, ..brought(1) };
        let (first, second) = (numbers.next().unwrap(), numbers.next().unwrap());
        shelf.keep(&usual(first), &by, START).unwrap();
        shelf.keep(&usual(second), &by, START).unwrap();
        let third = usual(numbers.next().unwrap());
        assert_eq!(shelf.keep(&third, &by, START), Err(Refused::Greedy));
        shelf.drop_one(&usual(first).id());
        assert!(shelf.keep(&third, &by, START).is_ok());
    }
}

#[test]
fn our_own_is_kept_whatever_the_quotas() {
    let nothing = Quotas {
        bytes: 0,
        envelopes: 0,
        depositor_bytes: 0,
        depositor_envelopes: 0,
    };
    let mut shelf = Shelf::new(nothing);
    for number in 0..50 {
        shelf.keep(&usual(number), &own(), START).unwrap();
    }
    assert_eq!(shelf.used(Tier::Own).envelopes, 50);
    assert!(shelf.keep(&usual(51), &brought(1), START).is_err());
}

#[test]
fn an_envelope_goes_when_its_lifetime_is_over_and_not_a_millisecond_before() {
    let carried = Duration::from_secs(3_600);
    let by = Brought {
        age: carried,
        ..brought(1)
    };
    let mut shelf = Shelf::new(SMALL);
    shelf.keep(&usual(1), &by, START).unwrap();
    let over = after(23);
    assert_eq!(shelf.next_at(), Some(over));
    let before = CarryTime::from_millis(over.as_millis() - 1);
    assert_eq!(shelf.expire(before), Expired::default());
    assert_eq!(shelf.expire(over).dropped, [usual(1).id()]);
    let of_age = |age| Brought { age, ..brought(1) };
    let whole = Duration::from_hours(DAY_HOURS.into());
    assert_eq!(
        shelf.keep(&usual(1), &of_age(whole), START),
        Err(Refused::Over)
    );
    assert!(
        shelf
            .keep(&usual(1), &of_age(whole - Duration::from_millis(1)), START)
            .is_ok()
    );
}

#[test]
fn what_was_purged_does_not_come_back_while_its_tombstone_stands() {
    let mut shelf = Shelf::new(SMALL);
    shelf.keep(&usual(2), &brought(1), START).unwrap();
    shelf.keep(&usual(3), &own(), START).unwrap();
    // Nobody has us remember what we do not keep.
    assert_eq!(shelf.purge(preimage(9), START), Purged::default());
    let purged = shelf.purge(preimage(1), after(1));
    assert_eq!(purged.dropped.len(), 2);
    let tombstone = purged.tombstone.unwrap();
    assert_eq!(tombstone.until, after(25));
    for hours in [1, 24] {
        shelf.expire(after(hours));
        assert_eq!(
            shelf.keep(&usual(2), &brought(1), after(hours)),
            Err(Refused::Purged)
        );
        assert_eq!(
            shelf.keep(&usual(3), &own(), after(hours)),
            Err(Refused::Purged)
        );
    }
    let expired = shelf.expire(tombstone.until);
    assert_eq!(expired.forgotten, [tombstone.purge()]);
    assert!(shelf.keep(&usual(2), &brought(1), after(25)).is_ok());
}

#[test]
fn what_is_finished_is_remembered_here_or_not_for_the_longest_lifetime_that_is_known_of_it() {
    let mut shelf = Shelf::new(SMALL);
    let until = |purged: Purged| purged.tombstone.unwrap().until;
    assert_eq!(until(shelf.finish(preimage(1), 48, START)), after(48));
    assert_eq!(until(shelf.finish(preimage(1), 24, after(1))), after(48));
    // Those that are here have a day.
    shelf.keep(&usual(6), &brought(1), START).unwrap();
    assert_eq!(until(shelf.finish(preimage(3), 2, after(1))), after(25));
    assert_eq!(shelf.iter().count(), 0);
}

#[test]
fn as_many_tombstones_stand_as_may_and_one_more_takes_the_place_of_what_would_go_first() {
    let mut shelf = Shelf::new(SMALL);
    let of = |number: usize| {
        let mut preimage = [0; 32];
        preimage[..8].copy_from_slice(&number.to_be_bytes());
        // The last of them go first.
        let until = after(u64::try_from(TOMBSTONES_MAX - number.min(TOMBSTONES_MAX)).unwrap() + 1);
        TombstoneRecord { preimage, until }
    };
    for number in 0..TOMBSTONES_MAX {
        assert!(shelf.bury(of(number)).is_empty());
    }
    // Once more the same makes no more of them.
    assert!(shelf.bury(of(3)).is_empty());
    assert_eq!(shelf.tombstones(), TOMBSTONES_MAX);
    let one_more = TombstoneRecord {
        preimage: [255; 32],
        until: after(90),
    };
    assert_eq!(shelf.bury(one_more), [of(TOMBSTONES_MAX - 1).purge()]);
    assert_eq!(shelf.tombstones(), TOMBSTONES_MAX);
    assert!(shelf.tombstone(&one_more.purge()).is_some());
}

#[test]
fn other_quotas_drop_nothing_and_let_nothing_more_in() {
    let mut shelf = Shelf::new(SMALL);
    shelf.keep(&usual(1), &brought(1), START).unwrap();
    shelf.put_quotas(Quotas {
        envelopes: 10,
        ..SMALL
    });
    assert_eq!(shelf.iter().count(), 1);
    assert_eq!(
        shelf.keep(&usual(3), &brought(2), START),
        Err(Refused::Full)
    );
    shelf.put_quotas(SMALL);
    assert!(shelf.keep(&usual(3), &brought(2), START).is_ok());
}

#[test]
fn what_a_stranger_brought_is_a_contacts_once_they_bring_it_where_there_is_room() {
    let quotas = Quotas {
        depositor_envelopes: 1,
        ..SMALL
    };
    let mut shelf = Shelf::new(quotas);
    for (number, by) in [(1, 1), (2, 2)] {
        let stranger = Brought {
            tier: Tier::Stranger,
            ..brought(by)
        };
        shelf.keep(&usual(number), &stranger, START).unwrap();
    }
    let (one, other) = (usual(1).id(), usual(2).id());
    let contact = Depositor::new([9; 8]);
    let adopted = shelf.adopt(&one, Tier::Contact, contact).unwrap();
    assert_eq!((adopted.tier, adopted.depositor), (Tier::Contact, contact));
    assert_eq!(shelf.get(&one), Some(&adopted));
    let used = Tier::ALL.map(|tier| shelf.used(tier).envelopes);
    assert_eq!(used, [0, 1, 0, 1]);
    // Their share is used up; what is theirs stays so, and nothing is taken from who is nearer.
    assert_eq!(shelf.adopt(&other, Tier::Contact, contact), None);
    assert_eq!(shelf.adopt(&one, Tier::Stranger, contact), None);
    assert_eq!(shelf.adopt(&one, Tier::Contact, contact), None);
    assert_eq!(shelf.adopt(&usual(3).id(), Tier::Contact, contact), None);
    assert_eq!(Tier::ALL.map(|tier| shelf.used(tier).envelopes), used);
    // Each of the two may bring another of the tier that this one was of.
    let again = Brought {
        tier: Tier::Stranger,
        ..brought(1)
    };
    assert!(shelf.keep(&usual(4), &again, START).is_ok());
}
