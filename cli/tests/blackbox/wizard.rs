//! Plain `tidings` on a terminal: the first run, and two people who pair and chat by typing.
//!
//! The first run listens where it likes, as it has no flags. What follows is typed to nodes that
//! listen on loopback alone.

use crate::person::Person;
use crate::screen::Screen;

/// Columns of a screen with a code on one line.
const COLUMNS: u16 = 200;

/// The numbered words on a screen.
fn numbered_words(text: &str) -> Vec<String> {
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

/// Goes through the first run; somebody with a profile that is closed again.
#[track_caller]
fn set_up(name: &str) -> Person {
    let person = Person::nobody();
    let mut screen = Screen::start(&person, COLUMNS, &[]);
    screen.shows("Welcome to Tidings.");
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
    let text = screen.shows("Press Enter when you have written them down.");
    let (_, words) = text.split_once("Your recovery words").unwrap();
    assert_eq!(numbered_words(words).len(), 24, "{words}");
    screen.types("");
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
    let mut again = Screen::start(&ann, COLUMNS, &[]);
    let text = again.shows("Hello Ann.");
    assert!(!text.contains("Welcome"), "{text}");
    again.says("/quit");
    assert_eq!(again.ends(), 0);
}

#[test]
fn leaving_the_first_run_before_it_is_done_makes_nothing() {
    let nobody = Person::nobody();
    let mut screen = Screen::start(&nobody, COLUMNS, &[]);
    screen.shows("Your name, as your friends will see it:");
    screen.keys("\x04");
    screen.shows("nothing was made");
    assert_eq!(screen.ends(), 1);
    assert!(!nobody.home.exists());
}

#[test]
fn two_people_pair_and_chat_by_typing() {
    let (mut ann, mut ben) = (set_up("Ann"), set_up("Ben"));
    ann.start();
    ben.start();
    let (mut at_ann, mut at_ben) = (
        Screen::start(&ann, COLUMNS, &[]),
        Screen::start(&ben, COLUMNS, &[]),
    );
    at_ben.says("/frobnicate");
    at_ben.shows("! there is no /frobnicate. /help shows what there is");
    at_ben.says("/join nonsense");
    at_ben.shows("not a Tidings invite code");
    at_ben.says("hello?");
    at_ben.until("word about having nobody", |shown| {
        shown.matches("No contacts yet.").count() == 2
    });
    at_ann.says("/invite");
    let code = at_ann.code();
    at_ben.says(&format!("/join {code}"));
    at_ben.shows("\u{2713} Ann is now your contact.");
    at_ann.shows("\u{2713} Ben is now your contact.");
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
