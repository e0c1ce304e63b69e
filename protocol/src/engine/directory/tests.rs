//! Devices that come and go, and what a person's root key says about them.

use super::*;
use crate::engine::Effect;
use crate::engine::tests::{Side, at, identity};
use crate::engine::{Output, Outputs};
use crate::id::DeviceId;
use crate::identity::{OwnIdentity, RecoveryWords, RootKey, SigningSecret};
use crate::rng::Rng;

/// Ben's recovery words, by which he makes devices.
struct Ben {
    root: RootKey,
    rng: Rng,
}

impl Ben {
    fn new() -> Self {
        let mut rng = Rng::from_seed(&[7; 32]);
        let root = RootKey::from_words(&RecoveryWords::generate(&mut rng));
        Self { root, rng }
    }

    /// A device in an epoch of its own, which keeps these others and revokes those.
    fn device(&mut self, epoch: u64, kept: &[DeviceId], revoked: &[DeviceId]) -> OwnIdentity {
        let management = SigningSecret::generate(&mut self.rng);
        let signed = self.root.state(epoch, &management.public(), kept, revoked);
        let (now, rng) = (at(0).wall, &mut self.rng);
        OwnIdentity::assemble("Ben", "laptop", signed, 1, management, now, rng).unwrap()
    }
}

/// A device of Ben's, and another that took its place.
pub(in crate::engine) fn replaced_device() -> (OwnIdentity, OwnIdentity) {
    let mut ben = Ben::new();
    (ben.device(1, &[], &[]), ben.device(2, &[], &[]))
}

/// Has Ann meet a device, if she believes it.
fn meet(ann: &mut Side, other: &OwnIdentity) -> bool {
    let card = other.card(Vec::new());
    let verified = card.verify().unwrap();
    let mut context = Context {
        own: &ann.own,
        rng: &mut ann.rng,
        now: at(0),
        outputs: &mut ann.outputs,
        addresses: &[],
        far: &[],
    };
    let believed = ann.directory.believes(&verified, &mut context);
    if believed {
        let tag = Tag::new([1; 16]);
        ann.directory.meet(&card, verified, tag, &mut context);
    }
    believed
}

/// Has Ann be shown a card over a link to that device.
fn show(ann: &mut Side, device: &DeviceId, card: &Card) {
    let mut context = Context {
        own: &ann.own,
        rng: &mut ann.rng,
        now: at(0),
        outputs: &mut ann.outputs,
        addresses: &[],
        far: &[],
    };
    ann.directory
        .refresh(device, card.transport, card, &mut context);
}

fn verify(ann: &mut Side, person: PersonId) {
    let mut context = Context {
        own: &ann.own,
        rng: &mut ann.rng,
        now: at(0),
        outputs: &mut Outputs::default(),
        addresses: &[],
        far: &[],
    };
    ann.directory
        .amend(&person, &mut context, |contact| {
            contact.verified = true;
            contact.alarm = None;
        })
        .unwrap();
}

/// The alarms raised, and the peers that the network is to forget.
fn consequences(ann: &mut Side) -> (Vec<Alarm>, Vec<TransportId>) {
    let (mut alarms, mut forgotten) = (Vec::new(), Vec::new());
    for output in ann.outputs() {
        match output {
            Output::Effect(Effect::Event(Event::Alarmed { alarm, .. })) => alarms.push(alarm),
            Output::Effect(Effect::Forget { peer }) => forgotten.push(peer),
            Output::Effect(_) | Output::Persist(_) => {}
        }
    }
    (alarms, forgotten)
}

fn found(ann: &Side, device: &OwnIdentity) -> bool {
    let key = device.agreement().public();
    let mut by_key = ann.directory.by_agreement(&key);
    let by_key = by_key.find(|found| found.card.device == device.device());
    let by_peer = ann.directory.by_transport(&device.transport());
    assert_eq!(by_key.is_some(), by_peer.is_some());
    assert_eq!(
        by_key.is_some(),
        ann.directory.is_admitted(&device.device())
    );
    by_key.is_some()
}

#[test]
fn a_higher_epoch_puts_off_the_devices_it_does_not_keep() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (lost, kept) = (ben.device(1, &[], &[]), ben.device(2, &[], &[]));
    assert!(meet(&mut ann, &lost) && meet(&mut ann, &kept));
    assert!(!found(&ann, &lost) && found(&ann, &kept));
    let (_, forgotten) = consequences(&mut ann);
    assert!(forgotten.contains(&lost.transport()));

    let new = ben.device(3, &[kept.device()], &[lost.device()]);
    assert!(meet(&mut ann, &new));
    assert!(!found(&ann, &lost) && found(&ann, &kept) && found(&ann, &new));
}

#[test]
fn a_device_of_an_epoch_that_is_over_is_not_met() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (stolen, new) = (ben.device(1, &[], &[]), ben.device(2, &[], &[]));
    assert!(meet(&mut ann, &new));
    assert!(!meet(&mut ann, &stolen));
    assert!(ann.directory.device(&stolen.device()).is_none());
    assert_eq!(consequences(&mut ann).0, []);
}

#[test]
fn a_card_of_another_device_than_the_one_at_hand_changes_nothing() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (lost, other) = (ben.device(1, &[], &[]), ben.device(2, &[], &[]));
    assert!(meet(&mut ann, &lost));
    show(&mut ann, &lost.device(), &other.card(Vec::new()));
    assert!(found(&ann, &lost));
}

#[test]
fn a_new_device_of_a_verified_contact_holds_them_off_until_the_words_are_compared_again() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (old, new) = (ben.device(1, &[], &[]), ben.device(2, &[], &[]));
    let person = old.person();
    assert!(meet(&mut ann, &old));
    verify(&mut ann, person);
    consequences(&mut ann);

    assert!(meet(&mut ann, &new));
    let (alarms, forgotten) = consequences(&mut ann);
    assert_eq!(alarms, [Alarm::NewDevice]);
    assert!(forgotten.contains(&old.transport()) && forgotten.contains(&new.transport()));
    assert!(!found(&ann, &old) && !found(&ann, &new));
    assert!(!ann.directory.contact(&person).unwrap().verified);

    verify(&mut ann, person);
    assert!(!found(&ann, &old) && found(&ann, &new));
}

#[test]
fn a_new_device_of_a_contact_who_was_never_verified_raises_no_alarm() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (old, new) = (ben.device(1, &[], &[]), ben.device(2, &[], &[]));
    assert!(meet(&mut ann, &old) && meet(&mut ann, &new));
    assert_eq!(consequences(&mut ann).0, []);
    assert!(found(&ann, &new));
}

#[test]
fn two_statements_for_one_epoch_freeze_the_person_once_and_the_first_is_kept() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (first, second) = (ben.device(1, &[], &[]), ben.device(1, &[], &[]));
    let person = first.person();
    assert!(meet(&mut ann, &first));
    consequences(&mut ann);
    assert!(!meet(&mut ann, &second));
    let (alarms, forgotten) = consequences(&mut ann);
    assert_eq!(alarms, [Alarm::Contradiction]);
    assert_eq!(forgotten, [first.transport()]);
    assert!(!found(&ann, &first));
    assert!(ann.directory.device(&second.device()).is_none());
    assert!(!meet(&mut ann, &second));
    assert_eq!(consequences(&mut ann).0, []);

    // Whoever compares the words again goes on with the first, until the other shows itself.
    verify(&mut ann, person);
    assert!(found(&ann, &first));
    assert!(!meet(&mut ann, &second));
    assert_eq!(consequences(&mut ann).0, [Alarm::Contradiction]);
}

fn addresses(from: usize, count: usize) -> Vec<String> {
    let address = |number| format!("/ip4/192.0.2.1/tcp/{number}");
    (from..from + count).map(address).collect()
}

#[test]
fn of_a_devices_addresses_the_latest_are_kept_up_to_the_most_and_the_oldest_dropped() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let other = ben.device(1, &[], &[]);
    let device = other.device();
    assert!(meet(&mut ann, &other));
    let kept = |ann: &Side| {
        ann.directory
            .device(&device)
            .unwrap()
            .record
            .addresses
            .clone()
    };
    let reach = |ann: &mut Side, addresses: &[String]| {
        let mut context = Context {
            own: &ann.own,
            rng: &mut ann.rng,
            now: at(0),
            outputs: &mut ann.outputs,
            addresses: &[],
            far: &[],
        };
        ann.directory.reached(&device, addresses, &mut context);
    };
    let most = addresses(1, limits::ADDRESSES_MAX);
    reach(&mut ann, &most);
    assert_eq!(kept(&ann), most);
    let one_more = addresses(0, 1);
    reach(&mut ann, &one_more);
    assert_eq!(kept(&ann), addresses(0, limits::ADDRESSES_MAX));

    let longest = "a".repeat(limits::ADDRESS_BYTES_MAX);
    reach(&mut ann, &[format!("{longest}a"), longest.clone()]);
    assert_eq!(kept(&ann)[..2], [longest, one_more[0].clone()]);

    let of_card = addresses(100, limits::ADDRESSES_MAX);
    show(&mut ann, &device, &other.card(of_card.clone()));
    assert_eq!(kept(&ann), of_card);
}

#[test]
fn a_device_whose_key_another_person_certifies_too_stays_whose_it_is() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let old = ben.device(1, &[], &[]);
    let mallory = identity("Mallory", 9);
    assert!(meet(&mut ann, &old) && meet(&mut ann, &mallory));
    verify(&mut ann, old.person());
    consequences(&mut ann);
    // Who has Ben's words has the key of Mallory's device certified as one of Ben's.
    let management = SigningSecret::generate(&mut ben.rng);
    let signed = ben.root.state(2, &management.public(), &[], &[]);
    let taken = mallory.certified_by(signed, &management);
    assert_ne!(taken.device(), mallory.device());
    show(&mut ann, &mallory.device(), &taken.card(Vec::new()));
    assert!(found(&ann, &old) && found(&ann, &mallory));
    assert_eq!(consequences(&mut ann), (vec![], vec![]));
    // It is a new device of Ben's, as any other would be.
    assert!(meet(&mut ann, &taken));
    assert_eq!(consequences(&mut ann).0, [Alarm::NewDevice]);
    let known = ann.directory.device(&mallory.device()).unwrap();
    assert_eq!(known.card.person, mallory.person());
    assert!(ann.directory.is_admitted(&mallory.device()));
    assert!(!ann.directory.is_admitted(&taken.device()));
}

#[test]
fn a_device_that_was_put_off_raises_the_alarm_when_a_later_epoch_takes_it_back() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (stolen, kept) = (ben.device(1, &[], &[]), ben.device(2, &[], &[]));
    assert!(meet(&mut ann, &stolen) && meet(&mut ann, &kept));
    verify(&mut ann, stolen.person());
    consequences(&mut ann);
    let management = SigningSecret::generate(&mut ben.rng);
    let signed = ben.root.state(
        3,
        &management.public(),
        &[stolen.device(), kept.device()],
        &[],
    );
    let again = kept.certified_by(signed, &management);
    show(&mut ann, &kept.device(), &again.card(Vec::new()));
    assert_eq!(consequences(&mut ann).0, [Alarm::NewDevice]);
    assert!(!found(&ann, &stolen) && !found(&ann, &kept));
}

#[test]
fn an_older_card_of_a_device_brings_no_earlier_epoch_back() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (lost, kept) = (ben.device(1, &[], &[]), ben.device(1, &[], &[]));
    let management = SigningSecret::generate(&mut ben.rng);
    let signed = ben
        .root
        .state(2, &management.public(), &[kept.device()], &[lost.device()]);
    let newer = kept.certified_by(signed, &management);
    assert!(meet(&mut ann, &newer));
    assert!(!meet(&mut ann, &kept));
    assert!(!meet(&mut ann, &lost));
    let card = &ann.directory.device(&kept.device()).unwrap().card;
    assert_eq!(card.epoch.epoch, 2);
}

#[test]
fn who_claims_anothers_static_key_is_found_beside_them_in_either_order() {
    let (ben, mallory) = (identity("Ben", 2), identity("Mallory", 9));
    let claiming = mallory.claiming(ben.agreement().public());
    for order in [[&ben, &claiming], [&claiming, &ben]] {
        let mut ann = Side::new(identity("Ann", 1), &[]);
        assert!(order.into_iter().all(|one| meet(&mut ann, one)));
        let key = ben.agreement().public();
        let found: BTreeSet<DeviceId> = ann
            .directory
            .by_agreement(&key)
            .map(|device| device.card.device)
            .collect();
        assert_eq!(found, [ben.device(), claiming.device()].into());
    }
}

/// What the network is told, when Ann has a contact's standing changed.
fn amended(
    ann: &mut Side,
    person: PersonId,
    change: impl FnOnce(&mut ContactRecord),
) -> Vec<TransportId> {
    let mut context = Context {
        own: &ann.own,
        rng: &mut ann.rng,
        now: at(0),
        outputs: &mut ann.outputs,
        addresses: &[],
        far: &[],
    };
    ann.directory.amend(&person, &mut context, change).unwrap();
    let effects = ann.directory.keep_or_forget(person).into_iter();
    let forgotten = effects.filter_map(|effect| {
        if let Effect::Forget { peer } = effect {
            Some(peer)
        } else {
            None
        }
    });
    forgotten.collect()
}

#[test]
fn no_peer_is_forgotten_while_a_device_that_we_have_to_do_with_has_its_key() {
    let (mut ann, mut mallory) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let ben = identity("Ben", 2);
    let revoked = mallory.device(1, &[], &[]).sharing_transport(&ben);
    let moving = mallory.device(2, &[], &[]).sharing_transport(&ben);
    assert!(meet(&mut ann, &revoked) && meet(&mut ann, &ben) && meet(&mut ann, &moving));
    let person = |ann: &Side| {
        let found = ann.directory.by_transport(&ben.transport());
        found.map(|device| device.card.person)
    };
    assert!(!ann.directory.is_admitted(&revoked.device()));
    let block = |ann: &mut Side, who: &OwnIdentity, blocked| {
        amended(ann, who.person(), |contact| contact.blocked = blocked)
    };
    assert_eq!(block(&mut ann, &moving, true), []);
    assert_eq!(person(&ann), Some(ben.person()));
    assert_eq!(block(&mut ann, &moving, false), []);
    let moved = moving.sharing_transport(&identity("Mallory", 9));
    show(&mut ann, &moving.device(), &moved.card(Vec::new()));
    assert_eq!(consequences(&mut ann).1, []);
    assert_eq!(person(&ann), Some(ben.person()));

    assert_eq!(block(&mut ann, &ben, true), [ben.transport()]);
    assert_eq!(person(&ann), None);
}

#[test]
fn a_card_that_says_another_peer_than_the_links_is_not_taken() {
    let (ben, mallory) = (identity("Ben", 2), identity("Mallory", 9));
    let mut ann = Side::new(identity("Ann", 1), &[&mallory]);
    let claimed = mallory.sharing_transport(&ben).card(Vec::new());
    let mut context = Context {
        own: &ann.own,
        rng: &mut ann.rng,
        now: at(0),
        outputs: &mut ann.outputs,
        addresses: &[],
        far: &[],
    };
    let (device, peer) = (mallory.device(), mallory.transport());
    let taken = ann.directory.refresh(&device, peer, &claimed, &mut context);
    assert_eq!(taken, None);
    assert!(ann.directory.by_transport(&ben.transport()).is_none());
}

#[test]
fn a_device_that_shows_another_transport_key_is_kept_by_it_and_forgotten_by_the_one_before() {
    let ben = identity("Ben", 2);
    let mut ann = Side::new(identity("Ann", 1), &[]);
    meet(&mut ann, &ben);
    ann.outputs();
    let mut rotated = OwnIdentity::from_bytes(&ben.to_bytes()).unwrap();
    rotated.prepare_transport(&mut ann.rng);
    rotated.take_transport(at(0).wall, &mut ann.rng);
    show(&mut ann, &ben.device(), &rotated.card(Vec::new()));
    let outputs = ann.outputs();
    let has = |effect: Effect| outputs.contains(&Output::Effect(effect));
    assert!(has(Effect::Forget {
        peer: ben.transport()
    }));
    assert!(has(Effect::Keep {
        peer: rotated.transport(),
        addresses: Vec::new()
    }));
    // The one before comes back by no older card.
    show(&mut ann, &ben.device(), &ben.card(Vec::new()));
    assert!(found(&ann, &rotated));
    assert!(ann.directory.by_transport(&ben.transport()).is_none());
}

#[test]
fn a_contact_goes_by_the_name_that_they_showed_as_they_were_met() {
    let ben = identity("Ben", 2);
    let mut ann = Side::new(identity("Ann", 1), &[]);
    meet(&mut ann, &ben);
    let name = |ann: &Side| ann.directory.contact(&ben.person()).unwrap().name.clone();
    let renamed = identity("Team", 2);
    assert_eq!(renamed.device(), ben.device());
    show(&mut ann, &ben.device(), &renamed.card(Vec::new()));
    assert_eq!(name(&ann), "Ben");
    meet(&mut ann, &renamed);
    assert_eq!(name(&ann), "Team");
}

/// Has Ann be presented with a card by a member of a room; returns whether it is news to her.
fn present(ann: &mut Side, device: &OwnIdentity) -> bool {
    let card = device.card(Vec::new());
    let mut context = Context {
        own: &ann.own,
        rng: &mut ann.rng,
        now: at(0),
        outputs: &mut ann.outputs,
        addresses: &[],
        far: &[],
    };
    let verified = card.verify().unwrap();
    ann.directory.acquaint(&card, verified, &[], &mut context)
}

#[test]
fn of_a_persons_devices_the_same_have_a_place_in_whatever_order_they_come() {
    let cat = identity("Cat", 3);
    let most = u8::try_from(limits::DEVICES_MAX).unwrap();
    let mut devices: Vec<OwnIdentity> = (0..2 * most)
        .map(|number| cat.another_device(100 + number))
        .collect();
    devices.sort_by_key(OwnIdentity::device);
    let expected: Vec<DeviceId> = devices.iter().map(OwnIdentity::device).collect();
    let expected = &expected[..limits::DEVICES_MAX];
    for turn in 0..devices.len() {
        devices.rotate_left(1);
        if turn % 2 == 0 {
            devices.reverse();
        }
        let mut ann = Side::new(identity("Ann", 1), &[]);
        for device in &devices {
            present(&mut ann, device);
        }
        let placed = ann.directory.placed(cat.person());
        let placed: Vec<DeviceId> = placed.map(|device| device.card.device).collect();
        assert_eq!(placed, expected);
        assert!(!devices.iter().any(|device| present(&mut ann, device)));
    }
}

#[test]
fn a_card_of_a_later_epoch_is_taken_from_others_whatever_the_number_of_its_bundle() {
    let (mut ann, mut ben) = (Side::new(identity("Ann", 1), &[]), Ben::new());
    let (kept, other) = (ben.device(1, &[], &[]), ben.device(1, &[], &[]));
    let management = SigningSecret::generate(&mut ben.rng);
    let signed = ben.root.state(2, &management.public(), &[], &[]);
    let again = kept.certified_by(signed, &management);
    assert_eq!(again.newest_bundle(), kept.newest_bundle());
    assert!(present(&mut ann, &kept) && !present(&mut ann, &other));
    assert!(present(&mut ann, &again) && !present(&mut ann, &again));
    let known = ann.directory.device(&kept.device()).unwrap();
    assert_eq!(
        (known.card.epoch.epoch, known.passed_on()),
        (2, again.version())
    );
}
