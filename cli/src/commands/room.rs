//! `tidings room`: what holds for a whole conversation.

use tidings_node::api::SetLifetime;
use tidings_node::request_id;

use super::deliver;
use crate::args::{Lifetime, RoomCommand};
use crate::failure::{Exit, Outcome};
use crate::output::Output;
use crate::safe_text;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, command: RoomCommand) -> Outcome {
    let RoomCommand::Expire {
        who,
        after: Lifetime(seconds),
        delivery,
    } = command;
    let conversation = session
        .call(SetLifetime {
            request: request_id(),
            who: who.as_str().into(),
            seconds,
        })
        .await?;
    deliver(session, &who, delivery).await?;
    output.result("conversation", &conversation, || {
        let title = safe_text::name(&conversation.title);
        match conversation.disappears_after {
            Some(seconds) => format!(
                "What is written with {title} from now on disappears {seconds} s after it arrives."
            ),
            None => format!("What is written with {title} from now on stays."),
        }
    })?;
    Ok(Exit::Done)
}
