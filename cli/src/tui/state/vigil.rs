//! Whether somebody's first code leads to nobody.
//!
//! Invariants
//! - Times are how much has passed, in milliseconds: nobody sets that.
//! - It is found once at most: whoever was told what may be in the way knows where to look.

/// How long somebody is looked for before it is said what may be in the way, in milliseconds.
const LOOKED_FOR_MILLIS: u64 = 10_000;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct Vigil {
    /// Since when a code of ours can be used.
    invited: Option<u64>,
    /// Since when whoever made a code is looked for.
    joining: Option<u64>,
    is_over: bool,
    /// Whether it is looked what may be in the way, without anybody having asked for it.
    is_examined: bool,
}

impl Vigil {
    /// Notes that a code was made.
    pub(in crate::tui) fn invited(&mut self, now: u64) {
        self.invited.get_or_insert(now);
    }

    /// Notes that somebody's code is used.
    pub(in crate::tui) fn joining(&mut self, now: u64) {
        self.joining.get_or_insert(now);
    }

    /// Notes that nobody is looked for by a code after all: it was none.
    pub(in crate::tui) fn not_joining(&mut self) {
        self.joining = None;
    }

    /// Ends it: somebody was met, or it was told what may be in the way.
    pub(in crate::tui) fn end(&mut self) {
        self.is_over = true;
    }

    /// Notes that it is looked what may be in the way.
    pub(in crate::tui) fn examine(&mut self) {
        self.is_examined = true;
    }

    /// Notes that what may be in the way was found; whether it was looked at for this.
    pub(in crate::tui) fn examined(&mut self) -> bool {
        std::mem::take(&mut self.is_examined)
    }

    /// Whether somebody has been looked for long enough.
    pub(in crate::tui) fn is_due(&self, now: u64) -> bool {
        let mut since = self.invited.into_iter().chain(self.joining);
        !self.is_over && since.any(|since| since.saturating_add(LOOKED_FOR_MILLIS) <= now)
    }
}
