//! Rooms by keys, on a real terminal.

use super::{LEAVE, at, is_as_before};
use crate::person::ann_and_ben;

/// Keys as a terminal sends them.
const NEXT_UNREAD: &str = "\u{7}";
const F4: &str = "\u{1b}OS";
const F6: &str = "\u{1b}[17~";
const F8: &str = "\u{1b}[19~";
const ESCAPE: &str = "\u{1b}";
const TAB: &str = "\t";

#[test]
fn an_invitation_is_taken_by_a_key_and_what_is_written_there_says_who_has_it() {
    let (ann, ben) = ann_and_ben();
    ben.json(&["config", "set", "rooms.accept", "nobody"]);
    let mut screen = at(&ben);
    ann.json(&["room", "create", "Walk", "--with", "Ben"]);
    screen.shows("invited");
    screen.keys(NEXT_UNREAD);
    screen.shows("Ann invites you into Walk");
    screen.keys(F8);
    screen.shows("To Walk");
    screen.shows("Ann let you in");
    screen.keys("I am coming\r");
    screen.shows("I am coming  \u{2713} delivered");
    screen.keys(F6);
    screen.shows("Members of Walk");
    screen.keys(ESCAPE);
    screen.until("no members", |shown| !shown.contains("Members of"));
    screen.keys(TAB);
    screen.keys("\r");
    screen.shows("This message");
    screen.until("with whom it is how far", |shown| {
        let mut rows = shown.lines();
        rows.any(|row| row.contains("Ann") && row.contains("\u{2713} delivered"))
    });
    screen.keys(F4);
    screen.shows("Contacts");
    screen.shows("not verified");
    screen.keys(ESCAPE);
    // An escape and what follows it at once are one key.
    screen.until("no contacts", |shown| !shown.contains("Contacts"));
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0, "{all}");
    is_as_before(&all);
}
