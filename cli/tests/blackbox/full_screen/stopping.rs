//! The interface as a job of a shell: stopped, and going on.

use super::{LEAVE, MODES, is_as_before};
use crate::person::{Person, send_signal};
use crate::screen::Screen;

/// Runs the program; says how the terminal is when it stops, and has it go on.
const SCRIPT: &str = r#"
    set -m
    before=$(stty -g)
    "$@"
    [ "$(stty -g)" = "$before" ] && echo "it stopped"
    read answer
    fg > /dev/null
    [ "$(stty -g)" = "$before" ] && echo "it ended"
"#;

/// The process that a process started.
fn child_of(parent: u32) -> u32 {
    let all = std::process::Command::new("ps")
        .args(["-A", "-o", "ppid=,pid="])
        .output()
        .unwrap();
    let all = String::from_utf8(all.stdout).unwrap();
    let mut rows = all.lines().map(|row| {
        let mut numbers = row.split_whitespace().map(|number| number.parse().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    });
    let child = rows.find(|(of, _)| *of == parent);
    child.unwrap().1
}

/// A key that follows at once would be one with Alt.
fn closes_popup(screen: &mut Screen) {
    screen.keys("\u{1b}");
    screen.until("nothing in front", |shown| !shown.contains("Commands"));
}

/// Stops it in some way, looks at the terminal meanwhile, and goes on.
fn stops_and_goes_on(stop: impl Fn(&mut Screen)) {
    let ann = Person::new("Ann");
    let mut screen = Screen::in_shell(&ann, SCRIPT);
    screen.shows("ctrl-k");
    stop(&mut screen);
    screen.shows("it stopped");
    is_as_before(&screen.came());
    screen.keys("go on\r");
    screen.shows("ctrl-k");
    let came = screen.came();
    for (on, off) in MODES {
        assert!(came.rfind(off) < came.rfind(on), "{on:?} {came:?}");
    }
    screen.keys("\u{b}invite");
    screen.shows("Commands");
    closes_popup(&mut screen);
    screen.keys(LEAVE);
    screen.shows("it ended");
    let (all, _) = screen.ends_as_before();
    is_as_before(&all);
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_it_goes_on() {
    stops_and_goes_on(|screen| screen.keys("\u{1a}"));
}

#[test]
fn being_told_to_stop_gives_the_terminal_back_until_it_goes_on() {
    stops_and_goes_on(|screen| {
        assert!(send_signal(child_of(screen.pid()), "-TSTP"));
    });
}

#[test]
fn where_nobody_could_have_it_go_on_ctrl_z_stops_nothing() {
    let ann = Person::new("Ann");
    let mut screen = super::at(&ann);
    screen.keys("\u{1a}");
    screen.keys("\u{b}invite");
    screen.shows("Commands");
    closes_popup(&mut screen);
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0);
    is_as_before(&all);
}

#[test]
fn what_was_stopped_without_being_asked_takes_the_terminal_again_and_draws_all_of_it() {
    let ann = Person::new("Ann");
    let mut screen = super::at(&ann);
    assert!(send_signal(screen.pid(), "-STOP"));
    // Another size, of which nobody tells whoever is stopped.
    screen.resize(60, 20);
    assert!(send_signal(screen.pid(), "-CONT"));
    let (enter, _) = MODES[0];
    screen.until_came("terminal that is taken again", |came| {
        came.matches(enter).count() == 2
    });
    screen.until("all rows", |shown| {
        shown.lines().count() == 20 && shown.lines().nth(19).is_some_and(|row| row.contains("f1"))
    });
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0);
    is_as_before(&all);
}
