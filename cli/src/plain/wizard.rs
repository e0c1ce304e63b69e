//! The first run: a name, a passphrase, words to write down, of which one is asked for; then the chat.
//!
//! Invariants
//! - However it ends before that word was typed, nothing is left behind.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tidings_node::{Client, RecoveryWords};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::args::Global;
use crate::chat::DEAF_MILLIS;
use crate::commands::init::{Unconfirmed, asked_word, is_asked_word, not_shown, numbered};
use crate::failure::{Exit, Failure};
use crate::home::{self, NewPassphrase};
use crate::output::Output;
use crate::safe_text::Safe;
use crate::session::{Network, Session};
use crate::signals::Signals;
use crate::terminal::Settings;
use crate::texts::Texts;

/// How long what was made may take to be taken away when a signal ends the process.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes a profile with a person's help.
///
/// # Errors
/// [`Failure`] if there is none in the end, or nobody confirmed its recovery words.
pub(crate) async fn run(
    global: &Global,
    output: Output,
    texts: &Texts,
    home: PathBuf,
) -> Result<Session, Failure> {
    let terminal = Settings::now();
    // A terminal that is closed ends nothing by itself from here on.
    let mut signals = Signals::new()?;
    let mut profile = Unconfirmed::new(home.clone());
    let wizard = Wizard { output, texts };
    let made = tokio::select! {
        made = wizard.make(global, &home, &mut profile) => made,
        code = signals.arrived() => {
            // If that takes longer, the process ends all the same, and the mark stays.
            let _ = timeout(END_TIMEOUT, profile.take_away()).await;
            terminal.restore_in_time().await;
            std::process::exit(code)
        }
    };
    let node = made.is_ok().then(|| profile.give()).flatten();
    match (made, node) {
        (Ok(passphrase), Some(node)) => {
            let client = Client::Local(node);
            let session = Session::of(client, home, Network::Stay, passphrase, terminal.clone());
            tokio::spawn(end_at_ctrl_c(session.clone(), terminal));
            Ok(session)
        }
        (made, _) => Err(match (made, profile.take_away().await) {
            (Err(failure), Ok(())) => failure,
            (Ok(_), Ok(())) => Failure::failed(texts.nothing_made()),
            (_, Err(failure)) => not_shown(&failure, &home, "tidings"),
        }),
    }
}

/// Ends the process at Ctrl-C where the terminal makes a signal of it, of which the system hears no more once it was
/// listened for.
async fn end_at_ctrl_c(session: Session, terminal: Settings) {
    if tokio::signal::ctrl_c().await.is_ok() {
        let _ = timeout(END_TIMEOUT, session.close()).await;
        terminal.restore_in_time().await;
        std::process::exit(Exit::Interrupted.code().into());
    }
}

/// Who asks.
#[derive(Clone, Copy)]
struct Wizard<'a> {
    output: Output,
    texts: &'a Texts,
}

impl Wizard<'_> {
    /// Makes it, and shows its words until one of them is typed; the passphrase that locks it.
    async fn make(
        self,
        global: &Global,
        home: &Path,
        profile: &mut Unconfirmed,
    ) -> Result<Option<Zeroizing<String>>, Failure> {
        let Self { output, texts } = self;
        let place = Safe::line(&home.display().to_string());
        output.line(&format!(
            "{}\n\n{}\n{}\n\n",
            texts.welcome_title(),
            output.prose(texts.welcome_about().as_str()),
            output.prose(texts.welcome_place(&place).as_str())
        ))?;
        let name = self.name().await?;
        let passphrase = match home::passphrase_from_file(global)? {
            Some(passphrase) => Some(passphrase),
            None => self.passphrase().await?,
        };
        output.note(texts.making_keys().as_str());
        profile.make(name, passphrase.clone());
        let words = profile.words().await?;
        self.show(&words)?;
        self.ask(&texts.words_written()).await?;
        output.note(&output.prose(texts.words_above().as_str()));
        self.prove(&words).await?;
        profile.confirm();
        output.line("\n")?;
        Ok(passphrase)
    }

    /// Asks for a line.
    async fn ask(self, question: &Safe) -> Result<String, Failure> {
        let (output, question) = (self.output, format!("{question} "));
        let answer = waits(move || output.ask(&question)).await?;
        answer.ok_or_else(|| Failure::failed(self.texts.nothing_made()))
    }

    async fn name(self) -> Result<String, Failure> {
        loop {
            let name = self.ask(&self.texts.welcome_name()).await?;
            if tidings_node::check_name(&name).is_ok() {
                return Ok(name);
            }
            self.output.note(self.texts.welcome_no_name().as_str());
        }
    }

    async fn passphrase(self) -> Result<Option<Zeroizing<String>>, Failure> {
        let Self { output, texts } = self;
        let about = output.prose(texts.welcome_passphrase_about().as_str());
        output.line(&format!("\n{about}"))?;
        let mut warned = Warned::default();
        loop {
            match waits(home::ask_new_passphrase).await? {
                NewPassphrase::Given(passphrase) => return Ok(Some(passphrase)),
                NewPassphrase::Empty => match warned.answered(Instant::now()) {
                    Answer::First => {
                        output.note(texts.welcome_without(&"Enter".into()).as_str());
                    }
                    Answer::Early => {}
                    Answer::Meant => return Ok(None),
                },
                NewPassphrase::Differ => {
                    warned = Warned::default();
                    output.note(texts.welcome_other_passphrase().as_str());
                }
            }
        }
    }

    fn show(self, words: &RecoveryWords) -> Result<(), Failure> {
        let Self { output, texts } = self;
        output.line(&format!(
            "\n{}\n\n{}\n{}\n\n",
            texts.welcome_words(),
            numbered(words, output.columns()).as_str(),
            output.prose(texts.welcome_words_advice().as_str())
        ))
    }

    /// Asks for one of the words until it is typed; nothing typed shows them again.
    async fn prove(self, words: &RecoveryWords) -> Result<(), Failure> {
        let number = u64::try_from(asked_word(words)).unwrap_or(u64::MAX);
        loop {
            let typed = self.ask(&self.texts.welcome_proof(number)).await?;
            if is_asked_word(words, &typed) {
                return Ok(());
            }
            if typed.is_empty() {
                self.show(words)?;
            } else {
                let other = self.texts.welcome_other_word(number);
                self.output.note(other.as_str());
            }
        }
    }
}

/// Waits for whoever sits here, beside everything else.
async fn waits<T: Send + 'static>(
    asks: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let answered = spawn_blocking(asks).await;
    answered?
}

/// What it means that no passphrase was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It may have been meant for the question before.
    First,
    /// The key may be held down.
    Early,
    /// There is to be none.
    Meant,
}

/// Since when it is known what it means to have none, and no key was pressed that may be held down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Warned(Option<Instant>);

impl Warned {
    fn answered(&mut self, now: Instant) -> Answer {
        let early = Duration::from_millis(DEAF_MILLIS);
        match self.0.replace(now) {
            None => Answer::First,
            Some(before) if now.duration_since(before) < early => Answer::Early,
            Some(_) => Answer::Meant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_held_down_stops_at_what_it_means_to_have_no_passphrase() {
        let mut now = Instant::now();
        let mut warned = Warned::default();
        assert_eq!(warned.answered(now), Answer::First);
        for _ in 0..100 {
            now += Duration::from_millis(DEAF_MILLIS - 1);
            assert_eq!(warned.answered(now), Answer::Early);
        }
        now += Duration::from_millis(DEAF_MILLIS);
        assert_eq!(warned.answered(now), Answer::Meant);
    }
}
