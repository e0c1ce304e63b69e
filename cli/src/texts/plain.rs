//! What is told line by line: by the line chat, and before an interface begins.

use jiff::civil::{Date, DateTime};

use super::Texts;
use crate::safe_text::Safe;

/// One of the texts that only a number is put into.
type Counted = fn(&Texts, u64) -> Safe;

texts! {
    /// Said first.
    hello(name: &Safe);
    /// Before a line to somebody.
    prompt_to(name: &Safe);
    /// Before a line into a room.
    prompt_in(name: &Safe);
    /// A question, with its answers.
    asked(question: &Safe, yes: &Safe, no: &Safe);
    /// A question.
    ask_same(yes: &Safe, no: &Safe);
    /// Said once after Ctrl-C.
    interrupt_or_quit;
    /// Something went wrong.
    problem(what: &Safe);
    /// Of a line.
    unsent(text: &Safe);
    /// A text of which only the beginning is said.
    cut_off(start: &Safe);
    /// Said.
    node_ended_locked;
    /// Said.
    enter_unlocks;
    /// Said.
    enter_leaves;
    /// Of whoever is open.
    unreached(name: &Safe);
    /// Of a room.
    unreached_in(name: &Safe);

    /// Asks.
    passphrase;
    /// While the keys are made.
    making_keys;
    /// Asks.
    words_written;
    /// Above the question for a word, under the words themselves.
    words_above;
    /// Said to whoever leaves before there is a profile.
    nothing_made;
    /// Said to whoever leaves once there is a profile.
    profile_kept(place: &Safe);
    /// Of recovery words.
    words_unconfirmed;
    /// Asks.
    ask_anew;
    /// Why nobody can be reached.
    alone_offline;
    /// Why nobody can be reached.
    alone_because(why: &Safe);

    /// What is open now.
    conversation(name: &Safe);
    /// Before a message that was shown before.
    changed;
    /// Before a message that was shown before.
    gone;
    /// How a text began before.
    was(text: &Safe);
    /// Behind a text.
    in_reply_to(said: &Safe);
    /// What a message answers.
    missing_message;
    /// Behind a text.
    disappears_at(time: &Safe);
    /// How far a message has come that some have.
    delivered_to(outcome: &Safe, reached: u64, people: u64);
    /// A day of this year, beside a time.
    date(day: u64, month: &Safe);
    /// A day of another year, beside a time.
    date_with_year(day: u64, month: &Safe, year: u64);
    /// A time that no calendar holds.
    some_time;
    /// How far several messages have come.
    many(count: u64, outcome: &Safe);
    /// A message in another conversation.
    elsewhere(who: &Safe, said: &Safe, count: u64, open: &Safe);
    /// Somebody in a room.
    author_in(name: &Safe, room: &Safe);
    /// Of a conversation.
    nothing_yet(name: &Safe);
    /// Of a conversation.
    begun(draft: &Safe);
    /// Of a message.
    cancelled(said: &Safe);
    /// Of a message.
    not_cancelled(outcome: &Safe, said: &Safe);

    /// Above a code.
    give_code;
    /// Under a code.
    code_until(until: &Safe);
    /// Said.
    looking_for_maker;
    /// Said.
    maker_unreached;
    /// Said.
    now_contact(name: &Safe);
    /// Said.
    already_contact(name: &Safe);
    /// How a conversation is opened.
    to_write(open: &Safe);
    /// An alarm.
    held_off_now(name: &Safe, verify: &Safe);
    /// Above safety words.
    words_of(name: &Safe);
    /// Under safety words.
    words_how(name: &Safe);
    /// Under our safety words.
    words_why;
    /// Of a contact.
    renamed(before: &Safe, name: &Safe);
    /// Of a contact.
    now_blocked(name: &Safe);
    /// Of a contact.
    now_unblocked(name: &Safe);
    /// Of a contact.
    newer_version(name: &Safe);
    /// Of a contact.
    older_version(name: &Safe);
    /// Under what the node does.
    status_more;

    /// How it stands with a contact.
    held_off_verify;
    /// Of a contact.
    online;
    /// Of a conversation.
    is_open;
    /// Of a conversation.
    unread(count: u64);
    /// Of a conversation.
    is_put_away;
    /// How it stands with a room.
    room_invited;
    /// How it stands with a room.
    room_we_left;
    /// How it stands with a room.
    room_removed;
    /// In place of the list.
    no_contacts;
    /// In place of the list.
    code_waits_meanwhile;
    /// Under the list.
    codes_wait(count: u64);
    /// Under the list.
    list_opens(open: &Safe);
    /// Our own person among others.
    own_member(name: &Safe);

    /// Changes that are not told one by one.
    and_more(count: u64);
    /// Of a room.
    room_renamed(before: &Safe, room: &Safe);
    /// Of a room.
    you_rose(room: &Safe);
    /// Of a room.
    you_fell(room: &Safe);
    /// Of a room.
    room_invites(room: &Safe, accept: &Safe, leave: &Safe);
    /// Of a room.
    room_invites_by(name: &Safe, room: &Safe, accept: &Safe, leave: &Safe);
    /// Of a room.
    room_joined(room: &Safe, open: &Safe);
    /// Of a room.
    room_joined_by(name: &Safe, room: &Safe, open: &Safe);
    /// Of a room.
    room_turned_down(room: &Safe);
    /// Of a room.
    you_left(room: &Safe);
    /// Of a room.
    you_were_removed(room: &Safe);
    /// Of a member.
    member_came(name: &Safe, room: &Safe);
    /// Of a member.
    member_rose(name: &Safe, room: &Safe);
    /// Of a member.
    member_fell(name: &Safe, room: &Safe);
    /// Of a member.
    member_went(name: &Safe, room: &Safe);
    /// How long messages stay in a room.
    expires_in(room: &Safe, span: &Safe);
    /// How long messages stay.
    expires_with(name: &Safe, span: &Safe);
    /// How long messages stay in a room.
    stays_in(room: &Safe);
    /// How long messages stay.
    stays_with(name: &Safe);
    /// A span of time.
    weeks(count: u64);
    /// A span of time.
    days(count: u64);
    /// A span of time.
    hours(count: u64);
    /// A span of time.
    minutes(count: u64);
    /// A span of time.
    seconds(count: u64);
    /// Of a conversation.
    now_muted(name: &Safe);
    /// Of a conversation.
    now_unmuted(name: &Safe);
    /// Of a conversation.
    now_put_away(name: &Safe);
    /// Of a conversation.
    now_taken_back(name: &Safe);
    /// Of a conversation.
    now_told(name: &Safe);
    /// Of a conversation.
    now_untold(name: &Safe);

    /// Under what was found.
    found_count(count: u64);
    /// Under what was found.
    found_more(count: u64);
    /// Before what was found.
    found_in(number: u64, place: &Safe);
    /// Where something was found.
    another_conversation;
    /// Before what is pinned.
    pinned_number(number: u64);
    /// Of a conversation.
    nothing_pinned(name: &Safe);
    /// While everything is looked at.
    checking;
    /// What was looked at.
    check_well(name: &Safe, detail: &Safe);
    /// What was looked at.
    check_ill(name: &Safe, detail: &Safe);
    /// What was looked at.
    check_ill_since(name: &Safe, detail: &Safe, since: &Safe);
    /// What would help.
    check_helps(hint: &Safe);
    /// Under what was looked at.
    all_well;
    /// Under what was looked at.
    not_all_well(ill: u64, all: u64);
}

impl Texts {
    /// A span of time, in the largest unit of which it is some.
    pub(crate) fn span(&self, seconds: u32) -> Safe {
        const UNITS: [(u32, Counted); 4] = [
            (7 * 86_400, Texts::weeks),
            (86_400, Texts::days),
            (3_600, Texts::hours),
            (60, Texts::minutes),
        ];
        let is_whole = |(unit, _): &(u32, _)| seconds.is_multiple_of(*unit);
        match UNITS.into_iter().find(is_whole) {
            Some((unit, words)) => words(self, u64::from(seconds / unit)),
            None => self.seconds(u64::from(seconds)),
        }
    }

    /// A moment: its time alone if that is today, and with the year if that is another one.
    pub(crate) fn moment(&self, at: DateTime, today: Option<Date>) -> Safe {
        let time = at.strftime("%H:%M");
        if today == Some(at.date()) {
            return Safe::line(&time.to_string());
        }
        let (month, day) = (self.month(at.month()), u64::try_from(at.day()).unwrap_or(0));
        let date = match u64::try_from(at.year()) {
            Ok(year) if today.is_none_or(|today| today.year() != at.year()) => {
                self.date_with_year(day, &month, year)
            }
            Ok(_) | Err(_) => self.date(day, &month),
        };
        Safe::line(&format!("{date} {time}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn a_moment_is_said_by_as_much_as_tells_it_from_now() {
        let [english, korean] = Language::ALL.map(Texts::of);
        let at: DateTime = "2026-03-01T09:05".parse().unwrap();
        let said = |texts: &Texts, today: &str| String::from(texts.moment(at, today.parse().ok()));
        assert_eq!(said(&english, "2026-03-01"), "09:05");
        assert_eq!(said(&english, "2026-12-01"), "1 March 09:05");
        assert_eq!(said(&english, "2027-03-01"), "1 March 2026 09:05");
        assert_eq!(said(&english, ""), "1 March 2026 09:05");
        assert_eq!(said(&korean, "2026-12-01"), "3월 1일 09:05");
        assert_eq!(said(&korean, ""), "2026년 3월 1일 09:05");
    }

    #[test]
    fn a_span_is_said_in_the_largest_unit_of_which_it_is_some() {
        let texts = Texts::of(Language::English);
        for (seconds, said) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (120, "2 minutes"),
            (3_600, "1 hour"),
            (86_400, "1 day"),
            (14 * 86_400, "2 weeks"),
        ] {
            assert_eq!(texts.span(seconds).as_str(), said);
        }
    }
}
