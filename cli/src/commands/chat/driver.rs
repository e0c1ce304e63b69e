//! Moves a chat: waits for what happens, lets [`update`] decide, and does it.
//!
//! Invariants
//! - Lines are dealt with in the order they were typed, each before the next prompt appears, so
//!   messages are stored in that order.
//! - Whatever can take long (a join, an invite's use, news) waits in a task of its own.

use std::time::Duration;

use tidings_node::api::{
    AcceptRoom, AwaitInvite, AwaitJoin, AwaitPresence, Cancel, ContactState, GetIdentity,
    GetSafetyWords, GetStatus, Join, LeaveRoom, ListContacts, ListConversations, ListGone,
    MakeInvite, MarkRead, Message, ReadMessages, SendMessage, SignalTyping, VerifyContact, Who,
};
use tidings_node::{OperationId, PersonId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::editor::Terminal;
use super::news::{NEWS_WAIT_MILLIS, follow};
use super::update::{Effect, Event, Place, State, update};
use super::view;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::session::Session;

/// Events waiting to be dealt with.
const EVENTS_MAX: usize = 64;

/// How long a code can be used.
const INVITE_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// How long a join is waited for before the typist is told that it takes longer.
const JOIN_MILLIS: u64 = 30_000;

/// Messages that one request marks as read.
const MARK_MESSAGES_MAX: usize = 10_000;

/// Chats until the typist leaves or the node ends.
pub(super) async fn run(session: &Session, output: Output) -> Outcome {
    let (events, mut happened) = mpsc::channel(EVENTS_MAX);
    // Where the log ends now is where news begins; what is older comes with a conversation.
    let newest = ReadMessages {
        limit: Some(1),
        ..ReadMessages::default()
    };
    let cursor = session.call(newest).await?.cursor;
    let started = Event::Started {
        identity: session.call(GetIdentity {}).await?,
        contacts: session.call(ListContacts {}).await?,
        conversations: session.call(ListConversations {}).await?,
    };
    let mut chat = Chat {
        session: session.clone(),
        output,
        terminal: Terminal::start(output, events.clone())?,
        state: State::default(),
        events: events.clone(),
        tasks: JoinSet::new(),
    };
    chat.tasks
        .spawn(follow(session.clone(), cursor, events.clone()));
    chat.tasks.spawn(watch(session.clone(), events.clone()));
    chat.tasks.spawn(tick(events));
    let mut next = Some(started);
    while let Some(event) = next {
        let typed = matches!(
            event,
            Event::Started { .. } | Event::Line(_) | Event::Interrupted
        );
        if chat.deal_with(event).await {
            break;
        }
        if typed {
            chat.terminal.prompt(chat.state.prompt());
        }
        next = happened.recv().await;
    }
    Ok(Exit::Done)
}

struct Chat {
    session: Session,
    output: Output,
    terminal: Terminal,
    state: State,
    events: mpsc::Sender<Event>,
    /// Ended when the chat is.
    tasks: JoinSet<()>,
}

impl Chat {
    /// Deals with an event and what follows from it at once; `true` if the chat is over.
    async fn deal_with(&mut self, event: Event) -> bool {
        if matches!(event, Event::Tick) {
            self.terminal.listen();
        }
        let mut effects = update(&mut self.state, event);
        while !effects.is_empty() {
            let mut follow_up = Vec::new();
            for effect in effects {
                if effect == Effect::Quit {
                    return true;
                }
                let text = if let Effect::Send(_, text) = &effect {
                    Some(text.clone())
                } else {
                    None
                };
                match self.perform(effect).await {
                    Ok(Some(event)) => follow_up.extend(update(&mut self.state, event)),
                    Ok(None) => {}
                    Err(failure) => {
                        let unsent = text.map(Event::NotSent);
                        for event in unsent.into_iter().chain([failed(failure)]) {
                            follow_up.extend(update(&mut self.state, event));
                        }
                    }
                }
            }
            effects = follow_up;
        }
        self.terminal.complete(self.state.names());
        false
    }

    /// Does one thing; what it led to, if that is known at once.
    async fn perform(&mut self, effect: Effect) -> Result<Option<Event>, Failure> {
        let session = &self.session;
        let request = tidings_node::request_id();
        Ok(Some(match effect {
            Effect::Show(show) => {
                let text = view::lines(&show, self.output.paint(), self.output.columns());
                if self.terminal.print(&text) {
                    return Ok(None);
                }
                Event::Closed
            }
            Effect::Pass(line) => return Ok(self.pass(line)),
            Effect::Type(to) => {
                // Who may not be told, or is not there, is not.
                let _ = session.call(SignalTyping { who: to.who() }).await;
                return Ok(None);
            }
            Effect::Send(to, text) => {
                let message = SendMessage {
                    request,
                    who: to.who(),
                    text,
                    reply_to: None,
                    priority: false,
                };
                Event::Sent(to, session.call(message).await?)
            }
            Effect::Read(with, limit) => Event::History(with, history(session, with, limit).await?),
            Effect::LookFor(messages) => Event::Gone(session.call(ListGone { messages }).await?),
            Effect::MarkRead(messages) => return self.mark_read(&messages).await,
            Effect::Invite => self.invite().await?,
            Effect::Join(code) => {
                self.tasks
                    .spawn(join(session.clone(), code, self.events.clone()));
                return Ok(None);
            }
            Effect::Accept(room) => {
                let who = Place::Room(room).who();
                Event::Accepted(session.call(AcceptRoom { request, who }).await?)
            }
            Effect::Leave(room) => {
                let who = Place::Room(room).who();
                Event::Left(session.call(LeaveRoom { request, who }).await?)
            }
            Effect::ListConversations => {
                Event::Conversations(session.call(ListConversations {}).await?)
            }
            Effect::ListContacts => Event::Contacts(session.call(ListContacts {}).await?),
            Effect::Identity => Event::Identity(session.call(GetIdentity {}).await?),
            Effect::Status => Event::Status(session.call(GetStatus {}).await?),
            Effect::SafetyWords(of) => {
                Event::SafetyWords(session.call(GetSafetyWords { who: who(of) }).await?)
            }
            Effect::Verify(person, words) => verify(session, person, words).await?,
            Effect::Cancel(id) => cancel(session, id).await?,
            Effect::Close => {
                session.close().await?;
                return Ok(None);
            }
            Effect::Quit => return Ok(None),
        }))
    }

    /// Shows what passes.
    fn pass(&mut self, line: Option<String>) -> Option<Event> {
        let width = self.output.columns();
        let line = line.map(|line| view::passing(&line, self.output.paint(), width));
        (!self.terminal.pass(line)).then_some(Event::Closed)
    }

    /// Makes a code, and reports later who used it.
    async fn invite(&mut self) -> Result<Event, Failure> {
        let request = tidings_node::request_id();
        let invite = MakeInvite {
            request,
            expires_in: INVITE_MILLIS,
            reusable: false,
        };
        let invite = self.session.call(invite).await?;
        let used = invited(
            self.session.clone(),
            invite.code.clone(),
            self.events.clone(),
        );
        self.tasks.spawn(used);
        Ok(Event::Invited(invite))
    }

    async fn mark_read(&self, messages: &[OperationId]) -> Result<Option<Event>, Failure> {
        for part in messages.chunks(MARK_MESSAGES_MAX) {
            let request = tidings_node::request_id();
            self.session
                .call(MarkRead {
                    request,
                    messages: part.to_vec(),
                })
                .await?;
        }
        Ok(None)
    }
}

async fn verify(session: &Session, person: PersonId, words: String) -> Result<Event, Failure> {
    let verify = VerifyContact {
        request: tidings_node::request_id(),
        who: who(person),
        words,
    };
    Ok(Event::Verified(session.call(verify).await?))
}

async fn cancel(session: &Session, message: OperationId) -> Result<Event, Failure> {
    let cancel = Cancel {
        request: tidings_node::request_id(),
        message: message.to_string(),
    };
    Ok(Event::Cancelled(session.call(cancel).await?))
}

/// A person named so that no other is meant.
fn who(person: PersonId) -> Who {
    Who(person.to_string())
}

/// The newest messages with somebody, however many pages they take.
async fn history(session: &Session, with: Place, limit: u32) -> Result<Vec<Message>, Failure> {
    let mut request = ReadMessages {
        who: Some(with.who()),
        limit: Some(limit),
        ..ReadMessages::default()
    };
    let mut messages = Vec::new();
    loop {
        let page = session.call(request.clone()).await?;
        messages.extend(page.messages);
        request.after = page.next;
        if request.after.is_none() {
            return Ok(messages);
        }
    }
}

fn failed(failure: Failure) -> Event {
    if failure.unavailable {
        Event::Ended(failure.message)
    } else {
        Event::Failed(failure.message)
    }
}

/// Reports who is there and who types, whenever that is not as it was.
async fn watch(session: Session, events: mpsc::Sender<Event>) {
    let mut request = AwaitPresence {
        wait: NEWS_WAIT_MILLIS,
        ..AwaitPresence::default()
    };
    // A chat does without where that cannot be asked for.
    while let Ok(presence) = session.call(request.clone()).await {
        request.since = Some(presence.version);
        if events.send(Event::Presence(presence)).await.is_err() {
            return;
        }
    }
}

/// Reports that a second passed, each second.
async fn tick(events: mpsc::Sender<Event>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if events.send(Event::Tick).await.is_err() {
            return;
        }
    }
}

/// Reports who used a code.
async fn invited(session: Session, code: String, events: mpsc::Sender<Event>) {
    if let Ok(Some(contact)) = session
        .call(AwaitInvite {
            code,
            timeout: None,
        })
        .await
    {
        let _ = events.send(Event::Paired(contact)).await;
    }
}

/// Uses a code and reports what came of it.
async fn join(session: Session, code: String, events: mpsc::Sender<Event>) {
    let join = Join {
        request: tidings_node::request_id(),
        code: code.clone(),
    };
    let joined = match session.call(join).await {
        Ok(contact) if contact.state == ContactState::Pending => {
            session
                .call(AwaitJoin {
                    code,
                    timeout: JOIN_MILLIS,
                })
                .await
        }
        other => other,
    };
    let event = joined.map_or_else(failed, Event::Paired);
    let _ = events.send(event).await;
}
