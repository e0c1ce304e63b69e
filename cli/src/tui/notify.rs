//! How somebody is told of what arrives while they do not look.
//!
//! ```text
//!  message --- arrived --> Waiting --- due --> Notification: a bell, the desktop, or both
//! ```
//!
//! Invariants
//! - What is told says how many there are, and who wrote them only where that is wanted; never what they wrote.
//! - A burst is told of at its first message, and then once in [`TELL_MILLIS`], with its number.

mod desktop;

use tidings_node::PersonId;
use tidings_node::api::{Author, Conversation, Message, Standing};

pub(super) use desktop::{Desktop, Untold};

use super::state::State;
use crate::safe_text::Safe;
use crate::texts::Texts;

/// How long nothing is told after something was, in milliseconds.
pub(super) const TELL_MILLIS: u64 = 5_000;

/// Columns of a name that the desktop is told.
const TOLD_NAME_COLUMNS_MAX: usize = 40;

/// What makes itself noticed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// Nothing.
    Off,
    /// The terminal.
    #[default]
    Bell,
    /// The desktop.
    Desktop,
    /// The terminal and the desktop.
    Both,
}

impl Way {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Bell, Self::Desktop, Self::Both, Self::Off];

    /// Its name in the settings.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Bell => "bell",
            Self::Desktop => "desktop",
            Self::Both => "both",
        }
    }

    /// The way of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }

    /// Whether the terminal does.
    pub(super) const fn rings(self) -> bool {
        matches!(self, Self::Bell | Self::Both)
    }

    /// Whether the desktop does.
    pub(super) const fn shows(self) -> bool {
        matches!(self, Self::Desktop | Self::Both)
    }
}

/// How somebody wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    /// By what.
    pub(super) way: Way,
    /// Whether the desktop is told who wrote.
    pub(super) has_names: bool,
    /// Whether the terminal's title says how much is unread.
    pub(super) has_title: bool,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            way: Way::default(),
            has_names: false,
            has_title: true,
        }
    }
}

/// What the desktop is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "desktop"),
    allow(dead_code, reason = "only a desktop reads it")
)]
pub(super) struct Notification {
    /// How many messages: words of ours.
    pub(super) summary: Safe,
    /// Who wrote them, if that is wanted.
    pub(super) from: Option<Safe>,
}

impl Notification {
    /// Who wrote them, for whoever takes markup in it.
    #[cfg(any(test, feature = "desktop"))]
    fn markup(&self) -> String {
        let from = self.from.as_ref().map_or("", Safe::as_str);
        let mut markup = String::new();
        for character in from.chars() {
            match character {
                '&' => markup.push_str("&amp;"),
                '<' => markup.push_str("&lt;"),
                '>' => markup.push_str("&gt;"),
                '"' => markup.push_str("&quot;"),
                '\'' => markup.push_str("&#39;"),
                other => markup.push(other),
            }
        }
        markup
    }
}

/// Whose messages wait to be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum From {
    One(PersonId, Safe),
    Several(Safe),
}

/// What arrived and was not told of yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    count: u64,
    /// Whether it is an invitation into a room, too.
    is_invitation: bool,
    /// Whose; of several, the name of the last.
    from: Option<From>,
    /// When something may be told again: once so much time has passed, in milliseconds.
    due: u64,
}

impl Waiting {
    /// Notes a message.
    pub(super) fn arrived(&mut self, message: &Message, texts: &Texts) {
        self.count = self.count.saturating_add(1);
        self.is_from(&message.from, texts);
    }

    /// Notes an invitation into a room.
    pub(super) fn invited(&mut self, by: Option<&Author>, texts: &Texts) {
        self.is_invitation = true;
        if let Some(by) = by {
            self.is_from(by, texts);
        }
    }

    fn is_from(&mut self, author: &Author, texts: &Texts) {
        let person = author.person;
        let name = texts.author(&author.name);
        let name = name.truncated(TOLD_NAME_COLUMNS_MAX);
        let is_same = match &self.from {
            None => true,
            Some(From::One(before, _)) => *before == person,
            Some(From::Several(_)) => false,
        };
        self.from = Some(if is_same {
            From::One(person, name)
        } else {
            From::Several(name)
        });
    }

    /// Notes that somebody looks: what waits need not be told any more.
    pub(super) fn seen(&mut self) {
        self.count = 0;
        self.is_invitation = false;
        self.from = None;
    }

    /// What is to be told now, if something waits and it is not too soon.
    pub(super) fn due(&mut self, now: u64, has_names: bool, texts: &Texts) -> Option<Notification> {
        if self.count == 0 && !self.is_invitation || now < self.due {
            return None;
        }
        let summary = if self.count == 0 {
            texts.notify_invitation()
        } else {
            texts.notify_messages(self.count)
        };
        let from = match &self.from {
            Some(From::One(_, name)) => Some(name.clone()),
            Some(From::Several(name)) => Some(texts.notify_several(name)),
            None => None,
        };
        self.seen();
        self.due = now.saturating_add(TELL_MILLIS);
        Some(Notification {
            summary,
            from: from.filter(|_| has_names),
        })
    }
}

/// The title of the terminal. It holds nothing that anybody wrote.
pub(super) fn title(state: &State) -> String {
    match unread(state.book.conversations()) {
        Some(unread) => format!("{unread} Tidings"),
        None => "Tidings".to_owned(),
    }
}

/// In how many conversations but the open one something waits, as [`title`] says it.
pub(super) fn unread_elsewhere(state: &State) -> Option<String> {
    let open = state.open_place();
    let all = state.book.conversations().iter();
    unread(all.filter(|one| state.book.place(one.id) != open))
}

/// In how many conversations something is unread that is worth an interruption, and in how many of them we are
/// mentioned; nothing where there are none.
fn unread<'a>(all: impl IntoIterator<Item = &'a Conversation>) -> Option<String> {
    let (mut worth, mut mentions) = (0_usize, 0_usize);
    for conversation in all {
        let is_mentioned = conversation.mentions > 0;
        let is_unread = conversation.unread > 0 && !conversation.muted;
        let is_worth = is_unread || is_mentioned || conversation.standing == Standing::Invited;
        worth += usize::from(is_worth);
        mentions += usize::from(is_mentioned);
    }
    match (worth, mentions) {
        (0, _) => None,
        (worth, 0) => Some(format!("({worth})")),
        (worth, mentions) => Some(format!("({worth}, @{mentions})")),
    }
}

#[cfg(test)]
mod tests;
