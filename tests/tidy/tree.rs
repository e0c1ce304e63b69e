//! The repository as this test sees it: every file's path and text, from disk or from a literal.
//!
//! Invariants
//! - Paths are relative to the repository's root, with `/` between their parts, and sorted.
//! - Build output, version control and editors' directories are no part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io, iter};

/// The files of a repository.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads all of the directory `root`. Files that are not UTF-8 count as empty.
    pub(crate) fn load(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.descend(root, "")?;
        Ok(tree)
    }

    /// A tree of the given paths and texts.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            files: files.iter().map(owned).collect(),
        }
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose names end in `ending`.
    pub(crate) fn ending(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(ending))
    }

    /// Every directory that holds a file, directly or further down.
    pub(crate) fn directories(&self) -> BTreeSet<&str> {
        let files = self.files.keys();
        files
            .flat_map(|path| iter::successors(parent(path), |path| parent(path)))
            .collect()
    }

    fn descend(&mut self, directory: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                let hidden = name.starts_with('.') && name != ".ci";
                if !hidden && name != "target" {
                    self.descend(&entry.path(), &format!("{path}/"))?;
                }
            } else if kind.is_file() {
                let text = String::from_utf8(fs::read(entry.path())?).unwrap_or_default();
                self.files.insert(path, text);
            }
        }
        Ok(())
    }
}

/// The directory that `path` lies in, if it is not the root.
pub(crate) fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(directory, _)| directory)
}

/// Whether the Rust file at `path` is a test as a whole, so that limits on shipped code don't
/// apply to it.
pub(crate) fn is_test_file(path: &str) -> bool {
    if path.starts_with("tests/src/") {
        return false;
    }
    let within =
        |name| path.starts_with(&format!("{name}/")) || path.contains(&format!("/{name}/"));
    within("tests") || within("benches") || path.ends_with("/tests.rs")
}

#[test]
fn directories_are_those_above_any_file() {
    let tree = Tree::of(&[("a/b/c.rs", ""), ("d.md", "")]);
    assert_eq!(tree.directories(), BTreeSet::from(["a", "a/b"]));
}

#[test]
fn test_files_are_told_by_their_place() {
    for path in [
        "node/tests/pair.rs",
        "store/src/outbox/tests.rs",
        "tests/tidy/main.rs",
    ] {
        assert!(is_test_file(path), "{path}");
    }
    for path in [
        "node/src/lib.rs",
        "tests/src/lib.rs",
        "node/src/contests.rs",
    ] {
        assert!(!is_test_file(path), "{path}");
    }
}
