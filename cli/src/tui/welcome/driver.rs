//! Moves the first run: waits for what happens, lets [`update`] decide, does it, and draws.
//!
//! Invariants
//! - While the keys are made, which takes its time, the screen goes on to answer.
//! - Whoever is told by a signal to end gives the terminal back as it was before, and waits for nothing that may never come.
//! - However it ends before the words were confirmed, the profile is taken away; where it cannot be, its mark stays.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings_node::{Client, Node};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::state::Welcome;
use super::update::{Effect, interrupted, made, update};
use super::view;
use crate::args::Global;
use crate::chat::Action;
use crate::commands::init::{self, Unconfirmed};
use crate::failure::Failure;
use crate::home;
use crate::output;
use crate::safe_text::Safe;
use crate::session::{Network, Session};
use crate::signals::Signals;
use crate::terminal::Settings;
use crate::tui::config::Config;
use crate::tui::driver::Start;
use crate::tui::event::Event;
use crate::tui::job::{Asked, Job};
use crate::tui::screen::Screen;
use crate::tui::typed::Typed;

/// Makes a profile with a person's help; with what the interface goes on.
///
/// # Errors
/// [`Failure`] if there is none in the end, nobody saw its recovery words, or whoever sits here left.
pub(crate) async fn set_up(global: &Global, home: PathBuf) -> Result<(Session, Start), Failure> {
    let given = home::passphrase_from_file(global)?;
    // What is wrong in it is said by the interface.
    let (config, _) = Config::load();
    let terminal = Settings::now();
    let job = Job::listen()?;
    // Before the screen is taken: whoever ends this gives it back.
    let (watcher, told) = Signals::unattended()
        .ok()
        .map(|signals| Watcher::start(signals, terminal.clone()))
        .unzip();
    let screen = Screen::enter()?;
    let typed = Typed::read()?;
    let place = Safe::line(&home.display().to_string());
    let mut welcome = Welcome::new(place, given.is_none(), Arc::new(config.texts()));
    welcome.theme = config.colours();
    welcome.keymap = config.keymap;
    welcome.size = screen.size();
    let setting = Setting {
        welcome,
        screen,
        typed,
        profile: Unconfirmed::new(home.clone()),
        home,
        given,
        told,
        _watcher: watcher,
        job,
        terminal,
        began: Instant::now(),
    };
    setting.run().await
}

/// How long what was made may take to be taken away when a signal ends the process.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// How the first run is over.
enum End {
    /// It is gone on, with this first.
    Begun(Option<Action>),
    /// Somebody left before anything was made.
    Left,
    /// Somebody left before they saw the words.
    Unseen,
    /// Somebody left after that.
    Closed,
    /// A signal ends the process, with this code.
    Told(i32),
}

struct Setting {
    welcome: Welcome,
    screen: Screen,
    typed: Typed,
    home: PathBuf,
    profile: Unconfirmed,
    /// The passphrase that a file has, or that was typed.
    given: Option<Zeroizing<String>>,
    /// Until there is a session, which listens for itself.
    told: Option<oneshot::Receiver<i32>>,
    /// Kept as long as this is.
    _watcher: Option<Watcher>,
    job: Job,
    terminal: Settings,
    /// When it began.
    began: Instant,
}

impl Setting {
    async fn run(mut self) -> Result<(Session, Start), Failure> {
        let end = self.go().await;
        if let Ok(End::Told(code)) = end {
            // If that takes longer, the process ends all the same, and the mark stays.
            let _ = self.profile.take_away().await;
            self.terminal.restore_in_time().await;
            std::process::exit(code)
        }
        let kept = match end {
            Ok(End::Begun(_) | End::Closed) => self.profile.give(),
            Ok(End::Left | End::Unseen | End::Told(_)) | Err(_) => None,
        };
        match (end, kept) {
            (Ok(End::Begun(first)), Some(node)) => {
                let session = self.session(node);
                let start = Start::on(self.screen, self.typed, first);
                Ok((session, start))
            }
            (Ok(End::Closed), Some(node)) => {
                let session = self.session(node);
                drop(self.screen);
                session.finish().await?;
                let place = Safe::line(&self.home.display().to_string());
                output::note(self.welcome.texts.profile_kept(&place).as_str());
                Err(Failure::interrupted())
            }
            (end, _) => {
                let taken_away = self.profile.take_away().await;
                drop(self.screen);
                Err(match (end, taken_away) {
                    (Err(failure), Ok(())) => failure,
                    (Ok(_), Ok(())) => Failure::failed(self.welcome.texts.nothing_made()),
                    (_, Err(failure)) => init::not_shown(&failure, &self.home, "tidings"),
                })
            }
        }
    }

    /// Goes from page to page until it is over.
    async fn go(&mut self) -> Result<End, Failure> {
        loop {
            let welcome = &self.welcome;
            self.screen.paint(|cells| view::draw(welcome, cells))?;
            let effect = tokio::select! {
                event = self.typed.next() => {
                    let passed = self.began.elapsed().as_millis();
                    self.welcome.passed = u64::try_from(passed).unwrap_or(u64::MAX);
                    event?.and_then(|event| update(&mut self.welcome, event))
                }
                words = self.profile.words() => made(&mut self.welcome, words?),
                asked = self.job.asked() => self.asked(asked),
                code = arrived(&mut self.told) => return Ok(End::Told(code)),
            };
            match effect {
                None => {}
                Some(Effect::Make { name, passphrase }) => {
                    if let Some(passphrase) = passphrase {
                        self.given = Some(passphrase.into_inner());
                    }
                    self.profile.make(name, self.given.clone());
                }
                Some(Effect::Confirm) => self.profile.confirm(),
                Some(Effect::Begin(first)) => return Ok(End::Begun(first)),
                Some(Effect::Leave) => return Ok(End::Left),
                Some(Effect::Undo) => return Ok(End::Unseen),
                Some(Effect::Close) => return Ok(End::Closed),
                Some(Effect::Redraw) => self.screen.forget(),
                Some(Effect::Suspend) => self.screen.suspend(),
            }
        }
    }

    fn asked(&mut self, asked: Asked) -> Option<Effect> {
        match asked {
            Asked::Leave => interrupted(&mut self.welcome),
            Asked::Stop => Some(Effect::Suspend),
            Asked::GoOn => {
                self.screen.resume();
                // Nobody tells of another size but to who is in front.
                update(&mut self.welcome, Event::Resized(self.screen.size()))
            }
        }
    }

    /// The profile that was made, in use.
    fn session(&mut self, node: Node) -> Session {
        Session::of(
            Client::Local(node),
            self.home.clone(),
            Network::Stay,
            self.given.take(),
            self.terminal.clone(),
        )
    }
}

/// Waits for a signal to end, if one is listened for.
async fn arrived(told: &mut Option<oneshot::Receiver<i32>>) -> i32 {
    let code = match told {
        Some(code) => code.await.ok(),
        None => None,
    };
    match code {
        Some(code) => code,
        None => {
            *told = None;
            std::future::pending().await
        }
    }
}

/// Tells of a signal to end, and ends the process itself where that is not done in time: whoever draws on a terminal that
/// takes nothing hears of none. Until it is dropped.
struct Watcher(JoinHandle<()>);

impl Watcher {
    fn start(mut signals: Signals, terminal: Settings) -> (Self, oneshot::Receiver<i32>) {
        let (tell, told) = oneshot::channel();
        let watch = async move {
            let code = signals.arrived().await;
            let _ = tell.send(code);
            tokio::time::sleep(END_TIMEOUT).await;
            terminal.restore_in_time().await;
            std::process::exit(code);
        };
        (Self(tokio::spawn(watch)), told)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.abort();
    }
}
