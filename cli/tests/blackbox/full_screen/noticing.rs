//! What arrives, told of on a desktop and in the title of the terminal's window.

mod bus;

use super::{LEAVE, is_as_before};
use crate::person::{Person, pair};
use crate::screen::Screen;
use bus::Bus;

/// Keeps the title of the window, and gives it back.
const TITLE_KEPT: &str = "\u{1b}[22;2t";
const TITLE_BACK: &str = "\u{1b}[23;2t";

/// Somebody at the interface who wants to be told so, by a desktop at this address.
fn at(person: &Person, settings: &str, address: &str) -> Screen {
    let settings = person.file("interface.toml", settings);
    let environment = [
        ("TIDINGS_INTERFACE", settings.to_str().unwrap()),
        ("DBUS_SESSION_BUS_ADDRESS", address),
    ];
    let screen = Screen::start_sized(person, (80, 24), &environment, &[]);
    screen.shows("ctrl-k");
    screen
}

#[test]
fn the_desktop_is_told_who_wrote_if_that_is_wanted_and_never_what_and_the_title_is_given_back() {
    let (ann, ben) = (Person::online("Ann <b>"), Person::online("Ben"));
    pair(&ann, &ben);
    let bus = Bus::start();
    let settings = "notify = \"desktop\"\nnames = true\n";
    let mut screen = at(&ben, settings, &bus.address());
    ann.tell("Ben", "where the key lies");
    let told = bus.told();
    for wanted in ["Tidings", "New message", "Ann &lt;b&gt;"] {
        assert!(told.contains(wanted), "{wanted}: {told:?}");
    }
    assert!(!told.contains("key lies"), "{told:?}");
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0, "{all}");
    is_as_before(&all);
    let at = |text: &str| {
        all.rfind(text)
            .unwrap_or_else(|| panic!("no {text:?}: {all:?}"))
    };
    assert!(at(TITLE_KEPT) < at("\u{1b}]2;(1) Tidings\u{1b}\\"));
    assert!(at("\u{1b}]2;(1) Tidings\u{1b}\\") < at(TITLE_BACK));
    assert!(!all.contains("]2;Ann") && !all.contains('\u{7}'), "{all:?}");
}

#[test]
fn where_there_is_no_desktop_that_is_said_and_the_bell_rings() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    let nowhere = ben.home.join("no-bus");
    let address = format!("unix:path={}", nowhere.display());
    let settings = "notify = \"desktop\"\ntitle = false\n";
    let mut screen = at(&ben, settings, &address);
    ann.tell("Ben", "hello");
    screen.shows("The desktop cannot be told");
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0, "{all}");
    assert!(all.contains('\u{7}'), "no bell: {all:?}");
    assert!(
        !all.contains(TITLE_KEPT) && !all.contains("\u{1b}]2;"),
        "{all:?}"
    );
}
