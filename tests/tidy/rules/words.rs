//! What an interface says to people is in its catalogue, in every language: its sources have no words of their own.

use crate::lexer::Token;
use crate::source::Source;
use crate::tree::{Tree, is_test_file};

/// What speaks in one's own language. What commands print is English.
const SPEAKING: &[&str] = &[
    "cli/src/chat",
    "cli/src/plain",
    "cli/src/recovery",
    "cli/src/signals",
    "cli/src/terminal",
    "cli/src/texts",
    "cli/src/tui",
];

/// What only tests compile of it.
const PICTURES: &[&str] = &["/snapshots/", "/snapshots.rs"];

pub(crate) fn offences(tree: &Tree) -> Vec<String> {
    let speaks = |path: &str| {
        let stem = path.strip_suffix(".rs").unwrap_or(path);
        let is_of = |part: &&str| {
            let rest = stem.strip_prefix(part);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        SPEAKING.iter().any(is_of)
            && !is_test_file(path)
            && !PICTURES.iter().any(|name| path.contains(name))
    };
    let files = tree.ending(".rs").filter(|(path, _)| speaks(path));
    files
        .flat_map(|(path, text)| in_source(path, text))
        .collect()
}

fn in_source(path: &str, text: &str) -> Vec<String> {
    let source = Source::read(text);
    let tokens: Vec<&Token> = source.shipped().collect();
    let mut offences = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_reason = index.checked_sub(2).is_some_and(|before| {
            let word = tokens.get(before).and_then(|token| token.word());
            word == Some("reason")
        });
        let words = token.text().filter(|text| !is_reason && has_words(text));
        offences.extend(words.map(|words| format!("{path}:{}: \"{words}\"", token.line)));
    }
    offences
}

/// Whether two words stand beside each other in a text; what is put into it is none.
fn has_words(text: &str) -> bool {
    let is_word = |part: &str| {
        let bare = part.trim_matches(|one: char| !one.is_alphanumeric());
        bare.chars().count() > 1 && bare.chars().all(|one| one.is_alphabetic() || one == '\'')
    };
    let parts: Vec<&str> = text.split_whitespace().collect();
    parts
        .windows(2)
        .any(|pair| pair.iter().all(|part| is_word(part) && !part.contains('{')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, code: &str) -> usize {
        let text = format!("fn f() {{ {code} }}");
        offences(&Tree::of(&[(path, &text)])).len()
    }

    #[test]
    fn words_in_what_an_interface_is_made_of_fail() {
        for path in [
            "cli/src/tui.rs",
            "cli/src/tui/update/key.rs",
            "cli/src/plain/view.rs",
        ] {
            assert_eq!(count(path, "say(\"it is gone\")"), 1, "{path}");
        }
        for code in [
            "format!(\"cannot read {path}: {error}.\")",
            "#[error(\"no key `{0}`: write another\")] struct A;",
            "say(\"don't do it\")",
        ] {
            assert_eq!(count("cli/src/tui/a.rs", code), 1, "{code}");
        }
    }

    #[test]
    fn names_marks_and_what_is_said_to_nobody_pass() {
        for code in [
            "named(\"shift-enter\")",
            "say(\"Tidings\")",
            "format!(\"{who}: {said}\")",
            "usage(\"N TEXT\")",
            "#[expect(dead_code, reason = \"only a desktop reads it\")] struct A;",
            "} #[test] fn a() { say(\"it is gone\")",
        ] {
            assert_eq!(count("cli/src/tui/a.rs", code), 0, "{code}");
        }
        for path in [
            "cli/src/commands/send.rs",
            "cli/src/tui/update/tests.rs",
            "cli/src/tui/snapshots/world.rs",
            "cli/src/tuition.rs",
        ] {
            assert_eq!(count(path, "say(\"it is gone\")"), 0, "{path}");
        }
    }
}
