//! `tidings sync`: connects, exchanges, and ends.

use tidings_node::api::{Sync, Who};

use super::status;
use crate::args::SyncArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, args: SyncArgs) -> Outcome {
    let synced = session
        .call(Sync {
            who: args.who.map(Who),
            timeout: args.timeout.as_millis(),
        })
        .await?;
    output.result("sync", &synced, || {
        format!(
            "Reached {} of {} contacts. {} waiting to be delivered.",
            synced.reached,
            synced.tried,
            match synced.queued {
                0 => "No message is".to_owned(),
                1 => "1 message is".to_owned(),
                more => format!("{more} messages are"),
            }
        )
    })?;
    for other in &synced.other_versions {
        output.note(&status::other_version(other));
    }
    if synced.queued > 0 {
        let next = if synced.other_versions.is_empty() {
            "try again when they are online, or keep `tidings daemon run` running."
        } else {
            "it goes on when both sides run versions that understand each other."
        };
        return Err(Failure::not_reached(format!(
            "not everything could be delivered. It stays queued: {next}"
        )));
    }
    Ok(Exit::Done)
}
