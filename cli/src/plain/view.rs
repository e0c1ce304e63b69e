//! How what a chat shows sounds, read out: who, what, and then when, one line for each thing that happens.
//!
//! Invariants
//! - Nothing is a sign, in colours, or set in columns; the terminal breaks lines where it likes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tidings_node::api::Message;

use super::update::{Show, Trace};
use crate::output;

/// Columns by which a further line of a text is set off: no text of somebody's looks like another's message.
const FURTHER_COLUMNS: usize = 2;

/// The lines of something to show, without the last line end.
pub(super) fn lines(show: &Show) -> String {
    match show {
        Show::Message(message) => self::message("", message, ""),
        Show::Changed(message, was) => {
            let was = was
                .as_ref()
                .map_or_else(String::new, |was| format!(", was: {was}"));
            self::message("Changed, ", message, &was)
        }
        Show::Found(about, message) => self::message(about, message, ""),
        Show::Gone(trace) => gone(trace),
        Show::Heading(name) => format!("Conversation: {name}"),
        Show::Text(text) => text.trim_end().to_owned(),
        Show::Hint(text) => text.clone(),
        Show::Trouble(text) => format!("Problem: {text}"),
    }
}

fn message(about: &str, message: &Message, was: &str) -> String {
    let body = output::body(message, FURTHER_COLUMNS, None);
    let remarks = output::remarks(message);
    let quoted = output::quoted(message)
        .map_or_else(String::new, |quoted| format!(" (in reply to {quoted})"));
    let state = if message.mine {
        format!(", {}", output::outcome(message))
    } else {
        String::new()
    };
    let (who, time) = (author(message), clock(message.sent_at));
    format!("{about}{who}: {body}{remarks}{quoted}{was}{state}, {time}")
}

/// A message that was shown before and is there no longer.
fn gone(trace: &Trace) -> String {
    let Trace {
        sent_at,
        author,
        start,
    } = trace;
    let was = match start.as_str() {
        "" => String::new(),
        start => format!(", was: {start}"),
    };
    format!("Gone, {author}{was}, {}", clock(*sent_at))
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
    use tidings_node::api::MessageState;

    use super::*;
    use crate::output::sample;

    #[test]
    fn a_message_says_who_and_what_and_then_when_and_what_it_answers_in_words() {
        let mut message = sample::received("Ben", "Yes.");
        (message.sent_at, message.edited) = (u64::MAX, true);
        message.reply_to = Some(sample::id('q'));
        assert_eq!(
            lines(&Show::Message(Box::new(message))),
            "Ben: Yes. (edited) (in reply to a message that is not here), --:--"
        );
        let mut own = sample::sent("hi", MessageState::Delivered);
        own.sent_at = u64::MAX;
        assert_eq!(
            lines(&Show::Message(Box::new(own))),
            "you: hi, delivered, --:--"
        );
    }

    #[test]
    fn a_text_of_several_lines_cannot_pass_for_another_message() {
        let message = sample::received("Ben", "a\nAnn: b");
        let text = lines(&Show::Message(Box::new(message)));
        assert!(text.starts_with("Ben: a\n  Ann: b, "), "{text}");
    }

    #[test]
    fn what_changed_or_is_gone_says_so_first_and_what_it_was_at_its_end() {
        let mut message = sample::received("Ben", "later");
        message.sent_at = u64::MAX;
        let was = Some("see you at eight".to_owned());
        let text = lines(&Show::Changed(Box::new(message), was));
        assert_eq!(text, "Changed, Ben: later, was: see you at eight, --:--");
        let trace = Trace {
            sent_at: u64::MAX,
            author: "Ben".to_owned(),
            start: String::new(),
        };
        assert_eq!(lines(&Show::Gone(trace)), "Gone, Ben, --:--");
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        use crate::safe_text::corpus;

        corpus::walk(|text| {
            let mut message = sample::received(text, text);
            message.reactions = [(text.to_owned(), vec![text.to_owned()])].into();
            message.reply_to = Some(sample::id('q'));
            message.quote = Some(tidings_node::api::Quote {
                from: message.from.clone(),
                mine: false,
                body: text.to_owned(),
                deleted: false,
            });
            let mut own = sample::sent(text, MessageState::Failed);
            own.reason = Some(text.to_owned());
            let shows = [message, own].map(|message| lines(&Show::Message(Box::new(message))));
            shows.concat()
        });
    }
}
