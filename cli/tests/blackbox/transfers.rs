//! How far a transfer is, as whoever waits for it sees it, and what Ctrl-C does to it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::person::{Person, Rpc};
use crate::screen::Screen;

const CTRL_C: &str = "\u{3}";

/// A bundle on a stick.
pub(crate) struct Stick {
    _directory: TempDir,
    bundle: PathBuf,
}

impl Stick {
    pub(crate) fn of(person: &Person) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let bundle = directory.path().join("out");
        person.json(&["bundle", "export", bundle.to_str().unwrap()]);
        Self {
            _directory: directory,
            bundle,
        }
    }

    pub(crate) fn path(&self) -> &str {
        self.bundle.to_str().unwrap()
    }

    /// Has every export to it wait until what is returned is dropped.
    pub(crate) fn held(&self) -> File {
        let name = self.bundle.file_name().unwrap().to_str().unwrap();
        let unfinished = self.bundle.with_file_name(format!(".{name}.part"));
        let unfinished = File::create(unfinished).unwrap();
        unfinished.lock().unwrap();
        unfinished
    }
}

/// Somebody who has something to export, with a node or without.
fn person(has_node: bool) -> Person {
    let mut ann = Person::new("Ann");
    if has_node {
        ann.start_with(&["--mode", "offline"], None);
    }
    ann
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn how_far_an_export_is_stands_on_one_line_that_is_gone_when_it_is_done() {
    for has_node in [false, true] {
        let ann = person(has_node);
        let stick = Stick::of(&ann);
        let held = stick.held();
        let screen = Screen::start(&ann, 100, &["bundle", "export", stick.path()]);
        screen.shows(&format!("Exporting: {}", stick.path()));
        let status = ann.json(&["status"]);
        let moved = &status[0]["transfers"][0];
        assert_eq!(
            (&moved["what"], &moved["path"], &moved["done"]),
            (&json!("export"), &json!(stick.path()), &json!(0))
        );
        let said = ann.run(&["status"]).exits(0).out;
        assert!(
            said.contains(&format!("Exporting: {}", stick.path())),
            "{said}"
        );
        drop(held);
        screen.until("the end alone", |rows| {
            rows.contains("Wrote ") && !rows.contains("Exporting")
        });
        assert_eq!(screen.ends(), 0);
        assert_eq!(ann.json(&["status"])[0]["transfers"], json!(null));
    }
}

#[test]
fn ctrl_c_cancels_an_export_and_what_was_there_is_as_it_was() {
    for has_node in [false, true] {
        let ann = person(has_node);
        let stick = Stick::of(&ann);
        let (held, before) = (stick.held(), read(&stick.bundle));
        let mut screen = Screen::start(&ann, 100, &["bundle", "export", stick.path()]);
        screen.shows("Exporting");
        screen.keys(CTRL_C);
        screen.shows("Cancelling.");
        drop(held);
        screen.until("what became of it", |rows| {
            rows.contains("the export was cancelled") && !rows.contains("Cancelling")
        });
        assert_eq!(screen.ends(), 130);
        assert_eq!(read(&stick.bundle), before);
        assert_eq!(ann.json(&["status"])[0]["transfers"], json!(null));
    }
}

#[test]
fn an_export_that_somebody_else_cancels_has_failed() {
    let ann = person(true);
    let stick = Stick::of(&ann);
    let (held, before) = (stick.held(), read(&stick.bundle));
    let screen = Screen::start(&ann, 100, &["bundle", "export", stick.path()]);
    screen.shows("Exporting");
    let id = ann.json(&["status"])[0]["transfers"][0]["id"].clone();
    let mut program = Rpc::start(&ann);
    assert!(program.ask(1, "transfer_cancel", &json!({ "id": id })));
    let reply = program.reply().unwrap();
    assert_eq!(reply["result"], json!({}), "{reply}");
    drop(held);
    screen.shows("the export was cancelled");
    assert_eq!(screen.ends(), 1);
    assert_eq!(read(&stick.bundle), before);
    assert!(program.ask(2, "transfer_cancel", &json!({ "id": id })));
    let reply = program.reply().unwrap();
    assert_eq!(reply["error"]["data"]["kind"], "not_found", "{reply}");
}

#[test]
fn an_export_whose_node_ends_is_followed_through_the_next_one_and_ctrl_c_cancels_it_there() {
    let mut ann = person(true);
    let stick = Stick::of(&ann);
    let (held, before) = (stick.held(), read(&stick.bundle));
    let mut screen = Screen::start(&ann, 100, &["bundle", "export", stick.path()]);
    screen.shows("Exporting");
    ann.kill();
    screen.until_came("the line anew", |all| all.matches("Exporting").count() > 1);
    screen.keys(CTRL_C);
    screen.shows("Cancelling.");
    drop(held);
    screen.until("what became of it", |rows| {
        rows.contains("the export was cancelled") && !rows.contains("Cancelling")
    });
    assert_eq!(screen.ends(), 130);
    assert_eq!(read(&stick.bundle), before);
}

#[test]
fn whoever_presses_ctrl_c_twice_waits_for_nothing() {
    let ann = person(true);
    let stick = Stick::of(&ann);
    let _held = stick.held();
    let mut screen = Screen::start(&ann, 100, &["bundle", "export", stick.path()]);
    screen.shows("Exporting");
    screen.keys(CTRL_C);
    screen.shows("Cancelling.");
    screen.keys(CTRL_C);
    assert_eq!(screen.ends(), 130);
}

#[test]
fn a_terminal_that_cannot_write_over_a_line_and_a_pipe_are_told_of_no_progress() {
    let ann = person(false);
    let stick = Stick::of(&ann);
    for verb in ["export", "import"] {
        let screen = Screen::start_on("dumb", &ann, 100, &["bundle", verb, stick.path()]);
        let (came, code) = screen.ends_with_all();
        assert_eq!(code, 0, "{came}");
        assert_eq!(came.lines().count(), 1, "{came:?}");
        let ran = ann.run(&["bundle", verb, stick.path()]).exits(0);
        assert_eq!(ran.err, "");
    }
}
