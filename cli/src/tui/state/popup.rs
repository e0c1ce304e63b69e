//! What stands in front of the conversations and has the keys.

use std::collections::BTreeSet;

use tidings_node::api::{Check, Delivery, Invite, Message, SafetyWords};
use tidings_node::{OperationId, PersonId};

use super::Party;
use crate::chat::{Place, Ticket};
use crate::tui::composer::Buffer;

/// One line that is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct Input(Buffer);

impl Input {
    /// A line that begins so.
    pub(in crate::tui) fn of(text: &str) -> Self {
        Self(Buffer::of(&one_line(text)))
    }

    /// The line.
    pub(in crate::tui) fn text(&self) -> &str {
        self.0.text()
    }

    /// Its text and cursor.
    pub(in crate::tui) fn buffer(&self) -> &Buffer {
        &self.0
    }

    /// Its text and cursor, to be changed.
    pub(in crate::tui) fn buffer_mut(&mut self) -> &mut Buffer {
        &mut self.0
    }

    /// Writes at the cursor; ends of lines become blanks, and what is too long is left out.
    pub(in crate::tui) fn insert(&mut self, text: &str) {
        let _ = self.0.insert(&one_line(text));
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

/// A list of which one is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::tui) struct Choice(usize);

impl Choice {
    /// This one.
    pub(in crate::tui) const fn at(place: usize) -> Self {
        Self(place)
    }

    /// Which of `count`.
    pub(in crate::tui) fn of(self, count: usize) -> usize {
        self.0.min(count.saturating_sub(1))
    }

    /// Goes on by some, or back.
    pub(in crate::tui) fn step(&mut self, by: isize, count: usize) {
        self.0 = self
            .of(count)
            .saturating_add_signed(by)
            .min(count.saturating_sub(1));
    }
}

/// What is to be done if the answer is yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Question {
    /// Delete a message for everybody.
    Delete(Place, OperationId),
    /// Delete a message on this device.
    DeleteForMe(Place, OperationId),
    /// Leave a room.
    Leave(Place),
    /// Block a contact, or no longer.
    Block(Place, bool),
    /// Take somebody out of a room.
    Remove(Place, PersonId),
}

/// What a line is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Wanted {
    /// A contact's code.
    Code,
    /// The title of a new room.
    NewRoom,
    /// Another title or name.
    Name(Place),
    /// After how long messages disappear.
    Lifetime(Place),
    /// A reaction.
    Reaction(Place, OperationId),
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Popup {
    /// All keys.
    Help {
        /// The first row that is shown.
        top: usize,
    },
    /// Actions by name.
    Palette {
        /// What is looked for.
        input: Input,
        /// Which is chosen.
        choice: Choice,
    },
    /// Messages by words.
    Search {
        /// What is looked for.
        input: Input,
        /// The number of the last question.
        ticket: Ticket,
        /// What was found, the newest first.
        found: Vec<Message>,
        /// Whether there is more.
        is_more: bool,
        /// Which is chosen.
        choice: Choice,
    },
    /// A code for somebody.
    Invite {
        /// The code; nothing while it is made.
        invite: Option<Invite>,
        /// Whether it is shown as a picture.
        is_picture: bool,
    },
    /// A line is asked for.
    Ask {
        /// What for.
        wanted: Wanted,
        /// As far as it is typed.
        input: Input,
    },
    /// A yes or no is asked for.
    Confirm(Question),
    /// Words to be compared.
    Verify {
        /// Whose.
        place: Place,
        /// The words; nothing while they are asked for.
        words: Option<SafetyWords>,
    },
    /// Who is in a room.
    Members {
        /// Which.
        place: Place,
        /// Who is chosen.
        choice: Choice,
    },
    /// What was looked at; nothing while that is done.
    Doctor {
        /// The findings.
        checks: Option<Vec<Check>>,
        /// The first row that is shown.
        top: usize,
        /// What they stand in front of.
        behind: Option<Box<Self>>,
    },
    /// All contacts.
    People {
        /// Who is chosen.
        choice: Choice,
    },
    /// Whom to take into a room.
    Pick {
        /// Which.
        party: Party,
        /// Who is looked for.
        input: Input,
        /// Who is picked.
        picked: BTreeSet<PersonId>,
        /// Who is chosen.
        choice: Choice,
    },
    /// What is known of a message.
    Details {
        /// Which.
        message: OperationId,
        /// With whom it is how far; nothing while that is asked for, or of somebody else's.
        deliveries: Option<Vec<Delivery>>,
        /// The first row that is shown.
        top: usize,
    },
    /// What is pinned in a conversation.
    Pinned {
        /// In which.
        place: Place,
        /// The messages, the newest first; nothing while they are asked for.
        found: Option<Vec<Message>>,
        /// Which is chosen.
        choice: Choice,
    },
    /// What is known of the node and of who we are.
    About,
}

impl Popup {
    /// What is there again once it is closed.
    pub(in crate::tui) fn behind(self) -> Option<Self> {
        if let Self::Doctor { behind, .. } = self {
            behind.map(|behind| *behind)
        } else {
            None
        }
    }
}
