//! What modules may be called, and how a file begins.

use crate::source::Source;
use crate::tree::{Tree, is_test_file};

/// Names that say nothing: a module owns one noun.
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "managers", "manager", "misc",
];

/// Offences in the names of modules.
pub(crate) fn module_offences(tree: &Tree) -> Vec<String> {
    let mut offences = Vec::new();
    for (path, text) in tree.ending(".rs") {
        if path.ends_with("/mod.rs") {
            offences.push(format!(
                "{path}: lay the module out as `name.rs` beside `name/`"
            ));
        }
        let parts = path
            .split('/')
            .map(|part| part.strip_suffix(".rs").unwrap_or(part));
        if let Some(name) = parts.into_iter().find(|name| EMPTY_NAMES.contains(name)) {
            offences.push(format!("{path}: `{name}` owns no noun: name what it owns"));
        }
        let source = Source::read(text);
        let empty = source
            .inline_modules()
            .filter(|(name, _)| EMPTY_NAMES.contains(name));
        offences.extend(empty.map(|(name, line)| format!("{path}:{line}: `{name}` owns no noun")));
    }
    offences
}

/// Offences in the first lines of source files. Tests own nothing.
pub(crate) fn opening_offences(tree: &Tree) -> Vec<String> {
    let ours = |path: &str| path.contains("/src/") && !is_test_file(path);
    let says_nothing = |text: &str| {
        let said = text.strip_prefix("//! ");
        said.is_none_or(|said| said.starts_with('\n'))
    };
    let sources = tree.ending(".rs").filter(|(path, _)| ours(path));
    sources
        .filter(|(_, text)| says_nothing(text))
        .map(|(path, _)| format!("{path}:1: begin with a `//!` line that says what it owns"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_says_nothing_fails() {
        for path in [
            "node/src/utils.rs",
            "node/src/common/a.rs",
            "node/src/net/mod.rs",
        ] {
            assert_eq!(module_offences(&Tree::of(&[(path, "")])).len(), 1, "{path}");
        }
        let inline = Tree::of(&[("node/src/lib.rs", "mod helpers { }")]);
        assert_eq!(module_offences(&inline).len(), 1);
        let good = Tree::of(&[("node/src/common_prefix.rs", "mod tests { }")]);
        assert!(module_offences(&good).is_empty());
    }

    #[test]
    fn a_source_that_does_not_begin_with_its_purpose_fails() {
        let count = |text| opening_offences(&Tree::of(&[("node/src/lib.rs", text)])).len();
        for text in [
            "",
            "use std::fmt;\n",
            "// Owns x.\n",
            "//! \nuse a;\n",
            "\n//! Owns x.\n",
        ] {
            assert_eq!(count(text), 1, "{text:?}");
        }
        assert_eq!(count("//! Owns x.\n"), 0);
        assert!(opening_offences(&Tree::of(&[("node/src/a/tests.rs", "")])).is_empty());
    }
}
