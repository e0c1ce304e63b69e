//! What the line chat says of commands: what they want, what they do, and what they are for.

use super::Texts;
use crate::chat::{ACTIONS, Action};
use crate::output;
use crate::safe_text::Safe;

texts! {
    /// Asks for the rest of a command.
    give_the_code(usage: &Safe);
    /// Asks for the rest of a command.
    give_a_number(usage: &Safe);
    /// Asks for the rest of a command.
    which_room(usage: &Safe);
    /// Asks for the rest of a command.
    whom(usage: &Safe);
    /// Asks for the rest of a command.
    what_title(usage: &Safe);
    /// Asks for the rest of a command.
    search_for_what(usage: &Safe);
    /// Asks for the rest of a command.
    reply_to_what(usage: &Safe);
    /// Asks for the rest of a command.
    edit_to_what(usage: &Safe);
    /// Asks for the rest of a command.
    react_how(usage: &Safe);
    /// Asks for the rest of a command.
    which_message(usage: &Safe);
    /// Asks for the rest of a command.
    which_join(usage: &Safe);
    /// Asks for the rest of a command.
    which_transfer(usage: &Safe);
    /// Asks for the rest of a command.
    write_where(usage: &Safe);
    /// Asks for the rest of a command.
    take_from_where(usage: &Safe);
    /// Where nothing is open.
    open_first(usage: &Safe);
    /// Where no room is open.
    open_room_first(usage: &Safe);
    /// Where nothing is open.
    to_whom(usage: &Safe);
    /// Of a command.
    no_command(verb: &Safe);
    /// Of a line.
    looks_like_code;
    /// Of a name.
    nobody_called(name: &Safe);
    /// Of a name.
    no_member_called(name: &Safe, room: &Safe);
    /// Of a name.
    several_called;

    /// Of a name.
    is_contact(usage: &Safe);
    /// Of a name.
    is_no_room;
    /// Of a name.
    no_words_of_room;
    /// Of a name.
    no_room_in_room;
    /// Of what is open.
    no_block_of_room;
    /// Of a name.
    that_is_you;
    /// Of a room.
    not_in_room(room: &Safe);
    /// Of a member.
    in_room_already(name: &Safe, room: &Safe);
    /// Of the open conversation.
    nothing_queued;
    /// Of codes that were used.
    no_join_waits;
    /// Of a code that was used.
    join_cancelled;
    /// Of a number.
    no_message(number: u64);
    /// Of a number.
    message_deleted(number: u64);
    /// Of the open conversation.
    nothing_of_yours;
    /// Of a message.
    only_own(said: &Safe);

    /// In place of a text.
    no_text;
    /// What is done.
    editing_it(said: &Safe);
    /// What is asked about.
    deleting_it(said: &Safe);
    /// What is done.
    reacting_to(said: &Safe);
    /// What is done.
    unreacting_to(said: &Safe);
    /// What is done.
    pinning(said: &Safe);
    /// What is done.
    unpinning(said: &Safe);
    /// Of a message.
    for_nobody_else;
    /// What is asked about.
    turning_down(room: &Safe);
    /// What is asked about.
    leaving(room: &Safe);
    /// What is asked about.
    removing(name: &Safe, room: &Safe);
    /// What is done.
    letting_in(name: &Safe, room: &Safe);
    /// What is done.
    letting_in_new(name: &Safe, room: &Safe);
    /// Of a room that was made.
    lets_in(usage: &Safe);
    /// An answer was no.
    unchanged;
    /// An answer was neither.
    yes_or_no_again(yes: &Safe, no: &Safe);
    /// An answer was neither yes, no nor words.
    same_again(yes: &Safe, no: &Safe);
    /// Words that mean yes, with blanks between them.
    yes_words;
    /// Words that mean no, with blanks between them.
    no_words;

    /// Above the commands.
    help_line;
    /// Under the commands.
    help_numbers;
    /// What follows a command.
    argument_code;
    /// What follows a command.
    argument_name;
    /// What follows a command.
    argument_title;
    /// What follows a command.
    argument_room;
    /// What follows a command.
    argument_contact;
    /// What follows a command.
    argument_member;
    /// What follows a command.
    argument_text;
    /// What follows a command.
    argument_emoji;
    /// What follows a command.
    argument_words;
    /// What follows a command.
    argument_path;
}

impl Texts {
    /// How actions are typed as lines, with what each is for, a line each.
    pub(crate) fn commands(&self, is_wanted: impl Fn(Action) -> bool) -> Vec<Safe> {
        let wanted = ACTIONS.iter().filter(|entry| is_wanted(entry.action));
        let rows = wanted.filter_map(|entry| {
            let about = self.bundle.format(&entry.slash?.text(), &[]);
            Some([self.usage(entry.action).into(), about])
        });
        let rows: Vec<[String; 2]> = rows.collect();
        Safe::lines(&output::table(&rows))
    }

    /// How an action is typed as a line; nothing if it cannot be.
    pub(crate) fn usage(&self, action: Action) -> Safe {
        let slash = action.entry().and_then(|entry| entry.slash);
        let Some(slash) = slash else {
            return Safe::default();
        };
        let words = slash.argument.unwrap_or_default().split_whitespace();
        let words = words.map(|word| self.argument(word));
        let usage: Vec<String> = [slash.verb.to_owned()].into_iter().chain(words).collect();
        Safe::line(&usage.join(" "))
    }

    /// The same, with all that may be left out.
    pub(crate) fn whole(&self, action: Action) -> Safe {
        Safe::line(&self.usage(action).as_str().replace(['[', ']'], ""))
    }

    /// One word of what follows a command, with its brackets.
    fn argument(&self, word: &str) -> String {
        let kind = word.trim_matches(['[', ']']);
        let own = match kind {
            "CODE" => self.argument_code(),
            "NAME" => self.argument_name(),
            "TITLE" => self.argument_title(),
            "ROOM" => self.argument_room(),
            "CONTACT" => self.argument_contact(),
            "MEMBER" => self.argument_member(),
            "TEXT" => self.argument_text(),
            "EMOJI" => self.argument_emoji(),
            "WORDS" => self.argument_words(),
            "PATH" => self.argument_path(),
            other => Safe::line(other),
        };
        word.replace(kind, own.as_str())
    }

    /// Whether somebody who was asked said yes, or no; nothing if it was neither.
    pub(crate) fn answer(&self, typed: &str) -> Option<bool> {
        let typed = typed.trim().to_lowercase();
        let is_one_of = |words: Safe| words.as_str().split(' ').any(|word| word == typed);
        match (is_one_of(self.yes_words()), is_one_of(self.no_words())) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn a_command_is_typed_with_its_verb_in_every_language_and_what_follows_is_said_in_one_s_own() {
        let [english, korean] = Language::ALL.map(Texts::of);
        assert_eq!(english.usage(Action::Join).as_str(), "/join CODE");
        assert_eq!(english.usage(Action::Identity).as_str(), "/id");
        assert_eq!(english.usage(Action::Members).as_str(), "/members [ROOM]");
        assert_eq!(english.whole(Action::Members).as_str(), "/members ROOM");
        assert_eq!(korean.usage(Action::Members).as_str(), "/members [방]");
        assert!(english.usage(Action::Left).is_empty());
        for entry in ACTIONS {
            let argument = entry.slash.and_then(|slash| slash.argument);
            let words = argument.unwrap_or_default().split_whitespace();
            for word in words.filter(|word| word.len() > 3) {
                let own = korean.usage(entry.action);
                assert!(
                    word.contains("1d") || !own.as_str().contains(word),
                    "{word}"
                );
            }
        }
    }

    #[test]
    fn yes_and_no_are_said_in_one_s_own_language_and_in_english() {
        for language in Language::ALL {
            let texts = Texts::of(language);
            for (typed, answer) in [("y", true), (" YES ", true), ("n", false), ("No", false)] {
                assert_eq!(texts.answer(typed), Some(answer), "{typed}");
            }
            for neither in ["", "y n", "maybe"] {
                assert_eq!(texts.answer(neither), None, "{neither}");
            }
        }
        let korean = Texts::of(Language::Korean);
        assert_eq!(
            ["네", "ㅛ", "아니요", "ㅜ"].map(|typed| korean.answer(typed)),
            [true, true, false, false].map(Some)
        );
    }
}
