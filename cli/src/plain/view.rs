//! How what a chat shows sounds, read out: a message's number, who, what, and then when, one line for each thing that
//! happens.
//!
//! Invariants
//! - Nothing is a sign, in colours, or set in columns; the terminal breaks lines where it likes.
//! - Every line of somebody's text but the first is set off: none passes for another message.

use tidings_node::api::Message;

use super::telling;
use super::update::{Number, Show, Trace};
use crate::safe_text::Safe;
use crate::texts::Texts;

/// Between the lines of a text: no further one looks like another's message.
const FURTHER_LINE: &str = "\n  ";

/// The lines of something to show, without the last line end.
pub(super) fn lines(show: &Show, texts: &Texts) -> String {
    match show {
        Show::Message(number, message) => {
            format!(
                "{}{}",
                numbered(*number),
                self::message(message, None, texts)
            )
        }
        Show::Changed(number, message, was) => {
            let (changed, number) = (texts.changed(), numbered(*number));
            let message = self::message(message, was.as_ref(), texts);
            format!("{changed}, {number}{message}")
        }
        Show::Deed(deed) => {
            let (done, time) = (texts.deed(deed), telling::clock(deed.at, texts));
            format!("{done}, {time}")
        }
        Show::Found(about, message) => format!("{about}, {}", self::message(message, None, texts)),
        Show::Gone(number, trace) => gone(*number, trace, texts),
        Show::Heading(name) => texts.conversation(name).into(),
        Show::Text(lines) => joined(lines, "\n"),
        Show::Hint(text) => text.to_string(),
        Show::Trouble(text) => texts.problem(text).into(),
    }
}

fn numbered(Number(number): Number) -> String {
    format!("{number}. ")
}

fn joined(lines: &[Safe], between: &str) -> String {
    let lines: Vec<&str> = lines.iter().map(Safe::as_str).collect();
    lines.join(between)
}

fn message(message: &Message, was: Option<&Safe>, texts: &Texts) -> String {
    let who = texts.by(message.mine, &message.from.name);
    let body = joined(&telling::body(message, texts), FURTHER_LINE);
    let remarks = telling::remarks(message, texts);
    let quoted = telling::quoted(message, texts);
    let quoted = quoted.map(|quoted| format!(" {}", texts.in_reply_to(&quoted)));
    let was = was.map(|was| texts.was(was));
    let outcome = message.mine.then(|| telling::outcome(message, texts));
    let time = telling::clock(message.sent_at, texts);
    let behind = was.into_iter().chain(outcome).chain([time]);
    let behind: String = behind.map(|words| format!(", {words}")).collect();
    format!(
        "{who}: {body}{remarks}{}{behind}",
        quoted.unwrap_or_default()
    )
}

/// A message that was shown before and is there no longer.
fn gone(number: Number, trace: &Trace, texts: &Texts) -> String {
    let was = (!trace.start.is_empty()).then(|| format!(", {}", texts.was(&trace.start)));
    format!(
        "{}, {}{}{}, {}",
        texts.gone(),
        numbered(number),
        trace.author,
        was.unwrap_or_default(),
        telling::clock(trace.sent_at, texts)
    )
}

#[cfg(test)]
mod tests {
    use tidings_node::api::MessageState;

    use super::*;
    use crate::output::sample;
    use crate::texts::Language;

    fn said(show: &Show) -> String {
        lines(show, &Texts::default())
    }

    fn shown(message: Message) -> Show {
        Show::Message(Number(1), Box::new(message))
    }

    #[test]
    fn a_message_says_who_and_what_and_then_when_and_what_it_answers_in_words() {
        let mut message = sample::received("Ben", "Yes.");
        (message.sent_at, message.edited) = (u64::MAX, true);
        message.reply_to = Some(sample::id('q'));
        let show = shown(message);
        assert_eq!(
            said(&show),
            "1. Ben: Yes. (edited) (in reply to a message that is not here), --:--"
        );
        assert_eq!(
            lines(&show, &Texts::of(Language::Korean)),
            "1. Ben: Yes. (수정됨) (답장: 여기에 없는 메시지), --:--"
        );
        let mut own = sample::sent("hi", MessageState::Delivered);
        own.sent_at = u64::MAX;
        let show = shown(own);
        assert_eq!(said(&show), "1. you: hi, delivered, --:--");
        let korean = lines(&show, &Texts::of(Language::Korean));
        assert_eq!(korean, "1. 나: hi, 전달됨, --:--");
    }

    #[test]
    fn what_was_done_to_a_conversation_is_said_in_a_line_without_a_number() {
        let deed = tidings_node::api::Deed {
            at: u64::MAX,
            ..sample::left("Cho")
        };
        let show = Show::Deed(Box::new(deed));
        assert_eq!(said(&show), "Cho left, --:--");
        let korean = lines(&show, &Texts::of(Language::Korean));
        assert_eq!(korean, "Cho 님이 나갔습니다, --:--");
    }

    #[test]
    fn a_text_of_several_lines_cannot_pass_for_another_message() {
        let text = said(&shown(sample::received("Ben", "a\n2. Ann: b")));
        assert!(text.starts_with("1. Ben: a\n  2. Ann: b, "), "{text}");
    }

    #[test]
    fn what_changed_or_is_gone_says_so_first_and_what_it_was_at_its_end() {
        let mut message = sample::received("Ben", "later");
        message.sent_at = u64::MAX;
        let was = Some("see you at eight".into());
        let text = said(&Show::Changed(Number(2), Box::new(message), was));
        assert_eq!(text, "Changed, 2. Ben: later, was: see you at eight, --:--");
        let trace = |start: &'static str| Trace {
            sent_at: u64::MAX,
            author: "Ben".into(),
            start: start.into(),
        };
        let gone = |start| said(&Show::Gone(Number(3), trace(start)));
        assert_eq!(gone(""), "Gone, 3. Ben, --:--");
        assert_eq!(gone("soon"), "Gone, 3. Ben, was: soon, --:--");
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text_in_every_language() {
        use crate::safe_text::corpus;

        let all = Language::ALL.map(Texts::of);
        corpus::walk(|text| {
            let message = sample::saying_only(text);
            let mut own = sample::sent(text, MessageState::Failed);
            own.reason = Some(text.to_owned());
            let shows = [message, own].map(shown);
            let said = all
                .iter()
                .flat_map(|texts| shows.iter().map(|show| lines(show, texts)));
            said.collect()
        });
    }
}
