//! A log file that never takes more than its share of a disk: full, it becomes an older one, and the oldest goes.
//!
//! ```text
//!   tidings.log --full--> tidings.1.log --> tidings.2.log --> tidings.3.log --> gone
//! ```
//!
//! Invariants
//! - All files together hold no more than [`FILES_MAX`] times [`FILE_BYTES_MAX`], whatever is logged, whatever was there
//!   before, and whatever the disk says: what cannot be moved on is written anew, and what cannot be written is lost.
//! - Only the owner reads them.
//! - A line is one line: what is no plain text in it is written as escapes.
//! - Logging fails for nobody.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::safe_text;

/// Where the files are, below the profile.
pub(super) const DIRECTORY: &str = "log";
/// The file that is written.
pub(super) const NAME: &str = "tidings.log";
/// How large a file grows.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// How many there are, with the one that is written.
const FILES_MAX: usize = 4;
/// How much of a line is kept.
const LINE_BYTES_MAX: usize = 4 * 1024;

/// See the module.
#[derive(Debug)]
pub(super) struct LogFile {
    directory: PathBuf,
    /// None where it could not be opened: it is tried again when it would be moved on.
    file: Option<File>,
    bytes: u64,
}

impl LogFile {
    /// Opens the file in `directory`, which is made if it is not there, to write at its end.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory)?;
        // As another version, or somebody else, may have left them.
        for path in (0..FILES_MAX).map(|number| path(directory, number)) {
            match fs::symlink_metadata(&path) {
                Ok(found) if !found.is_file() || found.len() > FILE_BYTES_MAX => {
                    fs::remove_file(&path)?;
                }
                Ok(_) | Err(_) => {}
            }
        }
        let file = open(&path(directory, 0))?;
        Ok(Self {
            directory: directory.to_owned(),
            bytes: file.metadata()?.len(),
            file: Some(file),
        })
    }

    /// Writes a line.
    pub(super) fn append(&mut self, line: &[u8]) {
        let line = one_line(line);
        let bytes = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.bytes.saturating_add(bytes) > FILE_BYTES_MAX {
            self.move_on();
        }
        if let Some(file) = &mut self.file {
            // What was written of a line that did not fit on the disk counts as if all of it was.
            self.bytes = self.bytes.saturating_add(bytes);
            let _ = file.write_all(line.as_bytes());
        }
    }

    /// Makes the file an older one, and begins anew.
    fn move_on(&mut self) {
        let moved = (1..FILES_MAX).rev().try_for_each(|number| {
            let (from, to) = (number.saturating_sub(1), number);
            match fs::rename(path(&self.directory, from), path(&self.directory, to)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            }
        });
        if moved.is_err() {
            // Better to lose what was logged than to grow.
            let emptied = self.file.as_ref().map(|file| file.set_len(0));
            if !matches!(emptied, Some(Ok(()))) {
                self.file = None;
            }
        } else {
            self.file = open(&path(&self.directory, 0)).ok();
        }
        self.bytes = match &self.file {
            Some(file) => file.metadata().map_or(FILE_BYTES_MAX, |is| is.len()),
            // The next line tries again.
            None => FILE_BYTES_MAX,
        };
    }
}

/// The file of that number; the one that is written is the first.
fn path(directory: &Path, number: usize) -> PathBuf {
    match number {
        0 => directory.join(NAME),
        older => directory.join(format!("tidings.{older}.log")),
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// What is logged as one line of plain text that is not too long.
fn one_line(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut text = safe_text::line(text.trim_end());
    let most = LINE_BYTES_MAX.saturating_sub(1);
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
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
}
