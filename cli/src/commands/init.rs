//! `tidings init`: makes a profile.

mod unconfirmed;

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use tidings_node::api::{GetIdentity, Identity};
use tidings_node::{Builder, Mode, Node, OpenError, RecoveryWords};
use zeroize::Zeroizing;

use super::id;
use crate::args::{Global, InitArgs};
use crate::failure::{self, Exit, Failure, Outcome};
use crate::home::{self, NewPassphrase};
use crate::output::Output;
use crate::recovery;

pub(crate) use unconfirmed::Unconfirmed;

/// Recovery words in all.
const WORDS: usize = 24;
/// Most recovery words on one line, and how wide each is set.
const WORDS_A_LINE_MAX: usize = 6;
const WORD_COLUMNS: usize = 13;

/// Said with the recovery words.
const RECOVERY_ADVICE: &str = "\
Write these 24 words on paper and keep them safe: they are to give you your identity back when this \
device is lost, though no command takes them yet. Nobody can show them again, and whoever has them \
can pose as you.";

/// What `init` prints for scripts.
#[derive(Serialize)]
struct NewIdentity<'a> {
    #[serde(flatten)]
    identity: &'a Identity,
    recovery: Vec<&'static str>,
}

pub(super) async fn run(global: &Global, output: Output, args: InitArgs) -> Outcome {
    let home = home::directory(global)?;
    if tidings_node::profile_exists(&home) {
        return Err(Failure::failed(format!(
            "there already is a profile in {}. Name another place with --home or --profile.",
            home.display()
        )));
    }
    // Before the passphrase is asked for: it would be typed in vain.
    tidings_node::check_name(&args.name)?;
    let passphrase = passphrase(global, &args)?;
    let mut builder = Builder::new(&home).mode(Mode::Offline).serve(false);
    if let Some(passphrase) = passphrase {
        builder = builder.passphrase(&passphrase);
    }
    let (node, words) = make(builder, &home, &args.name).await?;
    let identity = node.call(GetIdentity {}).await;
    node.shutdown().await?;
    let identity = identity?;
    let recovery = words.words().collect();
    let new = NewIdentity {
        identity: &identity,
        recovery,
    };
    let printed = output.result("identity", &new, || {
        format!(
            "{}\nRecovery words\n\n{}",
            id::plain(&identity, output.columns()),
            numbered(&words, output.columns()).as_str()
        )
    });
    printed.map_err(|failure| not_shown(&failure, &home, "tidings init"))?;
    recovery::confirm(&home).map_err(OpenError::from)?;
    if !output.is_json() {
        let tidings = home::invocation(global);
        let next = format!(
            "Next: `{tidings}` to chat, or `{tidings} invite` for a code that makes someone your \
             contact."
        );
        output.note(&format!("\n{RECOVERY_ADVICE}\n\n{next}"));
    }
    Ok(Exit::Done)
}

/// Makes a profile that stays open, for whoever sits here; with its recovery words, which are to be confirmed.
///
/// # Errors
/// [`OpenError`]; nothing is left behind but an empty directory.
async fn create(
    home: &Path,
    name: &str,
    passphrase: Option<&Zeroizing<String>>,
) -> Result<(Node, RecoveryWords), OpenError> {
    let mut builder = Builder::new(home).daemon(true);
    if let Some(passphrase) = passphrase {
        builder = builder.passphrase(passphrase);
    }
    make(builder, home, name).await
}

/// Makes a profile that is marked until its recovery words are confirmed.
async fn make(
    builder: Builder,
    home: &Path,
    name: &str,
) -> Result<(Node, RecoveryWords), OpenError> {
    recovery::mark(home)?;
    let made = builder.create(name).await;
    let is_of_another = matches!(made, Err(OpenError::InUse { .. }));
    if made.is_err() && !is_of_another && !tidings_node::profile_exists(home) {
        // A mark of nothing does no harm.
        let _ = recovery::confirm(home);
    }
    made
}

/// What to say when the recovery words went nowhere: no quiet end, even if their reader left.
pub(crate) fn not_shown(failure: &Failure, home: &Path, again: &str) -> Failure {
    failure.behind(failure::words_unseen(&home.display().to_string(), again))
}

/// The passphrase to lock the new profile with; `None` for none.
fn passphrase(global: &Global, args: &InitArgs) -> Result<Option<Zeroizing<String>>, Failure> {
    let from_file = home::passphrase_from_file(global)?;
    match (from_file, args.no_passphrase) {
        // The environment may name a file for other profiles; the flag is about this one.
        (_, true) => Ok(None),
        (Some(passphrase), false) => Ok(Some(passphrase)),
        (None, false) if home::can_prompt() => match home::ask_new_passphrase()? {
            NewPassphrase::Given(passphrase) => Ok(Some(passphrase)),
            NewPassphrase::Empty => Err(Failure::usage(
                "the passphrase is empty. Give one, or say --no-passphrase to keep the key in a \
                 file that only your account can read.",
            )),
            NewPassphrase::Differ => Err(Failure::usage(
                "the two passphrases differ. Nothing was made; try again.",
            )),
        },
        (None, false) => Err(Failure::usage(
            "there is no terminal to ask for a passphrase on. Give it in a file with \
             --passphrase-file, or say --no-passphrase.",
        )),
    }
}

/// Recovery words with their numbers, as many a line as fit.
pub(crate) fn numbered(words: &RecoveryWords, columns: Option<usize>) -> Zeroizing<String> {
    let fit = columns.map_or(WORDS_A_LINE_MAX, |columns| columns / WORD_COLUMNS);
    let a_line = fit.clamp(1, WORDS_A_LINE_MAX);
    // As much as it takes: what grows leaves copies behind.
    let mut out = Zeroizing::new(String::with_capacity(WORDS * (WORD_COLUMNS + 1)));
    for (index, word) in words.words().enumerate() {
        let end = if (index + 1).is_multiple_of(a_line) || index + 1 == WORDS {
            "\n"
        } else {
            ""
        };
        // A text has room for whatever is written.
        let _ = write!(*out, "{:>4} {word:<8}{end}", index + 1);
    }
    out
}

/// The number of the word that is asked for: another for other words, so that nobody has only that one written down.
pub(crate) fn asked_word(words: &RecoveryWords) -> usize {
    let letters = words.words().flat_map(str::bytes).map(usize::from);
    letters.sum::<usize>() % words.words().count().max(1) + 1
}

/// Whether a text is the word that is asked for.
pub(crate) fn is_asked_word(words: &RecoveryWords, text: &str) -> bool {
    let word = words.words().nth(asked_word(words).saturating_sub(1));
    word.is_some_and(|word| text.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_words_that_nobody_reads_are_a_failure_that_says_what_to_do() {
        for kind in [
            std::io::ErrorKind::BrokenPipe,
            std::io::ErrorKind::StorageFull,
        ] {
            let failure = Failure::output(kind.into());
            let failure = not_shown(&failure, Path::new("/home/ann"), "tidings init");
            assert_eq!(failure.exit, Exit::Failed);
            assert!(
                failure
                    .message
                    .contains("Remove /home/ann and run `tidings init` again.")
            );
        }
    }

    #[test]
    fn recovery_words_are_numbered_as_many_a_line_as_fit() {
        let words = [["abandon"; 23].as_slice(), &["art"]].concat().join(" ");
        let words = words.parse::<RecoveryWords>().unwrap();
        for (columns, lines) in [(None, 4), (Some(80), 4), (Some(40), 8), (Some(5), 24)] {
            let text = numbered(&words, columns);
            assert_eq!(
                text.capacity(),
                WORDS * (WORD_COLUMNS + 1),
                "a copy was left behind"
            );
            assert_eq!(text.lines().count(), lines);
            assert!(text.starts_with("   1 abandon") && text.ends_with('\n'));
            let widest = text.lines().map(str::len).max().unwrap();
            assert!(
                widest <= columns.unwrap_or(80).max(WORD_COLUMNS),
                "{widest}"
            );
        }
    }
}
