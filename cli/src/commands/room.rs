//! `tidings room`: who is in a room, and what holds for a whole conversation.

mod plain;

use std::cmp::Reverse;

use tidings_node::api::{
    AcceptRoom, Conversation, ConversationKind, CreateRoom, GetConversation, History, InviteMember,
    LeaveRoom, ListConversations, RemoveMember, RenameRoom, Role, SetLifetime, SetPreferences,
    SetRole, Standing, Who,
};
use tidings_node::{PersonId, request_id};

use super::deliver_to;
use crate::args::{
    ChangeCommand, HistoryName, Lifetime, PreferCommand, RoleName, RoomCommand, Switch,
};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Output};
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, command: RoomCommand) -> Outcome {
    match command {
        RoomCommand::List { archived } => list(session, output, archived).await,
        RoomCommand::Info { who } => {
            let asked = GetConversation { who: Who(who) };
            shown(output, &session.call(asked).await?)
        }
        RoomCommand::Prefer(command) => prefer(session, output, command).await,
        RoomCommand::Change(command) => change(session, output, command).await,
    }
}

async fn list(session: &Session, output: Output, archived: bool) -> Outcome {
    let mut conversations = session.call(ListConversations {}).await?;
    let none = if conversations.is_empty() {
        "No conversations. `tidings invite` makes a code to meet somebody by."
    } else {
        "All conversations are archived; `tidings room list --archived` lists them."
    };
    let all = conversations.clone();
    conversations.retain(|one| archived || one.unread > 0 || !is_put_away(one));
    conversations.sort_by_key(|one| Reverse((one.unread > 0, one.latest_at)));
    output.results("conversation", &conversations, none, |conversations| {
        let has_namesake = |one| all.iter().any(|other| plain::is_namesake(one, other));
        let rows = conversations.iter();
        let rows: Vec<_> = rows.map(|one| plain::row(one, has_namesake(one))).collect();
        output::table(&rows)
    })?;
    let waits = |one: &Conversation| one.standing == Standing::Invited;
    if !output.is_json() && conversations.iter().any(waits) {
        output.note(
            "`tidings room accept TITLE` takes part where you are invited, `tidings room leave \
             TITLE` turns it down.",
        );
    }
    Ok(Exit::Done)
}

/// Whether a conversation is one that its owner need not see all the time.
fn is_put_away(conversation: &Conversation) -> bool {
    conversation.archived || conversation.standing == Standing::Left
}

fn shown(output: Output, conversation: &Conversation) -> Outcome {
    output.result("conversation", conversation, || plain::info(conversation))?;
    Ok(Exit::Done)
}

/// Changes what holds for a conversation on this device.
async fn prefer(session: &Session, output: Output, command: PreferCommand) -> Outcome {
    let conversation = session.call(preferences(command.clone())).await?;
    output.result("conversation", &conversation, || {
        plain::preferred(&command, &conversation)
    })?;
    Ok(Exit::Done)
}

/// What is wanted of a conversation on this device.
fn preferences(command: PreferCommand) -> SetPreferences {
    let (who, [muted, archived, read_receipts]) = match command {
        PreferCommand::Mute { who } => (who, [Some(true), None, None]),
        PreferCommand::Unmute { who } => (who, [Some(false), None, None]),
        PreferCommand::Archive { who } => (who, [None, Some(true), None]),
        PreferCommand::Unarchive { who } => (who, [None, Some(false), None]),
        PreferCommand::Receipts { who, told } => (who, [None, None, Some(told == Switch::On)]),
    };
    SetPreferences {
        request: request_id(),
        who: Who(who),
        muted,
        archived,
        read_receipts,
    }
}

/// Changes a conversation for everybody in it, and has them hear of it.
async fn change(session: &Session, output: Output, command: ChangeCommand) -> Outcome {
    let conversation = ask(session, &command).await?;
    let there = Some(Who(conversation.id.to_string()));
    // Whoever was removed is to learn of it too, and is not in the room any more.
    let is_removal = matches!(command, ChangeCommand::Remove { .. });
    deliver_to(session, there.filter(|_| !is_removal), command.delivery()).await?;
    output.result("conversation", &conversation, || {
        plain::done(&command, &conversation)
    })?;
    let names = matches!(
        command,
        ChangeCommand::Create { .. } | ChangeCommand::Rename { .. }
    );
    if names {
        tell_namesakes(session, output, &conversation).await?;
    }
    Ok(Exit::Done)
}

/// Says so if a room goes by a name that a contact or another room has.
async fn tell_namesakes(
    session: &Session,
    output: Output,
    room: &Conversation,
) -> Result<(), Failure> {
    let all = session.call(ListConversations {}).await?;
    let is_namesake =
        |one: &&Conversation| one.standing == Standing::Joined && plain::is_namesake(room, one);
    if let Some(other) = all.iter().find(is_namesake) {
        output.note(&plain::namesake(room, other));
    }
    Ok(())
}

/// Says so if a contact who is new goes by a name that a room has, and so is meant where the room was.
pub(super) async fn tell_namesakes_of(
    session: &Session,
    output: Output,
    person: Option<PersonId>,
) -> Result<(), Failure> {
    let all = session.call(ListConversations {}).await?;
    let is_theirs = |one: &&Conversation| {
        let mut members = one.members.iter();
        one.kind == ConversationKind::Direct && members.any(|one| Some(one.person) == person)
    };
    let Some(direct) = all.iter().find(is_theirs) else {
        return Ok(());
    };
    let is_room =
        |one: &&Conversation| one.kind == ConversationKind::Room && plain::is_namesake(direct, one);
    for room in all.iter().filter(is_room) {
        output.note(&plain::namesake(room, direct));
    }
    Ok(())
}

async fn ask(session: &Session, command: &ChangeCommand) -> Result<Conversation, Failure> {
    let request = request_id();
    match command.clone() {
        ChangeCommand::Create { title, with, .. } => {
            let with = with.into_iter().map(Who).collect();
            let create = CreateRoom {
                request,
                title,
                with,
            };
            session.call(create).await
        }
        ChangeCommand::Accept { who, .. } => {
            let who = Who(who);
            session.call(AcceptRoom { request, who }).await
        }
        ChangeCommand::Invite {
            who,
            member,
            history,
            ..
        } => invite(session, Who(who), Who(member), history).await,
        ChangeCommand::Remove { who, member, .. } => {
            let (who, member) = (Who(who), Who(member));
            let remove = RemoveMember {
                request,
                who,
                member,
            };
            session.call(remove).await
        }
        ChangeCommand::Role {
            who, member, role, ..
        } => set_role(session, Who(who), Who(member), role).await,
        ChangeCommand::Rename { who, title, .. } => {
            let who = Who(who);
            let rename = RenameRoom {
                request,
                who,
                title,
            };
            session.call(rename).await
        }
        ChangeCommand::Leave { who, .. } => {
            let who = Who(who);
            session.call(LeaveRoom { request, who }).await
        }
        ChangeCommand::Expire { who, after, .. } => {
            let (who, Lifetime(seconds)) = (Who(who), after);
            let lifetime = SetLifetime {
                request,
                who,
                seconds,
            };
            session.call(lifetime).await
        }
    }
}

async fn invite(
    session: &Session,
    who: Who,
    member: Who,
    history: HistoryName,
) -> Result<Conversation, Failure> {
    let invite = InviteMember {
        request: request_id(),
        who,
        member,
        history: match history {
            HistoryName::All => History::All,
            HistoryName::New => History::New,
        },
    };
    session.call(invite).await
}

async fn set_role(
    session: &Session,
    who: Who,
    member: Who,
    role: RoleName,
) -> Result<Conversation, Failure> {
    let role = SetRole {
        request: request_id(),
        who,
        member,
        role: match role {
            RoleName::Admin => Role::Admin,
            RoleName::Member => Role::Member,
        },
    };
    session.call(role).await
}
