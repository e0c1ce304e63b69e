//! `tidings status`: what this profile's node is doing, or would have to do.

use tidings_node::api::{GetStatus, OtherVersion, Status};
use tidings_node::words;

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

/// A status for a person.
pub(super) fn plain(status: &Status) -> String {
    let running = if status.running {
        "yes"
    } else {
        "no (`tidings daemon run` starts it)"
    };
    let listen: Vec<String> = status
        .listen
        .iter()
        .map(|address| safe_text::line(address))
        .collect();
    let peers = status.peers;
    let queued = match status.queued {
        0 => "nothing".to_owned(),
        more => words::counted(more, "message"),
    };
    let others: Vec<String> = status.other_versions.iter().map(other_version).collect();
    let mut fields = vec![
        ("Running", running.to_owned()),
        ("Person", status.person.to_string()),
        ("Mode", safe_text::line(&status.mode)),
        (
            "Listening",
            if listen.is_empty() {
                "nowhere".to_owned()
            } else {
                listen.join("\n")
            },
        ),
        (
            "Connected",
            format!(
                "{} on this network, {} over the internet, {} through a relay",
                peers.lan, peers.direct, peers.relayed
            ),
        ),
        ("To deliver", queued),
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
    if !others.is_empty() {
        fields.push(("Versions", others.join("\n")));
    }
    output::fields(&fields)
}
