//! A bot that answers every message with its own text, once, whatever happens in between.
//!
//! Run it with `cargo run -p tidings-node --example echo_bot -- DIRECTORY`, use its invite from
//! another profile, and write to it. End it with Ctrl-C, or pull the plug, and start it again: what
//! was written meanwhile is answered, and nothing is answered twice. Events come at least once, but
//! each answer's request id follows from the message's id, and a request has its effect once.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use tidings_node::{Builder, Node, RequestId, api, profile_exists, request_id};

/// The name under which the profile keeps how far the bot has come.
const LISTENER: &str = "echo-bot";
/// Milliseconds that the invite can be used.
const INVITE_TIME: u64 = 24 * 3_600_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args()
        .nth(1)
        .ok_or("say which directory to use")?;
    let builder = Builder::new(&directory);
    let node = if profile_exists(&directory) {
        builder.open().await?
    } else {
        builder.create("Echo").await?.0
    };
    let invite = node
        .call(api::MakeInvite {
            request: request_id(),
            expires_in: INVITE_TIME,
            reusable: true,
        })
        .await?;
    println!("to meet the bot: tidings join {}", invite.code);

    let ended = tokio::select! {
        ended = serve(&node) => ended.map_err(Into::into),
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Into::into),
    };
    node.shutdown().await?;
    ended
}

/// Answers for ever.
async fn serve(node: &Node) -> Result<(), api::ApiError> {
    loop {
        let page = events(node, 60_000).await?;
        for event in &page.events {
            answer(node, event).await?;
        }
        // Only now: what was not answered when the power failed comes again.
        node.call(api::AcknowledgeEvents {
            listener: LISTENER.to_owned(),
            position: page.position,
        })
        .await?;
    }
}

/// What the bot has not dealt with yet; waits so many milliseconds for the first.
pub(crate) async fn events(node: &Node, wait: u64) -> Result<api::EventPage, api::ApiError> {
    node.call(api::NextEvents {
        listener: LISTENER.to_owned(),
        limit: 100,
        wait,
    })
    .await
}

/// Answers a message; the same message again gets no second answer.
pub(crate) async fn answer(node: &Node, event: &api::Event) -> Result<(), api::ApiError> {
    let api::Event::Message(message) = event else {
        return Ok(());
    };
    // Replies are not answered: two bots would never stop.
    if message.mine || message.reply_to.is_some() || message.body.is_empty() {
        return Ok(());
    }
    let sent = node
        .call(api::SendMessage {
            request: answer_id(message),
            who: message.conversation.to_string().into(),
            text: message.body.clone(),
            reply_to: Some(message.id.to_string()),
            priority: false,
        })
        .await;
    match sent {
        Ok(_) => Ok(()),
        // Blocked meanwhile, or too long with the reply's id: no later try would do better.
        Err(error)
            if matches!(
                error.kind,
                api::ErrorKind::Conflict | api::ErrorKind::Invalid
            ) =>
        {
            println!("no answer: {error}");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The request id of the answer to a message: always the same one.
fn answer_id(message: &api::Message) -> RequestId {
    let mut id = [0; 16];
    id.iter_mut()
        .zip(message.id.as_bytes())
        .for_each(|(to, from)| *to = *from);
    RequestId::new(id)
}
