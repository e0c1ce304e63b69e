//! The conversation that is open.

use std::collections::BTreeMap;

use tidings_node::api::{Gap, Message};
use tidings_node::{OperationId, PersonId};

use super::{Scroll, Window};
use crate::chat::{Place, Ticket};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Pane {
    /// Whose.
    pub(in crate::tui) place: Place,
    /// Its messages, as far as they are here.
    pub(in crate::tui) window: Window,
    /// What of it is on the screen.
    pub(in crate::tui) scroll: Scroll,
    /// The message that actions are about.
    pub(in crate::tui) selected: Option<OperationId>,
    /// The first message that was not read when it was opened.
    pub(in crate::tui) divider: Option<OperationId>,
    /// What is known to be missing.
    pub(in crate::tui) gaps: Vec<Gap>,
    /// Of each whose messages are missing, the most that were since any was.
    most_missing: BTreeMap<PersonId, u64>,
    /// The number of the last request for its end.
    pub(in crate::tui) latest: Ticket,
    /// The number of the request for its end that is under way.
    pub(in crate::tui) refreshing: Option<Ticket>,
    /// Whether its messages have come.
    pub(in crate::tui) is_loaded: bool,
    /// Whether its end is to be asked for again once it has come.
    pub(in crate::tui) is_stale: bool,
    /// The message to be shown once it is here.
    pub(in crate::tui) goal: Option<OperationId>,
    /// The message that somebody looked for, and by which words.
    pub(in crate::tui) sought: Option<(OperationId, String)>,
}

impl Pane {
    /// A conversation whose messages were asked for.
    pub(in crate::tui) fn opened(place: Place, latest: Ticket) -> Self {
        Self {
            place,
            window: Window::default(),
            scroll: Scroll::Latest,
            selected: None,
            divider: None,
            gaps: Vec::new(),
            most_missing: BTreeMap::new(),
            latest,
            refreshing: None,
            is_loaded: false,
            is_stale: false,
            goal: None,
            sought: None,
        }
    }

    /// Changes the messages that are here, all but the one on which the screen stands if there are too many.
    /// If that is there no longer, the screen stands on the nearest before it that is, or else behind it.
    pub(in crate::tui) fn change(&mut self, how: impl FnOnce(&mut Window, Option<OperationId>)) {
        let Scroll::At { message, .. } = self.scroll else {
            return how(&mut self.window, None);
        };
        let before: Vec<OperationId> = self.window.ids().collect();
        how(&mut self.window, Some(message));
        if self.window.place(message).is_some() {
            return;
        }
        let at = before.iter().position(|id| *id == message).unwrap_or(0);
        let (above, below) = before.split_at(at);
        let mut nearest = above.iter().rev().chain(below);
        let here = nearest.find(|id| self.window.place(**id).is_some());
        self.scroll = here.map_or(Scroll::Latest, |here| Scroll::At {
            message: *here,
            row: usize::MAX,
        });
    }

    /// Takes what is missing now.
    pub(in crate::tui) fn take_gaps(&mut self, gaps: Vec<Gap>) {
        let mut most = BTreeMap::new();
        for gap in &gaps {
            let before = self.most_missing.get(&gap.from.person);
            let now = before.map_or(gap.missing, |before| gap.missing.max(*before));
            most.insert(gap.from.person, now);
        }
        self.most_missing = most;
        self.gaps = gaps;
    }

    /// How much of what was missing of somebody has come, in hundredths.
    pub(in crate::tui) fn percent_come(&self, gap: &Gap) -> u64 {
        let most = self.most_missing.get(&gap.from.person);
        let most = most.copied().unwrap_or(0).max(gap.missing).max(1);
        most.saturating_sub(gap.missing).saturating_mul(100) / most
    }

    /// The message that actions are about.
    pub(in crate::tui) fn selected(&self) -> Option<&Message> {
        self.window.message(self.selected?)
    }

    /// Moves what actions are about to the message before or behind; the last one if there is none yet.
    pub(in crate::tui) fn select(&mut self, is_back: bool) {
        let all: Vec<OperationId> = self.window.messages().map(|message| message.id).collect();
        let place = all.iter().position(|id| self.selected == Some(*id));
        let next = match place {
            None => all.len().checked_sub(1),
            Some(place) if is_back => Some(place.saturating_sub(1)),
            Some(place) => Some((place + 1).min(all.len().saturating_sub(1))),
        };
        self.selected = next.and_then(|place| all.get(place).copied());
    }
}
