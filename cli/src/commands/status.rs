//! `tidings status`: what this profile's node is doing, or would have to do.

use tidings_node::api::{GetStatus, OtherVersion, Status};
use tidings_node::words;

use super::{peers, transfer};
use crate::args::Global;
use crate::failure::{Exit, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::{Network, Session};

pub(super) async fn run(global: &Global, output: Output) -> Outcome {
    let session = Session::open(global, Network::Off).await?;
    let status = session.call(GetStatus {}).await;
    session.finish().await?;
    let status = status?;
    output.result("status", &status, || plain(&status))?;
    Ok(Exit::Done)
}

/// Says of a contact that no session with them is possible.
pub(super) fn other_version(other: &OtherVersion) -> String {
    let name = safe_text::name(&other.name);
    if other.newer {
        format!(
            "{name} runs a newer Tidings that this one cannot talk to: update this one. What you \
             write to {name} waits."
        )
    } else {
        format!(
            "{name} runs an older Tidings that this one cannot talk to: ask them to update. What \
             you write to {name} waits."
        )
    }
}

/// How many messages are not delivered to all, and how many of them others keep until then.
fn to_deliver(status: &Status) -> String {
    if status.queued == 0 {
        return "nothing".to_owned();
    }
    let messages = words::counted(status.queued, "message");
    match status.carried {
        0 => messages,
        carried => format!("{messages}, {carried} of them carried"),
    }
}

/// What is under way of our own, and how much of it others keep.
fn under_way(status: &Status) -> String {
    if status.under_way == 0 {
        return "nothing".to_owned();
    }
    let envelopes = words::counted(status.under_way, "envelope");
    match status.promised {
        0 => format!("{envelopes}, kept by nobody else"),
        promised => format!("{envelopes}, {promised} of them kept by others"),
    }
}

/// With how many devices is compared what each carries.
fn neighbours(count: u64) -> String {
    match count {
        0 => "none to carry for each other with".to_owned(),
        count => format!(
            "{} to carry for each other with",
            words::counted(count, "device")
        ),
    }
}

/// The mode that holds, and the one that is set where that is another. Without a node there is no network, which nobody
/// chose, but where one could not be started.
fn mode(status: &Status) -> String {
    let mode = safe_text::line(&status.mode);
    let set = safe_text::line(&status.mode_set);
    let runs = status.running || !status.listen.is_empty() || status.lack.is_some();
    match (runs, set.is_empty() || set == mode) {
        (true, true) => mode,
        (true, false) => format!("{mode}; `{set}` is set, and holds from the next start on"),
        (false, _) if set.is_empty() => format!("{mode}, as no node runs"),
        (false, _) => format!("{mode}, as no node runs; `{set}` is set"),
    }
}

/// Where it listens, or why it does not though it should.
fn listening(status: &Status) -> String {
    let listen = status.listen.iter();
    let listen: Vec<String> = listen.map(|address| safe_text::line(address)).collect();
    match &status.lack {
        Some(lack) => format!("nowhere: {}", safe_text::line(lack)),
        None if listen.is_empty() => "nowhere".to_owned(),
        None => listen.join("\n"),
    }
}

/// From where others get to it, as far as it knows.
fn reached(status: &Status) -> String {
    let reach = &status.reach;
    if status.listen.is_empty() && reach.public.is_empty() && reach.relays.is_empty() {
        return "by nobody".to_owned();
    }
    let mut said = Vec::new();
    if !reach.public.is_empty() {
        let places = reach.public.iter();
        let places: Vec<String> = places.map(|place| safe_text::line(place)).collect();
        said.push(format!("from other networks at {}", places.join(", ")));
    } else if !reach.relays.is_empty() {
        let relays = reach.relays.iter();
        let relays: Vec<String> = relays.map(|relay| peers::through(Some(relay))).collect();
        said.push(format!("from other networks {}", relays.join(" and ")));
    } else {
        said.push("where it listens; from other networks by nobody it knows of".to_owned());
    }
    if reach.is_relay {
        said.push("others reach each other through it".to_owned());
    }
    said.join("\n")
}

/// A status for a person.
fn plain(status: &Status) -> String {
    let peer_id = |status: &Status| {
        let peer = status.peer.as_deref();
        peer.map_or_else(|| "none: there is no network".to_owned(), safe_text::line)
    };
    let running = if status.running {
        "yes"
    } else {
        "no (`tidings daemon run` starts it)"
    };
    let peers = status.peers;
    let others: Vec<String> = status.other_versions.iter().map(other_version).collect();
    let mut fields = vec![
        ("Running", running.to_owned()),
        ("Person", status.person.to_string()),
        ("Mode", mode(status)),
        ("Listening", listening(status)),
        (
            "Connected",
            format!(
                "{} on this network, {} over the internet, {} through a relay",
                peers.lan, peers.direct, peers.relayed
            ),
        ),
        ("Reached", reached(status)),
        ("Peer id", peer_id(status)),
        ("To deliver", to_deliver(status)),
        (
            "Carrying",
            format!(
                "{}, {}",
                words::counted(status.carrying.envelopes, "envelope"),
                words::counted(status.carrying.bytes, "byte")
            ),
        ),
        ("Under way", under_way(status)),
        ("Neighbours", neighbours(status.neighbours)),
    ];
    if status.mailbox {
        let mailbox = "yes: much of what others bring is kept".to_owned();
        fields.push(("Mailbox", mailbox));
    }
    if let Some(directory) = &status.watching {
        fields.push(("Watching", safe_text::line(directory)));
    }
    if !status.transfers.is_empty() {
        let moving: Vec<String> = status.transfers.iter().map(transfer::plain).collect();
        fields.push(("Moving", moving.join("\n")));
    }
    if !others.is_empty() {
        fields.push(("Versions", others.join("\n")));
    }
    output::fields(&fields)
}

#[cfg(test)]
mod tests {
    use tidings_node::api::{Reach, Relay, Transfer, TransferKind, TransferUnit};

    use super::*;
    use crate::safe_text::corpus;

    fn status(listen: &[&str], reach: Reach) -> Status {
        let person = tidings_node::PersonId::new([1; 32]);
        let status = serde_json::json!({
            "running": true,
            "person": person,
            "mode": "auto",
            "listen": listen,
            "peers": {"lan": 1, "direct": 2, "relayed": 3},
            "queued": 0,
            "carrying": {"envelopes": 0, "bytes": 0},
        });
        Status {
            reach,
            ..serde_json::from_value(status).unwrap()
        }
    }

    const LISTEN: [&str; 1] = ["/ip4/10.0.0.1/udp/1/quic-v1"];

    /// The line about this.
    fn line(status: &Status, about: &str) -> String {
        let text = plain(status);
        let mut lines = text.lines();
        let line = lines.find(|line| line.starts_with(about));
        line.unwrap_or_else(|| panic!("{text}")).to_owned()
    }

    #[test]
    fn by_which_ways_others_are_connected_and_reach_it_is_a_line_each() {
        let said = line(&status(&LISTEN, Reach::default()), "Connected");
        assert!(
            said.ends_with("1 on this network, 2 over the internet, 3 through a relay"),
            "{said}"
        );
        let public = Reach {
            public: vec!["/ip4/45.0.0.1/tcp/1\u{1b}[2J".to_owned()],
            is_relay: true,
            ..Reach::default()
        };
        let text = plain(&status(&LISTEN, public));
        assert!(
            text.contains("from other networks at /ip4/45.0.0.1/tcp/1"),
            "{text}"
        );
        assert!(
            text.contains("others reach each other through it"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let relayed = Reach {
            relays: vec![Relay {
                person: None,
                name: Some("Carla".to_owned()),
            }],
            ..Reach::default()
        };
        let said = line(&status(&LISTEN, relayed), "Reached");
        assert!(said.ends_with("through the device of Carla"), "{said}");
        let said = line(&status(&LISTEN, Reach::default()), "Reached");
        assert!(said.contains("by nobody it knows of"), "{said}");
    }

    #[test]
    fn what_is_carried_is_told_beside_all_that_is_to_be_delivered() {
        let mut status = status(&LISTEN, Reach::default());
        for (queued, carried, told) in [
            (0, 0, "nothing"),
            (1, 0, "1 message"),
            (3, 2, "3 messages, 2 of them carried"),
        ] {
            (status.queued, status.carried) = (queued, carried);
            assert!(line(&status, "To deliver").ends_with(told), "{told}");
        }
    }

    #[test]
    fn without_a_node_nobody_reaches_it_and_its_mode_is_nobodys_choice() {
        let mut without = status(&[], Reach::default());
        assert!(line(&without, "Reached").ends_with("by nobody"));
        without.mode = "offline".to_owned();
        assert!(line(&without, "Mode").ends_with("offline"));
        without.running = false;
        assert!(line(&without, "Mode").ends_with("offline, as no node runs"));
        // Where the chat runs one of its own.
        without.mode = "auto".to_owned();
        without.listen = vec![LISTEN[0].to_owned()];
        assert!(line(&without, "Mode").ends_with("auto"));
    }

    #[test]
    fn why_no_network_could_be_started_is_told_and_the_mode_is_what_was_chosen() {
        let mut lacking = status(&[], Reach::default());
        lacking.running = false;
        assert!(line(&lacking, "Listening").ends_with("nowhere"));
        lacking.lack = Some("no sockets: allow some\u{1b}[2J".to_owned());
        let said = line(&lacking, "Listening");
        assert!(said.contains("nowhere: no sockets: allow some"), "{said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
        assert!(line(&lacking, "Mode").ends_with(" auto"));
    }

    #[test]
    fn a_mode_that_is_set_and_does_not_hold_is_told_beside_the_one_that_does() {
        let mut status = status(&LISTEN, Reach::default());
        status.mode_set = "auto".to_owned();
        assert!(line(&status, "Mode").ends_with(" auto"));
        status.mode_set = "lan".to_owned();
        let said = line(&status, "Mode");
        assert!(said.contains("auto; `lan` is set"), "{said}");
        status.running = false;
        status.listen.clear();
        for set in ["lan", "offline"] {
            status.mode = "offline".to_owned();
            status.mode_set = set.to_owned();
            let said = line(&status, "Mode");
            let told = format!("offline, as no node runs; `{set}` is set");
            assert!(said.ends_with(&told), "{said}");
        }
    }

    fn transfer(path: &str, total: Option<u64>) -> Transfer {
        Transfer {
            id: 1,
            request: None,
            what: TransferKind::Export,
            path: path.into(),
            done: 3,
            total,
            unit: TransferUnit::Envelopes,
        }
    }

    #[test]
    fn what_is_moved_now_is_told_with_how_far_it_is_and_nothing_where_nothing_is() {
        let mut status = status(&LISTEN, Reach::default());
        assert!(!plain(&status).contains("Moving"));
        status.transfers = vec![transfer("/media/a", Some(4)), transfer("/media/b", None)];
        let text = plain(&status);
        let first = "Exporting, 75 % (3 of 4 envelopes): /media/a\n";
        assert!(
            text.contains(first) && text.contains("Exporting: /media/b"),
            "{text}"
        );
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| {
            let reach = Reach {
                public: vec![text.to_owned()],
                relays: vec![Relay {
                    person: None,
                    name: Some(text.to_owned()),
                }],
                ..Reach::default()
            };
            let mut status = status(&[text], reach);
            status.watching = Some(text.to_owned());
            status.transfers = vec![transfer(text, None)];
            status.lack = Some(text.to_owned());
            let lacking = plain(&status);
            status.lack = None;
            lacking + &plain(&status)
        });
    }
}
