//! `tidings status`: what this profile's node is doing, or would have to do.

use tidings_node::api::{GetStatus, Status};

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
        1 => "1 message".to_owned(),
        more => format!("{more} messages"),
    };
    output::fields(&[
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
                "{} envelopes, {} bytes",
                status.carrying.envelopes, status.carrying.bytes
            ),
        ),
    ])
}
