use super::*;
use proptest::prelude::*;

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
        prop_assert!(name.width() <= NAME_COLUMNS_MAX);
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
        let first = lines.next().unwrap().width();
        prop_assert!(first == 0 || indent + first <= columns, "{:?}", wrapped);
        for line in lines {
            prop_assert!(line.width() <= columns, "{:?}", wrapped);
        }
    }

    #[test]
    fn no_row_is_wider_than_the_terminal(text in hostile_text(), columns in 40usize..120) {
        for line in lines(&text).iter().flat_map(|text| rows(text, columns, columns)) {
            prop_assert!(line.width() <= columns, "{:?}", line);
        }
    }

    #[test]
    fn making_safe_twice_changes_nothing(text in hostile_text()) {
        let once = line(&text);
        prop_assert_eq!(line(&once), once);
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
fn a_name_of_the_most_columns_stays_and_a_longer_one_is_cut() {
    assert_eq!(
        name(&"a".repeat(NAME_COLUMNS_MAX)),
        "a".repeat(NAME_COLUMNS_MAX)
    );
    let cut = name(&"a".repeat(NAME_COLUMNS_MAX + 1));
    assert!(cut.ends_with('…') && cut.width() == NAME_COLUMNS_MAX);
}

#[test]
fn a_long_name_keeps_the_start_of_an_id_that_tells_it_from_anothers() {
    for long in ["a".repeat(60), "\u{bbfc}".repeat(60)] {
        let cut = name(&format!("{long} (abcdefgh)"));
        assert!(cut.ends_with("\u{2026} (abcdefgh)"), "{cut:?}");
        assert!(cut.width() <= NAME_COLUMNS_MAX);
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
