//! What the terminal tells, as events.
//!
//! Invariants
//! - A key counts when it goes down, once; what the mouse does without a button is nothing.

use crossterm::event::{Event as Told, KeyEventKind, MouseButton, MouseEventKind};

use super::event::Event;
use super::keys::Chord;
use super::state::Size;

/// Rows that one turn of the wheel goes.
const WHEEL_ROWS: isize = 3;

/// An event, if what the terminal told is one.
pub(super) fn event(told: Told) -> Option<Event> {
    match told {
        Told::Key(key) if key.kind == KeyEventKind::Release => None,
        Told::Key(key) => Chord::pressed(key).map(Event::Key),
        Told::Paste(text) => Some(Event::Paste(text)),
        Told::FocusGained => Some(Event::LookedAt(true)),
        Told::FocusLost => Some(Event::LookedAt(false)),
        Told::Resize(columns, rows) => Some(Event::Resized(Size { columns, rows })),
        Told::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                Some(Event::Clicked(mouse.column, mouse.row))
            }
            MouseEventKind::ScrollUp => Some(Event::Wheel(-WHEEL_ROWS)),
            MouseEventKind::ScrollDown => Some(Event::Wheel(WHEEL_ROWS)),
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};

    use super::*;

    #[test]
    fn a_key_counts_when_it_goes_down_and_a_mouse_that_moves_is_nothing() {
        let mut key = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        assert!(matches!(event(Told::Key(key)), Some(Event::Key(_))));
        key.kind = KeyEventKind::Release;
        assert!(event(Told::Key(key)).is_none());
        let moved = MouseEvent {
            kind: MouseEventKind::Moved,
            column: 1,
            row: 1,
            modifiers: KeyModifiers::NONE,
        };
        assert!(event(Told::Mouse(moved)).is_none());
    }
}
