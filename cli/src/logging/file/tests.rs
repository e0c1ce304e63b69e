//! Floods, files that are in the way, and what was there before.

use super::*;

/// A line of the most bytes.
fn long(letter: char) -> Vec<u8> {
    let text: String = std::iter::repeat_n(letter, LINE_BYTES_MAX - 1).collect();
    format!("{text}\n").into_bytes()
}

fn files(directory: &Path) -> Vec<(String, u64)> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<(String, u64)> = entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, entry.metadata().unwrap().len())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_flood_of_lines_fills_as_many_files_as_there_may_be_and_not_one_byte_more() {
    let home = tempfile::tempdir().unwrap();
    let mut log = LogFile::open(home.path()).unwrap();
    let per_file = usize::try_from(FILE_BYTES_MAX).unwrap() / LINE_BYTES_MAX;
    for number in 0..(FILES_MAX + 3) * per_file {
        log.append(&long(if number % 2 == 0 { 'a' } else { 'b' }));
    }
    let files = files(home.path());
    assert_eq!(files.len(), FILES_MAX, "{files:?}");
    let all: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    assert_eq!(all, u64::try_from(FILES_MAX).unwrap() * FILE_BYTES_MAX);
}

#[test]
fn a_file_that_is_full_to_the_byte_is_moved_on_by_one_byte_more() {
    let home = tempfile::tempdir().unwrap();
    let mut log = LogFile::open(home.path()).unwrap();
    while log.bytes < FILE_BYTES_MAX {
        log.append(&long('a'));
    }
    let newest = vec![(NAME.to_owned(), FILE_BYTES_MAX)];
    assert_eq!(files(home.path()), newest);
    log.append(b"\n");
    let after = files(home.path());
    assert_eq!(after[0], ("tidings.1.log".to_owned(), FILE_BYTES_MAX));
    assert_eq!(after[1], (NAME.to_owned(), 1));
}

#[test]
fn the_newest_lines_are_kept_and_the_oldest_go() {
    let home = tempfile::tempdir().unwrap();
    let mut log = LogFile::open(home.path()).unwrap();
    log.append(b"the first\n");
    let lines = FILES_MAX * usize::try_from(FILE_BYTES_MAX).unwrap() / LINE_BYTES_MAX;
    for _ in 0..=lines {
        log.append(&long('x'));
    }
    log.append(b"the last\n");
    let read = |number| fs::read_to_string(path(home.path(), number)).unwrap();
    assert!(read(0).ends_with("the last\n"));
    assert!((0..FILES_MAX).all(|number| !read(number).contains("the first")));
}

#[test]
fn a_line_of_the_most_bytes_is_whole_and_a_longer_one_is_cut() {
    let most = long('a');
    assert_eq!(one_line(&most).as_bytes(), most);
    let over = "ä".repeat(LINE_BYTES_MAX);
    let cut = one_line(over.as_bytes());
    assert!(cut.len() <= LINE_BYTES_MAX && cut.len() >= LINE_BYTES_MAX - 2);
    assert!(cut.ends_with("ä\n"));
    assert_eq!(one_line(&long('a').repeat(2)).lines().count(), 1);
}

#[test]
fn what_is_no_plain_text_in_a_line_neither_breaks_it_nor_reaches_a_terminal() {
    let line = one_line("a\u{1b}[2Jb\nforged line\u{202e}\n".as_bytes());
    assert_eq!(line.lines().count(), 1, "{line:?}");
    assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
    assert!(one_line(b"\xff\xfe").ends_with('\n'));
}

#[test]
fn what_was_logged_before_is_still_there_and_what_is_too_large_is_not() {
    let home = tempfile::tempdir().unwrap();
    LogFile::open(home.path()).unwrap().append(b"one\n");
    fs::write(home.path().join("tidings.2.log"), vec![b'x'; 2 << 20]).unwrap();
    LogFile::open(home.path()).unwrap().append(b"two\n");
    let text = fs::read_to_string(home.path().join(NAME)).unwrap();
    assert_eq!(text, "one\ntwo\n");
    assert_eq!(files(home.path()).len(), 1);
}

#[test]
fn where_files_cannot_be_moved_the_one_that_is_written_does_not_grow() {
    let home = tempfile::tempdir().unwrap();
    let mut log = LogFile::open(home.path()).unwrap();
    // A directory that is not empty is not replaced by a file.
    fs::create_dir_all(path(home.path(), 1).join("x")).unwrap();
    let lines = 3 * usize::try_from(FILE_BYTES_MAX).unwrap() / LINE_BYTES_MAX;
    for _ in 0..lines {
        log.append(&long('x'));
    }
    log.append(b"the last\n");
    let text = fs::read_to_string(home.path().join(NAME)).unwrap();
    assert!(u64::try_from(text.len()).unwrap() <= FILE_BYTES_MAX);
    assert!(text.ends_with("the last\n"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join(DIRECTORY);
    fs::create_dir(&directory).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    fs::write(directory.join(NAME), "").unwrap();
    fs::set_permissions(directory.join(NAME), fs::Permissions::from_mode(0o644)).unwrap();
    let mut log = LogFile::open(&directory).unwrap();
    assert_eq!(mode(&directory.join(NAME)), 0o600);
    log.move_on();
    assert_eq!(mode(&directory.join(NAME)), 0o600);
    let new = home.path().join("new");
    LogFile::open(&new).unwrap();
    assert_eq!(mode(&new), 0o700);
}

#[cfg(unix)]
#[test]
fn a_link_in_its_place_is_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let other = home.path().join("other");
    fs::write(&other, "precious").unwrap();
    let directory = home.path().join(DIRECTORY);
    fs::create_dir(&directory).unwrap();
    std::os::unix::fs::symlink(&other, directory.join(NAME)).unwrap();
    LogFile::open(&directory).unwrap().append(b"one\n");
    assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
}

#[test]
fn whatever_is_logged_is_a_line_of_plain_text() {
    crate::safe_text::corpus::walk(|text| {
        let line = one_line(text.as_bytes());
        assert_eq!(line.matches('\n').count(), 1, "{line:?}");
        line
    });
}
