//! What is written, and the row above it.

use ratatui::layout::Position;
use tidings_node::api::{ContactState, Standing};

use super::header;
use crate::chat::{Action, Place};
use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::composer::{Composer, Target};
use crate::tui::line::{HINTS_APART, Line};
use crate::tui::scene::{self, Areas};
use crate::tui::state::{Focus, State};
use crate::tui::theme::Face;

/// Columns of the text that is answered.
const ANSWERED_COLUMNS: usize = 30;

/// What stands for how a conversation is set where that has no room.
const MORE: &str = " \u{2026}";

/// Columns of it.
const MORE_COLUMNS: usize = 2;

/// Draws it; where its cursor is.
pub(super) fn draw(state: &State, areas: &Areas, canvas: &mut Canvas<'_>) -> Option<Position> {
    let (above, area) = (areas.above, areas.composer);
    let composer = state.composer()?;
    let has_keys = state.focus == Focus::Composer && state.popup.is_none();
    let mark = if has_keys { "\u{25b8} " } else { "  " };
    let line = Line::of(mark, Face::Own).then(said_above(state, composer));
    let settings = header::left_out(state, areas);
    let line = with_settings(line, settings, usize::from(above.width));
    canvas.row(above, 0, &line);
    let (rows, (row, column)) = scene::written(composer.buffer(), area.width);
    let height = usize::from(area.height);
    let first = (row + 1).saturating_sub(height);
    for (number, shown) in rows.iter().skip(first).take(height).enumerate() {
        canvas.row(area, number, &Line::of(shown.text.clone(), Face::Text));
    }
    let y = area
        .y
        .checked_add(u16::try_from(row.checked_sub(first)?).ok()?)?;
    let x = area.x.checked_add(u16::try_from(column).ok()?)?;
    area.contains(Position { x, y })
        .then_some(Position { x, y })
}

/// The row with how the conversation is set, as far as that has no room elsewhere: each whole, and a sign in place of what has
/// none here either.
fn with_settings(mut line: Line, settings: Vec<(Safe, Face)>, columns: usize) -> Line {
    let mut left = settings.len();
    for (words, face) in settings {
        left = left.saturating_sub(1);
        let behind = if left > 0 { MORE_COLUMNS } else { 0 };
        if line.width() + HINTS_APART.len() + words.width() + behind > columns {
            let room = columns.saturating_sub(MORE_COLUMNS);
            let has_room = line.width() <= room;
            return if has_room {
                line.with(MORE, Face::Faint)
            } else {
                line.cut(room)
            };
        }
        line = line.with(HINTS_APART, Face::Text).with(words, face);
    }
    line.cut(columns)
}

/// What the text is to become, or why it goes to nobody; and who types.
fn said_above(state: &State, composer: &Composer) -> Line {
    let texts = &state.texts;
    let Some(pane) = &state.open else {
        return Line::default();
    };
    let face = if state.focus == Focus::Composer {
        Face::Own
    } else {
        Face::Faint
    };
    let line = standing(state, pane.place).unwrap_or_else(|| match composer.target() {
        Target::Edit(_) => Line::of(texts.editing(), Face::Attention),
        Target::Reply(id) => {
            let words = pane.window.message(id).map_or_else(
                || texts.answering_missing(),
                |message| {
                    let said = Safe::line(&message.body).truncated(ANSWERED_COLUMNS);
                    if message.mine {
                        texts.answering_own(&said)
                    } else {
                        texts.answering(&texts.author(&message.from.name), &said)
                    }
                },
            );
            Line::of(words, Face::Attention)
        }
        Target::New if composer.is_recalled() => Line::of(texts.recalled(), Face::Attention),
        Target::New => {
            let title = state.title(pane.place);
            let words = match pane.place {
                Place::Person(_) => texts.writing_to(&title),
                Place::Room(_) => texts.writing_in(&title),
            };
            Line::of(words, face)
        }
    });
    let names = typists(state);
    if names.is_empty() {
        return line;
    }
    let mut all = Safe::default();
    for (number, name) in names.iter().enumerate() {
        if number > 0 {
            all.push(&", ".into());
        }
        all.push(name);
    }
    line.with("  ", Face::Text)
        .with(texts.typing(&all), Face::Good)
}

/// Why what is written there goes to nobody, or not yet; nothing where it goes.
fn standing(state: &State, place: Place) -> Option<Line> {
    let texts = &state.texts;
    let keys = |action| Safe::line(&state.keys_of(action));
    match state.conversation(place).map(|known| known.standing) {
        Some(Standing::Invited) => {
            let words = texts.invited_keys(&keys(Action::AcceptRoom), &keys(Action::Leave));
            return Some(Line::of(words, Face::Attention));
        }
        Some(Standing::Left | Standing::Removed) => {
            return Some(Line::of(texts.room_left(), Face::Attention));
        }
        Some(Standing::Joined | _) | None => {}
    }
    let contact = state.contact(place)?;
    let words = match contact.state {
        ContactState::Blocked => texts.contact_blocked(&keys(Action::Block)),
        ContactState::Suspended => {
            let (why, _) = scene::standing(state, contact);
            texts.contact_held_off(&why, &keys(Action::Verify))
        }
        ContactState::Active | ContactState::Pending | _ => return None,
    };
    Some(Line::of(words, Face::Trouble))
}

fn typists(state: &State) -> Vec<Safe> {
    let open = state
        .open
        .as_ref()
        .and_then(|open| state.conversation(open.place));
    let Some(conversation) = open else {
        return Vec::new();
    };
    let typing = state.book.typing(conversation.id);
    typing
        .map(|author| state.texts.author(&author.name))
        .collect()
}
