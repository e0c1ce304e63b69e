//! A row of what a search found: when, where and by whom, and of the text the part that was looked for.

use tidings_node::api::Message;
use unicode_segmentation::UnicodeSegmentation;

use super::content::found_line;
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::State;
use crate::tui::theme::Role;

/// Columns from which on there is room to say more than the day and who wrote it.
const WIDE_COLUMNS: usize = 56;

/// Columns of a conversation's title, and of a name.
const NAME_COLUMNS: usize = 10;

/// The part of a row's text that may stand before what was looked for.
const BEFORE_PART: usize = 4;

/// The row of a message that a query found.
pub(super) fn line(state: &State, message: &Message, query: &str, width: usize) -> Line {
    if width < WIDE_COLUMNS {
        return found_line(state, message, width);
    }
    let texts = &state.texts;
    let who = if message.mine {
        texts.you()
    } else {
        texts.author(&message.from.name)
    };
    let mut all = state.conversations.iter();
    let conversation = all.find(|one| one.id == message.conversation);
    let place = conversation.and_then(|one| state.place(one));
    let title = place.map_or_else(Safe::default, |place| state.title(place));
    let column = |text: Safe| text.truncated(NAME_COLUMNS).padded(NAME_COLUMNS);
    let line = Line::of(state.clock.moment(message.sent_at), Role::Faint)
        .with(" ", Role::Text)
        .with(column(title), Role::Faint)
        .with(" ", Role::Text)
        .with(column(who), Role::Author)
        .with(" ", Role::Text);
    let room = width.saturating_sub(line.width());
    let part = part(&message.body, query, room);
    line.with(part, Role::Text).cut(width)
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

/// Where the first word of a query that is in a text ends there. What says who or when is no word.
fn found(body: &str, query: &str) -> Option<usize> {
    let words = query.split_whitespace().filter(|word| !word.contains(':'));
    let words = words.map(|word| word.replace('"', "").to_lowercase());
    words
        .filter(|word| !word.is_empty())
        .find_map(|word| end_of(body, &word))
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
    fn a_word_is_found_to_the_end_of_a_text_and_in_any_writing() {
        assert_eq!(end_of("ab", "ab"), Some(2));
        assert_eq!(end_of("ab", "abc"), None);
        assert_eq!(end_of("다리 아래에서", "아래"), Some("다리 아래".len()));
    }
}
