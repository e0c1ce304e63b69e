//! What of the open conversation is on the screen, and whether it would be shown otherwise now.

use std::collections::VecDeque;

use tidings_node::OperationId;
use tidings_node::api::{Change, Message};

use super::{Effect, Show, start};
use crate::chat::Ask;
use crate::output;

/// Messages on the screen of which a change is still told; of older ones it is not.
pub(super) const SHOWN_MESSAGES_MAX: usize = 1_000;

/// The messages that were shown last, the newest at the end.
#[derive(Debug, Default)]
pub(super) struct Shown {
    messages: VecDeque<(OperationId, Look, Facts)>,
    /// When the one that came last was stored.
    newest: u64,
}

/// What is known of a message that something can be done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) mine: bool,
    pub(super) deleted: bool,
    pub(super) pinned: bool,
    /// What our own person has put on it.
    pub(super) reacted: Vec<String>,
    pub(super) received_at: u64,
    /// What there is to say of it besides its text, safe to print.
    pub(super) remarks: String,
}

impl Facts {
    fn of(message: &Message) -> Self {
        Self {
            mine: message.mine,
            deleted: message.deleted,
            pinned: message.pinned,
            reacted: message.reacted.clone(),
            received_at: message.received_at,
            remarks: output::remarks(message),
        }
    }
}

/// By what a message is told from others once it is there no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plain) struct Trace {
    pub(in crate::plain) sent_at: u64,
    /// Who wrote it, safe to print.
    pub(in crate::plain) author: String,
    /// How its text began, safe to print.
    pub(in crate::plain) start: String,
}

/// What of a message can change without a change that always shows.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    hidden: bool,
    disputed: bool,
    trace: Trace,
}

impl Look {
    fn of(message: &Message) -> Self {
        Self {
            hidden: message.change == Change::Hidden,
            disputed: message.disputed,
            trace: Trace {
                sent_at: message.sent_at,
                author: if message.mine {
                    "you".to_owned()
                } else {
                    output::author(&message.from.name)
                },
                start: start(&message.body),
            },
        }
    }
}

impl Shown {
    /// Notes that a message is on the screen as it is now.
    pub(super) fn put(&mut self, message: &Message) {
        self.messages.retain(|(id, ..)| *id != message.id);
        if self.messages.len() >= SHOWN_MESSAGES_MAX {
            self.messages.pop_front();
        }
        self.messages
            .push_back((message.id, Look::of(message), Facts::of(message)));
        self.newest = self.newest.max(message.received_at);
    }

    /// Whether a message is on the screen.
    pub(super) fn has(&self, message: &Message) -> bool {
        self.messages.iter().any(|(id, ..)| *id == message.id)
    }

    /// Whether a message was stored after all that were put on the screen.
    pub(super) fn is_newer(&self, message: &Message) -> bool {
        message.received_at > self.newest
    }

    /// Takes a message that is on the screen as it is now. Says what is to be told, if it looks
    /// otherwise.
    pub(super) fn change(&mut self, message: &Message) -> Option<Show> {
        self.note(message);
        let mut messages = self.messages.iter_mut();
        let (_, look, _) = messages.find(|(id, ..)| *id == message.id)?;
        let before = std::mem::replace(look, Look::of(message));
        let always = [Change::Edited, Change::Deleted, Change::Reaction];
        let is_told = always.contains(&message.change) || before != *look;
        let was = before.trace.start;
        let was = (was != look.trace.start && !was.is_empty()).then_some(was);
        is_told.then(|| Show::Changed(Box::new(message.clone()), was))
    }

    /// Takes what is known of a message that is on the screen; that it looks otherwise is told when it is news.
    pub(super) fn note(&mut self, message: &Message) {
        let mut messages = self.messages.iter_mut();
        if let Some((.., facts)) = messages.find(|(id, ..)| *id == message.id) {
            *facts = Facts::of(message);
        }
    }

    /// The message that so many were shown after, itself counted: 1 is the last.
    pub(super) fn back(&self, number: usize) -> Option<(OperationId, &Trace, &Facts)> {
        let (id, look, facts) = self.messages.iter().rev().nth(number.checked_sub(1)?)?;
        Some((*id, &look.trace, facts))
    }

    /// The number of our own last message that is not deleted.
    pub(super) fn last_own(&self) -> Option<usize> {
        let mut messages = self.messages.iter().rev();
        let at = messages.position(|(.., facts)| facts.mine && !facts.deleted)?;
        Some(at + 1)
    }

    /// A message that is on the screen.
    pub(super) fn get(&self, message: OperationId) -> Option<(&Trace, &Facts)> {
        let mut messages = self.messages.iter();
        let (_, look, facts) = messages.find(|(id, ..)| *id == message)?;
        Some((&look.trace, facts))
    }

    /// Asks which of the messages on the screen are there no longer; of those that are hidden that
    /// was told.
    pub(super) fn look_for(&self) -> Option<Effect> {
        let messages = self.messages.iter();
        let messages: Vec<OperationId> = messages
            .filter(|(_, look, _)| !look.hidden)
            .map(|(id, ..)| *id)
            .collect();
        (!messages.is_empty()).then_some(Effect::Ask(Ask::Gone(messages)))
    }

    /// Takes which messages are there no longer. Tells of those on the screen, in their order.
    pub(super) fn take_gone(&mut self, gone: &[OperationId]) -> Vec<Effect> {
        let mut told = Vec::new();
        self.messages.retain(|(id, look, _)| {
            let is_gone = gone.contains(id) && !look.hidden;
            if is_gone {
                told.push(Effect::Show(Show::Gone(look.trace.clone())));
            }
            !is_gone
        });
        told
    }
}
