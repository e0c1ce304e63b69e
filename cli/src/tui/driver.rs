//! Moves the full-screen interface: waits for what happens, lets [`update`] decide, does it, and draws.
//!
//! Invariants
//! - All that has happened is dealt with before the screen is drawn once; but what somebody typed is drawn before what
//!   the node says after it.
//! - Nothing is waited for here but the next event: what the node is asked, and opening the profile, runs beside.
//! - What was written and is not stored when somebody leaves is said to be so.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use tidings_node::api::{
    AwaitPresence, GetIdentity, GetStatus, ListContacts, ListConversations, ReadMessages,
};
use tokio::task::{JoinError, JoinSet};

use super::clock::Clock;
use super::config::Config;
use super::effect::Effect;
use super::event::Event;
use super::job::{Asked, Job};
use super::last_open::LastOpen;
use super::notify::Desktop;
use super::screen::Screen;
use super::state::{Passphrase, Popup, State};
use super::typed::Typed;
use super::update::{unkept, update};
use crate::chat::{Action, Follow, Runner, Told, left_behind};
use crate::failure::{Exit, Failure, Outcome};
use crate::origin::Origin;
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
    /// The screen and what is typed, if somebody has taken them already.
    taken: Option<(Screen, Typed)>,
    /// What is done first.
    first: Option<Action>,
}

impl Start {
    /// On a terminal that was taken, with an action.
    pub(super) fn on(screen: Screen, typed: Typed, first: Option<Action>) -> Self {
        Self {
            taken: Some((screen, typed)),
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
    let is_new = start.taken.is_none();
    let (screen, mut typed) = match start.taken {
        Some(taken) => taken,
        None => {
            terminal::forget_typed();
            (Screen::enter()?, Typed::read()?)
        }
    };
    let state = begin(session, &screen).await?;
    let last_open = LastOpen::of(session.home(), state.identity.device);
    let first = match start.first {
        Some(action) => Some(Event::Chosen(action)),
        None => last_open.find(state.book.by_latest()).map(Event::Reopened),
    };
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
        completing: JoinSet::new(),
        desktop: Desktop::default(),
        last_open,
        began: Instant::now(),
    };
    if is_new {
        interface.forget_typed(&mut typed).await?;
    }
    let outcome = interface.run(typed, first).await;
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
    let (config, faults) = Config::load();
    let presence = AwaitPresence::default();
    let mut state = State::new(
        session.call(GetIdentity {}).await?,
        Clock::at(now(), TimeZone::system()),
        Arc::new(config.texts()),
    );
    state
        .book
        .take_contacts(session.call(ListContacts {}).await?);
    let conversations = session.call(ListConversations {}).await?;
    state.book.take_conversations(conversations);
    state.status = Some(session.call(GetStatus {}).await?);
    if let Ok(presence) = session.call(presence).await {
        state.book.take_presence(presence);
    }
    state.size = screen.size();
    state.theme = config.colours();
    state.keymap = config.keymap;
    state.letters_are_keys = config.letters_are_keys;
    state.has_mouse = config.has_mouse;
    state.wish = config.wish;
    state.origin = Origin::of_process();
    if !config.has_mouse {
        terminal::mouse(false);
    }
    state.popup = faults.map(|faults| Popup::Faults { faults, top: 0 });
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
    /// What looks what a path may go on with, while it does.
    completing: JoinSet<Event>,
    desktop: Desktop,
    last_open: LastOpen,
    /// When it began.
    began: Instant,
}

impl Interface {
    /// Forgets what was typed before anything was there to be seen: it was meant for somebody else.
    async fn forget_typed(&mut self, typed: &mut Typed) -> Result<(), Failure> {
        while let Some(early) = ready(typed.next()).await {
            let Some(event) = early?.filter(|event| !event.is_typed()) else {
                continue;
            };
            for effect in update(&mut self.state, event) {
                self.perform(effect);
            }
        }
        Ok(())
    }

    async fn run(&mut self, mut typed: Typed, first: Option<Event>) -> Outcome {
        let mut pulse = tokio::time::interval(PULSE);
        let mut next = first.or_else(|| Some(self.time()));
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
                    ready(typed.next()).await
                } else {
                    ready(self.happened(&mut typed)).await
                };
                next = more.transpose()?.flatten();
            }
            self.draw()?;
            if next.is_none() {
                next = tokio::select! {
                    event = self.happened(&mut typed) => event?,
                    _ = pulse.tick() => Some(self.pulse()),
                };
            }
        }
    }

    /// How much time has passed since the beginning, in milliseconds.
    fn passed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// What happens although nothing happened.
    fn pulse(&mut self) -> Event {
        self.last_open.keep(self.state.open_place());
        self.time()
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
    async fn happened(&mut self, typed: &mut Typed) -> Result<Option<Event>, Failure> {
        tokio::select! {
            biased;
            event = typed.next() => event,
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
            Some(completed) = self.completing.join_next() => completed.ok(),
            why = self.desktop.failed() => Some(Event::NoDesktop(why)),
        }
    }

    /// Does one thing; whether that was the last.
    fn perform(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Ask(ask) => self.runner.ask(ask),
            Effect::Complete(typed) => self.complete(typed),
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

    /// Looks what a path may go on with, beside: a stick may let one wait. Nothing is looked for until that has ended.
    fn complete(&mut self, typed: String) {
        if self.completing.is_empty() {
            let origin = self.state.origin.clone();
            self.completing.spawn_blocking(move || {
                let offers = origin.ways_on(&typed);
                Event::Completed { typed, offers }
            });
        }
    }

    fn unlock(&mut self, passphrase: Passphrase) {
        let lock = self.lock.clone();
        self.unlocking
            .spawn(async move { lock.unlock(passphrase.into_inner()).await });
    }

    /// Has what was written be stored before the node is left; what is said of what was not.
    async fn end(&mut self) -> Vec<Safe> {
        self.last_open.keep(self.state.open_place());
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
        let mut said: Vec<Safe> = said.collect();
        let left = left_behind(self.runner.asks(), &self.session, &self.state.texts);
        said.extend(left.await);
        // What began to close is closed: nobody else can end that.
        while self.closing.join_next().await.is_some() {}
        said
    }
}

/// Why the profile was not opened, if it was not; that it was is told by its [`Lock`].
fn not_unlocked(opened: Result<Result<(), Failure>, JoinError>) -> Option<Event> {
    let opened = opened.unwrap_or_else(|error| Err(error.into()));
    opened.err().map(Event::NotUnlocked)
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
