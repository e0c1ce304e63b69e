//! A key with what is held down beside it, as it is pressed and as it is written: `ctrl-k`, `shift-enter`, `f1`, `?`.
//!
//! Invariants
//! - What terminals cannot tell apart is one chord: Shift is part of a character and no modifier of
//!   it, and letters held with Ctrl are small.
//! - Every chord is written in one way, and reads back as itself.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::tui) enum Key {
    /// One that writes a character.
    Character(char),
    /// One of the row of function keys.
    Function(u8),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// Keys with a name, as they are written.
const NAMED: [(&str, Key); 15] = [
    ("enter", Key::Enter),
    ("esc", Key::Escape),
    ("tab", Key::Tab),
    ("backspace", Key::Backspace),
    ("delete", Key::Delete),
    ("insert", Key::Insert),
    ("left", Key::Left),
    ("right", Key::Right),
    ("up", Key::Up),
    ("down", Key::Down),
    ("home", Key::Home),
    ("end", Key::End),
    ("pageup", Key::PageUp),
    ("pagedown", Key::PageDown),
    ("space", Key::Character(' ')),
];

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::tui) struct Chord {
    /// The key.
    pub(in crate::tui) key: Key,
    /// Whether Ctrl is held.
    pub(in crate::tui) ctrl: bool,
    /// Whether Alt is held.
    pub(in crate::tui) alt: bool,
    /// Whether Shift is held, where the key itself does not show it.
    pub(in crate::tui) shift: bool,
}

/// Why something is no chord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum ChordError {
    /// There is no such key.
    Unknown(String),
    /// Terminals send the same for another key.
    Same(String, &'static str),
}

impl Chord {
    /// A key with nothing held beside it.
    pub(in crate::tui) const fn plain(key: Key) -> Self {
        Self {
            key,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// What was pressed; nothing for keys that are not used.
    pub(in crate::tui) fn pressed(event: KeyEvent) -> Option<Self> {
        let mut shift = event.modifiers.contains(KeyModifiers::SHIFT);
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let key = match event.code {
            KeyCode::Char(character) => {
                shift = false;
                let small = ctrl && character.is_ascii_uppercase();
                Key::Character(if small {
                    character.to_ascii_lowercase()
                } else {
                    character
                })
            }
            KeyCode::F(number) => Key::Function(number),
            KeyCode::Enter => Key::Enter,
            KeyCode::Esc => Key::Escape,
            KeyCode::Tab => Key::Tab,
            KeyCode::BackTab => {
                shift = true;
                Key::Tab
            }
            KeyCode::Backspace => Key::Backspace,
            KeyCode::Delete => Key::Delete,
            KeyCode::Insert => Key::Insert,
            KeyCode::Left => Key::Left,
            KeyCode::Right => Key::Right,
            KeyCode::Up => Key::Up,
            KeyCode::Down => Key::Down,
            KeyCode::Home => Key::Home,
            KeyCode::End => Key::End,
            KeyCode::PageUp => Key::PageUp,
            KeyCode::PageDown => Key::PageDown,
            KeyCode::Null
            | KeyCode::CapsLock
            | KeyCode::ScrollLock
            | KeyCode::NumLock
            | KeyCode::PrintScreen
            | KeyCode::Pause
            | KeyCode::Menu
            | KeyCode::KeypadBegin
            | KeyCode::Media(_)
            | KeyCode::Modifier(_) => return None,
        };
        Some(Self {
            key,
            ctrl,
            alt: event.modifiers.contains(KeyModifiers::ALT),
            shift,
        })
    }

    /// The character that it writes, if it does.
    pub(in crate::tui) fn character(self) -> Option<char> {
        match self.key {
            Key::Character(character) if !self.ctrl && !self.alt => Some(character),
            Key::Character(_)
            | Key::Function(_)
            | Key::Enter
            | Key::Escape
            | Key::Tab
            | Key::Backspace
            | Key::Delete
            | Key::Insert
            | Key::Left
            | Key::Right
            | Key::Up
            | Key::Down
            | Key::Home
            | Key::End
            | Key::PageUp
            | Key::PageDown => None,
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (is_held, name) in [
            (self.ctrl, "ctrl-"),
            (self.alt, "alt-"),
            (self.shift, "shift-"),
        ] {
            if is_held {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, key)| *key == self.key) {
            return f.write_str(name);
        }
        if let Key::Function(number) = self.key {
            write!(f, "f{number}")
        } else if let Key::Character(character) = self.key {
            write!(f, "{character}")
        } else {
            // All others have names.
            Ok(())
        }
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || ChordError::Unknown(text.to_owned());
        let mut chord = Self::plain(Key::Escape);
        let mut rest = text;
        loop {
            let (held, behind) = if let Some(behind) = rest.strip_prefix("ctrl-") {
                (&mut chord.ctrl, behind)
            } else if let Some(behind) = rest.strip_prefix("alt-") {
                (&mut chord.alt, behind)
            } else if let Some(behind) = rest.strip_prefix("shift-") {
                (&mut chord.shift, behind)
            } else {
                break;
            };
            if std::mem::replace(held, true) {
                return Err(unknown());
            }
            rest = behind;
        }
        chord.key = key(rest).ok_or_else(unknown)?;
        chord.distinct(text)
    }
}

impl Chord {
    /// The chord, if terminals send something of its own for it.
    fn distinct(self, text: &str) -> Result<Self, ChordError> {
        let Key::Character(character) = self.key else {
            return Ok(self);
        };
        if self.shift || (self.ctrl && character.is_uppercase()) {
            return Err(ChordError::Unknown(text.to_owned()));
        }
        let other = match character {
            'i' => "tab",
            'm' => "enter",
            '[' => "esc",
            'h' => "backspace",
            _ => return Ok(self),
        };
        if self.ctrl {
            return Err(ChordError::Same(text.to_owned(), other));
        }
        Ok(self)
    }
}

fn key(text: &str) -> Option<Key> {
    if let Some((_, key)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Some(*key);
    }
    if let Some(number) = text.strip_prefix('f').and_then(|rest| rest.parse().ok()) {
        return (1..=12).contains(&number).then_some(Key::Function(number));
    }
    let mut characters = text.chars();
    let only = characters.next().filter(|only| !only.is_control())?;
    characters.next().is_none().then_some(Key::Character(only))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        Chord::pressed(KeyEvent::new(code, modifiers)).map(|chord| chord.to_string())
    }

    #[test]
    fn a_key_is_written_as_it_is_read() {
        for text in [
            "a",
            "A",
            "?",
            "-",
            "f",
            "f1",
            "f12",
            "ctrl-k",
            "ctrl--",
            "alt-x",
            "ctrl-alt-up",
            "shift-tab",
            "shift-enter",
            "space",
            "ctrl-space",
            "한",
        ] {
            let chord: Chord = text.parse().unwrap();
            assert_eq!(chord.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "ctrl-",
            "f0",
            "f13",
            "ctrl-ctrl-a",
            "shift-a",
            "ctrl-A",
            "enterr",
            "ab",
            "\u{1b}",
        ] {
            assert_eq!(
                text.parse::<Chord>(),
                Err(ChordError::Unknown(text.to_owned()))
            );
        }
        for (text, same) in [
            ("ctrl-i", "tab"),
            ("ctrl-m", "enter"),
            ("ctrl-[", "esc"),
            ("ctrl-h", "backspace"),
        ] {
            let error = text.parse::<Chord>().unwrap_err();
            assert_eq!(error, ChordError::Same(text.to_owned(), same));
        }
    }

    #[test]
    fn what_is_pressed_is_one_chord_however_a_terminal_tells_it() {
        let (none, ctrl, shift) = (
            KeyModifiers::NONE,
            KeyModifiers::CONTROL,
            KeyModifiers::SHIFT,
        );
        assert_eq!(press(KeyCode::Char('A'), shift).unwrap(), "A");
        assert_eq!(press(KeyCode::Char('K'), ctrl | shift).unwrap(), "ctrl-k");
        assert_eq!(press(KeyCode::BackTab, none).unwrap(), "shift-tab");
        assert_eq!(press(KeyCode::F(5), none).unwrap(), "f5");
        assert_eq!(press(KeyCode::CapsLock, none), None);
    }
}
