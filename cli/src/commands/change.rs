//! `tidings edit`, `delete`, `react` and `pin`: changes of a message.

use std::io::Read;

use tidings_node::api::{DeleteMessage, EditMessage, Message, PinMessage, React};
use tidings_node::request_id;

use super::{deliver, read_stdin};
use crate::args::{DeleteArgs, DeliveryArgs, EditArgs, PinArgs, ReactArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

/// Most that is read from stdin; the node says what it takes of that.
const TEXT_BYTES_MAX: usize = 1 << 20;

pub(super) async fn edit(session: &Session, output: Output, args: EditArgs) -> Outcome {
    let text = text(args.text, std::io::stdin())?;
    let message = session
        .call(EditMessage {
            request: request_id(),
            message: args.id,
            text,
        })
        .await?;
    changed(session, output, &message, args.delivery).await
}

/// The text to put in place, from the argument or stdin.
fn text(argument: String, stdin: impl Read) -> Result<String, Failure> {
    let text = if argument == "-" {
        let text = read_stdin(stdin, TEXT_BYTES_MAX, "the message")?;
        text.trim_end_matches(['\n', '\r']).to_owned()
    } else {
        argument
    };
    if text.trim().is_empty() {
        return Err(Failure::usage(
            "the message is empty. To take it back, delete it.",
        ));
    }
    Ok(text)
}

pub(super) async fn delete(session: &Session, output: Output, args: DeleteArgs) -> Outcome {
    let deleted = session
        .call(DeleteMessage {
            request: request_id(),
            message: args.id,
            for_me: args.for_me,
        })
        .await?;
    if !args.for_me {
        let conversation = deleted.conversation.map(|id| id.to_string());
        if let Some(conversation) = conversation {
            deliver(session, &conversation, args.delivery).await?;
        }
    }
    output.result("deleted", &deleted, || {
        let id = output::short_id(&deleted.id.to_string());
        if deleted.for_me {
            format!("Deleted on this device: {id}")
        } else {
            format!("Deleted for everybody: {id}")
        }
    })?;
    Ok(Exit::Done)
}

pub(super) async fn react(session: &Session, output: Output, args: ReactArgs) -> Outcome {
    let message = session
        .call(React {
            request: request_id(),
            message: args.id,
            emoji: args.emoji,
            remove: args.remove,
        })
        .await?;
    changed(session, output, &message, args.delivery).await
}

pub(super) async fn pin(session: &Session, output: Output, args: PinArgs) -> Outcome {
    let message = session
        .call(PinMessage {
            request: request_id(),
            message: args.id,
            pinned: !args.remove,
        })
        .await?;
    changed(session, output, &message, args.delivery).await
}

async fn changed(
    session: &Session,
    output: Output,
    message: &Message,
    delivery: DeliveryArgs,
) -> Outcome {
    deliver(session, &message.conversation.to_string(), delivery).await?;
    output.result("message", message, || {
        let text = safe_text::truncated(&safe_text::line(&message.body), 50);
        let id = output::short_id(&message.id.to_string());
        format!("{id}  {text}{}", output::remarks(message))
    })?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_most_bytes_is_read_and_one_more_is_not() {
        let read = |bytes: usize| text("-".to_owned(), vec![b'a'; bytes].as_slice());
        assert_eq!(read(TEXT_BYTES_MAX).unwrap().len(), TEXT_BYTES_MAX);
        assert_eq!(read(TEXT_BYTES_MAX + 1).unwrap_err().exit, Exit::Usage);
    }
}
