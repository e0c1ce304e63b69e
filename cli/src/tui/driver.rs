//! Moves the full-screen interface: waits for what happens, lets [`update`] decide, does it, and draws.
//!
//! Invariants
//! - All that has happened is dealt with before the screen is drawn once; but what somebody typed is drawn before what
//!   the node says after it.
//! - Nothing is waited for here but the next event: what the node is asked, and opening the profile, runs beside.
//! - What was written and is not stored when somebody leaves is said to be so.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossterm::event::EventStream;
use futures::StreamExt as _;
use jiff::tz::TimeZone;
use tidings_node::api::{
    AwaitPresence, GetIdentity, GetStatus, ListContacts, ListConversations, ReadMessages,
};
use tokio::task::{JoinError, JoinSet};

use super::clock::Clock;
use super::config::Config;
use super::effect::Effect;
use super::event::Event;
use super::input;
use super::job::{Asked, Job};
use super::notify::Desktop;
use super::screen::Screen;
use super::state::{Passphrase, State};
use super::update::{unkept, update};
use crate::chat::{Action, Follow, Runner, Told};
use crate::failure::{Exit, Failure, Outcome};
use crate::output;
use crate::safe_text::Safe;
use crate::session::{Lock, Session};
use crate::terminal;

/// Events that are dealt with before the screen is drawn.
const EVENTS_PER_DRAW: usize = 256;

/// How often something may be due although nothing happened.
const PULSE: Duration = Duration::from_secs(1);

/// How long what was asked at the end has.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// With what it begins.
#[derive(Debug, Default)]
pub(crate) struct Start {
    /// The screen, if somebody has taken it already.
    screen: Option<Screen>,
    /// What is done first.
    first: Option<Action>,
}

impl Start {
    /// On a screen that was taken, with an action.
    pub(super) fn on(screen: Screen, first: Option<Action>) -> Self {
        Self {
            screen: Some(screen),
            first,
        }
    }
}

/// Shows it until somebody leaves or the node ends.
///
/// # Errors
/// [`Failure`] if the node or the terminal is gone.
pub(crate) async fn run(session: &Session, start: Start) -> Outcome {
    let newest = ReadMessages {
        limit: Some(1),
        ..ReadMessages::default()
    };
    let cursor = session.call(newest).await?.cursor;
    let job = Job::listen()?;
    let screen = start.screen.map_or_else(Screen::enter, Ok)?;
    let state = begin(session, &screen).await?;
    let mut interface = Interface {
        state,
        screen,
        session: session.clone(),
        runner: Runner::new(session.clone()),
        follow: Follow::start(session, cursor),
        job,
        lock: session.lock(),
        unlocking: JoinSet::new(),
        closing: JoinSet::new(),
        desktop: Desktop::default(),
        began: Instant::now(),
    };
    let outcome = interface.run(start.first).await;
    let unsent = interface.end().await;
    // The terminal is given back before anything is said on it.
    drop(interface);
    for said in unsent {
        output::note(said.as_str());
    }
    outcome
}

/// What is known at the start.
async fn begin(session: &Session, screen: &Screen) -> Result<State, Failure> {
    let (config, wrong) = Config::load();
    let presence = AwaitPresence::default();
    let mut state = State::new(
        session.call(GetIdentity {}).await?,
        Clock::at(now(), TimeZone::system()),
        Arc::new(config.texts()),
    );
    state.contacts = session.call(ListContacts {}).await?;
    state.conversations = session.call(ListConversations {}).await?;
    state.status = Some(session.call(GetStatus {}).await?);
    if let Ok(presence) = session.call(presence).await {
        state.presence = presence;
    }
    state.size = screen.size();
    state.theme = config.colours();
    state.keymap = config.keymap;
    state.letters_are_keys = config.letters_are_keys;
    state.has_mouse = config.has_mouse;
    state.wish = config.wish;
    if !config.has_mouse {
        terminal::mouse(false);
    }
    if !wrong.is_empty() {
        state.warn(Safe::line(&wrong.join(" ")));
    }
    Ok(state)
}

struct Interface {
    state: State,
    screen: Screen,
    session: Session,
    runner: Runner<Session>,
    follow: Follow,
    job: Job,
    lock: Lock,
    /// What opens the profile, while it does.
    unlocking: JoinSet<Result<(), Failure>>,
    /// What closes it, while it does.
    closing: JoinSet<Result<(), Failure>>,
    desktop: Desktop,
    /// When it began.
    began: Instant,
}

impl Interface {
    async fn run(&mut self, first: Option<Action>) -> Outcome {
        let mut keys = EventStream::new();
        let mut pulse = tokio::time::interval(PULSE);
        let mut next = Some(first.map_or_else(|| self.time(), Event::Chosen));
        loop {
            for _ in 0..EVENTS_PER_DRAW {
                let Some(event) = next.take() else {
                    break;
                };
                let is_typed = event.is_typed();
                let leaves = if matches!(event, Event::Interrupted) {
                    Exit::Interrupted
                } else {
                    Exit::Done
                };
                // What is due is looked at once in a while; what time it is counts for every key.
                self.state.clock.set(now(), self.passed());
                for effect in update(&mut self.state, event) {
                    if self.perform(effect) {
                        return Ok(leaves);
                    }
                }
                let more = if is_typed {
                    ready(typed(&mut keys)).await
                } else {
                    ready(self.happened(&mut keys)).await
                };
                next = more.transpose()?.flatten();
            }
            self.draw()?;
            if next.is_none() {
                next = tokio::select! {
                    event = self.happened(&mut keys) => event?,
                    _ = pulse.tick() => Some(self.time()),
                };
            }
        }
    }

    /// How much time has passed since the beginning, in milliseconds.
    fn passed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn time(&self) -> Event {
        Event::Time {
            now: now(),
            passed: self.passed(),
        }
    }

    /// Draws, and once more if what was seen so is read by that.
    fn draw(&mut self) -> Result<(), Failure> {
        if !self.screen.draw(&self.state)? {
            return Ok(());
        }
        let effects = update(&mut self.state, Event::Drawn);
        let has_changed = !effects.is_empty();
        for effect in effects {
            self.perform(effect);
        }
        if has_changed {
            self.screen.draw(&self.state)?;
        }
        Ok(())
    }

    /// What happened next, first of all at the terminal; nothing that counts, sometimes.
    async fn happened(&mut self, keys: &mut EventStream) -> Result<Option<Event>, Failure> {
        tokio::select! {
            biased;
            typed = typed(keys) => typed,
            event = self.elsewhere() => Ok(event),
        }
    }

    /// What happened elsewhere next; nothing that counts, sometimes.
    async fn elsewhere(&mut self) -> Option<Event> {
        tokio::select! {
            told = self.runner.told() => Some(Event::Told(told)),
            told = self.follow.told() => Some(Event::Told(told)),
            asked = self.job.asked() => Some(self.asked(asked)),
            note = terminal::noted() => Some(Event::Noted(note)),
            is_locked = self.lock.changed() => Some(Event::Locked(is_locked)),
            Some(opened) = self.unlocking.join_next() => not_unlocked(opened),
            why = self.desktop.failed() => Some(Event::NoDesktop(why)),
        }
    }

    /// Does one thing; whether that was the last.
    fn perform(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Ask(ask) => self.runner.ask(ask),
            Effect::Bell => terminal::ring(),
            Effect::Notify(notification) => self.desktop.show(notification),
            Effect::Title(title) => self.screen.title(title),
            Effect::Copy(text) => terminal::copy(&text),
            Effect::Mouse(is_ours) => terminal::mouse(is_ours),
            Effect::Redraw => self.screen.forget(),
            Effect::Suspend => {
                self.screen.suspend();
                terminal::mouse(self.state.has_mouse);
            }
            Effect::Unlock(passphrase) => self.unlock(passphrase),
            Effect::Close => {
                let session = self.session.clone();
                self.closing.spawn(async move { session.close().await });
            }
            Effect::Quit => return true,
        }
        false
    }

    fn asked(&mut self, asked: Asked) -> Event {
        match asked {
            Asked::Leave => Event::Interrupted,
            Asked::Stop => Event::Stopped,
            Asked::GoOn => {
                self.screen.resume();
                terminal::mouse(self.state.has_mouse);
                // Nobody tells of another size but to who is in front.
                Event::Resized(self.screen.size())
            }
        }
    }

    fn unlock(&mut self, passphrase: Passphrase) {
        let lock = self.lock.clone();
        self.unlocking
            .spawn(async move { lock.unlock(passphrase.into_inner()).await });
    }

    /// Has what was written be stored before the node is left; what is said of what was not.
    async fn end(&mut self) -> Vec<Safe> {
        let mut failed = Vec::new();
        let wait = async {
            while self.runner.asks().any(|ask| !ask.is_long()) {
                if let Told::Failed(ask, _) = self.runner.told().await {
                    failed.push(ask);
                }
            }
        };
        let _ = tokio::time::timeout(END_TIMEOUT, wait).await;
        let not_done = failed.iter().chain(self.runner.asks());
        let unkept = unkept(&mut self.state, not_done);
        let said = unkept.iter().map(|(place, text)| {
            let to = self.state.title(*place);
            self.state.texts.not_sent(&to, &Safe::line(text))
        });
        let said = said.collect();
        // What began to close is closed: nobody else can end that.
        while self.closing.join_next().await.is_some() {}
        said
    }
}

/// Why the profile was not opened, if it was not; that it was is told by its [`Lock`].
fn not_unlocked(opened: Result<Result<(), Failure>, JoinError>) -> Option<Event> {
    let opened = opened.unwrap_or_else(|error| Err(Failure::failed(error.to_string())));
    opened.err().map(Event::NotUnlocked)
}

/// What somebody did at the terminal next; nothing that counts, sometimes.
async fn typed(keys: &mut EventStream) -> Result<Option<Event>, Failure> {
    match keys.next().await {
        Some(Ok(told)) => Ok(input::event(told)),
        Some(Err(_)) | None => Err(Failure::failed("the terminal is gone.")),
    }
}

/// What comes of something, if that is there already.
async fn ready<T>(something: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        came = something => Some(came),
        () = std::future::ready(()) => None,
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    u64::try_from(millis).unwrap_or(u64::MAX)
}
