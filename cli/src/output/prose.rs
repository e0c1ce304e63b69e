//! Our own sentences on a terminal of any width: broken between words, never inside one.
//!
//! Invariants
//! - A word that is wider than the terminal stays whole, so that what is copied from there, such
//!   as an invite code, is whole too.
//! - Further rows of a line are indented as its first.

use crate::safe_text::width;

/// Breaks each line of a text that is safe already into rows of at most `columns`.
pub(crate) fn wrapped(text: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else {
        return text.to_owned();
    };
    let lines: Vec<String> = text.split('\n').map(|line| rows(line, columns)).collect();
    lines.join("\n")
}

fn rows(line: &str, columns: usize) -> String {
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let mut out = String::new();
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        // The space behind a word may hang over the edge: it does not show.
        let shown = width(word.trim_end_matches(' '));
        if used > width(&indent) && shown > 0 && used + shown > columns {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(&indent);
            used = width(&indent);
        }
        out.push_str(word);
        used += width(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_between_words_and_its_rows_fit() {
        let text = "Messages go from your device to your friends' devices: there is no server.";
        for columns in [20, 40, 80] {
            let rows = wrapped(text, Some(columns));
            assert!(rows.lines().all(|row| width(row) <= columns), "{rows}");
            assert_eq!(rows.split_whitespace().collect::<Vec<_>>().join(" "), text);
        }
    }

    #[test]
    fn a_word_ends_exactly_at_the_edge() {
        assert_eq!(wrapped("ab cd ef", Some(5)), "ab cd\nef");
        assert_eq!(wrapped("ab cd ef", Some(4)), "ab\ncd\nef");
    }

    #[test]
    fn a_word_that_is_too_wide_stays_whole() {
        assert_eq!(wrapped("a abcdefgh b", Some(4)), "a\nabcdefgh\nb");
    }

    #[test]
    fn indents_and_empty_lines_stay() {
        assert_eq!(wrapped("\n  ab cd\n\n", Some(5)), "\n  ab\n  cd\n\n");
        assert_eq!(wrapped("any text at all", None), "any text at all");
    }
}
