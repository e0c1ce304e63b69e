//! Tables are STRICT, wherever they are created: in migrations and in statements inside code.

use crate::lexer::Token;
use crate::source::Source;
use crate::tree::{Tree, is_test_file};

pub(crate) fn offences(tree: &Tree) -> Vec<String> {
    let mut offences = Vec::new();
    for (path, text) in tree.ending(".sql") {
        offences.extend(loose_tables(text).map(|table| offence(path, &table)));
    }
    for (path, text) in tree.ending(".rs").filter(|(path, _)| !is_test_file(path)) {
        let source = Source::read(text);
        for statement in source.shipped().filter_map(Token::text) {
            offences.extend(loose_tables(statement).map(|table| offence(path, &table)));
        }
    }
    offences
}

fn offence(path: &str, table: &str) -> String {
    format!("{path}: `{table}` is not STRICT")
}

/// The first words of each statement that creates a table which is not STRICT.
fn loose_tables(text: &str) -> impl Iterator<Item = String> {
    let code: Vec<&str> = text
        .lines()
        .map(|line| line.split_once("--").map_or(line, |(code, _)| code))
        .collect();
    let statements: Vec<String> = code.join("\n").split(';').map(str::to_uppercase).collect();
    statements.into_iter().filter_map(|statement| {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let created = matches!(
            words.as_slice(),
            ["CREATE", "TABLE", ..] | ["CREATE", "TEMP" | "TEMPORARY", "TABLE", ..]
        );
        let options = statement
            .rsplit_once(')')
            .map_or("", |(_, options)| options);
        let mut options = options.split(|character: char| !character.is_alphanumeric());
        let loose = created && !options.any(|word| word == "STRICT");
        loose.then(|| words.iter().take(3).copied().collect::<Vec<_>>().join(" "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        offences(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_table_that_is_not_strict_fails() {
        for text in [
            "CREATE TABLE a (b INTEGER NOT NULL);",
            "create table a (b integer);\nCREATE TABLE c (d TEXT) STRICT;",
            "CREATE TABLE a (b TEXT) WITHOUT ROWID;",
            "CREATE TABLE a AS SELECT 1;",
            "CREATE TEMP TABLE a (b TEXT); -- STRICT",
        ] {
            assert_eq!(count("store/migrations/1.sql", text), 1, "{text}");
        }
    }

    #[test]
    fn strict_and_virtual_tables_pass() {
        let text = "-- A comment; of two parts.\nCREATE TABLE a (\n  b TEXT CHECK (b > '') -- why\n)\
                    WITHOUT ROWID, STRICT;\nCREATE VIRTUAL TABLE c USING fts5(d);";
        assert_eq!(count("store/migrations/1.sql", text), 0);
    }

    #[test]
    fn a_statement_in_code_is_checked_and_one_in_a_test_is_not() {
        let code = "fn f() { run(\"CREATE TABLE a (b TEXT)\") }";
        assert_eq!(count("store/src/lib.rs", code), 1);
        assert_eq!(
            count(
                "store/src/lib.rs",
                &format!("#[cfg(test)] mod t {{ {code} }}")
            ),
            0
        );
    }
}
