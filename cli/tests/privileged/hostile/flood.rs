//! Connections without end, over every transport, each under a key of its own: some stay as long as they may, some are
//! given up before they are made.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::attack::{Front, PAUSE};
use super::peer::{Answer, Peer};

/// Connections that a worker has at once.
const HELD: usize = 16;
/// Of so many workers, one gives its connections up.
const GIVES_UP_EACH: usize = 4;
/// When it does: in the middle of a handshake.
const GIVES_UP_AFTER: Duration = Duration::from_millis(3);

/// Succeeds whenever a handshake is through.
pub(super) async fn work(number: usize, front: Arc<Front>) {
    let mut held = VecDeque::new();
    for turn in number.. {
        if !front.tries() {
            return;
        }
        let connect = Peer::connect(front.target(turn), Answer::Silence);
        if number.is_multiple_of(GIVES_UP_EACH) {
            let _ = timeout(GIVES_UP_AFTER, connect).await;
        } else if let Some(peer) = connect.await {
            front.succeeded();
            held.push_back(peer);
            held.retain(Peer::is_there);
            if held.len() > HELD {
                held.pop_front();
            }
        }
        sleep(PAUSE).await;
    }
}
