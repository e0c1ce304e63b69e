//! Several interfaces and commands on one profile, which show the same.

use super::{LEAVE, at, at_conversation};
use crate::person::{Person, ann_and_ben};
use crate::screen::Screen;

/// The row of the list that a contact is on, without what is right of the list.
fn row_of(contents: &str, name: &str) -> String {
    let mut rows = contents.lines();
    let row = rows.find(|row| row.contains(name)).unwrap_or_default();
    row.split('\u{2502}').next().unwrap_or_default().to_owned()
}

#[track_caller]
fn leaves(mut screen: Screen) {
    screen.keys(LEAVE);
    assert_eq!(screen.ends_as_before().1, 0);
}

#[test]
fn what_is_written_and_read_in_one_interface_is_so_in_the_other() {
    let (ann, ben) = ann_and_ben();
    ben.tell("Ann", "how are you?");
    let list = at(&ann);
    list.until("one that is unread", |shown| {
        row_of(shown, "Ben").ends_with('1')
    });
    // Whoever opens it reads it.
    let mut open = at_conversation(&ann, "Ben");
    open.shows("how are you?");
    list.until("nothing unread", |shown| {
        shown.contains("Ben") && !row_of(shown, "Ben").contains('1')
    });
    let both = at_conversation(&ann, "Ben");
    open.keys("well, and you?\r");
    open.shows("well, and you?");
    both.shows("well, and you?");
    both.shows("delivered");
    for screen in [list, open, both] {
        leaves(screen);
    }
    assert_eq!(ben.heard("Ann"), ["well, and you?"]);
}

#[test]
fn what_commands_change_is_shown_at_once() {
    let (ann, ben) = ann_and_ben();
    let sent = ben.tell("Ann", "not for long");
    let mut screen = at_conversation(&ann, "Ben");
    screen.shows("not for long");
    ann.run(&["delete", sent["id"].as_str().unwrap(), "--for-me"])
        .exits(0);
    screen.until("message that is gone", |shown| {
        !shown.contains("not for long")
    });
    ann.run(&["room", "mute", "Ben"]).exits(0);
    screen.shows("muted");
    ann.run(&["room", "unmute", "Ben"]).exits(0);
    screen.until("sound again", |shown| !shown.contains("muted"));
    ann.run(&["draft", "Ben", "begun elsewhere"]).exits(0);
    screen.shows("begun elsewhere");
    ann.run(&["draft", "Ben", "--clear"]).exits(0);
    screen.until("no draft", |shown| !shown.contains("begun elsewhere"));
    screen.keys("typed here");
    ann.run(&["draft", "Ben", "not in place of it"]).exits(0);
    ann.run(&["contacts", "rename", "Ben", "Benedikt"]).exits(0);
    let shown = screen.shows("To Benedikt");
    assert!(shown.contains("typed here"), "{shown}");
    leaves(screen);
}

#[test]
fn of_what_arrives_while_nobody_looks_at_it_nothing_is_read() {
    let (ann, ben) = ann_and_ben();
    let mut screen = at_conversation(&ann, "Ben");
    // The terminal tells that another window is in front.
    screen.keys("\u{1b}[O");
    ben.tell("Ann", "look at this");
    screen.shows("look at this");
    let unread = |person: &Person| person.json(&["unread"]).len();
    assert_eq!(unread(&ann), 1);
    screen.keys("\u{1b}[I");
    ben.json(&["send", "Ann", "and this", "--wait", "read"]);
    screen.shows("and this");
    assert_eq!(unread(&ann), 0);
    leaves(screen);
}
