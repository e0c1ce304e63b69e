//! A line above the prompt that does not stay: it is taken away for what comes, and once it is over.
//!
//! Invariants
//! - The row that is taken away is its own: once a line was entered below it, it is left where it is.

/// Up one row, and empties it.
const TAKE_AWAY: &str = "\u{1b}[1A\r\u{1b}[2K";
/// Back to the emptied row, by a line end as whoever prints expects.
const STAY: &str = "\u{1b}[1A\n";

/// The line, of one row, and whether it stands right above the prompt.
#[derive(Debug, Default)]
pub(super) struct Passing {
    line: Option<String>,
    is_drawn: bool,
}

impl Passing {
    /// What to print for `text`, which ends its line, to stay above this one; `entered` says whether
    /// a line was since the last call.
    pub(super) fn below(&mut self, text: &str, entered: bool) -> String {
        let mut out = String::new();
        if std::mem::take(&mut self.is_drawn) && !entered {
            out.push_str(TAKE_AWAY);
        }
        out.push_str(text);
        if let Some(line) = &self.line {
            out.push_str(line);
            out.push('\n');
            self.is_drawn = true;
        }
        out
    }

    /// What to print for the line to be another, or none.
    pub(super) fn change(&mut self, line: Option<String>, entered: bool) -> Option<String> {
        self.line = line;
        let mut out = self.below("", entered);
        if out == TAKE_AWAY {
            out.push_str(STAY);
        }
        (!out.is_empty()).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal shows that was sent this, row by row.
    fn shown(sent: &[String]) -> Vec<String> {
        let mut rows = vec![String::new()];
        let mut at = 0;
        let all = sent.concat();
        let mut rest = all.as_str();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(TAKE_AWAY) {
                at -= 1;
                rows[at].clear();
                rest = after;
            } else if let Some(after) = rest.strip_prefix(STAY) {
                rest = after;
            } else if let Some(after) = rest.strip_prefix('\n') {
                at += 1;
                rows.resize(rows.len().max(at + 1), String::new());
                rest = after;
            } else {
                let end = rest.find(['\n', '\u{1b}']).unwrap_or(rest.len());
                rows[at].push_str(&rest[..end]);
                rest = &rest[end..];
            }
        }
        rows.truncate(at);
        rows
    }

    #[test]
    fn a_line_that_passes_makes_room_for_what_comes_and_goes_when_it_is_over() {
        let mut passing = Passing::default();
        let mut sent = vec![passing.below("one\n", false)];
        sent.extend(passing.change(Some("Ben is typing".to_owned()), false));
        assert_eq!(shown(&sent), ["one", "Ben is typing"]);
        sent.push(passing.below("two\n", false));
        assert_eq!(shown(&sent), ["one", "two", "Ben is typing"]);
        sent.extend(passing.change(Some("Cleo is typing".to_owned()), false));
        assert_eq!(shown(&sent), ["one", "two", "Cleo is typing"]);
        sent.extend(passing.change(None, false));
        assert_eq!(shown(&sent), ["one", "two"]);
        assert_eq!(passing.change(None, false), None);
    }

    #[test]
    fn what_stands_above_a_line_that_was_entered_meanwhile_is_left_there() {
        let mut passing = Passing::default();
        let mut sent = vec![passing.below("one\n", false)];
        sent.extend(passing.change(Some("Ben is typing".to_owned()), false));
        sent.push("prompt: hello\n".to_owned());
        sent.extend(passing.change(None, true));
        assert_eq!(shown(&sent), ["one", "Ben is typing", "prompt: hello"]);
        sent.extend(passing.change(Some("Ben is typing".to_owned()), false));
        sent.extend(passing.change(None, false));
        assert_eq!(shown(&sent), ["one", "Ben is typing", "prompt: hello"]);
    }
}
