//! What there is can be found: links lead from the first page to every document, and the map of
//! the code names every module.

use std::collections::BTreeSet;

use super::documents::join;
use crate::markdown::Document;
use crate::tree::Tree;

const FIRST_PAGE: &str = "README.md";
const DOCUMENTS: &str = "docs/";
const MAP: &str = "docs/ARCHITECTURE.md";
/// Whose modules directly below `src/` are all in the map.
const CRATES: &[&str] = &["protocol", "store", "node"];
/// Crates' roots, which declare the modules that the map names.
const ROOT: &str = "lib";

/// Documents directly below `docs/` to which no links lead from the first page.
pub(crate) fn document_offences(tree: &Tree) -> Vec<String> {
    let mut found = BTreeSet::from([FIRST_PAGE.to_owned()]);
    let mut unread = vec![FIRST_PAGE.to_owned()];
    while let Some(document) = unread.pop() {
        for (_, link) in Document::read(tree.text(&document).unwrap_or_default()).links {
            let path = link.split('#').next().unwrap_or_default();
            let target = join(&document, path);
            if target.ends_with(".md") && found.insert(target.clone()) {
                unread.push(target);
            }
        }
    }
    let documents = tree.ending(".md").filter(|(path, _)| {
        let below = path.strip_prefix(DOCUMENTS);
        below.is_some_and(|name| !name.contains('/'))
    });
    let lost = documents.filter(|(path, _)| !found.contains(*path));
    lost.map(|(path, _)| format!("{path}: no links lead here from {FIRST_PAGE}"))
        .collect()
}

/// Modules that the map does not name.
pub(crate) fn module_offences(tree: &Tree) -> Vec<String> {
    let map = Document::read(tree.text(MAP).unwrap_or_default());
    let named: BTreeSet<&str> = map
        .spans
        .iter()
        .map(|(_, span)| span.trim_end_matches('/').trim_end_matches(".rs"))
        .collect();
    let modules = tree.ending(".rs").filter_map(|(path, _)| {
        let (owner, module) = path.strip_suffix(".rs")?.split_once("/src/")?;
        let is_module = CRATES.contains(&owner) && !module.contains('/') && module != ROOT;
        is_module.then_some(path)
    });
    modules
        .filter(|path| !named.contains(path.trim_end_matches(".rs")))
        .map(|path| format!("{path}: {MAP} does not name it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_to_which_no_links_lead_fails() {
        let files = [
            ("README.md", "[a](docs/A.md)"),
            ("docs/A.md", "[b](B.md#top)"),
            ("docs/B.md", ""),
            ("docs/LOST.md", "[a](A.md)"),
            ("docs/decisions/0001.md", ""),
        ];
        let offences = document_offences(&Tree::of(&files));
        assert_eq!(offences.len(), 1);
        assert!(offences[0].starts_with("docs/LOST.md"), "{offences:?}");
    }

    #[test]
    fn a_module_that_the_map_does_not_name_fails() {
        let files = [
            (
                "docs/ARCHITECTURE.md",
                "| `store/src/key/`, `store/src/room.rs` | keys |",
            ),
            ("store/src/key.rs", ""),
            ("store/src/key/wrap.rs", ""),
            ("store/src/lib.rs", ""),
            ("store/src/lost.rs", ""),
            ("store/src/room.rs", ""),
        ];
        let offences = module_offences(&Tree::of(&files));
        assert_eq!(offences.len(), 1);
        assert!(offences[0].starts_with("store/src/lost.rs"), "{offences:?}");
    }
}
