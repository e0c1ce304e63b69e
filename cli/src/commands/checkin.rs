//! `tidings checkin`: says how one is, before anything else that is under way, and shows how others are.

use tidings_node::api::{ListCheckIns, PostCheckIn};
use tidings_node::request_id;

use super::{deliver_to, nearby, send};
use crate::args::{CheckInArgs, CheckInCommand};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, args: CheckInArgs) -> Outcome {
    match (args.command, args.text) {
        (Some(CheckInCommand::List), _) => {
            let latest = session.call(ListCheckIns {}).await?;
            nearby::list(output, &latest, "Nobody nearby has checked in.")
        }
        (None, Some(text)) => {
            let check_in = PostCheckIn {
                request: request_id(),
                text: nearby::text(text, std::io::stdin(), "the check-in")?,
                name: args.name,
            };
            post(session, output, check_in, args.delivery).await
        }
        (None, None) => Err(Failure::usage("the check-in is empty. Give some text.")),
    }
}

async fn post(
    session: &Session,
    output: Output,
    check_in: PostCheckIn,
    delivery: crate::args::DeliveryArgs,
) -> Outcome {
    session.call(check_in.clone()).await?;
    deliver_to(session, None, delivery).await?;
    // The same once more has no effect, and says how far it has come.
    let done = session.call(check_in).await?;
    if let Some(notice) = &done.notice {
        output.result("notice", notice, || {
            nearby::plain(std::slice::from_ref(notice), output)
        })?;
    }
    for message in &done.messages {
        output.result("message", message, || send::plain(message))?;
    }
    if let Some(reason) = &done.reason {
        output.note(&format!(
            "Your contacts hear of it, and nobody else nearby: {reason}."
        ));
    }
    if !session.is_attached().await {
        output.note(
            "It goes on to whoever did not get it yet while Tidings runs: `tidings daemon run`, or \
             just `tidings`.",
        );
    }
    Ok(Exit::Done)
}
