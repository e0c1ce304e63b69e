//! `tidings doctor`: whether all is well, and what would help.

use tidings_node::api::{Check, RunDoctor, Who};

use crate::args::DoctorArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

/// Columns before what is said of a check.
const INDENT: usize = "!!  ".len();

pub(super) async fn run(session: &Session, output: Output, args: DoctorArgs) -> Outcome {
    let who = args.who.map(Who);
    let checks = session.call(RunDoctor { who }).await?;
    let columns = output.columns();
    output.results(
        "check",
        &checks,
        "There was nothing to look at.",
        |checks| all(checks, columns),
    )?;
    match checks.iter().filter(|check| !check.ok).count() {
        0 => Ok(Exit::Done),
        found => Err(Failure::failed(format!(
            "{found} of {} checks found something. What is said beside each would help.",
            checks.len()
        ))),
    }
}

/// The checks for a person, and what would help where something is the matter: with several that follow one another,
/// below the last of them. Advice where all is well is for scripts: what matters would be lost among it.
fn all(checks: &[Check], columns: Option<usize>) -> String {
    let mut text = String::new();
    let mut rest = checks.iter();
    while let Some(check) = rest.next() {
        text.push_str(&plain(check, columns));
        let mut alike = rest.clone().take_while(|next| next.hint == check.hint);
        let is_last = alike.all(|next| next.ok);
        if !check.ok && !check.hint.is_empty() && is_last {
            let hint = safe_text::line(&check.hint);
            let hint = safe_text::wrapped(&hint, INDENT, columns);
            text.push_str(&format!("{:INDENT$}{hint}\n", ""));
        }
    }
    text
}

/// A check for a person: whether all is well, and what was found.
fn plain(check: &Check, columns: Option<usize>) -> String {
    let mark = if check.ok { "ok" } else { "!!" };
    let name = safe_text::line(&check.name).replace('_', " ");
    let since = match (check.ok, check.since) {
        (false, Some(since)) => format!(" (since {})", output::when(since)),
        (_, _) => String::new(),
    };
    // Made one line first: what others wrote begins none of its own.
    let found = safe_text::line(&check.detail);
    let found = format!("{name}: {found}{since}");
    format!("{mark}  {}\n", safe_text::wrapped(&found, INDENT, columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;

    fn check(ok: bool, detail: &str, hint: &str) -> Check {
        Check {
            name: "under_way".to_owned(),
            ok,
            detail: detail.to_owned(),
            hint: hint.to_owned(),
            found: Vec::new(),
            helps: Vec::new(),
            person: None,
            since: Some(1_700_000_000_000),
        }
    }

    #[test]
    fn what_is_well_is_one_line_and_what_is_not_says_what_would_help() {
        for advice in ["", "Do this."] {
            let well = all(&[check(true, "Nothing.", advice)], None);
            assert_eq!(well, "ok  under way: Nothing.\n");
        }
        let ill = all(&[check(false, "Something.", "Do this.")], None);
        let when = output::when(1_700_000_000_000);
        assert_eq!(
            ill,
            format!("!!  under way: Something. (since {when})\n    Do this.\n")
        );
    }

    #[test]
    fn what_would_help_with_several_is_said_once_below_them() {
        let checks = [
            check(false, "a", "Start it."),
            check(true, "b", "Start it."),
            check(false, "c", "Start it."),
            check(true, "d", "Start it."),
            check(false, "e", "Meet."),
            check(false, "f", "Start it."),
        ];
        let checks = checks.map(|check| Check {
            since: None,
            ..check
        });
        let told = "!!  under way: a\nok  under way: b\n!!  under way: c\n    Start it.\n\
                    ok  under way: d\n!!  under way: e\n    Meet.\n!!  under way: f\n    Start it.\n";
        assert_eq!(all(&checks, None), told);
    }

    #[test]
    fn what_others_wrote_begins_no_line_and_steers_no_terminal() {
        let hostile = check(false, "x\nok  disk: fine\u{1b}]52;c;aGk=\u{7}\u{202e}", "");
        for columns in [None, Some(30)] {
            let text = all(std::slice::from_ref(&hostile), columns);
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
            assert_eq!(
                text.lines().filter(|line| !line.starts_with(' ')).count(),
                1
            );
        }
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| {
            let checks = [check(false, text, text), check(true, text, "")];
            all(&checks, None) + &all(&checks, Some(40))
        });
    }
}
