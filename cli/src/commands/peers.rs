//! `tidings peers`: who is connected, and how it stands with the contacts who are not.

use tidings_node::api::{ListPeers, Peer, PeerPath, Relay};
use tidings_node::{DORMANT_AFTER, words};

use crate::failure::{Exit, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output) -> Outcome {
    let peers = session.call(ListPeers {}).await?;
    let empty = "Nobody is connected, and there are no contacts yet. `tidings invite` makes a code for one.";
    let columns = output.columns();
    output.results("peer", &peers, empty, |peers| plain(peers, columns))?;
    Ok(Exit::Done)
}

/// Peers for a person, each behind its name; what does not fit beside it stands below.
fn plain(peers: &[Peer], columns: Option<usize>) -> String {
    let names: Vec<String> = peers.iter().map(name).collect();
    let widths = names.iter().map(|name| safe_text::width(name));
    let indent = widths.max().unwrap_or(0) + 2;
    let mut text = String::new();
    for (peer, name) in peers.iter().zip(names) {
        let said = [place(peer), failed(peer), doing(peer), waiting(peer)];
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let said: Vec<&str> = said.into_iter().filter(|one| !one.is_empty()).collect();
        text.push_str(&safe_text::padded(&name, indent));
        text.push_str(&safe_text::wrapped(&said.join("; "), indent, columns));
        text.push('\n');
    }
    text
}

fn name(peer: &Peer) -> String {
    match &peer.name {
        Some(name) if peer.contact => safe_text::name(name),
        Some(name) => format!("{} (no contact)", safe_text::name(name)),
        None => "(a stranger)".to_owned(),
    }
}

/// How it is connected and where, or when it was there last.
fn place(peer: &Peer) -> String {
    let over = match (peer.path, peer.heard_at) {
        (Some(PeerPath::Lan), _) => "on this network",
        (Some(PeerPath::Direct), _) => "over the internet",
        // The address is the relay's, which says less than whose it is.
        (Some(PeerPath::Relayed), _) => return through(peer.relay.as_ref()),
        (Some(_), _) => "connected",
        (None, Some(heard_at)) => return format!("away, last heard {}", output::when(heard_at)),
        (None, None) => return "away, not heard yet".to_owned(),
    };
    match &peer.address {
        Some(address) => format!("{over} at {}", safe_text::line(address)),
        None => over.to_owned(),
    }
}

/// Through whom something is connected.
pub(super) fn through(relay: Option<&Relay>) -> String {
    match relay.and_then(|relay| relay.name.as_deref()) {
        Some(name) => format!("through the device of {}", safe_text::name(name)),
        None => "through the device of somebody whom you do not know".to_owned(),
    }
}

/// Of a device that is away: why it was not reached last, unless something was heard of it since.
fn failed(peer: &Peer) -> String {
    let (Some(failed_at), Some(why)) = (peer.failed_at, &peer.last_error) else {
        return String::new();
    };
    if peer.path.is_some() || peer.heard_at.is_some_and(|heard_at| heard_at > failed_at) {
        return String::new();
    }
    let at = output::when(failed_at);
    format!("last tried {at}: {}", safe_text::line(why))
}

fn doing(peer: &Peer) -> String {
    let session = match (peer.session, peer.caught_up) {
        (true, true) => "all exchanged",
        (true, false) => "exchanging",
        (false, _) => "",
    };
    let dormant = if peer.dormant {
        let silent = words::lasting(DORMANT_AFTER);
        format!("silent for {silent}: nothing goes but in a session")
    } else {
        String::new()
    };
    let carries = if peer.carries { "carries" } else { "" };
    let said = [session, carries, &dormant];
    let said: Vec<&str> = said.into_iter().filter(|one| !one.is_empty()).collect();
    said.join(", ")
}

/// What waits for its person, and what is under way to them.
fn waiting(peer: &Peer) -> String {
    let mut said = Vec::new();
    if peer.queued > 0 {
        said.push(format!(
            "{} to deliver",
            words::counted(peer.queued, "message")
        ));
    }
    if peer.under_way > 0 {
        let names: Vec<String> = peer
            .promised_by
            .iter()
            .map(|name| safe_text::name(name))
            .collect();
        let kept = match peer.promised {
            0 => "kept by nobody else".to_owned(),
            all if all == peer.under_way => format!("kept by {}", names.join(", ")),
            some => format!("{some} kept by {}", names.join(", ")),
        };
        said.push(format!(
            "{} under way, {kept}",
            words::counted(peer.under_way, "envelope")
        ));
    }
    said.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;

    fn away(name: &str) -> Peer {
        Peer {
            person: None,
            name: Some(name.to_owned()),
            device: None,
            contact: true,
            path: None,
            address: None,
            relay: None,
            session: false,
            caught_up: false,
            carries: false,
            queued: 2,
            heard_at: Some(1_700_000_000_000),
            last_error: None,
            failed_at: None,
            dormant: false,
            under_way: 2,
            promised: 1,
            promised_by: vec!["Car\u{1b}[2Jla".to_owned()],
        }
    }

    #[test]
    fn somebody_away_shows_what_waits_and_who_keeps_it_and_steers_no_terminal() {
        let line = plain(&[away("Ben\u{202e}\n")], None);
        assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
        assert_eq!(line.matches('\n').count(), 1, "{line:?}");
        for part in [
            "Ben",
            "away, last heard",
            "2 messages to deliver",
            "2 envelopes under way, 1 kept by Car",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }

    #[test]
    fn who_is_connected_shows_how_and_a_stranger_is_called_so() {
        let there = Peer {
            path: Some(PeerPath::Lan),
            address: Some("/ip4/10.0.0.2/udp/4001/quic-v1\u{7}".to_owned()),
            session: true,
            caught_up: true,
            carries: true,
            queued: 0,
            under_way: 0,
            ..away("Ben")
        };
        let stranger = Peer {
            name: None,
            contact: false,
            session: false,
            ..there.clone()
        };
        let lines = plain(&[there, stranger], None);
        assert!(!lines.contains('\u{7}'), "{lines:?}");
        let lines: Vec<&str> = lines.lines().collect();
        assert!(
            lines[0].contains("on this network at /ip4/10.0.0.2"),
            "{lines:?}"
        );
        assert!(lines[0].contains("; all exchanged, carries"), "{lines:?}");
        assert!(lines[1].starts_with("(a stranger)"), "{lines:?}");
    }

    #[test]
    fn through_whom_somebody_is_connected_is_said_in_place_of_an_address() {
        let relayed = |name: Option<&str>| Peer {
            path: Some(PeerPath::Relayed),
            address: Some("/ip4/9.9.9.9/tcp/1/p2p/12D3/p2p-circuit".to_owned()),
            relay: Some(Relay {
                person: None,
                name: name.map(str::to_owned),
            }),
            ..away("Ben")
        };
        let line = plain(&[relayed(Some("Car\u{202e}la"))], None);
        assert!(line.contains("through the device of Car"), "{line}");
        assert!(!line.contains(['/', '\u{202e}']), "{line:?}");
        let line = plain(&[relayed(None)], None);
        assert!(line.contains("somebody whom you do not know"), "{line}");
    }

    #[test]
    fn why_somebody_away_was_not_reached_is_said_unless_they_were_heard_since() {
        let unreached = |failed_at| Peer {
            last_error: Some("no answer from /ip4/10.0.0.9/tcp/1\u{1b}[2J".to_owned()),
            failed_at: Some(failed_at),
            ..away("Ben")
        };
        let line = plain(&[unreached(1_700_000_000_000)], None);
        assert!(line.contains("; last tried "), "{line}");
        assert!(line.contains(": no answer from /ip4/10.0.0.9"), "{line}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
        let there = Peer {
            path: Some(PeerPath::Lan),
            ..unreached(1_700_000_000_000)
        };
        for since in [unreached(1_699_999_999_999), there] {
            let line = plain(&[since], None);
            assert!(!line.contains("last tried"), "{line}");
        }
    }

    #[test]
    fn what_is_wider_than_the_terminal_goes_on_below_between_words() {
        let peers = [away("Ben"), away("Carla of the school")];
        let text = plain(&peers, Some(80));
        for line in text.lines() {
            assert!(safe_text::width(line) <= 80, "{text}");
        }
        let beginning: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
        assert_eq!(beginning.len(), 2, "{text}");
        let below = " ".repeat("Carla of the school  ".len());
        let rest = text.lines().filter(|line| line.starts_with(' '));
        for line in rest {
            let said = line.strip_prefix(&below).unwrap();
            assert!(!said.starts_with(' '), "{text}");
        }
        let words = |text: &str| {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words
        };
        assert_eq!(words(&text), words(&plain(&peers, None)));
    }

    #[test]
    fn silence_and_promises_of_all_or_nothing_are_said() {
        let dormant = Peer {
            dormant: true,
            promised: 0,
            heard_at: None,
            ..away("Ben")
        };
        let line = plain(&[dormant], None);
        assert!(
            line.contains("not heard yet") && line.contains("30 days"),
            "{line}"
        );
        assert!(line.contains("kept by nobody else"), "{line}");
        let kept = Peer {
            promised: 2,
            ..away("Ben")
        };
        assert!(plain(&[kept], None).contains("under way, kept by Car"));
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| {
            let away = Peer {
                promised_by: vec![text.to_owned()],
                under_way: 2,
                promised: 1,
                address: Some(text.to_owned()),
                last_error: Some(text.to_owned()),
                failed_at: Some(1_700_000_000_000),
                ..away(text)
            };
            let near = Peer {
                path: Some(PeerPath::Lan),
                ..away.clone()
            };
            let relayed = Peer {
                path: Some(PeerPath::Relayed),
                relay: Some(Relay {
                    person: None,
                    name: Some(text.to_owned()),
                }),
                ..away.clone()
            };
            let peers = [away, near, relayed];
            plain(&peers, None) + &plain(&peers, Some(40))
        });
    }
}
