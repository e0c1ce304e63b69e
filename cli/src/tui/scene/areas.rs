//! Which part of the screen is where.

use ratatui::layout::Rect;

use super::{transfer, writing};
use crate::chat::Place;
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::{self, Focus, Size, State};
use crate::tui::theme::Face;

/// Columns of the list where there is room.
const LIST_COLUMNS: u16 = 26;

/// Columns of the list on a usual terminal.
const LIST_COLUMNS_NARROW: u16 = 20;

/// Columns from which on the list is wide.
const WIDE_COLUMNS: u16 = 100;

/// Columns from which on the list and the messages are side by side.
const SPLIT_COLUMNS: u16 = 60;

/// Columns and rows below which nothing can be read, and nothing is shown.
const LEAST: Size = Size {
    columns: 20,
    rows: 5,
};

/// Rows that the text being written may take: this part of the screen.
const COMPOSER_PART: u16 = 3;

/// Rows that what is said for a while may take.
const SAID_ROWS: usize = 3;

/// Rows of a screen on which it takes more than one.
const SAID_SCREEN_ROWS: u16 = 10;

/// See the module. What there is no room for is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::tui) struct Areas {
    /// The first row: what is open, and how others are reached.
    pub(in crate::tui) header: Rect,
    /// The conversations.
    pub(in crate::tui) list: Rect,
    /// The column between them and the messages.
    pub(in crate::tui) rule: Rect,
    /// The messages.
    pub(in crate::tui) messages: Rect,
    /// The row above what is written: what that is to become, who types.
    pub(in crate::tui) above: Rect,
    /// What is written.
    pub(in crate::tui) composer: Rect,
    /// The last rows: toasts, or one of keys.
    pub(in crate::tui) footer: Rect,
}

/// Where the parts are.
pub(in crate::tui) fn areas(state: &State) -> Areas {
    let Size { columns, rows } = state.size;
    let written = |columns: u16| {
        let composer = state.composer();
        let needed = composer.map_or(1, |composer| {
            writing::written(composer.buffer(), columns).0.len()
        });
        let most = (rows / COMPOSER_PART).max(1);
        u16::try_from(needed).unwrap_or(most).clamp(1, most)
    };
    let header = Rect::new(0, 0, columns, rows.min(1));
    let footer_rows = u16::try_from(last_rows(state).len()).unwrap_or(1).max(1);
    let footer_rows = footer_rows.min(rows.saturating_sub(1));
    let footer = Rect::new(0, rows.saturating_sub(footer_rows), columns, footer_rows);
    let middle = rows.saturating_sub(1 + footer_rows);
    let (list, rule, main) = split(state, columns, middle);
    if main.width == 0 {
        return Areas {
            header,
            list,
            rule,
            footer,
            ..Areas::default()
        };
    }
    let composer_rows = written(main.width).min(middle);
    let above_rows = u16::from(middle > composer_rows);
    let message_rows = middle.saturating_sub(composer_rows + above_rows);
    let at = |y: u16, height: u16| Rect::new(main.x, main.y + y, main.width, height);
    Areas {
        header,
        list,
        rule,
        messages: at(0, message_rows),
        above: at(message_rows, above_rows),
        composer: at(message_rows + above_rows, composer_rows),
        footer,
    }
}

/// What is said in the last rows in place of keys, and what is being written and taken. Where nothing is said, that takes no
/// row from the messages: it is in the row of the keys.
pub(in crate::tui) fn last_rows(state: &State) -> Vec<Line> {
    let mut rows = said_rows(state);
    if rows.is_empty() || state.size.rows >= SAID_SCREEN_ROWS {
        rows.extend(transfer::running(state));
    }
    rows
}

/// What is said in the last rows in place of keys, in rows: why everything is over, or what is said for a while.
pub(in crate::tui) fn said_rows(state: &State) -> Vec<Line> {
    let (words, face) = match (&state.ended, &state.toast) {
        (Some(why), _) => (state.texts.ended(why), Face::Trouble),
        (None, Some(toast)) if toast.is_trouble => (toast.text.clone(), Face::Trouble),
        (None, Some(toast)) => (toast.text.clone(), Face::Good),
        (None, None) => return Vec::new(),
    };
    let room = usize::from(state.size.columns).max(1);
    if state.size.rows < SAID_SCREEN_ROWS {
        return vec![Line::of(words.truncated(room), face)];
    }
    let mut rows = words.rows(room, room);
    if rows.len() > SAID_ROWS {
        let rest = rows.split_off(SAID_ROWS - 1);
        let mut last = Safe::default();
        for row in &rest {
            last.push(row);
            last.push(&" ".into());
        }
        rows.push(last.truncated(room));
    }
    rows.into_iter().map(|row| Line::of(row, face)).collect()
}

/// The list, the column beside it, and the rest; one of the two alone where they have no room.
fn split(state: &State, columns: u16, rows: u16) -> (Rect, Rect, Rect) {
    let part = |x: u16, width: u16| Rect::new(x, 1, width, rows);
    let none = Rect::default();
    if columns >= SPLIT_COLUMNS {
        let width = if columns >= WIDE_COLUMNS {
            LIST_COLUMNS
        } else {
            LIST_COLUMNS_NARROW
        };
        let main = width + 1;
        return (part(0, width), part(width, 1), part(main, columns - main));
    }
    if state.open.is_none() || state.focus == Focus::List {
        (part(0, columns), none, none)
    } else {
        (none, none, part(0, columns))
    }
}

/// The conversations in so many rows of the list; where there are more of them, so that the one that the keys are at, or
/// that is open, is among them.
pub(in crate::tui) fn listed(state: &State, height: usize) -> Vec<Place> {
    let open = state.open_place();
    let wanted = if state.focus == Focus::List {
        state.chosen
    } else {
        open
    };
    let at = state::listed(state).position(|place| Some(place) == wanted);
    let first = at.map_or(0, |at| (at + 1).saturating_sub(height));
    state::listed(state).skip(first).take(height).collect()
}

/// Whether nothing is shown for want of room.
pub(in crate::tui) const fn is_too_small(size: Size) -> bool {
    size.columns < LEAST.columns || size.rows < LEAST.rows
}
