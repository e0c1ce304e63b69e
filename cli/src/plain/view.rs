//! How what a chat shows looks.

mod words;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tidings_node::api::{Message, MessageState};

use super::Wording;
use super::update::{Show, Trace};
use crate::output::{self, Paint};
use crate::safe_text;

/// Columns of a passing line where nobody says how wide the terminal is.
const PASSING_COLUMNS: usize = 80;

/// Columns of the text of a message that was shown before.
const CHANGED_BODY_COLUMNS: usize = 160;

/// The lines of something to show, without the last line end.
pub(super) fn lines(show: &Show, wording: Wording, paint: Paint, columns: Option<usize>) -> String {
    match wording {
        Wording::Signs => signs(show, paint, columns),
        Wording::Words => words::lines(show),
    }
}

fn signs(show: &Show, paint: Paint, columns: Option<usize>) -> String {
    match show {
        Show::Message(message) => self::message(message, paint, columns),
        Show::Changed(message, was) => paint.dim(&changed(message, was.as_deref(), columns)),
        Show::Gone(trace) => paint.dim(&gone(trace, columns)),
        Show::Heading(name) => paint.bold(&format!("\u{2014} {name} \u{2014}")),
        Show::Text(text) => output::wrapped(text.trim_end(), columns),
        Show::Hint(text) => paint.dim(&wrapped(text, columns)),
        Show::Good(text) => paint.good(&wrapped(text, columns)),
        Show::Trouble(text) => paint.warn(&wrapped(&format!("! {text}"), columns)),
    }
}

/// A line that passes: one row, which can be taken away again.
pub(super) fn passing(line: &str, paint: Paint, columns: Option<usize>) -> String {
    let columns = columns.unwrap_or(PASSING_COLUMNS);
    paint.dim(&safe_text::truncated(line, columns.saturating_sub(1)))
}

fn wrapped(text: &str, columns: Option<usize>) -> String {
    safe_text::wrapped(text, 2, columns)
}

fn message(message: &Message, paint: Paint, columns: Option<usize>) -> String {
    let time = clock(message.sent_at);
    let who = author(message);
    let indent = safe_text::width(&time) + safe_text::width(&who) + 4;
    let body = output::body(message, indent, columns);
    let painted = if message.mine {
        paint.own(&who)
    } else {
        paint.other(&who)
    };
    let quote = output::quote(message, safe_text::width(&time) + 2, indent, columns);
    let mut line = quote.map_or_else(String::new, |quote| paint.dim(&quote) + "\n");
    let remarks = output::remarks(message);
    let mark = match (message.mine, message.state) {
        (false, _) => String::new(),
        (true, MessageState::Failed) => format!("  [{}]", output::outcome(message)),
        (true, _) => format!("  {}", output::state_mark(message)),
    };
    let width = safe_text::width(&remarks) + safe_text::width(&mark);
    let tail = remarks + &paint.dim(&mark);
    let tail = output::behind(&body, indent, columns, (&tail, width));
    line.push_str(&format!("{}  {painted}: {body}{tail}", paint.dim(&time)));
    line
}

/// A message that was shown before, as it is now, and how its text began if that is another.
fn changed(message: &Message, was: Option<&str>, columns: Option<usize>) -> String {
    let body = safe_text::line(&output::body(message, 0, None));
    let was = was.map_or_else(String::new, |was| format!(", was: {was}"));
    let line = format!(
        "~ {}  {}: {}{}{was}",
        clock(message.sent_at),
        author(message),
        safe_text::truncated(&body, CHANGED_BODY_COLUMNS),
        output::remarks(message)
    );
    wrapped(&line, columns)
}

/// A message that was shown before and is there no longer.
fn gone(trace: &Trace, columns: Option<usize>) -> String {
    let Trace {
        sent_at,
        author,
        start,
    } = trace;
    let was = match start.as_str() {
        "" => String::new(),
        start => format!(", was: {start}"),
    };
    let line = format!("~ {}  {author}: (gone){was}", clock(*sent_at));
    wrapped(&line, columns)
}

fn author(message: &Message) -> String {
    if message.mine {
        "you".to_owned()
    } else {
        output::author(&message.from.name)
    }
}

/// The time of day; with the day, if it is not today.
fn clock(millis: u64) -> String {
    let zone = TimeZone::system();
    let today = Timestamp::now().to_zoned(zone.clone()).date();
    let time = i64::try_from(millis)
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .map(|time| time.to_zoned(zone));
    match time {
        Some(time) if time.date() == today => time.strftime("%H:%M").to_string(),
        Some(time) => time.strftime("%-d %b %H:%M").to_string(),
        None => "--:--".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn a_message_that_mentions_us_says_so() {
        let mut message = sample::received("Ben", "@Ann");
        message.mentions_me = true;
        let text = lines(
            &Show::Message(Box::new(message)),
            Wording::Signs,
            Paint::none(),
            Some(80),
        );
        assert!(text.ends_with("Ben: @Ann (mentions you)"), "{text}");
    }

    #[test]
    fn a_reply_shows_above_it_what_it_answers() {
        let mut message = sample::received("Ben", "Yes.");
        message.reply_to = Some(sample::id('q'));
        let text = lines(
            &Show::Message(Box::new(message)),
            Wording::Signs,
            Paint::none(),
            Some(80),
        );
        let (quote, answer) = text.split_once('\n').unwrap();
        assert_eq!(quote.trim_start(), "\u{21aa} a message that is not here");
        assert!(answer.ends_with("Ben: Yes."), "{text}");
    }

    #[test]
    fn what_happened_to_a_message_stands_behind_its_text() {
        let mut message = sample::received("Ben", "hello");
        (message.edited, message.pinned, message.disputed) = (true, true, true);
        message.reactions = [("👍".to_owned(), vec!["Ann".to_owned()])].into();
        let text = lines(
            &Show::Message(Box::new(message)),
            Wording::Signs,
            Paint::none(),
            None,
        );
        assert!(
            text.ends_with(
                "Ben: hello (edited) (pinned) \
                 (disputed: others may have been shown something else) 👍"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_change_of_what_was_shown_says_how_it_is_now_in_little_space() {
        let mut message = sample::received("Ben", &"a\n".repeat(200));
        message.disputed = true;
        let show = Show::Changed(Box::new(message.clone()), None);
        let text = lines(&show, Wording::Signs, Paint::none(), None);
        assert!(text.starts_with("~ ") && text.contains("Ben: a"), "{text}");
        assert!(text.contains("(disputed: "), "{text}");
        assert_eq!(text.lines().count(), 1);
        assert!(safe_text::width(&text) < 2 * CHANGED_BODY_COLUMNS);
        message.deleted = true;
        let show = Show::Changed(Box::new(message), Some("see you".to_owned()));
        let text = lines(&show, Wording::Signs, Paint::none(), None);
        assert!(
            text.contains("Ben: (deleted)") && text.ends_with(", was: see you"),
            "{text}"
        );
    }

    #[test]
    fn a_message_that_is_gone_says_which_it_was() {
        let trace = |start: &str| {
            let author = "Ben".to_owned();
            let start = start.to_owned();
            let show = Show::Gone(Trace {
                sent_at: 0,
                author,
                start,
            });
            lines(&show, Wording::Signs, Paint::none(), None)
        };
        let text = trace("see you");
        assert!(text.starts_with("~ "), "{text}");
        assert!(text.ends_with("  Ben: (gone), was: see you"), "{text}");
        assert!(trace("").ends_with("  Ben: (gone)"), "it had been deleted");
    }

    #[test]
    fn a_line_that_passes_takes_one_row_however_long_a_name_is() {
        let line = format!("{} is typing\u{2026}", "Ben".repeat(20));
        assert_eq!(passing(&line, Paint::none(), None), line);
        let cut = passing(&line, Paint::none(), Some(20));
        assert_eq!(safe_text::width(&cut), 19);
    }

    #[test]
    fn a_message_with_line_ends_is_still_one_message() {
        let show = Show::Message(Box::new(sample::received("Ben", "a\n12:00  Ann: b")));
        let text = lines(&show, Wording::Signs, Paint::none(), Some(80));
        let further: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(further.len(), 1);
        assert!(further[0].starts_with("        "));
    }

    #[test]
    fn a_message_fits_a_narrow_terminal_with_what_is_said_of_it() {
        let mut message = sample::received("Carla Núñez", "我们明天在学校见面。ticket-office");
        message.sent_at = u64::MAX;
        (message.edited, message.pinned) = (true, true);
        message.reply_to = Some(sample::id('q'));
        let text = lines(
            &Show::Message(Box::new(message)),
            Wording::Signs,
            Paint::none(),
            Some(34),
        );
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                " \u{21aa} a message that is not here",
                "--:--  Carla Núñez: 我们明天在学校",
                "  见面。ticket-office",
                "  (edited) (pinned)",
            ]
        );
    }

    #[test]
    fn an_answer_breaks_between_words_and_keeps_a_code_whole() {
        let code = "A2".repeat(77);
        let show = Show::Text(format!(
            "Give this code to one person:\n\n{code}\n\nIt is good."
        ));
        let text = lines(&show, Wording::Signs, Paint::none(), Some(20));
        assert!(
            text.starts_with("Give this code to\none person:\n"),
            "{text}"
        );
        assert!(text.lines().any(|line| line == code), "{text}");
    }

    #[test]
    fn an_own_message_shows_how_far_it_has_come() {
        let show = Show::Message(Box::new(sample::sent("a", MessageState::Delivered)));
        assert!(lines(&show, Wording::Signs, Paint::none(), None).ends_with("you: a  ✓"));
    }
}
