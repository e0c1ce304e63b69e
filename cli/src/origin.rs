//! Where paths that are typed begin: in the directory from which the program was started, and in one's home.
//!
//! Invariants
//! - A path goes to the node from the root on: a node that runs has a directory of its own.
//! - A path is completed only with what a screen shows as it is: whoever named the files may mean harm.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::safe_text::{self, Safe};

/// Files of a directory that are looked at for what a path goes on with.
const FILES_MAX: usize = 4_096;

/// Ways on that are offered.
const WAYS_MAX: usize = 256;

/// What stands for one's home directory at the start of a path.
const HOME: &str = "~";

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// From where the program was started; nothing where nobody knows.
    here: PathBuf,
    home: Option<PathBuf>,
}

impl Origin {
    /// That of this process.
    pub(crate) fn of_process() -> Self {
        Self {
            here: std::env::current_dir().unwrap_or_default(),
            home: etcetera::home_dir().ok(),
        }
    }

    /// What was typed, from the root on; as it is where nobody knows from where the program was started. One pair of quotes around
    /// all of it is no part of it, unless something is there under the name with them: only for these it looks at the disk.
    pub(crate) fn path(&self, typed: &str) -> PathBuf {
        let literal = self.literal(typed);
        match unquoted(typed) {
            Some(inner) if literal.symlink_metadata().is_err() => self.literal(inner),
            Some(_) | None => literal,
        }
    }

    /// What was typed, from the root on, with all that it has.
    fn literal(&self, typed: &str) -> PathBuf {
        let at_home = typed.strip_prefix(HOME);
        let at_home = at_home.filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let path = match (at_home, &self.home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
            (Some(_), None) | (None, _) => self.here.join(typed),
        };
        if path.is_absolute() {
            std::path::absolute(&path).unwrap_or(path)
        } else {
            path
        }
    }

    /// All that a path may be that is typed so far, in order; a directory ends in a slash. It waits for the disk.
    pub(crate) fn ways_on(&self, typed: &str) -> Vec<String> {
        if typed == HOME {
            return vec![format!("{HOME}/")];
        }
        let name_at = typed.rfind('/').map_or(0, |slash| slash.saturating_add(1));
        let Some((directory, start)) = typed.split_at_checked(name_at) else {
            return Vec::new();
        };
        let Ok(files) = fs::read_dir(self.path(directory)) else {
            return Vec::new();
        };
        let files = files.take(FILES_MAX).filter_map(Result::ok);
        let mut ways: Vec<String> = files
            .filter_map(|file| named(&file, start))
            .map(|name| format!("{directory}{name}"))
            .collect();
        ways.sort_unstable();
        ways.truncate(WAYS_MAX);
        ways
    }
}

/// What stands between one pair of quotes around all of a text.
fn unquoted(typed: &str) -> Option<&str> {
    let mut inner = ['"', '\''].into_iter().filter_map(|quote| {
        let rest = typed.strip_prefix(quote)?;
        rest.strip_suffix(quote)
    });
    inner.next().filter(|inner| !inner.is_empty())
}

/// What a file is called, if it may be meant by how that begins; one that is hidden has to be meant by its dot.
fn named(file: &DirEntry, start: &str) -> Option<String> {
    let name = file.file_name().into_string().ok()?;
    let is_meant = name.starts_with(start) && (start.starts_with('.') || !name.starts_with('.'));
    if !is_meant || Safe::line(&name).as_str() != name {
        return None;
    }
    let slash = if file.path().is_dir() { "/" } else { "" };
    Some(format!("{name}{slash}"))
}

/// A path that a command was given, from the root on.
///
/// # Errors
/// [`Failure`] if it is none.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| {
        let said = safe_text::line(&path.to_string_lossy());
        Failure::failed(format!("{said} is no path ({error}). Name another."))
    })
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir, write};

    use super::*;

    fn origin(here: &Path) -> Origin {
        Origin {
            here: here.to_owned(),
            home: Some("/home/ann".into()),
        }
    }

    #[test]
    fn a_path_begins_where_the_program_was_started_or_at_home_and_blanks_are_part_of_it() {
        let origin = origin(Path::new("/work"));
        for (typed, path) in [
            ("stick", "/work/stick"),
            ("./my stick", "/work/my stick"),
            ("/media/stick", "/media/stick"),
            ("~", "/home/ann/"),
            ("~/stick", "/home/ann/stick"),
            ("~//stick", "/home/ann/stick"),
            ("~ben/stick", "/work/~ben/stick"),
            ("a~", "/work/a~"),
        ] {
            assert_eq!(origin.path(typed), Path::new(path), "{typed}");
        }
    }

    #[test]
    fn quotes_around_all_of_a_path_are_no_part_of_it_unless_something_is_called_so() {
        let here = tempfile::tempdir().unwrap();
        let origin = origin(here.path());
        for (typed, path) in [
            ("\"my stick\"", "my stick"),
            ("'my stick'", "my stick"),
            ("\"~/stick\"", "/home/ann/stick"),
            ("\"'a'\"", "'a'"),
            ("\"my stick", "\"my stick"),
            ("\"my stick'", "\"my stick'"),
            ("my \"stick\"", "my \"stick\""),
            ("\"\"", "\"\""),
            ("\"", "\""),
        ] {
            assert_eq!(origin.path(typed), here.path().join(path), "{typed}");
        }
        write(here.path().join("'my stick'"), "").unwrap();
        let literal = here.path().join("'my stick'");
        assert_eq!(origin.path("'my stick'"), literal);
    }

    #[test]
    fn where_nobody_knows_where_it_begins_a_path_stays_as_it_is() {
        let origin = Origin::default();
        assert_eq!(origin.path("stick"), Path::new("stick"));
        assert_eq!(origin.path("~/stick"), Path::new("~/stick"));
        assert_eq!(origin.path("/stick"), Path::new("/stick"));
    }

    #[test]
    fn a_path_goes_on_with_what_is_there_and_directories_lead_into_themselves() {
        let here = tempfile::tempdir().unwrap();
        for name in ["Stick one", "Stuff", ".hidden", "other"] {
            create_dir(here.path().join(name)).unwrap();
        }
        write(here.path().join("Stick one/a.tidings"), "").unwrap();
        write(here.path().join("Store"), "").unwrap();
        let origin = origin(here.path());
        let ways = |typed| origin.ways_on(typed);
        assert_eq!(ways("St"), ["Stick one/", "Store", "Stuff/"]);
        assert_eq!(ways("Stick one/"), ["Stick one/a.tidings"]);
        assert_eq!(ways("."), [".hidden/"]);
        assert_eq!(ways("~"), ["~/"]);
        assert_eq!(ways("x"), [""; 0]);
        assert_eq!(ways("nowhere/"), [""; 0]);
        let from_root = format!("{}/o", here.path().display());
        assert_eq!(ways(&from_root), [format!("{from_root}ther/")]);
    }

    #[cfg(unix)]
    #[test]
    fn no_name_is_offered_that_a_screen_would_show_otherwise() {
        use std::os::unix::ffi::OsStrExt as _;

        let here = tempfile::tempdir().unwrap();
        for name in ["a\u{1b}[2J", "a\nb", "a\u{202e}b", "a "] {
            write(here.path().join(name), "").unwrap();
        }
        let invalid = std::ffi::OsStr::from_bytes(b"a\xff");
        write(here.path().join(invalid), "").unwrap();
        write(here.path().join("a b"), "").unwrap();
        assert_eq!(origin(here.path()).ways_on("a"), ["a b"]);
    }

    #[test]
    fn of_the_most_files_all_are_looked_at_and_of_the_most_ways_on_all_are_offered() {
        let here = tempfile::tempdir().unwrap();
        let ways = |start: &str| origin(here.path()).ways_on(start).len();
        let letters = FILES_MAX / WAYS_MAX;
        let starts: Vec<String> = ('a'..).take(letters + 1).map(String::from).collect();
        let make = |name: &str| write(here.path().join(name), "").unwrap();
        for start in &starts[..letters] {
            (0..WAYS_MAX).for_each(|number| make(&format!("{start}{number}")));
        }
        let all = || starts.iter().map(|start| ways(start)).sum::<usize>();
        assert_eq!((all(), ways("a")), (FILES_MAX, WAYS_MAX));
        make(&starts[letters]);
        assert_eq!(all(), FILES_MAX, "one more is not looked at");
        let few = tempfile::tempdir().unwrap();
        for number in 0..=WAYS_MAX {
            write(few.path().join(number.to_string()), "").unwrap();
        }
        assert_eq!(origin(few.path()).ways_on("").len(), WAYS_MAX);
    }

    #[test]
    fn what_is_no_path_says_so() {
        let said = absolute(Path::new("")).unwrap_err().message;
        assert!(said.contains("is no path"), "{said}");
        assert_eq!(absolute(Path::new("/a")).unwrap(), Path::new("/a"));
    }
}
