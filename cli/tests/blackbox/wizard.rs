//! `tidings` alone on a terminal: the first run, line by line and with all of the screen, and two people who pair and chat by
//! typing.
//!
//! The first run listens where it likes, as it has no flags. What is typed line by line after it goes to nodes that
//! listen on loopback alone.

use crate::person::{Person, send_signal};
use crate::screen::Screen;

/// None of its words is one of those from which recovery words are chosen: it is looked for beside them.
const PASSPHRASE: &str = "xyzzy plugh";
/// Columns of a screen with a code on one line.
const COLUMNS: u16 = 200;

/// The numbered words on a screen.
pub(crate) fn numbered_words(text: &str) -> Vec<String> {
    let mut tokens = text.split_whitespace().peekable();
    let mut words = Vec::new();
    while let Some(token) = tokens.next() {
        let next = (words.len() + 1).to_string();
        if token == next
            && let Some(word) =
                tokens.next_if(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()))
        {
            words.push(word.to_owned());
        }
    }
    words
}

/// The recovery words, line by line, once all of them stand there.
#[track_caller]
fn words_in_lines(screen: &Screen) -> Vec<String> {
    let text = screen.shows("Press Enter when you have written them down.");
    let (_, words) = text.split_once("Your recovery words").unwrap();
    let words = numbered_words(words);
    assert_eq!(words.len(), 24, "{text}");
    words
}

/// Goes on from the words line by line, by one that is not the one that is asked for, and then that.
#[track_caller]
pub(crate) fn proves_in_lines(screen: &mut Screen) {
    let words = words_in_lines(screen);
    screen.types("");
    let text = screen.shows("as it is on your paper:");
    let (_, rest) = text.split_once("Type word ").unwrap();
    let number: usize = rest.split_once(',').unwrap().0.parse().unwrap();
    screen.types("no word");
    screen.shows(&format!("That is not word {number}."));
    screen.types(&words[number - 1]);
}

/// Goes through the first run; somebody with a profile that is closed again.
#[track_caller]
fn set_up(name: &str) -> Person {
    let person = Person::nobody();
    let mut screen = Screen::start(&person, COLUMNS, &["--plain"]);
    screen.shows("Welcome to Tidings");
    screen.shows("Your name, as your friends will see it:");
    assert!(!person.home.exists(), "made before anything was said");
    screen.types("");
    screen.until("same question again", |shown| {
        shown.matches("Your name,").count() == 2
    });
    screen.types(name);
    screen.shows("Leave it empty for none");
    screen.shows("Passphrase:");
    screen.types("");
    screen.shows("Press Enter once more to go on without. Passphrase:");
    screen.does_without_passphrase();
    proves_in_lines(&mut screen);
    screen.shows(&format!("Hello {name}."));
    screen.shows("No contacts yet.");
    for said in ["/help", "/invite", "/join CODE"] {
        screen.shows(said);
    }
    screen.says("/quit");
    assert_eq!(screen.ends(), 0);
    person
}

#[test]
fn the_first_run_makes_a_profile_that_is_there_afterwards() {
    let ann = set_up("Ann");
    assert_eq!(ann.json(&["id"])[0]["name"], "Ann");
    let mut again = Screen::start(&ann, COLUMNS, &["--plain"]);
    let text = again.shows("Hello Ann.");
    assert!(!text.contains("Welcome"), "{text}");
    again.says("/quit");
    assert_eq!(again.ends(), 0);
}

#[test]
fn leaving_the_first_run_before_it_is_done_makes_nothing() {
    let nobody = Person::nobody();
    let mut screen = Screen::start(&nobody, COLUMNS, &["--plain"]);
    screen.shows("Your name, as your friends will see it:");
    screen.keys("\x04");
    screen.shows("nothing was made");
    assert_eq!(screen.ends(), 1);
    assert!(!nobody.home.exists());
}

/// Somebody whose recovery words stand there line by line.
fn at_words_in_lines() -> (Person, Screen) {
    let nobody = Person::nobody();
    let mut screen = Screen::start(&nobody, COLUMNS, &["--plain"]);
    screen.shows("Your name, as your friends will see it:");
    screen.types("Ann");
    screen.shows("Leave it empty for none");
    screen.types("");
    screen.shows("once more");
    screen.does_without_passphrase();
    words_in_lines(&screen);
    (nobody, screen)
}

#[test]
fn however_the_first_run_ends_line_by_line_before_the_words_are_confirmed_it_leaves_nothing() {
    for (signal, exit) in [("-TERM", 143), ("-HUP", 129), ("-INT", 130)] {
        let (nobody, screen) = at_words_in_lines();
        assert!(nobody.home.exists());
        assert!(send_signal(screen.pid(), signal));
        let (_, code) = screen.ends_as_before();
        assert_eq!(code, exit);
        assert!(!nobody.home.exists(), "{signal}");
    }
    for keys in ["\x04", "\r\x04", "\r\r\r\x04"] {
        let (nobody, mut screen) = at_words_in_lines();
        screen.keys(keys);
        screen.shows("nothing was made");
        assert_eq!(screen.ends(), 1);
        assert!(!nobody.home.exists(), "{keys:?}");
    }
    let (nobody, screen) = at_words_in_lines();
    let code = screen.closes_in_lines();
    assert!(!nobody.home.exists(), "exit {code}");
}

#[test]
fn the_words_are_shown_again_line_by_line_until_one_of_them_is_typed() {
    let (_ann, mut screen) = at_words_in_lines();
    screen.types("");
    screen.shows("The words stay in this terminal until you clear or close it.");
    screen.types("");
    screen.until("the words again", |shown| {
        shown.matches("Your recovery words").count() == 2
    });
    screen.until("the question again", |shown| {
        shown.matches("as it is on your paper:").count() == 2
    });
}

#[test]
fn two_people_pair_and_chat_by_typing() {
    let (mut ann, mut ben) = (set_up("Ann"), set_up("Ben"));
    ann.start();
    ben.start();
    let (mut at_ann, mut at_ben) = (
        Screen::start(&ann, COLUMNS, &["--plain"]),
        Screen::start(&ben, COLUMNS, &["--plain"]),
    );
    at_ben.says("/frobnicate");
    at_ben.shows("Problem: there is no /frobnicate. /help shows what there is");
    at_ben.says("/join nonsense");
    at_ben.shows("not a Tidings invite code");
    at_ben.says("hello?");
    at_ben.until("word about having nobody", |shown| {
        shown.matches("No contacts yet.").count() == 2
    });
    at_ann.says("/invite");
    let code = at_ann.code();
    at_ben.says(&format!("/join {code}"));
    at_ben.shows("Ann is now your contact.");
    at_ann.shows("Ben is now your contact.");
    at_ann.says("Are you safe?");
    at_ben.shows("Ann: Are you safe?");
    at_ben.says("Yes, and you?");
    at_ann.shows("Ben: Yes, and you?");
    at_ann.says("//quit is how to leave");
    at_ben.shows("Ann: /quit is how to leave");
    for mut screen in [at_ann, at_ben] {
        screen.says("/quit");
        assert_eq!(screen.ends(), 0);
    }
    assert_eq!(ben.heard("Ann"), ["Are you safe?", "/quit is how to leave"]);
    assert_eq!(ann.heard("Ben"), ["Yes, and you?"]);
}

/// Keys.
const ENTER: &str = "\r";
const DOWN: &str = "\u{1b}[B";
const ESCAPE: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";
const LEAVE: &str = "\u{11}";

/// Columns and rows of a usual screen, and of a small one.
const USUAL: (u16, u16) = (80, 24);
const SMALL: (u16, u16) = (40, 15);

/// Somebody without a profile at a screen of that size.
fn first_run(size: (u16, u16), arguments: &[&str]) -> (Person, Screen) {
    let person = Person::nobody();
    let screen = Screen::start_sized(&person, size, &[], arguments);
    screen.shows("Your name, as your friends will see it:");
    (person, screen)
}

/// Goes on from the words, of which one is asked for, to the choice how to begin.
#[track_caller]
pub(crate) fn proves(screen: &mut Screen, words: &[String]) {
    screen.keys(ENTER);
    let text = screen.shows("Type word ");
    let (_, rest) = text.split_once("Type word ").unwrap();
    let number: usize = rest.split_once(',').unwrap().0.parse().unwrap();
    assert!(!words.iter().all(|word| text.contains(word.as_str())));
    screen.types(&words[number - 1]);
    screen.shows("How do you begin?");
}

/// Goes through the first run on a screen of that size, up to the choice how to begin.
#[track_caller]
fn set_up_on_screen(name: &str, size: (u16, u16)) -> (Person, Screen) {
    let (person, mut screen) = first_run(size, &[]);
    assert!(!person.home.exists(), "made before anything was said");
    screen.keys(&"x".repeat(65));
    screen.shows("A name has 1 to 64 characters on one line.");
    screen.keys("\u{15}");
    screen.types(name);
    screen.shows("Leave it empty for none");
    screen.types(PASSPHRASE);
    screen.shows("The same again:");
    screen.types(PASSPHRASE);
    let text = screen.shows("enter when they are on paper");
    assert!(!text.contains("plugh"), "{text}");
    assert_eq!(numbered_words(&text).len(), 24, "{text}");
    assert!(text.contains("pose as"), "all of the advice:\n{text}");
    proves(&mut screen, &numbered_words(&text));
    (person, screen)
}

/// The code that stands on the screen, in rows of its own.
#[track_caller]
fn shown_code(screen: &Screen) -> String {
    let text = screen.until("code", |shown| code_in(shown).len() >= CODE_CHARACTERS_MIN);
    code_in(&text)
}

/// Shortest code.
const CODE_CHARACTERS_MIN: usize = 100;

fn code_in(shown: &str) -> String {
    let rows = shown.lines().map(str::trim).filter(|row| {
        let is_of_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        !row.is_empty() && row.chars().all(is_of_code)
    });
    rows.collect()
}

/// Two people who set up on screens of that size, one of whom makes a code that the other uses, and who write to each other.
fn two_meet(size: (u16, u16)) {
    let (ann, mut at_ann) = set_up_on_screen("Ann", size);
    let (ben, mut at_ben) = set_up_on_screen("Ben", size);
    at_ann.keys(ENTER);
    let code = shown_code(&at_ann);
    at_ben.keys(DOWN);
    at_ben.keys(ENTER);
    at_ben.shows("Your friend's code");
    at_ben.types(&code);
    at_ann.shows("Ben used the code");
    at_ann.keys(ENTER);
    at_ann.shows("To Ben");
    at_ben.shows("To Ann");
    at_ann.types("Are you safe?");
    at_ben.shows("Are you safe?");
    at_ben.types("Yes, and you?");
    at_ann.shows("Yes, and you?");
    for mut screen in [at_ann, at_ben] {
        screen.keys(LEAVE);
        let (all, code) = screen.ends_with_all();
        assert_eq!(code, 0, "{all}");
        assert!(!all.contains("plugh"), "a passphrase was shown");
    }
    let locked = ann.file("passphrase", &format!("{PASSPHRASE}\n"));
    let read = ["--passphrase-file", locked.to_str().unwrap(), "read", "Ben"];
    assert!(ann.run(&read).exits(0).out.contains("Yes, and you?"));
    ben.run(&["read", "Ann"]).exits(3);
}

#[test]
fn two_people_set_up_meet_and_write_with_all_of_the_screen() {
    two_meet(USUAL);
}

#[test]
fn two_people_set_up_meet_and_write_on_small_screens() {
    two_meet(SMALL);
}

#[test]
fn whoever_looks_around_first_has_the_words_on_the_screen_no_more_nor_on_the_one_before_it() {
    let (ann, mut screen) = first_run(USUAL, &[]);
    let text = to_words(&mut screen, "Ann");
    let words = numbered_words(&text);
    // As somebody does who is tired of waiting.
    screen.keys("\r\r\r");
    screen.shows("Type word ");
    screen.keys(ESCAPE);
    let again = screen.shows("enter when they are on paper");
    assert_eq!(numbered_words(&again), words);
    proves(&mut screen, &words);
    screen.keys(&[DOWN, DOWN, ENTER].concat());
    screen.shows("Nobody to write to yet.");
    screen.keys(LEAVE);
    let (all, code) = screen.ends_with_all();
    assert_eq!(code, 0, "{all}");
    let (_, after) = all.rsplit_once("\u{1b}[?1049l").unwrap();
    assert!(!words.iter().any(|word| after.contains(word.as_str())));
    assert_eq!(ann.json(&["id"])[0]["name"], "Ann");
}

#[test]
fn leaving_the_first_run_on_the_screen_before_there_is_a_profile_makes_nothing_and_says_so() {
    for keys in [
        &[ESCAPE][..],
        &[CTRL_C],
        &["Ann\r", ESCAPE],
        &["Ann\r", "secret\r", CTRL_C],
        // While the keys are made.
        &["Ann\r", "secret\r", "secret\r\u{3}"],
    ] {
        let (nobody, mut screen) = first_run(USUAL, &[]);
        for key in keys {
            screen.keys(key);
        }
        screen.shows("nothing was made");
        assert_eq!(screen.ends(), 1);
        assert!(!nobody.home.exists());
    }
}

#[test]
fn a_passphrase_in_a_file_is_not_asked_for_on_the_screen() {
    let ann = Person::nobody();
    let file = ann.file("passphrase", &format!("{PASSPHRASE}\n"));
    let given = ["--passphrase-file", file.to_str().unwrap()];
    let mut screen = Screen::start_sized(&ann, USUAL, &[], &given);
    screen.shows("Your name,");
    screen.types("Ann");
    screen.shows("enter when they are on paper");
    screen.keys(CTRL_C);
    screen.shows("Ctrl-C again leaves.");
    screen.keys(CTRL_C);
    screen.shows("Nothing shows its recovery words again.");
    assert_eq!(screen.ends(), 130);
    ann.run(&["id"]).exits(3);
    ann.run(&[&given[..], &["id"]].concat()).exits(0);
}

/// Somebody whose recovery words are on the screen.
fn at_words() -> (Person, Screen) {
    let (person, mut screen) = first_run(USUAL, &[]);
    to_words(&mut screen, "Ann");
    (person, screen)
}

/// Goes on from the question for a name to the recovery words, without a passphrase.
#[track_caller]
fn to_words(screen: &mut Screen, name: &str) -> String {
    screen.types(name);
    screen.shows("Leave it empty for none");
    screen.keys(ENTER);
    screen.shows("Press enter once more");
    screen.does_without_passphrase();
    screen.shows("enter when they are on paper")
}

#[test]
fn a_signal_before_the_words_are_confirmed_leaves_no_profile() {
    for (signal, exit) in [("-TERM", 143), ("-HUP", 129)] {
        let (nobody, screen) = at_words();
        assert!(nobody.home.exists());
        assert!(send_signal(screen.pid(), signal));
        let (_, code) = screen.ends_as_before();
        assert_eq!(code, exit);
        assert!(!nobody.home.exists(), "{signal}");
    }
}

#[test]
fn a_window_that_is_closed_before_the_words_are_confirmed_leaves_no_profile() {
    let (nobody, screen) = at_words();
    let code = screen.closes();
    assert!(!nobody.home.exists(), "exit {code}");
}

/// Runs the program so that no signal tells it of a terminal that is closed.
const WITHOUT_HANG_UP: &str = "trap '' HUP; exec \"$@\"";

#[test]
fn a_window_that_is_closed_where_no_signal_tells_leaves_no_profile() {
    let nobody = Person::nobody();
    let mut screen = Screen::in_shell(&nobody, WITHOUT_HANG_UP);
    screen.shows("Your name, as your friends will see it:");
    to_words(&mut screen, "Ann");
    assert_eq!(screen.closes(), 1);
    assert!(!nobody.home.exists());
}

#[test]
fn a_window_that_is_closed_while_the_keys_are_made_leaves_no_profile_or_one_that_is_marked() {
    for script in [WITHOUT_HANG_UP, "exec \"$@\""] {
        let nobody = Person::nobody();
        let mut screen = Screen::in_shell(&nobody, script);
        screen.shows("Your name, as your friends will see it:");
        screen.types("Ann");
        screen.shows("Leave it empty for none");
        screen.types(PASSPHRASE);
        screen.shows("The same again:");
        screen.types(PASSPHRASE);
        screen.shows("Making your keys");
        screen.closes();
        let is_marked = nobody.home.join("words-unseen").exists();
        assert!(is_marked || !nobody.home.exists());
    }
}

/// Somebody whose program was ended at once with the words on the screen.
fn killed_at_words() -> Person {
    let (person, screen) = at_words();
    assert!(send_signal(screen.pid(), "-KILL"));
    screen.ends();
    person
}

/// How the question begins that is asked then.
const UNCONFIRMED: &str = "Nobody confirmed that the recovery words";

#[test]
fn whoever_was_killed_before_the_words_were_confirmed_may_begin_anew() {
    let ann = killed_at_words();
    let id = ann.run(&["id"]).exits(0);
    assert!(id.err.contains(UNCONFIRMED), "{}", id.err);
    let mut screen = Screen::start_sized(&ann, USUAL, &[], &[]);
    screen.shows(UNCONFIRMED);
    screen.types("what?");
    screen.until("the question again", |shown| {
        shown.matches("Type `anew`").count() == 2
    });
    screen.types("anew");
    screen.shows("Your name, as your friends will see it:");
    ann.run(&["id"]).exits(3);
    let text = to_words(&mut screen, "Anna");
    proves(&mut screen, &numbered_words(&text));
    screen.keys(CTRL_C);
    screen.shows("Ctrl-C again leaves.");
    screen.keys(CTRL_C);
    screen.ends();
    let id = ann.run(&["id"]).exits(0);
    assert!(id.out.contains("Anna"));
    assert!(!id.err.contains(UNCONFIRMED), "{}", id.err);
}

#[test]
fn whoever_was_killed_before_the_words_were_confirmed_may_go_on_without_them() {
    for arguments in [&[][..], &["--plain"]] {
        let ann = killed_at_words();
        let mut screen = Screen::start_sized(&ann, USUAL, &[], arguments);
        screen.shows(UNCONFIRMED);
        screen.types("");
        screen.shows(if arguments.is_empty() {
            "ctrl-k"
        } else {
            "Hello Ann."
        });
        if arguments.is_empty() {
            screen.keys(LEAVE);
        } else {
            screen.says("/quit");
        }
        assert_eq!(screen.ends(), 0);
        let id = ann.run(&["id"]).exits(0);
        assert!(!id.err.contains(UNCONFIRMED), "{}", id.err);
    }
}

#[test]
fn a_profile_whose_words_were_printed_is_not_asked_about() {
    let ann = Person::new("Ann");
    let id = ann.run(&["id"]).exits(0);
    assert!(!id.err.contains(UNCONFIRMED), "{}", id.err);
}
