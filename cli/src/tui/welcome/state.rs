//! What is known during the first run.

use std::sync::Arc;

use tidings_node::RecoveryWords;

use crate::safe_text::Safe;
use crate::texts::Texts;
use crate::tui::keys::Keymap;
use crate::tui::state::{Choice, Input, Passphrase, Size};
use crate::tui::theme::Theme;

/// What is asked, or shown, at the moment.
#[derive(Debug)]
pub(super) enum Page {
    /// A name is asked for.
    Name,
    /// A passphrase is asked for.
    Passphrase(Passphrase),
    /// The same passphrase is asked for again.
    Again {
        /// As it was typed first.
        first: Passphrase,
        /// As it is typed now.
        again: Passphrase,
    },
    /// The keys are made; nothing is asked.
    Making {
        /// Whether somebody wants to leave, which has to wait for that.
        is_left: bool,
    },
    /// The words are to be written down.
    Words {
        /// They.
        words: RecoveryWords,
        /// The first row of them that is shown.
        top: usize,
    },
    /// One of the words is asked for, and none is shown.
    Proof {
        /// They.
        words: RecoveryWords,
        /// That one, as far as it is typed.
        typed: Input,
    },
    /// It is asked how to begin.
    Begin {
        /// To go back to.
        words: RecoveryWords,
        /// Which way is chosen.
        choice: Choice,
    },
}

/// See the module.
#[derive(Debug)]
pub(super) struct Welcome {
    pub(super) page: Page,
    /// The name, as far as it is typed.
    pub(super) name: Input,
    /// Where the profile will be.
    pub(super) place: Safe,
    /// Whether a passphrase is asked for: not if a file has it.
    pub(super) asks_passphrase: bool,
    /// What is wrong with what was typed, or has to be said before somebody leaves.
    pub(super) trouble: Option<Safe>,
    /// Whether it was said what it means to have no passphrase.
    pub(super) is_warned: bool,
    /// Whether Ctrl-C was the last key.
    pub(super) is_interrupted: bool,
    /// How much time has passed since the beginning, in milliseconds.
    pub(super) passed: u64,
    /// How much had, when somebody went on the last time.
    pub(super) went_on_at: Option<u64>,
    pub(super) size: Size,
    pub(super) keymap: Keymap,
    pub(super) theme: Theme,
    pub(super) texts: Arc<Texts>,
}

impl Welcome {
    /// One that begins, for a profile in a directory.
    pub(super) fn new(place: Safe, asks_passphrase: bool, texts: Arc<Texts>) -> Self {
        Self {
            page: Page::Name,
            name: Input::default(),
            place,
            asks_passphrase,
            trouble: None,
            is_warned: false,
            is_interrupted: false,
            passed: 0,
            went_on_at: None,
            size: Size {
                columns: 80,
                rows: 24,
            },
            keymap: Keymap::default(),
            theme: Theme::default(),
            texts,
        }
    }
}
