//! Limits have tests: each constant that ends in `_MAX` is named in a test, and a list of those that
//! need none.

use std::collections::BTreeSet;

use crate::source::Source;
use crate::tree::{Tree, is_test_file};

/// Names limits that no test names, a line each: `PATH NAME`. It only shrinks.
const EXCEPTIONS: &str = "tests/tidy/untested.txt";

/// A limit of shipped code.
struct Limit<'a> {
    path: &'a str,
    name: String,
    line: usize,
}

impl Limit<'_> {
    /// Whether a test that names it in the file `path` may mean it. Of two limits of one name in a
    /// crate, each is meant by what is beside it or below.
    fn may_be_meant_in(&self, path: &str, is_alone: bool) -> bool {
        let is_below = |directory: &str| {
            let rest = path.strip_prefix(directory);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        if is_alone {
            is_below(crate_of(self.path)) || is_below("tests")
        } else {
            let module = self.path.strip_suffix(".rs").unwrap_or(self.path);
            path == self.path || is_below(module)
        }
    }
}

pub(crate) fn offences(tree: &Tree) -> Vec<String> {
    let exceptions: BTreeSet<&str> = tree
        .text(EXCEPTIONS)
        .unwrap_or_default()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let (mut limits, mut named) = (Vec::new(), BTreeSet::new());
    for (path, text) in tree.ending(".rs") {
        let source = Source::read(text);
        if is_test_file(path) || path.starts_with("tests/") {
            named.extend(names(source.tokens().iter()).map(|name| (path, name)));
        } else {
            named.extend(names(source.tested()).map(|name| (path, name)));
            limits.extend(declared(path, &source));
        }
    }
    let untested: Vec<&Limit> = limits
        .iter()
        .filter(|limit| {
            let alike = limits.iter().filter(|other| {
                other.name == limit.name && crate_of(other.path) == crate_of(limit.path)
            });
            let is_alone = alike.count() == 1;
            !named
                .iter()
                .any(|(path, name)| *name == limit.name && limit.may_be_meant_in(path, is_alone))
        })
        .collect();
    let key = |limit: &Limit| format!("{} {}", limit.path, limit.name);
    let keys: BTreeSet<String> = untested.iter().map(|limit| key(limit)).collect();
    let stale = exceptions
        .iter()
        .filter(|exception| !keys.contains(**exception))
        .map(|exception| {
            format!(
                "{EXCEPTIONS}: `{exception}` is no limit without a test (any more): take it off"
            )
        });
    untested
        .iter()
        .filter(|limit| !exceptions.contains(key(limit).as_str()))
        .map(|limit| {
            format!(
                "{}:{}: no test names {}",
                limit.path, limit.line, limit.name
            )
        })
        .chain(stale)
        .collect()
}

fn crate_of(path: &str) -> &str {
    path.split_once('/').map_or(path, |(crate_, _)| crate_)
}

fn is_limit(word: &str) -> bool {
    word.ends_with("_MAX")
}

/// The limits that a file's shipped code declares.
fn declared<'a>(path: &'a str, source: &Source) -> Vec<Limit<'a>> {
    let mut limits = Vec::new();
    let mut after_const = false;
    for token in source.shipped() {
        let name = token.word().filter(|word| after_const && is_limit(word));
        limits.extend(name.map(|name| Limit {
            path,
            name: name.to_owned(),
            line: token.line,
        }));
        after_const = token.word() == Some("const");
    }
    limits
}

/// The limits that tests name; one that they declare themselves is not one of shipped code.
fn names<'a>(
    tokens: impl Iterator<Item = &'a crate::lexer::Token>,
) -> impl Iterator<Item = String> {
    let mut after_const = false;
    tokens.filter_map(move |token| {
        let name = token.word().filter(|word| !after_const && is_limit(word));
        after_const = token.word() == Some("const");
        name.map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: &str = "const QUEUE_MAX: usize = 3;\n";
    const TEST: &str = "#[test]\nfn one_more_is_refused() { fill(QUEUE_MAX + 1) }\n";

    fn count(files: &[(&str, &str)]) -> usize {
        offences(&Tree::of(files)).len()
    }

    #[test]
    fn a_limit_that_no_test_names_fails() {
        let used = format!("{LIMIT}fn f() -> bool {{ 4 > QUEUE_MAX }}\n");
        assert_eq!(count(&[("node/src/lib.rs", &used)]), 1);
        let said = format!("{LIMIT}#[test]\nfn a() {{ f(\"QUEUE_MAX\") }} // QUEUE_MAX\n");
        assert_eq!(count(&[("node/src/lib.rs", &said)]), 1);
    }

    #[test]
    fn a_limit_that_a_test_of_its_crate_or_of_all_names_passes() {
        let inline = format!("{LIMIT}{TEST}");
        assert_eq!(count(&[("node/src/lib.rs", &inline)]), 0);
        for place in [
            "node/tests/api.rs",
            "node/src/a/tests.rs",
            "tests/src/world.rs",
        ] {
            assert_eq!(
                count(&[("node/src/lib.rs", LIMIT), (place, TEST)]),
                0,
                "{place}"
            );
        }
        let elsewhere = [("node/src/lib.rs", LIMIT), ("store/tests/api.rs", TEST)];
        assert_eq!(count(&elsewhere), 1);
    }

    #[test]
    fn a_limit_that_a_test_declares_for_itself_is_not_named_by_that() {
        let files = [("node/src/lib.rs", LIMIT), ("node/tests/api.rs", LIMIT)];
        assert_eq!(count(&files), 1);
    }

    #[test]
    fn of_two_limits_of_one_name_each_needs_a_test_beside_it() {
        let inline = format!("{LIMIT}{TEST}");
        let one = [("node/src/a.rs", inline.as_str()), ("node/src/b.rs", LIMIT)];
        assert_eq!(count(&one), 1);
        let both = [one[0], one[1], ("node/src/b/tests.rs", TEST)];
        assert_eq!(count(&both), 0);
    }

    #[test]
    fn an_exception_excuses_a_limit_without_a_test_and_no_other() {
        let list = "# why\nnode/src/lib.rs QUEUE_MAX\n";
        assert_eq!(count(&[("node/src/lib.rs", LIMIT), (EXCEPTIONS, list)]), 0);
        let inline = format!("{LIMIT}{TEST}");
        assert_eq!(
            count(&[("node/src/lib.rs", &inline), (EXCEPTIONS, list)]),
            1
        );
    }
}
