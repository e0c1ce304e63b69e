//! What somebody meets who starts it with a passphrase, after a crash, or beside other commands.

use super::{LEAVE, at, is_as_before};
use crate::person::{Person, send_signal};
use crate::screen::Screen;

const PASSPHRASE: &str = "correct horse";

/// Ann, whose profile has a passphrase and is closed.
fn locked_ann() -> Person {
    let ann = Person::nobody();
    let file = ann.file("passphrase", PASSPHRASE);
    let locked = ["--passphrase-file", file.to_str().unwrap()];
    ann.run(&[&locked[..], &["init", "--name", "Ann"]].concat())
        .exits(0);
    ann
}

#[test]
fn what_is_typed_while_a_wrong_passphrase_is_tried_does_not_come_back() {
    let ann = locked_ann();
    let mut screen = Screen::start_sized(&ann, (80, 24), &[], &[]);
    screen.shows("Passphrase:");
    screen.keys("wrong\r");
    screen.until_came("end of the prompt", |came| {
        came.contains("Passphrase: \r\n")
    });
    // The second is typed before the first is found to be wrong.
    screen.keys(PASSPHRASE);
    screen.keys("\r");
    screen.shows("ctrl-k");
    let came = screen.came();
    assert!(came.contains("That is not the passphrase"));
    assert!(
        !came.contains(PASSPHRASE) && !came.contains("wrong"),
        "{came:?}"
    );
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0);
    is_as_before(&all);
}

#[test]
fn a_prompt_for_a_passphrase_that_is_left_leaves_the_terminal_as_it_was() {
    let ann = locked_ann();
    for arguments in [&[][..], &["status"]] {
        let mut screen = Screen::start_sized(&ann, (80, 24), &[], arguments);
        screen.shows("Passphrase:");
        screen.keys("half\u{3}");
        let (all, code) = screen.ends_as_before();
        assert_eq!(code, 130, "{all:?}");

        let screen = Screen::start_sized(&ann, (80, 24), &[], arguments);
        screen.shows("Passphrase:");
        assert!(send_signal(screen.pid(), "-TERM"));
        let (_, code) = screen.ends_as_before();
        assert_eq!(code, 143);
    }
}

#[test]
fn the_screen_is_emptied_before_anything_is_drawn_on_it() {
    let screen = at(&Person::new("Ann"));
    let came = screen.came();
    let (_, entered) = came.split_once("\u{1b}[?1049h").unwrap();
    let emptied = entered.find("\u{1b}[2J").unwrap();
    assert!(entered.find("ctrl-k").is_some_and(|drawn| emptied < drawn));
}

#[test]
fn whoever_ends_a_node_is_told_of_a_window_that_goes_on_and_ends_that_by_the_same_command() {
    let mut ann = Person::new("Ann");
    ann.start();
    let screen = at(&ann);
    let told = ann.run(&["daemon", "stop"]).exits(0);
    assert!(told.err.contains("goes on with it by itself"), "{told:?}");
    assert_eq!(ann.json(&["status"])[0]["running"], true);
    let told = ann.run(&["daemon", "stop"]).exits(0);
    assert_eq!(told.err, "");
    screen.shows("Any key leaves");
}

#[test]
fn a_node_that_is_ended_from_outside_is_gone_before_any_key() {
    let ann = Person::new("Ann");
    let mut screen = at(&ann);
    ann.run(&["daemon", "stop"]).exits(0);
    screen.shows("Any key leaves: Tidings was ended from outside");
    screen.keys("x");
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0, "{all:?}");
    assert!(!all.contains("Not sent"));
}
