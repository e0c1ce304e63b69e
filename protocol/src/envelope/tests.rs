mod printed;

use proptest::prelude::*;

use super::*;
use crate::identity::bundle::{BUNDLE_GRACE, BUNDLE_LIFETIME};
use crate::identity::keys::weak;
use crate::identity::{Bundle, OwnIdentity, VerifiedCard};
use crate::rng::Rng;
use crate::time::WallTime;

const START: WallTime = WallTime::from_millis(1_700_000_000_000);
const SECRET: [u8; 32] = [9; 32];

fn rng(seed: u8) -> Rng {
    Rng::from_seed(&[seed; 32])
}

fn own(seed: u8) -> OwnIdentity {
    OwnIdentity::create("Ann", "laptop", START, &mut rng(seed))
        .unwrap()
        .0
}

fn card(seed: u8) -> VerifiedCard {
    own(seed).card(Vec::new()).verify().unwrap()
}

fn header() -> Header {
    Header {
        tag: Tag::new([7; 16]),
        lifetime_hours: LIFETIME_HOURS_MAX,
        priority: Priority::USUAL,
        purge: Domain::Purge.hash(&[b"preimage"]),
    }
}

/// From Ann (1) to Ben (2), who share a secret and know each other by the tag.
fn context() -> Context<'static> {
    Context {
        sender: Some(card(1).device),
        secret: Some(&SECRET),
    }
}

fn sealed_as(header: &Header, payload: &[u8]) -> Result<Envelope, EnvelopeError> {
    let (ben, context) = (card(2), context());
    seal(
        &own(1),
        Recipient::from(&ben),
        context,
        header,
        payload,
        &mut rng(3),
    )
}

fn sealed(payload: &[u8]) -> Result<Envelope, EnvelopeError> {
    sealed_as(&header(), payload)
}

fn opened(envelope: &Envelope) -> Result<Opened, EnvelopeError> {
    open(&own(2), None, envelope, context())?.verify(&card(1).certificate)
}

#[test]
fn an_envelope_opens_for_its_recipient_and_names_its_sender() {
    let envelope = Envelope::from_bytes(sealed(b"hello").unwrap().as_bytes()).unwrap();
    let opened = opened(&envelope).unwrap();
    assert_eq!(
        (opened.sender, opened.payload.as_slice()),
        (card(1).device, b"hello".as_slice())
    );
    assert_eq!(envelope.header(), &header());
}

#[test]
fn an_envelope_opens_in_its_own_context_alone() {
    let envelope = sealed(b"hello").unwrap();
    let undecryptable = EnvelopeError::Undecryptable;
    for wrong in [
        Context {
            sender: None,
            ..context()
        },
        Context {
            sender: Some(card(4).device),
            ..context()
        },
        Context {
            secret: None,
            ..context()
        },
        Context {
            secret: Some(&[8; 32]),
            ..context()
        },
    ] {
        assert_eq!(
            open(&own(2), None, &envelope, wrong).unwrap_err(),
            undecryptable
        );
    }
    assert_eq!(
        open(&own(4), None, &envelope, context()).unwrap_err(),
        undecryptable
    );
}

#[test]
fn an_unverified_payload_is_not_another_devices() {
    let envelope = sealed(b"hello").unwrap();
    let unverified = || open(&own(2), None, &envelope, context()).unwrap();
    assert_eq!(unverified().claim(), b"hello");
    assert_eq!(
        unverified().verify(&card(4).certificate).unwrap_err(),
        EnvelopeError::Sender
    );
    let mut borrowed_agreement = card(4).certificate;
    borrowed_agreement.agreement = card(1).certificate.agreement;
    let anyone = Context {
        sender: None,
        ..context()
    };
    let ben = card(2);
    let envelope = seal(
        &own(1),
        Recipient::from(&ben),
        anyone,
        &header(),
        b"x",
        &mut rng(3),
    )
    .unwrap();
    let refused = open(&own(2), None, &envelope, anyone)
        .unwrap()
        .verify(&borrowed_agreement);
    let not_signed = IdentityError::Signature(Domain::SealSignature);
    assert_eq!(refused.unwrap_err(), EnvelopeError::Identity(not_signed));
}

/// The recipient's stolen agreement key lets the thief compute every agreement with its owner, so
/// that only the device signature, bound to the recipient, says who wrote.
#[test]
fn a_payload_replayed_to_another_recipient_fails() {
    let original = open(&own(2), None, &sealed(b"hello").unwrap(), context()).unwrap();
    let carol = card(5);
    let forwarded = seal(
        &own(1),
        Recipient::from(&carol),
        context(),
        &header(),
        b"hello",
        &mut rng(6),
    )
    .unwrap();
    let mut spliced = open(&own(5), None, &forwarded, context()).unwrap();
    spliced.replace_signature(&original);
    let not_signed = IdentityError::Signature(Domain::SealSignature);
    assert_eq!(
        spliced.verify(&card(1).certificate).unwrap_err(),
        EnvelopeError::Identity(not_signed)
    );
}

#[test]
fn every_size_is_a_class_and_content_of_one_class_looks_alike() {
    for (payload, class) in [(0, 2048), (500, 2048), (1_000, 4096), (10_000, 16_384)] {
        assert_eq!(
            sealed(&vec![1; payload]).unwrap().as_bytes().len(),
            class,
            "{payload}"
        );
    }
    let full = sealed(&vec![1; PAYLOAD_BYTES_MAX]).unwrap();
    assert_eq!(full.as_bytes().len(), ENVELOPE_BYTES_MAX);
    assert_eq!(opened(&full).unwrap().payload.len(), PAYLOAD_BYTES_MAX);
    let smallest = Header {
        lifetime_hours: 0,
        priority: Priority::FIRST,
        ..header()
    };
    assert_eq!(sealed_as(&smallest, b"").unwrap().as_bytes().len(), 2048);
    let largest = Header {
        priority: Priority::new(u8::MAX),
        ..header()
    };
    let full = sealed_as(&largest, &vec![1; PAYLOAD_BYTES_MAX]).unwrap();
    assert_eq!(full.as_bytes().len(), ENVELOPE_BYTES_MAX);
}

#[test]
fn a_payload_or_lifetime_past_its_maximum_is_refused() {
    assert!(matches!(
        sealed(&vec![1; PAYLOAD_BYTES_MAX + 1]),
        Err(EnvelopeError::TooLarge {
            bytes_max: PAYLOAD_BYTES_MAX,
            ..
        })
    ));
    let too_long = Header {
        lifetime_hours: LIFETIME_HOURS_MAX + 1,
        ..header()
    };
    assert_eq!(
        sealed_as(&too_long, b"").unwrap_err(),
        EnvelopeError::Lifetime(LIFETIME_HOURS_MAX + 1)
    );
}

#[test]
fn foreign_versions_sizes_and_lifetimes_are_told_apart() {
    let fields = || Fields::new(&header(), vec![0; 100]);
    let read = |fields: &Fields| Envelope::from_bytes(&wire::encode(fields)).unwrap_err();
    assert_eq!(
        read(&Fields {
            version: 2,
            ..fields()
        }),
        EnvelopeError::Version(2)
    );
    assert!(matches!(read(&fields()), EnvelopeError::Size(_)));
    let around = wire::encode(&Fields::new(&header(), vec![0; 1000])).len() - 1000;
    let exact = Fields {
        ciphertext: vec![0; 2048 - around],
        ..fields()
    };
    assert!(Envelope::from_bytes(&wire::encode(&exact)).is_ok());
    let lasting = Fields {
        lifetime_hours: LIFETIME_HOURS_MAX + 1,
        ..exact
    };
    assert_eq!(
        read(&lasting),
        EnvelopeError::Lifetime(LIFETIME_HOURS_MAX + 1)
    );
    let too_long = Envelope::from_bytes(&vec![0; ENVELOPE_BYTES_MAX + 1]);
    assert!(matches!(
        too_long,
        Err(EnvelopeError::Malformed(DecodeError::TooLong { .. }))
    ));
}

#[test]
fn an_envelope_to_an_older_bundle_opens_until_its_key_is_erased() {
    let (mut ben, envelope) = (own(2), sealed(b"hello").unwrap());
    let expires = START.after(BUNDLE_LIFETIME);
    ben.rotate_bundle_if_due(expires, &mut rng(8));
    assert!(open(&ben, None, &envelope, context()).is_ok());
    ben.rotate_bundle_if_due(expires.after(BUNDLE_GRACE), &mut rng(8));
    let gone = open(&ben, None, &envelope, context()).unwrap_err();
    assert_eq!(gone, EnvelopeError::KeyGone);
}

#[test]
fn the_key_id_is_hidden_from_carriers() {
    let key_id = |tag: u8| {
        let envelope = sealed_as(
            &Header {
                tag: Tag::new([tag; 16]),
                ..header()
            },
            b"",
        )
        .unwrap();
        seal::Sealed::parse(&envelope, seal::SUITE_HYBRID)
            .unwrap()
            .masked_key_id()
    };
    assert_ne!(key_id(1), key_id(2));
}

#[test]
fn a_bundle_with_unusable_keys_is_not_sealed_to() {
    let ben = card(2);
    for agreement in weak::agreement() {
        let bundle = Bundle {
            agreement,
            ..ben.bundle.clone()
        };
        let recipient = Recipient {
            device: ben.device,
            bundle: &bundle,
            ratchet: None,
        };
        let refused = seal(&own(1), recipient, context(), &header(), b"", &mut rng(3));
        assert_eq!(
            refused.unwrap_err(),
            EnvelopeError::Identity(IdentityError::Key)
        );
    }
}

#[test]
fn the_same_payload_sealed_twice_shares_nothing() {
    let mut generator = rng(3);
    let ben = card(2);
    let mut seal = || {
        let recipient = Recipient::from(&ben);
        seal(
            &own(1),
            recipient,
            context(),
            &header(),
            b"hello",
            &mut generator,
        )
        .unwrap()
    };
    let (one, two) = (seal(), seal());
    assert_ne!(one.id(), two.id());
    let equal = one
        .ciphertext
        .iter()
        .zip(&two.ciphertext)
        .filter(|(a, b)| a == b)
        .count();
    assert!(equal < one.ciphertext.len() / 10, "{equal} equal bytes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_payload_round_trips(payload in prop::collection::vec(any::<u8>(), 0..6000), priority: u8) {
        let envelope = sealed_as(&Header { priority: Priority::new(priority), ..header() }, &payload).unwrap();
        prop_assert!(SIZE_CLASSES_BYTES.contains(&envelope.as_bytes().len()));
        prop_assert_eq!(&*opened(&envelope).unwrap().payload, &payload);
        prop_assert_eq!(Envelope::from_bytes(&envelope.to_bytes()).unwrap(), envelope);
    }

    #[test]
    fn a_flipped_bit_changes_the_id_and_never_opens(at: prop::sample::Index, bit in 0..8_u8) {
        let envelope = sealed(b"hello").unwrap();
        let mut bytes = envelope.to_bytes();
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        if let Ok(damaged) = Envelope::from_bytes(&bytes) {
            prop_assert_ne!(damaged.id(), envelope.id());
            prop_assert!(opened(&damaged).is_err());
        }
    }

    #[test]
    fn truncated_or_extended_envelopes_are_refused(cut in 1..2000_usize) {
        let mut bytes = sealed(b"hello").unwrap().to_bytes();
        prop_assert!(Envelope::from_bytes(&bytes[..bytes.len() - cut]).is_err());
        bytes.resize(bytes.len() + cut, 0);
        prop_assert!(Envelope::from_bytes(&bytes).is_err());
    }

    #[test]
    fn garbage_never_panics_and_never_opens(bytes: Vec<u8>, ciphertext: Vec<u8>) {
        prop_assert!(Envelope::from_bytes(&bytes).is_err());
        let around = wire::encode(&Fields::new(&header(), vec![0; 1000])).len() - 1000;
        let mut padded = ciphertext;
        padded.resize(2048 - around, 0xf6);
        let envelope = Envelope::assemble(&header(), padded).unwrap();
        prop_assert!(opened(&envelope).is_err());
    }
}

#[test]
fn what_is_written_otherwise_or_has_more_fields_is_no_envelope() {
    let envelope = sealed(b"hello").unwrap();
    // One field more, in the next size.
    let mut more = envelope.to_bytes();
    more[0] += 1;
    let padding = SIZE_CLASSES_BYTES[1] - more.len() - 4;
    let [high, low] = u16::try_from(padding).unwrap().to_be_bytes();
    more.extend([22, 0x59, high, low]);
    more.resize(SIZE_CLASSES_BYTES[1], 0);
    assert!(matches!(
        Envelope::from_bytes(&more),
        Err(EnvelopeError::Malformed(DecodeError::Malformed(_)))
    ));
    // The same within what is sealed, where nothing binds it either.
    let sealed = envelope.ciphertext();
    let around = envelope.as_bytes().len() - sealed.len();
    let mut inside = sealed.to_vec();
    inside[0] += 1;
    let padding = SIZE_CLASSES_BYTES[1] - around - inside.len() - 4;
    let [high, low] = u16::try_from(padding).unwrap().to_be_bytes();
    inside.extend([22, 0x59, high, low]);
    inside.resize(SIZE_CLASSES_BYTES[1] - around, 0);
    let changed = Envelope::assemble(&header(), inside).unwrap();
    assert!(matches!(
        opened(&changed),
        Err(EnvelopeError::Malformed(DecodeError::Malformed(_)))
    ));
}
