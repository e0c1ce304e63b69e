//! Moves the full-screen interface: waits for what happens, lets [`update`] decide, does it, and draws.
//!
//! Invariants
//! - All that has happened is dealt with before the screen is drawn once.
//! - Nothing is waited for here but the next event: what the node is asked runs beside.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossterm::event::EventStream;
use futures::StreamExt as _;
use jiff::tz::TimeZone;
use tidings_node::api::{
    AwaitPresence, GetIdentity, GetStatus, ListContacts, ListConversations, ReadMessages,
};

use super::clock::Clock;
use super::config::Config;
use super::effect::Effect;
use super::event::Event;
use super::input;
use super::screen::Screen;
use super::state::State;
use super::theme::Theme;
use super::update::update;
use crate::chat::{Follow, Runner, Told};
use crate::failure::{Exit, Failure, Outcome};
use crate::output;
use crate::safe_text::{self, Safe};
use crate::session::Session;
use crate::terminal;
use crate::texts::{Language, Texts};

/// Events that are dealt with before the screen is drawn.
const EVENTS_PER_DRAW: usize = 256;

/// How often something may be due although nothing happened.
const PULSE: Duration = Duration::from_secs(1);

/// How long what was asked at the end has.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// Shows it until somebody leaves or the node ends.
///
/// # Errors
/// [`Failure`] if the node or the terminal is gone.
pub(crate) async fn run(session: &Session) -> Outcome {
    let newest = ReadMessages {
        limit: Some(1),
        ..ReadMessages::default()
    };
    let cursor = session.call(newest).await?.cursor;
    let screen = Screen::enter()?;
    let state = begin(session, &screen).await?;
    let mut interface = Interface {
        state,
        screen,
        runner: Runner::new(session.clone()),
        follow: Follow::start(session, cursor),
    };
    let outcome = interface.run().await;
    let unsent = interface.end().await;
    // The terminal is given back before anything is said on it.
    drop(interface);
    for text in unsent {
        output::note(&format!("Not sent: {}", safe_text::line(&text)));
    }
    outcome
}

/// What is known at the start.
async fn begin(session: &Session, screen: &Screen) -> Result<State, Failure> {
    let (config, wrong) = Config::load();
    let is_colourless = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let system = || Language::of_system(|name| std::env::var(name).ok());
    let language = config.language.unwrap_or_else(system);
    let presence = AwaitPresence::default();
    let mut state = State::new(
        session.call(GetIdentity {}).await?,
        Clock::at(now(), TimeZone::system()),
        Arc::new(Texts::of(language)),
    );
    state.contacts = session.call(ListContacts {}).await?;
    state.conversations = session.call(ListConversations {}).await?;
    state.status = Some(session.call(GetStatus {}).await?);
    if let Ok(presence) = session.call(presence).await {
        state.presence = presence;
    }
    state.size = screen.size();
    state.theme = if is_colourless {
        Theme::Mono
    } else {
        config.theme
    };
    state.keymap = config.keymap;
    state.letters_are_keys = config.letters_are_keys;
    state.has_mouse = config.has_mouse;
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
    runner: Runner<Session>,
    follow: Follow,
}

impl Interface {
    async fn run(&mut self) -> Outcome {
        let mut keys = EventStream::new();
        let mut pulse = tokio::time::interval(PULSE);
        let mut next = Some(Event::Time(now()));
        loop {
            for _ in 0..EVENTS_PER_DRAW {
                let Some(event) = next.take() else {
                    break;
                };
                for effect in update(&mut self.state, event) {
                    if self.perform(effect) {
                        return Ok(Exit::Done);
                    }
                }
                next = tokio::select! {
                    biased;
                    event = self.happened(&mut keys) => event?,
                    () = std::future::ready(()) => None,
                };
            }
            self.screen.draw(&self.state)?;
            if next.is_none() {
                next = tokio::select! {
                    event = self.happened(&mut keys) => event?,
                    _ = pulse.tick() => Some(Event::Time(now())),
                };
            }
        }
    }

    /// What happened next; nothing that counts, sometimes.
    async fn happened(&mut self, keys: &mut EventStream) -> Result<Option<Event>, Failure> {
        tokio::select! {
            told = keys.next() => match told {
                Some(Ok(told)) => Ok(input::event(told)),
                Some(Err(_)) | None => Err(Failure::failed("the terminal is gone.")),
            },
            told = self.runner.told() => Ok(Some(Event::Told(told))),
            told = self.follow.told() => Ok(Some(Event::Told(told))),
        }
    }

    /// Does one thing; whether that was the last.
    fn perform(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Ask(ask) => self.runner.ask(ask),
            Effect::Bell => terminal::ring(),
            Effect::Copy(text) => terminal::copy(&text),
            Effect::Mouse(is_ours) => terminal::mouse(is_ours),
            Effect::Redraw => self.screen.forget(),
            Effect::Suspend => self.screen.suspend(),
            Effect::Quit => return true,
        }
        false
    }

    /// Has what was written be stored before the node is left; what was not.
    async fn end(&mut self) -> Vec<String> {
        let mut unsent = Vec::new();
        let wait = async {
            while self.runner.asks().any(|ask| !ask.is_long()) {
                if let Told::Failed(ask, _) = self.runner.told().await {
                    unsent.extend(ask.written().map(str::to_owned));
                }
            }
        };
        let _ = tokio::time::timeout(END_TIMEOUT, wait).await;
        let waiting = self.runner.asks().filter_map(|ask| ask.written());
        unsent.extend(waiting.map(str::to_owned));
        // A node that is gone keeps no drafts.
        if self.state.ended.is_some() {
            let begun = self.state.composers.values();
            let begun = begun.filter(|composer| !composer.is_blank());
            unsent.extend(begun.map(|composer| composer.buffer().text().to_owned()));
        }
        unsent
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    u64::try_from(millis).unwrap_or(u64::MAX)
}
