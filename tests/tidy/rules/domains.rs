//! Domain strings are distinct: bytes hashed or signed for one purpose never stand in for another.

use std::collections::BTreeMap;

use crate::source::Source;
use crate::tree::{Tree, is_test_file};

/// How each of our domain strings begins.
const PREFIX: &str = "tidings v";
/// Where they belong.
const HOME: &str = "protocol/src/domain.rs";

pub(crate) fn offences(tree: &Tree) -> Vec<String> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut offences = Vec::new();
    for (path, text) in tree.ending(".rs").filter(|(path, _)| !is_test_file(path)) {
        let source = Source::read(text);
        for token in source.shipped() {
            let Some(domain) = token.text().filter(|text| text.starts_with(PREFIX)) else {
                continue;
            };
            let place = format!("{path}:{}", token.line);
            match seen.get(domain) {
                Some(first) => offences.push(format!("{place}: \"{domain}\" is also at {first}")),
                None => {
                    seen.insert(domain.to_owned(), place);
                }
            }
        }
    }
    if !seen.values().any(|place| place.starts_with(HOME)) {
        offences.push(format!(
            "{HOME}: no string begins with \"{PREFIX}\": is it still read?"
        ));
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_string_for_two_purposes_fails() {
        let text = r#"match self { A => "tidings v1 a", B => "tidings v1 a" }"#;
        assert_eq!(offences(&Tree::of(&[(HOME, text)])).len(), 1);
    }

    #[test]
    fn a_string_that_another_file_uses_again_fails() {
        let text = r#"f("tidings v1 a")"#;
        assert_eq!(
            offences(&Tree::of(&[(HOME, text), ("store/src/key.rs", text)])).len(),
            1
        );
    }

    #[test]
    fn distinct_strings_pass_and_none_at_all_fails() {
        let text = r#"["tidings v1 a", "tidings v1 b"]"#;
        assert!(offences(&Tree::of(&[(HOME, text)])).is_empty());
        assert_eq!(offences(&Tree::of(&[(HOME, "fn f() {}")])).len(), 1);
    }
}
