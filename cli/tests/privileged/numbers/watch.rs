//! The watch that is kept on what a node says of its peers, until somebody is there.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::socket::Socket;
use crate::host::{PATIENCE, wait};

/// Pause between two looks: what is seen is so much later than it came about at most, and how long a look takes.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What is waited for to be said of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// It is connected, in whatever way.
    Connected,
    /// A session with it is open.
    Session,
    /// It is connected without a relay.
    Direct,
    /// It is connected through one.
    Relayed,
}

impl Sign {
    fn is_of(self, peer: &Value) -> bool {
        match self {
            Self::Connected => peer["path"].is_string(),
            Self::Session => peer["session"] == true,
            Self::Direct => peer["path"] == "direct",
            Self::Relayed => peer["path"] == "relayed",
        }
    }
}

/// Whether a peer is somebody of that name; strangers have none.
fn is(peer: &Value, who: Option<&str>) -> bool {
    peer["name"].as_str() == who
}

/// When each of these was first seen of somebody; `None` of what was not until then.
#[track_caller]
pub(super) fn watch(
    socket: &mut Socket,
    who: Option<&str>,
    signs: &[Sign],
    until: Instant,
) -> Vec<Option<Instant>> {
    let mut seen = vec![None; signs.len()];
    loop {
        let peers = socket.peers();
        let now = Instant::now();
        for (sign, seen) in signs.iter().zip(&mut seen) {
            let shown = |peer: &Value| is(peer, who) && sign.is_of(peer);
            if seen.is_none() && peers.iter().any(shown) {
                *seen = Some(now);
            }
        }
        if now >= until || seen.iter().all(Option::is_some) {
            return seen;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// Waits until somebody of that name is connected no more.
#[track_caller]
pub(super) fn leaves(socket: &mut Socket, who: &str) {
    let gone = wait(PATIENCE, || {
        let peers = socket.peers();
        let there = |peer: &Value| is(peer, Some(who)) && Sign::Connected.is_of(peer);
        (!peers.iter().any(there)).then_some(())
    });
    assert!(gone.is_some(), "{who} does not leave");
}

/// Waits until sessions with so many are open, and all was exchanged in them.
#[track_caller]
pub(super) fn are_there(socket: &mut Socket, contacts: usize) {
    let there = wait(PATIENCE, || {
        let peers = socket.peers();
        let caught_up = |peer: &&Value| peer["session"] == true && peer["caught_up"] == true;
        (peers.iter().filter(caught_up).count() == contacts).then_some(())
    });
    assert!(there.is_some(), "not all {contacts} are there");
}

#[test]
fn each_sign_is_seen_of_peers_who_show_it_and_of_no_others() {
    let all = [Sign::Connected, Sign::Session, Sign::Direct, Sign::Relayed];
    for (path, session, shown) in [
        (None, false, [false, false, false, false]),
        (Some("lan"), false, [true, false, false, false]),
        (Some("direct"), true, [true, true, true, false]),
        (Some("relayed"), true, [true, true, false, true]),
    ] {
        let peer = serde_json::json!({"name": "Ben", "path": path, "session": session});
        assert_eq!(all.map(|sign| sign.is_of(&peer)), shown, "{peer}");
    }
}

#[test]
fn a_stranger_is_nobody_of_any_name() {
    let stranger = serde_json::json!({"name": null});
    assert!(is(&stranger, None));
    assert!(!is(&stranger, Some("Ben")));
    assert!(!is(&serde_json::json!({"name": "Ben"}), None));
}
