//! `tidings read`: shows messages, and what arrives.

mod deeds;
mod gaps;
mod held;
mod typing;

use tidings_node::OperationId;
use tidings_node::api::{
    AwaitPresence, Deed, GetConversation, ListConversations, MarkRead, Message, MessagePage,
    Presence, ReadMessages, Who,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use self::deeds::Deeds;
use self::gaps::Gaps;
use self::held::Held;
use self::typing::Typing;
use crate::args::ReadArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Titles, Transcript, json_line};
use crate::session::Session;

/// How long one request waits for something to arrive before it is made again.
const FOLLOW_WAIT_MILLIS: u64 = 30_000;

/// What is known of who types, or of what was done, and waits to be shown.
const SIGNALS_MAX: usize = 1;

/// Most messages that one request marks as read.
const MARK_MESSAGES_MAX: usize = 10_000;

pub(super) async fn run(session: &Session, output: Output, args: ReadArgs) -> Outcome {
    let who = match args.who {
        Some(who) if args.follow => Some(as_it_stays(session, Who(who)).await?),
        who => who.map(Who),
    };
    let titles = match who {
        Some(_) => None,
        None => Some(titles(session).await?),
    };
    // Scripts that do not ask for it get messages alone.
    let deeds = args.deeds || !output.is_json();
    let is_whole = !args.unread && args.since.is_none();
    let followed = match &who {
        Some(who) if args.follow && deeds && is_whole => deeds::list(session, who).await?,
        Some(_) | None => None,
    };
    let mut reading = Reading {
        session,
        output,
        transcript: Transcript::new(output.paint(), output.columns(), titles),
        request: ReadMessages {
            who,
            unread: args.unread,
            pinned: args.pinned,
            ..ReadMessages::default()
        },
        mark: args.mark,
        deeds,
        followed: followed.map(Deeds::after),
        held: (args.limit.is_some() && !output.is_json()).then(Held::default),
        shown: 0,
        gaps: Gaps::default(),
        typing: Typing::default(),
    };
    let cursor = match args.since {
        None => reading.display_order(args.limit).await?,
        Some(since) => reading.arrivals(since, args.limit).await?,
    };
    if reading.shown == 0 && !output.is_json() && !args.follow {
        output.note(if args.pinned {
            "Nothing pinned."
        } else if args.unread {
            "Nothing unread."
        } else {
            "No messages."
        });
    }
    if args.follow {
        reading.follow(cursor, args.signals).await?;
    }
    Ok(Exit::Done)
}

/// Messages on their way to stdout, one page after the other; none is kept.
struct Reading<'a> {
    session: &'a Session,
    output: Output,
    transcript: Transcript,
    /// What is the same in every request.
    request: ReadMessages,
    mark: bool,
    /// Whether to show what was done to a conversation between its messages.
    deeds: bool,
    /// What was done so far, where it is told what is done from now on.
    followed: Option<Deeds>,
    /// What was done since the last message, where not all of it is shown.
    held: Option<Held>,
    shown: usize,
    gaps: Gaps,
    typing: Typing,
}

impl Reading<'_> {
    /// Shows the newest `limit`, or all, the oldest first, and what was done to a conversation among them; returns where
    /// the arrival log ended before that.
    async fn display_order(&mut self, limit: Option<u32>) -> Result<String, Failure> {
        let is_whole = !self.request.unread && !self.request.pinned;
        let deeds = self.deeds && is_whole && self.request.who.is_some();
        let from = match limit.filter(|_| deeds) {
            Some(limit) => self.oldest_of(limit).await?,
            None => None,
        };
        let limit = limit.filter(|_| from.is_none());
        let mut after = None;
        loop {
            let request = ReadMessages {
                limit,
                from,
                deeds,
                after,
                ..self.request.clone()
            };
            let page = self.page(request).await?;
            after = page.next;
            if after.is_none() {
                if let Some(held) = &mut self.held {
                    self.output.line(&held.lines(&mut self.transcript))?;
                }
                return Ok(page.cursor);
            }
        }
    }

    /// The oldest of the newest `limit` messages: what was done does not count as one.
    async fn oldest_of(&self, limit: u32) -> Result<Option<OperationId>, Failure> {
        let request = ReadMessages {
            limit: Some(limit),
            page: Some(1),
            ..self.request.clone()
        };
        let page = self.session.call(request).await?;
        Ok(page.messages.first().map(|message| message.id))
    }

    /// Shows what arrived or changed after a position, at most `limit`; returns where that ended.
    async fn arrivals(&mut self, mut since: String, limit: Option<u32>) -> Result<String, Failure> {
        let mut left = limit;
        while left != Some(0) {
            let request = ReadMessages {
                limit: left,
                since: Some(since),
                ..self.request.clone()
            };
            let page = self.page(request).await?;
            since = page.cursor;
            let shown = u32::try_from(page.messages.len()).unwrap_or(u32::MAX);
            left = left.map(|left| left.saturating_sub(shown));
            if shown == 0 {
                break;
            }
        }
        Ok(since)
    }

    /// Shows what arrives or changes, for ever, and who types if that is wanted.
    async fn follow(&mut self, mut since: String, signals: bool) -> Result<(), Failure> {
        let session = self.session;
        let (sender, mut signalled) = mpsc::channel(SIGNALS_MAX);
        let mut tasks = JoinSet::new();
        if signals {
            tasks.spawn(watch(session.clone(), self.request.who.clone(), sender));
        } else {
            drop(sender);
        }
        let (sender, mut done) = mpsc::channel(SIGNALS_MAX);
        if let Some(who) = self.request.who.clone().filter(|_| self.followed.is_some()) {
            tasks.spawn(deeds::watch(session.clone(), who, sender));
        } else {
            drop(sender);
        }
        loop {
            let request = ReadMessages {
                since: Some(since),
                wait: FOLLOW_WAIT_MILLIS,
                ..self.request.clone()
            };
            let mut news = std::pin::pin!(session.call(request));
            let page = loop {
                tokio::select! {
                    page = &mut news => break page?,
                    Some(presence) = signalled.recv() => self.tell_typing(&presence?).await?,
                    Some(deeds) = done.recv() => self.tell_done(&deeds?)?,
                }
            };
            self.take(&page).await?;
            self.tell_gaps(&page)?;
            since = page.cursor;
        }
    }

    /// Tells who types, and for scripts also who does no longer.
    async fn tell_typing(&mut self, presence: &Presence) -> Result<(), Failure> {
        let mut text = String::new();
        for news in self.typing.news(&presence.typing) {
            if self.output.is_json() {
                text.push_str(&json_line("typing", &news)?);
                text.push('\n');
            } else if news.typing {
                if self.transcript.lacks_title(&news.conversation) {
                    self.transcript.set_titles(titles(self.session).await?);
                }
                let room = self.transcript.room(&news.conversation);
                text.push_str(&typing::plain(&news, room.as_deref()));
            }
        }
        self.output.line(&text)
    }

    /// Tells what was done to the conversation that was not told yet.
    fn tell_done(&mut self, now: &[Deed]) -> Result<(), Failure> {
        let mut text = String::new();
        let followed = self.followed.iter_mut();
        for deed in followed.flat_map(|deeds| deeds.news(now)) {
            text.push_str(&done(self.output, &mut self.transcript, &deed)?);
        }
        self.output.line(&text)
    }

    /// Tells of gaps that opened, changed or closed.
    fn tell_gaps(&mut self, page: &MessagePage) -> Result<(), Failure> {
        let mut text = String::new();
        for gap in self.gaps.news(&page.gaps) {
            if self.output.is_json() {
                text.push_str(&json_line("gap", &gap)?);
                text.push('\n');
            } else {
                text.push_str(&gaps::plain(&gap));
            }
        }
        self.output.line(&text)
    }

    /// Gets one page and shows it.
    async fn page(&mut self, request: ReadMessages) -> Result<MessagePage, Failure> {
        let page = self.session.call(request).await?;
        self.take(&page).await?;
        Ok(page)
    }

    /// Shows one page, and marks it as read if that was asked for.
    async fn take(&mut self, page: &MessagePage) -> Result<(), Failure> {
        self.shown = self.shown.saturating_add(page.messages.len());
        if let Some(followed) = &mut self.followed {
            followed.note(&page.deeds);
        }
        let mut messages = page.messages.iter();
        if messages.any(|message| self.transcript.lacks_title(&message.conversation)) {
            self.transcript.set_titles(titles(self.session).await?);
        }
        show(self.output, &mut self.transcript, page, self.held.as_mut())?;
        if self.mark {
            mark(self.session, &page.messages).await?;
        }
        Ok(())
    }
}

/// A conversation by its id: others may give a room another title.
async fn as_it_stays(session: &Session, who: Who) -> Result<Who, Failure> {
    let conversation = session.call(GetConversation { who }).await?;
    Ok(Who(conversation.id.to_string()))
}

/// Reports who types, whenever that is not as it was.
async fn watch(
    session: Session,
    who: Option<Who>,
    signals: mpsc::Sender<Result<Presence, Failure>>,
) {
    let mut request = AwaitPresence {
        who,
        since: None,
        wait: FOLLOW_WAIT_MILLIS,
    };
    loop {
        let presence = session.call(request.clone()).await;
        request.since = presence.as_ref().ok().map(|presence| presence.version);
        let is_over = presence.is_err();
        if signals.send(presence).await.is_err() || is_over {
            return;
        }
    }
}

/// Conversations' titles.
pub(super) async fn titles(session: &Session) -> Result<Titles, Failure> {
    Ok(Titles::new(session.call(ListConversations {}).await?))
}

fn show(
    output: Output,
    transcript: &mut Transcript,
    page: &MessagePage,
    mut held: Option<&mut Held>,
) -> Result<(), Failure> {
    let mut text = String::new();
    transcript.line_up(&page.messages);
    let mut deeds = page.deeds.iter().peekable();
    for message in &page.messages {
        while let Some(deed) = deeds.next_if(|deed| deed.before == Some(message.id)) {
            match &mut held {
                Some(held) => held.take(deed),
                None => text.push_str(&done(output, transcript, deed)?),
            }
        }
        if let Some(held) = &mut held {
            text.push_str(&held.lines(transcript));
        }
        if output.is_json() {
            text.push_str(&json_line("message", message)?);
            text.push('\n');
        } else {
            text.push_str(&transcript.message(message));
        }
    }
    for deed in deeds {
        match &mut held {
            Some(held) => held.take(deed),
            None => text.push_str(&done(output, transcript, deed)?),
        }
    }
    output.line(&text)
}

/// The line of what was done to a conversation.
fn done(output: Output, transcript: &mut Transcript, deed: &Deed) -> Result<String, Failure> {
    if output.is_json() {
        return Ok(format!("{}\n", json_line("deed", deed)?));
    }
    Ok(transcript.deed(deed))
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
