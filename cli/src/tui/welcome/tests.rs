use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tidings_node::RecoveryWords;

use super::state::{Page, Welcome};
use super::update::{Effect, made, update};
use super::{sheet, view};
use crate::chat::{Action, DEAF_MILLIS};
use crate::commands::init::asked_word;
use crate::safe_text::Safe;
use crate::texts::{Language, Texts};
use crate::tui::canvas::row_text;
use crate::tui::event::Event;
use crate::tui::keys::Preset;
use crate::tui::state::Size;

const PASSPHRASE: &str = "correct horse";

fn welcome() -> Welcome {
    let texts = Arc::new(Texts::of(Language::English));
    let mut welcome = Welcome::new(Safe::line("/home/ann/.local/share/tidings"), true, texts);
    welcome.keymap = Preset::default().keymap();
    welcome
}

fn sized(columns: u16, rows: u16) -> Welcome {
    let mut welcome = welcome();
    update(&mut welcome, Event::Resized(Size { columns, rows }));
    welcome
}

fn press(welcome: &mut Welcome, key: &str) -> Option<Effect> {
    update(welcome, Event::Key(key.parse().unwrap()))
}

/// Goes on by a key that was let go since the last time.
fn goes_on(welcome: &mut Welcome) -> Option<Effect> {
    welcome.passed += DEAF_MILLIS;
    press(welcome, "enter")
}

fn write(welcome: &mut Welcome, text: &str) {
    for letter in text.chars() {
        let key = if letter == ' ' {
            "space".to_owned()
        } else {
            letter.to_string()
        };
        assert!(press(welcome, &key).is_none());
    }
}

fn words() -> RecoveryWords {
    let words = [["abandon"; 23].as_slice(), &["art"]].concat().join(" ");
    words.parse().unwrap()
}

/// What is on the screen, and where its cursor is.
fn drawn(welcome: &Welcome) -> (String, Option<Position>) {
    let Size { columns, rows } = welcome.size;
    let mut cells = Buffer::empty(Rect::new(0, 0, columns, rows));
    let cursor = view::draw(welcome, &mut cells);
    let rows: Vec<String> = (0..rows).map(|row| row_text(&cells, row)).collect();
    (rows.join("\n"), cursor)
}

/// A text as if no row had ended.
fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Up to where the keys are made.
fn making(passphrase: &str) -> (Welcome, Option<Effect>) {
    let mut welcome = welcome();
    write(&mut welcome, "Ann");
    assert!(press(&mut welcome, "enter").is_none());
    write(&mut welcome, passphrase);
    let effect = press(&mut welcome, "enter");
    assert!(effect.is_none(), "it is asked for again");
    write(&mut welcome, passphrase);
    let effect = goes_on(&mut welcome);
    (welcome, effect)
}

/// Up to where the words are shown.
fn shown(columns: u16, rows: u16) -> Welcome {
    let (mut welcome, _) = making("");
    update(&mut welcome, Event::Resized(Size { columns, rows }));
    assert!(made(&mut welcome, words()).is_none());
    welcome
}

/// From the words to how one begins.
fn prove(welcome: &mut Welcome) {
    let words = words();
    let word = words.words().nth(asked_word(&words) - 1).unwrap();
    press(welcome, "enter");
    write(welcome, word);
    press(welcome, "enter");
}

#[test]
fn a_name_that_cannot_be_is_told_of_while_it_is_typed_and_goes_no_further() {
    let mut welcome = welcome();
    write(&mut welcome, &"x".repeat(64));
    let wrong = "A name has 1 to 64 characters";
    assert!(!drawn(&welcome).0.contains(wrong));
    write(&mut welcome, "x");
    assert!(drawn(&welcome).0.contains(wrong));
    assert!(press(&mut welcome, "enter").is_none());
    assert!(matches!(welcome.page, Page::Name));
    press(&mut welcome, "backspace");
    assert!(!drawn(&welcome).0.contains(wrong));
    press(&mut welcome, "ctrl-u");
    assert!(!drawn(&welcome).0.contains(wrong), "nothing is typed yet");
    press(&mut welcome, "enter");
    assert!(drawn(&welcome).0.contains(wrong));
}

#[test]
fn a_passphrase_is_typed_twice_and_nothing_shows_it() {
    let (welcome, effect) = making(PASSPHRASE);
    assert!(matches!(welcome.page, Page::Making { is_left: false }));
    let Some(Effect::Make {
        name,
        passphrase: Some(passphrase),
    }) = effect
    else {
        panic!("{effect:?}");
    };
    assert_eq!(name, "Ann");
    assert_eq!(passphrase.into_inner().as_str(), PASSPHRASE);
}

#[test]
fn what_is_typed_of_a_passphrase_is_neither_drawn_nor_printed() {
    let mut welcome = welcome();
    write(&mut welcome, "Ann");
    press(&mut welcome, "enter");
    let before = drawn(&welcome);
    write(&mut welcome, "horse");
    assert_eq!(drawn(&welcome), before, "not even how long it is");
    assert!(before.1.is_some(), "the cursor is where it is typed");
    press(&mut welcome, "enter");
    write(&mut welcome, "horse");
    assert!(!drawn(&welcome).0.contains("horse"));
    assert!(!format!("{welcome:?}").contains("horse"));
    let effect = press(&mut welcome, "enter");
    assert!(!format!("{effect:?}").contains("horse"), "{effect:?}");
    made(&mut welcome, words());
    assert!(!format!("{welcome:?}").contains("abandon"));
}

#[test]
fn two_passphrases_that_differ_are_asked_for_once_more() {
    let mut welcome = welcome();
    write(&mut welcome, "Ann");
    press(&mut welcome, "enter");
    write(&mut welcome, "one");
    press(&mut welcome, "enter");
    write(&mut welcome, "two");
    assert!(press(&mut welcome, "enter").is_none());
    assert!(drawn(&welcome).0.contains("differ"));
    write(&mut welcome, "one");
    assert!(!drawn(&welcome).0.contains("differ"));
    press(&mut welcome, "enter");
    write(&mut welcome, "onee");
    press(&mut welcome, "backspace");
    assert!(matches!(
        press(&mut welcome, "enter"),
        Some(Effect::Make { .. })
    ));
}

#[test]
fn a_passphrase_may_be_pasted_but_not_one_that_no_key_types() {
    let mut welcome = welcome();
    write(&mut welcome, "Ann");
    press(&mut welcome, "enter");
    update(&mut welcome, Event::Paste("a\tb".to_owned()));
    assert!(drawn(&welcome).0.contains("no keys type it"));
    update(&mut welcome, Event::Paste("one\r\n".to_owned()));
    press(&mut welcome, "enter");
    write(&mut welcome, "one");
    assert!(matches!(
        press(&mut welcome, "enter"),
        Some(Effect::Make { .. })
    ));
}

#[test]
fn an_empty_passphrase_is_none_and_what_that_means_is_said() {
    let mut welcome = welcome();
    write(&mut welcome, "Ann");
    press(&mut welcome, "enter");
    assert!(drawn(&welcome).0.contains("Leave it empty for none"));
    for _ in 0..2 {
        assert!(press(&mut welcome, "enter").is_none());
        let warning = "Without a passphrase, whoever has this device reads everything.";
        assert!(unbroken(&drawn(&welcome).0).contains(warning));
        // It is not the last key any more.
        write(&mut welcome, "x");
        assert!(!unbroken(&drawn(&welcome).0).contains(warning));
        press(&mut welcome, "backspace");
    }
    assert!(press(&mut welcome, "enter").is_none());
    let effect = goes_on(&mut welcome);
    let none = matches!(
        effect,
        Some(Effect::Make {
            passphrase: None,
            ..
        })
    );
    assert!(none, "{effect:?}");
}

#[test]
fn a_key_that_is_held_down_stops_at_what_it_means_to_have_no_passphrase() {
    let mut welcome = welcome();
    write(&mut welcome, "Ann");
    for _ in 0..100 {
        assert!(press(&mut welcome, "enter").is_none());
        welcome.passed += DEAF_MILLIS - 1;
    }
    let warning = "Without a passphrase, whoever has this device reads everything.";
    assert!(unbroken(&drawn(&welcome).0).contains(warning));
    welcome.passed += 1;
    assert!(matches!(
        press(&mut welcome, "enter"),
        Some(Effect::Make { .. })
    ));
}

#[test]
fn a_passphrase_that_a_file_has_is_not_asked_for() {
    let mut welcome = welcome();
    welcome.asks_passphrase = false;
    write(&mut welcome, " Ann ");
    let Some(Effect::Make {
        name,
        passphrase: None,
    }) = press(&mut welcome, "enter")
    else {
        panic!("{welcome:?}");
    };
    assert_eq!(name, "Ann");
}

#[test]
fn whoever_leaves_before_the_keys_are_made_leaves_nothing() {
    for key in ["esc", "ctrl-c", "ctrl-q"] {
        let mut welcome = welcome();
        for page in ["name", "passphrase", "again"] {
            let effect = press(&mut welcome, key);
            assert!(matches!(effect, Some(Effect::Leave)), "{key} {page}");
            write(&mut welcome, "Ann");
            press(&mut welcome, "enter");
        }
    }
}

#[test]
fn whoever_leaves_while_the_keys_are_made_leaves_once_they_are_and_sees_no_words() {
    for key in ["esc", "ctrl-c"] {
        let (mut welcome, _) = making("");
        assert!(press(&mut welcome, key).is_none());
        assert!(drawn(&welcome).0.contains("Leaving, as soon as"));
        assert!(matches!(made(&mut welcome, words()), Some(Effect::Undo)));
        assert!(!drawn(&welcome).0.contains("abandon"));
    }
}

#[test]
fn all_words_with_what_to_do_with_them_fit_a_usual_screen_and_a_small_one() {
    for (columns, rows) in [(80, 24), (40, 15)] {
        let mut welcome = shown(columns, rows);
        let text = unbroken(&drawn(&welcome).0);
        assert_eq!(text.matches("abandon").count(), 23, "{text}");
        for said in ["24 art", "pose as you.", "enter when they are on paper"] {
            assert!(text.contains(said), "no {said}: {text}");
        }
        for language in Language::ALL {
            welcome.texts = Arc::new(Texts::of(language));
            assert_eq!(sheet::last_top(&welcome), 0, "{language:?} {columns}");
        }
    }
}

#[test]
fn where_the_words_have_no_room_enter_shows_all_before_it_goes_on() {
    let mut welcome = shown(30, 8);
    let mut seen = String::new();
    let mut pages = 0;
    while matches!(welcome.page, Page::Words { .. }) {
        let (text, _) = drawn(&welcome);
        seen.push_str(&text);
        assert_eq!(
            text.contains("down shows the rest"),
            !sheet::is_end_shown(&welcome)
        );
        assert!(press(&mut welcome, "enter").is_none());
        pages += 1;
    }
    assert!(pages > 1);
    for number in 1..=23 {
        assert!(seen.contains(&format!("{number} abandon")), "{number}");
    }
    let seen = unbroken(&seen);
    assert!(
        seen.contains("24 art") && seen.contains("pose as you."),
        "{seen}"
    );
}

#[test]
fn the_words_are_scrolled_by_keys_and_by_the_wheel_and_never_beyond_their_ends() {
    let mut welcome = shown(30, 8);
    let top = |welcome: &Welcome| sheet::sheet(welcome).top;
    press(&mut welcome, "up");
    assert_eq!(top(&welcome), 0);
    press(&mut welcome, "down");
    update(&mut welcome, Event::Wheel(3));
    assert_eq!(top(&welcome), 4);
    for _ in 0..20 {
        press(&mut welcome, "pagedown");
    }
    assert_eq!(top(&welcome), sheet::last_top(&welcome));
    press(&mut welcome, "up");
    assert!(!sheet::is_end_shown(&welcome));
}

#[test]
fn on_a_screen_too_small_for_anything_the_words_are_not_passed_over() {
    let mut welcome = shown(12, 3);
    assert!(unbroken(&drawn(&welcome).0).contains("Make the window larger."));
    press(&mut welcome, "enter");
    assert!(matches!(welcome.page, Page::Words { .. }));
}

#[test]
fn whoever_leaves_with_the_words_before_them_is_asked_again() {
    let mut welcome = shown(80, 24);
    assert!(press(&mut welcome, "esc").is_none());
    assert!(matches!(welcome.page, Page::Words { .. }));
    assert!(press(&mut welcome, "ctrl-c").is_none());
    assert!(
        drawn(&welcome)
            .0
            .contains("gone for good then. Ctrl-C again leaves")
    );
    press(&mut welcome, "down");
    assert!(!drawn(&welcome).0.contains("Ctrl-C again leaves"));
    assert!(press(&mut welcome, "ctrl-c").is_none());
    let effect = press(&mut welcome, "ctrl-c");
    assert!(matches!(effect, Some(Effect::Close)), "{effect:?}");
}

#[test]
fn one_begins_with_a_code_or_somebody_elses_or_none() {
    let begun = |keys: &[&str]| {
        let mut welcome = shown(80, 24);
        prove(&mut welcome);
        let text = drawn(&welcome).0;
        assert!(!text.contains("abandon"), "{text}");
        assert!(text.contains("Make a code for a friend") && text.contains("Look around"));
        let effects = keys.iter().filter_map(|key| press(&mut welcome, key));
        let effects: Vec<Effect> = effects.collect();
        let [Effect::Begin(first)] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        *first
    };
    assert_eq!(begun(&["enter"]), Some(Action::Invite));
    assert_eq!(begun(&["down", "enter"]), Some(Action::Join));
    assert_eq!(begun(&["down", "down", "down", "enter"]), None);
}

#[test]
fn an_enter_typed_while_the_keys_are_made_costs_nobody_the_words() {
    let mut welcome = shown(80, 24);
    for _ in 0..5 {
        assert!(press(&mut welcome, "enter").is_none());
    }
    let (text, cursor) = drawn(&welcome);
    assert!(
        text.contains("Type word") && !text.contains("abandon"),
        "{text}"
    );
    assert!(cursor.is_some());
    press(&mut welcome, "esc");
    assert_eq!(drawn(&welcome).0.matches("abandon").count(), 23);
}

#[test]
fn the_word_that_is_asked_for_leads_on_and_no_other_does() {
    let mut welcome = shown(80, 24);
    press(&mut welcome, "enter");
    let number = asked_word(&words());
    assert!(drawn(&welcome).0.contains(&format!("Type word {number},")));
    write(&mut welcome, "zoo");
    assert!(press(&mut welcome, "enter").is_none());
    let wrong = format!("That is not word {number}.");
    assert!(drawn(&welcome).0.contains(&wrong));
    assert!(!drawn(&welcome).0.contains("zoo"), "it is typed anew");
    let words = words();
    let word = words.words().nth(number - 1).unwrap();
    write(&mut welcome, &format!(" {} ", word.to_uppercase()));
    assert!(!drawn(&welcome).0.contains(&wrong));
    press(&mut welcome, "enter");
    assert!(matches!(welcome.page, Page::Begin { .. }));
}

#[test]
fn until_it_is_chosen_how_to_begin_the_words_are_shown_again() {
    let mut welcome = shown(80, 24);
    prove(&mut welcome);
    assert!(drawn(&welcome).0.contains("esc: the words again"));
    assert!(press(&mut welcome, "esc").is_none());
    assert_eq!(drawn(&welcome).0.matches("abandon").count(), 23);
}

#[test]
fn what_is_typed_is_on_the_screen_whatever_its_size_and_language() {
    for language in Language::ALL {
        for columns in 20..60 {
            for rows in 5..25 {
                let mut welcome = sized(columns, rows);
                welcome.texts = Arc::new(Texts::of(language));
                write(&mut welcome, "Ann");
                let (text, cursor) = drawn(&welcome);
                assert!(text.contains("> Ann"), "{columns}x{rows}:\n{text}");
                assert!(cursor.is_some());
                press(&mut welcome, "enter");
                let (_, cursor) = drawn(&welcome);
                assert!(cursor.is_some(), "{columns}x{rows}");
                press(&mut welcome, "enter");
                let (_, cursor) = drawn(&welcome);
                assert!(cursor.is_some(), "{columns}x{rows}");
            }
        }
    }
}
