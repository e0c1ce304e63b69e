//! Streams of every kind and of none: with nothing on them, with half a name, with garbage, and with as much as goes
//! before anybody looks at it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use libp2p::futures::AsyncWriteExt as _;
use tokio::time::{sleep, timeout};

use super::attack::{Front, PAUSE};
use super::peer::{Answer, HEADER, Peer, begin};

/// Streams of a connection at once: as many as are let in, but for those that both sides need.
const HELD: usize = 110;
/// As much as one stream takes that nobody reads.
const WINDOW_BYTES: usize = 256 * 1024;
/// Time for that.
const FILL_TIME: Duration = Duration::from_millis(50);
const PROTOCOLS: [&str; 8] = [
    "/tidings/session/1",
    "/tidings/join/1",
    "/tidings/carry/1",
    "/tidings/nothing/1",
    "/ipfs/ping/1.0.0",
    "/ipfs/id/push/1.0.0",
    "/libp2p/circuit/relay/0.2.0/hop",
    "/libp2p/dcutr",
];

/// Succeeds whenever a stream is opened.
pub(super) async fn work(number: usize, front: Arc<Front>) {
    for turn in number.. {
        let Some(peer) = Peer::connect(front.target(turn), Answer::Silence).await else {
            if !front.tries() {
                return;
            }
            sleep(PAUSE).await;
            continue;
        };
        let mut held = VecDeque::new();
        for turn in 0.. {
            if !front.tries() {
                return;
            }
            let protocol = PROTOCOLS[turn % PROTOCOLS.len()];
            let (said, fills) = match turn % 5 {
                0 => (begin(protocol), false),
                1 => ([&begin(protocol)[..], b"\x00\x20garbage"].concat(), true),
                // As long a name as there may be, of which the most never comes.
                2 => ([HEADER, b"\xff\x7f/tid"].concat(), false),
                3 => (begin(protocol), true),
                _ => (Vec::new(), true),
            };
            let Some(mut stream) = peer.open(&said).await else {
                break;
            };
            front.succeeded();
            if fills {
                let garbage = vec![0x77; WINDOW_BYTES];
                let _ = timeout(FILL_TIME, stream.write_all(&garbage)).await;
            }
            held.push_back(stream);
            if held.len() > HELD {
                held.pop_front();
            }
        }
    }
}
