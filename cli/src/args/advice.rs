//! Advice: what is better said of a command line than that it is not understood.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{CheckInArgs, Cli, Command, SendArgs, WaitFor};

/// Verbs of the contract that this version does not have.
const VERBS: &[&str] = &["file", "device", "backup", "restore", "recover"];
/// Flags there, each after the word that it belongs to, and what to do instead.
const FLAGS: &[(&str, &str, &str)] = &[(
    "send",
    "--file",
    "Hand the file over by other means, and send a text about it.",
)];
/// A flag for what is done without one.
const FULL_SCREEN: &str = "--full-screen";
/// What to do for want of a verb.
const SHOWN: &str = "`tidings --help` shows what is.";
/// Verbs that take one text.
const TEXTS: &[&str] = &["send", "edit", "rename", "create"];
/// Verbs that say something to whoever is near.
const NEARBY: &[&str] = &["checkin", "nearby"];
/// What is said to whoever is near or a contact, in place of words that cannot be shown in quotes.
const EXAMPLE: &str = "I am safe";
/// Longest text that is repeated in advice.
const EXAMPLE_CHARACTERS_MAX: usize = 60;
/// The verb that a check-in of one word may be meant as.
const LIST: &str = "list";
/// A word that is nearly that verb, and says how somebody is.
const LOST: &str = "lost";

/// What to say of a command line that can be understood, and is refused all the same: it makes no sense, or is likely
/// to be another one mistyped.
pub(crate) fn refusal(cli: &Cli, arguments: &[OsString]) -> Option<String> {
    if let Some(Command::Send(SendArgs {
        offline: true,
        wait,
        ..
    })) = &cli.command
        && *wait != WaitFor::Stored
    {
        return Some(
            "`--offline` does not try to deliver, so there is nothing to wait for. Leave out `--offline`, or \
             `--wait`: what is stored goes on while Tidings runs."
                .to_owned(),
        );
    }
    if cli.plain && cli.command.is_some() {
        return Some(
            "`--plain` says how to chat, and this command shows plain lines anyway. Leave out `--plain`."
                .to_owned(),
        );
    }
    let is_told_apart = arguments.iter().any(|argument| argument == "--");
    if let Some(Command::CheckIn(CheckInArgs {
        text: Some(text), ..
    })) = &cli.command
        && !is_told_apart
        && is_nearly_list(text)
    {
        return Some(format!(
            "did you mean `tidings checkin list`? To say '{text}' to everybody: tidings checkin -- '{text}'."
        ));
    }
    None
}

/// Whether a word is `list` but for one letter too many, too few, or another, or two that have changed places.
fn is_nearly_list(text: &str) -> bool {
    let word: Vec<char> = text.to_lowercase().chars().collect();
    let list: Vec<char> = LIST.chars().collect();
    if text.to_lowercase() == LOST || word.len().abs_diff(list.len()) > 1 {
        return false;
    }
    let same = word
        .iter()
        .zip(&list)
        .take_while(|(one, other)| one == other)
        .count();
    let rest =
        |letters: &[char], from: usize| letters.iter().skip(from).copied().collect::<Vec<_>>();
    let (word, list) = (rest(&word, same), rest(&list, same));
    let swapped = matches!((word.as_slice(), list.as_slice()),
        ([a, b, ..], [c, d, ..]) if a == d && b == c && rest(&word, 2) == rest(&list, 2));
    swapped || rest(&word, 1) == rest(&list, 1) || rest(&word, 1) == list || word == rest(&list, 1)
}

/// What to say of `arguments`, with which clap did this; `None` if it says it well itself.
pub(crate) fn advice(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let typed = |word: &str| arguments.iter().skip(1).any(|argument| argument == word);
    // What is said may hold any word, so that the first counts.
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    let verb = words.find(|word| TEXTS.contains(word) || NEARBY.contains(word));
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(_) | None => None,
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "clap's own words do for the rest"
    )]
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let unknown = said(ContextKind::InvalidSubcommand)?;
            if VERBS.contains(&unknown) {
                return Some(planned(unknown, SHOWN));
            }
            // Clap takes a greeting for `help`.
            let mut alike = suggested(error).iter();
            let is_verb = alike.any(|verb| verb == "read" || verb == "send");
            let is_text = verb == Some("nearby") && !is_verb;
            is_text.then(|| said_nearby(&text_after(arguments, "nearby")))
        }
        ErrorKind::ArgumentConflict if verb == Some("checkin") => {
            let second = said(ContextKind::InvalidSubcommand);
            second.map(|_| one_text("checkin", &text_after(arguments, "checkin")))
        }
        ErrorKind::UnknownArgument => {
            let argument = said(ContextKind::InvalidArg)?;
            if argument == FULL_SCREEN {
                return Some(format!(
                    "`tidings` alone has all of the screen. Leave out `{FULL_SCREEN}`."
                ));
            }
            let flag = FLAGS
                .iter()
                .find(|(verb, flag, _)| argument == *flag && typed(verb));
            if let Some((verb, flag, instead)) = flag {
                return Some(planned(&format!("{verb} {flag}"), instead));
            }
            (!argument.starts_with('-'))
                .then(|| unquoted(verb, typed("room"), arguments))
                .flatten()
        }
        _ => None,
    }
}

/// The verbs that clap takes a word for.
fn suggested(error: &clap::Error) -> &[String] {
    match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(verbs)) => verbs,
        Some(_) | None => &[],
    }
}

/// What to say of more words than a verb takes.
fn unquoted(verb: Option<&str>, is_of_room: bool, arguments: &[OsString]) -> Option<String> {
    let verb = verb?;
    if verb == "checkin" {
        return Some(one_text(verb, &text_after(arguments, verb)));
    }
    if verb == "nearby" {
        let sends = arguments.iter().any(|argument| argument == "send");
        return Some(if sends {
            one_text("nearby send", &text_after(arguments, "send"))
        } else {
            said_nearby(&text_after(arguments, verb))
        });
    }
    let group = match verb {
        "rename" if !is_of_room => "contacts ",
        "create" | "rename" => "room ",
        _ => "",
    };
    Some(format!(
        "`{group}{verb}` takes one text; put quotes around it, as in: tidings {group}{verb} ... 'see \
         you at eight'."
    ))
}

/// How to say more than one word with a verb that takes one text alone.
fn one_text(verb: &str, text: &str) -> String {
    format!("`{verb}` takes one text; put quotes around it, as in: tidings {verb} '{text}'.")
}

/// How to say something to whoever is near.
fn said_nearby(text: &str) -> String {
    format!("`nearby` shows what was heard. To say something: tidings nearby send '{text}'.")
}

/// What was typed after a verb, up to the first option, as one text that can stand between quotes.
fn text_after(arguments: &[OsString], verb: &str) -> String {
    let mut typed = arguments.iter().skip_while(|argument| *argument != verb);
    typed.next();
    let words: Vec<String> = typed
        .map(|word| word.to_string_lossy().into_owned())
        .take_while(|word| !word.starts_with('-'))
        .collect();
    let text = words.join(" ");
    let is_plain = |c: char| c.is_alphanumeric() || " .,!?:;".contains(c);
    if !text.is_empty()
        && text.chars().count() <= EXAMPLE_CHARACTERS_MAX
        && text.chars().all(is_plain)
    {
        text
    } else {
        EXAMPLE.to_owned()
    }
}

fn planned(what: &str, instead: &str) -> String {
    format!("`{what}` is planned, but not in this version. {instead}")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::args::Cli;

    fn said(line: &str) -> Option<String> {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        advice(&Cli::try_parse_from(&arguments).unwrap_err(), &arguments)
    }

    #[test]
    fn what_is_planned_is_called_so() {
        let mut lines: Vec<String> = VERBS
            .iter()
            .map(|verb| format!("tidings {verb} x"))
            .collect();
        for (verb, flag, _) in FLAGS {
            lines.push(format!("tidings --json {verb} Ben {flag} x"));
            lines.push(format!("tidings {verb} Ben {flag}=x"));
        }
        for line in lines {
            let said = said(&line).unwrap_or_default();
            assert!(said.contains("is planned"), "{line}: {said}");
        }
    }

    #[test]
    fn what_is_planned_is_not_there_already() {
        let command = Cli::command();
        for verb in VERBS {
            assert!(command.find_subcommand(verb).is_none(), "{verb}");
        }
    }

    #[test]
    fn a_text_without_quotes_is_told_of_them() {
        for line in [
            "tidings send Ben hi there",
            "tidings edit abcdef hi there",
            "tidings contacts rename Ben hi there",
            "tidings room create hi there",
            "tidings room rename Team hi there",
            "tidings send Ben nearby checkin",
        ] {
            let said = said(line).unwrap();
            assert!(said.contains("quotes"), "{line}");
            let (_, example) = said.split_once("as in: ").unwrap();
            let (command, _) = example.split_once(" ...").unwrap();
            assert!(line.starts_with(command), "{line}: {said}");
        }
    }

    #[test]
    fn what_is_said_nearby_without_quotes_is_told_of_them_in_its_own_words() {
        for (line, example) in [
            ("tidings checkin I am safe", "tidings checkin 'I am safe'"),
            ("tidings checkin I'm safe", "tidings checkin 'I am safe'"),
            (
                "tidings checkin at home --offline",
                "tidings checkin 'at home'",
            ),
            ("tidings nearby hello", "tidings nearby send 'hello'"),
            (
                "tidings nearby hello there",
                "tidings nearby send 'hello there'",
            ),
            (
                "tidings nearby send hello there",
                "tidings nearby send 'hello there'",
            ),
            (
                "tidings --json nearby send a b",
                "tidings nearby send 'a b'",
            ),
        ] {
            let said = said(line).unwrap_or_default();
            assert!(said.contains(&format!(" {example}.")), "{line}: {said}");
        }
        assert_eq!(said("tidings nearby raed"), None, "clap suggests `read`");
        let arguments =
            |letters: usize| ["checkin".to_owned(), "x".repeat(letters)].map(OsString::from);
        let most = arguments(EXAMPLE_CHARACTERS_MAX);
        assert_eq!(text_after(&most, "checkin").len(), EXAMPLE_CHARACTERS_MAX);
        assert_eq!(
            text_after(&arguments(EXAMPLE_CHARACTERS_MAX + 1), "checkin"),
            EXAMPLE
        );
    }

    fn refused(arguments: &[&str]) -> Option<String> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        refusal(&Cli::try_parse_from(&arguments).unwrap(), &arguments)
    }

    #[test]
    fn a_check_in_of_one_word_that_is_nearly_list_is_asked_about() {
        for word in [
            "lsit", "lits", "ilst", "lst", "ist", "lis", "lists", "llist", "lisr", "kist", "List",
        ] {
            let said = refused(&["tidings", "checkin", word]).unwrap_or_default();
            assert!(said.contains("`tidings checkin list`"), "{word}: {said}");
            assert!(
                said.contains(&format!("tidings checkin -- '{word}'")),
                "{said}"
            );
            assert_eq!(refused(&["tidings", "checkin", "--", word]), None);
        }
        for text in [
            "lost",
            "Lost",
            "safe",
            "listing",
            "tsil",
            "li",
            "list is long",
            "I am safe",
            "",
        ] {
            assert_eq!(refused(&["tidings", "checkin", text]), None, "{text}");
        }
        assert_eq!(refused(&["tidings", "checkin", "list"]), None);
    }

    #[test]
    fn waiting_for_what_one_forbids_makes_no_sense() {
        let send = ["tidings", "send", "Ben", "hi", "--offline", "--wait"];
        for state in ["carried", "delivered", "read"] {
            let said = refused(&[&send[..], &[state]].concat()).unwrap_or_default();
            assert!(said.contains("Leave out `--offline`"), "{said}");
        }
        assert_eq!(refused(&[&send[..], &["stored"]].concat()), None);
        assert_eq!(refused(&send[..5]), None);
    }

    #[test]
    fn whoever_asks_for_all_of_the_screen_is_told_that_it_is_theirs_anyway() {
        let said = said("tidings --full-screen").unwrap_or_default();
        assert!(said.contains("Leave out `--full-screen`"), "{said}");
    }

    #[test]
    fn everything_else_is_left_to_clap() {
        for line in [
            "tidings nonsense",
            "tidings room nonsense",
            "tidings invite bundle",
            "tidings send Ben hi --nonsense",
            "tidings id --file x",
            "tidings daemon run --mode nonsense",
        ] {
            assert_eq!(said(line), None, "{line}");
        }
    }
}
