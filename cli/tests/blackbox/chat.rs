//! The line chat and the daemon as somebody at a terminal sees them.

use crate::person::{Person, pair};
use crate::rooms::team;
use crate::screen::Screen;
use crate::sticks::ann_and_ben_apart;

/// The last row of a screen on which something stands.
fn last_row(shown: &str) -> &str {
    let mut rows = shown.lines().map(str::trim_end);
    rows.rfind(|row| !row.is_empty()).unwrap_or_default()
}

#[test]
fn news_of_a_contact_stands_above_the_prompt_which_is_drawn_again() {
    let (ann, ben) = (Person::new("Ann"), Person::online("Ben"));
    let mut screen = Screen::start(&ann, 80, &["--plain"]);
    screen.shows("No contacts yet.");
    ben.json(&["join", &ann.invite()]);
    screen.shows("Ben is now your contact.");
    screen.shows("Type a line to write to Ben.");
    screen.until("prompt", |shown| last_row(shown) == ">");
    screen.types("hello");
    screen.shows("delivered");
    screen.until("prompt", |shown| last_row(shown).starts_with("to Ben:"));
    screen.types("/quit");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn a_room_is_told_of_opened_and_written_in() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    let mut screen = Screen::start(&ben, 80, &["--plain"]);
    screen.shows("Type a line to write to Ann.");
    ann.json(&["room", "create", "Team", "--with", "Ben"]);
    ann.tell("Team", "hello everybody");
    screen.shows("You are in the room Team now, invited by Ann.");
    screen.shows("Ann in Team: hello everybody   (1 unread, /chat Team)");
    screen.types("/chat Team");
    screen.shows("Ann: hello everybody");
    screen.until("prompt", |shown| last_row(shown).starts_with("to Team:"));
    screen.types("hello Ann");
    screen.shows("delivered");
    screen.types("/quit");
    assert_eq!(screen.ends(), 0);
    assert_eq!(ann.heard("Team"), ["hello Ann"]);
    assert!(ann.json(&["read", "Ben"]).is_empty());
}

#[test]
fn what_becomes_of_the_members_of_an_open_room_is_told_and_it_can_be_left() {
    let (ann, _ben, carla) = team();
    let mut screen = Screen::start(&carla, 80, &["--plain"]);
    screen.shows("Hello Carla.");
    screen.types("/chat Team");
    screen.shows("Ann: hello");
    ann.json(&["room", "role", "Team", "Carla", "admin"]);
    screen.shows("You are an admin of the room Team now.");
    ann.json(&["room", "remove", "Team", "Ben"]);
    screen.shows("Ben has left the room Team, or was removed from it.");
    ann.json(&["room", "remove", "Team", "Carla"]);
    screen.shows("You were removed from the room Team.");
    ann.json(&["room", "invite", "Team", "Carla"]);
    screen.shows("You are in the room Team now, invited by Ann.");
    screen.types("/leave");
    screen.until("question", |shown| {
        last_row(shown).starts_with("Leave Team?")
    });
    screen.types("y");
    screen.shows("You have left the room Team.");
    screen.until("prompt", |shown| last_row(shown) == ">");
    screen.types("/quit");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn what_goes_from_this_device_while_it_is_on_the_screen_is_told() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    let mut screen = Screen::start(&ben, 80, &["--plain"]);
    screen.shows("Type a line to write to Ann.");
    let sent = ann.tell("Ben", "not for these eyes");
    screen.shows("Ann: not for these eyes");
    let id = sent["id"].as_str().unwrap();
    ben.json(&["delete", id, "--for-me"]);
    screen.shows("Gone, 1. Ann, was: not for these eyes");
    ann.json(&["room", "expire", "Ben", "1s"]);
    ann.tell("Ben", "soon gone");
    screen.shows("Ann: soon gone");
    screen.shows("Gone, 2. Ann, was: soon gone");
    screen.types("/quit");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn what_one_writes_to_a_stick_line_by_line_another_takes_from_it() {
    let (ann, ben) = ann_and_ben_apart();
    let stick = tempfile::tempdir().unwrap();
    let stick = stick.path().to_str().unwrap();
    let mut screen = Screen::start(&ann, 80, &["--plain"]);
    screen.says("hello by stick");
    screen.shows("Ben cannot be reached right now.");
    screen.says(&format!("/export {stick}"));
    screen.shows("Writing what you carry to");
    screen.shows("Wrote");
    screen.says("/cancel-transfer");
    screen.shows("Nothing is being written or taken in.");
    screen.says("/quit");
    assert_eq!(screen.ends(), 0);
    let mut screen = Screen::start(&ben, 80, &["--plain"]);
    screen.says("/import /nowhere/at/all");
    screen.shows("Problem: there is no bundle in /nowhere/at/all");
    screen.says(&format!("/import {stick}"));
    screen.shows("for you");
    screen.shows("Ann: hello by stick");
    screen.says("/quit");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn what_a_stick_brings_is_shown_in_the_order_in_which_it_was_written() {
    let (ann, mut ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    ben.tell("Ann", "hello");
    ben.run(&["daemon", "stop"]).exits(0);
    ben.take_daemon().ended();
    let mut screen = Screen::start(&ann, 80, &["--plain"]);
    screen.shows("Ben: hello");
    let texts: Vec<String> = (1..=8).map(|number| format!("word {number}.")).collect();
    for text in &texts {
        ben.json(&["send", "Ann", text, "--offline"]);
    }
    let stick = tempfile::tempdir().unwrap();
    let stick = stick.path().to_str().unwrap();
    ben.json(&["bundle", "export", stick]);
    ann.json(&["bundle", "import", stick]);
    let shown = screen.until("all of it", |shown| {
        texts.iter().all(|text| shown.contains(text.as_str()))
    });
    let places: Vec<_> = texts.iter().map(|text| shown.find(text.as_str())).collect();
    assert!(places.is_sorted(), "{shown}");
    screen.types("/quit");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn a_chat_whose_node_was_killed_asks_for_the_passphrase_and_goes_on() {
    let mut ann = Person::nobody();
    let file = ann.file("passphrase", "correct horse\n");
    let locked = ["--passphrase-file", file.to_str().unwrap()];
    for command in [
        &["init", "--name", "Ann"][..],
        &["config", "set", "network.mode", "offline"],
    ] {
        ann.run(&[&locked[..], command].concat()).exits(0);
    }
    ann.start_with(&[], Some(&file));
    let mut screen = Screen::start(&ann, 120, &["--plain"]);
    screen.shows("No contacts yet.");
    screen.until("prompt", |shown| last_row(shown) == ">");
    ann.kill();
    screen.shows("Press Enter to give its passphrase.");
    screen.types("");
    screen.shows("Passphrase:");
    screen.types("wrong");
    screen.shows("wrong passphrase");
    screen.until("prompt", |shown| last_row(shown) == ">");
    screen.types("");
    screen.until("second question", |shown| {
        shown.matches("Passphrase:").count() == 2
    });
    screen.types("correct horse");
    screen.shows("The profile is open again.");
    screen.until("prompt", |shown| last_row(shown) == ">");
    screen.types("/id");
    screen.shows("safety words");
    screen.until("prompt", |shown| last_row(shown) == ">");
    screen.types("/quit");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn a_node_on_a_terminal_says_how_to_end_it() {
    let ann = Person::new("Ann");
    let arguments = ["daemon", "run", "--mode", "offline"];
    let mut screen = Screen::start(&ann, 200, &arguments);
    screen.shows("Running. Ctrl-C ends it.");
    screen.types("\u{3}");
    assert_eq!(screen.ends(), 0);
}
