//! Claims have tests: a test that a document names is there, under that name.

use std::collections::BTreeSet;

use crate::markdown::Document;
use crate::tree::Tree;

/// Words from which on a name in a code span is taken for that of a test, which is a sentence.
const WORDS_MIN: usize = 4;
/// What the names of metrics begin with, and those of no test.
const METRICS: &str = "tidings_";

pub(crate) fn offences(tree: &Tree) -> Vec<String> {
    let functions: BTreeSet<&str> = tree
        .ending(".rs")
        .flat_map(|(_, text)| text.split("fn ").skip(1))
        .filter_map(|rest| rest.split(['(', '<']).next())
        .collect();
    let mut offences = Vec::new();
    for (document, text) in tree.ending(".md") {
        for (line, span) in Document::read(text).spans {
            if is_sentence(&span) && !functions.contains(span.as_str()) {
                offences.push(format!("{document}:{line}: there is no test `{span}`"));
            }
        }
    }
    offences
}

fn is_sentence(span: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_metric = span.starts_with(METRICS);
    !is_metric && span.chars().all(letter) && span.split('_').count() >= WORDS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences_of(document: &str) -> usize {
        let test = ("store/src/key.rs", "fn a_wrong_key_is_refused() {}");
        offences(&Tree::of(&[test, ("docs/THREATS.md", document)])).len()
    }

    #[test]
    fn a_test_that_is_not_there_fails() {
        assert_eq!(offences_of("kept by `a_right_key_is_refused`"), 1);
    }

    #[test]
    fn a_test_that_is_there_passes_and_so_does_what_names_none() {
        let document = "kept by `a_wrong_key_is_refused`, see `secure_delete`, `x = y_z_a_b` and `tidings_a_b_c`";
        assert_eq!(offences_of(document), 0);
    }
}
