//! `tidings send`: stores a message and has it delivered.

use std::io::{IsTerminal, Read};
use std::time::Duration;

use tidings_node::api::{AwaitState, Message, MessageState, SendMessage, Who};

use super::read_stdin;
use crate::args::{SendArgs, Span, WaitFor};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;
use crate::texts::Texts;

/// How long a command that opened the profile itself tries to deliver.
const DELIVERY_ATTEMPT: Span = Span::new(Duration::from_secs(5));

/// Most that is read from stdin; the node says what it takes of that.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// Said of a message that is for nobody.
const ALONE: &str = "Nobody else is in this room: `tidings room invite` lets a contact in.";

pub(super) async fn run(session: &Session, output: Output, args: SendArgs) -> Outcome {
    let text = text(args.text, std::io::stdin())?;
    // From here on Ctrl-C ends the waiting, never the storing.
    let interrupted = tokio::spawn(tokio::signal::ctrl_c());
    let message = session
        .call(SendMessage {
            request: tidings_node::request_id(),
            who: Who(args.who),
            text,
            reply_to: args.reply,
            priority: args.priority,
        })
        .await?;
    let waited = wait(session, message, args.wait, args.timeout, args.offline);
    let (message, reached) = tokio::select! {
        waited = waited => waited?,
        _ = interrupted => {
            output.note("Stored; it goes on while Tidings runs.");
            session.close().await?;
            return Err(Failure::interrupted());
        }
    };
    output.result("message", &message, || plain(&message))?;
    match (reached, message.state) {
        (true, _) => {
            if output::is_for_nobody(&message) {
                output.note(ALONE);
            }
            Ok(Exit::Done)
        }
        (false, _) if output::is_for_nobody(&message) => Err(Failure::not_reached(format!(
            "the message is stored. {ALONE}"
        ))),
        (false, MessageState::Failed) => Err(Failure::failed(format!(
            "the message is not delivered: {}.",
            output::outcome(&message)
        ))),
        (false, _) => {
            let alone = session.why_alone(&Texts::default()).await.map(String::from);
            let next = alone.as_deref().unwrap_or(
                "It goes on by itself while Tidings runs: `tidings daemon run`, `tidings sync`, or just `tidings`.",
            );
            Err(Failure::not_reached(format!(
                "the message is stored but did not come that far in time. {next}"
            )))
        }
    }
}

/// The text to send, from the argument or stdin.
fn text(argument: Option<String>, stdin: impl Read) -> Result<String, Failure> {
    let text = match argument {
        Some(text) if text != "-" => text,
        Some(_) | None => {
            if std::io::stdin().is_terminal() {
                output::note("Type the message; Ctrl-D on an empty line sends it.");
            }
            let text = read_stdin(stdin, TEXT_BYTES_MAX, "the message")?;
            text.trim_end_matches(['\n', '\r']).to_owned()
        }
    };
    if text.trim().is_empty() {
        return Err(Failure::usage("the message is empty. Give some text."));
    }
    Ok(text)
}

/// Waits as far as was asked; the message as it then is, and whether it came that far.
async fn wait(
    session: &Session,
    message: Message,
    wait: WaitFor,
    timeout: Span,
    offline: bool,
) -> Result<(Message, bool), Failure> {
    let goal = match wait {
        // What is stored already is handed on, if this process has to do it.
        WaitFor::Stored if session.goes_on().await || offline => return Ok((message, true)),
        WaitFor::Stored => None,
        WaitFor::Carried => Some(MessageState::Carried),
        WaitFor::Delivered => Some(MessageState::Delivered),
        WaitFor::Read => Some(MessageState::Read),
    };
    let timeout = if goal.is_some() {
        timeout
    } else {
        DELIVERY_ATTEMPT
    };
    let awaited = session
        .call(AwaitState {
            message: message.id,
            state: goal.unwrap_or(MessageState::Delivered),
            timeout: timeout.as_millis(),
        })
        .await?;
    Ok((awaited.message, awaited.reached || goal.is_none()))
}

/// A message that was sent, for a person.
fn plain(message: &Message) -> String {
    let text = safe_text::truncated(&safe_text::line(&message.body), 50);
    format!(
        "{} {}  {}  {text}",
        output::state_mark(message),
        output::outcome(message),
        output::short_id(&message.id.to_string())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;

    #[test]
    fn an_empty_message_is_a_usage_error() {
        for empty in ["", "  ", "\n"] {
            let refused = text(Some(empty.to_owned()), std::io::empty());
            assert_eq!(refused.unwrap_err().exit, Exit::Usage);
        }
        let kept = text(Some(" a ".to_owned()), std::io::empty());
        assert_eq!(kept.unwrap(), " a ");
    }

    #[test]
    fn a_text_of_the_most_bytes_is_read_and_one_more_is_not() {
        let read = |bytes: usize| text(None, vec![b'a'; bytes].as_slice());
        assert_eq!(read(TEXT_BYTES_MAX).unwrap().len(), TEXT_BYTES_MAX);
        assert_eq!(read(TEXT_BYTES_MAX + 1).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        let states = [MessageState::Queued, MessageState::Failed];
        corpus::walk(|text| {
            let sent = states.map(|state| {
                let mut message = output::sample::sent(text, state);
                message.reason = Some(text.to_owned());
                plain(&message)
            });
            sent.concat()
        });
    }
}
