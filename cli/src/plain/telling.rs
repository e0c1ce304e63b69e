//! What is told of a message, in words: its text, what it answers, what is said behind that, how far it has come, and when.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tidings_node::api::{Change, Message, MessageState};

use crate::output;
use crate::safe_text::Safe;
use crate::texts::{Saying, Texts};

/// Different reactions told with a message.
const REACTIONS_TOLD_MAX: usize = 12;

/// Columns that one reaction takes at most.
const REACTION_COLUMNS_MAX: usize = 8;

/// Its text, line by line, or what is said in its place.
pub(super) fn body(message: &Message, texts: &Texts) -> Vec<Safe> {
    match texts.instead(message) {
        Some(words) => vec![words],
        None => Safe::lines(&message.body),
    }
}

/// What it answers: who wrote that, and what it says, on one line.
pub(super) fn quoted(message: &Message, texts: &Texts) -> Option<Safe> {
    if message.reply_to.is_none() || message.deleted || message.change == Change::Hidden {
        return None;
    }
    let Some(quote) = &message.quote else {
        return Some(texts.missing_message());
    };
    let said = if quote.deleted {
        texts.deleted()
    } else {
        Safe::line(&quote.body)
    };
    Some(by(&texts.by(quote.mine, &quote.from.name), &said))
}

/// What somebody said.
pub(super) fn by(who: &Safe, said: &Safe) -> Safe {
    Safe::line(&format!("{who}: {said}"))
}

/// What there is to say of it besides its text, each with a blank before it.
pub(super) fn remarks(message: &Message, texts: &Texts) -> Safe {
    let remarks: [(bool, Saying); 4] = [
        (message.edited && !message.deleted, Texts::edited),
        (message.pinned, Texts::pinned),
        (message.urgent, Texts::urgent),
        (message.disputed, Texts::disputed),
    ];
    let mut said = Safe::default();
    let mut say = |words: &Safe| {
        said.push(&" ".into());
        said.push(words);
    };
    for (_, words) in remarks.into_iter().filter(|(holds, _)| *holds) {
        say(&words(texts));
    }
    if let Some(then) = message.expires_at.filter(|_| !message.deleted) {
        say(&texts.disappears_at(&when(then, texts)));
    }
    if message.mentions_me {
        say(&texts.mentions_you());
    }
    for (emoji, names) in message.reactions.iter().take(REACTIONS_TOLD_MAX) {
        let mut reaction = Safe::line(emoji).truncated(REACTION_COLUMNS_MAX);
        if names.len() > 1 {
            reaction.push(&Safe::line(&names.len().to_string()));
        }
        say(&reaction);
    }
    said
}

/// How far it has come, with the reason if it failed; and to how many, if only some have it.
pub(super) fn outcome(message: &Message, texts: &Texts) -> Safe {
    if output::is_for_nobody(message) {
        return texts.for_nobody();
    }
    let words = reached(message.state, message.reason.as_deref(), texts);
    let (delivered, people) = (message.delivery.delivered, message.delivery.people);
    if delivered > 0 && delivered < people && message.state != MessageState::Failed {
        texts.delivered_to(&words, delivered, people)
    } else {
        words
    }
}

/// The words for how far something has come.
pub(super) fn reached(state: MessageState, reason: Option<&str>, texts: &Texts) -> Safe {
    match state {
        MessageState::Failed => texts.failed(reason),
        MessageState::Carried => texts.carried(),
        MessageState::Delivered => texts.delivered(),
        MessageState::Read => texts.read(),
        MessageState::Queued | MessageState::Received | _ => texts.queued(),
    }
}

/// A day and time.
pub(super) fn when(millis: u64, texts: &Texts) -> Safe {
    local(millis).map_or_else(|| texts.some_time(), |at| texts.moment(at, None))
}

/// The time of day; with the day, if it is not today.
pub(super) fn clock(millis: u64, texts: &Texts) -> Safe {
    let today = Timestamp::now().to_zoned(TimeZone::system()).date();
    local(millis).map_or_else(|| "--:--".into(), |at| texts.moment(at, Some(today)))
}

/// `None` for what no calendar holds: a peer's clock may show anything.
fn local(millis: u64) -> Option<DateTime> {
    let time = Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?;
    Some(time.to_zoned(TimeZone::system()).datetime())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;
    use crate::texts::Language;

    #[test]
    fn the_most_reactions_are_told_and_one_more_is_not() {
        let texts = Texts::default();
        let remarks_of = |count: usize| {
            let emojis = ('a'..='z').take(count).map(String::from);
            let message = Message {
                reactions: emojis
                    .map(|emoji| (emoji, vec!["Ben".to_owned()]))
                    .collect(),
                ..sample::received("Ben", "hello")
            };
            remarks(&message, &texts)
        };
        let most = remarks_of(REACTIONS_TOLD_MAX);
        assert_eq!(most.as_str(), " a b c d e f g h i j k l");
        assert_eq!(remarks_of(REACTIONS_TOLD_MAX + 1), most);
        let mut message = sample::received("Ben", "hello");
        let told = |message: &Message| remarks(message, &texts).width();
        message.reactions = [("x".repeat(REACTION_COLUMNS_MAX), vec!["Ben".to_owned()])].into();
        assert_eq!(told(&message), 1 + REACTION_COLUMNS_MAX);
        message.reactions = [("x".repeat(REACTION_COLUMNS_MAX + 1), vec!["Ben".to_owned()])].into();
        assert_eq!(told(&message), 1 + REACTION_COLUMNS_MAX);
    }

    #[test]
    fn what_happened_to_a_message_is_said_in_the_language_that_is_wanted() {
        let [english, korean] = Language::ALL.map(Texts::of);
        let mut message = sample::received("Ben", "hello");
        (message.edited, message.pinned, message.mentions_me) = (true, true, true);
        message.reactions = [("👍".to_owned(), vec!["Ann".to_owned(); 2])].into();
        message.expires_at = Some(u64::MAX);
        assert_eq!(
            remarks(&message, &english).as_str(),
            " (edited) (pinned) (disappears some time) (mentions you) 👍2"
        );
        assert_eq!(
            remarks(&message, &korean).as_str(),
            " (수정됨) (고정됨) (알 수 없는 때에 사라짐) (나를 언급함) 👍2"
        );
    }

    #[test]
    fn how_far_a_message_has_come_says_why_it_failed_and_how_many_have_it() {
        let [english, korean] = Language::ALL.map(Texts::of);
        let mut message = sample::sent("hi", MessageState::Queued);
        message.delivery.people = 3;
        for (delivered, told) in [(0, "queued"), (2, "queued, delivered to 2 of 3")] {
            message.delivery.delivered = delivered;
            assert_eq!(outcome(&message, &english).as_str(), told);
        }
        assert_eq!(
            outcome(&message, &korean).as_str(),
            "대기 중, 3명 중 2명에게 전달됨"
        );
        message.reason = Some("cancelled".to_owned());
        message.state = MessageState::Failed;
        assert_eq!(outcome(&message, &english).as_str(), "failed: cancelled");
        (message.state, message.delivery.people) = (MessageState::Delivered, 0);
        assert_eq!(outcome(&message, &english), english.for_nobody());
    }
}
