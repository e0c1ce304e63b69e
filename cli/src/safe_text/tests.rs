use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use super::character::{JOINER, NON_JOINER, is_emoji, is_hostile};
use super::corpus::{CORPUS, first_hostile};
use super::making::{GRAPHEME_CHARACTERS_MAX, GRAPHEME_COLUMNS_MAX, MARK_RUN_MAX};
use super::rows::FIRST_ROW_COLUMNS_MIN;
use super::safe::NAME_COLUMNS_MAX;
use super::*;

/// Text with far more trouble in it than proptest's own strings have.
fn hostile_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => any::<char>(),
        1 => prop::char::range('\0', '\u{9f}'),
        1 => prop::char::range('\u{200b}', '\u{206f}'),
        1 => prop::char::range('\u{300}', '\u{36f}'),
        1 => prop::char::range('\u{e0000}', '\u{e01ef}'),
        1 => prop::char::range('\u{1f600}', '\u{1f64f}'),
        2 => prop::sample::select(vec![
            '\n', '\r', '\t', ' ', '\u{1b}', '\u{85}', '\u{ad}', '\u{feff}', JOINER, NON_JOINER,
            '\u{fe0f}', '\u{61c}', '\u{3164}', '\u{0646}', 'a',
        ]),
        // What graphemes are made of: prefixes, jamo, conjuncts, marks with a width, flags.
        2 => prop::sample::select(vec![
            '\u{600}', '\u{d4e}', '\u{1100}', '\u{1161}', '\u{11a8}', '\u{ac00}', '\u{915}',
            '\u{94d}', '\u{93f}', '\u{e33}', '\u{ff76}', '\u{ff9e}', '\u{1f1f0}', '\u{1f1f7}',
            '\u{1f468}', '\u{2764}', '\u{1f3fd}', '\u{20e3}', '1', '\u{17d2}', '\u{1780}',
        ]),
    ];
    prop::collection::vec(character, 0..60).prop_map(|characters| characters.into_iter().collect())
}

fn assert_safe(text: &str, newline: bool) -> Result<(), TestCaseError> {
    let characters: Vec<char> = text.chars().collect();
    for (at, character) in characters.iter().copied().enumerate() {
        let allowed = match character {
            '\n' => newline,
            // Between emoji only; a mark such as U+FE0F may stand before it.
            JOINER => {
                let before = characters[..at].iter().rev().find(|c| c.width() != Some(0));
                before.is_some_and(|c| is_emoji(*c))
                    && characters.get(at + 1).is_some_and(|c| is_emoji(*c))
            }
            other => !is_hostile(other),
        };
        prop_assert!(allowed, "{:?} in {:?}", character, text);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_line_is_one_line_and_harmless(text in hostile_text()) {
        assert_safe(&line(&text), false)?;
    }

    #[test]
    fn a_name_is_short_harmless_and_never_empty(text in hostile_text()) {
        let name = name(&text);
        assert_safe(&name, false)?;
        prop_assert!(width(&name) <= NAME_COLUMNS_MAX);
        prop_assert!(!name.is_empty());
    }

    #[test]
    fn every_further_line_of_a_message_is_indented(
        text in hostile_text(), columns in prop::option::of(1usize..120),
    ) {
        let wrapped = wrapped(&text, 9, columns);
        assert_safe(&wrapped, true)?;
        let indent = if columns.is_some_and(|columns| columns < 25) { "  " } else { "         " };
        for line in wrapped.split('\n').skip(1) {
            prop_assert!(line.starts_with(indent), "{:?}", wrapped);
        }
    }

    #[test]
    fn what_is_indented_fits_any_terminal_but_the_narrowest(
        text in hostile_text(), indent in 0usize..40, columns in 10usize..120,
    ) {
        let wrapped = wrapped(&text, indent, Some(columns));
        let mut lines = wrapped.split('\n');
        let first = width(lines.next().unwrap());
        prop_assert!(first == 0 || indent + first <= columns, "{:?}", wrapped);
        for line in lines {
            prop_assert!(width(line) <= columns, "{:?}", wrapped);
        }
    }

    #[test]
    fn rows_hold_the_whole_text_but_the_blanks_at_which_they_break(
        text in hostile_text(), first in 0usize..40, room in 1usize..40,
    ) {
        let text = Safe::line(&text);
        let mut rest = text.as_str();
        for row in text.rows(first, room) {
            let row = row.as_str();
            // A row begins with the blanks of the text only where it holds nothing else so far.
            let behind = rest.strip_prefix(row);
            let behind = behind.or_else(|| rest.trim_start_matches(' ').strip_prefix(row));
            prop_assert!(behind.is_some(), "{:?} of {:?}", row, text);
            rest = behind.unwrap();
        }
        prop_assert_eq!(rest.trim_matches(' '), "");
    }

    #[test]
    fn no_row_cuts_a_grapheme_or_is_wider_than_its_room(
        text in hostile_text(), first in 0usize..40, room in GRAPHEME_COLUMNS_MAX..40,
    ) {
        let text = Safe::line(&text);
        let rows = text.rows(first, room);
        for (number, row) in rows.iter().enumerate() {
            prop_assert!(row.width() <= if number == 0 { first } else { room }, "{:?}", row);
        }
        let whole = text.graphemes().filter(|grapheme| grapheme.text != " ");
        let shown = rows.iter().flat_map(Safe::graphemes).filter(|grapheme| grapheme.text != " ");
        prop_assert!(whole.eq(shown), "{:?}", rows);
    }

    #[test]
    fn each_grapheme_of_a_safe_text_shows_something_and_is_bounded(text in hostile_text()) {
        for grapheme in Safe::line(&text).graphemes() {
            let range = 1..=GRAPHEME_COLUMNS_MAX;
            prop_assert!(range.contains(&grapheme.columns), "{:?}", grapheme);
            prop_assert!(grapheme.text.chars().count() <= GRAPHEME_CHARACTERS_MAX);
        }
    }

    #[test]
    fn a_cut_text_is_its_first_graphemes_and_an_ellipsis(
        text in hostile_text(), columns in 0usize..40,
    ) {
        let text = Safe::line(&text);
        let cut = text.truncated(columns);
        prop_assert!(cut.width() <= columns);
        if let Some(kept) = cut.as_str().strip_suffix('\u{2026}') && cut != text {
            let ends = text.as_str().grapheme_indices(true).map(|(at, _)| at);
            prop_assert!(text.as_str().starts_with(kept) && ends.into_iter().any(|end| end == kept.len()));
        }
    }

    #[test]
    fn the_end_of_a_text_is_its_last_graphemes_as_far_as_they_have_room(
        text in hostile_text(), columns in 0usize..40,
    ) {
        let text = Safe::line(&text);
        let end = text.end(columns);
        prop_assert!(end.width() <= columns);
        let count = end.graphemes().count();
        let all: Vec<_> = text.graphemes().collect();
        let (before, last) = all.split_at(all.len() - count);
        prop_assert!(end.graphemes().eq(last.iter().copied()));
        let next = before.last().map_or(usize::MAX, |grapheme| grapheme.columns);
        prop_assert!(next.saturating_add(end.width()) > columns);
    }

    #[test]
    fn texts_put_together_take_the_columns_of_both(
        before in hostile_text(), behind in hostile_text(),
    ) {
        let (before, behind) = (Safe::line(&before), Safe::line(&behind));
        let mut both = before.clone();
        both.push(&behind);
        let blank = both.as_str().len() - before.as_str().len() - behind.as_str().len();
        prop_assert!(blank <= 1);
        prop_assert_eq!(both.width(), before.width() + blank + behind.width());
        prop_assert!(both.graphemes().all(|grapheme| grapheme.columns <= GRAPHEME_COLUMNS_MAX));
    }

    #[test]
    fn making_safe_twice_changes_nothing(text in hostile_text()) {
        let once = line(&text);
        prop_assert_eq!(line(&once), once);
        for once in Safe::lines(&text) {
            // What stands at its end keeps the blanks before it.
            let once = format!("{once}|");
            prop_assert_eq!(line(&once), once);
        }
    }
}

#[test]
fn ordinary_text_stays_as_it_is() {
    for text in [
        "Grüße, 안녕하세요 — 你好 👋",
        "שלום",
        "e\u{301}",
        "👩\u{200d}🚒",
        "❤\u{fe0f}\u{200d}🔥",
    ] {
        assert_eq!(line(text), text);
    }
}

#[test]
fn an_escape_sequence_is_shown_instead_of_obeyed() {
    assert_eq!(
        line("\u{1b}[2Jhi\u{9b}0m\u{7f}"),
        "\\u{1b}[2Jhi\\u{9b}0m\\u{7f}"
    );
}

#[test]
fn text_cannot_run_backwards_or_hide() {
    assert_eq!(line("exe.\u{202e}gpj"), "exe.\\u{202e}gpj");
    assert_eq!(line("a\u{200b}b\u{feff}c"), "a\\u{200b}b\\u{feff}c");
    assert_eq!(line("a\u{200d}b"), "a\\u{200d}b");
}

#[test]
fn a_joiner_in_a_cursive_word_is_left_out() {
    assert_eq!(line("می\u{200c}خواهم"), "میخواهم");
}

#[test]
fn nothing_hostile_leaves_whatever_the_corpus_tries() {
    for (tries, text) in CORPUS {
        let lines = Safe::lines(text);
        let rows = lines.iter().flat_map(|line| line.rows(20, 20));
        let made = [line(text), name(text), wrapped(text, 9, Some(40))];
        let made = made.into_iter().chain(rows.map(String::from));
        for made in made.chain(lines.iter().map(Safe::to_string)) {
            assert_eq!(first_hostile(&made), None, "{tries}: {made:?}");
            assert_safe(&made, true).unwrap();
        }
    }
}

#[test]
fn each_grapheme_of_the_corpus_is_whole_and_bounded_at_any_width() {
    for (tries, text) in CORPUS {
        let safe = Safe::line(text);
        for columns in 1..40 {
            for row in safe.rows(columns, columns) {
                let fits = row.width() <= columns || row.graphemes().count() == 1;
                assert!(fits, "{tries} at {columns}: {row:?}");
            }
        }
        for grapheme in safe.graphemes() {
            let range = 1..=GRAPHEME_COLUMNS_MAX;
            assert!(range.contains(&grapheme.columns), "{tries}: {grapheme:?}");
        }
    }
}

#[test]
fn columns_are_those_of_a_screen_of_cells() {
    for (text, columns) in [
        ("abc", 3),
        ("안녕", 4),
        ("\u{1112}\u{1161}\u{11ab}", 2),
        ("明日", 4),
        ("ｶﾞ", 2),
        ("ガ", 2),
        ("か\u{3099}", 2),
        ("لا", 2),
        ("e\u{301}", 1),
        ("❤", 1),
        ("❤\u{fe0f}", 2),
        ("⌚\u{fe0e}", 1),
        ("1\u{fe0f}\u{20e3}", 2),
        ("🇰🇷", 2),
        ("🇰🇷🇯", 3),
        ("👋🏽", 2),
        ("👨\u{200d}👩\u{200d}👧\u{200d}👦", 2),
        ("क्षि", 3),
        ("น้ำ", 2),
    ] {
        assert_eq!(Safe::line(text).as_str(), text);
        assert_eq!(width(text), columns, "{text:?}");
        assert_eq!(width(&text.repeat(2)), 2 * columns, "{text:?} twice");
    }
}

#[test]
fn a_flag_a_keycap_or_a_picture_is_not_cut_at_the_end_of_a_row() {
    for whole in ["🇰🇷", "1\u{fe0f}\u{20e3}", "❤\u{fe0f}", "ｶﾞ"] {
        let text = Safe::line(&format!("abcdefg{whole}x"));
        let rows: Vec<String> = text.rows(8, 8).into_iter().map(String::from).collect();
        assert_eq!(rows, ["abcdefg".to_owned(), format!("{whole}x")]);
    }
}

#[test]
fn a_grapheme_of_the_most_columns_stays_and_what_is_wider_is_escaped() {
    let most = "\u{1100}".repeat(GRAPHEME_COLUMNS_MAX / 2);
    assert_eq!(line(&most), most);
    assert_eq!(
        line(&format!("{most}\u{1100}")),
        format!("{most}\\u{{1100}}")
    );
}

#[test]
fn a_grapheme_of_the_most_characters_stays_and_what_is_longer_is_escaped() {
    let man = "\u{1f468}";
    let most = [man; GRAPHEME_CHARACTERS_MAX / 2].join("\u{200d}") + "\u{fe0f}";
    assert_eq!(line(&most), most);
    assert_eq!(line(&format!("{most}\u{fe0e}")), most);
    let one_more = format!("{most}\u{200d}{man}");
    assert_eq!(line(&one_more), format!("{most}\\u{{200d}}{man}"));
}

#[test]
fn a_vowel_or_a_prefix_that_would_not_show_is_escaped() {
    assert_eq!(line("a\u{1161}"), "a\\u{1161}");
    assert_eq!(line("a\u{d4e}"), "a\\u{d4e}");
    assert_eq!(line("\u{d4e}\u{301}b"), "\\u{d4e}\\u{301}b");
    assert_eq!(line("\u{d4e}\u{d15}"), "\u{d4e}\u{d15}");
}

#[test]
fn a_row_of_blanks_stays_and_blanks_behind_a_word_go_with_the_break() {
    let rows = |text: &str, room| -> Vec<String> {
        let rows = Safe::line(text).rows(room, room);
        rows.into_iter().map(String::from).collect()
    };
    assert_eq!(rows("ab   cd", 3), ["ab", "cd"]);
    assert_eq!(rows("     ab", 3), ["   ", "  a", "b"]);
    assert_eq!(rows("", 3), [""]);
}

#[test]
fn a_first_row_with_next_to_no_room_is_empty_unless_the_others_have_no_more() {
    let text = Safe::line("We meet at noon");
    let narrow = FIRST_ROW_COLUMNS_MIN - 1;
    assert!(text.rows(narrow, 20)[0].is_empty());
    assert!(!text.rows(FIRST_ROW_COLUMNS_MIN, 20)[0].is_empty());
    assert!(!text.rows(narrow, narrow)[0].is_empty());
}

#[test]
fn our_own_words_keep_the_blanks_at_their_ends() {
    let mut said = Safe::line("Ben");
    said.push(&": ".into());
    said.push(&Safe::line("\u{301}hi"));
    assert_eq!(said.to_string(), "Ben: \u{25cc}\u{301}hi");
    assert_eq!(said.padded(12).as_str(), "Ben: \u{25cc}\u{301}hi    ");
}

#[test]
fn two_halves_of_a_flag_stay_two_texts() {
    let mut names = Safe::line("🇰");
    names.push(&Safe::line("🇷"));
    assert_eq!(names.as_str(), "🇰 🇷");
}

#[test]
fn marks_beyond_the_most_are_dropped() {
    let at_most = format!("e{}", "\u{301}".repeat(MARK_RUN_MAX));
    assert_eq!(line(&at_most), at_most);
    assert_eq!(line(&format!("{at_most}\u{301}")), at_most);
}

#[test]
fn a_name_of_marks_does_not_lean_on_what_stands_before_it() {
    assert_eq!(name("\u{301}x"), "\u{25cc}\u{301}x");
}

#[test]
fn no_two_blanks_stand_together_in_a_name_of_whatever_kind_they_are() {
    assert_eq!(name("Ben  verified"), "Ben verified");
    assert_eq!(
        name(" Ben \t\u{a0}\u{2003}\u{3000} verified "),
        "Ben verified"
    );
    assert_eq!(name("a\u{3000}b"), "a b");
    assert_eq!(Safe::name(" \t\u{3000}"), None, "nothing is left of it");
}

#[test]
fn a_name_of_the_most_columns_stays_and_a_longer_one_is_cut() {
    assert_eq!(
        name(&"a".repeat(NAME_COLUMNS_MAX)),
        "a".repeat(NAME_COLUMNS_MAX)
    );
    let cut = name(&"a".repeat(NAME_COLUMNS_MAX + 1));
    assert!(cut.ends_with('…') && width(&cut) == NAME_COLUMNS_MAX);
}

#[test]
fn a_long_name_keeps_the_start_of_an_id_that_tells_it_from_anothers() {
    for long in ["a".repeat(60), "\u{bbfc}".repeat(60)] {
        let cut = name(&format!("{long} (abcdefgh)"));
        assert!(cut.ends_with("\u{2026} (abcdefgh)"), "{cut:?}");
        assert!(width(&cut) <= NAME_COLUMNS_MAX);
    }
    assert_eq!(name("Ben (abcdefgh)"), "Ben (abcdefgh)");
}

#[test]
fn lines_are_kept_and_indented() {
    assert_eq!(
        wrapped("one\ntwo\r\nthree\n", 2, None),
        "one\n  two\n  three"
    );
}

#[test]
fn a_long_line_is_cut_at_a_space_and_indented() {
    assert_eq!(
        wrapped("aaaa bbbb cccc dddd eeee", 2, Some(20)),
        "aaaa bbbb cccc\n  dddd eeee"
    );
}

#[test]
fn beside_a_long_name_a_text_takes_the_rows_below_it() {
    assert_eq!(
        wrapped("我们明天在学校见面。ticket-office at noon", 20, Some(34)),
        "我们明天在学校\n  见面。ticket-office at noon"
    );
    assert_eq!(
        wrapped("We meet at the office", 24, Some(30)),
        "\n  We meet at the office"
    );
    assert_eq!(wrapped("Yes.", 24, Some(30)), "Yes.");
    assert_eq!(
        wrapped("aaaa bbbb\ncccc", 16, Some(32)),
        format!("aaaa bbbb\n{}cccc", " ".repeat(16))
    );
}

#[test]
fn a_joiner_after_a_tab_joins_nothing() {
    let shown = wrapped("\u{1f600}\t\u{200d}\u{1f600}", 0, None);
    assert!(!shown.contains(JOINER), "{shown:?}");
}

#[test]
fn a_name_that_is_cut_ends_in_no_joiner() {
    let cut = name(&("a".repeat(NAME_COLUMNS_MAX - 2) + "\n\u{200d}\u{1f600}"));
    assert!(cut.ends_with('…') && !cut.contains(JOINER), "{cut:?}");
}
