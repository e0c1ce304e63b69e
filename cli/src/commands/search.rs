//! `tidings search`: messages by what they say, who wrote them, where and when.

use jiff::tz::TimeZone;
use tidings_node::api::{Found, Message, SearchMessages, Who};
use tidings_node::query::{Key, pieces};

use super::read::titles;
use crate::args::{SearchArgs, day_begins};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Transcript};
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, args: SearchArgs) -> Outcome {
    let found = session.call(request(args, &TimeZone::system())?).await?;
    let titles = Some(titles(session).await?);
    let mut transcript = Transcript::new(output.paint(), output.columns(), titles);
    let plain = |messages: &[Message]| {
        transcript.line_up(messages);
        let lines = messages.iter().map(|message| transcript.message(message));
        lines.collect()
    };
    output.results("message", &found.messages, "Nothing found.", plain)?;
    more(output, &found);
    Ok(Exit::Done)
}

/// What to ask the node: it knows no time zone, so days become times here.
fn request(args: SearchArgs, zone: &TimeZone) -> Result<SearchMessages, Failure> {
    let query = args.query.join(" ");
    let mut request = SearchMessages {
        who: args.within.map(Who),
        limit: args.limit,
        ..SearchMessages::default()
    };
    let mut rest = Vec::new();
    for piece in pieces(&query) {
        let time = |key: Key| {
            day_begins(&piece.value, zone.clone()).ok_or_else(|| {
                Failure::usage(format!(
                    "'{}:' takes a day such as 2026-08-01, not '{}'. To search for the word \
                     itself, put it in quotes.",
                    key.as_str(),
                    piece.value
                ))
            })
        };
        match piece.key {
            Some(key @ Key::After) => request.after = request.after.max(Some(time(key)?)),
            Some(key @ Key::Before) => {
                let time = time(key)?;
                request.before = Some(request.before.map_or(time, |before| before.min(time)));
            }
            Some(Key::From | Key::In) | None => rest.push(piece.source),
        }
    }
    request.query = rest.join(" ");
    Ok(request)
}

/// Tells a person that there is more than what was shown.
fn more(output: Output, found: &Found) {
    if found.more && !output.is_json() {
        output.note(&format!(
            "These are the {} that came last. Search for more words, or see more with --limit.",
            found.messages.len()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Result<SearchMessages, Failure> {
        let args = SearchArgs {
            query: words.iter().map(|word| (*word).to_owned()).collect(),
            within: None,
            limit: None,
        };
        request(args, &TimeZone::UTC)
    }

    #[test]
    fn days_become_times_and_the_rest_is_handed_on_as_typed() {
        let words = [
            "after:1970-01-02",
            "\"see you\" from:\"Ben Miller\"",
            "before:1970-01-03 안*",
        ];
        let request = asked(&words).unwrap();
        assert_eq!(request.query, "\"see you\" from:\"Ben Miller\" 안*");
        assert_eq!(request.after, Some(86_400_000));
        assert_eq!(request.before, Some(2 * 86_400_000));
        let twice = ["before:1970-01-03 before:1970-01-02 after:1970-01-02 after:1970-01-01"];
        let request = asked(&twice).unwrap();
        let day = Some(86_400_000);
        assert_eq!((request.after, request.before), (day, day));
    }

    #[test]
    fn what_is_no_day_is_a_usage_error_unless_it_is_quoted() {
        for word in ["before:noon", "after:", "after:0"] {
            assert_eq!(asked(&[word]).unwrap_err().exit, Exit::Usage, "{word}");
        }
        assert_eq!(
            asked(&["\"before:noon\""]).unwrap().query,
            "\"before:noon\""
        );
    }
}
