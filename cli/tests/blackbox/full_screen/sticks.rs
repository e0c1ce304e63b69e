//! Sticks by keys, on a real terminal: what one writes there, another takes.

use super::{LEAVE, at, at_conversation};
use crate::person::Person;
use crate::screen::Screen;
use crate::sticks::ann_and_ben_apart;
use crate::transfers::Stick;

/// Keys as a terminal sends them.
const COMMANDS: &str = "\u{b}";
const DELETE_LINE: &str = "\u{15}";

/// Leaves the interface; all that came from it.
#[track_caller]
fn leave(mut screen: Screen) -> String {
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0, "{all}");
    all
}

/// Does something by its name.
#[track_caller]
fn does(screen: &mut Screen, action: &str) {
    screen.keys(COMMANDS);
    screen.shows("Commands");
    screen.types(action);
}

#[test]
fn what_one_writes_to_a_stick_another_takes_from_it() {
    let (ann, ben) = ann_and_ben_apart();
    let media = tempfile::tempdir().unwrap();
    let media = media.path().canonicalize().unwrap();
    let stick = media.join("my stick");
    std::fs::create_dir(&stick).unwrap();
    let mut screen = at_conversation(&ann, "Ben");
    screen.keys("hello by stick\r");
    screen.shows("hello by stick");
    screen.shows("queued");
    screen.types("/export");
    screen.shows("Write what you carry to a stick");
    screen.keys("\r");
    screen.shows("enter done");
    screen.keys(&format!("{}/my\t", media.display()));
    screen.until("the whole path", |shown| shown.contains("my stick/"));
    screen.keys("\r");
    screen.shows("Wrote");
    leave(screen);
    let files = std::fs::read_dir(&stick).unwrap().count();
    assert_eq!(files, 1);

    let mut screen = at_conversation(&ben, "Ann");
    does(&mut screen, "bundle.import");
    screen.shows("enter done");
    screen.types("/nowhere/at/all");
    screen.shows("no bundle in /nowhere/at/all");
    screen.shows("> /nowhere/at/all");
    screen.keys(DELETE_LINE);
    screen.types(stick.to_str().unwrap());
    screen.shows("for you");
    screen.shows("hello by stick");
    leave(screen);
}

#[test]
fn what_is_written_is_seen_and_stopped_while_one_chats() {
    let (ann, _ben) = ann_and_ben_apart();
    let stick = Stick::of(&ann);
    let held = stick.held();
    let mut screen = at_conversation(&ann, "Ben");
    screen.types(&format!("/export {}", stick.path()));
    screen.shows("Write what you carry to a stick");
    screen.keys("\r");
    screen.shows(&format!("> {}", stick.path()));
    screen.keys("\r");
    screen.shows("Writing out");
    screen.keys("meanwhile\r");
    screen.shows("meanwhile");
    screen.shows("queued");
    does(&mut screen, "bundle.cancel");
    screen.shows("enter stops it");
    screen.keys("\r");
    screen.shows("Stopping it.");
    drop(held);
    screen.shows("the export was cancelled");
    screen.until("the keys alone", |shown| !shown.contains("Writing out"));
    leave(screen);
}

#[test]
fn whoever_leaves_while_something_is_written_hears_what_becomes_of_it() {
    for has_node in [false, true] {
        let mut ann = Person::new("Ann");
        if has_node {
            ann.start_with(&["--mode", "offline"], None);
        }
        let stick = Stick::of(&ann);
        let held = stick.held();
        let mut screen = at(&ann);
        does(&mut screen, "bundle.export");
        screen.shows("enter done");
        screen.types(stick.path());
        screen.shows("Writing out");
        let all = leave(screen);
        let said = if has_node {
            "goes on writing to"
        } else {
            "was broken off"
        };
        assert!(all.contains(said), "{all:?}");
        drop(held);
    }
}

#[test]
fn what_somebody_else_writes_is_seen_too() {
    let mut ann = Person::new("Ann");
    ann.start_with(&["--mode", "offline"], None);
    let stick = Stick::of(&ann);
    let held = stick.held();
    let screen = at(&ann);
    let other = Screen::start(&ann, 100, &["bundle", "export", stick.path()]);
    screen.shows("Writing out");
    drop(held);
    other.shows("Wrote");
    assert_eq!(other.ends(), 0);
    screen.until("the keys alone", |shown| !shown.contains("Writing out"));
    leave(screen);
}
