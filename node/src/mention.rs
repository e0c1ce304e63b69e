//! Whom a text mentions: derived by whoever reads it, from the text and the names that are in use
//! in its conversation. Nothing of it is on the wire or in the store.
//!
//! ```text
//!   "mail ann@x.org, @Ann Lee: @김민수님"       names: Ann, Ann Lee, 김민수
//!            no      ^^^^^^^^  ^^^^^^^
//! ```
//!
//! Invariants
//! - Names and texts are compared as everywhere, by [`folded`]: in NFC, so that a Hangul syllable
//!   is whole, and without regard to case.
//! - The sign follows no letter or digit of an alphabet, or it belongs to an address. What follows
//!   the name does not continue it: but Hangul, kana and Han begin a word of their own, because
//!   particles and titles follow a name without a blank.
//! - Where several names fit, the longest is meant, and everybody who has it.
//! - Of a text of n characters, at most n times [`NAME_SIGNS_MAX`] + 1 are compared, whatever is
//!   in it and however many names there are: a comparison that comes to more signs than a name
//!   may have has ended.

use std::collections::BTreeMap;

use tidings_protocol::id::ConversationId;
use unicode_normalization::char::is_combining_mark;

use crate::api::Identity;
use crate::people::{People, folded};

/// Signs that a name may have in itself to be mentioned by.
const NAME_SIGNS_MAX: usize = 4;

/// The names in use in one conversation, folded and ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mentionable {
    names: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    characters: Vec<char>,
    /// Whether our own person has it.
    is_own: bool,
}

/// What is behind a sign.
struct Walk {
    /// How many characters were compared.
    compared: usize,
    /// How long the longest name is that is there and ends there, and whether it is our own.
    found: Option<(usize, bool)>,
}

impl Mentionable {
    /// The names of our person and of others. The empty name, and one with more signs than
    /// [`NAME_SIGNS_MAX`], mention nobody.
    pub(crate) fn new<'a>(
        own: impl IntoIterator<Item = &'a str>,
        others: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let own = own.into_iter().map(|name| (name, true));
        let others = others.into_iter().map(|name| (name, false));
        let mut names = BTreeMap::<Vec<char>, bool>::new();
        for (name, is_own) in own.chain(others) {
            if let Some(characters) = mentionable(name) {
                *names.entry(characters).or_default() |= is_own;
            }
        }
        let names = names
            .into_iter()
            .map(|(characters, is_own)| Name { characters, is_own });
        Self {
            names: names.collect(),
        }
    }

    /// The names by which the members of a conversation are called there: those that they give
    /// themselves, and those by which the room shows them. A petname is known to its giver alone.
    pub(crate) fn of(conversation: ConversationId, people: &People, own: &Identity) -> Self {
        let (mut ours, mut others) = (vec![own.name.as_str()], Vec::new());
        let mut contacts = people.iter();
        if let Some(contact) = contacts.find(|contact| contact.conversation == conversation) {
            others.push(contact.record.name.as_str());
        }
        let room = people.rooms().iter();
        let mut room = room.filter(|room| room.conversation == conversation);
        for member in room.next().iter().flat_map(|room| &room.members) {
            if member.person == own.person {
                ours.push(&member.name);
                continue;
            }
            others.push(&member.name);
            let contact = people.by_id(&member.person);
            others.extend(contact.map(|contact| contact.record.name.as_str()));
        }
        Self::new(ours, others)
    }

    /// Whether a text mentions our own person.
    pub(crate) fn mentions_own(&self, text: &str) -> bool {
        if !text.contains(is_sign) {
            return false;
        }
        let characters: Vec<char> = folded(text).chars().collect();
        self.walks(&characters)
            .any(|walk| walk.found.is_some_and(|(_, is_own)| is_own))
    }

    /// What is behind each sign of a folded text that can begin a mention. What a name takes up is
    /// not looked at again.
    fn walks(&self, characters: &[char]) -> impl Iterator<Item = Walk> {
        let mut rest = characters;
        let mut after_letter = false;
        std::iter::from_fn(move || {
            while let Some((character, behind)) = rest.split_first() {
                rest = behind;
                if is_sign(*character) && !after_letter {
                    let walk = self.walk(rest);
                    if let Some((length, _)) = walk.found {
                        let (name, behind) = rest.split_at_checked(length).unwrap_or_default();
                        rest = behind;
                        let mut name = name.iter().rev().filter(|one| !is_combining_mark(**one));
                        after_letter = name.next().is_some_and(|last| is_of_alphabet(*last));
                    }
                    return Some(walk);
                }
                // A mark belongs to what it stands on.
                if !is_combining_mark(*character) {
                    after_letter = is_of_alphabet(*character);
                }
            }
            None
        })
    }

    /// Looks for the longest name with which `rest` begins.
    fn walk(&self, rest: &[char]) -> Walk {
        let mut fitting = self.names.as_slice();
        let mut walk = Walk {
            compared: 0,
            found: None,
        };
        for (length, character) in rest.iter().enumerate() {
            walk.compared += 1;
            // Those that end here sort before those that go on.
            let below = |name: &Name| name.characters.get(length) < Some(character);
            let until = |name: &Name| name.characters.get(length) <= Some(character);
            let begin = fitting.partition_point(below);
            let end = fitting.partition_point(until);
            fitting = fitting.get(begin..end).unwrap_or_default();
            let (Some(shortest), next) = (fitting.first(), rest.get(length + 1)) else {
                break;
            };
            if shortest.characters.len() == length + 1 && !next.is_some_and(|next| continues(*next))
            {
                walk.found = Some((length + 1, shortest.is_own));
            }
        }
        walk
    }
}

/// What is typed behind the sign to mention whoever has these names: the first that can mention anybody.
pub(crate) fn typed<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut names = names.into_iter();
    let name = names.find(|name| mentionable(name).is_some())?;
    Some(name.trim().to_owned())
}

/// A name in the form in which it is looked for, if it can mention anybody.
fn mentionable(name: &str) -> Option<Vec<char>> {
    let characters: Vec<char> = folded(name).chars().collect();
    let signs = characters.iter().filter(|one| is_sign(**one)).count();
    (!characters.is_empty() && signs <= NAME_SIGNS_MAX).then_some(characters)
}

/// What begins a mention, on any keyboard.
const fn is_sign(character: char) -> bool {
    matches!(character, '@' | '\u{ff20}')
}

/// Whether a character is a letter or digit of an alphabet, such as an address ends in before its
/// sign.
fn is_of_alphabet(character: char) -> bool {
    is_of_word(character) && !is_east_asian(character) && !is_without_blanks(character)
}

/// Whether what follows a name is still part of a word, so that the word is not that name.
fn continues(character: char) -> bool {
    // A joiner binds what follows it to what is before.
    let is_joiner = matches!(character, '\u{200c}' | '\u{200d}');
    let begins_another = is_east_asian(character) && !is_conjoining(character);
    is_joiner || is_combining_mark(character) || (is_of_word(character) && !begins_another)
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Han, kana, Bopomofo and Hangul, of full and of half width.
const fn is_east_asian(character: char) -> bool {
    matches!(character,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}'
        | '\u{303b}'..='\u{303c}' | '\u{3041}'..='\u{30ff}' | '\u{3105}'..='\u{318f}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7fb}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ffdc}' | '\u{1aff0}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}'
    )
}

/// Vowels and trailing consonants that NFC joined to nothing, and marks of voicing of half width:
/// they make another syllable of the one before.
const fn is_conjoining(character: char) -> bool {
    matches!(character,
        '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}' | '\u{ff9e}'..='\u{ff9f}'
    )
}

/// Thai, Lao, Myanmar and Khmer, where a sign follows a word without a blank too.
const fn is_without_blanks(character: char) -> bool {
    matches!(character,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
    )
}

#[cfg(test)]
mod tests;
