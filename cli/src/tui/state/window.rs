//! The part of a conversation that is in memory: some messages that follow one another, with what was done between them.
//!
//! Invariants
//! - All of it stands in the order in which the conversation is displayed, each once, and
//!   there is at most [`WINDOW_MESSAGES_MAX`] of it. What is too much is let go at the end that is further from
//!   what is looked at, and asked for again.
//! - What quotes a message of which it is known how it is now quotes it as it is.
//! - Where something is known to follow, [`Beyond::More`] or [`Beyond::Asked`] says so.

use std::collections::{BTreeSet, VecDeque};

use tidings_node::OperationId;
use tidings_node::api::{Change, Message, QUOTE_CHARACTERS_MAX, Quote};

use crate::chat::Item;

/// Messages of a conversation in memory, with what was done between them.
pub(in crate::tui) const WINDOW_MESSAGES_MAX: usize = 400;

/// As many of them are asked for at once.
pub(in crate::tui) const PAGE_MESSAGES: u32 = 50;

/// What lies beyond an end of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Beyond {
    /// Nothing: the conversation ends there.
    #[default]
    Nothing,
    /// More, which can be asked for.
    More,
    /// More, which was asked for.
    Asked,
}

/// An end of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Side {
    /// The beginning of the conversation.
    Older,
    /// Its end.
    Newer,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct Window {
    items: VecDeque<Item>,
    older: Beyond,
    newer: Beyond,
}

impl Window {
    /// A part of a conversation, with what lies beyond it.
    pub(in crate::tui) fn of(items: Vec<Item>, older: Beyond, newer: Beyond) -> Self {
        let mut window = Self {
            items: items.into(),
            older,
            newer,
        };
        window.trim(Side::Older, None);
        window
    }

    /// The messages, the oldest first.
    pub(in crate::tui) fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> + Clone {
        self.items.iter().filter_map(Item::message)
    }

    /// What all that is here is named by, in its order.
    pub(in crate::tui) fn ids(&self) -> impl Iterator<Item = OperationId> {
        self.items.iter().map(Item::id)
    }

    /// How much there is.
    pub(in crate::tui) fn len(&self) -> usize {
        self.items.len()
    }

    /// What stands at a place.
    pub(in crate::tui) fn at(&self, place: usize) -> Option<&Item> {
        self.items.get(place)
    }

    /// Where something stands.
    pub(in crate::tui) fn place(&self, id: OperationId) -> Option<usize> {
        self.items.iter().position(|item| item.id() == id)
    }

    /// A message.
    pub(in crate::tui) fn message(&self, id: OperationId) -> Option<&Message> {
        self.messages().find(|message| message.id == id)
    }

    /// What lies beyond an end.
    pub(in crate::tui) fn beyond(&self, side: Side) -> Beyond {
        match side {
            Side::Older => self.older,
            Side::Newer => self.newer,
        }
    }

    /// Notes that what lies beyond an end is asked for: that beside which it lies, if there is
    /// anything to ask for.
    pub(in crate::tui) fn ask(&mut self, side: Side) -> Option<OperationId> {
        if self.beyond(side) != Beyond::More {
            return None;
        }
        let beside = match side {
            Side::Older => self.items.front(),
            Side::Newer => self.items.back(),
        }?
        .id();
        *self.beyond_mut(side) = Beyond::Asked;
        Some(beside)
    }

    /// Notes that what was asked for does not come.
    pub(in crate::tui) fn failed(&mut self, side: Side) {
        if self.beyond(side) == Beyond::Asked {
            *self.beyond_mut(side) = Beyond::More;
        }
    }

    /// Takes what lies beyond an end, in order; `more` if that is not all. `beside` is what
    /// was at that end when it was asked for: if it is there no longer, what came has no place. `looked_at`
    /// stays here.
    pub(in crate::tui) fn take(
        &mut self,
        side: Side,
        beside: OperationId,
        page: Vec<Item>,
        more: bool,
        looked_at: Option<OperationId>,
    ) {
        let end = match side {
            Side::Older => self.items.front(),
            Side::Newer => self.items.back(),
        };
        if end.is_none_or(|item| item.id() != beside) {
            return self.failed(side);
        }
        self.requote(&page);
        let known: BTreeSet<OperationId> = self.ids().collect();
        let new = page.into_iter().filter(|one| !known.contains(&one.id()));
        match side {
            Side::Older => new.rev().for_each(|one| self.items.push_front(one)),
            Side::Newer => self.items.extend(new),
        }
        *self.beyond_mut(side) = if more { Beyond::More } else { Beyond::Nothing };
        let other = match side {
            Side::Older => Side::Newer,
            Side::Newer => Side::Older,
        };
        self.trim(other, looked_at);
    }

    /// Takes the end of the conversation as it is now, in order; `more` if that is not all of it.
    /// Whether it is here then. `looked_at` stays here: if the end does not join on to what is, there is now a part
    /// between that is not. If that is nothing, the end is here in any case, in place of all else if need be: whoever
    /// writes faster than what lies between can be asked for is kept up with.
    pub(in crate::tui) fn take_latest(
        &mut self,
        page: Vec<Item>,
        more: bool,
        looked_at: Option<OperationId>,
    ) -> bool {
        let joint = page.iter().find_map(|item| self.place(item.id()));
        let is_apart = joint.is_none() && looked_at.is_none();
        if !more || is_apart || self.items.is_empty() {
            let older = if more { Beyond::More } else { Beyond::Nothing };
            *self = Self::of(page, older, Beyond::Nothing);
            return true;
        }
        let Some(joint) = joint else {
            self.newer = Beyond::More;
            return false;
        };
        let new: BTreeSet<OperationId> = page.iter().map(Item::id).collect();
        self.items.truncate(joint);
        self.requote(&page);
        self.items.retain(|item| !new.contains(&item.id()));
        self.items.extend(page);
        self.newer = Beyond::Nothing;
        self.trim(Side::Older, looked_at);
        true
    }

    /// Takes a message as it is now, wherever it is quoted, too; whether it is here.
    pub(in crate::tui) fn change(&mut self, message: &Message) -> bool {
        self.requote_as(message);
        let here = self.messages_mut().find(|one| one.id == message.id);
        here.map(|here| here.clone_from(message)).is_some()
    }

    /// Notes that messages were read.
    pub(in crate::tui) fn mark_read(&mut self, read: &[OperationId]) {
        for message in self.messages_mut() {
            message.read |= read.contains(&message.id);
        }
    }

    /// Lets go of what is there no longer.
    pub(in crate::tui) fn remove(&mut self, gone: &BTreeSet<OperationId>) {
        self.items.retain(|item| !gone.contains(&item.id()));
        let is_gone = |message: &OperationId| gone.contains(message);
        for message in self.messages_mut() {
            if message.reply_to.as_ref().is_some_and(is_gone) {
                message.quote = None;
            }
        }
    }

    /// The messages that are quoted here.
    pub(in crate::tui) fn quoted(&self) -> impl Iterator<Item = OperationId> {
        let quoting = self.messages().filter(|one| one.quote.is_some());
        quoting.filter_map(|message| message.reply_to)
    }

    /// Has messages be quoted as they are now.
    fn requote(&mut self, now: &[Item]) {
        now.iter()
            .filter_map(Item::message)
            .for_each(|message| self.requote_as(message));
    }

    /// Has a message be quoted as it is now.
    fn requote_as(&mut self, now: &Message) {
        let quoting = self.messages_mut();
        for message in quoting.filter(|message| message.reply_to == Some(now.id)) {
            message.quote = quote(now);
        }
    }

    fn messages_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.items.iter_mut().filter_map(Item::message_mut)
    }

    fn beyond_mut(&mut self, side: Side) -> &mut Beyond {
        match side {
            Side::Older => &mut self.older,
            Side::Newer => &mut self.newer,
        }
    }

    /// Lets go of what is too much: at the end that is further from what is looked at, at `side` if that is nothing.
    fn trim(&mut self, side: Side, looked_at: Option<OperationId>) {
        while self.items.len() > WINDOW_MESSAGES_MAX {
            let side = match looked_at.and_then(|id| self.place(id)) {
                Some(place) if place < self.items.len() / 2 => Side::Newer,
                Some(_) => Side::Older,
                None => side,
            };
            match side {
                Side::Older => self.items.pop_front(),
                Side::Newer => self.items.pop_back(),
            };
            *self.beyond_mut(side) = Beyond::More;
        }
    }
}

/// How a message is quoted; not at all if it is shown no longer.
fn quote(message: &Message) -> Option<Quote> {
    (message.change != Change::Hidden).then(|| Quote {
        from: message.from.clone(),
        mine: message.mine,
        body: message.body.chars().take(QUOTE_CHARACTERS_MAX).collect(),
        deleted: message.deleted,
    })
}

#[cfg(test)]
mod tests;
