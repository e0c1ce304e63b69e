//! What `protocol` must not touch: clocks, randomness of its own, files, sockets, threads, and
//! maps whose order differs from run to run.

use crate::source::Source;
use crate::tree::{Tree, is_test_file};

/// Paths that shipped code must not name, nor anything below them.
const PATHS: &[(&str, &str)] = &[
    ("std::fs", "the driver reads and writes files"),
    (
        "std::net",
        "the driver has the sockets; `core::net` has the addresses",
    ),
    ("std::thread", "the driver has the threads"),
    ("std::env", "what a machine says is an argument"),
    ("std::process", "the driver has the process"),
    (
        "std::sync::Mutex",
        "a machine has one owner, so nothing is locked",
    ),
    (
        "std::sync::RwLock",
        "a machine has one owner, so nothing is locked",
    ),
    (
        "std::sync::mpsc",
        "machines are polled; channels are the driver's",
    ),
];

/// Words that shipped code must not hold, in any path or alone.
const WORDS: &[(&str, &str)] = &[
    ("SystemTime", "take `Now` as an argument"),
    ("Instant", "take `Now` as an argument"),
    ("OsRng", "take `Rng` as an argument"),
    ("SysRng", "take `Rng` as an argument"),
    ("ThreadRng", "take `Rng` as an argument"),
    ("getrandom", "take `Rng` as an argument"),
    ("thread_rng", "take `Rng` as an argument"),
    ("HashMap", "its order breaks replays: use `BTreeMap`"),
    ("HashSet", "its order breaks replays: use `BTreeSet`"),
    ("tokio", "the driver is async, the rules are not"),
    ("async", "the driver is async, the rules are not"),
    ("await", "the driver is async, the rules are not"),
];

pub(crate) fn offences(tree: &Tree) -> Vec<String> {
    let ours = |path: &str| path.starts_with("protocol/src/") && !is_test_file(path);
    let files = tree.ending(".rs").filter(|(path, _)| ours(path));
    files
        .flat_map(|(path, text)| in_source(path, text))
        .collect()
}

fn in_source(path: &str, text: &str) -> Vec<String> {
    let mut offences = Vec::new();
    for named in Source::read(text).named(false) {
        let offence = |(what, instead): &(&str, &str)| {
            format!(
                "{path}:{}: `{}` names `{what}`: {instead}",
                named.line, named.path
            )
        };
        let below = |forbidden: &str| {
            let covers =
                |whole: &str, part: &str| part == whole || part.starts_with(&format!("{whole}::"));
            let glob = named
                .path
                .strip_suffix("::*")
                .is_some_and(|all| covers(all, forbidden));
            glob || covers(forbidden, &named.path)
        };
        let holds = |word: &str| named.path.split("::").any(|part| part == word);
        offences.extend(PATHS.iter().filter(|(path, _)| below(path)).map(offence));
        offences.extend(WORDS.iter().filter(|(word, _)| holds(word)).map(offence));
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        offences(&Tree::of(&[("protocol/src/engine.rs", text)])).len()
    }

    #[test]
    fn every_forbidden_path_and_word_fails() {
        for (what, _) in PATHS.iter().chain(WORDS) {
            assert_eq!(count(&format!("fn f() {{ let x = {what}; }}")), 1, "{what}");
            assert_eq!(count(&format!("use {what};")), 1, "{what}");
        }
    }

    #[test]
    fn an_import_cannot_hide_them() {
        assert_eq!(count("use std::{collections::BTreeMap, fs};"), 1);
        assert_eq!(count("use std::time::{Duration, SystemTime};"), 1);
        assert_eq!(count("use std::fs::File;"), 1);
        assert_eq!(count("use std::sync::*;"), 3);
    }

    #[test]
    fn what_is_pure_passes() {
        assert_eq!(count("use std::time::Duration; use std::fmt;"), 0);
        assert_eq!(
            count("/// See `std::fs` and HashMap.\nfn f() { g(\"std::fs\") }"),
            0
        );
    }

    #[test]
    fn tests_and_other_crates_may() {
        assert_eq!(count("#[cfg(test)]\nmod tests { use std::fs; }"), 0);
        assert!(offences(&Tree::of(&[("node/src/lib.rs", "use std::fs;")])).is_empty());
    }
}
