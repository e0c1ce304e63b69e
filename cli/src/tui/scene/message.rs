//! The rows of one message: what stands above it, who wrote it and when, its text, and what is said of it.
//!
//! Invariants
//! - The line where the day changes, and the one where new messages begin, are rows of what stands below them: so a place
//!   on the screen is always a row of something that stands in the conversation.
//! - No row but the first of a text begins further left than the text: a text cannot look like
//!   another message.

use tidings_node::api::{Change, Message, MessageState};

use super::Wide;
use crate::chat::Item;
use crate::output;
use crate::safe_text::Safe;
use crate::texts::{Saying, Texts};
use crate::tui::clock::Clock;
use crate::tui::line::Line;
use crate::tui::theme::Face;

/// Before the first row of the message that actions are about.
const SELECTED_MARK: &str = "\u{25b8} ";

/// Before the first row of a message whose author is named above another one.
const NEXT_MARK: &str = "\u{00b7} ";

/// Columns before a text.
const INDENT: usize = 2;

/// Columns that a text has at least.
const TEXT_COLUMNS_MIN: usize = 8;

/// How much later a message of the same person names them again, in milliseconds.
const NAMED_AGAIN_MILLIS: u64 = 5 * 60 * 1_000;

/// Different reactions that are shown.
const REACTIONS_SHOWN_MAX: usize = 12;

/// Columns of one reaction.
const REACTION_COLUMNS_MAX: usize = 8;

/// What a message is shown with.
#[derive(Debug, Clone, Copy)]
pub(in crate::tui) struct Context<'a> {
    /// The words.
    pub(in crate::tui) texts: &'a Texts,
    /// What time it is.
    pub(in crate::tui) clock: &'a Clock,
    /// How wide the rows are.
    pub(in crate::tui) wide: Wide,
    /// Whether it is the first of those that were not read.
    pub(in crate::tui) is_first_unread: bool,
    /// Whether actions are about it.
    pub(in crate::tui) is_selected: bool,
}

/// The rows of a message that stands below something else.
pub(in crate::tui) fn rows(
    message: &Message,
    above: Option<&Item>,
    context: Context<'_>,
) -> Vec<Line> {
    let (mut rows, is_named) = heading(message, above, context);
    let quoted = quote(message, context).into_iter();
    let mut texts: Vec<Line> = quoted.chain(body(message, context)).collect();
    let mark = match (context.is_selected, is_named) {
        (true, _) => Some((SELECTED_MARK, Face::Own)),
        (false, false) => Some((NEXT_MARK, Face::Faint)),
        (false, true) => None,
    };
    if let (Some(first), Some((mark, face))) = (texts.first_mut(), mark) {
        *first = std::mem::take(first).marked(mark, face);
    }
    let tail = tail(message, context);
    let room = context.wide.columns();
    match texts.last_mut() {
        Some(last) if tail.width() > 0 && last.width() + tail.width() <= room => {
            *last = std::mem::take(last).then(tail);
        }
        _ if tail.width() > 0 => {
            texts.extend(wrapped(&tail, room));
        }
        _ => {}
    }
    rows.extend(texts);
    rows
}

/// In which of its rows a text has come to the word that ends behind so many of its bytes.
pub(in crate::tui) fn row_of(
    message: &Message,
    above: Option<&Item>,
    context: Context<'_>,
    end: usize,
) -> usize {
    // A row is broken by what is before its end alone, as far as words are whole.
    let rest = message.body.get(end..).unwrap_or_default();
    let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let begun = Message {
        body: message
            .body
            .get(..end + word)
            .unwrap_or_default()
            .to_owned(),
        ..message.clone()
    };
    let (heading, _) = heading(message, above, context);
    let quoted = usize::from(quote(message, context).is_some());
    (heading.len() + quoted + body(&begun, context).len()).saturating_sub(1)
}

/// What stands above its text, and whether that says who wrote it.
fn heading(message: &Message, above: Option<&Item>, context: Context<'_>) -> (Vec<Line>, bool) {
    let mut rows = separators(message.sent_at, above, context);
    let is_named = !rows.is_empty() || !is_named_above(message, above);
    if is_named {
        rows.push(head(message, context));
    }
    (rows, is_named)
}

/// Lines above what was written or done at this time, where the day changes and where new messages begin.
pub(super) fn separators(at: u64, above: Option<&Item>, context: Context<'_>) -> Vec<Line> {
    let mut rows = Vec::new();
    let day = context.clock.day(at);
    if let Some(day) = day
        && above.is_none_or(|above| context.clock.day(above.at()) != Some(day))
    {
        let words = context.texts.day(day, context.clock.today());
        rows.push(context.wide.centred(&words, Face::Faint));
    }
    if context.is_first_unread {
        rows.push(
            context
                .wide
                .centred(&context.texts.new_messages(), Face::Attention),
        );
    }
    rows
}

/// Whether the rows above say already who wrote it and when.
fn is_named_above(message: &Message, above: Option<&Item>) -> bool {
    above.and_then(Item::message).is_some_and(|above| {
        above.from.person == message.from.person
            && message.sent_at.abs_diff(above.sent_at) < NAMED_AGAIN_MILLIS
    })
}

/// Who wrote it and when.
fn head(message: &Message, context: Context<'_>) -> Line {
    let name = context.texts.by(message.mine, &message.from.name);
    let face = if message.mine {
        Face::Own
    } else {
        Face::Author
    };
    let time = Safe::line(&format!("  {}", context.clock.time(message.sent_at)));
    Line::of(name, face).with(time, Face::Faint)
}

/// What it answers.
fn quote(message: &Message, context: Context<'_>) -> Option<Line> {
    if message.reply_to.is_none() || message.deleted || message.change == Change::Hidden {
        return None;
    }
    let texts = context.texts;
    let quoted = match &message.quote {
        None => texts.answers_missing(),
        Some(quote) => {
            let who = texts.by(quote.mine, &quote.from.name);
            let said = if quote.deleted {
                texts.deleted()
            } else {
                Safe::line(&quote.body)
            };
            texts.answers(&who, &said)
        }
    };
    let room = context
        .wide
        .columns()
        .saturating_sub(INDENT)
        .max(TEXT_COLUMNS_MIN);
    Some(Line::of(quoted.truncated(room), Face::Faint).indented(INDENT))
}

/// Its text, or what stands in its place.
fn body(message: &Message, context: Context<'_>) -> Vec<Line> {
    let texts = context.texts;
    let (lines, face) = match texts.instead(message) {
        Some(words) => (vec![words], Face::Faint),
        None => (Safe::lines(&message.body), Face::Text),
    };
    let face = if context.is_selected {
        Face::Selected
    } else {
        face
    };
    let room = context
        .wide
        .columns()
        .saturating_sub(INDENT)
        .max(TEXT_COLUMNS_MIN);
    lines
        .iter()
        .flat_map(|line| line.rows(room, room))
        .map(|row| Line::of(row, face).indented(INDENT))
        .collect()
}

/// What is said of it behind its text.
fn tail(message: &Message, context: Context<'_>) -> Line {
    let texts = context.texts;
    let mut tail = Line::default();
    let is_edited = message.edited && !message.deleted;
    // Words are made only where they are said: every row that is looked at comes by here.
    let remarks: [(bool, Saying, Face); 5] = [
        (is_edited, Texts::edited, Face::Faint),
        (message.pinned, Texts::pinned, Face::Faint),
        (message.urgent, Texts::urgent, Face::Faint),
        (message.disputed, Texts::disputed, Face::Trouble),
        (message.mentions_me, Texts::mentions_you, Face::Attention),
    ];
    for (_, words, face) in remarks.into_iter().filter(|(holds, ..)| *holds) {
        tail = tail.with("  ", Face::Text).with(words(texts), face);
    }
    if let Some(then) = message.expires_at.filter(|_| !message.deleted) {
        let left = then.saturating_sub(context.clock.now());
        tail = tail
            .with("  ", Face::Text)
            .with(texts.disappears_in(left), Face::Faint);
    }
    for (emoji, names) in message.reactions.iter().take(REACTIONS_SHOWN_MAX) {
        let emoji = Safe::line(emoji).truncated(REACTION_COLUMNS_MAX);
        let count = if names.len() > 1 {
            Safe::line(&names.len().to_string())
        } else {
            Safe::default()
        };
        tail = tail
            .with("  ", Face::Text)
            .with(emoji, Face::Text)
            .with(count, Face::Faint);
    }
    if message.mine && !message.deleted {
        tail = tail.with("  ", Face::Text).then(state(message, texts));
    }
    tail
}

/// How far an own message has come: a mark and a word.
pub(in crate::tui) fn state(message: &Message, texts: &Texts) -> Line {
    if output::is_for_nobody(message) {
        return Line::of("\u{00b7} ", Face::Faint).with(texts.for_nobody(), Face::Faint);
    }
    let line = reached(message.state, message.reason.as_deref(), texts);
    let face = line.pieces().last().map_or(Face::Faint, |(_, face)| *face);
    let (reached, people) = (message.delivery.delivered, message.delivery.people);
    if reached > 0 && reached < people && people > 1 {
        line.with(" ", face)
            .with(texts.reached_of(reached, people), face)
    } else {
        line
    }
}

/// A mark and a word for how far something has come.
pub(in crate::tui) fn reached(state: MessageState, reason: Option<&str>, texts: &Texts) -> Line {
    let (mark, words, face) = match state {
        MessageState::Failed => ("\u{2717} ", texts.failed(reason), Face::Trouble),
        MessageState::Carried => ("\u{2197} ", texts.carried(), Face::Faint),
        MessageState::Delivered => ("\u{2713} ", texts.delivered(), Face::Faint),
        MessageState::Read => ("\u{2713}\u{2713} ", texts.read(), Face::Good),
        MessageState::Queued => ("\u{00b7} ", texts.queued(), Face::Faint),
        MessageState::Received | _ => ("", Safe::default(), Face::Faint),
    };
    Line::of(mark, face).with(words, face)
}

/// A row that is too long, as rows under the text.
fn wrapped(line: &Line, room: usize) -> Vec<Line> {
    let mut rows = vec![Line::default()];
    let widest = room.saturating_sub(INDENT).max(TEXT_COLUMNS_MIN);
    let pieces = line.pieces().iter().flat_map(|(piece, face)| {
        let is_blank = piece.as_str().trim().is_empty();
        let rows = if is_blank {
            vec![piece.clone()]
        } else {
            piece.rows(widest, widest)
        };
        rows.into_iter().map(|row| (row, *face))
    });
    for (piece, face) in pieces {
        let is_blank = piece.as_str().trim().is_empty();
        let fits = rows
            .last()
            .is_some_and(|row| INDENT + row.width() + piece.width() <= room);
        if !fits && !is_blank {
            rows.push(Line::default());
        }
        if let Some(row) = rows.last_mut()
            && !(is_blank && row.width() == 0)
        {
            *row = std::mem::take(row).with(piece, face);
        }
    }
    rows.retain(|row| row.width() > 0);
    let rows = rows.into_iter();
    rows.map(|row| {
        row.cut(room.saturating_sub(INDENT).max(TEXT_COLUMNS_MIN))
            .indented(INDENT)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::output::sample;
    use crate::texts::Language;

    fn text(message: &Message) -> String {
        let texts = Texts::of(Language::English);
        let clock = Clock::at(0, TimeZone::UTC);
        let context = Context {
            texts: &texts,
            clock: &clock,
            wide: Wide::of(200),
            is_first_unread: false,
            is_selected: false,
        };
        let rows = rows(message, None, context);
        let rows: Vec<String> = rows.iter().map(Line::text).collect();
        rows.join("\n")
    }

    #[test]
    fn what_is_said_behind_a_text_is_whole_where_there_is_little_room() {
        let texts = Texts::of(Language::English);
        let clock = Clock::at(0, TimeZone::UTC);
        let context = Context {
            texts: &texts,
            clock: &clock,
            wide: Wide::of(24),
            is_first_unread: false,
            is_selected: false,
        };
        let mut message = sample::received("Ben", "hello");
        message.disputed = true;
        let rows = rows(&message, None, context);
        assert!(rows.iter().all(|row| row.width() <= 24), "{rows:?}");
        let rows: Vec<String> = rows
            .iter()
            .map(|row| row.text().trim().to_owned())
            .collect();
        assert!(
            rows.join(" ").contains(texts.disputed().as_str()),
            "{rows:?}"
        );
    }

    #[test]
    fn what_is_for_nobody_is_kept_and_never_called_delivered() {
        let mut message = sample::sent("hi", MessageState::Delivered);
        let texts = Texts::of(Language::English);
        let is_delivered = |message: &Message| text(message).contains(texts.delivered().as_str());
        assert!(is_delivered(&message));
        message.delivery.people = 0;
        assert!(!is_delivered(&message));
        assert!(text(&message).ends_with("\u{b7} kept; nobody else was in this room"));
    }

    #[test]
    fn the_most_reactions_are_shown_and_not_one_more() {
        for count in [REACTIONS_SHOWN_MAX, REACTIONS_SHOWN_MAX + 1] {
            let mut message = sample::received("Ben", "hello");
            let reactions = (0..count).map(|one| (format!("+{one}"), vec!["Ann".to_owned()]));
            message.reactions = reactions.collect();
            assert_eq!(text(&message).matches('+').count(), REACTIONS_SHOWN_MAX);
        }
    }

    #[test]
    fn a_reaction_of_the_most_columns_is_whole_and_one_column_more_is_cut() {
        for (columns, is_whole) in [
            (REACTION_COLUMNS_MAX, true),
            (REACTION_COLUMNS_MAX + 1, false),
        ] {
            let mut message = sample::received("Ben", "hello");
            let reaction = "x".repeat(columns);
            message.reactions = [(reaction.clone(), vec!["Ann".to_owned()])].into();
            assert_eq!(text(&message).contains(&reaction), is_whole);
        }
    }
}
