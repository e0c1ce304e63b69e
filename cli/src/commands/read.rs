//! `tidings read`: shows messages, and what arrives.

use std::collections::BTreeMap;

use tidings_node::ConversationId;
use tidings_node::api::{ListConversations, MarkRead, Message, MessagePage, ReadMessages, Who};

use crate::args::ReadArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Transcript, json_line};
use crate::session::Session;

/// How long one request waits for something to arrive before it is made again.
const FOLLOW_WAIT_MILLIS: u64 = 30_000;

/// Most messages that one request marks as read.
const MARK_MESSAGES_MAX: usize = 10_000;

pub(super) async fn run(session: &Session, output: Output, args: ReadArgs) -> Outcome {
    let titles = match args.who {
        Some(_) => BTreeMap::new(),
        None => titles(session).await?,
    };
    let mut transcript = Transcript::new(output.paint(), output.columns(), titles);
    let who = args.who.map(Who);
    let mut page = session
        .call(ReadMessages {
            who: who.clone(),
            unread: args.unread,
            limit: args.limit,
            since: args.since,
            wait: 0,
        })
        .await?;
    show(output, &mut transcript, &page)?;
    if page.messages.is_empty() && !output.is_json() && !args.follow {
        output.note(if args.unread {
            "Nothing unread."
        } else {
            "No messages."
        });
    }
    loop {
        if args.mark {
            mark(session, &page.messages).await?;
        }
        if !args.follow {
            return Ok(Exit::Done);
        }
        page = session
            .call(ReadMessages {
                who: who.clone(),
                unread: args.unread,
                limit: None,
                since: Some(page.cursor),
                wait: FOLLOW_WAIT_MILLIS,
            })
            .await?;
        show(output, &mut transcript, &page)?;
    }
}

/// Conversations' titles.
pub(super) async fn titles(session: &Session) -> Result<BTreeMap<ConversationId, String>, Failure> {
    let conversations = session.call(ListConversations {}).await?;
    Ok(conversations
        .into_iter()
        .map(|conversation| (conversation.id, conversation.title))
        .collect())
}

fn show(output: Output, transcript: &mut Transcript, page: &MessagePage) -> Result<(), Failure> {
    let mut text = String::new();
    for message in &page.messages {
        if output.is_json() {
            text.push_str(&json_line("message", message)?);
            text.push('\n');
        } else {
            text.push_str(&transcript.message(message));
        }
    }
    output.line(&text)
}

/// Marks what was shown, and only that, as read.
async fn mark(session: &Session, messages: &[Message]) -> Result<(), Failure> {
    let unread: Vec<_> = messages
        .iter()
        .filter(|message| !message.mine && !message.read)
        .map(|message| message.id)
        .collect();
    for part in unread.chunks(MARK_MESSAGES_MAX) {
        let request = tidings_node::request_id();
        session
            .call(MarkRead {
                request,
                messages: part.to_vec(),
            })
            .await?;
    }
    Ok(())
}
