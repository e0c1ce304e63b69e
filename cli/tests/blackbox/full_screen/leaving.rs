//! However the interface ends, the terminal is as it was.

use super::{at, at_conversation, is_as_before};
use crate::person::{Person, Rpc, ann_and_ben, send_signal};
use crate::screen::Screen;

#[test]
fn a_signal_that_ends_it_leaves_the_terminal_as_it_was() {
    let ann = Person::new("Ann");
    for (signal, code) in [("-TERM", 143), ("-HUP", 129), ("-INT", 130)] {
        let screen = at(&ann);
        assert!(!screen.behaves_as_before());
        assert!(send_signal(screen.pid(), signal));
        let (all, exit) = screen.ends_as_before();
        assert_eq!(exit, code, "{signal} {all:?}");
        is_as_before(&all);
    }
    // The profile was closed each time, and is free.
    ann.run(&["id"]).exits(0);
}

#[test]
fn a_terminal_that_is_closed_ends_it_and_a_draft_is_kept() {
    let (ann, _ben) = ann_and_ben();
    let mut screen = at_conversation(&ann, "Ben");
    screen.keys("begun");
    screen.shows("begun");
    // It is kept within a second or so.
    let draft = |ann: &Person| ann.json(&["draft", "Ben"])[0]["draft"].clone();
    assert!((0..200).any(|_| draft(&ann) == "begun"));
    let code = screen.closes();
    assert!(code == 129 || code == 1, "{code}");
    assert_eq!(draft(&ann), "begun");
    let reports = std::fs::read_dir(&ann.home).unwrap().flatten();
    let mut names = reports.filter_map(|entry| entry.file_name().into_string().ok());
    assert_eq!(names.find(|name| name.starts_with("panic")), None);
}

#[test]
fn lines_of_the_log_wait_until_the_terminal_is_given_back() {
    let ann = Person::new("Ann");
    let environment = [("TIDINGS_LOG", "tidings=debug,tidings_node=debug")];
    let mut screen = Screen::start_sized(&ann, (80, 24), &environment, &[]);
    screen.shows("ctrl-k");
    screen.keys(super::LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0);
    is_as_before(&all);
    let (before, rest) = all.split_once("\u{1b}[?1049h").unwrap();
    let (picture, after) = rest.rsplit_once("\u{1b}[?1049l").unwrap();
    assert!(before.contains(" tidings_node"), "{before:?}");
    assert!(!picture.contains(" tidings_node"), "{picture:?}");
    assert!(after.contains(" tidings_node"), "{after:?}");
}

/// Runs the program so that no signal tells it of a terminal that is closed.
const WITHOUT_HANG_UP: &str = "trap '' HUP; exec \"$@\"";

/// Whether a process reads a terminal no more, and nothing of it works at the moment: what spins always does.
#[cfg(target_os = "linux")]
fn is_silent(pid: u32) -> bool {
    let process = std::path::PathBuf::from(format!("/proc/{pid}"));
    let stdin = std::fs::read_link(process.join("fd/0")).unwrap_or_default();
    let threads = std::fs::read_dir(process.join("task"));
    let works = |thread: std::fs::DirEntry| {
        let status = std::fs::read_to_string(thread.path().join("status"));
        status.is_ok_and(|status| status.contains("State:\tR"))
    };
    !stdin.starts_with("/dev") && threads.is_ok_and(|mut all| !all.any(|one| works(one.unwrap())))
}

#[test]
fn a_terminal_that_is_closed_ends_it_where_no_signal_tells() {
    let ann = Person::new("Ann");
    let screen = Screen::in_shell(&ann, WITHOUT_HANG_UP);
    screen.shows("ctrl-k");
    assert_eq!(screen.closes(), 1);
    ann.run(&["id"]).exits(0);
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_spins_on_a_terminal_that_is_closed_while_others_still_use_the_profile() {
    let ann = Person::new("Ann");
    let screen = Screen::in_shell(&ann, WITHOUT_HANG_UP);
    screen.shows("ctrl-k");
    let mut other = Rpc::start(&ann);
    other.ask(1, "status", &serde_json::json!({}));
    other.reply().unwrap();
    let pid = screen.pid();
    // It waits for them, for a while.
    let looks = std::thread::spawn(move || {
        let is_there = || send_signal(pid, "-0");
        std::iter::from_fn(|| is_there().then(|| is_silent(pid))).any(|is_silent| is_silent)
    });
    assert_eq!(screen.closes(), 1);
    assert!(looks.join().unwrap(), "something spins");
}
