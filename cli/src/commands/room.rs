//! `tidings room`: what holds for a whole conversation.

use tidings_node::api::{
    Conversation, GetConversation, ListConversations, SetLifetime, SetPreferences,
};
use tidings_node::request_id;

use super::deliver;
use crate::args::{DeliveryArgs, Lifetime, RoomCommand, Switch};
use crate::failure::{Exit, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, command: RoomCommand) -> Outcome {
    let (who, preferences) = match command {
        RoomCommand::List { archived } => return list(session, output, archived).await,
        RoomCommand::Info { who } => return show(session, output, &who).await,
        RoomCommand::Expire {
            who,
            after,
            delivery,
        } => return expire(session, output, &who, after, delivery).await,
        RoomCommand::Mute { who } => (who, [Some(true), None, None]),
        RoomCommand::Unmute { who } => (who, [Some(false), None, None]),
        RoomCommand::Archive { who } => (who, [None, Some(true), None]),
        RoomCommand::Unarchive { who } => (who, [None, Some(false), None]),
        RoomCommand::Receipts { who, told } => (who, [None, None, Some(told == Switch::On)]),
    };
    let [muted, archived, read_receipts] = preferences;
    let conversation = session
        .call(SetPreferences {
            request: request_id(),
            who: who.as_str().into(),
            muted,
            archived,
            read_receipts,
        })
        .await?;
    output.result("conversation", &conversation, || info(&conversation))?;
    Ok(Exit::Done)
}

async fn list(session: &Session, output: Output, archived: bool) -> Outcome {
    let mut conversations = session.call(ListConversations {}).await?;
    let none = if conversations.is_empty() {
        "No conversations. `tidings invite` makes a code to meet somebody by."
    } else {
        "All conversations are archived; `tidings room list --archived` lists them."
    };
    conversations.retain(|one| archived || !one.archived || one.unread > 0);
    output.results("conversation", &conversations, none, |conversations| {
        let rows = conversations.iter().map(row).collect::<Vec<_>>();
        output::table(&rows)
    })?;
    Ok(Exit::Done)
}

async fn show(session: &Session, output: Output, who: &str) -> Outcome {
    let conversation = session.call(GetConversation { who: who.into() }).await?;
    output.result("conversation", &conversation, || info(&conversation))?;
    Ok(Exit::Done)
}

async fn expire(
    session: &Session,
    output: Output,
    who: &str,
    Lifetime(seconds): Lifetime,
    delivery: DeliveryArgs,
) -> Outcome {
    let conversation = session
        .call(SetLifetime {
            request: request_id(),
            who: who.into(),
            seconds,
        })
        .await?;
    deliver(session, who, delivery).await?;
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

/// A conversation in a list: its title, and what is to be said of it.
fn row(conversation: &Conversation) -> [String; 2] {
    let marks = [
        (
            conversation.unread > 0,
            format!("{} unread", conversation.unread),
        ),
        (conversation.muted, "muted".to_owned()),
        (conversation.archived, "archived".to_owned()),
    ];
    let marks: Vec<String> = marks
        .into_iter()
        .filter_map(|(holds, mark)| holds.then_some(mark))
        .collect();
    [safe_text::name(&conversation.title), marks.join(", ")]
}

/// All that holds for a conversation.
fn info(conversation: &Conversation) -> String {
    let yes = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
    let members: Vec<String> = conversation
        .members
        .iter()
        .map(|member| safe_text::name(&member.name))
        .collect();
    let disappears = conversation.disappears_after;
    output::fields(&[
        ("title", safe_text::name(&conversation.title)),
        ("id", conversation.id.to_string()),
        ("members", members.join(", ")),
        ("unread", conversation.unread.to_string()),
        (
            "messages disappear",
            disappears.map_or_else(|| "no".to_owned(), |seconds| format!("after {seconds} s")),
        ),
        ("muted", yes(conversation.muted)),
        ("archived", yes(conversation.archived)),
        ("tells what you read", yes(conversation.read_receipts)),
    ])
}
