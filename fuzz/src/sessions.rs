//! The targets of live sessions: the first frames of one, what is inside of those, what follows, and an engine
//! that strangers open links to.

use std::time::Duration;

use snow::{Builder, HandshakeState};
use tidings_protocol::domain::Domain;
use tidings_protocol::engine::{Engine, Input, LinkId, LinkPurpose, Output};
use tidings_protocol::id::TransportId;
use tidings_protocol::identity::AgreementSecret;
use tidings_protocol::record::{Profile, SecretBytes};
use tidings_protocol::session::{HeldSecrets, Hello, Initiator, Responder, Transport};
use tidings_protocol::time::{Monotonic, Now};

use super::decoders::{card, message};
use super::people::{ANN, BEN, START, rng};

const PATTERN: &str = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
/// Bytes with which no contact secret is chosen.
const NO_SECRET: [u8; 16] = [0; 16];

/// Ann, who asks Ben for a session, and her frame.
pub fn asking() -> (Initiator, Vec<u8>) {
    let ben = BEN.agreement().public();
    let (own, held) = (ANN.agreement(), HeldSecrets::default());
    let started = Initiator::start(own, &ben, Hello::OURS, held, Vec::new(), &mut rng(9));
    started.expect("keys that are fit for use")
}

/// The first frames of a session, either way.
pub fn session(data: &[u8]) {
    let _ = asked(data);
    let _ = replied(data);
}

/// Ben, who was asked by this frame.
pub fn asked(frame: &[u8]) -> Option<Transport> {
    let read = Responder::read(BEN.agreement(), Hello::OURS, frame, &mut rng(8));
    let responder = read.ok()?;
    card(responder.card());
    let chosen = responder.held().first().map(|id| (*id, &[6; 32]));
    Some(responder.finish(chosen, Vec::new()).ok()?.1)
}

/// Ann, to whom this was the reply.
pub fn replied(frame: &[u8]) -> Option<Transport> {
    let finished = asking().0.finish(frame, |_| None).ok()?;
    card(&finished.card);
    Some(finished.transport)
}

/// What is inside of one of the first frames of a session, by the first byte.
pub fn handshake(data: &[u8]) {
    let _ = is_taken(data);
}

/// Whether it is taken for what belongs there.
pub fn is_taken(data: &[u8]) -> bool {
    match data.split_first() {
        Some((which, payload)) if which % 2 == 0 => is_opening(payload),
        Some((_, payload)) => is_reply(payload),
        None => false,
    }
}

/// Whether Ben takes this for what he is asked with.
fn is_opening(payload: &[u8]) -> bool {
    let ben = BEN.agreement().public();
    let mut state = noise(ANN.agreement(), Some(&ben));
    let hello = Hello::OURS.to_bytes();
    let Some(message) = written(&mut state, payload) else {
        return false;
    };
    asked(&[&hello[..], &message].concat()).is_some()
}

/// Whether Ann takes this for what she is replied with.
fn is_reply(payload: &[u8]) -> bool {
    let (_, frame) = asking();
    let hello = Hello::OURS.to_bytes();
    let mut state = noise(BEN.agreement(), None);
    let mut opening = vec![0; frame.len()];
    let read = state.read_message(&frame[hello.len()..], &mut opening);
    read.expect("a frame of our own");
    state.set_psk(2, &[0; 32]).expect("a place for it");
    let Some(message) = written(&mut state, payload) else {
        return false;
    };
    replied(&[&hello[..], &NO_SECRET, &message].concat()).is_some()
}

/// One side of the handshake as the library has it, with the same ephemeral key each time.
fn noise(own: &AgreementSecret, peer: Option<&[u8; 32]>) -> HandshakeState {
    let hello = Hello::OURS.to_bytes();
    let prologue = [Domain::SessionPrologue.context().as_bytes(), &hello].concat();
    let builder = Builder::new(PATTERN.parse().expect("a pattern"));
    let builder = builder.local_private_key(own.as_bytes()).expect("set once");
    let builder = builder.prologue(&prologue).expect("set once");
    let builder = builder.fixed_ephemeral_key_for_testing_only(&[3; 32]);
    match peer {
        Some(peer) => builder
            .remote_public_key(peer)
            .expect("set once")
            .build_initiator(),
        None => builder.build_responder(),
    }
    .expect("all keys of the pattern")
}

fn written(state: &mut HandshakeState, payload: &[u8]) -> Option<Vec<u8>> {
    let mut message = vec![0; payload.len() + 256];
    let length = state.write_message(payload, &mut message).ok()?;
    message.truncate(length);
    Some(message)
}

/// What comes in a session that is established: what the other side sealed, in its place, opens as itself;
/// nothing else opens.
pub fn transport(mut data: &[u8]) {
    let hello = Hello::OURS;
    let (initiator, first) = asking();
    let read = Responder::read(BEN.agreement(), hello, &first, &mut rng(8));
    let finished = read.and_then(|responder| responder.finish(None, Vec::new()));
    let (reply, mut ben) = finished.expect("asked by a frame of our own");
    let finished = initiator.finish(&reply, |_| None);
    let mut ann = finished.expect("a reply of our own").transport;
    while let Some((what, which, bytes, rest)) = event(data) {
        let (from, to) = if which % 2 == 0 {
            (&mut ann, &mut ben)
        } else {
            (&mut ben, &mut ann)
        };
        if what % 3 == 0 {
            assert!(to.open(bytes).is_err(), "nobody sealed this");
        } else if let Ok(mut frame) = from.seal(bytes) {
            if what % 3 == 1 {
                let opened = to.open(&frame).expect("the next in its place");
                assert_eq!(&opened[..], bytes);
                assert!(to.open(&frame).is_err(), "opened twice");
                message(bytes);
            } else {
                let at = usize::from(which) % frame.len();
                frame[at] ^= 1 + which / 2;
                assert!(to.open(&frame).is_err(), "opened although damaged");
                // The session is over then.
                return;
            }
        }
        data = rest;
    }
}

fn at(millis: u64) -> Now {
    Now {
        wall: START.after(Duration::from_millis(millis)),
        monotonic: Monotonic::from_millis(millis),
    }
}

/// What a stranger does next: what, on which link, with how many bytes, and those.
fn event(data: &[u8]) -> Option<(u8, u8, &[u8], &[u8])> {
    let ([what, which, high, low], rest) = data.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
    let (bytes, rest) = rest.split_at(length);
    Some((*what, *which, bytes, rest))
}

/// Whatever links strangers open and whatever frames they send on them, in any order, an engine
/// goes on, makes nothing durable of it, and lets a bounded number of links stand.
pub fn engine(mut data: &[u8]) {
    let profile = Profile {
        identity: Some(SecretBytes::from(ANN.to_bytes())),
        ..Profile::default()
    };
    let mut engine = Engine::open(profile, &[2; 32], at(0)).expect("a profile of ours");
    let (mut opened, mut millis) = (0, 0);
    while let Some((what, which, bytes, rest)) = event(data) {
        let peer = TransportId::new([which; 32]);
        let link = LinkId::new(1 + u64::from(which) % 16);
        let input = match what % 6 {
            0 | 1 => {
                opened += 1;
                Input::LinkOpened {
                    link: LinkId::new(opened),
                    peer,
                    purpose: if what % 6 == 0 {
                        LinkPurpose::IncomingSession
                    } else {
                        LinkPurpose::IncomingJoin
                    },
                }
            }
            2 | 3 => Input::Frame {
                link,
                bytes: bytes.to_vec(),
            },
            4 => Input::LinkClosed { link },
            _ => Input::Tick,
        };
        engine.handle(input, at(millis));
        while let Some((_, output)) = engine.poll() {
            assert!(
                matches!(output, Output::Effect(_)),
                "a stranger changed something"
            );
        }
        (data, millis) = (rest, millis + 100);
    }
    assert_eq!(engine.live().count(), 0);
}
