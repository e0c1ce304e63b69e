//! What stands in a conversation: its days, and its messages with how far they have come.

use tidings_node::api::{Change, Message};

use super::Texts;
use crate::safe_text::Safe;

texts! {
    /// Our own person.
    you;
    /// Somebody whose name is that word.
    named_you(name: &Safe);
    /// In place of a name that shows nothing.
    no_name;
    /// Above what was not read.
    new_messages;
    /// What a message answers, which is not here.
    answers_missing;
    /// What a message answers.
    answers(who: &Safe, said: &Safe);
    /// In place of a text.
    deleted;
    /// In place of a text.
    disappeared;
    /// In place of a text.
    hidden;
    /// In place of a text.
    unsupported;
    /// Behind a text.
    edited;
    /// Behind a text.
    pinned;
    /// Behind a text.
    urgent;
    /// Behind a text.
    disputed;
    /// Behind a text.
    mentions_you;
    /// Behind a text.
    disappears_in_days(count: u64);
    /// Behind a text.
    disappears_in_hours(count: u64);
    /// Behind a text.
    disappears_in_minutes(count: u64);
    /// Behind a text.
    disappears_in_seconds(count: u64);
    /// How far a message has come.
    state_failed;
    /// How far a message has come.
    state_failed_for(reason: &Safe);
    /// How far a message has come.
    queued;
    /// How far a message has come.
    carried;
    /// How far a message has come.
    delivered;
    /// How far a message has come that is for nobody.
    for_nobody;
    /// How far a message has come.
    read;
    /// To how many of all.
    reached_of(reached: u64, people: u64);
    /// A day.
    today;
    /// A day.
    yesterday;
    /// A day of this year.
    day_of_year(weekday: &Safe, day: u64, month: &Safe);
    /// A day of another year.
    day_with_year(weekday: &Safe, day: u64, month: &Safe, year: u64);
    /// How much is missing of somebody.
    missing(count: u64, name: &Safe);
    /// How much of somebody is on its way, from whom.
    fetching(percent: u64, count: u64, name: &Safe, from: &Safe);
}

impl Texts {
    /// Who wrote something.
    pub(crate) fn by(&self, mine: bool, name: &str) -> Safe {
        if mine { self.you() } else { self.author(name) }
    }

    /// What stands in place of a message's text, if anything does.
    pub(crate) fn instead(&self, message: &Message) -> Option<Safe> {
        if message.deleted && message.reason.as_deref() == Some("expired") {
            Some(self.disappeared())
        } else if message.deleted {
            Some(self.deleted())
        } else if message.change == Change::Hidden {
            Some(self.hidden())
        } else if message.unsupported {
            Some(self.unsupported())
        } else {
            None
        }
    }
}
