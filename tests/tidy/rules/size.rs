//! How long files and functions may be, and the list of those that are longer.

use std::collections::BTreeSet;

use crate::source::Source;
use crate::tree::{Tree, is_test_file};

/// Lines of a Rust file, tests left out.
const FILE_LINES_MAX: usize = 600;
/// Lines of a function from `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// Names what exceeds these, a line each: `file PATH` or `function PATH NAME`. It only shrinks.
const EXCEPTIONS: &str = "tests/tidy/exceptions.txt";

pub(crate) fn offences(tree: &Tree) -> Vec<String> {
    let exceptions: BTreeSet<&str> = tree
        .text(EXCEPTIONS)
        .unwrap_or_default()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let exceeding: Vec<(String, String)> = tree
        .ending(".rs")
        .filter(|(path, _)| !is_test_file(path))
        .flat_map(|(path, text)| exceeding(path, &Source::read(text)))
        .collect();
    let names: BTreeSet<&str> = exceeding.iter().map(|(name, _)| name.as_str()).collect();
    let stale = exceptions.difference(&names).map(|name| {
        format!("{EXCEPTIONS}: `{name}` exceeds no limit (any more): take it off the list")
    });
    exceeding
        .iter()
        .filter(|(name, _)| !exceptions.contains(name.as_str()))
        .map(|(_, offence)| offence.clone())
        .chain(stale)
        .collect()
}

/// What is too long in a file: the name by which it may be excepted, and the offence.
fn exceeding(path: &str, source: &Source) -> Vec<(String, String)> {
    let lines = source.shipped_lines();
    let file = (lines > FILE_LINES_MAX).then(|| {
        (
            format!("file {path}"),
            format!("{path}: {lines} lines of at most {FILE_LINES_MAX}"),
        )
    });
    let functions = source.functions().into_iter();
    let functions = functions
        .filter(|function| function.lines > FUNCTION_LINES_MAX)
        .map(|long| {
            let name = format!("function {path} {}", long.name);
            let (line, lines) = (long.line, long.lines);
            (
                name,
                format!(
                    "{path}:{line}: {} has {lines} of {FUNCTION_LINES_MAX} lines",
                    long.name
                ),
            )
        });
    file.into_iter().chain(functions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    a();\n".repeat(lines - 2))
    }

    #[test]
    fn a_file_of_the_maximum_passes_and_one_line_more_fails() {
        for (lines, count) in [(FILE_LINES_MAX, 0), (FILE_LINES_MAX + 1, 1)] {
            let text = "// a line\n".repeat(lines);
            assert_eq!(
                offences(&Tree::of(&[("node/src/lib.rs", &text)])).len(),
                count
            );
        }
    }

    #[test]
    fn a_function_of_the_maximum_passes_and_one_line_more_fails() {
        for (lines, count) in [(FUNCTION_LINES_MAX, 0), (FUNCTION_LINES_MAX + 1, 1)] {
            let text = function(lines);
            assert_eq!(
                offences(&Tree::of(&[("node/src/lib.rs", &text)])).len(),
                count
            );
        }
    }

    #[test]
    fn tests_may_be_long() {
        let text = function(FILE_LINES_MAX + 1);
        let inline = format!("#[cfg(test)]\nmod tests {{\n{text}}}\n");
        let files = [
            ("node/src/a.rs", inline.as_str()),
            ("node/src/a/tests.rs", &text),
        ];
        assert_eq!(offences(&Tree::of(&files)), Vec::<String>::new());
    }

    #[test]
    fn an_exception_excuses_what_exceeds() {
        let text = function(FUNCTION_LINES_MAX + 1);
        let list = "# why\nfunction node/src/lib.rs long\n";
        let files = [("node/src/lib.rs", text.as_str()), (EXCEPTIONS, list)];
        assert_eq!(offences(&Tree::of(&files)), Vec::<String>::new());
    }

    #[test]
    fn an_exception_for_what_does_not_exceed_fails() {
        let list = "file node/src/lib.rs\nnonsense\n";
        let files = [("node/src/lib.rs", "fn short() {}\n"), (EXCEPTIONS, list)];
        assert_eq!(offences(&Tree::of(&files)).len(), 2);
    }
}
