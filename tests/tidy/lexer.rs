//! Rust text as words, marks and literals: enough to judge code without being misled by what
//! strings and comments say.
//!
//! Invariants
//! - Every text lexes; what is no Rust gives some tokens and no panic.
//! - Lines count from 1, and a token's line is the one it begins on.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword, without `r#`.
    Word(String),
    /// One character of punctuation.
    Mark(char),
    /// A string literal's content, escapes as written.
    Text(String),
    /// A number, character or lifetime.
    Other,
}

/// One token and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) line: usize,
}

impl Token {
    /// Whether this is the mark `mark`.
    pub(crate) fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// The word, if it is one.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Mark(_) | Kind::Text(_) | Kind::Other => None,
        }
    }

    /// The string's content, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            Kind::Word(_) | Kind::Mark(_) | Kind::Other => None,
        }
    }
}

/// A comment's line and text.
pub(crate) type Comment = (usize, String);

/// Splits `text` into its tokens and its comments.
pub(crate) fn lex(text: &str) -> (Vec<Token>, Vec<Comment>) {
    let mut lexer = Lexer {
        rest: text,
        line: 1,
        tokens: Vec::new(),
        comments: Vec::new(),
    };
    while lexer.step() {}
    (lexer.tokens, lexer.comments)
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
}

impl Lexer<'_> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        if self.rest.starts_with("//") {
            let comment = self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            self.comments.push((self.line, comment));
        } else if self.rest.starts_with("/*") {
            self.block_comment();
        } else if let Some((open, hashes)) = string_start(self.rest) {
            self.string(open, hashes);
        } else if first == '\'' {
            self.quote();
        } else if first.is_alphabetic() || first == '_' {
            self.word();
        } else if first.is_ascii_digit() {
            self.take(run(self.rest, |c| c.is_alphanumeric() || c == '_'));
            self.push(Kind::Other, self.line);
        } else {
            if !first.is_whitespace() {
                self.push(Kind::Mark(first), self.line);
            }
            self.take(first.len_utf8());
        }
        true
    }

    fn block_comment(&mut self) {
        let line = self.line;
        let mut depth = 0_u32;
        let mut length = 0;
        let mut rest = self.rest;
        while let Some(first) = rest.chars().next() {
            let step = if rest.starts_with("/*") {
                depth = depth.saturating_add(1);
                2
            } else if rest.starts_with("*/") {
                depth = depth.saturating_sub(1);
                2
            } else {
                first.len_utf8()
            };
            length += step;
            rest = rest.get(step..).unwrap_or_default();
            if depth == 0 {
                break;
            }
        }
        let comment = self.take(length);
        self.comments.push((line, comment));
    }

    fn string(&mut self, open: usize, hashes: Option<usize>) {
        let line = self.line;
        self.take(open);
        let (end, close) = match hashes {
            Some(hashes) => {
                let close = format!("\"{}", "#".repeat(hashes));
                (self.rest.find(&close), close.len())
            }
            None => (unescaped(self.rest, '"'), 1),
        };
        let content = self.take(end.unwrap_or(self.rest.len()));
        self.take(close.min(self.rest.len()));
        self.push(Kind::Text(content), line);
    }

    /// A character such as `'a'` or `'\n'`, or a lifetime such as `'a`.
    fn quote(&mut self) {
        let line = self.line;
        self.take(1);
        let mut characters = self.rest.chars();
        let (first, second) = (characters.next(), characters.next());
        let length = if first == Some('\\') || second == Some('\'') {
            unescaped(self.rest, '\'').map_or(self.rest.len(), |end| end + 1)
        } else {
            run(self.rest, |c| c.is_alphanumeric() || c == '_')
        };
        self.take(length);
        self.push(Kind::Other, line);
    }

    fn word(&mut self) {
        if self.rest.starts_with("r#") {
            self.take(2);
        }
        let word = self.take(run(self.rest, |c| c.is_alphanumeric() || c == '_'));
        self.push(Kind::Word(word), self.line);
    }

    fn push(&mut self, kind: Kind, line: usize) {
        self.tokens.push(Token { kind, line });
    }

    fn take(&mut self, length: usize) -> String {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken.to_owned()
    }
}

/// The length of the opening of a string literal at the start of `rest`, and for a raw one the
/// number of its hashes.
fn string_start(rest: &str) -> Option<(usize, Option<usize>)> {
    let prefix = ["br", "cr", "b", "c", "r", ""]
        .into_iter()
        .find(|p| rest.starts_with(p))?;
    let after = rest.get(prefix.len()..)?;
    let hashes = if prefix.ends_with('r') {
        run(after, |c| c == '#')
    } else {
        0
    };
    let opens = after.get(hashes..)?.starts_with('"');
    opens.then_some((
        prefix.len() + hashes + 1,
        prefix.ends_with('r').then_some(hashes),
    ))
}

fn unescaped(text: &str, wanted: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(index, character)| {
        let found = character == wanted && !escaped;
        escaped = character == '\\' && !escaped;
        found.then_some(index)
    })
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        lex(text)
            .0
            .iter()
            .filter_map(|token| token.word().map(str::to_owned))
            .collect()
    }

    #[test]
    fn strings_comments_and_characters_hide_what_they_say() {
        let text = r####"a "b \" c" r#"d " e"# b"f" '"' /* g /* h */ i */ 'x: j // k"####;
        assert_eq!(words(text), ["a", "j"]);
    }

    #[test]
    fn a_raw_identifier_is_its_word() {
        assert_eq!(words("r#type"), ["type"]);
    }

    #[test]
    fn an_escaped_quote_is_a_character() {
        assert_eq!(words(r"a '\'' b '\\' c '\u{1F}' d"), ["a", "b", "c", "d"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let (tokens, comments) = lex("\"x\ny\" /* z\n */ a // b");
        assert_eq!(tokens.last().map(|token| token.line), Some(3));
        assert_eq!(
            comments,
            [(2, "/* z\n */".to_owned()), (3, "// b".to_owned())]
        );
    }

    #[test]
    fn unfinished_text_ends_without_a_panic() {
        for text in ["\"a", "'", "/* a", "r##\"a\"#", "'\\", "b'", "r#"] {
            lex(text);
        }
    }
}
