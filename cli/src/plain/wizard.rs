//! The first run: a name, a passphrase, words to write down; then the chat.

use std::path::PathBuf;

use tidings_node::{Client, OpenError};
use zeroize::Zeroizing;

use crate::args::Global;
use crate::commands::init::{self, RECOVERY_ADVICE, not_shown, numbered};
use crate::failure::Failure;
use crate::home;
use crate::output::Output;
use crate::recovery;
use crate::safe_text;
use crate::session::{Network, Session};
use crate::terminal::Settings;

/// How often two passphrases may differ.
const PASSPHRASE_ATTEMPTS_MAX: u32 = 3;

/// Makes a profile with a person's help.
///
/// # Errors
/// [`Failure`] if there is none in the end, or nobody saw its recovery words.
pub(crate) async fn run(
    global: &Global,
    output: Output,
    home: PathBuf,
) -> Result<Session, Failure> {
    let place = safe_text::line(&home.display().to_string());
    output.line(&format!(
        "Welcome to Tidings.\n\n{}\n{}\n\n",
        output.prose(
            "Messages go from your device to your friends' devices: there is no server and no \
             account."
        ),
        output.prose(&format!("Your profile will be kept in {place}."))
    ))?;
    let name = ask_name(output)?;
    let passphrase = match home::passphrase_from_file(global)? {
        Some(passphrase) => Some(passphrase),
        None => ask_passphrase(output)?,
    };
    output.note("Making your keys.");
    let (node, words) = init::create(&home, &name, passphrase.as_ref()).await?;
    let shown = output.line(&format!(
        "\nYour recovery words\n\n{}\n{}\n\n",
        numbered(&words, output.columns()).as_str(),
        output.prose(RECOVERY_ADVICE)
    ));
    if let Err(failure) = shown {
        node.shutdown().await?;
        return Err(not_shown(&failure, &home, "tidings"));
    }
    let confirmed = output.ask("Press Enter when you have written them down. ")?;
    if confirmed.is_some() {
        recovery::confirm(&home).map_err(OpenError::from)?;
    }
    output.line("\n")?;
    Ok(Session::of(
        Client::Local(node),
        home,
        Network::Stay,
        passphrase,
        Settings::now(),
    ))
}

fn ask_name(output: Output) -> Result<String, Failure> {
    loop {
        let name = output.ask("Your name, as your friends will see it: ")?;
        match name {
            None => return Err(init::nothing_made()),
            Some(name) => match tidings_node::check_name(&name) {
                Ok(()) => return Ok(name),
                Err(error) => output.note(&error.to_string()),
            },
        }
    }
}

fn ask_passphrase(output: Output) -> Result<Option<Zeroizing<String>>, Failure> {
    output.line(&format!(
        "\n{}",
        output.prose(
            "A passphrase locks what is stored on this disk; you type it each time Tidings starts. \
             Leave it empty for none: then whoever can read your files can read your messages."
        )
    ))?;
    let mut attempts = 1;
    loop {
        match home::ask_new_passphrase() {
            Err(failure) if attempts < PASSPHRASE_ATTEMPTS_MAX => {
                attempts += 1;
                output.note(&failure.message);
            }
            other => return other,
        }
    }
}
