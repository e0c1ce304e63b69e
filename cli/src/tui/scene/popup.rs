//! What stands in front: what it says, a file for each, and where its parts are.
//!
//! Invariants
//! - Whatever of its rows is not shown is counted in the frame, above and below.

mod about;
mod ask;
mod confirm;
mod details;
mod doctor;
mod excerpt;
mod faults;
mod help;
mod invite;
mod locked;
mod members;
mod palette;
mod path;
mod people;
mod person;
mod pick;
mod pinned;
mod search;
mod transfers;
mod verify;

use ratatui::layout::Rect;

pub(super) use excerpt::found;

use super::Wide;
use crate::chat::Action;
use crate::safe_text::Safe;
use crate::texts::Texts;
use crate::tui::line::{self, HINTS_APART, Line};
use crate::tui::state::{Choice, Input, Popup, State};
use crate::tui::theme::Face;

/// Columns of a popup where there is room.
const WIDEST: u16 = 100;

/// Columns beside a popup in which something can be read: those of the list.
const LEGIBLE_COLUMNS_MIN: u16 = 26;

/// Rows of what leads on.
const HINT_ROWS: usize = 3;

/// What a popup shows.
#[derive(Debug, Default)]
pub(in crate::tui) struct Content {
    pub(in crate::tui) title: Safe,
    /// A line that is typed.
    pub(in crate::tui) input: Option<Input>,
    pub(in crate::tui) lines: Vec<Line>,
    /// The one of them that is chosen.
    pub(in crate::tui) chosen: Option<usize>,
    /// The first of them that is shown, where none is chosen.
    pub(in crate::tui) top: usize,
    /// What leads on, under it.
    pub(in crate::tui) hint: Safe,
    /// Whether nothing stands beside its rows, so that whoever selects some with the mouse has nothing else with them.
    pub(in crate::tui) is_bare: bool,
    /// Whether it takes the whole screen, without a frame.
    pub(in crate::tui) is_whole: bool,
}

impl Content {
    /// The first of the rows that so many are shown of.
    fn first(&self, height: usize) -> usize {
        match self.chosen {
            Some(chosen) => (chosen + 1).saturating_sub(height),
            None => self.top.min(self.lines.len().saturating_sub(height)),
        }
    }

    /// With its heading as the first of its rows where the frame has no room for it, so that all of it can be read. Over a
    /// line that is typed, and what is chosen, it stays where it is.
    fn headed(mut self, width: usize) -> Self {
        let is_fixed = self.input.is_some() || self.chosen.is_some();
        if !is_fixed && !has_room(&self.title, width) {
            let title = std::mem::take(&mut self.title);
            let rows = Line::wrapped(&title, width, Face::Heading);
            self.lines.splice(0..0, rows);
        }
        self
    }

    /// What a line that is typed finds, of which one is chosen; else that it finds nothing.
    fn found(title: Safe, input: &Input, lines: Vec<Line>, choice: Choice, nothing: Safe) -> Self {
        let chosen = (!lines.is_empty()).then(|| choice.of(lines.len()));
        Self {
            title,
            input: Some(input.clone()),
            lines: if lines.is_empty() {
                vec![Line::of(nothing, Face::Faint)]
            } else {
                lines
            },
            chosen,
            ..Self::default()
        }
    }
}

/// What stands in front shows on a screen; nothing if nothing does.
pub(in crate::tui) fn content(state: &State, all: Rect) -> Option<Content> {
    let width = usize::from(inner_columns(all));
    if let Some(locked) = &state.locked {
        return Some(locked::content(state, locked, width));
    }
    let popup = state.popup.as_ref()?;
    Some(shown(state, popup, width).headed(width))
}

fn shown(state: &State, popup: &Popup, width: usize) -> Content {
    match popup {
        Popup::Help { top } => help::content(state, *top, width),
        Popup::Palette {
            input,
            choice,
            written,
        } => palette::content(state, input, (*choice, *written), width),
        Popup::Search {
            input,
            found,
            is_more,
            choice,
            ..
        } => search::content(state, input, (found, *is_more, *choice), width),
        Popup::Invite {
            invite,
            is_picture,
            top,
        } => invite::content(state, invite.as_ref(), (*is_picture, *top), width),
        Popup::Used { said, top, .. } => invite::used(state, said, *top, width),
        Popup::Ask {
            wanted,
            input,
            choice,
        } => ask::content(state, *wanted, input, *choice),
        Popup::Path {
            way,
            input,
            offers,
            top,
        } => path::content(state, *way, input, (offers.as_deref(), *top)),
        Popup::Confirm { question, top } => confirm::content(state, *question, *top, width),
        Popup::Verify {
            person,
            words,
            differ,
            top,
        } => verify::content(state, *person, (words.as_ref(), *differ, *top), width),
        Popup::Transfers { chosen } => transfers::content(state, *chosen, width),
        Popup::Members { room, chosen } => members::content(state, *room, *chosen, width),
        Popup::People { chosen } => people::content(state, *chosen, width),
        Popup::Pick {
            party,
            input,
            picked,
            chosen,
        } => pick::content(state, party, input, (picked, *chosen), width),
        Popup::Doctor {
            checks,
            is_unfolded,
            top,
            ..
        } => doctor::content(state, checks.as_deref(), (*is_unfolded, *top), width),
        Popup::Details {
            message,
            deliveries,
            top,
        } => details::content(state, *message, deliveries.as_deref(), *top, width),
        Popup::Pinned {
            place,
            found,
            choice,
        } => pinned::content(state, *place, (found.as_deref(), *choice), width),
        Popup::About { top } => about::content(state, *top, width),
        Popup::Faults { faults, top } => faults::content(state, faults, *top, width),
    }
}

/// The last row that a popup can begin with, so that its end is on the screen.
pub(in crate::tui) fn last_top(state: &State) -> usize {
    if state.popup.is_none() {
        return 0;
    }
    let all = Rect::new(0, 0, state.size.columns, state.size.rows);
    let Some(content) = content(state, all) else {
        return 0;
    };
    let body = Parts::of(state, &content, all).body;
    content.lines.len().saturating_sub(usize::from(body.height))
}

/// Where the parts of a popup are.
#[derive(Debug)]
pub(in crate::tui) struct Parts {
    /// All of it.
    pub(in crate::tui) area: Rect,
    /// Whether nothing stands beside its rows.
    pub(in crate::tui) is_bare: bool,
    /// Its heading, where that has room in the frame.
    pub(in crate::tui) title: Safe,
    /// Its heading, where it has not.
    pub(in crate::tui) heads: Rect,
    pub(in crate::tui) head_lines: Vec<Line>,
    /// The line that is typed.
    pub(in crate::tui) input: Rect,
    /// The rows.
    pub(in crate::tui) body: Rect,
    /// The first of them that is shown.
    pub(in crate::tui) first: usize,
    /// How many are not, above and below; empty where all are.
    pub(in crate::tui) beyond: Safe,
    /// What leads on.
    pub(in crate::tui) hints: Rect,
    pub(in crate::tui) hint_lines: Vec<Line>,
}

impl Parts {
    /// What it empties: its rows wholly where nothing that is beside it could be read, or is to be.
    pub(in crate::tui) fn cleared(&self, all: Rect) -> Rect {
        if self.is_bare || self.area.x - all.x < LEGIBLE_COLUMNS_MIN {
            Rect::new(all.x, self.area.y, all.width, self.area.height)
        } else {
            self.area
        }
    }

    /// Where they are for what is shown.
    pub(in crate::tui) fn of(state: &State, content: &Content, all: Rect) -> Self {
        let columns = inner_columns(all);
        let room = usize::from(columns).max(1);
        let has_room = has_room(&content.title, room);
        let head_lines: Vec<Line> = if has_room {
            Vec::new()
        } else {
            Line::wrapped(&content.title, room, Face::Heading)
        };
        let hint_lines = hint(state, content, columns);
        let count = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
        let inputs = u16::from(content.input.is_some());
        let around = count(head_lines.len() + hint_lines.len()).saturating_add(inputs + 2);
        let height = count(content.lines.len())
            .max(u16::from(head_lines.is_empty() && inputs == 0))
            .saturating_add(around)
            .clamp(4, all.height.saturating_sub(1).max(4))
            .min(all.height);
        let width = (columns + 2).min(all.width);
        let area = Rect::new(
            all.x + (all.width - width) / 2,
            all.y + (all.height - height) / 3,
            width,
            height,
        );
        // What leads on stays where there is no room for everything.
        let inside = height.saturating_sub(2);
        let hints = count(hint_lines.len()).min(inside);
        let heads = count(head_lines.len()).min(inside - hints);
        let inputs = inputs.min(inside - hints - heads);
        let body = inside - hints - heads - inputs;
        let at = |y: u16, height: u16| Rect::new(area.x + 1, area.y + 1 + y, columns, height);
        let first = content.first(usize::from(body));
        let below = content
            .lines
            .len()
            .saturating_sub(first + usize::from(body));
        Self {
            area,
            first,
            beyond: beyond(&state.texts, first, below),
            is_bare: content.is_bare,
            title: if has_room {
                content.title.clone()
            } else {
                Safe::default()
            },
            heads: at(0, heads),
            head_lines,
            input: at(heads, inputs),
            body: at(heads + inputs, body),
            hints: at(heads + inputs + body, hints),
            hint_lines,
        }
    }
}

/// Whether a heading has room in the frame around so many columns.
fn has_room(title: &Safe, columns: usize) -> bool {
    title.width() + 2 <= columns
}

/// How many rows are not shown.
fn beyond(texts: &Texts, above: usize, below: usize) -> Safe {
    let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    let above = (above > 0).then(|| texts.rows_above(count(above)));
    let below = (below > 0).then(|| texts.rows_below(count(below)));
    let mut said = Safe::default();
    for words in above.into_iter().chain(below) {
        if !said.is_empty() {
            said.push(&"  ".into());
        }
        said.push(&words);
    }
    said
}

/// Columns inside the frame.
fn inner_columns(all: Rect) -> u16 {
    let width = all.width.saturating_sub(2).min(WIDEST);
    width.saturating_sub(2)
}

/// What leads on, in rows.
fn hint(state: &State, content: &Content, columns: u16) -> Vec<Line> {
    let hint = if content.hint.is_empty() {
        let close = Safe::line(&state.keys_of(Action::Close));
        state.texts.close_hint(&close)
    } else {
        content.hint.clone()
    };
    let room = usize::from(columns).max(1);
    let wide = Wide::of(columns);
    let rows = packed(&hint, room).into_iter().take(HINT_ROWS);
    rows.map(|row| wide.centred(&row, Face::Faint)).collect()
}

/// In rows of so many columns, of which none breaks within a key and what it does.
fn packed(hint: &Safe, room: usize) -> Vec<Safe> {
    if hint.width() <= room {
        return vec![hint.clone()];
    }
    let mut rows: Vec<Safe> = Vec::new();
    for part in line::hints(hint) {
        match rows.last_mut() {
            Some(row) if row.width() + HINTS_APART.len() + part.width() <= room => {
                row.push(&HINTS_APART.into());
                row.push(&part);
            }
            Some(_) | None => rows.push(part),
        }
    }
    rows
}
