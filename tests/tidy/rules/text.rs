//! What text files must not hold: loose ends, tabs, trailing blanks, and carriage returns.

use crate::source::Source;
use crate::tree::Tree;

/// Notes to oneself: an issue is the place for them.
const NOTES: &[&str] = &["TODO", "FIXME", "XXX"];
/// Macros that stand for code that is missing.
const STUBS: &[&str] = &["todo", "unimplemented"];
/// Endings of the files whose blanks are checked.
const BLANKS_CHECKED: &[&str] = &[".rs", ".md", ".toml", ".sql", ".sh", ".ci/run"];

/// Offences of unfinished work.
pub(crate) fn unfinished_offences(tree: &Tree) -> Vec<String> {
    let mut offences = Vec::new();
    for (path, text) in tree.ending(".rs") {
        let source = Source::read(text);
        let notes = source
            .comments()
            .iter()
            .filter_map(|(line, comment)| Some((*line, note(comment)?)));
        offences.extend(notes.map(|(line, note)| format!("{path}:{line}: {note} in a comment")));
        for pair in source.tokens().windows(2) {
            let [word, mark] = pair else { continue };
            let stub = word
                .word()
                .filter(|word| STUBS.contains(word) && mark.is('!'));
            offences.extend(stub.map(|stub| format!("{path}:{}: {stub}!", word.line)));
        }
    }
    for ending in [".sql", ".toml", ".sh", ".ci/run"] {
        for (path, text) in tree.ending(ending) {
            let noted = numbered(text).filter_map(|(number, line)| Some((number, note(line)?)));
            offences.extend(noted.map(|(number, note)| format!("{path}:{number}: {note}")));
        }
    }
    offences
}

/// Offences of blanks.
pub(crate) fn blank_offences(tree: &Tree) -> Vec<String> {
    let checked = |path: &str| BLANKS_CHECKED.iter().any(|ending| path.ends_with(ending));
    let mut offences = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| checked(path)) {
        for (number, line) in numbered(text) {
            let what = if line.ends_with('\r') {
                "a carriage return"
            } else if line.contains('\t') {
                "a tab"
            } else if line.ends_with(char::is_whitespace) {
                "a trailing blank"
            } else {
                continue;
            };
            offences.push(format!("{path}:{number}: {what}"));
        }
        if !text.is_empty() && !text.ends_with('\n') {
            offences.push(format!("{path}: no end of line at the end of the file"));
        }
    }
    offences
}

/// Lines as they are, carriage returns kept, with their numbers.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

fn note(text: &str) -> Option<&'static str> {
    let mut words =
        text.split(|character: char| !(character.is_alphanumeric() || character == '_'));
    words.find_map(|word| NOTES.iter().find(|note| **note == word).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_stubs_in_sources_fail() {
        let count = |path, text: &str| unfinished_offences(&Tree::of(&[(path, text)])).len();
        for note in NOTES {
            assert_eq!(
                count("a.rs", &format!("fn f() {{}} // {note}: later")),
                1,
                "{note}"
            );
            assert_eq!(count("a.sql", &format!("-- {note}")), 1, "{note}");
        }
        for stub in STUBS {
            assert_eq!(
                count("a.rs", &format!("fn f() {{ {stub}!() }}")),
                1,
                "{stub}"
            );
        }
        assert_eq!(count("a.rs", "/// Mastodon\nfn todo() { x(\"XXX\") }"), 0);
    }

    #[test]
    fn stray_blanks_fail() {
        let count = |text| blank_offences(&Tree::of(&[("docs/a.md", text)])).len();
        for text in ["a \n", "a\r\n", "\ta\n", "a"] {
            assert_eq!(count(text), 1, "{text:?}");
        }
        assert_eq!(count("a\n\n  b\n"), 0);
    }
}
