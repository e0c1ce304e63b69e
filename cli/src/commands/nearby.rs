//! `tidings nearby`: what is said to whoever is near, and who says it nobody can tell.

use std::io::Read;

use tidings_node::api::{ListNotices, Notice, NoticeKind, PostNotice};
use tidings_node::request_id;

use super::read_stdin;
use crate::args::{NearbyArgs, NearbyCommand, NearbyReadArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

/// Most that is read from stdin; the node says what it takes of that.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Columns before a notice's text.
const INDENT: usize = 2;

pub(super) async fn run(session: &Session, output: Output, args: NearbyArgs) -> Outcome {
    match args.command {
        Some(NearbyCommand::Send { text, name }) => send(session, output, text, name).await,
        Some(NearbyCommand::Read(read)) => self::read(session, output, read).await,
        None => self::read(session, output, args.read).await,
    }
}

async fn send(
    session: &Session,
    output: Output,
    argument: String,
    name: Option<String>,
) -> Outcome {
    let notice = session
        .call(PostNotice {
            request: request_id(),
            text: text(argument, std::io::stdin(), "what to say")?,
            name,
        })
        .await?;
    output.result("notice", &notice, || {
        plain(std::slice::from_ref(&notice), output)
    })?;
    if !session.goes_on().await {
        output.note(
            "It is kept, and goes to whoever is near once Tidings runs here: `tidings daemon run`, \
             or just `tidings`.",
        );
    }
    Ok(Exit::Done)
}

async fn read(session: &Session, output: Output, args: NearbyReadArgs) -> Outcome {
    let limit = args.limit;
    let heard = session.call(ListNotices { limit }).await?;
    list(output, &heard, "Nothing was heard nearby.")
}

/// Prints notices, with a warning of what they are.
pub(super) fn list(output: Output, notices: &[Notice], empty: &str) -> Outcome {
    output.results("notice", notices, empty, |notices| plain(notices, output))?;
    if !output.is_json() && !notices.is_empty() {
        output.note(
            "Unverified: anybody can take any name. The same key is the same writer, and no more is \
             known.",
        );
    }
    Ok(Exit::Done)
}

/// Notices for a person.
pub(super) fn plain(notices: &[Notice], output: Output) -> String {
    let columns = output.columns();
    notices.iter().map(|one| shown(one, columns)).collect()
}

fn shown(notice: &Notice, columns: Option<usize>) -> String {
    let name = safe_text::name(&notice.name);
    let key = output::short_id(&notice.key.to_string());
    let who = if notice.mine {
        format!("you, as {name} (key {key})")
    } else {
        format!("{name} (unverified, key {key})")
    };
    let is_check_in = notice.kind == NoticeKind::CheckIn;
    let kind = if is_check_in { "  check-in" } else { "" };
    let text = safe_text::wrapped(&notice.text, INDENT, columns);
    let when = output::when(notice.received_at);
    format!("{when}  {who}{kind}\n{:INDENT$}{text}\n", "")
}

/// A text from the argument, or from stdin.
pub(super) fn text(argument: String, stdin: impl Read, what: &str) -> Result<String, Failure> {
    let text = if argument == "-" {
        let text = read_stdin(stdin, TEXT_BYTES_MAX, what)?;
        text.trim_end_matches(['\n', '\r']).to_owned()
    } else {
        argument
    };
    if text.trim().is_empty() {
        return Err(Failure::usage(format!("{what} is empty. Give some text.")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample::id;
    use crate::safe_text::corpus;

    fn notice(kind: NoticeKind, mine: bool) -> Notice {
        Notice {
            id: id('a'),
            key: id('b'),
            name: "Ben\u{202e}\u{1b}[2J".to_owned(),
            kind,
            text: "one\n\u{1b}]0;two\u{7}".to_owned(),
            sent_at: 0,
            received_at: 0,
            mine,
            verified: false,
        }
    }

    #[test]
    fn whoever_said_it_is_never_said_to_be_known_and_nothing_reaches_the_terminal() {
        let plain = shown(&notice(NoticeKind::Message, false), Some(40));
        assert!(plain.contains("(unverified, key baaaaaaa)"), "{plain}");
        assert!(
            !plain.contains(['\u{1b}', '\u{202e}', '\u{7}']),
            "{plain:?}"
        );
        assert_eq!(plain.lines().count(), 3, "{plain}");
    }

    #[test]
    fn a_check_in_and_what_one_said_oneself_are_told_apart() {
        let plain = shown(&notice(NoticeKind::CheckIn, true), None);
        assert!(plain.contains("you, as Ben"), "{plain}");
        assert!(plain.contains("(key baaaaaaa)  check-in\n"), "{plain}");
    }

    #[test]
    fn an_empty_text_is_a_usage_error() {
        for empty in ["", " ", "\n"] {
            let refused = text(empty.to_owned(), std::io::empty(), "what to say");
            assert_eq!(refused.unwrap_err().exit, Exit::Usage);
        }
    }

    #[test]
    fn a_text_of_the_most_bytes_is_read_and_one_more_is_not() {
        let read = |bytes: usize| text("-".to_owned(), vec![b'a'; bytes].as_slice(), "what to say");
        assert_eq!(read(TEXT_BYTES_MAX).unwrap().len(), TEXT_BYTES_MAX);
        assert_eq!(read(TEXT_BYTES_MAX + 1).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| {
            let said = |kind, mine| Notice {
                name: text.to_owned(),
                text: text.to_owned(),
                ..notice(kind, mine)
            };
            let notices = [
                said(NoticeKind::Message, false),
                said(NoticeKind::CheckIn, false),
                said(NoticeKind::CheckIn, true),
            ];
            let shown = |columns| {
                notices
                    .iter()
                    .map(|one| shown(one, columns))
                    .collect::<String>()
            };
            shown(None) + &shown(Some(40))
        });
    }
}
