//! Domain strings are distinct: bytes hashed or signed for one purpose never stand in for another.
//! And the wire's document names each of them.

use std::collections::BTreeMap;

use crate::source::Source;
use crate::tree::{Tree, is_test_file};

/// How each of our domain strings begins.
const PREFIX: &str = "tidings v";
/// Where they belong.
const HOME: &str = "protocol/src/domain.rs";
/// Where they are described.
const WIRE: &str = "docs/WIRE.md";

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
    let wire = tree.ending(WIRE).next().map_or("", |(_, text)| text);
    for domain in seen
        .keys()
        .filter(|domain| !wire.contains(&format!("`{domain}`")))
    {
        offences.push(format!("{WIRE}: says nothing of `{domain}`"));
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

    /// A tree whose document names two domains.
    fn offences_in(sources: &[(&str, &str)]) -> usize {
        let documented = [(WIRE, "| `tidings v1 a` | and `tidings v1 b` |")];
        offences(&Tree::of(&[&documented, sources].concat())).len()
    }

    #[test]
    fn one_string_for_two_purposes_fails() {
        let text = r#"match self { A => "tidings v1 a", B => "tidings v1 a" }"#;
        assert_eq!(offences_in(&[(HOME, text)]), 1);
    }

    #[test]
    fn a_string_that_the_wire_document_does_not_name_fails() {
        let text = r#"["tidings v1 a", "tidings v1 c"]"#;
        assert_eq!(offences_in(&[(HOME, text)]), 1);
    }

    #[test]
    fn a_string_that_another_file_uses_again_fails() {
        let text = r#"f("tidings v1 a")"#;
        assert_eq!(offences_in(&[(HOME, text), ("store/src/key.rs", text)]), 1);
    }

    #[test]
    fn distinct_strings_pass_and_none_at_all_fails() {
        let text = r#"["tidings v1 a", "tidings v1 b"]"#;
        assert_eq!(offences_in(&[(HOME, text)]), 0);
        assert_eq!(offences_in(&[(HOME, "fn f() {}")]), 1);
    }
}
