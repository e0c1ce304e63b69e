//! The full-screen interface on a real terminal.

mod in_step;
#[cfg(unix)]
mod leaving;
#[cfg(unix)]
mod locked;
#[cfg(unix)]
mod newcomer;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod noticing;
#[cfg(unix)]
mod reopened;
mod rooms;
mod sizes;
mod sticks;
#[cfg(unix)]
mod stopping;

use crate::person::{Person, pair};
use crate::screen::Screen;

/// What it switches on, and with what that is off again.
const MODES: [(&str, &str); 6] = [
    ("\u{1b}[?1049h", "\u{1b}[?1049l"),
    ("\u{1b}[?2004h", "\u{1b}[?2004l"),
    ("\u{1b}[?1004h", "\u{1b}[?1004l"),
    ("\u{1b}[?1000h", "\u{1b}[?1000l"),
    ("\u{1b}[?1002h", "\u{1b}[?1002l"),
    ("\u{1b}[?1006h", "\u{1b}[?1006l"),
];

/// Keys: leave, and choose the first conversation.
const LEAVE: &str = "\u{11}";
const OPEN_FIRST: &str = "\u{1b}[B\r";

/// All that was switched on is off at the end of what came to a terminal.
#[track_caller]
fn is_as_before(all: &str) {
    for (on, off) in MODES {
        let (on, off) = (all.rfind(on), all.rfind(off));
        assert!(on.is_some() && on < off, "{all:?}");
    }
    assert!(
        all.rfind("\u{1b}[?25l") < all.rfind("\u{1b}[?25h"),
        "{all:?}"
    );
}

/// Somebody at the interface, which has drawn itself.
#[track_caller]
fn at(person: &Person) -> Screen {
    let screen = Screen::start_sized(person, (80, 24), &[], &[]);
    screen.shows("ctrl-k");
    screen
}

/// The same, with the conversation open that is the first of the list.
#[track_caller]
fn at_conversation(person: &Person, with: &str) -> Screen {
    let mut screen = at(person);
    screen.keys(OPEN_FIRST);
    screen.shows(&format!("To {with}"));
    screen
}

#[test]
fn two_chat_and_the_terminal_is_as_before_when_one_leaves() {
    let (ann, ben) = (Person::online("Ann"), Person::online("벤"));
    pair(&ann, &ben);
    let mut screen = at_conversation(&ben, "Ann");
    screen.keys("hello Ann, 안녕\r");
    screen.shows("hello Ann, 안녕");
    screen.shows("delivered");
    ann.tell("벤", "are you there?");
    screen.shows("are you there?");
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0, "{all}");
    is_as_before(&all);
}
