//! What a text was before its last changes.
//!
//! Invariants
//! - At most [`STEPS_MAX`] changes can be taken back, of at most [`STEPS_BYTES_MAX`] together: the oldest are forgotten first.
//! - After a new change nothing that was undone can be made again.

use std::collections::VecDeque;

/// Changes that can be taken back.
const STEPS_MAX: usize = 200;

/// Bytes of the texts that are kept for it.
const STEPS_BYTES_MAX: usize = 1 << 20;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Undo {
    before: VecDeque<(String, usize)>,
    behind: Vec<(String, usize)>,
    /// Whether the last change was one letter that was typed, to which the next belongs.
    typing: bool,
}

impl Undo {
    /// Keeps how it was before a change.
    pub(super) fn note(&mut self, text: &str, cursor: usize) {
        self.typing = false;
        self.behind.clear();
        self.before.push_back((text.to_owned(), cursor));
        self.forget();
    }

    /// Keeps how it was before a letter was typed, unless that belongs to the letters before.
    pub(super) fn note_typing(&mut self, text: &str, cursor: usize) {
        if !self.typing {
            self.note(text, cursor);
        }
        self.typing = true;
    }

    /// What is typed now is a change of its own.
    pub(super) fn end_typing(&mut self) {
        self.typing = false;
    }

    /// How it was before the last change; it is now as is said here.
    pub(super) fn back(&mut self, text: &str, cursor: usize) -> Option<(String, usize)> {
        self.typing = false;
        let kept = self.before.pop_back()?;
        self.behind.push((text.to_owned(), cursor));
        Some(kept)
    }

    /// How it was before the last [`Self::back`].
    pub(super) fn forth(&mut self, text: &str, cursor: usize) -> Option<(String, usize)> {
        self.typing = false;
        let kept = self.behind.pop()?;
        self.before.push_back((text.to_owned(), cursor));
        Some(kept)
    }

    fn forget(&mut self) {
        let bytes = |kept: &VecDeque<(String, usize)>| -> usize {
            kept.iter().map(|(text, _)| text.len()).sum()
        };
        while self.before.len() > STEPS_MAX
            || (bytes(&self.before) > STEPS_BYTES_MAX && self.before.len() > 1)
        {
            self.before.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(undo: &mut Undo) -> usize {
        let mut steps = 0;
        while undo.back("", 0).is_some() {
            steps += 1;
        }
        steps
    }

    #[test]
    fn the_most_changes_are_kept_and_one_more_drops_the_oldest() {
        for changes in [STEPS_MAX, STEPS_MAX + 1] {
            let mut undo = Undo::default();
            (0..changes).for_each(|change| undo.note("a", change));
            assert_eq!(steps(&mut undo), STEPS_MAX);
        }
    }

    #[test]
    fn the_most_bytes_are_kept_and_one_more_drops_the_oldest() {
        let half = "a".repeat(STEPS_BYTES_MAX / 2);
        let mut undo = Undo::default();
        undo.note(&half, 0);
        undo.note(&half, 1);
        assert_eq!(undo.before.len(), 2);
        undo.note("a", 2);
        assert_eq!(undo.before.len(), 2);
        assert_eq!(undo.before.front().map(|(_, cursor)| *cursor), Some(1));
    }
}
