//! `tidings init`: makes a profile.

use serde::Serialize;
use tidings_node::api::{GetIdentity, Identity};
use tidings_node::{Builder, Mode, RecoveryWords};
use zeroize::Zeroizing;

use super::id;
use crate::args::{Global, InitArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::home;
use crate::output::Output;

/// Recovery words on one line.
const WORDS_A_LINE: usize = 6;

/// Said with the recovery words.
pub(super) const RECOVERY_ADVICE: &str = "\
Write these 24 words on paper and keep them safe: with them you can get your identity back when
this device is lost. Nobody can show them again, and whoever has them can pose as you.";

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
    let passphrase = passphrase(global, &args)?;
    let mut builder = Builder::new(&home).mode(Mode::Offline).serve(false);
    if let Some(passphrase) = passphrase {
        builder = builder.passphrase(&passphrase);
    }
    let (node, words) = builder.create(&args.name).await?;
    let identity = node.call(GetIdentity {}).await;
    node.shutdown().await?;
    let identity = identity?;
    let recovery = words.words().collect();
    let new = NewIdentity {
        identity: &identity,
        recovery,
    };
    output.result("identity", &new, || {
        format!(
            "{}\nRecovery words\n\n{}",
            id::plain(&identity),
            numbered(&words).as_str()
        )
    })?;
    if !output.is_json() {
        output.note(&format!(
            "\n{RECOVERY_ADVICE}\n\nNext: `tidings` to chat, or `tidings invite` for a code that \
             makes someone your contact."
        ));
    }
    Ok(Exit::Done)
}

/// The passphrase to lock the new profile with; `None` for none.
fn passphrase(global: &Global, args: &InitArgs) -> Result<Option<Zeroizing<String>>, Failure> {
    let from_file = home::passphrase_from_file(global)?;
    match (from_file, args.no_passphrase) {
        // The environment may name a file for other profiles; the flag is about this one.
        (_, true) => Ok(None),
        (Some(passphrase), false) => Ok(Some(passphrase)),
        (None, false) if home::can_prompt() => {
            home::ask_new_passphrase()?.map(Some).ok_or_else(|| {
                Failure::usage(
                    "the passphrase is empty. Give one, or say --no-passphrase to keep the key in \
                     a file that only your account can read.",
                )
            })
        }
        (None, false) => Err(Failure::usage(
            "there is no terminal to ask for a passphrase on. Give it in a file with \
             --passphrase-file, or say --no-passphrase.",
        )),
    }
}

/// Recovery words with their numbers, some a line.
pub(super) fn numbered(words: &RecoveryWords) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::new());
    for (index, word) in words.words().enumerate() {
        let end = if (index + 1).is_multiple_of(WORDS_A_LINE) {
            "\n"
        } else {
            ""
        };
        out.push_str(&format!("{:>4} {word:<8}{end}", index + 1));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_words_are_numbered_six_a_line() {
        let words = [["abandon"; 23].as_slice(), &["art"]].concat().join(" ");
        let text = numbered(&words.parse::<RecoveryWords>().unwrap());
        assert_eq!(text.lines().count(), 4);
        assert!(text.starts_with("   1 abandon"));
        assert!(text.lines().all(|line| line.len() <= 80));
    }
}
