//! Moves the first run: waits for what happens, lets [`update`] decide, does it, and draws.
//!
//! Invariants
//! - While the keys are made, which takes its time, the screen goes on to answer.
//! - Whoever is told by a signal to end finds the terminal as it was before.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::EventStream;
use futures::StreamExt as _;
use tidings_node::{Client, Node, OpenError, RecoveryWords};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::state::{Page, Welcome};
use super::update::{Effect, interrupted, made, update};
use super::view;
use crate::args::Global;
use crate::chat::Action;
use crate::commands::init;
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
use crate::tui::input;
use crate::tui::job::{Asked, Job};
use crate::tui::screen::Screen;

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
    let signals = Signals::unattended().ok();
    let screen = Screen::enter()?;
    let place = Safe::line(&home.display().to_string());
    let mut welcome = Welcome::new(place, given.is_none(), Arc::new(config.texts()));
    welcome.theme = config.colours();
    welcome.keymap = config.keymap;
    welcome.size = screen.size();
    let setting = Setting {
        welcome,
        screen,
        is_new: !home.exists(),
        home,
        given,
        making: None,
        made: None,
        signals,
        job,
        terminal,
    };
    setting.run().await
}

/// Keys being made.
type Making = JoinHandle<Result<(Node, RecoveryWords), OpenError>>;

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
}

struct Setting {
    welcome: Welcome,
    screen: Screen,
    home: PathBuf,
    /// Whether the profile's directory is made here, so that all that is in it is of this run.
    is_new: bool,
    /// The passphrase that a file has, or that was typed.
    given: Option<Zeroizing<String>>,
    making: Option<Making>,
    made: Option<Session>,
    /// Until there is a session, which has them of its own.
    signals: Option<Signals>,
    job: Job,
    terminal: Settings,
}

impl Setting {
    async fn run(mut self) -> Result<(Session, Start), Failure> {
        let end = self.go().await;
        if let Some(making) = self.making.take()
            && let Ok(Ok((node, _))) = making.await
        {
            self.keep(node);
        }
        let is_unseen = matches!(
            self.welcome.page,
            Page::Making { .. } | Page::Words { .. } | Page::Proof { .. }
        );
        match (end, self.made.take()) {
            (Ok(End::Begun(first)), Some(session)) => {
                let start = Start::on(self.screen, first);
                return Ok((session, start));
            }
            (Ok(End::Closed), Some(session)) => {
                drop(self.screen);
                session.finish().await?;
                output::note(&format!(
                    "Your profile is in {}. Nothing shows its recovery words again.",
                    Safe::line(&self.home.display().to_string())
                ));
                Err(Failure::interrupted())
            }
            (Ok(End::Unseen), Some(session)) => {
                drop(self.screen);
                session.close().await?;
                Err(unmade(self.is_new, &self.home))
            }
            (Err(failure), Some(session)) if is_unseen => {
                drop(self.screen);
                session.close().await?;
                Err(init::not_shown(&failure, &self.home, "tidings"))
            }
            (Err(failure), made) => {
                drop(self.screen);
                if let Some(session) = made {
                    session.close().await?;
                }
                Err(failure)
            }
            (Ok(_), _) => Err(init::nothing_made()),
        }
    }

    /// Goes from page to page until it is over.
    async fn go(&mut self) -> Result<End, Failure> {
        let mut keys = EventStream::new();
        loop {
            let welcome = &self.welcome;
            self.screen.paint(|cells| view::draw(welcome, cells))?;
            let effect = tokio::select! {
                told = keys.next() => match told {
                    Some(Ok(told)) => {
                        input::event(told).and_then(|event| update(&mut self.welcome, event))
                    }
                    Some(Err(_)) | None => return Err(Failure::failed("the terminal is gone.")),
                },
                done = done(&mut self.making) => {
                    self.making = None;
                    let (node, words) = done?;
                    self.keep(node);
                    made(&mut self.welcome, words)
                }
                asked = self.job.asked() => self.asked(asked),
                code = arrived(&mut self.signals) => {
                    self.terminal.restore();
                    std::process::exit(code)
                }
            };
            match effect {
                None => {}
                Some(Effect::Make { name, passphrase }) => {
                    if let Some(passphrase) = passphrase {
                        self.given = Some(passphrase.into_inner());
                    }
                    let (home, given) = (self.home.clone(), self.given.clone());
                    let making = async move { init::create(&home, &name, given.as_ref()).await };
                    self.making = Some(tokio::spawn(making));
                }
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

    /// Holds the profile that was made.
    fn keep(&mut self, node: Node) {
        self.made = Some(Session::of(
            Client::Local(node),
            self.home.clone(),
            Network::Stay,
            self.given.take(),
            self.terminal.clone(),
        ));
        self.signals = None;
    }
}

/// Takes a profile away whose words nobody saw, if all of its directory was made for it; what to say of that.
fn unmade(is_new: bool, home: &std::path::Path) -> Failure {
    let removed = is_new.then(|| std::fs::remove_dir_all(home));
    match removed {
        Some(Ok(())) => init::nothing_made(),
        Some(Err(error)) => init::not_shown(&Failure::failed(error.to_string()), home, "tidings"),
        None => init::not_shown(&Failure::interrupted(), home, "tidings"),
    }
}

/// Waits for keys that are made; for ever if none are.
async fn done(making: &mut Option<Making>) -> Result<(Node, RecoveryWords), Failure> {
    match making {
        Some(making) => {
            let made = making.await;
            Ok(made.map_err(|error| Failure::failed(error.to_string()))??)
        }
        None => std::future::pending().await,
    }
}

/// Waits for a signal to end, if one is listened for.
async fn arrived(signals: &mut Option<Signals>) -> i32 {
    match signals {
        Some(signals) => signals.arrived().await,
        None => std::future::pending().await,
    }
}
