//! What may be said above debug, in a log that people keep and show to others: words of ours, counts and kinds. Names,
//! texts, ids, peer ids and addresses may not.

use crate::lexer::{Kind, Token};
use crate::source::Source;
use crate::tree::{Tree, is_test_file};

/// Macros whose lines are kept.
const KEPT: &[&str] = &["info", "warn", "error"];
/// What carries its arguments into the lines of others, which may be kept.
const CARRIERS: &[&str] = &[
    "event",
    "span",
    "instrument",
    "error_span",
    "warn_span",
    "info_span",
    "debug_span",
    "trace_span",
];
/// Every word that may stand in such a macro. An `error` is one of the store or of the system: those of
/// libp2p and of documents name addresses, peers and actors. A `name` is that of a thread.
const ALLOWED: &[&str] = &[
    "as_str",
    "env",
    "error",
    "kind",
    "listening",
    "mode",
    "name",
    "self",
    "summary",
    "version",
];

pub(crate) fn offences(tree: &Tree) -> Vec<String> {
    let ours = |path: &str| {
        let crates = ["protocol/src/", "store/src/", "node/src/", "cli/src/"];
        crates.iter().any(|start| path.starts_with(start)) && !is_test_file(path)
    };
    let files = tree.ending(".rs").filter(|(path, _)| ours(path));
    files
        .flat_map(|(path, text)| in_source(path, text))
        .collect()
}

fn in_source(path: &str, text: &str) -> Vec<String> {
    let source = Source::read(text);
    let tokens: Vec<&Token> = source.shipped().collect();
    let mut offences = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some(word) = token.word() else { continue };
        let follows = |offset: usize, mark| {
            let next = tokens.get(index + offset);
            next.is_some_and(|token| token.is(mark))
        };
        let is_of_tracing = index.checked_sub(3).is_some_and(|start| {
            let crate_name = tokens.get(start).and_then(|token| token.word());
            crate_name == Some("tracing")
        });
        if is_of_tracing && CARRIERS.contains(&word) {
            offences.push(format!(
                "{path}:{}: `{word}` takes arguments into lines that are kept",
                token.line
            ));
        }
        if KEPT.contains(&word) && follows(1, '!') && follows(2, '(') {
            offences.extend(said(
                path,
                word,
                tokens.get(index + 3..).unwrap_or_default(),
            ));
        }
    }
    offences
}

/// The offences in the arguments of a macro, up to the bracket that closes them.
fn said(path: &str, macro_name: &str, arguments: &[&Token]) -> Vec<String> {
    let mut depth = 1_usize;
    let mut offences = Vec::new();
    for token in arguments {
        if token.is('(') {
            depth += 1;
        } else if token.is(')') {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            break;
        }
        let line = token.line;
        match &token.kind {
            Kind::Word(word) if !ALLOWED.contains(&word.as_str()) => offences.push(format!(
                "{path}:{line}: `{word}` in `{macro_name}!`: is it never a name, text, id or address?"
            )),
            Kind::Text(text) if text.contains('{') => offences.push(format!(
                "{path}:{line}: `{macro_name}!` fills something into its words: make it a field"
            )),
            Kind::Word(_) | Kind::Text(_) | Kind::Mark(_) | Kind::Other => {}
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        let text = format!("fn f() {{ {text} }}");
        offences(&Tree::of(&[("node/src/net.rs", &text)])).len()
    }

    #[test]
    fn a_peer_an_address_or_a_name_above_debug_fails() {
        for text in [
            "tracing::info!(?peer, \"met\");",
            "tracing::warn!(address = %listen, \"gone\");",
            "tracing::error!(%error, contact.title, \"no\");",
            "warn!(id = message.id(), \"sent\");",
            "tracing::info!(\"met {peer}\");",
            "tracing::info!(\"met {}\", version);",
        ] {
            assert!(count(text) > 0, "{text}");
        }
    }

    #[test]
    fn what_takes_arguments_into_every_line_fails() {
        assert_eq!(count("let s = tracing::info_span!(\"peer\", version);"), 1);
        assert_eq!(count("tracing::event!(level, peer);"), 1);
    }

    #[test]
    fn counts_kinds_and_words_of_ours_pass_and_so_does_what_developers_see() {
        assert_eq!(
            count("tracing::warn!(kind = ?error.kind(), \"peer is gone\");"),
            0
        );
        assert_eq!(
            count("tracing::debug!(?peer, %address, \"met {peer}\");"),
            0
        );
        assert_eq!(count("let event = info(peer); error.span(peer);"), 0);
    }

    #[test]
    fn tests_may() {
        let tested = "#[cfg(test)]\nmod tests { fn f() { tracing::info!(?peer, \"x\"); } }";
        assert!(offences(&Tree::of(&[("cli/src/a.rs", tested)])).is_empty());
        let elsewhere = "fn f() { tracing::info!(?peer, \"x\"); }";
        assert!(offences(&Tree::of(&[("tests/bench/a.rs", elsewhere)])).is_empty());
    }
}
