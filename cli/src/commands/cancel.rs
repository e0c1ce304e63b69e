//! `tidings cancel`: gives up delivering a message.

use tidings_node::api::{Cancel, Message, MessageState, ReadMessages};

use crate::args::CancelArgs;
use crate::failure::{Exit, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

/// Why a message that was given up is not delivered, as the node says it.
const CANCELLED: &str = "cancelled";

pub(super) async fn run(session: &Session, output: Output, args: CancelArgs) -> Outcome {
    // What was given up before changes no more: it stands before where the log ends now.
    let newest = ReadMessages {
        limit: Some(1),
        ..ReadMessages::default()
    };
    let before = session.call(newest).await?.cursor;
    let request = tidings_node::request_id();
    let message = session
        .call(Cancel {
            request,
            message: args.id,
        })
        .await?;
    output.result("message", &message, || plain(&message, &before))?;
    Ok(Exit::Done)
}

/// What has become of a message, for a person; `before` is where the log ended.
fn plain(message: &Message, before: &str) -> String {
    let position = |cursor: &str| cursor.parse::<u64>().unwrap_or_default();
    let is_cancelled = message.reason.as_deref() == Some(CANCELLED);
    let outcome = if message.state != MessageState::Failed || !is_cancelled {
        format!("{}, not cancelled", output::outcome(message))
    } else if position(&message.cursor) <= position(before) {
        "cancelled already".to_owned()
    } else {
        CANCELLED.to_owned()
    };
    let text = safe_text::truncated(&safe_text::line(&message.body), 50);
    let id = output::short_id(&message.id.to_string());
    format!("{outcome}  {id}  {text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn what_is_given_up_is_no_failure_and_what_was_before_is_told_apart() {
        let mut message = sample::sent("never mind", MessageState::Failed);
        message.reason = Some(CANCELLED.to_owned());
        message.cursor = "8".to_owned();
        assert_eq!(plain(&message, "7"), "cancelled  aaaaaaaa  never mind");
        let again = "cancelled already  aaaaaaaa  never mind";
        assert_eq!(plain(&message, "8"), again);
        assert_eq!(plain(&message, "10"), again);
    }

    #[test]
    fn what_came_further_or_failed_before_says_so() {
        let message = sample::sent("hi", MessageState::Read);
        assert!(plain(&message, "0").starts_with("read, not cancelled  "));
        let mut message = sample::sent("hi", MessageState::Failed);
        message.reason = Some("expired".to_owned());
        assert!(plain(&message, "0").starts_with("failed: expired, not cancelled  "));
    }
}
