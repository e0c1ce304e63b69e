//! Messages and contacts as lines for a person.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tidings_node::ConversationId;
use tidings_node::api::{Change, Conversation, ConversationKind, Deed, Message, MessageState};

use super::Paint;
use crate::safe_text::{self, Safe};
use crate::texts::Texts;

/// Characters of an id shown to a person; enough to name it by.
const SHORT_ID_CHARACTERS: usize = 8;

/// Columns the author's name takes at least, so that short names line up.
const AUTHOR_COLUMNS_MIN: usize = 8;

/// Columns that are kept free for authors' names; a longer one stands out.
const AUTHOR_COLUMNS_MAX: usize = 24;

/// Columns of the line that says what a message answers.
const QUOTE_COLUMNS: usize = 60;

/// Columns that this line has at least.
const QUOTE_COLUMNS_MIN: usize = 16;

/// Different reactions shown with a message.
const REACTIONS_SHOWN_MAX: usize = 12;

/// Columns that one reaction takes at most.
const EMOJI_COLUMNS: usize = 8;

/// Messages one below the other, with a line where the day changes.
#[derive(Debug)]
pub(crate) struct Transcript {
    paint: Paint,
    columns: Option<usize>,
    zone: TimeZone,
    day: Option<Date>,
    /// Columns the author's name takes.
    author_columns: usize,
    /// Conversations' titles, where messages of several are shown.
    titles: Option<Titles>,
    /// The words for what was done, once something was.
    texts: OnceLock<Texts>,
}

/// Conversations by name.
#[derive(Debug)]
pub(crate) struct Titles(BTreeMap<ConversationId, Title>);

#[derive(Debug)]
struct Title {
    text: String,
    is_room: bool,
}

impl Titles {
    /// Those of these conversations.
    pub(crate) fn new(conversations: Vec<Conversation>) -> Self {
        let titles = conversations.into_iter().map(|conversation| {
            let title = Title {
                text: conversation.title,
                is_room: conversation.kind == ConversationKind::Room,
            };
            (conversation.id, title)
        });
        Self(titles.collect())
    }

    /// By what a conversation is called here, safe to print; nothing if it is not among them.
    pub(crate) fn of(&self, conversation: &ConversationId) -> Option<String> {
        let title = self.0.get(conversation)?;
        Some(safe_text::name(&title.text))
    }
}

impl Transcript {
    /// An empty one. With `titles`, each own message and each in a room says where it went.
    pub(crate) fn new(paint: Paint, columns: Option<usize>, titles: Option<Titles>) -> Self {
        Self {
            paint,
            columns,
            zone: TimeZone::system(),
            day: None,
            author_columns: AUTHOR_COLUMNS_MIN,
            titles,
            texts: OnceLock::new(),
        }
    }

    /// Whether the title of a conversation should be known, and is not.
    pub(crate) fn lacks_title(&self, conversation: &ConversationId) -> bool {
        let titles = self.titles.as_ref();
        titles.is_some_and(|titles| !titles.0.contains_key(conversation))
    }

    /// The title of a room where several conversations are shown.
    pub(crate) fn room(&self, conversation: &ConversationId) -> Option<String> {
        let title = self.titles.as_ref()?.0.get(conversation)?;
        title.is_room.then(|| title.text.clone())
    }

    /// Takes the titles as they are now.
    pub(crate) fn set_titles(&mut self, titles: Titles) {
        self.titles = Some(titles);
    }

    /// Keeps room for these messages' authors, so that their texts line up. It takes no more than
    /// a quarter of the terminal.
    pub(crate) fn line_up(&mut self, messages: &[Message]) {
        let quarter = self.columns.map_or(usize::MAX, |columns| columns / 4);
        let most = AUTHOR_COLUMNS_MAX.min(quarter);
        let authors = messages.iter().map(|one| self.author(one).width());
        let widest = authors.filter(|columns| *columns <= most).max();
        self.author_columns = self.author_columns.max(widest.unwrap_or_default());
    }

    /// The lines of the next message.
    pub(crate) fn message(&mut self, message: &Message) -> String {
        let mut out = self.day_line(message.sent_at);
        let time = clock(message.sent_at, &self.zone);
        let id = short_id(&message.id.to_string());
        let who = self.author(message).padded(self.author_columns);
        let indent = safe_text::width(&time) + safe_text::width(&id) + who.width() + 6;
        let start = safe_text::width(&time) + safe_text::width(&id) + 4;
        if let Some(quote) = quote(message, start, indent, self.columns) {
            out.push_str(&self.paint.dim(&quote));
            out.push('\n');
        }
        let who = if message.mine {
            self.paint.own(who.as_str())
        } else {
            self.paint.other(who.as_str())
        };
        let body = body(message, indent, self.columns);
        let remarks = remarks(message);
        let state = if message.mine {
            format!("  [{}]", outcome(message))
        } else {
            String::new()
        };
        let width = safe_text::width(&remarks) + safe_text::width(&state);
        let unsure = matches!(message.state, MessageState::Failed | MessageState::Queued);
        let state = if unsure {
            self.paint.warn(&state)
        } else {
            self.paint.dim(&state)
        };
        let tail = remarks + &state;
        out.push_str(&format!(
            "{}  {}  {who}  {body}{}\n",
            self.paint.dim(&time),
            self.paint.dim(&id),
            behind(&body, indent, self.columns, (&tail, width))
        ));
        out
    }

    /// The line of what was done to a conversation next.
    pub(crate) fn deed(&mut self, deed: &Deed) -> String {
        let mut out = self.day_line(deed.at);
        let time = clock(deed.at, &self.zone);
        let words = self.texts.get_or_init(Texts::default).deed(deed);
        let words = safe_text::wrapped(words.as_str(), safe_text::width(&time) + 2, self.columns);
        out.push_str(&self.paint.dim(&format!("{time}  {words}")));
        out.push('\n');
        out
    }

    fn author(&self, message: &Message) -> Safe {
        let mut who = signature(message.mine, &message.from.name);
        let titles = self.titles.as_ref();
        let title = titles.and_then(|titles| titles.0.get(&message.conversation));
        if let Some(title) = title
            && (message.mine || title.is_room)
        {
            who.push(&" \u{2192} ".into());
            who.push(&safe_text::named(&title.text));
        }
        who
    }

    fn day_line(&mut self, millis: u64) -> String {
        let Some(day) = timestamp(millis).map(|time| time.to_zoned(self.zone.clone()).date())
        else {
            return String::new();
        };
        if self.day.replace(day) == Some(day) {
            return String::new();
        }
        let line = day.strftime("%A, %-d %B %Y").to_string();
        format!("{}\n", self.paint.dim(&format!("\u{2014} {line} \u{2014}")))
    }
}

/// A message's text, safe, or what stands in its place.
fn body(message: &Message, indent: usize, columns: Option<usize>) -> String {
    if message.deleted && message.reason.as_deref() == Some("expired") {
        "(disappeared before everyone had it)".to_owned()
    } else if message.deleted {
        "(deleted)".to_owned()
    } else if message.change == Change::Hidden {
        "(shown no longer: whoever wrote it had been removed from the room, or is blocked)"
            .to_owned()
    } else if message.unsupported {
        "(needs a newer version of Tidings)".to_owned()
    } else {
        safe_text::wrapped(&message.body, indent, columns)
    }
}

/// What there is to say behind a text that begins behind `indent` columns: at its end, or on a row
/// of its own if it does not fit there. It may be in colours, and takes `width` columns.
fn behind(
    text: &str,
    indent: usize,
    columns: Option<usize>,
    (tail, width): (&str, usize),
) -> String {
    let last = match text.rsplit_once('\n') {
        Some((_, last)) => safe_text::width(last),
        None => indent + safe_text::width(text),
    };
    if width == 0 || columns.is_none_or(|columns| last + width <= columns) {
        return tail.to_owned();
    }
    let hang = " ".repeat(safe_text::hang(indent, columns));
    format!("\n{hang}{}", tail.trim_start())
}

/// What a message answers, on the line above it. That begins where the author stands, `start`
/// columns in, and always further left than the text, which begins behind `indent`, can be on any
/// but its first line.
fn quote(message: &Message, start: usize, indent: usize, columns: Option<usize>) -> Option<String> {
    let quoted = quoted(message)?;
    let indent = start.min(safe_text::hang(indent, columns).saturating_sub(1));
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent));
    let mut line = Safe::from("\u{21aa} ");
    line.push(&quoted);
    let line = line.truncated(room.clamp(QUOTE_COLUMNS_MIN, QUOTE_COLUMNS));
    Some(format!("{}{line}", " ".repeat(indent)))
}

/// What a message answers: who wrote it and what it says, on one line.
fn quoted(message: &Message) -> Option<Safe> {
    if message.reply_to.is_none() || message.deleted || message.change == Change::Hidden {
        return None;
    }
    let mut line = Safe::default();
    match &message.quote {
        None => line.push(&"a message that is not here".into()),
        Some(quote) => {
            line.push(&signature(quote.mine, &quote.from.name));
            line.push(&": ".into());
            line.push(&if quote.deleted {
                "(deleted)".into()
            } else {
                Safe::line(&quote.body)
            });
        }
    }
    Some(line)
}

/// How much of a conversation is unread, and how much of that mentions us.
pub(crate) fn unread(conversation: &Conversation) -> String {
    let unread = format!("{} unread", conversation.unread);
    match conversation.mentions {
        0 => unread,
        all if all == conversation.unread => format!("{unread} (mentions you)"),
        1 => format!("{unread} (1 of them mentions you)"),
        count => format!("{unread} ({count} of them mention you)"),
    }
}

/// What there is to say of a message besides its text.
pub(crate) fn remarks(message: &Message) -> String {
    let mut remarks = String::new();
    if message.edited && !message.deleted {
        remarks.push_str(" (edited)");
    }
    if message.pinned {
        remarks.push_str(" (pinned)");
    }
    if message.urgent {
        remarks.push_str(" (priority)");
    }
    if message.disputed {
        remarks.push_str(" (disputed: others may have been shown something else)");
    }
    if let Some(then) = message.expires_at
        && !message.deleted
    {
        remarks.push_str(&format!(" (disappears {})", when(then)));
    }
    if message.mentions_me {
        remarks.push_str(" (mentions you)");
    }
    for (emoji, names) in message.reactions.iter().take(REACTIONS_SHOWN_MAX) {
        let emoji = Safe::line(emoji).truncated(EMOJI_COLUMNS);
        match names.len() {
            1 => remarks.push_str(&format!(" {emoji}")),
            count => remarks.push_str(&format!(" {emoji}{count}")),
        }
    }
    remarks
}

/// A contact's name as the author of something, never mistaken for our own person.
pub(crate) fn author(name: &str) -> Safe {
    signature(false, name)
}

/// By what whoever wrote something is called.
fn signature(mine: bool, name: &str) -> Safe {
    if mine {
        return "you".into();
    }
    let mut name = safe_text::named(name);
    if name.as_str().eq_ignore_ascii_case("you") {
        name.push(&" (a contact)".into());
    }
    name
}

/// How far a message has come, with the reason if it failed; and to how many, if only some have it.
pub(crate) fn outcome(message: &Message) -> String {
    let word = state_word(message.state);
    if let Some(reason) = &message.reason {
        return format!("{word}: {}", safe_text::line(reason));
    }
    if is_for_nobody(message) {
        return "kept; nobody else was in this room".to_owned();
    }
    let (delivered, people) = (message.delivery.delivered, message.delivery.people);
    if delivered > 0 && delivered < people {
        format!("{word}, delivered to {delivered} of {people}")
    } else {
        word.to_owned()
    }
}

/// Whether an own message is delivered to all whom it is for because that is nobody.
pub(crate) fn is_for_nobody(message: &Message) -> bool {
    message.state == MessageState::Delivered && message.delivery.people == 0
}

/// The word of the contract for a state.
fn state_word(state: MessageState) -> &'static str {
    match state {
        MessageState::Received => "received",
        MessageState::Failed => "failed",
        MessageState::Queued => "queued",
        MessageState::Carried => "carried",
        MessageState::Delivered => "delivered",
        MessageState::Read => "read",
        _ => "unknown",
    }
}

/// The sign for how far an own message has come.
pub(crate) fn state_mark(message: &Message) -> &'static str {
    match message.state {
        MessageState::Failed => "\u{2717}",
        MessageState::Carried => "\u{2197}",
        MessageState::Delivered if is_for_nobody(message) => "\u{b7}",
        MessageState::Delivered => "\u{2713}",
        MessageState::Read => "\u{2713}\u{2713}",
        MessageState::Received | MessageState::Queued => "\u{2026}",
        _ => "?",
    }
}

/// The start of an id.
pub(crate) fn short_id(id: &str) -> String {
    id.chars().take(SHORT_ID_CHARACTERS).collect()
}

/// A day and time for a person, in local time.
pub(crate) fn when(millis: u64) -> String {
    timestamp(millis).map_or_else(
        || "at some time".to_owned(),
        |time| {
            time.to_zoned(TimeZone::system())
                .strftime("%a %-d %b, %H:%M")
                .to_string()
        },
    )
}

fn clock(millis: u64, zone: &TimeZone) -> String {
    timestamp(millis).map_or_else(
        || "--:--".to_owned(),
        |time| time.to_zoned(zone.clone()).strftime("%H:%M").to_string(),
    )
}

/// `None` for what no calendar holds: a peer's clock may show anything.
fn timestamp(millis: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;
    use tidings_node::api::{QUOTE_CHARACTERS_MAX, Quote};

    fn transcript() -> Transcript {
        Transcript {
            paint: Paint::none(),
            columns: None,
            zone: TimeZone::UTC,
            day: None,
            author_columns: AUTHOR_COLUMNS_MIN,
            titles: None,
            texts: OnceLock::new(),
        }
    }

    #[test]
    fn what_was_done_to_a_conversation_is_a_line_without_an_id() {
        let mut transcript = transcript();
        let line = transcript.deed(&sample::left("Cho\u{1b}[7m"));
        assert_eq!(
            line,
            "— Thursday, 1 January 1970 —\n00:00  Cho\\u{1b}[7m left\n"
        );
    }

    #[test]
    fn a_message_shows_its_day_time_author_and_text() {
        let mut transcript = transcript();
        let first = transcript.message(&sample::received("Ben", "hello"));
        assert_eq!(
            first,
            "— Thursday, 1 January 1970 —\n00:00  aaaaaaaa  Ben       hello\n"
        );
        let second = transcript.message(&sample::sent("hi", MessageState::Queued));
        assert_eq!(second, "00:00  aaaaaaaa  you       hi  [queued]\n");
    }

    #[test]
    fn an_own_message_is_whole_however_far_it_has_come() {
        let long = "The quick brown fox jumps over the lazy dog, and goes to bed.\nGood night.";
        let mut message = sample::sent(long, MessageState::Delivered);
        (message.change, message.edited) = (Change::State, true);
        let text = transcript().message(&message);
        let indent = " ".repeat(27);
        let whole = long.replace('\n', &format!("\n{indent}"));
        assert!(
            text.ends_with(&format!("you       {whole} (edited)  [delivered]\n")),
            "{text}"
        );
    }

    #[test]
    fn texts_line_up_whoever_wrote_them() {
        let mut transcript = transcript();
        let most = "x".repeat(AUTHOR_COLUMNS_MAX);
        let far = "y".repeat(AUTHOR_COLUMNS_MAX + 1);
        let names = ["Ben", &most, &far];
        let messages = names.map(|name| sample::received(name, "hello"));
        let at = |transcript: &mut Transcript, message: &Message| {
            let text = transcript.message(message);
            let line = text.lines().last().unwrap();
            line.find("hello").unwrap()
        };
        transcript.line_up(&messages);
        let columns = messages.each_ref().map(|one| at(&mut transcript, one));
        let text = 17 + AUTHOR_COLUMNS_MAX + 2;
        assert_eq!(columns, [text, text, text + 1]);
        transcript.line_up(&messages[..1]);
        assert_eq!(at(&mut transcript, &messages[0]), text, "as further up");
        transcript.author_columns = AUTHOR_COLUMNS_MIN;
        transcript.columns = Some(4 * AUTHOR_COLUMNS_MAX - 4);
        transcript.line_up(&messages);
        assert_eq!(transcript.author_columns, AUTHOR_COLUMNS_MIN);
    }

    #[test]
    fn a_reply_shows_above_it_what_it_answers() {
        let mut message = sample::received("Ben", "Yes.");
        message.reply_to = Some(sample::id('q'));
        let told = |message: &Message| {
            let text = transcript().message(message);
            text.lines().nth(1).map(str::to_owned).unwrap()
        };
        let indent = " ".repeat(17);
        assert_eq!(
            told(&message),
            format!("{indent}\u{21aa} a message that is not here")
        );
        let mut quote = Quote {
            from: message.from.clone(),
            mine: true,
            body: "Are you\nsafe?\u{1b}[2J".to_owned(),
            deleted: false,
        };
        message.quote = Some(quote.clone());
        assert_eq!(
            told(&message),
            format!("{indent}\u{21aa} you: Are you\u{23ce}safe?\\u{{1b}}[2J")
        );
        (quote.mine, quote.body) = (false, "x".repeat(QUOTE_CHARACTERS_MAX));
        message.quote = Some(quote.clone());
        let line = told(&message);
        assert_eq!(safe_text::width(&line), 17 + QUOTE_COLUMNS, "{line}");
        assert!(line.contains("\u{21aa} Ben: xxx") && line.ends_with('\u{2026}'));
        quote.deleted = true;
        message.quote = Some(quote);
        assert!(told(&message).ends_with("Ben: (deleted)"));
        message.deleted = true;
        assert!(!transcript().message(&message).contains('\u{21aa}'));
        message.reason = Some("expired".to_owned());
        let lapsed = transcript().message(&message);
        assert!(
            lapsed.contains("(disappeared before everyone had it)"),
            "{lapsed}"
        );
    }

    #[test]
    fn a_message_in_a_room_says_which_room_where_several_conversations_are_shown() {
        let mut transcript = transcript();
        transcript.set_titles(Titles::new(vec![sample::room('a', "Team")]));
        let text = transcript.message(&sample::received("Ben", "hello"));
        assert!(
            text.ends_with("00:00  aaaaaaaa  Ben → Team  hello\n"),
            "{text}"
        );
        let text = transcript.message(&sample::sent("hi", MessageState::Queued));
        assert_eq!(text, "00:00  aaaaaaaa  you → Team  hi  [queued]\n");
        let mut elsewhere = sample::received("Ben", "hello");
        assert!(!transcript.lacks_title(&elsewhere.conversation));
        elsewhere.conversation = sample::id('b');
        assert!(transcript.lacks_title(&elsewhere.conversation));
        transcript.titles = None;
        assert!(
            !transcript.lacks_title(&elsewhere.conversation),
            "one conversation is shown"
        );
    }

    #[test]
    fn the_most_reactions_are_shown_and_one_more_is_not() {
        let remarks_of = |count: usize| {
            let emojis = ('a'..='z').take(count).map(String::from);
            remarks(&Message {
                reactions: emojis
                    .map(|emoji| (emoji, vec!["Ben".to_owned()]))
                    .collect(),
                ..sample::received("Ben", "hello")
            })
        };
        let most = remarks_of(REACTIONS_SHOWN_MAX);
        assert_eq!(most, " a b c d e f g h i j k l");
        assert_eq!(remarks_of(REACTIONS_SHOWN_MAX + 1), most);
    }

    #[test]
    fn a_message_fits_a_narrow_terminal_with_how_far_it_has_come() {
        let mut transcript = Transcript {
            columns: Some(30),
            ..transcript()
        };
        transcript.message(&sample::received("Ben", "the first of the day"));
        let message = sample::sent("We meet at the ticket-office.", MessageState::Queued);
        let text = transcript.message(&message);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "00:00  aaaaaaaa  you",
                "  We meet at the",
                "  ticket-office.  [queued]"
            ]
        );
    }

    #[test]
    fn a_message_cannot_look_like_the_next_one() {
        let text = transcript().message(&sample::received("Ben", "a\n00:00  bbbbbbbb  Ann  b"));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with(&" ".repeat(27)), "{text}");
    }

    #[test]
    fn a_contact_called_you_is_not_us() {
        assert_eq!(author("You").as_str(), "You (a contact)");
        assert_eq!(author("Ben").as_str(), "Ben");
    }

    #[test]
    fn a_time_no_calendar_holds_is_shown_as_unknown() {
        assert_eq!(clock(u64::MAX, &TimeZone::UTC), "--:--");
        assert_eq!(when(u64::MAX), "at some time");
    }

    #[test]
    fn what_happened_to_a_message_stands_behind_its_text() {
        let mut message = sample::received("Ben", "hello");
        message.edited = true;
        message.pinned = true;
        message.disputed = true;
        let names = |count: usize| vec!["Ann".to_owned(); count];
        let hostile = "\u{1b}[31m".to_owned();
        message.reactions = [("👍".to_owned(), names(2)), (hostile, names(1))].into();
        let text = transcript().message(&message);
        assert!(
            text.contains("hello (edited) (pinned) (disputed: "),
            "{text}"
        );
        assert!(text.contains("👍2") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_message_that_mentions_us_says_so() {
        let mut message = sample::received("Ben", "@Ann");
        assert!(!transcript().message(&message).contains("mentions"));
        message.mentions_me = true;
        let text = transcript().message(&message);
        assert!(text.ends_with("@Ann (mentions you)\n"), "{text}");
    }

    #[test]
    fn a_message_that_will_disappear_says_when() {
        let mut message = sample::received("Ben", "hello");
        message.expires_at = Some(86_400_000);
        let text = transcript().message(&message);
        let told = format!("hello (disappears {})\n", when(86_400_000));
        assert!(text.ends_with(&told), "{text}");
        message.deleted = true;
        assert!(!transcript().message(&message).contains("disappears"));
    }

    #[test]
    fn a_message_that_a_removal_hides_says_so() {
        let mut message = sample::received("Ben", "");
        message.change = Change::Hidden;
        let text = transcript().message(&message);
        assert!(
            text.contains("shown no longer: whoever wrote it had been removed"),
            "{text}"
        );
    }

    #[test]
    fn a_message_that_some_have_says_how_many() {
        let mut message = sample::sent("hi", MessageState::Queued);
        message.delivery.people = 3;
        for (delivered, told) in [(0, "queued"), (2, "queued, delivered to 2 of 3")] {
            message.delivery.delivered = delivered;
            assert_eq!(outcome(&message), told);
        }
        (message.delivery.delivered, message.state) = (3, MessageState::Delivered);
        assert_eq!(outcome(&message), "delivered");
        assert_eq!(state_mark(&message), "\u{2713}");
    }

    #[test]
    fn what_is_for_nobody_is_kept_and_never_called_delivered() {
        let mut message = sample::sent("hi", MessageState::Delivered);
        assert!(!is_for_nobody(&message));
        message.delivery.people = 0;
        assert!(is_for_nobody(&message));
        assert_eq!(outcome(&message), "kept; nobody else was in this room");
        assert_eq!(state_mark(&message), "\u{b7}");
        message.state = MessageState::Failed;
        assert_eq!(outcome(&message), "failed");
    }

    #[test]
    fn a_failure_says_why() {
        let mut message = sample::sent("hi", MessageState::Failed);
        message.reason = Some("cancelled".to_owned());
        assert_eq!(outcome(&message), "failed: cancelled");
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        use crate::safe_text::corpus;

        corpus::walk(|text| {
            let message = sample::saying_only(text);
            let mut own = sample::sent(text, MessageState::Failed);
            own.reason = Some(text.to_owned());
            let mut out = String::new();
            for columns in [None, Some(30)] {
                let mut transcript = Transcript {
                    columns,
                    titles: Some(Titles::new(vec![sample::room('a', text)])),
                    ..transcript()
                };
                transcript.line_up(std::slice::from_ref(&message));
                out += &transcript.message(&message);
                out += &transcript.message(&own);
            }
            out
        });
    }
}
