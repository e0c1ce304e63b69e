//! Which rows of the open conversation are on the screen.

use tidings_node::OperationId;

use super::message::{Context, row_of, rows};
use super::popup::found;
use super::{Wide, areas, deed};
use crate::chat::Item;
use crate::texts::Texts;
use crate::tui::clock::Clock;
use crate::tui::line::Line;
use crate::tui::state::{Beyond, Pane, Scroll, Side, State};

/// A row of a message, or of what was done between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct PaneRow {
    /// Whose.
    pub(in crate::tui) message: OperationId,
    /// Which of its rows.
    pub(in crate::tui) row: usize,
    /// Whether it is its last.
    pub(in crate::tui) is_last: bool,
    /// What it shows.
    pub(in crate::tui) line: Line,
}

/// What rows are made with.
#[derive(Debug, Clone, Copy)]
pub(in crate::tui) struct Walk<'a> {
    /// The conversation.
    pub(in crate::tui) pane: &'a Pane,
    /// Where in it the screen is.
    pub(in crate::tui) scroll: Scroll,
    /// The words.
    pub(in crate::tui) texts: &'a Texts,
    /// What time it is.
    pub(in crate::tui) clock: &'a Clock,
    /// How wide the rows are.
    pub(in crate::tui) wide: Wide,
}

/// What the rows of the open conversation are made with; nothing if none is open.
pub(in crate::tui) fn walk(state: &State) -> Option<Walk<'_>> {
    let pane = state.open.as_ref()?;
    Some(Walk {
        pane,
        scroll: pane.scroll,
        texts: &state.texts,
        clock: &state.clock,
        wide: Wide::of(areas(state).messages.width),
    })
}

impl Walk<'_> {
    /// The rows of what stands at a place.
    fn rows(self, place: usize) -> Vec<Line> {
        match self.shown(place) {
            Some((Item::Message(message), above, context)) => rows(message, above, context),
            Some((Item::Deed(deed), above, context)) => deed::rows(deed, above, context),
            None => Vec::new(),
        }
    }

    /// The row of the message at a place in which what was looked for is; nothing where nothing was, or it is not in its
    /// text as it stands there.
    fn sought(self, place: usize) -> Option<usize> {
        let (item, above, context) = self.shown(place)?;
        let message = item.message()?;
        let sought = self.pane.sought.as_ref();
        let (_, query) = sought.filter(|(of, _)| *of == message.id)?;
        let end = found(&message.body, query)?;
        Some(row_of(message, above, context, end))
    }

    /// What stands at a place, what is above it, and what it is shown with.
    fn shown(&self, place: usize) -> Option<(&Item, Option<&Item>, Context<'_>)> {
        let window = &self.pane.window;
        let item = window.at(place)?;
        let above = place.checked_sub(1).and_then(|above| window.at(above));
        let context = Context {
            texts: self.texts,
            clock: self.clock,
            wide: self.wide,
            is_first_unread: self.pane.divider == Some(item.id()),
            is_selected: self.pane.selected == Some(item.id()),
        };
        Some((item, above, context))
    }

    /// The lowest row on the screen: of which message, and which of its rows.
    fn lowest(self) -> Option<(usize, usize)> {
        let last = self.pane.window.len().checked_sub(1)?;
        let (place, row) = match self.scroll {
            Scroll::Latest => (last, usize::MAX),
            Scroll::At { message, row } => (self.pane.window.place(message).unwrap_or(last), row),
        };
        let bottom = self.rows(place).len().saturating_sub(1);
        Some((place, row.min(bottom)))
    }
}

/// The rows that are on the screen, from the top: at most `height`, fewer where there are no more.
pub(in crate::tui) fn pane_rows(walk: Walk<'_>, height: usize) -> Vec<PaneRow> {
    let Some((mut place, lowest)) = walk.lowest() else {
        return Vec::new();
    };
    let mut shown = Vec::new();
    let mut upto = lowest;
    while shown.len() < height {
        let lines = walk.rows(place);
        let count = lines.len();
        let id = walk.pane.window.at(place).map(Item::id);
        let lines = lines.into_iter().enumerate().take(upto + 1).rev();
        for (row, line) in lines.take(height - shown.len()) {
            shown.extend(id.map(|message| PaneRow {
                message,
                row,
                is_last: row + 1 == count,
                line,
            }));
        }
        let Some(above) = place.checked_sub(1) else {
            break;
        };
        (place, upto) = (above, usize::MAX - 1);
    }
    shown.reverse();
    shown
}

/// Where the screen is after moving so many rows towards the end, or back; it stops where the first row
/// of the conversation is the first on the screen.
pub(in crate::tui) fn scrolled(walk: Walk<'_>, height: usize, by: isize) -> Scroll {
    let Some((mut place, mut row)) = walk.lowest() else {
        return Scroll::Latest;
    };
    let mut left = by.unsigned_abs();
    if by < 0 {
        let above = rows_above(walk, (place, row), height.saturating_add(left));
        left = left.min((above + 1).saturating_sub(height));
        while left > row {
            let Some(next) = place.checked_sub(1) else {
                break;
            };
            left -= row + 1;
            place = next;
            row = walk.rows(place).len().saturating_sub(1);
        }
        row = row.saturating_sub(left);
    } else {
        loop {
            let below = walk.rows(place).len().saturating_sub(1).saturating_sub(row);
            if left <= below {
                row += left;
                break;
            }
            if place + 1 >= walk.pane.window.len() {
                row += below;
                break;
            }
            left -= below + 1;
            (place, row) = (place + 1, 0);
        }
    }
    at(walk, place, row)
}

/// Where the screen has a message on it: as it is, if the message is there wholly, else with the message
/// in the middle; of a longer one, the row in which is what was looked for.
pub(in crate::tui) fn shown_from(walk: Walk<'_>, height: usize, message: OperationId) -> Scroll {
    let shown = pane_rows(walk, height);
    let mut of = shown.iter().filter(|row| row.message == message);
    let is_whole = of.clone().any(|row| row.is_last) && of.any(|row| row.row == 0);
    let Some(place) = walk.pane.window.place(message).filter(|_| !is_whole) else {
        return walk.scroll;
    };
    let last = walk.rows(place).len().saturating_sub(1);
    if last >= height
        && let Some(row) = walk.sought(place)
    {
        let lowest = row.saturating_add(height / 2).max(height.saturating_sub(1));
        return at(walk, place, lowest.min(last));
    }
    let walk = Walk {
        scroll: Scroll::At { message, row: last },
        ..walk
    };
    let below = height.saturating_sub(last + 1) / 2;
    scrolled(walk, height, isize::try_from(below).unwrap_or(0))
}

/// Where the screen begins with a message, if so much follows it; else at the end.
pub(in crate::tui) fn from_top(walk: Walk<'_>, height: usize, message: OperationId) -> Scroll {
    let Some(place) = walk.pane.window.place(message) else {
        return walk.scroll;
    };
    let walk = Walk {
        scroll: Scroll::At { message, row: 0 },
        ..walk
    };
    let below = isize::try_from(height.saturating_sub(1)).unwrap_or(0);
    let mut follows = 0;
    for place in place..walk.pane.window.len() {
        follows += walk.rows(place).len();
        if follows > height {
            return scrolled(walk, height, below);
        }
    }
    Scroll::Latest
}

/// The messages that somebody who looks has seen: those that are on the screen whole, and of those that are longer
/// than it the ones whose last row is. Whether the rest of these was on it before is not known.
pub(in crate::tui) fn seen(walk: Walk<'_>, height: usize) -> Vec<OperationId> {
    let rows = pane_rows(walk, height);
    let ends = rows.iter().filter(|row| row.is_last);
    let is_whole = |end: &&PaneRow| {
        let mut of = rows.iter().filter(|row| row.message == end.message);
        of.any(|row| row.row == 0) || end.row >= height
    };
    ends.filter(is_whole).map(|row| row.message).collect()
}

/// How many rows there are above one, as far as `most`.
fn rows_above(walk: Walk<'_>, (mut place, row): (usize, usize), most: usize) -> usize {
    let mut rows = row;
    while rows < most
        && let Some(above) = place.checked_sub(1)
    {
        place = above;
        rows += walk.rows(place).len();
    }
    rows
}

fn at(walk: Walk<'_>, place: usize, row: usize) -> Scroll {
    let window = &walk.pane.window;
    let is_end = place + 1 == window.len() && row + 1 >= walk.rows(place).len();
    if is_end && window.beyond(Side::Newer) == Beyond::Nothing {
        return Scroll::Latest;
    }
    window.at(place).map_or(Scroll::Latest, |item| Scroll::At {
        message: item.id(),
        row,
    })
}
