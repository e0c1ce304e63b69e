//! Documents speak of what exists: every path between backticks and every local link leads to a
//! file or directory of this repository.

use std::collections::BTreeSet;

use crate::markdown::Document;
use crate::tree::{Tree, parent};

/// Endings by which a word is known to be a file of ours, wherever it lies.
const ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".sql"];
/// Speaks of the past too, so its paths may be gone.
const HISTORY: &str = "CHANGELOG.md";

/// Offences of paths between backticks. A path counts if it begins with a directory at the root,
/// or ends as our files do; `{a,b}` and `*` are written out, and `<placeholders>` end it.
pub(crate) fn path_offences(tree: &Tree) -> Vec<String> {
    let directories = tree.directories();
    let mut offences = Vec::new();
    for (document, text) in tree.ending(".md").filter(|(path, _)| *path != HISTORY) {
        for (line, span) in Document::read(text).spans {
            for path in span
                .split_whitespace()
                .filter_map(candidate)
                .flat_map(alternatives)
            {
                if !exists(tree, &directories, &path) {
                    offences.push(format!("{document}:{line}: `{path}` does not exist"));
                }
            }
        }
    }
    offences
}

/// Offences of links within the repository.
pub(crate) fn link_offences(tree: &Tree) -> Vec<String> {
    let directories = tree.directories();
    let mut offences = Vec::new();
    for (document, text) in tree.ending(".md") {
        for (line, link) in Document::read(text).links {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                document.to_owned()
            } else {
                join(document, path)
            };
            let Some(text) = tree.text(&target) else {
                if !directories.contains(target.as_str()) || !anchor.is_empty() {
                    offences.push(format!(
                        "{document}:{line}: link to `{target}`, which is none"
                    ));
                }
                continue;
            };
            let anchors = Document::read(text).anchors;
            if !anchor.is_empty() && !anchors.iter().any(|name| name == anchor) {
                offences.push(format!(
                    "{document}:{line}: no heading `#{anchor}` in `{target}`"
                ));
            }
        }
    }
    offences
}

/// The path in a word of a code span, if it can be one.
fn candidate(word: &str) -> Option<&str> {
    let word = word
        .trim_start_matches(['(', '"', '\''])
        .trim_start_matches("./");
    let word = word.split([':', '#', '=']).next()?;
    let word = word.split("...").next()?.split('…').next()?;
    let word = word.trim_end_matches(['.', ',', ';', ')', '"', '\'']);
    // What follows a placeholder is unknown; what lies above it is not.
    let known = word
        .split_once('<')
        .map_or(word, |(known, _)| parent(known).unwrap_or_default());
    let strange = known.contains(['$', '\\', '|', '@']) || known.starts_with(['-', '/', '.', '~']);
    let hidden_of_ours = known.starts_with(".ci/");
    (!known.is_empty() && (!strange || hidden_of_ours)).then_some(known)
}

/// The path with its first `{a,b}` written out, and so on.
fn alternatives(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(before, rest)| {
        let (choices, after) = rest.split_once('}')?;
        Some((before, choices, after))
    });
    let Some((before, choices, after)) = parts else {
        return vec![path.to_owned()];
    };
    let written = |choice: &str| alternatives(&format!("{before}{}{after}", choice.trim()));
    choices.split(',').flat_map(written).collect()
}

fn exists(tree: &Tree, directories: &BTreeSet<&str>, path: &str) -> bool {
    let top = path.split_once('/').map(|(top, _)| top);
    let below_root = top.is_some_and(|top| directories.contains(top));
    let anywhere = !below_root && ENDINGS.iter().any(|ending| path.ends_with(ending));
    if !below_root && !anywhere {
        return true;
    }
    let wanted = path.trim_end_matches('/');
    let found =
        |at: &str| matches(wanted, at) || (anywhere && matches(&format!("**/{wanted}"), at));
    let found_directory = directories.iter().copied().any(found);
    found_directory || (!path.ends_with('/') && tree.files().any(|(at, _)| found(at)))
}

/// Whether `path` fits `pattern`, in which `*` is anything but `/`, and `**` is anything.
fn matches(pattern: &str, path: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return path.is_empty();
    };
    if first != '*' {
        let rest = path.strip_prefix(first);
        return rest.is_some_and(|rest| {
            matches(pattern.get(first.len_utf8()..).unwrap_or_default(), rest)
        });
    }
    let after = pattern.trim_start_matches('*');
    let deep = pattern.len() - after.len() > 1;
    let reach = if deep {
        path.len()
    } else {
        path.find('/').unwrap_or(path.len())
    };
    (0..=reach)
        .filter_map(|start| path.get(start..))
        .any(|rest| matches(after, rest))
}

/// The path that `link` leads to from `document`.
pub(crate) fn join(document: &str, link: &str) -> String {
    let base = if link.starts_with('/') {
        ""
    } else {
        parent(document).unwrap_or_default()
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(link.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[(&str, &str)] = &[
        (".ci/run", ""),
        ("Cargo.toml", ""),
        ("docs/GLOSSARY.md", "# Terms\n## Two words\n"),
        ("node/examples/embed.rs", ""),
        ("node/examples/echo_bot.rs", ""),
        ("protocol/src/wire/limits.rs", ""),
    ];

    fn with(readme: &str) -> Tree {
        Tree::of(&[FILES, &[("README.md", readme)]].concat())
    }

    #[test]
    fn a_path_that_does_not_exist_fails() {
        for path in [
            "node/examples/gone.rs",
            "node/examples/{embed,gone}.rs",
            "node/gone/",
            "node/examples/embed.rs/",
            "node/*.rs",
            "docs/gone/<name>.md",
            ".ci/gone",
            "wire/gone.rs",
            "gone.rs",
            "GONE.md",
            "gone.toml",
            "less docs/GONE.md",
            "node/src/gone.rs:12",
        ] {
            assert_eq!(
                path_offences(&with(&format!("See `{path}`."))).len(),
                1,
                "{path}"
            );
        }
    }

    #[test]
    fn a_path_that_exists_passes_and_so_does_what_is_no_path() {
        for path in [
            "node/examples/{embed,echo_bot}.rs",
            "node/examples/*.rs",
            "node/**/*.rs",
            "node/",
            "./docs/GLOSSARY.md#terms",
            "docs/<name>.md",
            "bash .ci/run",
            "protocol/src/wire/limits.rs:12",
            "wire/limits.rs",
            "limits.rs",
            "Cargo.toml",
            "*.rs",
            ".rs",
            "<noun>.rs",
            "application/json",
            "DIR/profiles/N",
            "/ip4/127.0.0.1/tcp/0",
            "target/debug/tidings",
        ] {
            let offences = path_offences(&with(&format!("See `{path}`.")));
            assert_eq!(offences, Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn fenced_examples_and_the_history_may_name_what_is_gone() {
        assert!(path_offences(&with("```\n`node/gone.rs`\n```\n")).is_empty());
        assert!(path_offences(&Tree::of(&[(HISTORY, "`gone.rs`")])).is_empty());
    }

    #[test]
    fn a_broken_link_fails() {
        for link in [
            "gone.md",
            "#gone",
            "docs/GLOSSARY.md#gone",
            "docs/#terms",
            "../README.md",
        ] {
            assert_eq!(
                link_offences(&with(&format!("[a]({link})"))).len(),
                1,
                "{link}"
            );
        }
    }

    #[test]
    fn a_link_that_leads_somewhere_passes() {
        for link in [
            "docs/",
            "docs/GLOSSARY.md#two-words",
            "#top",
            "https://x.example/y",
            "./.ci/run",
        ] {
            let offences = link_offences(&with(&format!("# Top\n[a]({link})")));
            assert_eq!(offences, Vec::<String>::new(), "{link}");
        }
        let up = Tree::of(&[("docs/a/b.md", "[c](../d.md)"), ("docs/d.md", "")]);
        assert!(link_offences(&up).is_empty());
    }
}
