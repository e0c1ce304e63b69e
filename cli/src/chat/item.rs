//! What stands in a conversation: its messages, and what was done to it between them.

use tidings_node::OperationId;
use tidings_node::api::{Deed, Message, MessagePage};

/// What was done to conversations that is told one by one where it stands together and not all is.
pub(crate) const DONE_IN_A_ROW_MAX: usize = 8;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// A message.
    Message(Box<Message>),
    /// Something that was done to the conversation. Nothing can be done to it.
    Deed(Box<Deed>),
}

impl Item {
    /// What stands on a page, in its order.
    pub(crate) fn of(page: MessagePage) -> Vec<Self> {
        let mut deeds = page.deeds.into_iter().peekable();
        let mut items = Vec::with_capacity(page.messages.len().saturating_add(deeds.len()));
        for message in page.messages {
            while let Some(deed) = deeds.next_if(|deed| deed.before == Some(message.id)) {
                items.push(Self::from(deed));
            }
            items.push(Self::from(message));
        }
        items.extend(deeds.map(Self::from));
        items
    }

    /// Puts what follows behind items, and lets go of what was done further up between two messages than is told and one
    /// more, by which it is known that there was more.
    pub(crate) fn follow(items: &mut Vec<Self>, more: impl IntoIterator<Item = Self>) {
        for item in more {
            if item.message().is_none() {
                let done = items.iter().rev().take_while(|one| one.message().is_none());
                let done = done.count();
                if done > DONE_IN_A_ROW_MAX {
                    items.remove(items.len().saturating_sub(done));
                }
            }
            items.push(item);
        }
    }

    /// Which; no two have the same.
    pub(crate) const fn id(&self) -> OperationId {
        match self {
            Self::Message(message) => message.id,
            Self::Deed(deed) => deed.id,
        }
    }

    /// What the clock showed of whoever wrote or did it.
    pub(crate) const fn at(&self) -> u64 {
        match self {
            Self::Message(message) => message.sent_at,
            Self::Deed(deed) => deed.at,
        }
    }

    /// The message, if it is one.
    pub(crate) fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
            Self::Deed(_) => None,
        }
    }

    /// The message, to be changed.
    pub(crate) fn message_mut(&mut self) -> Option<&mut Message> {
        match self {
            Self::Message(message) => Some(message),
            Self::Deed(_) => None,
        }
    }
}

impl From<Message> for Item {
    fn from(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

impl From<Deed> for Item {
    fn from(deed: Deed) -> Self {
        Self::Deed(Box::new(deed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn the_most_that_was_done_between_two_messages_is_kept_and_one_more_and_of_all_else_the_last() {
        let message = || Item::from(sample::received("Ben", "hi"));
        let deed = |number: usize| Item::from(sample::left(&number.to_string()));
        let mut items = Vec::new();
        for part in 0..3 {
            let done = (0..100).map(|number| deed(part * 100 + number));
            Item::follow(&mut items, done);
        }
        let kept = || (300 - DONE_IN_A_ROW_MAX - 1..300).map(deed);
        assert_eq!(items, kept().collect::<Vec<_>>());
        Item::follow(&mut items, [message(), deed(1)]);
        let all = kept().chain([message(), deed(1)]);
        assert_eq!(items, all.collect::<Vec<_>>());
    }

    #[test]
    fn what_was_done_stands_before_the_message_that_it_names_or_else_at_the_end() {
        let message = |first| Message {
            id: sample::id(first),
            ..sample::received("Ben", "hi")
        };
        let deed = |first, before: Option<char>| Deed {
            id: sample::id(first),
            before: before.map(sample::id),
            ..sample::left("Cho")
        };
        let page = MessagePage {
            messages: vec![message('b'), message('d'), message('e')],
            deeds: vec![
                deed('x', Some('b')),
                deed('y', Some('d')),
                deed('z', Some('d')),
                deed('w', None),
            ],
            cursor: "1".to_owned(),
            next: None,
            gaps: Vec::new(),
        };
        let ids: Vec<OperationId> = Item::of(page).iter().map(Item::id).collect();
        assert_eq!(ids, ['x', 'b', 'y', 'z', 'd', 'e', 'w'].map(sample::id));
    }
}
