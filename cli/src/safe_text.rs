//! Remote text on its way to a terminal: what comes out cannot steer it, hide in it or imitate us.
//!
//! Invariants
//! - No control character, bidi control, invisible character or tag character leaves this module,
//!   but for the joiner inside an emoji; each is shown as an escape such as `\u{1b}`.
//! - Text is cut, broken and measured by grapheme clusters (UAX 29). One measure of columns holds
//!   for all of it, and it is additive: a text takes what its graphemes take.
//! - Each grapheme of a text made here shows something, and is bounded.
//! - [`line()`] and [`name()`] give one line. In what [`wrapped`] gives, every line but the first is
//!   indented, however long the text or wide the terminal, so that a text cannot look like the
//!   next message.
//! - What a text costs is linear in its length.
//! - Raw texts go to `--json` only.

mod character;
mod columns;
mod making;
mod rows;
mod safe;

#[cfg(test)]
pub(crate) mod corpus;

pub(crate) use columns::{padded, truncated, width};
pub(crate) use rows::{hang, wrapped};
pub(crate) use safe::Safe;

/// Makes a text safe and puts it on one line, for callers that go on with a `String`.
pub(crate) fn line(text: &str) -> String {
    Safe::line(text).into()
}

/// Makes a name safe for what commands print: in English whatever the language, as all of it.
pub(crate) fn named(text: &str) -> Safe {
    Safe::name(text).unwrap_or_else(|| "(no name)".into())
}

/// The same, for callers that go on with a `String`.
pub(crate) fn name(text: &str) -> String {
    named(text).into()
}

/// Makes a text safe for wherever it is pasted.
pub(crate) fn copied(text: &str) -> String {
    Safe::copied(text)
}

/// A code without what it got on its way: spaces and line ends, the frame that it was selected with, and the marks of a
/// quotation. No code has any of them.
pub(crate) fn bare_code(text: &str) -> String {
    let is_of_frame = |one: char| ('\u{2500}'..='\u{259f}').contains(&one);
    let is_of_quotation =
        |one: char| "|>\"'`".contains(one) || ('\u{2018}'..='\u{201f}').contains(&one);
    let kept = text
        .chars()
        .filter(|one| !one.is_whitespace() && !is_of_frame(*one) && !is_of_quotation(*one));
    kept.collect()
}

#[cfg(test)]
mod tests;
