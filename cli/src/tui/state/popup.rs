//! What stands in front of the conversations and has the keys.

use std::collections::BTreeSet;

use tidings_node::api::{Check, Delivery, Invite, Message, SafetyWords};
use tidings_node::{ConversationId, JoinId, OperationId, PersonId};

use super::{Party, Somebody};
use crate::chat::{Place, Ticket, Way};
use crate::safe_text::Safe;
use crate::tui::composer::Buffer;
use crate::tui::fault::Faults;

/// Bytes of a line that is typed: a code is the longest that is wanted.
const INPUT_BYTES_MAX: usize = 1024;

/// One line that is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct Input(Buffer);

impl Input {
    /// A line that begins so.
    pub(in crate::tui) fn of(text: &str) -> Self {
        Self(Buffer::of(one_line(text, INPUT_BYTES_MAX).as_str()))
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

    /// Writes at the cursor; ends of lines become blanks, and what has no room is left out.
    pub(in crate::tui) fn insert(&mut self, text: &str) {
        let room = INPUT_BYTES_MAX.saturating_sub(self.text().len());
        let _ = self.0.insert(&one_line(text, room));
    }
}

/// The start of a text, of at most so many bytes, on one line.
fn one_line(text: &str, bytes: usize) -> String {
    let start = text.get(..text.floor_char_boundary(bytes));
    let ends = ['\r', '\n', '\t', '\u{85}', '\u{2028}', '\u{2029}'];
    start.unwrap_or_default().replace(ends, " ")
}

/// A list of which one is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::tui) struct Choice(usize);

impl Choice {
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
    Leave(ConversationId),
    /// Block a contact, or no longer.
    Block(PersonId, bool),
    /// Take somebody out of a room.
    Remove(ConversationId, PersonId),
    /// Make somebody an admin of a room, or no longer.
    Admin(ConversationId, PersonId, bool),
    /// Wait no longer for whoever made a code.
    CancelJoin(JoinId),
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
        /// The verb that was written where a message is, if one was.
        written: Option<&'static str>,
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
        /// The first row that is shown.
        top: usize,
    },
    /// A code was used: what stood there says so, and is closed by whoever reads it.
    Used {
        /// What is said of it.
        said: Safe,
        /// By whom, if they are a contact now.
        by: Option<PersonId>,
        /// The first row that is shown.
        top: usize,
    },
    /// A line is asked for.
    Ask {
        /// What for.
        wanted: Wanted,
        /// As far as it is typed.
        input: Input,
        /// Which is chosen of what is offered, where something is.
        choice: Choice,
    },
    /// It is asked where files are to be written or lie.
    Path {
        /// Which.
        way: Way,
        /// As far as it is typed.
        input: Input,
        /// What it may go on with, once somebody wanted to know.
        offers: Option<Vec<String>>,
        /// The first of those that is shown.
        top: usize,
    },
    /// What is being written and taken.
    Transfers {
        /// Which is chosen, by its id.
        chosen: Option<u64>,
    },
    /// A yes or no is asked for.
    Confirm {
        /// What for.
        question: Question,
        /// The first row that is shown.
        top: usize,
    },
    /// Words to be compared.
    Verify {
        /// Whose.
        person: PersonId,
        /// The words; nothing while they are asked for.
        words: Option<SafetyWords>,
        /// Whether somebody said that they differ.
        differ: bool,
        /// The first row that is shown.
        top: usize,
    },
    /// Who is in a room.
    Members {
        /// Which.
        room: ConversationId,
        /// Who is chosen.
        chosen: Option<Somebody>,
    },
    /// What was looked at; nothing while that is done.
    Doctor {
        /// The findings.
        checks: Option<Vec<Check>>,
        /// Whether what is well is shown one by one.
        is_unfolded: bool,
        /// The first row that is shown.
        top: usize,
        /// What they stand in front of.
        behind: Option<Box<Self>>,
    },
    /// All contacts.
    People {
        /// Who is chosen.
        chosen: Option<Somebody>,
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
        chosen: Option<Somebody>,
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
    About {
        /// The first row that is shown.
        top: usize,
    },
    /// What is wrong in the file that says how the interface is wanted.
    Faults {
        /// That.
        faults: Faults,
        /// The first row that is shown.
        top: usize,
    },
}

impl Popup {
    /// The messages that it shows.
    pub(in crate::tui) fn found(&self) -> &[Message] {
        match self {
            Self::Search { found, .. } => found,
            Self::Pinned { found, .. } => found.as_deref().unwrap_or_default(),
            Self::Help { .. }
            | Self::Palette { .. }
            | Self::Invite { .. }
            | Self::Used { .. }
            | Self::Ask { .. }
            | Self::Path { .. }
            | Self::Transfers { .. }
            | Self::Confirm { .. }
            | Self::Verify { .. }
            | Self::Members { .. }
            | Self::Doctor { .. }
            | Self::People { .. }
            | Self::Pick { .. }
            | Self::Details { .. }
            | Self::About { .. }
            | Self::Faults { .. } => &[],
        }
    }

    /// Has of the messages that it shows those stay that are to, as they are made.
    pub(in crate::tui) fn retain(&mut self, stays: impl FnMut(&mut Message) -> bool) {
        if let Self::Search { found, .. }
        | Self::Pinned {
            found: Some(found), ..
        } = self
        {
            found.retain_mut(stays);
        }
    }

    /// Who is chosen of the people that it shows, to be changed; by who they are, as the node may say others any time.
    pub(in crate::tui) fn chosen_mut(&mut self) -> Option<&mut Option<Somebody>> {
        match self {
            Self::Members { chosen, .. } | Self::People { chosen } | Self::Pick { chosen, .. } => {
                Some(chosen)
            }
            Self::Help { .. }
            | Self::Palette { .. }
            | Self::Search { .. }
            | Self::Invite { .. }
            | Self::Used { .. }
            | Self::Ask { .. }
            | Self::Path { .. }
            | Self::Transfers { .. }
            | Self::Confirm { .. }
            | Self::Verify { .. }
            | Self::Doctor { .. }
            | Self::Details { .. }
            | Self::Pinned { .. }
            | Self::About { .. }
            | Self::Faults { .. } => None,
        }
    }

    /// What is there again once it is closed.
    pub(in crate::tui) fn behind(self) -> Option<Self> {
        if let Self::Doctor { behind, .. } = self {
            behind.map(|behind| *behind)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_most_bytes_is_taken_whole_and_not_one_byte_more() {
        let most = "a".repeat(INPUT_BYTES_MAX);
        let mut input = Input::default();
        input.insert(&most);
        assert_eq!(input.text(), most);
        input.insert("b");
        assert_eq!(input.text(), most);
        assert_eq!(Input::of(&format!("{most}b")).text(), most);
        let mut input = Input::of("x");
        input.insert(&"\u{d55c}\t\n".repeat(INPUT_BYTES_MAX));
        assert!(input.text().len() <= INPUT_BYTES_MAX);
        assert!(input.text().len() > INPUT_BYTES_MAX - 3);
        assert!(!input.text().contains(['\n', '\t']));
    }
}
