//! One Rust file as this test judges it: its tokens, its functions, its modules, the paths it
//! names, and which of it only tests run.
//!
//! Invariants
//! - An item under `#[cfg(test)]` or `#[test]` (or `#[tokio::test]`) is no shipped code, nor is
//!   anything in it.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::lexer::{Comment, Token, lex};

/// A read Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    lines: usize,
    tests: Vec<RangeInclusive<usize>>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// From the line of `fn` to that of the closing brace.
    pub(crate) lines: usize,
}

/// A path such as `std::fs::read`, with imports such as `std::{env, fs}` written out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) imported: bool,
}

/// A module that is declared here and lies in another file, or a file that is included.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    /// Names of the inline modules around it, then its own.
    pub(crate) names: Vec<String>,
    /// The file, if it is told.
    pub(crate) file: Option<String>,
    pub(crate) line: usize,
    pub(crate) tested_only: bool,
}

impl Source {
    pub(crate) fn read(text: &str) -> Self {
        let (tokens, comments) = lex(text);
        let tests = test_items(&tokens);
        Self {
            tokens,
            comments,
            lines: text.lines().count(),
            tests,
        }
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    pub(crate) fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// The tokens that only tests run left out.
    pub(crate) fn shipped(&self) -> impl Iterator<Item = &Token> {
        let shipped = |(index, token)| (!self.is_tested_only(index)).then_some(token);
        self.tokens.iter().enumerate().filter_map(shipped)
    }

    /// The tokens that only tests run.
    pub(crate) fn tested(&self) -> impl Iterator<Item = &Token> {
        let tested = |(index, token)| self.is_tested_only(index).then_some(token);
        self.tokens.iter().enumerate().filter_map(tested)
    }

    /// How many lines are shipped: all but those of tests.
    pub(crate) fn shipped_lines(&self) -> usize {
        let line = |index: usize| self.tokens.get(index).map_or(0, |token| token.line);
        let tested: BTreeSet<usize> = self
            .tests
            .iter()
            .flat_map(|range| line(*range.start())..=line(*range.end()))
            .collect();
        self.lines.saturating_sub(tested.len())
    }

    /// The shipped functions.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let starts = self
            .tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.word() == Some("fn"));
        let function = |(index, token): (usize, &Token)| {
            // In a macro the name is a variable: `fn $name`.
            let mut after = self
                .tokens
                .iter()
                .skip(index + 1)
                .filter(|token| !token.is('$'));
            let name = after.next()?.word()?.to_owned();
            let open = body(&self.tokens, index)?;
            let last = self.tokens.get(closing(&self.tokens, open))?;
            Some(Function {
                name,
                line: token.line,
                lines: last.line - token.line + 1,
            })
        };
        starts
            .filter(|(index, _)| !self.is_tested_only(*index))
            .filter_map(function)
            .collect()
    }

    /// Every path that the code names, in tests too or only in shipped code.
    pub(crate) fn named(&self, in_tests: bool) -> Vec<Named> {
        let tokens: Vec<Token> = if in_tests {
            self.tokens.clone()
        } else {
            self.shipped().cloned().collect()
        };
        let mut paths = Vec::new();
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            if token.word().is_none() {
                index += 1;
                continue;
            }
            let before = index.checked_sub(1).and_then(|before| tokens.get(before));
            let imported = before.is_some_and(|before| before.word() == Some("use"));
            index = walk(&tokens, index, "", imported, &mut paths);
        }
        paths
    }

    /// The modules and inclusions that other files hold.
    pub(crate) fn elsewhere(&self) -> Vec<Elsewhere> {
        let mut found = Vec::new();
        let mut around: Vec<(String, usize)> = Vec::new();
        let mut told = None;
        for (index, token) in self.tokens.iter().enumerate() {
            around.retain(|(_, end)| *end > index);
            let next = |offset| self.tokens.get(index + offset);
            let marks = |offset, mark| next(offset).is_some_and(|token: &Token| token.is(mark));
            let tested_only = self.is_tested_only(index);
            let names = around.iter().map(|(name, _)| name.clone());
            match token.word() {
                Some("path") if marks(1, '=') => told = next(2).and_then(Token::text),
                Some("include") if marks(1, '!') => {
                    let file = next(3).and_then(Token::text).map(str::to_owned);
                    let (names, line) = (names.collect(), token.line);
                    found.push(Elsewhere {
                        names,
                        file,
                        line,
                        tested_only,
                    });
                }
                Some("mod") => {
                    let Some(name) = next(1).and_then(Token::word).map(str::to_owned) else {
                        continue;
                    };
                    if marks(2, '{') {
                        around.push((name, closing(&self.tokens, index + 2)));
                    } else if marks(2, ';') {
                        let names = names.chain([name]).collect();
                        let (file, line) = (told.map(str::to_owned), token.line);
                        found.push(Elsewhere {
                            names,
                            file,
                            line,
                            tested_only,
                        });
                    }
                }
                _ => {}
            }
            if token.is(';') || token.is('{') || token.is('}') {
                told = None;
            }
        }
        found
    }

    /// The names of modules written in this file.
    pub(crate) fn inline_modules(&self) -> impl Iterator<Item = (&str, usize)> {
        self.tokens.windows(3).filter_map(|window| {
            let [keyword, name, open] = window else {
                return None;
            };
            let inline = keyword.word() == Some("mod") && open.is('{');
            Some((name.word()?, name.line)).filter(|_| inline)
        })
    }

    fn is_tested_only(&self, index: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&index))
    }
}

/// The index of the bracket that closes the one at `open`, or of the last token.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if ['(', '[', '{'].iter().any(|mark| token.is(*mark)) {
            depth += 1;
        } else if [')', ']', '}'].iter().any(|mark| token.is(*mark)) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index;
            }
        }
    }
    tokens.len().saturating_sub(1)
}

/// The index of the `{` that opens the body of what starts at `start`; none if a `;` ends it.
fn body(tokens: &[Token], start: usize) -> Option<usize> {
    let mut index = start;
    while let Some(token) = tokens.get(index) {
        if token.is('{') {
            return Some(index);
        }
        if token.is(';') {
            return None;
        }
        let opens = token.is('(') || token.is('[');
        index = if opens {
            closing(tokens, index) + 1
        } else {
            index + 1
        };
    }
    None
}

/// The index of the last token of the item at `start`.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let word = |index: usize| tokens.get(index).and_then(Token::word);
    let mut head = start;
    if word(head) == Some("pub") {
        head += 1;
        if tokens.get(head).is_some_and(|token| token.is('(')) {
            head = closing(tokens, head) + 1;
        }
    }
    let is_constant_function = word(head) == Some("const") && word(head + 1) == Some("fn");
    let is_statement = matches!(
        word(head),
        Some("use" | "const" | "static" | "type" | "let")
    );
    if let Some(open) = body(tokens, head).filter(|_| !is_statement || is_constant_function) {
        return closing(tokens, open);
    }
    let mut index = head;
    while let Some(token) = tokens.get(index).filter(|token| !token.is(';')) {
        let opens = ['(', '[', '{'].iter().any(|mark| token.is(*mark));
        index = if opens {
            closing(tokens, index) + 1
        } else {
            index + 1
        };
    }
    index.min(tokens.len().saturating_sub(1))
}

fn test_items(tokens: &[Token]) -> Vec<RangeInclusive<usize>> {
    let mut ranges = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let inner = tokens.get(index + 1).is_some_and(|token| token.is('!'));
        let open = if inner { index + 2 } else { index + 1 };
        if !token.is('#') || !tokens.get(open).is_some_and(|token| token.is('[')) {
            index += 1;
            continue;
        }
        let close = closing(tokens, open);
        if !is_test_attribute(tokens.get(open + 1..close).unwrap_or_default()) {
            index = close + 1;
        } else if inner {
            return vec![0..=tokens.len().saturating_sub(1)];
        } else {
            let end = item_end(tokens, after_attributes(tokens, close + 1));
            ranges.push(index..=end);
            index = end + 1;
        }
    }
    ranges
}

fn after_attributes(tokens: &[Token], start: usize) -> usize {
    let mut index = start;
    while tokens.get(index).is_some_and(|token| token.is('#')) {
        index = closing(tokens, index + 1) + 1;
    }
    index
}

fn is_test_attribute(attribute: &[Token]) -> bool {
    let path = attribute
        .iter()
        .take_while(|token| token.word().is_some() || token.is(':'));
    match path.filter_map(Token::word).last() {
        Some("cfg") => requires_test(attribute.get(2..).unwrap_or_default()),
        last => last == Some("test"),
    }
}

/// Whether the condition at the start of `tokens` holds in tests alone.
fn requires_test(tokens: &[Token]) -> bool {
    let inner = tokens.get(2..closing(tokens, 1)).unwrap_or_default();
    let mut depth = 0_u32;
    let mut conditions = inner.split(|token| {
        depth += u32::from(token.is('('));
        depth = depth.saturating_sub(u32::from(token.is(')')));
        depth == 0 && token.is(',')
    });
    match tokens.first().and_then(Token::word) {
        Some("all") => conditions.any(requires_test),
        // A comma may end the list.
        Some("any") => conditions
            .filter(|condition| !condition.is_empty())
            .all(requires_test),
        word => word == Some("test"),
    }
}

/// Adds the path or the tree of paths at `start` to `paths`; the index after it.
fn walk(
    tokens: &[Token],
    start: usize,
    prefix: &str,
    imported: bool,
    paths: &mut Vec<Named>,
) -> usize {
    let mark = |index: usize, mark| tokens.get(index).is_some_and(|token| token.is(mark));
    let mut path = prefix.to_owned();
    let mut index = start;
    let line = tokens.get(start).map_or(0, |token| token.line);
    while let Some(word) = tokens.get(index).and_then(Token::word) {
        path.push_str(if path.is_empty() { "" } else { "::" });
        path.push_str(word);
        if !(mark(index + 1, ':') && mark(index + 2, ':')) {
            paths.push(Named {
                path,
                line,
                imported,
            });
            return index + 1;
        }
        index += 3;
    }
    if mark(index, '*') {
        path.push_str("::*");
        index += 1;
    } else if mark(index, '{') {
        let end = closing(tokens, index);
        index += 1;
        while index < end {
            index = walk(tokens, index, &path, imported, paths);
            // What `as` renames it to is no path.
            while index < end && !mark(index, ',') {
                index += 1;
            }
            index += 1;
        }
        return end + 1;
    }
    paths.push(Named {
        path,
        line,
        imported,
    });
    index.max(start + 1)
}

#[cfg(test)]
mod tests;
