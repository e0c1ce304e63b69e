//! The log file that a node keeps in its profile.

use std::fs;
use std::path::PathBuf;

use crate::contract::keeps_its_promise;
use crate::person::{LISTEN, Person, ann_and_ben};

fn log(person: &Person) -> PathBuf {
    person.home.join("log").join("tidings.log")
}

#[test]
fn a_node_keeps_a_log_in_its_profile_for_its_owner_alone() {
    let (mut ann, _ben) = ann_and_ben();
    ann.tell("Ben", "hello");
    assert_eq!(ann.take_daemon().terminate("-TERM"), Some(0));
    let text = fs::read_to_string(log(&ann)).unwrap();
    let mut lines = text.lines();
    let first = lines.next().unwrap();
    assert!(first.contains(" INFO tidings_node"), "{text}");
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(
        text.contains("the node has started") && text.contains(&version),
        "{text}"
    );
    assert!(
        lines.next_back().unwrap().contains("the node has ended"),
        "{text}"
    );
    assert!(!text.contains("DEBUG"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = fs::metadata(log(&ann)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_log_that_is_full_becomes_an_older_one_and_what_was_logged_goes_on_in_a_new_one() {
    let mut ann = Person::online("Ann");
    assert_eq!(ann.take_daemon().terminate("-TERM"), Some(0));
    // As after a long time.
    let full = "x".repeat((1 << 20) - 1) + "\n";
    fs::write(log(&ann), &full).unwrap();
    ann.start();
    assert_eq!(ann.take_daemon().terminate("-TERM"), Some(0));
    let older = fs::read_to_string(log(&ann).with_file_name("tidings.1.log")).unwrap();
    assert_eq!(older, full);
    let text = fs::read_to_string(log(&ann)).unwrap();
    assert!(text.contains("the node has started"), "{text}");
}

#[test]
fn commands_that_pass_keep_no_log_and_neither_does_a_node_that_is_asked_not_to() {
    let mut ann = Person::new("Ann");
    ann.run(&["status"]).exits(0);
    ann.start_with(&["--no-mdns", "--listen", LISTEN, "--no-log-file"], None);
    assert_eq!(ann.take_daemon().terminate("-TERM"), Some(0));
    assert!(!ann.home.join("log").exists());
}

#[test]
fn a_node_that_can_keep_no_log_says_so_and_runs() {
    let mut ann = Person::new("Ann");
    fs::write(ann.home.join("log"), "in the way").unwrap();
    ann.log = Some(ann.file("stderr", ""));
    ann.start();
    let said = fs::read_to_string(ann.log.as_ref().unwrap()).unwrap();
    assert!(said.contains("There will be no log file"), "{said}");
    assert_eq!(ann.take_daemon().terminate("-TERM"), Some(0));
}

#[test]
fn the_doctor_tells_of_a_report_that_a_panic_left() {
    let ann = Person::online("Ann");
    let report = "panic-20260801T120000Z.txt";
    let told = || ann.check("panics").inspect(keeps_its_promise);
    assert_eq!(told(), None);
    fs::write(ann.home.join(report), "a fault").unwrap();
    let check = told().unwrap();
    assert_eq!(check["ok"], false);
    assert!(
        check["detail"].as_str().unwrap().contains(report),
        "{check}"
    );
}
