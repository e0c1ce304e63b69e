//! The first run: a name, a passphrase, words to write down; then the chat.

use std::path::PathBuf;

use tidings_node::{Client, OpenError};
use zeroize::Zeroizing;

use crate::args::Global;
use crate::commands::init::{self, not_shown, numbered};
use crate::failure::Failure;
use crate::home::{self, NewPassphrase};
use crate::output::Output;
use crate::recovery;
use crate::safe_text::Safe;
use crate::session::{Network, Session};
use crate::terminal::Settings;
use crate::texts::Texts;

/// Makes a profile with a person's help.
///
/// # Errors
/// [`Failure`] if there is none in the end, or nobody saw its recovery words.
pub(crate) async fn run(
    global: &Global,
    output: Output,
    texts: &Texts,
    home: PathBuf,
) -> Result<Session, Failure> {
    let place = Safe::line(&home.display().to_string());
    output.line(&format!(
        "{}\n\n{}\n{}\n\n",
        texts.welcome_title(),
        output.prose(texts.welcome_about().as_str()),
        output.prose(texts.welcome_place(&place).as_str())
    ))?;
    let name = ask_name(output, texts)?;
    let passphrase = match home::passphrase_from_file(global)? {
        Some(passphrase) => Some(passphrase),
        None => ask_passphrase(output, texts)?,
    };
    output.note(texts.making_keys().as_str());
    let (node, words) = init::create(&home, &name, passphrase.as_ref()).await?;
    let shown = output.line(&format!(
        "\n{}\n\n{}\n{}\n\n",
        texts.welcome_words(),
        numbered(&words, output.columns()).as_str(),
        output.prose(texts.welcome_words_advice().as_str())
    ));
    if let Err(failure) = shown {
        node.shutdown().await?;
        return Err(not_shown(&failure, &home, "tidings"));
    }
    let confirmed = output.ask(&format!("{} ", texts.words_written()))?;
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

fn ask_name(output: Output, texts: &Texts) -> Result<String, Failure> {
    loop {
        let name = output.ask(&format!("{} ", texts.welcome_name()))?;
        match name {
            None => return Err(Failure::failed(texts.nothing_made())),
            Some(name) if tidings_node::check_name(&name).is_ok() => return Ok(name),
            Some(_) => output.note(texts.welcome_no_name().as_str()),
        }
    }
}

fn ask_passphrase(output: Output, texts: &Texts) -> Result<Option<Zeroizing<String>>, Failure> {
    let about = output.prose(texts.welcome_passphrase_about().as_str());
    output.line(&format!("\n{about}"))?;
    let mut is_warned = false;
    loop {
        match home::ask_new_passphrase()? {
            NewPassphrase::Given(passphrase) => return Ok(Some(passphrase)),
            NewPassphrase::Empty if is_warned => return Ok(None),
            // It may have been meant for the question before.
            NewPassphrase::Empty => {
                is_warned = true;
                output.note(texts.welcome_without(&"Enter".into()).as_str());
            }
            NewPassphrase::Differ => {
                is_warned = false;
                output.note(texts.welcome_other_passphrase().as_str());
            }
        }
    }
}
