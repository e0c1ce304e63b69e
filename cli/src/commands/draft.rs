//! `tidings draft`: what was begun and not sent.

use tidings_node::api::{Conversation, GetConversation, SetDraft, Who};
use tidings_node::request_id;

use super::read_stdin;
use crate::args::DraftArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::safe_text;
use crate::session::Session;

/// Most that is read from stdin; the node says what it takes of that.
const TEXT_BYTES_MAX: usize = 1 << 20;

pub(super) async fn run(session: &Session, output: Output, args: DraftArgs) -> Outcome {
    let who = Who(args.who);
    let text = match args.text {
        Some(argument) => Some(text(argument)?),
        None => args.clear.then(String::new),
    };
    let conversation = match text {
        Some(text) => {
            let draft = SetDraft {
                request: request_id(),
                who,
                text,
            };
            session.call(draft).await?
        }
        None => session.call(GetConversation { who }).await?,
    };
    output.result("conversation", &conversation, || {
        shown(&conversation, output)
    })?;
    Ok(Exit::Done)
}

/// The text to keep, from the argument or stdin.
fn text(argument: String) -> Result<String, Failure> {
    let text = if argument == "-" {
        read_stdin(std::io::stdin(), TEXT_BYTES_MAX, "the draft")?
    } else {
        argument
    };
    if text.is_empty() {
        return Err(Failure::usage(
            "the draft is empty. To keep none, say --clear.",
        ));
    }
    Ok(text)
}

fn shown(conversation: &Conversation, output: Output) -> String {
    match &conversation.draft {
        Some(text) => safe_text::wrapped(text, 0, output.columns()),
        None => "No draft is kept.".to_owned(),
    }
}
