use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const OWN: &str = "tidings-0a1b2c3d.tidings";
const CARRIED: [u8; 32] = [1; 32];

/// A stick, what is known of it, and what time it is.
struct Desk {
    directory: TempDir,
    stick: Stick,
    now: Instant,
}

impl Desk {
    fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
            stick: Stick::default(),
            now: Instant::now(),
        }
    }

    fn put(&self, name: &str, content: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn there(&self) -> There {
        There::look(self.directory.path(), OWN).unwrap().unwrap()
    }

    fn next(&mut self, carried: [u8; 32]) -> Option<Step> {
        self.stick.next(&self.there(), carried, self.now)
    }

    /// Takes the file that is to be taken next, or fails to; whether that is news.
    #[track_caller]
    fn import(&mut self, expected: &Path, failed: Option<&str>) -> bool {
        let Some(Step::Import(path, seen)) = self.next(CARRIED) else {
            panic!("nothing is to be taken")
        };
        assert_eq!(path, expected);
        let failed = failed.map(str::to_owned);
        self.stick.imported(path, seen, failed, self.now)
    }

    /// Writes ours.
    #[track_caller]
    fn export(&mut self, carried: [u8; 32]) {
        assert_eq!(self.next(carried), Some(Step::Export));
        self.export_beside(carried, true);
    }

    fn export_beside(&mut self, carried: [u8; 32], is_all: bool) {
        let before = self.there();
        self.put(OWN, "ours");
        let own = self.there().own;
        self.stick.exported(&before, is_all, carried, own);
    }

    /// Fails to write ours; whether that is news.
    #[track_caller]
    fn not_export(&mut self, why: &str) -> bool {
        assert_eq!(self.next(CARRIED), Some(Step::Export));
        let there = self.there();
        self.stick.not_exported(&there, why.to_owned(), self.now)
    }
}

#[test]
fn each_file_is_taken_once_and_again_when_it_changed() {
    let mut desk = Desk::new();
    let (a, b) = (desk.put("a.tidings", "a"), desk.put("b.tidings", "b"));
    let second = desk.put("b.2.tidings", "b2");
    for path in [&a, &second, &b] {
        assert!(desk.import(path, None));
    }
    desk.export(CARRIED);
    assert_eq!(desk.next(CARRIED), None);
    desk.put("b.tidings", "longer");
    assert!(desk.import(&b, None));
    assert_eq!(desk.next(CARRIED), None);
    fs::remove_file(&a).unwrap();
    assert_eq!(desk.next(CARRIED), None);
    desk.put("a.tidings", "a");
    assert!(desk.import(&a, None));
}

#[test]
fn a_file_that_was_replaced_by_one_of_the_same_size_within_a_step_of_the_clock_is_another() {
    let mut desk = Desk::new();
    let long = "a".repeat(1000);
    let file = desk.put("a.tidings", &format!("{long}b"));
    assert!(desk.import(&file, None));
    desk.export(CARRIED);
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    desk.put("a.tidings", &format!("{long}c"));
    let replaced = fs::File::options().write(true).open(&file).unwrap();
    replaced.set_modified(modified).unwrap();
    assert!(desk.import(&file, None));
    assert_eq!(desk.next(CARRIED), None);
}

#[test]
fn a_file_that_fails_stops_neither_the_others_nor_ours_and_is_told_once() {
    let mut desk = Desk::new();
    let (a, b) = (desk.put("a.tidings", "a"), desk.put("b.tidings", "b"));
    assert!(desk.import(&a, Some("no room")));
    assert!(desk.import(&b, None));
    desk.export(CARRIED);
    desk.now += RETRY_INTERVAL - Duration::from_millis(1);
    assert_eq!(desk.next(CARRIED), None);
    desk.now += Duration::from_millis(1);
    assert!(!desk.import(&a, Some("no room")));
    assert_eq!(desk.next(CARRIED), None);
    desk.put("a.tidings", "changed");
    assert!(desk.import(&a, Some("no room, for another reason")));
    desk.now += RETRY_INTERVAL;
    assert!(desk.import(&a, None));
    desk.now += RETRY_INTERVAL;
    assert_eq!(desk.next(CARRIED), None);
}

#[test]
fn ours_of_whatever_number_is_not_taken() {
    let mut desk = Desk::new();
    for name in [
        OWN,
        "tidings-0a1b2c3d.2.tidings",
        "TIDINGS-0A1B2C3D.17.TIDINGS",
    ] {
        desk.put(name, "ours");
    }
    let other = desk.put("tidings-0a1b2c3e.2.tidings", "other");
    assert!(desk.import(&other, None));
    desk.export(CARRIED);
    assert_eq!(desk.next(CARRIED), None);
}

#[test]
fn ours_is_written_anew_when_it_would_say_something_else_or_is_not_as_it_was() {
    let mut desk = Desk::new();
    desk.put("tidings-0a1b2c3d.2.tidings", "ours");
    desk.export(CARRIED);
    assert_eq!(desk.next(CARRIED), None);
    desk.export([2; 32]);
    desk.put(OWN, "somebody's");
    desk.export([2; 32]);
    desk.put("tidings-0a1b2c3d.2.tidings", "somebody's");
    desk.export([2; 32]);
    fs::remove_file(desk.directory.path().join(OWN)).unwrap();
    desk.export([2; 32]);
    assert_eq!(desk.next([2; 32]), None);
}

#[test]
fn a_full_stick_is_tried_again_when_other_files_lie_there_or_after_a_while() {
    let mut desk = Desk::new();
    let other = desk.put("a.tidings", "a");
    assert!(desk.import(&other, None));
    assert!(desk.not_export("no room"));
    // Whatever is carried meanwhile.
    assert_eq!(desk.next([2; 32]), None);
    desk.now += RETRY_INTERVAL - Duration::from_millis(1);
    assert_eq!(desk.next([3; 32]), None);
    desk.now += Duration::from_millis(1);
    assert!(!desk.not_export("no room"));
    assert_eq!(desk.next(CARRIED), None);
    fs::remove_file(other).unwrap();
    assert!(desk.not_export("it is worn out"));
    desk.now += RETRY_INTERVAL;
    desk.export(CARRIED);
    assert_eq!(desk.next(CARRIED), None);
}

#[test]
fn what_found_no_room_beside_what_others_wrote_is_written_once_they_take_another_room() {
    let mut desk = Desk::new();
    let other = desk.put("a.tidings", "a");
    assert!(desk.import(&other, None));
    assert_eq!(desk.next(CARRIED), Some(Step::Export));
    desk.export_beside(CARRIED, false);
    assert_eq!(desk.next(CARRIED), None);
    // What took the room has its name now, in place of what was there.
    desk.put("a.tidings", "of another size");
    assert!(desk.import(&other, None));
    desk.export(CARRIED);
    desk.put("a.tidings", "ab");
    assert!(desk.import(&other, None));
    assert_eq!(desk.next(CARRIED), None);
}

#[test]
fn of_another_stick_nothing_is_known() {
    let mut desk = Desk::new();
    let file = desk.put("a.tidings", "a");
    assert!(desk.import(&file, Some("no room")));
    assert!(desk.not_export("no room"));
    assert_eq!(desk.next(CARRIED), None);
    let other = Desk::new();
    other.put("b.tidings", "b");
    let before = std::mem::replace(&mut desk.directory, other.directory);
    let file = desk.directory.path().join("b.tidings");
    assert!(desk.import(&file, Some("no room")));
    assert!(desk.not_export("no room"));
    // Nor of the first, when it is back.
    desk.directory = before;
    let file = desk.directory.path().join("a.tidings");
    assert!(desk.import(&file, None));
    desk.export(CARRIED);
}

#[test]
fn a_directory_of_too_many_files_is_told_of_once_and_ours_is_written_there() {
    let mut desk = Desk::new();
    let trouble = "too many";
    let full = |desk: &Desk| There {
        trouble: Some(trouble.to_owned()),
        ..desk.there()
    };
    let there = full(&desk);
    let told = Some(Step::Tell(trouble.to_owned()));
    assert_eq!(desk.stick.next(&there, CARRIED, desk.now), told);
    let export = Some(Step::Export);
    assert_eq!(desk.stick.next(&there, CARRIED, desk.now), export);
    desk.put(OWN, "ours");
    let there = full(&desk);
    let own = there.own.clone();
    desk.stick.exported(&there, true, CARRIED, own);
    assert_eq!(desk.stick.next(&there, CARRIED, desk.now), None);
    assert_eq!(desk.next(CARRIED), None);
    let there = full(&desk);
    assert_eq!(desk.stick.next(&there, CARRIED, desk.now), told);
}

#[test]
fn a_directory_that_is_not_there_or_is_a_file_is_no_stick() {
    let desk = Desk::new();
    let file = desk.put("a.tidings", "a");
    for path in [
        desk.directory.path().join("gone"),
        file.clone(),
        file.join("b"),
    ] {
        assert_eq!(There::look(&path, OWN).unwrap(), None, "{path:?}");
    }
}
