//! The terms of a text: what the index holds of it, and what a search looks for.
//!
//! ```text
//!   "Köln, 東京タワー 🎉"  indexed  köln 東京 京タ タワ ワー ー 🎉
//!   "京タワ"              sought   京タ タワ
//!   "東"                  sought   東, and what begins with it
//! ```
//!
//! Invariants
//! - A text and what is sought in it are cut by the same rules, whatever form, case or width they
//!   were typed in. Accents are the tokenizer's to remove.
//! - Scripts that put no blanks between words are cut into overlapping pairs of characters, so
//!   that any part of a run is a phrase of its pairs. The last character also stands alone: it
//!   begins no pair, and must be found as well.
//! - A term holds no blank, quote or control character: it can break no query.
//! - A change to what is here raises [`RULES`]: a test holds a hash of the rules beside the number.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Number of the rules below.
const RULES: u32 = 1;
/// Characters of a word that count; what comes after is neither indexed nor sought.
pub(crate) const WORD_CHARACTERS_MAX: usize = 64;

/// Which rules made an index: ours, and the editions of Unicode that they rest on.
pub(crate) fn rules() -> String {
    let (forms, cases) = (
        unicode_normalization::UNICODE_VERSION,
        char::UNICODE_VERSION,
    );
    format!(
        "{RULES}, forms of Unicode {}.{}.{}, cases of Unicode {}.{}.{}",
        forms.0, forms.1, forms.2, cases.0, cases.1, cases.2
    )
}

/// The terms under which a text is found, with blanks between them.
pub(crate) fn indexed(text: &str) -> String {
    let mut terms = Terms::default();
    for piece in pieces(text) {
        terms.push(&piece, true);
    }
    terms.0
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    /// Terms that follow one another, with blanks between them.
    pub(crate) terms: String,
    /// Whether the last of them may go on.
    pub(crate) open: bool,
}

/// What finds a text that has `text` in it; with `open`, its last word may go on. `None` if there
/// is nothing in it that an index holds.
pub(crate) fn sought(text: &str, open: bool) -> Option<Sought> {
    let pieces = pieces(text);
    let (last, before) = pieces.split_last()?;
    let mut terms = Terms::default();
    for piece in before {
        terms.push(piece, true);
    }
    terms.push(last, false);
    let open = match last {
        Piece::Word(_) => open,
        Piece::Run(characters) => characters.len() == 1,
        Piece::Sign(_) => false,
    };
    Some(Sought {
        terms: terms.0,
        open,
    })
}

/// Terms with blanks between them.
#[derive(Default)]
struct Terms(String);

impl Terms {
    fn push(&mut self, piece: &Piece, with_end: bool) {
        match piece {
            Piece::Word(word) => self.term(word.chars()),
            Piece::Sign(sign) => self.term([*sign]),
            Piece::Run(characters) => {
                let pairs = characters.iter().zip(characters.iter().skip(1));
                pairs.for_each(|(one, next)| self.term([*one, *next]));
                if let [only] = characters.as_slice() {
                    self.term([*only]);
                } else if let (Some(end), true) = (characters.last(), with_end) {
                    self.term([*end]);
                }
            }
        }
    }

    fn term(&mut self, characters: impl IntoIterator<Item = char>) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.extend(characters);
    }
}

/// A part of a text that becomes one or more terms.
enum Piece {
    /// A word of a script with blanks, or a number.
    Word(String),
    /// Characters of scripts without blanks.
    Run(Vec<char>),
    /// A sign that means something by itself, such as an emoji.
    Sign(char),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // Whether the next character may belong to the last piece, and the length of that if a word.
    let (mut joins, mut length) = (false, 0);
    for character in folded(text) {
        match class(character) {
            Class::Ignored => {}
            Class::Gap => joins = false,
            Class::Sign => {
                pieces.push(Piece::Sign(character));
                joins = false;
            }
            Class::Unspaced => match pieces.last_mut() {
                Some(Piece::Run(run)) if joins => run.push(character),
                _ => {
                    pieces.push(Piece::Run(vec![character]));
                    joins = true;
                }
            },
            class @ (Class::Letter | Class::Mark) => match pieces.last_mut() {
                Some(Piece::Word(word)) if joins => {
                    length += 1;
                    word.extend((length <= WORD_CHARACTERS_MAX).then_some(character));
                }
                _ if class == Class::Letter => {
                    pieces.push(Piece::Word(character.to_string()));
                    (joins, length) = (true, 1);
                }
                _ => {}
            },
        }
    }
    pieces
}

/// A text without differences of form, width and case.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.nfkc()
        // Up first: "ß" and "SS", and both small sigmas, then come down to one.
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
}

/// What a character does to the cutting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Belongs to a word.
    Letter,
    /// Belongs to the word that it follows.
    Mark,
    /// Of a script that puts no blanks between words.
    Unspaced,
    /// Stands for itself.
    Sign,
    /// Is not seen, or only changes the look of another.
    Ignored,
    /// Ends what came before.
    Gap,
}

fn class(character: char) -> Class {
    match character {
        // Soft hyphen, joiners, marks of direction, selectors, tags; accents that no letter took
        // in; frames around other characters; colours of skin.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}'
        | '\u{300}'..='\u{36f}'
        | '\u{20dd}'..='\u{20e4}'
        | '\u{1f3fb}'..='\u{1f3ff}' => Class::Ignored,
        _ if is_unspaced(character) => Class::Unspaced,
        _ if is_sign(character) => Class::Sign,
        _ if is_combining_mark(character) => Class::Mark,
        _ if character.is_alphanumeric() => Class::Letter,
        _ => Class::Gap,
    }
}

/// Han, Hiragana, Katakana, Bopomofo and Hangul; Thai, Lao, Myanmar and Khmer.
const fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}'
        | '\u{e81}'..='\u{ece}' | '\u{edc}'..='\u{edf}'
        | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{108f}' | '\u{109a}'..='\u{109d}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17d3}'
        | '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}'
        | '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}'
        | '\u{3105}'..='\u{318f}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7fb}'
        | '\u{f900}'..='\u{faff}'
        | '\u{1aff0}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}'
    )
}

/// Arrows, pictures and emoji.
const fn is_sign(character: char) -> bool {
    matches!(character,
        '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn look_for(text: &str) -> (String, bool) {
        let sought = sought(text, false).unwrap();
        (sought.terms, sought.open)
    }

    /// A text in each way of cutting: its terms are part of the rules.
    const SAMPLES: [&str; 6] = [
        "Don't STOP-me_2day, Straße ΟΔΟΣ Москва ＡＢＣ",
        "हिन्दी שָׁלוֹם مرحبا",
        "안녕하세요 東京へ行く。ｶﾞﾗｽ 你好",
        "สวัสดี ລາວ ខ្មែរ မြန်မာ",
        "pass\u{200b}wo\u{ad}rd 👍🏽❤\u{fe0f}→",
        "z̸̧a\u{336}\u{301}lgo",
    ];

    /// A hash of our own rules: which characters are in our tables, and how the samples are cut. What
    /// only the editions of Unicode decide is left out: `rules` names those.
    fn fingerprint() -> u64 {
        let classes = ('\0'..=char::MAX).map(|character| match class(character) {
            Class::Ignored => 1,
            Class::Unspaced => 2,
            Class::Sign => 3,
            Class::Letter | Class::Mark | Class::Gap => 0,
        });
        let terms = SAMPLES.map(indexed).join("\n");
        // FNV-1a: the same in every build.
        let bytes = classes
            .chain(terms.bytes())
            .chain([u8::try_from(WORD_CHARACTERS_MAX).unwrap()]);
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    #[test]
    fn rules_that_change_have_another_number() {
        assert_eq!(
            (RULES, fingerprint()),
            (1, 13_831_412_457_950_371_082),
            "raise RULES, so that indexes that are there are made anew, and freeze both here"
        );
    }

    #[test]
    fn runs_without_blanks_are_cut_into_pairs_and_their_end() {
        assert_eq!(indexed("안녕하세요"), "안녕 녕하 하세 세요 요");
        assert_eq!(
            indexed("東京へ行く。はい"),
            "東京 京へ へ行 行く く はい い"
        );
        assert_eq!(indexed("你好"), "你好 好");
        assert_eq!(indexed("水"), "水");
        assert_eq!(indexed("สวัสดี"), "สว วั ัส สด ดี ี");
    }

    #[test]
    fn words_are_cut_at_what_is_no_letter_and_folded() {
        assert_eq!(indexed("Don't STOP-me_2day"), "don t stop me 2day");
        assert_eq!(indexed("Straße ΟΔΟΣ ﬁnal ＡＢＣ"), "strasse οδοσ final abc");
        assert_eq!(indexed("हिन्दी שָׁלוֹם"), "हिन्दी שָׁלוֹם");
        assert_eq!(indexed(" \t\n.,;!?-—…«»、。"), "");
    }

    #[test]
    fn one_text_typed_in_several_ways_has_one_form() {
        for (one, other) in [
            ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
            ("ガラス", "ｶﾞﾗｽ"),
            ("가", "\u{1100}\u{1161}"),
            ("é", "e\u{301}"),
            ("pass\u{200b}wo\u{ad}rd", "password"),
            ("👍", "👍🏽"),
            ("❤", "❤\u{fe0f}"),
            ("z̸̧a\u{336}\u{301}lgo", "zalgo"),
        ] {
            let unaccented = |text: &str| indexed(text).replace('é', "e").replace('á', "a");
            assert_eq!(unaccented(one), unaccented(other), "{one}");
        }
    }

    #[test]
    fn scripts_and_signs_side_by_side_are_apart() {
        assert_eq!(indexed("LINEで送る🎉🎉"), "line で送 送る る 🎉 🎉");
        assert_eq!(indexed("카톡ok東京"), "카톡 톡 ok 東京 京");
    }

    #[test]
    fn what_is_sought_has_no_end_and_one_character_may_go_on() {
        assert_eq!(look_for("京都"), ("京都".to_owned(), false));
        assert_eq!(look_for("東京都"), ("東京 京都".to_owned(), false));
        assert_eq!(look_for("東"), ("東".to_owned(), true));
        assert_eq!(look_for("東京 abc"), ("東京 京 abc".to_owned(), false));
        assert_eq!(sought("abc", true).map(|sought| sought.open), Some(true));
        assert_eq!(sought("🎉", true).map(|sought| sought.open), Some(false));
        assert_eq!(sought(" ?! ", true), None);
    }

    #[test]
    fn of_a_word_so_many_characters_count() {
        let longest = "a".repeat(WORD_CHARACTERS_MAX);
        assert_eq!(indexed(&longest), longest);
        assert_eq!(indexed(&format!("{longest}b c")), format!("{longest} c"));
    }

    #[test]
    fn the_rules_name_their_own_number_and_both_editions_of_unicode() {
        let rules = rules();
        assert!(rules.starts_with("1, "), "{rules}");
        assert_eq!(rules.matches("Unicode").count(), 2);
    }

    proptest! {
        #[test]
        fn no_term_can_break_a_query(text in any::<String>()) {
            let terms = indexed(&text);
            prop_assert!(!terms.contains(|c: char| c == '"' || c == '*' || c.is_control()));
            prop_assert!(!terms.starts_with(' ') && !terms.ends_with(' ') && !terms.contains("  "));
        }

        #[test]
        fn any_part_of_a_run_is_a_phrase_of_its_terms(
            run in "[\u{4e00}-\u{4e10}가-각ぁ-こ]{1,9}", from in 0_usize..9, length in 1_usize..9,
        ) {
            let part: String = run.chars().skip(from).take(length).collect();
            prop_assume!(!part.is_empty());
            let sought = sought(&part, false).unwrap();
            let (terms, phrase) = (format!(" {} ", indexed(&run)), format!(" {}", sought.terms));
            let end = if sought.open { "" } else { " " };
            prop_assert!(terms.contains(&format!("{phrase}{end}")), "{} in {}", phrase, terms);
        }
    }
}
