//! What stands in a conversation: its messages, and what was done to it between them.

use tidings_node::OperationId;
use tidings_node::api::{Deed, Message, MessagePage};

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
