//! The keys that are there when nobody has chosen any.

use super::{Keymap, sequence};
use crate::chat::{Action, Layer};

/// A set of keys by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::tui) enum Preset {
    /// Letters are always written.
    #[default]
    Plain,
    /// Letters are keys where nothing is written, as in vi.
    Vim,
}

impl Preset {
    /// All of them.
    pub(in crate::tui) const ALL: [Self; 2] = [Self::Plain, Self::Vim];

    /// Its name in a file.
    pub(in crate::tui) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Vim => "vim",
        }
    }

    /// The preset of a name.
    pub(in crate::tui) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its keys.
    pub(in crate::tui) fn keymap(self) -> Keymap {
        let mut keymap = Keymap::default();
        for (layer, keys, action) in self.all() {
            // A test reads them all.
            if let Ok(keys) = sequence(keys) {
                let _ = keymap.bind(layer, keys, action);
            }
        }
        keymap
    }

    /// What it has.
    pub(super) fn all(self) -> impl Iterator<Item = Bound> {
        let more = match self {
            Self::Plain => PLAIN,
            Self::Vim => VIM,
        };
        COMMON.iter().chain(more).copied()
    }
}

/// Keys and their action in a layer.
pub(super) type Bound = (Layer, &'static str, Action);

const COMMON: &[Bound] = &[
    (Layer::Everywhere, "f1", Action::Help),
    (Layer::Everywhere, "ctrl-k", Action::Palette),
    (Layer::Everywhere, "ctrl-f", Action::Search),
    (Layer::Everywhere, "ctrl-n", Action::Next),
    (Layer::Everywhere, "ctrl-p", Action::Previous),
    (Layer::Everywhere, "ctrl-g", Action::NextUnread),
    (Layer::Everywhere, "ctrl-t", Action::NextMention),
    (Layer::Everywhere, "tab", Action::Focus),
    (Layer::Everywhere, "shift-tab", Action::FocusBack),
    (Layer::Everywhere, "esc", Action::Close),
    (Layer::Everywhere, "pageup", Action::PageUp),
    (Layer::Everywhere, "pagedown", Action::PageDown),
    (Layer::Everywhere, "ctrl-l", Action::Redraw),
    (Layer::Everywhere, "ctrl-z", Action::Suspend),
    (Layer::Everywhere, "ctrl-q", Action::Quit),
    (Layer::Everywhere, "f2", Action::Mouse),
    (Layer::Everywhere, "f3", Action::Doctor),
    (Layer::Everywhere, "f4", Action::People),
    (Layer::List, "f5", Action::Verify),
    (Layer::List, "f6", Action::Members),
    (Layer::List, "f7", Action::Pinned),
    (Layer::List, "f8", Action::AcceptRoom),
    (Layer::List, "f9", Action::Leave),
    (Layer::Messages, "f9", Action::Leave),
    (Layer::Composer, "f9", Action::Leave),
    (Layer::Messages, "f5", Action::Verify),
    (Layer::Messages, "f6", Action::Members),
    (Layer::Messages, "f7", Action::Pinned),
    (Layer::Messages, "f8", Action::AcceptRoom),
    (Layer::Composer, "f5", Action::Verify),
    (Layer::Composer, "f6", Action::Members),
    (Layer::Composer, "f7", Action::Pinned),
    (Layer::Composer, "f8", Action::AcceptRoom),
    (Layer::Popup, "f5", Action::Verify),
    (Layer::Popup, "f6", Action::Members),
    (Layer::Popup, "ctrl-r", Action::Role),
    (Layer::Popup, "f7", Action::InviteMember),
    (Layer::Popup, "f8", Action::RemoveMember),
    (Layer::Popup, "f9", Action::RenameContact),
    (Layer::Popup, "f12", Action::Block),
    (Layer::List, "up", Action::Up),
    (Layer::List, "down", Action::Down),
    (Layer::List, "home", Action::Top),
    (Layer::List, "end", Action::Bottom),
    (Layer::List, "enter", Action::Open),
    (Layer::Messages, "up", Action::Up),
    (Layer::Messages, "down", Action::Down),
    (Layer::Messages, "home", Action::Top),
    (Layer::Messages, "end", Action::Bottom),
    (Layer::Messages, "enter", Action::Details),
    (Layer::Messages, "ctrl-o", Action::Details),
    (Layer::Messages, "ctrl-r", Action::Reply),
    (Layer::Messages, "ctrl-e", Action::Edit),
    (Layer::Messages, "ctrl-x", Action::React),
    (Layer::Messages, "delete", Action::Delete),
    (Layer::Composer, "enter", Action::Send),
    (Layer::Composer, "ctrl-j", Action::BreakLine),
    (Layer::Composer, "shift-enter", Action::BreakLine),
    (Layer::Composer, "left", Action::Left),
    (Layer::Composer, "right", Action::Right),
    (Layer::Composer, "up", Action::Up),
    (Layer::Composer, "down", Action::Down),
    (Layer::Composer, "ctrl-left", Action::WordLeft),
    (Layer::Composer, "ctrl-right", Action::WordRight),
    (Layer::Composer, "home", Action::Home),
    (Layer::Composer, "end", Action::End),
    (Layer::Composer, "ctrl-home", Action::Top),
    (Layer::Composer, "ctrl-end", Action::Bottom),
    (Layer::Composer, "ctrl-a", Action::Home),
    (Layer::Composer, "ctrl-e", Action::End),
    (Layer::Composer, "backspace", Action::DeleteLeft),
    (Layer::Composer, "delete", Action::DeleteRight),
    (Layer::Composer, "ctrl-w", Action::DeleteWordLeft),
    (Layer::Composer, "ctrl-delete", Action::DeleteWordRight),
    (Layer::Composer, "ctrl-u", Action::DeleteToHome),
    (Layer::Composer, "ctrl-d", Action::DeleteToEnd),
    (Layer::Composer, "ctrl-y", Action::Yank),
    (Layer::Composer, "ctrl-_", Action::Undo),
    (Layer::Composer, "ctrl-r", Action::Redo),
    (Layer::Composer, "ctrl-space", Action::Complete),
    (Layer::Popup, "up", Action::Up),
    (Layer::Popup, "down", Action::Down),
    (Layer::Popup, "enter", Action::Accept),
    (Layer::Popup, "ctrl-y", Action::CopyShown),
    (Layer::Popup, "left", Action::Left),
    (Layer::Popup, "right", Action::Right),
    (Layer::Popup, "home", Action::Home),
    (Layer::Popup, "end", Action::End),
    (Layer::Popup, "ctrl-home", Action::Top),
    (Layer::Popup, "ctrl-end", Action::Bottom),
    (Layer::Popup, "backspace", Action::DeleteLeft),
    (Layer::Popup, "delete", Action::DeleteRight),
    (Layer::Popup, "ctrl-w", Action::DeleteWordLeft),
    (Layer::Popup, "ctrl-u", Action::DeleteToHome),
];

const PLAIN: &[Bound] = &[
    (Layer::List, "?", Action::Help),
    (Layer::Messages, "?", Action::Help),
];

const VIM: &[Bound] = &[
    (Layer::List, "?", Action::Help),
    (Layer::List, "j", Action::Down),
    (Layer::List, "k", Action::Up),
    (Layer::List, "l", Action::Open),
    (Layer::List, "g g", Action::Top),
    (Layer::List, "G", Action::Bottom),
    (Layer::List, "i", Action::Write),
    (Layer::List, "/", Action::Search),
    (Layer::List, ":", Action::Palette),
    (Layer::List, "] u", Action::NextUnread),
    (Layer::List, "] m", Action::NextMention),
    (Layer::Messages, "?", Action::Help),
    (Layer::Messages, "j", Action::Down),
    (Layer::Messages, "k", Action::Up),
    (Layer::Messages, "h", Action::FocusBack),
    (Layer::Messages, "g g", Action::Top),
    (Layer::Messages, "G", Action::Bottom),
    (Layer::Messages, "i", Action::Write),
    (Layer::Messages, "a", Action::Write),
    (Layer::Messages, "r", Action::Reply),
    (Layer::Messages, "c c", Action::Edit),
    (Layer::Messages, "d d", Action::Delete),
    (Layer::Messages, "+", Action::React),
    (Layer::Messages, "p", Action::Pin),
    (Layer::Messages, "y y", Action::Copy),
    (Layer::Messages, "/", Action::Search),
    (Layer::Messages, ":", Action::Palette),
    (Layer::Messages, "] u", Action::NextUnread),
    (Layer::Messages, "] m", Action::NextMention),
    (Layer::Messages, "ctrl-b", Action::PageUp),
    (Layer::Messages, "ctrl-d", Action::PageDown),
];
