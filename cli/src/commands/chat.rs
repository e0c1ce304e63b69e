//! `tidings` alone: at which face somebody chats, and the profile behind it.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::Path;

use tidings_node::OpenError;

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::home;
use crate::output::Output;
use crate::plain;
use crate::recovery;
use crate::session::{Network, Session};
use crate::texts::Texts;
use crate::tui;

/// How to chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    /// With all of the screen.
    Screen,
    /// Line by line, in words alone.
    Lines,
}

impl Face {
    /// Lines if they are asked for, or if the terminal can do nothing else.
    fn of(is_plain: bool, terminal: Option<&OsStr>) -> Self {
        if is_plain || terminal.is_some_and(|kind| kind == "dumb") {
            Self::Lines
        } else {
            Self::Screen
        }
    }
}

/// Chats until whoever sits here leaves; the first time it makes a profile before.
pub(super) async fn run(global: &Global, output: Output, is_plain: bool) -> Outcome {
    let texts = tui::texts();
    let outcome = chat(global, output, is_plain, &texts).await;
    outcome.map_err(|failure| last_words(failure, &texts))
}

/// Why it ended, in one's own language as all that was said before.
fn last_words(failure: Failure, texts: &Texts) -> Failure {
    Failure {
        message: texts.failure(&failure).into(),
        ..failure
    }
}

async fn chat(global: &Global, output: Output, is_plain: bool, texts: &Texts) -> Outcome {
    if output.is_json() {
        return Err(Failure::usage(
            "--json needs a command. `tidings --help` shows them.",
        ));
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::usage(
            "chatting needs a terminal. For scripts there are commands: `tidings --help`.",
        ));
    }
    let home = home::directory(global)?;
    let is_new = !tidings_node::profile_exists(&home) || begins_anew(output, &home, texts)?;
    match Face::of(is_plain, std::env::var_os("TERM").as_deref()) {
        Face::Screen => {
            let (session, start) = if is_new {
                tui::set_up(global, home).await?
            } else {
                let session = Session::open(global, Network::Stay).await?;
                warn_alone(&session, output, texts).await;
                (session, tui::Start::default())
            };
            let outcome = tui::run(&session, start).await;
            left(session, outcome).await
        }
        Face::Lines => {
            for fault in tui::faults(texts) {
                output.note(fault.as_str());
            }
            let session = if is_new {
                plain::set_up(global, output, texts, home).await?
            } else {
                Session::open(global, Network::Stay).await?
            };
            warn_alone(&session, output, texts).await;
            let outcome = plain::run(&session, output, tui::texts()).await;
            left(session, outcome).await
        }
    }
}

/// Asks what to do about a profile whose recovery words nobody confirmed; whether it was removed, to begin anew.
fn begins_anew(output: Output, home: &Path, texts: &Texts) -> Result<bool, Failure> {
    if !recovery::is_marked(home) {
        return Ok(false);
    }
    output.note(texts.words_unconfirmed().as_str());
    loop {
        let answer = output.ask(&format!("{} ", texts.ask_anew()))?;
        match answer.as_deref() {
            None => return Err(Failure::interrupted()),
            Some("") => {
                recovery::confirm(home).map_err(OpenError::from)?;
                return Ok(false);
            }
            Some("anew") => {
                recovery::take_away(home, false)?;
                return Ok(true);
            }
            Some(_) => {}
        }
    }
}

/// Says why nobody can be reached, where that is so.
async fn warn_alone(session: &Session, output: Output, texts: &Texts) {
    if let Some(why) = session.why_alone(texts).await {
        output.note(why.as_str());
    }
}

/// Leaves the profile. What happened before that says more than how it closed.
async fn left(session: Session, outcome: Outcome) -> Outcome {
    let finished = session.finish().await;
    outcome.and_then(|exit| finished.map(|()| exit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn a_terminal_that_can_only_print_has_lines_and_so_has_whoever_asks_for_them() {
        let face = |is_plain, kind: Option<&str>| Face::of(is_plain, kind.map(OsStr::new));
        assert_eq!(face(false, Some("xterm-256color")), Face::Screen);
        assert_eq!(face(false, None), Face::Screen);
        assert_eq!(face(false, Some("dumb")), Face::Lines);
        assert_eq!(face(true, Some("xterm")), Face::Lines);
    }

    #[test]
    fn why_an_interface_ended_is_said_in_ones_own_language() {
        let said = |language, failure| last_words(failure, &Texts::of(language)).message;
        let wrong = || Failure::from(OpenError::WrongPassphrase);
        assert_eq!(
            said(Language::English, wrong()),
            "wrong passphrase: try again"
        );
        let korean = "이 프로필의 암호 문구가 아닙니다. 다시 해 보세요.";
        assert_eq!(said(Language::Korean, wrong()), korean);
        let is_hangul = |one: char| ('\u{ac00}'..='\u{d7a3}').contains(&one);
        for failure in [
            OpenError::NeedsPassphrase.into(),
            OpenError::NoProfile { home: "h".into() }.into(),
            OpenError::InUse { home: "h".into() }.into(),
            Failure::output(std::io::ErrorKind::StorageFull.into()),
            Failure::ask_broke(),
        ] {
            let said = said(Language::Korean, failure);
            assert!(said.contains(is_hangul), "{said}");
        }
        let words = Texts::of(Language::Korean).nothing_made();
        let own = said(Language::Korean, Failure::failed(words.clone()));
        assert_eq!(own, words.as_str(), "what was Korean before stays");
        assert_eq!(said(Language::Korean, Failure::interrupted()), "");
    }
}
