//! What the first run says and asks.

use super::Texts;
use crate::safe_text::Safe;

texts! {
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
    /// Under a passphrase that is none.
    welcome_without(accept: &Safe);
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
}
