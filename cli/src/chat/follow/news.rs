//! News: what arrives and changes, as it is told.
//!
//! Invariants
//! - A conversation is told of before what is written in it.
//! - What arrives together, as from a stick or a friend who carried it, is told in the order in which `read` shows it,
//!   however it was shuffled on its way. What is on the screen already stays where it is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tidings_node::api::{
    Change, ListContacts, ListConversations, Message, MessagePage, ReadMessages, Who,
};
use tidings_node::{ConversationId, OperationId};
use tokio::sync::mpsc;

use super::WAIT_MILLIS;
use crate::chat::Told;
use crate::chat::backend::Backend;
use crate::failure::Failure;

/// Messages taken from the log at once, and those at the end of a conversation in whose order they are put.
const NEWS_MESSAGES_MAX: u32 = 500;

/// How long it must be quiet for what arrives to be over: each envelope is opened and stored by itself.
const QUIET: Duration = Duration::from_millis(100);

/// How often it is waited for that, so that whoever writes without end is shown all the same.
const QUIET_TRIES: u32 = 10;

/// Tells what arrives and changes.
pub(super) async fn follow(backend: impl Backend, mut cursor: String, tell: mpsc::Sender<Told>) {
    let mut known = BTreeSet::new();
    loop {
        let told = match burst(&backend, &mut cursor).await {
            Ok(messages) => {
                let mut of = messages.iter();
                if of.any(|message| !known.contains(&message.conversation)) {
                    for told in introductions(&backend, &mut known).await {
                        if tell.send(told).await.is_err() {
                            return;
                        }
                    }
                }
                Told::News(messages)
            }
            // A chat that hears nothing any more is none.
            Err(failure) => Told::Ended(failure),
        };
        let over = matches!(told, Told::Ended(_));
        if tell.send(told).await.is_err() || over {
            return;
        }
    }
}

/// What arrives or changes next, and all that comes with it, in order.
async fn burst(backend: &impl Backend, cursor: &mut String) -> Result<Vec<Message>, Failure> {
    let mut messages = page(backend, cursor, WAIT_MILLIS).await?;
    let most = usize::try_from(NEWS_MESSAGES_MAX).unwrap_or(usize::MAX);
    for _ in 0..QUIET_TRIES {
        if !messages.iter().any(is_new) || messages.len() >= most {
            break;
        }
        tokio::time::sleep(QUIET).await;
        // Whatever keeps it from being asked for is met, and told, with the next news.
        match page(backend, cursor, 0).await {
            Ok(more) if !more.is_empty() => messages.extend(more),
            Ok(_) | Err(_) => break,
        }
    }
    let mut counts: BTreeMap<ConversationId, usize> = BTreeMap::new();
    for message in messages.iter().filter(|message| is_new(message)) {
        *counts.entry(message.conversation).or_default() += 1;
    }
    for (conversation, _) in counts.into_iter().filter(|(_, count)| *count > 1) {
        if let Ok(order) = order(backend, conversation).await {
            messages = in_order(messages, conversation, &order);
        }
    }
    Ok(messages)
}

/// What the log has after a cursor, which then stands behind it.
async fn page(
    backend: &impl Backend,
    cursor: &mut String,
    wait: u64,
) -> Result<Vec<Message>, Failure> {
    let news = ReadMessages {
        since: Some(cursor.clone()),
        limit: Some(NEWS_MESSAGES_MAX),
        wait,
        ..ReadMessages::default()
    };
    let page: MessagePage = backend.call(news).await?;
    *cursor = page.cursor;
    Ok(page.messages)
}

/// Whether somebody else's message came: of our own it is told how far it has come, and that waits for nothing.
fn is_new(message: &Message) -> bool {
    message.change == Change::New && !message.mine
}

/// The places of the messages at the end of a conversation, as they are shown.
async fn order(
    backend: &impl Backend,
    conversation: ConversationId,
) -> Result<BTreeMap<OperationId, usize>, Failure> {
    let mut request = ReadMessages {
        who: Some(Who(conversation.to_string())),
        limit: Some(NEWS_MESSAGES_MAX),
        ..ReadMessages::default()
    };
    let mut order = BTreeMap::new();
    loop {
        let page = backend.call(request.clone()).await?;
        for message in page.messages {
            order.insert(message.id, order.len());
        }
        request.after = page.next;
        if request.after.is_none() {
            return Ok(order);
        }
    }
}

/// Puts what is new in one conversation in order; one without a place there is older than all that have one. What is
/// of other conversations, or a change, stays where it is.
fn in_order(
    messages: Vec<Message>,
    conversation: ConversationId,
    order: &BTreeMap<OperationId, usize>,
) -> Vec<Message> {
    let moves = |message: &Message| is_new(message) && message.conversation == conversation;
    let mut new: Vec<Message> = messages.iter().filter(|one| moves(one)).cloned().collect();
    new.sort_by_key(|message| order.get(&message.id).copied());
    let mut new = new.into_iter();
    let placed = messages.into_iter().map(|message| {
        if moves(&message) {
            new.next().unwrap_or(message)
        } else {
            message
        }
    });
    placed.collect()
}

/// Whom and what there is to write to, now that there is more than is known.
async fn introductions(backend: &impl Backend, known: &mut BTreeSet<ConversationId>) -> Vec<Told> {
    let contacts = backend.call(ListContacts {}).await;
    let conversations = backend.call(ListConversations {}).await;
    // What cannot be asked for is asked for again with the next message.
    let (Ok(contacts), Ok(conversations)) = (contacts, conversations) else {
        return Vec::new();
    };
    known.extend(conversations.iter().map(|conversation| conversation.id));
    vec![Told::Contacts(contacts), Told::Conversations(conversations)]
}

#[cfg(test)]
mod tests {
    use tidings_node::api::MessageState;

    use super::*;
    use crate::output::sample::{id, received, sent};

    fn message(text: &str, letter: char, conversation: char) -> Message {
        Message {
            id: id(letter),
            conversation: id(conversation),
            ..received("Ben", text)
        }
    }

    fn texts(messages: &[Message]) -> Vec<&str> {
        messages.iter().map(|one| one.body.as_str()).collect()
    }

    #[test]
    fn what_arrives_together_is_put_in_the_order_in_which_it_is_shown() {
        let arrived = vec![
            message("third", 'a', 'a'),
            message("elsewhere", 'd', 'b'),
            message("first", 'b', 'a'),
            message("second", 'c', 'a'),
        ];
        let order = ['b', 'c', 'a'].map(id).into_iter().zip(0..).collect();
        let shown = in_order(arrived, id('a'), &order);
        assert_eq!(texts(&shown), ["first", "elsewhere", "second", "third"]);
    }

    #[test]
    fn a_change_and_an_own_message_stay_where_they_are_and_what_is_older_comes_first() {
        let mut edited = message("edited", 'd', 'a');
        edited.change = Change::Edited;
        let own = Message {
            id: id('e'),
            conversation: id('a'),
            ..sent("own", MessageState::Queued)
        };
        let arrived = vec![
            message("new", 'b', 'a'),
            edited,
            own,
            message("far older", 'f', 'a'),
        ];
        let order = ['e', 'd', 'b'].map(id).into_iter().zip(0..).collect();
        let shown = in_order(arrived, id('a'), &order);
        assert_eq!(texts(&shown), ["far older", "edited", "own", "new"]);
    }
}
