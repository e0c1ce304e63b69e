use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::forged::Claimed;
use super::*;
use crate::identity::keys::weak;
use crate::rng::Rng;
use crate::session::SessionError;

fn hex<const N: usize>(text: &str) -> [u8; N] {
    bytes(text).try_into().unwrap()
}

fn bytes(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn secret(text: &str) -> AgreementSecret {
    AgreementSecret::from_bytes(&hex(text))
}

/// Randomness that a published vector prescribes.
struct Prescribed([u8; 32]);

impl Random for Prescribed {
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), snow::Error> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

/// The vector of the cacophony collection for `Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s`.
mod cacophony {
    pub(super) const PROLOGUE: &str = "4a6f686e2047616c74";
    pub(super) const PSK: &str = "54686973206973206d7920417573747269616e20706572737065637469766521";
    pub(super) const INIT_STATIC: &str =
        "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
    pub(super) const INIT_EPHEMERAL: &str =
        "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
    pub(super) const INIT_REMOTE_STATIC: &str =
        "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62";
    pub(super) const RESP_STATIC: &str =
        "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
    pub(super) const RESP_EPHEMERAL: &str =
        "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
    pub(super) const HANDSHAKE_HASH: &str =
        "f5191b875290abcd41347ac3622d9679688a7e980229cb937ef748336cfde0e5";
    /// Payload and ciphertext, in turn from the initiator and the responder.
    pub(super) const MESSAGES: [(&str, &str); 6] = [
        (
            "4c756477696720766f6e204d69736573",
            "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944001e21de9f98ddd8e2ad\
             57527207feb56253c9c94a9e496782ecfcb2a75fbcaf1b52948cc48daefe660c62119ab5000980c84831\
             215f2441eba616548e832985464cf17e51ee93109008399a21f7e13f",
        ),
        (
            "4d757272617920526f746862617264",
            "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843cb765f2caef0751b8f00\
             7572dab0322217755c0632f365717edbf34d33e87a",
        ),
        (
            "462e20412e20486179656b",
            "8153ca9833bc3c1b91a7e66e5f4d4f5b59bf9e64c2f20d15f0bba7",
        ),
        (
            "4361726c204d656e676572",
            "07af0c9c86e1b4e80f36b04ff7688d51141af3debd0332f0a705ef",
        ),
        (
            "4a65616e2d426170746973746520536179",
            "6ab1467c0448cc78394494abaaf23afce0e234315d6e2624dcbfa8a21c1c4d073d",
        ),
        (
            "457567656e2042f6686d20766f6e2042617765726b",
            "dfc346c0d2296ae6cf1acf6f12b8456a1dba228cf8d8b774aacf1c47fc53aa80ebc7a4c292",
        ),
    ];
}

#[test]
fn the_published_ikpsk2_vector_holds_for_this_resolver() {
    use cacophony::*;
    let (psk, prologue, remote) = (hex(PSK), bytes(PROLOGUE), hex(INIT_REMOTE_STATIC));
    assert_eq!(secret(RESP_STATIC).public(), remote);
    let setup = |own, remote| Setup {
        pattern: IKPSK2,
        own,
        remote,
        psk: Some((IKPSK2_LOCATION, &psk)),
        prologue: &prologue,
    };
    let (init_static, resp_static) = (secret(INIT_STATIC), secret(RESP_STATIC));
    let mut initiator =
        setup(&init_static, Some(&remote)).initiator(Prescribed(hex(INIT_EPHEMERAL)));
    let mut responder = setup(&resp_static, None).responder(Prescribed(hex(RESP_EPHEMERAL)));

    let first = write(&mut initiator, &bytes(MESSAGES[0].0)).unwrap();
    assert_eq!(first, bytes(MESSAGES[0].1));
    assert_eq!(*read(&mut responder, &first).unwrap(), bytes(MESSAGES[0].0));
    assert_eq!(remote_static(&responder).unwrap(), init_static.public());
    let second = write(&mut responder, &bytes(MESSAGES[1].0)).unwrap();
    assert_eq!(second, bytes(MESSAGES[1].1));
    assert_eq!(
        *read(&mut initiator, &second).unwrap(),
        bytes(MESSAGES[1].0)
    );
    assert_eq!(initiator.get_handshake_hash(), bytes(HANDSHAKE_HASH));

    let mut ends = [
        initiator.into_transport_mode().unwrap(),
        responder.into_transport_mode().unwrap(),
    ];
    for (turn, (payload, ciphertext)) in MESSAGES[2..].iter().enumerate() {
        let (payload, mut frame, mut opened) = (bytes(payload), [0; 128], [0; 128]);
        let length = ends[turn % 2].write_message(&payload, &mut frame).unwrap();
        assert_eq!(frame[..length], bytes(ciphertext));
        let opened_length = ends[1 - turn % 2]
            .read_message(&frame[..length], &mut opened)
            .unwrap();
        assert_eq!(opened[..opened_length], payload);
    }
}

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    sender_static: String,
    recipient_static: String,
    recipient_public: String,
    psk: String,
    prologue: String,
    payload: String,
    rng_seed: String,
    sender_ephemeral: String,
    message: String,
}

fn frozen_vectors() -> Vec<Vector> {
    let text = include_str!("../../../../docs/vectors/xpsk0.json");
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_frozen_xpsk0_vectors_hold() {
    let vectors = frozen_vectors();
    assert!(vectors.len() >= 3);
    for vector in vectors {
        let (sender, recipient) = (
            secret(&vector.sender_static),
            secret(&vector.recipient_static),
        );
        assert_eq!(
            recipient.public(),
            hex(&vector.recipient_public),
            "{}",
            vector.name
        );
        let ephemeral = Rng::from_seed(&hex(&vector.rng_seed)).fork().bytes::<32>();
        assert_eq!(ephemeral, hex(&vector.sender_ephemeral), "{}", vector.name);
        let (psk, prologue, payload) = (
            hex(&vector.psk),
            bytes(&vector.prologue),
            bytes(&vector.payload),
        );
        let mut rng = Rng::from_seed(&hex(&vector.rng_seed));
        let message = seal_xpsk0(
            &sender,
            &recipient.public(),
            &psk,
            &prologue,
            &payload,
            &mut rng,
        )
        .unwrap();
        assert_eq!(HEXLOWER.encode(&message), vector.message, "{}", vector.name);
        let (from, opened) = open_xpsk0(&recipient, &psk, &prologue, &message).unwrap();
        assert_eq!(
            (from, &*opened),
            (sender.public(), &payload),
            "{}",
            vector.name
        );
    }
}

fn ann() -> AgreementSecret {
    AgreementSecret::from_bytes(&[1; 32])
}

fn ben() -> AgreementSecret {
    AgreementSecret::from_bytes(&[2; 32])
}

fn sealed(payload: &[u8]) -> Result<Vec<u8>, SessionError> {
    let mut rng = Rng::from_seed(&[3; 32]);
    seal_xpsk0(
        &ann(),
        &ben().public(),
        &[4; 32],
        b"prologue",
        payload,
        &mut rng,
    )
}

#[test]
fn every_part_of_a_one_way_message_must_be_the_sealed_one() {
    let message = sealed(b"payload").unwrap();
    assert_eq!(message.len(), b"payload".len() + XPSK0_OVERHEAD_BYTES);
    let undecryptable = Err(SessionError::Undecryptable);
    assert_eq!(
        open_xpsk0(&ann(), &[4; 32], b"prologue", &message),
        undecryptable
    );
    assert_eq!(
        open_xpsk0(&ben(), &[5; 32], b"prologue", &message),
        undecryptable
    );
    assert_eq!(
        open_xpsk0(&ben(), &[4; 32], b"prologues", &message),
        undecryptable
    );
    assert!(open_xpsk0(&ben(), &[4; 32], b"prologue", &message).is_ok());
}

#[test]
fn a_one_way_payload_of_the_maximum_size_is_sealed_and_one_byte_more_is_not() {
    let payload = vec![7; FRAME_BYTES_MAX - XPSK0_OVERHEAD_BYTES + 1];
    let message = sealed(&payload[1..]).unwrap();
    assert_eq!(message.len(), FRAME_BYTES_MAX);
    assert!(open_xpsk0(&ben(), &[4; 32], b"prologue", &message).is_ok());
    assert!(matches!(
        sealed(&payload),
        Err(SessionError::TooLarge { .. })
    ));
    let longer = vec![0; FRAME_BYTES_MAX + 1];
    assert!(open_xpsk0(&ben(), &[4; 32], b"prologue", &longer).is_err());
}

#[test]
fn recipients_and_ephemerals_of_small_order_are_refused() {
    for key in weak::agreement() {
        let mut rng = Rng::from_seed(&[3; 32]);
        let refused = seal_xpsk0(&ann(), &key, &[4; 32], b"", b"", &mut rng);
        assert_eq!(refused, Err(SessionError::WeakKey), "{key:?}");
        let mut message = sealed(b"payload").unwrap();
        message[..32].copy_from_slice(&key);
        let refused = open_xpsk0(&ben(), &[4; 32], b"prologue", &message);
        assert_eq!(refused, Err(SessionError::WeakKey), "{key:?}");
    }
}

#[test]
fn a_sender_whose_encrypted_static_key_is_of_small_order_is_refused() {
    let seal = |claimed: Claimed| {
        let mut rng = Rng::from_seed(&[3; 32]);
        claimed.seal_xpsk0(&ben().public(), &[4; 32], b"prologue", b"x", &mut rng)
    };
    let open = |message: &[u8]| open_xpsk0(&ben(), &[4; 32], b"prologue", message);
    for key in weak::agreement() {
        let refused = open(&seal(Claimed::weak(key)));
        assert_eq!(refused, Err(SessionError::WeakKey), "{key:?}");
    }
    // What is made so of a fit key opens.
    let fit = open(&seal(Claimed::stolen(ann().public(), &ben())));
    assert_eq!(fit.unwrap().0, ann().public());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_one_way_message_never_opens(at: prop::sample::Index, bit in 0..8_u8) {
        let mut message = sealed(b"payload").unwrap();
        let index = at.index(message.len());
        message[index] ^= 1 << bit;
        prop_assert!(open_xpsk0(&ben(), &[4; 32], b"prologue", &message).is_err());
        prop_assert!(open_xpsk0(&ben(), &[4; 32], b"prologue", &message[..index]).is_err());
    }

    #[test]
    fn garbage_never_opens(message: Vec<u8>) {
        prop_assert!(open_xpsk0(&ben(), &[4; 32], b"prologue", &message).is_err());
    }
}
