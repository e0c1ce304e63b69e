//! Every Rust file is compiled: it is a target, or a target declares it. A test that nothing
//! declares would never run, and nobody would miss it.

use std::collections::BTreeSet;

use crate::manifest::Manifest;
use crate::source::{Elsewhere, Source};
use crate::tree::{Tree, parent};

/// Directories whose files (and whose directories' `main.rs`) cargo takes for targets.
const TARGET_DIRECTORIES: &[&str] = &["src/bin", "tests", "examples", "benches"];
/// Files that cargo takes for targets.
const TARGET_FILES: &[&str] = &["src/lib.rs", "src/main.rs", "build.rs"];

/// Offences of files that no target reaches.
pub(crate) fn forgotten_offences(tree: &Tree) -> Vec<String> {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut waiting: Vec<(String, bool)> =
        tree.ending("Cargo.toml").flat_map(targets(tree)).collect();
    while let Some((path, is_root)) = waiting.pop() {
        let Some(text) = tree.text(&path) else {
            continue;
        };
        if !reached.insert(path.clone()) {
            continue;
        }
        for declared in Source::read(text).elsewhere() {
            // A module whose file is told has its children beside it, as a crate's root has.
            waiting.push((place(&path, is_root, &declared), declared.file.is_some()));
        }
    }
    let forgotten = tree
        .ending(".rs")
        .filter(|(path, _)| !reached.contains(*path));
    forgotten
        .map(|(path, _)| format!("{path}: no target reaches it: declare or delete it"))
        .collect()
}

/// Offences of test modules that are compiled into what ships.
pub(crate) fn shipped_test_offences(tree: &Tree) -> Vec<String> {
    let mut offences = Vec::new();
    for (path, text) in tree
        .ending(".rs")
        .filter(|(path, _)| path.contains("/src/"))
    {
        let shipped = |module: &Elsewhere| {
            !module.tested_only && module.names.last().is_some_and(|name| name == "tests")
        };
        let modules = Source::read(text).elsewhere();
        let shipped = modules.iter().filter(|module| shipped(module));
        offences.extend(
            shipped.map(|module| {
                format!("{path}:{}: `mod tests` without `#[cfg(test)]`", module.line)
            }),
        );
    }
    offences
}

/// The files that cargo compiles for a manifest, all of them roots of a crate.
fn targets<'a>(tree: &'a Tree) -> impl Fn((&str, &str)) -> Vec<(String, bool)> + 'a {
    |(manifest, text)| {
        let base = manifest.strip_suffix("Cargo.toml").unwrap_or_default();
        let manifest = Manifest::read(text);
        if manifest.package.is_none() {
            return Vec::new();
        }
        let told = manifest
            .target_paths
            .iter()
            .map(|path| format!("{base}{path}"));
        let found = tree.ending(".rs").map(|(path, _)| path).filter(|path| {
            let Some(inner) = path.strip_prefix(base) else {
                return false;
            };
            let directory = parent(inner).unwrap_or_default();
            TARGET_FILES.contains(&inner)
                || TARGET_DIRECTORIES.contains(&directory)
                || (inner.ends_with("/main.rs")
                    && parent(directory).is_some_and(|above| TARGET_DIRECTORIES.contains(&above)))
        });
        told.chain(found.map(str::to_owned))
            .map(|path| (path, true))
            .collect()
    }
}

/// Where what `path` declares lies.
fn place(path: &str, is_root: bool, declared: &Elsewhere) -> String {
    let directory = parent(path).unwrap_or_default();
    let children = if is_root {
        directory
    } else {
        path.strip_suffix(".rs").unwrap_or(path)
    };
    let place = match &declared.file {
        Some(file) => format!("{directory}/{file}"),
        None => format!("{children}/{}.rs", declared.names.join("/")),
    };
    place.trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: (&str, &str) = ("node/Cargo.toml", "[package]\nname = \"tidings-node\"\n");

    fn forgotten(files: &[(&str, &str)]) -> Vec<String> {
        forgotten_offences(&Tree::of(&[&[MANIFEST], files].concat()))
    }

    #[test]
    fn a_file_that_nothing_declares_fails() {
        assert_eq!(
            forgotten(&[("node/src/lib.rs", ""), ("node/src/lost.rs", "")]).len(),
            1
        );
        assert_eq!(forgotten(&[("node/tests/it/lost.rs", "")]).len(), 1);
        assert_eq!(
            forgotten(&[("node/src/lib.rs", "// mod a;"), ("node/src/a.rs", "")]).len(),
            1
        );
    }

    #[test]
    fn targets_and_what_they_declare_are_reached() {
        let files = [
            ("node/src/lib.rs", "mod a;"),
            ("node/src/a.rs", "mod b;\n#[cfg(test)]\nmod tests;"),
            ("node/src/a/b.rs", "mod inline { mod c; }"),
            ("node/src/a/b/inline/c.rs", ""),
            ("node/src/a/tests.rs", ""),
            ("node/tests/one.rs", ""),
            ("node/tests/runner/main.rs", "mod two;"),
            ("node/tests/runner/two.rs", "include!(\"three.rs\");"),
            ("node/tests/runner/three.rs", ""),
            ("node/examples/embed.rs", ""),
        ];
        assert_eq!(forgotten(&files), Vec::<String>::new());
    }

    #[test]
    fn a_target_elsewhere_is_reached_where_the_manifest_tells() {
        let manifest = "[package]\nname = \"x\"\n[[test]]\nname = \"y\"\npath = \"y/main.rs\"\n";
        let files = [
            ("x/Cargo.toml", manifest),
            ("x/y/main.rs", "mod z;"),
            ("x/y/z.rs", ""),
        ];
        assert!(forgotten_offences(&Tree::of(&files)).is_empty());
    }

    #[test]
    fn tests_in_what_ships_fail() {
        let count = |text| shipped_test_offences(&Tree::of(&[("node/src/a.rs", text)])).len();
        assert_eq!(count("mod tests;"), 1);
        assert_eq!(count("#[cfg(test)]\nmod tests;"), 0);
    }
}
