//! The words of the interface, in one's own language: one catalogue, a file a language.
//!
//! Invariants
//! - What is said comes out as [`Safe`] text, whatever name or number is put into it.
//! - Every language has every text, with the same names in it: a test compares them.

mod bundle;
mod language;

use jiff::civil::Date;

pub(crate) use language::Language;

use crate::chat::Entry;
use crate::safe_text::Safe;
use bundle::{Argument, Bundle};

/// See the module.
#[derive(Debug)]
pub(crate) struct Texts {
    bundle: Bundle,
}

/// One of the texts that nothing is put into.
pub(crate) type Saying = fn(&Texts) -> Safe;

/// Makes a function of each text, and the list of all.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident $(($($argument:ident: $kind:ty),+))?;)*) => {
        impl Texts {
            $(
                $(#[$doc])*
                pub(crate) fn $name(&self $($(, $argument: $kind)+)?) -> Safe {
                    self.say(stringify!($name), &[$($((stringify!($argument), $argument.into())),+)?])
                }
            )*
        }

        /// The names of all texts but those of actions.
        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

texts! {
    /// Our own person.
    you;
    /// Somebody whose name is that word.
    named_you(name: &Safe);
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

    /// In the header.
    offline;
    /// In the header.
    offline_set;
    /// In the header.
    offline_because(why: &Safe);
    /// In the header.
    lan_off;
    /// In the header.
    internet_off;
    /// In the header.
    alone;
    /// In the header.
    paths_lan(count: u64);
    /// In the header.
    paths_internet(count: u64);
    /// In the header.
    paths_relayed(count: u64);
    /// In the header.
    messages_carried(count: u64);
    /// In the header.
    messages_queued(count: u64);
    /// In the header.
    held_off;
    /// In the header.
    verified_mark;
    /// In the header, before the title.
    room_mark;
    /// In the header.
    muted;
    /// In the header.
    receipts_off;
    /// In the header.
    needs_newer;
    /// In the header.
    not_shown(count: u64);
    /// In the header.
    disappear_after(span: &Safe);

    /// Where there is nobody to write to.
    nobody_yet(invite: &Safe, join: &Safe);
    /// Where nothing is open.
    nothing_open;
    /// Where nothing was written.
    nothing_written;
    /// While messages are asked for.
    loading;
    /// In the list.
    invitation;
    /// In the list.
    draft;
    /// In the list.
    put_away;
    /// Above what is written.
    writing_to(name: &Safe);
    /// Above what is written.
    writing_in(name: &Safe);
    /// Above what is written.
    answering(name: &Safe, said: &Safe);
    /// Above what is written.
    answering_own(said: &Safe);
    /// Above what is written.
    answering_missing;
    /// Above what is written.
    editing;
    /// The same, of what was sent before.
    recalled;
    /// Where one is invited.
    invited_by(name: &Safe, room: &Safe);
    /// Where one is invited, by nobody who is known.
    invited_to(room: &Safe);
    /// Above what is written, where one is invited.
    invited_keys(accept: &Safe, leave: &Safe);
    /// Above what is written.
    room_left;
    /// Above what is written.
    contact_blocked(block: &Safe);
    /// Above what is written.
    contact_held_off(why: &Safe, verify: &Safe);
    /// Above what is written.
    typing(names: &Safe);
    /// Where more came below.
    more_below;
    /// In the footer.
    keys(help: &Safe, palette: &Safe, search: &Safe, focus: &Safe);
    /// The same, before it, in the messages.
    message_keys(reply: &Safe, edit: &Safe, react: &Safe, delete: &Safe, details: &Safe, close: &Safe);
    /// The same in the list.
    list_keys(open: &Safe);
    /// In the list, below whoever is there.
    code_waits;

    /// Said once after Ctrl-C.
    interrupt_again;
    /// Said.
    nothing_unread;
    /// Said.
    too_long;
    /// Said.
    verified(name: &Safe);
    /// Said.
    not_here;
    /// Said.
    met(name: &Safe);
    /// Said in place of a code.
    used(name: &Safe);
    /// Said of somebody whose conversation is not opened.
    met_elsewhere(name: &Safe, people: &Safe);
    /// Said of a room.
    room_there(name: &Safe);
    /// Said.
    joining;
    /// Said.
    join_pending;
    /// Said over what was looked at.
    nobody_found;
    /// Said.
    nobody_reached(doctor: &Safe);
    /// Said.
    not_yours;
    /// Said.
    copied;
    /// Said.
    mouse_on;
    /// Said.
    mouse_off;
    /// Said.
    not_here_now;
    /// Said in a room.
    not_here_verify(members: &Safe);
    /// Said.
    not_here_rename(rename: &Safe);
    /// Said.
    choose_message;
    /// Said.
    no_contact;
    /// Said.
    no_lifetime;
    /// Said of the node's end.
    ended(why: &Safe);
    /// Why, if nobody here ended it.
    ended_outside;
    /// Said once the interface has left.
    not_sent(to: &Safe, text: &Safe);
    /// A heading.
    locked_title;
    /// Why a passphrase is asked for.
    locked_why;
    /// While a passphrase is tried.
    unlocking;
    /// Of a passphrase.
    wrong_passphrase;
    /// Keys.
    locked_keys;
    /// Said.
    unlocked;

    /// Said to the desktop.
    notify_messages(count: u64);
    /// Said to the desktop.
    notify_invitation;
    /// Said to the desktop.
    notify_several(name: &Safe);
    /// Said.
    no_desktop(why: &Safe);

    /// Where a screen has no room.
    too_small;
    /// A heading of the first run.
    welcome_title;
    /// Said first of all.
    welcome_about;
    /// Where the profile is to be.
    welcome_place(place: &Safe);
    /// For whoever does not see the screen.
    welcome_plain;
    /// A question.
    welcome_name;
    /// Under a name.
    welcome_no_name;
    /// A heading.
    welcome_passphrase_title;
    /// What a passphrase is for.
    welcome_passphrase_about;
    /// A question.
    welcome_passphrase;
    /// A question.
    welcome_again;
    /// Under a passphrase.
    welcome_other_passphrase;
    /// Under a passphrase.
    welcome_no_passphrase;
    /// Under a question.
    welcome_keys(accept: &Safe, close: &Safe);
    /// While the keys are made.
    welcome_making;
    /// While the keys are made that somebody does not wait for.
    welcome_leaving;
    /// A heading of the recovery words.
    welcome_words;
    /// What to do with the recovery words.
    welcome_words_advice;
    /// Under the recovery words, which go on.
    welcome_words_more(down: &Safe);
    /// Under the recovery words.
    welcome_words_written(accept: &Safe);
    /// Said once after Ctrl-C.
    welcome_leave_again;
    /// The same, before the words were confirmed.
    welcome_leave_words;
    /// Above the question for a word.
    welcome_proof_about;
    /// Asks for a word by its number.
    welcome_proof(number: u64);
    /// Another word was typed.
    welcome_other_word(number: u64);
    /// The keys that lead on and back.
    welcome_proof_keys(accept: &Safe, close: &Safe);
    /// A question.
    welcome_begin;
    /// A beginning.
    welcome_look_around;
    /// Under the beginnings.
    welcome_begin_keys(accept: &Safe, close: &Safe);

    /// A letter.
    yes_letter;
    /// A letter.
    no_letter;
    /// Under a question.
    yes_or_no(yes: &Safe, no: &Safe);
    /// Under what stands in front.
    close_hint(close: &Safe);
    /// A heading.
    help_title;
    /// A heading of keys.
    keys_everywhere;
    /// A heading of keys.
    keys_list;
    /// A heading of keys.
    keys_messages;
    /// A heading of keys.
    keys_composer;
    /// A heading of keys.
    keys_popup;
    /// A heading of what has no keys.
    keys_none(palette: &Safe);
    /// A heading.
    palette_title;
    /// Where nothing fits.
    palette_none;
    /// A heading.
    search_title;
    /// Where nothing was found.
    search_none;
    /// Where nothing was looked for.
    search_hint;
    /// Under what was found.
    search_more;
    /// A heading.
    invite_title;
    /// While a code is made.
    invite_wait;
    /// Beside a code.
    invite_give(until: &Safe);
    /// Under a code.
    invite_keys(copy: &Safe, accept: &Safe, close: &Safe);
    /// Under a code as a picture.
    picture_keys(accept: &Safe, close: &Safe);
    /// Under a line that is asked for.
    ask_keys(accept: &Safe, close: &Safe);
    /// Where a picture has no room.
    picture_room(columns: u64, rows: u64);
    /// A question.
    ask_code;
    /// A question.
    ask_new_room;
    /// A question.
    ask_name;
    /// A question.
    ask_member(name: &Safe);
    /// A question.
    ask_member_new(name: &Safe);
    /// A question.
    ask_with(name: &Safe);
    /// Under whom can be picked.
    pick_keys(pick: &Safe, accept: &Safe);
    /// A question.
    ask_lifetime;
    /// A question.
    ask_reaction;
    /// What a reaction is called.
    reaction_thumbs_up;
    /// What a reaction is called.
    reaction_heart;
    /// What a reaction is called.
    reaction_laugh;
    /// What a reaction is called.
    reaction_surprise;
    /// What a reaction is called.
    reaction_tears;
    /// What a reaction is called.
    reaction_party;
    /// What a reaction is called.
    reaction_thanks;
    /// What a reaction is called.
    reaction_eyes;
    /// What a reaction is called.
    reaction_thumbs_down;
    /// A question.
    confirm_delete;
    /// A question.
    confirm_delete_for_me;
    /// A question.
    confirm_leave(name: &Safe);
    /// A question.
    confirm_remove(name: &Safe, room: &Safe);
    /// A question.
    confirm_admin(name: &Safe, room: &Safe);
    /// A question.
    confirm_no_admin(name: &Safe, room: &Safe);
    /// A question.
    confirm_block(name: &Safe);
    /// A question.
    confirm_unblock(name: &Safe);
    /// A heading.
    verify_title(name: &Safe);
    /// While words are asked for.
    verify_wait;
    /// How to compare.
    verify_how(name: &Safe);
    /// Under the words.
    verify_keys(yes: &Safe, no: &Safe, close: &Safe);
    /// Where the words were said to differ.
    verify_differ(name: &Safe);
    /// A heading.
    members_title(name: &Safe);
    /// Behind a name.
    admin;
    /// Under the names.
    members_keys(role: &Safe, remove: &Safe, invite: &Safe, verify: &Safe);
    /// Under the names, where our own is chosen.
    members_keys_own(role: &Safe, invite: &Safe);
    /// Of a member.
    no_contact_of_yours;
    /// Somebody whose name is not known.
    somebody;
    /// A heading.
    people_title;
    /// Where there are none.
    people_none;
    /// Under the names.
    people_keys(accept: &Safe, verify: &Safe, rename: &Safe, block: &Safe);
    /// How it stands with a contact.
    not_verified;
    /// How it stands with a contact.
    blocked;
    /// How it stands with a contact.
    waits_since(time: &Safe);
    /// How it stands with a contact.
    alarm_new_device;
    /// How it stands with a contact.
    alarm_contradiction;
    /// A heading.
    doctor_title;
    /// While everything is looked at.
    doctor_wait;
    /// A heading.
    details_title;
    /// Who wrote it.
    details_from(name: &Safe, id: &Safe);
    /// When it was written.
    details_sent(time: &Safe);
    /// When it came.
    details_received(time: &Safe);
    /// Over how many people.
    details_people(people: u64, carried: u64, delivered: u64, read: u64);
    /// While it is asked with whom it is how far.
    details_wait;
    /// Who promised to keep it.
    details_carried(name: &Safe, until: &Safe);
    /// When it disappears.
    details_expires(time: &Safe);
    /// What it means.
    details_disputed;
    /// What it means.
    details_hidden;
    /// Its id.
    details_id(id: &Safe);
    /// A heading.
    pinned_title(name: &Safe);
    /// Where nothing is.
    pinned_none;
    /// A heading.
    about_title;
    /// Who we are.
    about_name(name: &Safe);
    /// Our id.
    about_person(id: &Safe);
    /// Our words.
    about_words(words: &Safe);
    /// The network's mode.
    about_mode(mode: &Safe);
    /// Why no network is used.
    about_lack(why: &Safe);
}

impl Texts {
    /// The words of a language.
    pub(crate) fn of(language: Language) -> Self {
        Self {
            bundle: Bundle::of(language),
        }
    }

    fn say(&self, name: &str, arguments: &[(&'static str, Argument)]) -> Safe {
        Safe::line(&self.bundle.format(&name.replace('_', "-"), arguments))
    }

    /// What an action does.
    pub(crate) fn action(&self, entry: &Entry) -> Safe {
        Safe::line(&self.bundle.format(&entry.text(), &[]))
    }

    /// Somebody's name as the author of something, never mistaken for our own person.
    pub(crate) fn author(&self, name: &str) -> Safe {
        let name = Safe::name(name);
        let is_ours = name.as_str().to_lowercase() == self.you().as_str().to_lowercase();
        if is_ours { self.named_you(&name) } else { name }
    }

    /// A day as it stands above its messages.
    pub(crate) fn day(&self, day: Date, today: Option<Date>) -> Safe {
        if today == Some(day) {
            return self.today();
        }
        if day.tomorrow().ok() == today && today.is_some() {
            return self.yesterday();
        }
        let weekday = self.bundle.format(
            &format!("weekday-{}", day.weekday().to_monday_one_offset()),
            &[],
        );
        let month = self.bundle.format(&format!("month-{}", day.month()), &[]);
        let (weekday, month) = (Safe::line(&weekday), Safe::line(&month));
        let of_month = u64::try_from(day.day()).unwrap_or(0);
        match u64::try_from(day.year()) {
            Ok(year) if today.is_none_or(|today| today.year() != day.year()) => {
                self.day_with_year(&weekday, of_month, &month, year)
            }
            Ok(_) | Err(_) => self.day_of_year(&weekday, of_month, &month),
        }
    }

    /// How long a text stays, from milliseconds: in the largest unit of which it is at least two, else the next.
    pub(crate) fn disappears_in(&self, millis: u64) -> Safe {
        const SECOND: u64 = 1_000;
        const MINUTE: u64 = 60 * SECOND;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        if millis >= 2 * DAY {
            self.disappears_in_days(millis / DAY)
        } else if millis >= 2 * HOUR {
            self.disappears_in_hours(millis / HOUR)
        } else if millis >= 2 * MINUTE {
            self.disappears_in_minutes(millis / MINUTE)
        } else {
            self.disappears_in_seconds(millis.div_ceil(SECOND))
        }
    }

    /// That a message failed, and why.
    pub(crate) fn failed(&self, reason: Option<&str>) -> Safe {
        reason.map_or_else(
            || self.state_failed(),
            |reason| self.state_failed_for(&Safe::line(reason)),
        )
    }

    /// Who has the mouse.
    pub(crate) fn mouse(&self, is_ours: bool) -> Safe {
        if is_ours {
            self.mouse_on()
        } else {
            self.mouse_off()
        }
    }
}

#[cfg(test)]
mod tests;
