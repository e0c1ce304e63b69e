//! Moves a chat: waits for what happens, lets [`update`] decide, and does it.
//!
//! Invariants
//! - Lines are dealt with in the order they were typed, each before the next prompt appears, so messages are stored in
//!   that order.
//! - Nobody waits for what can take long (a join, an invite's use, news).
//! - What was written and is not stored when the typist leaves is said to be so.

use std::time::Duration;

use tidings_node::api::{GetIdentity, ListContacts, ListConversations, ReadMessages};
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::editor::Terminal;
use super::update::{Effect, Event, Show, State, not_sent, update};
use super::view;
use crate::chat::{Ask, Follow, Runner, left_behind};
use crate::failure::{Exit, Failure, Outcome};
use crate::home;
use crate::origin::Origin;
use crate::output::Output;
use crate::session::{Lock, Session};
use crate::terminal::Unseen;
use crate::texts::Texts;

/// Events waiting to be dealt with.
const EVENTS_MAX: usize = 64;

/// How long whoever leaves waits for what is not done yet.
const SETTLE: Duration = Duration::from_secs(1);

/// How often it is looked at what is due.
const TICK: Duration = Duration::from_secs(1);

/// Chats until the typist leaves or the node ends.
///
/// # Errors
/// [`Failure`] if the node or the terminal is gone.
pub(crate) async fn run(session: &Session, output: Output, texts: Texts) -> Outcome {
    let (events, typed) = mpsc::channel(EVENTS_MAX);
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
    let origin = Origin::of_process();
    let mut ticks = interval_at(Instant::now() + TICK, TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut chat = Chat {
        session: session.clone(),
        terminal: Terminal::start(output, events, origin.clone())?,
        typed,
        state: State::new(texts, origin),
        runner: Runner::new(session.clone()),
        follow: Follow::start(session, cursor),
        lock: session.lock(),
        ticks,
    };
    chat.go(started).await;
    chat.settle().await;
    Ok(Exit::Done)
}

struct Chat {
    session: Session,
    terminal: Terminal,
    typed: mpsc::Receiver<Event>,
    state: State,
    runner: Runner<Session>,
    follow: Follow,
    lock: Lock,
    ticks: Interval,
}

impl Chat {
    async fn go(&mut self, started: Event) {
        let mut event = started;
        let mut is_prompt_due = false;
        loop {
            is_prompt_due |= matches!(
                event,
                Event::Started { .. } | Event::Line(_) | Event::Interrupted
            );
            if self.deal_with(event).await {
                return;
            }
            let is_awaited = self.state.is_locked() || self.runner.asks().all(Ask::is_long);
            if is_prompt_due && is_awaited {
                self.terminal.prompt(self.state.prompt());
                is_prompt_due = false;
            }
            event = self.next().await;
        }
    }

    /// Waits until what was asked is done, but for what can take long.
    async fn settle(&mut self) {
        let settled = async {
            while !self.runner.asks().all(Ask::is_long) {
                let told = self.runner.told().await;
                self.deal_with(Event::Told(told)).await;
            }
        };
        let _ = timeout(SETTLE, settled).await;
        let texts = self.state.texts();
        let unsent = self.runner.asks().filter_map(Ask::written);
        let unsent: Vec<Show> = unsent.map(|text| not_sent(text, texts)).collect();
        for show in &unsent {
            self.show(show);
        }
        let left = left_behind(self.runner.asks(), &self.session, self.state.texts());
        for said in left.await {
            self.show(&Show::Hint(said));
        }
    }

    async fn next(&mut self) -> Event {
        tokio::select! {
            // The editor ends with its chat alone.
            typed = self.typed.recv() => typed.unwrap_or(Event::Closed),
            told = self.runner.told() => Event::Told(told),
            told = self.follow.told() => Event::Told(told),
            is_locked = self.lock.changed() => Event::Locked(is_locked),
            _ = self.ticks.tick() => Event::Tick,
        }
    }

    /// Deals with an event and what follows from it at once; `true` if the chat is over.
    async fn deal_with(&mut self, event: Event) -> bool {
        if matches!(event, Event::Tick) {
            self.terminal.listen();
        }
        for effect in update(&mut self.state, event) {
            let is_shown = match effect {
                Effect::Show(show) => self.show(&show),
                Effect::Ask(ask) => {
                    self.runner.ask(ask);
                    true
                }
                Effect::Close => match self.session.close().await {
                    Ok(()) => true,
                    Err(failure) => self.warn(&failure),
                },
                Effect::Unlock => match self.unlock().await {
                    Ok(()) => true,
                    Err(failure) if failure.exit == Exit::Interrupted => false,
                    Err(failure) => self.warn(&failure),
                },
                Effect::Quit => false,
            };
            if !is_shown {
                return true;
            }
        }
        let names = self.state.names();
        self.terminal.complete(names);
        false
    }

    /// Shows something; `false` if the terminal is gone.
    fn show(&mut self, show: &Show) -> bool {
        let lines = view::lines(show, self.state.texts());
        self.terminal.print(&lines)
    }

    fn warn(&mut self, failure: &Failure) -> bool {
        let said = self.state.texts().failure(failure);
        self.show(&Show::Trouble(said))
    }

    /// Asks for the passphrase, and opens the profile with it. The editor waits for no key meanwhile.
    async fn unlock(&self) -> Result<(), Failure> {
        let asked = tokio::task::spawn_blocking(|| {
            // Held until that is known to be the passphrase, or not.
            let unseen = Unseen::now();
            home::ask_passphrase(&unseen).map(|passphrase| (passphrase, unseen))
        });
        let (passphrase, _unseen) = asked.await??;
        self.lock.unlock(passphrase).await
    }
}
