//! What is said in the last rows for a while.
//!
//! Invariants
//! - What may come while nobody is here stands until somebody was.

use super::State;
use crate::safe_text::Safe;

/// How long a toast stands, in milliseconds.
pub(in crate::tui) const TOAST_MILLIS: u64 = 8_000;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Toast {
    /// What.
    pub(in crate::tui) text: Safe,
    /// Whether something went wrong.
    pub(in crate::tui) is_trouble: bool,
    /// Until how much time has passed, in milliseconds; nothing while it waits for somebody to be here.
    pub(in crate::tui) until: Option<u64>,
}

impl State {
    /// Says something for a while.
    pub(in crate::tui) fn say(&mut self, text: impl Into<Safe>) {
        self.note(text.into(), false);
    }

    /// Says for a while that something went wrong.
    pub(in crate::tui) fn warn(&mut self, text: impl Into<Safe>) {
        self.note(text.into(), true);
    }

    /// Has what is said stand for a while from when somebody is here.
    pub(in crate::tui) fn keep_said(&mut self) {
        if let Some(toast) = &mut self.toast {
            toast.until = None;
        }
    }

    /// Notes that somebody is here.
    pub(in crate::tui) fn has_been_seen(&mut self) {
        let end = self.end();
        if let Some(toast) = &mut self.toast {
            toast.until.get_or_insert(end);
        }
    }

    fn note(&mut self, text: Safe, is_trouble: bool) {
        self.toast = Some(Toast {
            text,
            is_trouble,
            until: Some(self.end()),
        });
    }

    fn end(&self) -> u64 {
        self.clock.passed().saturating_add(TOAST_MILLIS)
    }
}
