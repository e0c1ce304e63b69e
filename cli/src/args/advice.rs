//! Advice: what is better said of a command line than that it is not understood.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Verbs of the contract that this version does not have.
const VERBS: &[&str] = &["file", "device", "backup", "restore", "recover", "man"];
/// Flags there, each after the word that it belongs to, and what to do instead.
const FLAGS: &[(&str, &str, &str)] = &[
    (
        "send",
        "--file",
        "Hand the file over by other means, and send a text about it.",
    ),
    (
        "run",
        "--bootstrap",
        "Contacts are found on the local network and where they were last met.",
    ),
];
/// Values there, each of a flag that is here, and what to do instead.
const VALUES: &[(&str, &str, &str)] = &[
    (
        "--mode",
        "lan",
        "`--mode auto` uses the local network, and whatever else reaches contacts.",
    ),
    (
        "--mode",
        "internet",
        "`--mode auto --no-mdns` looks for nobody on the local network.",
    ),
];
/// What to do for want of a verb.
const SHOWN: &str = "`tidings --help` shows what is.";
/// Verbs that take one text.
const TEXTS: &[&str] = &["send", "edit", "rename", "create", "checkin"];

/// What to say of `arguments`, with which clap did this; `None` if it says it well itself.
pub(crate) fn advice(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let typed = |word: &str| arguments.iter().skip(1).any(|argument| argument == word);
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
            let verb = said(ContextKind::InvalidSubcommand)?;
            VERBS.contains(&verb).then(|| planned(verb, SHOWN))
        }
        ErrorKind::UnknownArgument => {
            let argument = said(ContextKind::InvalidArg)?;
            let flag = FLAGS
                .iter()
                .find(|(verb, flag, _)| argument == *flag && typed(verb));
            if let Some((verb, flag, instead)) = flag {
                return Some(planned(&format!("{verb} {flag}"), instead));
            }
            let text = TEXTS.iter().find(|verb| typed(verb));
            text.filter(|_| !argument.starts_with('-')).map(|verb| {
                let group = match *verb {
                    "rename" if !typed("room") => "contacts ",
                    "create" | "rename" => "room ",
                    _ => "",
                };
                format!(
                    "`{group}{verb}` takes one text; put quotes around it, as in: tidings \
                     {group}{verb} ... 'see you at eight'."
                )
            })
        }
        ErrorKind::InvalidValue => {
            let (flag, value) = (
                said(ContextKind::InvalidArg)?,
                said(ContextKind::InvalidValue)?,
            );
            let mut values = VALUES.iter();
            values
                .find(|(of, planned, _)| flag.starts_with(of) && value == *planned)
                .map(|(of, value, instead)| planned(&format!("{of} {value}"), instead))
        }
        _ => None,
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
            let verb = if *verb == "run" {
                "daemon run"
            } else {
                "send Ben"
            };
            lines.push(format!("tidings --json {verb} {flag} x"));
            lines.push(format!("tidings {verb} {flag}=x"));
        }
        for (flag, value, _) in VALUES {
            lines.push(format!("tidings daemon run {flag} {value}"));
            lines.push(format!("tidings daemon run {flag}={value}"));
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
        ] {
            let said = said(line).unwrap();
            assert!(said.contains("quotes"), "{line}");
            let (_, example) = said.split_once("as in: ").unwrap();
            let (command, _) = example.split_once(" ...").unwrap();
            assert!(line.starts_with(command), "{line}: {said}");
        }
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
