//! `tidings checkin`: says how one is, before anything else that is under way, and shows how others are.

use tidings_node::api::{ListCheckIns, ListConversations, Message, PostCheckIn};
use tidings_node::request_id;

use super::{deliver_to, nearby};
use crate::args::{CheckInArgs, CheckInCommand};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Output, Titles};
use crate::safe_text;
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
    let titles = Titles::new(session.call(ListConversations {}).await?);
    for message in &done.messages {
        output.result("message", message, || plain(message, &titles))?;
    }
    if let Some(reason) = &done.reason {
        output.note(&format!(
            "Your contacts hear of it, and nobody else nearby: {reason}."
        ));
    }
    if !session.goes_on().await {
        output.note(
            "It goes on to whoever did not get it yet while Tidings runs: `tidings daemon run`, or \
             just `tidings`.",
        );
    }
    Ok(Exit::Done)
}

/// What a contact was written, for a person, and who that is.
fn plain(message: &Message, titles: &Titles) -> String {
    let whose = titles.of(&message.conversation);
    format!(
        "{} {}  {}  to {}: {}",
        output::state_mark(message),
        output::outcome(message),
        output::short_id(&message.id.to_string()),
        whose.as_deref().unwrap_or("somebody"),
        safe_text::truncated(&safe_text::line(&message.body), 50)
    )
}

#[cfg(test)]
mod tests {
    use tidings_node::api::MessageState;

    use super::*;
    use crate::output::sample;
    use crate::safe_text::corpus;

    #[test]
    fn what_each_contact_was_written_says_whose_it_is() {
        let message = sample::sent("I am safe", MessageState::Queued);
        let titles = Titles::new(vec![sample::room('a', "Ben\u{1b}[2J")]);
        let line = plain(&message, &titles);
        assert!(line.contains("queued  aaaaaaaa  to Ben"), "{line}");
        assert!(line.ends_with(": I am safe"), "{line}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| {
            let message = sample::sent(text, MessageState::Queued);
            plain(&message, &Titles::new(vec![sample::room('a', text)]))
        });
    }
}
