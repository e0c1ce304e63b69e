//! What of the open conversation is on the screen, and whether it would be shown otherwise now.
//!
//! Invariants
//! - A message has a number from when it is shown first for as long as its conversation is open, and no other message
//!   gets it: what is typed about a number is about that message, whatever arrives meanwhile.

use std::collections::VecDeque;

use tidings_node::OperationId;
use tidings_node::api::{Change, Message};

use super::{Effect, Show, start};
use crate::chat::Ask;
use crate::plain::telling;
use crate::safe_text::Safe;
use crate::texts::Texts;

/// Messages on the screen of which a change is still told; of older ones it is not.
pub(super) const SHOWN_MESSAGES_MAX: usize = 1_000;

/// By what a message on the screen is named, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::plain) struct Number(pub(in crate::plain) u64);

/// The messages that were shown last, the newest at the end.
#[derive(Debug, Default)]
pub(super) struct Shown {
    messages: VecDeque<ShownMessage>,
    /// The last number that was given.
    given: u64,
    /// When the one that came last was stored.
    newest: u64,
}

/// A message on the screen.
#[derive(Debug)]
pub(super) struct ShownMessage {
    pub(super) number: Number,
    pub(super) id: OperationId,
    pub(super) facts: Facts,
    look: Look,
}

impl ShownMessage {
    /// By what it is told from others.
    pub(super) const fn trace(&self) -> &Trace {
        &self.look.trace
    }
}

/// What is known of a message that something can be done to.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) mine: bool,
    pub(super) deleted: bool,
    pub(super) pinned: bool,
    /// What our own person has put on it.
    pub(super) reacted: Vec<String>,
    pub(super) received_at: u64,
    /// What there is to say of it besides its text.
    pub(super) remarks: Safe,
}

impl Facts {
    fn of(message: &Message, texts: &Texts) -> Self {
        Self {
            mine: message.mine,
            deleted: message.deleted,
            pinned: message.pinned,
            reacted: message.reacted.clone(),
            received_at: message.received_at,
            remarks: telling::remarks(message, texts),
        }
    }
}

/// By what a message is told from others once it is there no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plain) struct Trace {
    pub(in crate::plain) sent_at: u64,
    /// Who wrote it.
    pub(in crate::plain) author: Safe,
    /// How its text began.
    pub(in crate::plain) start: Safe,
}

/// What of a message can change without a change that always shows.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    hidden: bool,
    disputed: bool,
    trace: Trace,
}

impl Look {
    fn of(message: &Message, texts: &Texts) -> Self {
        Self {
            hidden: message.change == Change::Hidden,
            disputed: message.disputed,
            trace: Trace {
                sent_at: message.sent_at,
                author: texts.by(message.mine, &message.from.name),
                start: start(&message.body, texts),
            },
        }
    }
}

impl Shown {
    /// Notes that a message is on the screen as it is now; its number.
    pub(super) fn put(&mut self, message: &Message, texts: &Texts) -> Number {
        let before = self.messages.iter().position(|one| one.id == message.id);
        let before = before.and_then(|at| self.messages.remove(at));
        let number = before.map_or_else(|| self.next_number(), |before| before.number);
        if self.messages.len() >= SHOWN_MESSAGES_MAX {
            self.messages.pop_front();
        }
        self.messages.push_back(ShownMessage {
            number,
            id: message.id,
            facts: Facts::of(message, texts),
            look: Look::of(message, texts),
        });
        self.newest = self.newest.max(message.received_at);
        number
    }

    const fn next_number(&mut self) -> Number {
        self.given = self.given.saturating_add(1);
        Number(self.given)
    }

    /// Whether a message was stored after all that were put on the screen.
    pub(super) fn is_newer(&self, message: &Message) -> bool {
        message.received_at > self.newest
    }

    /// Takes a message that is on the screen as it is now. Says what is to be told, if it looks
    /// otherwise.
    pub(super) fn change(&mut self, message: &Message, texts: &Texts) -> Option<Show> {
        let entry = self.find(message.id)?;
        entry.facts = Facts::of(message, texts);
        let before = std::mem::replace(&mut entry.look, Look::of(message, texts));
        let always = [Change::Edited, Change::Deleted, Change::Reaction];
        let is_told = always.contains(&message.change) || before != entry.look;
        let was = before.trace.start;
        let was = (was != entry.look.trace.start && !was.is_empty()).then_some(was);
        is_told.then(|| Show::Changed(entry.number, Box::new(message.clone()), was))
    }

    /// Takes what is known of a message that is on the screen; that it looks otherwise is told when it is news.
    pub(super) fn note(&mut self, message: &Message, texts: &Texts) {
        if let Some(entry) = self.find(message.id) {
            entry.facts = Facts::of(message, texts);
        }
    }

    fn find(&mut self, message: OperationId) -> Option<&mut ShownMessage> {
        self.messages.iter_mut().find(|one| one.id == message)
    }

    /// The message of that number.
    pub(super) fn numbered(&self, number: Number) -> Option<&ShownMessage> {
        self.messages.iter().find(|one| one.number == number)
    }

    /// The message that was shown last.
    pub(super) fn last(&self) -> Option<&ShownMessage> {
        self.messages.back()
    }

    /// Our own last message that is not deleted.
    pub(super) fn last_own(&self) -> Option<&ShownMessage> {
        let mut messages = self.messages.iter().rev();
        messages.find(|one| one.facts.mine && !one.facts.deleted)
    }

    /// A message that is on the screen.
    pub(super) fn get(&self, message: OperationId) -> Option<&ShownMessage> {
        self.messages.iter().find(|one| one.id == message)
    }

    /// Asks which of the messages on the screen are there no longer; of those that are hidden that
    /// was told.
    pub(super) fn look_for(&self) -> Option<Effect> {
        let messages = self.messages.iter();
        let messages: Vec<OperationId> = messages
            .filter(|one| !one.look.hidden)
            .map(|one| one.id)
            .collect();
        (!messages.is_empty()).then_some(Effect::Ask(Ask::Gone(messages)))
    }

    /// Takes which messages are there no longer. Tells of those on the screen, in their order.
    pub(super) fn take_gone(&mut self, gone: &[OperationId]) -> Vec<Effect> {
        let mut told = Vec::new();
        self.messages.retain(|one| {
            let is_gone = gone.contains(&one.id) && !one.look.hidden;
            if is_gone {
                told.push(Effect::Show(Show::Gone(one.number, one.trace().clone())));
            }
            !is_gone
        });
        told
    }
}
