//! What of the open conversation is on the screen, and whether it would be shown otherwise now.

use std::collections::VecDeque;

use tidings_node::OperationId;
use tidings_node::api::{Change, Message};

/// Messages on the screen of which a change is still told; of older ones it is not.
pub(super) const SHOWN_MESSAGES_MAX: usize = 1_000;

/// The messages that were shown last, the newest at the end.
#[derive(Debug, Default)]
pub(super) struct Shown(VecDeque<(OperationId, Look)>);

/// What of a message can change without a change that always shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    hidden: bool,
    disputed: bool,
}

impl Look {
    fn of(message: &Message) -> Self {
        Self {
            hidden: message.change == Change::Hidden,
            disputed: message.disputed,
        }
    }
}

impl Shown {
    /// Notes that a message is on the screen as it is now.
    pub(super) fn put(&mut self, message: &Message) {
        self.0.retain(|(id, _)| *id != message.id);
        if self.0.len() >= SHOWN_MESSAGES_MAX {
            self.0.pop_front();
        }
        self.0.push_back((message.id, Look::of(message)));
    }

    /// Whether a message is on the screen.
    pub(super) fn has(&self, message: &Message) -> bool {
        self.0.iter().any(|(id, _)| *id == message.id)
    }

    /// Takes a message that is on the screen as it is now. Says whether it looks otherwise.
    pub(super) fn changes(&mut self, message: &Message) -> bool {
        let Some((_, look)) = self.0.iter_mut().find(|(id, _)| *id == message.id) else {
            return false;
        };
        let before = std::mem::replace(look, Look::of(message));
        let always = [Change::Edited, Change::Deleted, Change::Reaction];
        always.contains(&message.change) || before != *look
    }
}
