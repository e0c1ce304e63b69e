//! Moving through whatever has the keys, and taking out what is passed there.

use super::action::not_here;
use super::{composer, list, pane};
use crate::chat::{Action, CursorAction, Subject};
use crate::tui::composer::{Buffer, Reach};
use crate::tui::effect::Effect;
use crate::tui::state::{Focus, State};

/// What an action does to a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    /// Moves it by so many rows, down or back.
    Rows(isize),
    /// Moves it by so many screens, down or back.
    Pages(isize),
    /// Moves it so far.
    Go(Reach),
    /// Takes out what is between it and there.
    Delete(Reach),
    /// Writes again there what was taken out last.
    Yank,
}

impl Motion {
    /// What an action does.
    pub(super) const fn of(action: CursorAction) -> Self {
        match action {
            CursorAction::Up => Self::Rows(-1),
            CursorAction::Down => Self::Rows(1),
            CursorAction::PageUp => Self::Pages(-1),
            CursorAction::PageDown => Self::Pages(1),
            CursorAction::Left => Self::Go(Reach::Left),
            CursorAction::Right => Self::Go(Reach::Right),
            CursorAction::WordLeft => Self::Go(Reach::WordLeft),
            CursorAction::WordRight => Self::Go(Reach::WordRight),
            CursorAction::Home => Self::Go(Reach::Home),
            CursorAction::End => Self::Go(Reach::End),
            CursorAction::Top => Self::Go(Reach::Top),
            CursorAction::Bottom => Self::Go(Reach::Bottom),
            CursorAction::DeleteLeft => Self::Delete(Reach::Left),
            CursorAction::DeleteRight => Self::Delete(Reach::Right),
            CursorAction::DeleteWordLeft => Self::Delete(Reach::WordLeft),
            CursorAction::DeleteWordRight => Self::Delete(Reach::WordRight),
            CursorAction::DeleteToHome => Self::Delete(Reach::Home),
            CursorAction::DeleteToEnd => Self::Delete(Reach::End),
            CursorAction::Yank => Self::Yank,
        }
    }

    /// Moves in a line, or deletes; whether it does that.
    pub(super) fn edit(self, line: &mut Buffer) -> bool {
        match self {
            Self::Go(reach) => {
                line.go(reach);
            }
            Self::Delete(reach) => {
                line.delete(reach);
            }
            Self::Rows(_) | Self::Pages(_) | Self::Yank => return false,
        }
        true
    }
}

/// Moves where the keys go.
pub(super) fn act(state: &mut State, action: CursorAction) -> Vec<Effect> {
    match (state.focus, Motion::of(action)) {
        (_, Motion::Pages(by)) => {
            pane::page(state, by < 0);
            Vec::new()
        }
        (Focus::Composer, motion) => composer::moved(state, motion),
        (Focus::List, Motion::Rows(by)) => list::step(state, by),
        (Focus::List, Motion::Go(Reach::Top)) => list::step(state, isize::MIN),
        (Focus::List, Motion::Go(Reach::Bottom)) => list::step(state, isize::MAX),
        (Focus::Messages, Motion::Rows(by)) => {
            pane::select(state, by < 0);
            Vec::new()
        }
        (Focus::Messages, Motion::Go(Reach::Top)) => {
            pane::top(state);
            Vec::new()
        }
        (Focus::Messages, Motion::Go(Reach::Bottom)) => pane::bottom(state),
        // Nothing is written there.
        (Focus::List | Focus::Messages, Motion::Go(_) | Motion::Delete(_) | Motion::Yank) => {
            not_here(state)
        }
    }
}

/// Has an action move in a line, or delete; whether it does that.
pub(in crate::tui) fn edit(line: &mut Buffer, action: Action) -> bool {
    let Subject::Cursor(action) = action.subject() else {
        return false;
    };
    Motion::of(action).edit(line)
}
