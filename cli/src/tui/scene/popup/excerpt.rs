//! A row of a message in front: when, where and by whom it was written, and of its text the part that was looked for.

use tidings_node::api::Message;
use unicode_segmentation::UnicodeSegmentation;

use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// Columns from which on there is room to say more than the day and who wrote it.
const WIDE_COLUMNS: usize = 56;

/// Columns of a conversation's title, and of a name.
const NAME_COLUMNS: usize = 10;

/// Columns of a name in a row that says neither the time nor the conversation.
const SHORT_NAME_COLUMNS: usize = 12;

/// The same, where there is little room.
const NARROW_NAME_COLUMNS: usize = 8;

/// The part of a row's text that may stand before what was looked for.
const BEFORE_PART: usize = 4;

/// The row of a message that a query found.
pub(super) fn line(state: &State, message: &Message, query: &str, width: usize) -> Line {
    if width < WIDE_COLUMNS {
        let line = day_and_author(state, message, width);
        let part = part(&message.body, query, width.saturating_sub(line.width()));
        return line.with(part, Face::Text).cut(width);
    }
    let texts = &state.texts;
    let who = if message.mine {
        texts.you()
    } else {
        texts.author(&message.from.name)
    };
    let place = state.book.place(message.conversation);
    let title = place.map_or_else(Safe::default, |place| state.title(place));
    let column = |text: Safe| text.truncated(NAME_COLUMNS).padded(NAME_COLUMNS);
    let line = Line::of(state.clock.moment(message.sent_at), Face::Faint)
        .with(" ", Face::Text)
        .with(column(title), Face::Faint)
        .with(" ", Face::Text)
        .with(column(who), Face::Author)
        .with(" ", Face::Text);
    let room = width.saturating_sub(line.width());
    let part = part(&message.body, query, room);
    line.with(part, Face::Text).cut(width)
}

/// The row of a message: the day, who wrote it, and the start of its text.
pub(super) fn short(state: &State, message: &Message, width: usize) -> Line {
    day_and_author(state, message, width)
        .with(Safe::line(&message.body), Face::Text)
        .cut(width)
}

fn day_and_author(state: &State, message: &Message, width: usize) -> Line {
    let texts = &state.texts;
    let who = if message.mine {
        texts.you()
    } else {
        texts.author(&message.from.name)
    };
    let day = state.clock.day(message.sent_at);
    let (format, name) = if width < WIDE_COLUMNS {
        ("%m-%d", NARROW_NAME_COLUMNS)
    } else {
        ("%Y-%m-%d", SHORT_NAME_COLUMNS)
    };
    let day = day.map_or_else(Safe::default, |day| {
        Safe::line(&day.strftime(format).to_string())
    });
    Line::of(day, Face::Faint)
        .with(" ", Face::Text)
        .with(who.truncated(name).padded(name), Face::Author)
        .with(" ", Face::Text)
}

/// The part of a text in which a word of a query is, for so many columns.
fn part(body: &str, query: &str, room: usize) -> Safe {
    let Some(end) = found(body, query) else {
        return Safe::line(body);
    };
    let before = body.get(..end).unwrap_or_default();
    if Safe::line(before).width() < room {
        return Safe::line(body);
    }
    let clusters = before.graphemes(true).rev().take(room / BEFORE_PART);
    let kept: usize = clusters.map(str::len).sum();
    let mut part: Safe = "\u{2026}".into();
    part.push(&Safe::line(
        body.get(end.saturating_sub(kept)..).unwrap_or_default(),
    ));
    part
}

/// Where a phrase or else a word of a query first ends in a text, the longest that is in it. What says who or when is none.
pub(in crate::tui::scene) fn found(body: &str, query: &str) -> Option<usize> {
    let mut pieces: Vec<String> = Vec::new();
    for (number, part) in query.to_lowercase().split('"').enumerate() {
        if number % 2 == 1 {
            pieces.push(part.trim().to_owned());
        } else {
            let words = part.split_whitespace();
            let words = words.filter(|word| !word.contains(':'));
            pieces.extend(words.map(str::to_owned));
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    pieces.iter().find_map(|piece| end_of(body, piece))
}

/// Where a word in small letters ends in a text, whatever its letters are there.
fn end_of(body: &str, word: &str) -> Option<usize> {
    body.char_indices().find_map(|(start, _)| {
        let mut wanted = word.chars();
        let rest = body.get(start..)?;
        for (at, character) in rest.char_indices() {
            if wanted.as_str().is_empty() {
                return Some(start + at);
            }
            if !character
                .to_lowercase()
                .all(|small| wanted.next() == Some(small))
            {
                return None;
            }
        }
        wanted.as_str().is_empty().then_some(body.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_text_the_part_is_shown_in_which_a_word_is() {
        let body = format!("{} the Tickets are here", "on and on ".repeat(20));
        let shown = part(&body, "from:Ben \"tickets\"", 30).truncated(30);
        assert!(shown.as_str().starts_with('\u{2026}'), "{shown}");
        assert!(shown.as_str().contains("Tickets are"), "{shown}");
    }

    #[test]
    fn a_text_whose_word_is_seen_begins_with_its_start() {
        assert_eq!(part("the tickets", "tickets", 30).as_str(), "the tickets");
        assert_eq!(part("the tickets", "in:Team", 30).as_str(), "the tickets");
        assert_eq!(part("the tickets", "cars", 30).as_str(), "the tickets");
    }

    #[test]
    fn a_phrase_is_found_as_a_whole_and_before_any_word() {
        let body = "bread, and the blue bread";
        assert_eq!(found(body, "\"Blue bread\" the"), Some(body.len()));
        assert_eq!(found(body, "\"blue cheese\" bread"), Some("bread".len()));
        assert_eq!(found(body, "from:\"Ben Kim\" in:bread"), None);
        assert_eq!(found(body, "\"\" \""), None);
    }

    #[test]
    fn a_word_is_found_to_the_end_of_a_text_and_in_any_writing() {
        assert_eq!(end_of("ab", "ab"), Some(2));
        assert_eq!(end_of("ab", "abc"), None);
        assert_eq!(end_of("다리 아래에서", "아래"), Some("다리 아래".len()));
    }
}
