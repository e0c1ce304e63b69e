use proptest::prelude::*;

use super::*;
use crate::identity::OwnIdentity;
use crate::identity::keys::weak;
use crate::rng::Rng;
use crate::time::WallTime;
use crate::wire::limits::{DEVICES_MAX, EPOCH_MAX, NAME_CHARACTERS_MAX};

fn own(seed: u8) -> OwnIdentity {
    let mut rng = Rng::from_seed(&[seed; 32]);
    OwnIdentity::create("Ann", "laptop", WallTime::from_millis(0), &mut rng)
        .unwrap()
        .0
}

fn card() -> Card {
    own(1).card(vec!["/ip4/192.0.2.1/udp/4001/quic-v1".into()])
}

#[test]
fn a_card_verifies_and_says_who_it_is() {
    let own = own(1);
    let card = Card::from_bytes(&card().to_bytes())
        .unwrap()
        .verify()
        .unwrap();
    assert_eq!((card.person, card.device), (own.person(), own.device()));
    assert_eq!((card.root, card.transport), (own.root(), own.transport()));
    assert_eq!(
        (card.name.as_str(), card.certificate.name.as_str()),
        ("Ann", "laptop")
    );
    assert_eq!(card.addresses, ["/ip4/192.0.2.1/udp/4001/quic-v1"]);
    assert_eq!(card.safety_words(), own.safety_words());
}

#[test]
fn parts_of_two_cards_make_no_card() {
    let (ann, ben) = (card(), own(2).card(Vec::new()));
    let mixed_epoch = Card {
        epoch: ben.epoch.clone(),
        ..ann.clone()
    };
    let mixed_certificate = Card {
        certificate: ben.certificate.clone(),
        ..ann.clone()
    };
    let mixed_bundle = Card {
        bundle: ben.bundle.clone(),
        ..ann
    };
    for mixed in [mixed_epoch, mixed_certificate, mixed_bundle] {
        assert!(matches!(mixed.verify(), Err(IdentityError::Signature(_))));
    }
}

#[test]
fn a_card_that_is_passed_on_is_all_as_its_device_signed_it() {
    let genuine = card();
    assert!(genuine.verify().is_ok());
    let forged = |change: fn(&mut Card)| {
        let mut card = genuine.clone();
        change(&mut card);
        card.verify()
    };
    let refused = Err(IdentityError::Signature(Domain::CardSignature));
    assert_eq!(forged(|card| card.name = "Eve".to_owned()), refused);
    assert_eq!(forged(|card| card.addresses.clear()), refused);
    assert_eq!(
        forged(|card| card.transport = own(2).card(Vec::new()).transport),
        refused
    );
}

#[test]
fn a_card_without_the_signature_of_its_device_or_its_transport_key_does_not_hold() {
    let unsigned = Card {
        signature: None,
        ..card()
    };
    let unproved = Card {
        transport_signature: None,
        ..card()
    };
    for (card, lacking) in [
        (unsigned, Domain::CardSignature),
        (unproved, Domain::CardTransportSignature),
    ] {
        let read = Card::from_bytes(&card.to_bytes()).unwrap();
        assert_eq!(read.verify(), Err(IdentityError::Signature(lacking)));
    }
}

#[test]
fn a_card_that_names_anothers_transport_key_does_not_hold() {
    let card = own(1).card_at(own(2).transport());
    let refused = IdentityError::Signature(Domain::CardTransportSignature);
    assert_eq!(card.verify(), Err(refused));
}

#[test]
fn a_transport_key_of_small_order_is_refused() {
    for key in weak::signing() {
        let card = Card {
            transport: TransportId::new(key),
            signature: None,
            ..card()
        };
        assert_eq!(card.verify(), Err(IdentityError::Key));
    }
}

#[test]
fn names_and_addresses_at_their_maximum_verify_and_past_it_do_not() {
    let (name, now) = ("n".repeat(NAME_CHARACTERS_MAX), WallTime::from_millis(0));
    let (own, _) =
        OwnIdentity::create(&name, "laptop", now, &mut Rng::from_seed(&[1; 32])).unwrap();
    let full = own.card(vec!["a".repeat(ADDRESS_BYTES_MAX); ADDRESSES_MAX]);
    assert!(Card::from_bytes(&full.to_bytes()).unwrap().verify().is_ok());
    let long_name = Card {
        name: "n".repeat(NAME_CHARACTERS_MAX + 1),
        ..full.clone()
    };
    assert_eq!(long_name.verify(), Err(IdentityError::Name));
    let many = Card {
        addresses: vec![String::new(); ADDRESSES_MAX + 1],
        ..full.clone()
    };
    let too_many = IdentityError::TooMany {
        entries: ADDRESSES_MAX + 1,
        entries_max: ADDRESSES_MAX,
    };
    assert_eq!(many.verify(), Err(too_many));
    let long = Card {
        addresses: vec!["a".repeat(ADDRESS_BYTES_MAX + 1)],
        ..full
    };
    assert_eq!(
        long.verify(),
        Err(IdentityError::Address {
            bytes: ADDRESS_BYTES_MAX + 1
        })
    );
}

#[test]
fn the_fullest_card_fits_its_limit() {
    let widest = "\u{10ffff}".repeat(NAME_CHARACTERS_MAX);
    let mut rng = Rng::from_seed(&[1; 32]);
    let (own, words) =
        OwnIdentity::create(&widest, &widest, WallTime::from_millis(u64::MAX), &mut rng).unwrap();
    let devices = vec![own.device(); DEVICES_MAX];
    let root = crate::identity::RootKey::from_words(&words);
    let management = crate::identity::SigningSecret::generate(&mut rng).public();
    let card = Card {
        epoch: root.state(EPOCH_MAX, &management, &devices, &devices),
        ..own.card(vec!["a".repeat(ADDRESS_BYTES_MAX); ADDRESSES_MAX])
    };
    assert!(card.to_bytes().len() <= CARD_BYTES_MAX);
    assert!(card.epoch.verify().is_ok());
}

#[test]
fn bytes_up_to_the_limit_are_read_and_one_more_is_not() {
    let at_limit = Card::from_bytes(&vec![0xa0; CARD_BYTES_MAX]);
    assert!(matches!(
        at_limit,
        Err(IdentityError::Decode(wire::DecodeError::Malformed(_)))
    ));
    let past_limit = Card::from_bytes(&vec![0xa0; CARD_BYTES_MAX + 1]);
    assert!(matches!(
        past_limit,
        Err(IdentityError::Decode(wire::DecodeError::TooLong { .. }))
    ));
}

#[test]
fn unknown_fields_beside_the_known_ones_are_tolerated() {
    let mut bytes = card().to_bytes();
    assert_eq!(bytes[0], 0xa8);
    bytes[0] = 0xa9;
    bytes.extend([0x18, 0x63, 0x82, 0x01, 0xa0]);
    assert!(Card::from_bytes(&bytes).unwrap().verify().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_truncated_card_never_decodes(cut in 1..1500_usize) {
        let bytes = card().to_bytes();
        prop_assert!(Card::from_bytes(&bytes[..bytes.len().saturating_sub(cut)]).is_err());
    }

    #[test]
    fn a_flipped_bit_never_changes_what_is_signed(at in 0..10_000_usize, bit in 0..8_u8) {
        let mut bytes = card().to_bytes();
        let index = at % bytes.len();
        bytes[index] ^= 1 << bit;
        let genuine = card().verify().unwrap();
        if let Ok(card) = Card::from_bytes(&bytes).and_then(|card| card.verify()) {
            prop_assert_eq!(card.certificate, genuine.certificate);
            prop_assert_eq!(card.epoch, genuine.epoch);
            prop_assert_eq!(card.bundle, genuine.bundle);
        }
    }

    #[test]
    fn garbage_never_panics(bytes: Vec<u8>) {
        if let Ok(card) = Card::from_bytes(&bytes) {
            prop_assert!(card.verify().is_err());
        }
    }
}
