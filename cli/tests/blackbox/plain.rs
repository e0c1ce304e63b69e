//! The chat in words alone, as it comes to a terminal byte by byte, and so to whoever has it read out.

use crate::person::{Person, pair};
use crate::screen::Screen;

/// Columns of a screen on which no line is broken.
const COLUMNS: u16 = 200;

/// What the line editor sends besides text while no line is longer than the screen: pastes marked or not, and the row
/// that is typed in, drawn again.
const EDITOR: &[&str] = &["[?2004h", "[?2004l", "[K"];

/// Signs, and what boxes and spinners are drawn of.
fn is_drawing(character: char) -> bool {
    let signs = [
        '\u{2713}', '\u{2717}', '\u{2026}', '\u{2197}', '\u{2192}', '\u{21aa}', '\u{2022}', '~',
        '\u{2014}', '\u{25b8}',
    ];
    let drawn = ['\u{2500}'..='\u{25ff}', '\u{2800}'..='\u{28ff}'];
    signs.contains(&character) || drawn.iter().any(|range| range.contains(&character))
}

/// Goes through a conversation on a terminal of that kind; all that came to it.
fn conversation(kind: &str, arguments: &[&str]) -> String {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    let mut screen = Screen::start_on(kind, &ben, COLUMNS, arguments);
    screen.shows("Conversation: Ann");
    screen.shows("Type a line to write to Ann.");
    screen.shows("to Ann:");
    screen.types("hello");
    screen.shows("delivered");
    let sent = ann.tell("Ben", "are you there?");
    screen.shows("2. Ann: are you there?, ");
    let id = sent["id"].as_str().unwrap();
    ann.json(&["edit", id, "are you well?"]);
    screen.shows("Changed, 2. Ann: are you well? (edited), was: are you there?, ");
    ann.json(&["send", "Ben", "answer me", "--reply", id]);
    screen.shows("Ann: answer me (in reply to Ann: are you well?), ");
    ann.json(&["typing", "Ben"]);
    ann.json(&["delete", id]);
    screen.shows("Changed, 2. Ann: (deleted), was: are you well?, ");
    screen.types("/contacts");
    screen.shows("1  Ann");
    screen.types("/frobnicate");
    screen.shows("Problem: there is no /frobnicate.");
    screen.types("/quit");
    let (all, code) = screen.ends_with_all();
    assert_eq!(code, 0, "{all}");
    assert!(!all.contains(is_drawing), "{all:?}");
    assert!(!all.contains("typing"), "{all:?}");
    all
}

#[test]
fn in_words_nothing_is_drawn_but_the_line_that_is_typed() {
    let all = conversation("xterm", &["--plain"]);
    let mut further = all.split('\u{1b}').skip(1);
    let foreign = further.find(|rest| {
        let is_along = |rest: &str| {
            let digits = rest.strip_prefix('[').unwrap_or_default();
            digits
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .starts_with('C')
        };
        !EDITOR.iter().any(|known| rest.starts_with(known)) && !is_along(rest)
    });
    assert_eq!(foreign, None, "{all:?}");
}

#[test]
fn on_a_terminal_that_can_only_print_nothing_but_text_comes() {
    let all = conversation("dumb", &[]);
    let is_text = |character: char| !character.is_control() || "\r\n".contains(character);
    assert!(all.chars().all(is_text), "{all:?}");
    assert!(
        all.lines()
            .any(|line| line.starts_with("2. Ann: are you there?")),
        "it begins its own line: {all:?}"
    );
}

#[test]
fn what_is_done_to_messages_is_done_in_words_by_their_number() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    let mut screen = Screen::start_on("xterm", &ben, COLUMNS, &["--plain"]);
    screen.shows("to Ann:");
    ann.tell("Ben", "shall we meet?");
    screen.shows("1. Ann: shall we meet?, ");
    screen.says("/reply 1 at eigth");
    screen.shows("Answering Ann: shall we meet?");
    screen.shows("2. delivered");
    screen.says("/edit at eight");
    screen.shows("Editing you: at eigth");
    screen.shows(
        "Changed, 2. you: at eight (edited) (in reply to Ann: shall we meet?), was: at eigth",
    );
    ann.tell("Ben", "or at nine?");
    screen.shows("3. Ann: or at nine?, ");
    screen.says("/react 1 OK");
    screen.shows("Reacting to Ann: shall we meet?");
    screen.says("/pin 1");
    screen.shows("Changed, 1. Ann: shall we meet? (pinned)");
    screen.says("/search eight");
    screen.shows("Found 1, in Ann, you: at eight");
    screen.shows("1 message found.");
    screen.says("/delete 2");
    screen.shows("Deleting you: at eight");
    screen.shows("Delete this message for everybody? [y/n]");
    screen.types("y");
    screen.shows("Changed, 2. you: (deleted)");
    screen.says("/details 1");
    screen.shows("stored here ");
    screen.says("/doctor");
    screen.shows("ell, queue: ");
    screen.says("/quit");
    let (all, code) = screen.ends_with_all();
    assert_eq!(code, 0, "{all}");
    assert!(!all.contains(is_drawing), "{all:?}");
}

#[test]
fn a_room_is_made_and_seen_to_in_words() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    let mut screen = Screen::start_on("xterm", &ben, COLUMNS, &["--plain"]);
    screen.shows("to Ann:");
    for (line, said) in [
        ("/create Team", "Conversation: Team (room)"),
        ("/add Ann", "Ann is in the room Team now."),
        ("/members", "Ben (you)  admin"),
        ("/role Ann", "Make Ann an admin of Team? [y/n]"),
        ("y", "Ann is an admin of the room Team now."),
        ("/rename Crew", "The room Team is called Crew now."),
        ("/lifetime 1d", "in Crew from now on disappears 1 day after"),
        ("/lifetime off", "in Crew from now on stays."),
        ("/mute", "Crew is muted"),
        ("/archive", "Crew is put away until"),
        ("/receipts", "Nobody learns any more what you read in Crew"),
        ("/pinned", "Nothing is pinned in Crew."),
        ("/remove Ann", "Take Ann out of Crew? [y/n]"),
        ("y", "Ann has left the room Crew, or was removed from it."),
    ] {
        // A question is a prompt of its own.
        if line == "y" {
            screen.types(line);
        } else {
            screen.says(line);
        }
        screen.shows(said);
    }
    screen.says("/quit");
    let (all, code) = screen.ends_with_all();
    assert_eq!(code, 0, "{all}");
    assert!(!all.contains(is_drawing), "{all:?}");
}

#[test]
fn a_contact_is_renamed_blocked_and_let_write_again_in_words() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    let mut screen = Screen::start_on("xterm", &ben, COLUMNS, &["--plain"]);
    screen.says("/rename Annie");
    screen.shows("Ann is called Annie now.");
    screen.says("/block");
    screen.shows("Block Annie? Nothing more is taken from them. [y/n]");
    screen.types("n");
    screen.shows("Nothing has changed.");
    screen.says("/block");
    screen.until("the question again", |shown| {
        shown.matches("Block Annie?").count() == 2
    });
    screen.types("y");
    screen.shows("Annie is blocked.");
    assert_eq!(ben.json(&["contacts"])[0]["state"], "blocked");
    screen.says("/block");
    screen.shows("Let Annie write to you again? [y/n]");
    screen.types("yes");
    screen.shows("Annie is not blocked any more.");
    ann.tell("Ben", "hello again");
    screen.shows("1. Annie: hello again, ");
    screen.says("/quit");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn words_alone_are_for_the_chat() {
    let ran = Person::nobody().run(&["--plain", "id"]).exits(2);
    assert!(ran.err.contains("Leave out `--plain`"), "{ran:?}");
}

#[test]
fn what_is_wrong_in_the_settings_is_said_line_by_line() {
    let ann = Person::new("Ann");
    let settings = ann.file("interface.toml", "language = \"en\"\ncolour = 3\n");
    let environment = [("TIDINGS_INTERFACE", settings.to_str().unwrap())];
    let mut screen = Screen::start_sized(&ann, (COLUMNS, 24), &environment, &["--plain"]);
    screen.shows("Line 2: ");
    screen.says("/quit");
    assert_eq!(screen.ends(), 0);
}
