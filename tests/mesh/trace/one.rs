//! Contact traces as the ONE simulator writes and reads them: `<seconds> CONN <node> <node> up|down`, a line
//! each.
//!
//! Invariants
//! - A file is read within limits, and what is wrong with it is said with the number of its line.
//! - Empty lines and those that begin with `#` say nothing.

use std::collections::BTreeSet;

use super::{Change, HOUR, SECOND, Trace};

/// Longest file.
pub(crate) const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Most lines that say something.
pub(crate) const LINES_MAX: usize = 10_000_000;
/// Most nodes: their numbers are below this.
pub(crate) const NODES_MAX: usize = 100_000;
/// Longest time, in seconds: ten years.
pub(crate) const TIME_SECONDS_MAX: u64 = 315_360_000;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Not five words, with `CONN` the second and `up` or `down` the last.
    Words,
    /// No time in seconds up to [`TIME_SECONDS_MAX`].
    Time,
    /// A node that is no number below [`NODES_MAX`], or the same twice.
    Node,
    /// A time before that of the line above.
    Back,
    /// Up while it is up, or down while it is not.
    Turn,
    /// One line more than [`LINES_MAX`].
    Lines,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Its number, from 1 on.
    pub(crate) line: usize,
    /// What is wrong with it.
    pub(crate) wrong: Wrong,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let wrong = match self.wrong {
            Wrong::Words => "not `<seconds> CONN <node> <node> up|down`".to_owned(),
            Wrong::Time => format!("no time in seconds up to {TIME_SECONDS_MAX}"),
            Wrong::Node => format!("not two different nodes numbered below {NODES_MAX}"),
            Wrong::Back => "earlier than the line before".to_owned(),
            Wrong::Turn => "up twice, or down without having been up".to_owned(),
            Wrong::Lines => format!("more than {LINES_MAX} lines"),
        };
        write!(f, "line {}: {wrong}", self.line)
    }
}

impl std::error::Error for Malformed {}

/// Reads a trace. What is up at its end goes down there; mail lives for half of it.
///
/// # Errors
/// [`Malformed`] with the first line that is.
pub(crate) fn parse(name: &str, text: &str) -> Result<Trace, Malformed> {
    parse_within(name, text, LINES_MAX)
}

fn parse_within(name: &str, text: &str, lines_max: usize) -> Result<Trace, Malformed> {
    let mut changes: Vec<Change> = Vec::new();
    let mut up = BTreeSet::new();
    let mut end = 0;
    for (line, words) in text
        .lines()
        .zip(1..)
        .map(|(text, line)| (line, text.trim()))
    {
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let malformed = |wrong| Malformed { line, wrong };
        if changes.len() >= lines_max {
            return Err(malformed(Wrong::Lines));
        }
        let change = change(words).map_err(malformed)?;
        if change.at < end {
            return Err(malformed(Wrong::Back));
        }
        let turned = if change.is_up {
            up.insert(change.pair)
        } else {
            up.remove(&change.pair)
        };
        if !turned {
            return Err(malformed(Wrong::Turn));
        }
        end = change.at;
        changes.push(change);
    }
    changes.extend(up.into_iter().map(|pair| Change {
        at: end,
        is_up: false,
        pair,
    }));
    let nodes = changes.iter().map(|change| change.pair.1 + 1).max();
    let hours = u16::try_from(end / HOUR / 2).unwrap_or(u16::MAX);
    Ok(Trace {
        name: name.to_owned(),
        about: "read from a file".to_owned(),
        nodes: nodes.unwrap_or(0),
        changes,
        end,
        lifetime_hours: hours.clamp(1, tidings_protocol::envelope::LIFETIME_HOURS_MAX),
    })
}

fn change(line: &str) -> Result<Change, Wrong> {
    let mut words = line.split_whitespace();
    let mut word = || words.next().ok_or(Wrong::Words);
    let (time, kind, one, other, turn) = (word()?, word()?, word()?, word()?, word()?);
    let is_up = match turn {
        "up" => true,
        "down" => false,
        _ => return Err(Wrong::Words),
    };
    if kind != "CONN" || words.next().is_some() {
        return Err(Wrong::Words);
    }
    let (one, other) = (node(one)?, node(other)?);
    if one == other {
        return Err(Wrong::Node);
    }
    Ok(Change {
        at: time_of(time)?,
        is_up,
        pair: (one.min(other), one.max(other)),
    })
}

fn node(word: &str) -> Result<usize, Wrong> {
    let number = digits(word).ok_or(Wrong::Node)?;
    let node = usize::try_from(number).map_err(|_| Wrong::Node)?;
    (node < NODES_MAX).then_some(node).ok_or(Wrong::Node)
}

/// Milliseconds; what is finer is cut off.
fn time_of(word: &str) -> Result<u64, Wrong> {
    let (seconds, fraction) = word.split_once('.').unwrap_or((word, "0"));
    let seconds = digits(seconds).ok_or(Wrong::Time)?;
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Wrong::Time);
    }
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let millis = seconds
        .checked_mul(SECOND)
        .and_then(|whole| whole.checked_add(digits(&thousandths)?))
        .ok_or(Wrong::Time)?;
    (millis <= TIME_SECONDS_MAX * SECOND)
        .then_some(millis)
        .ok_or(Wrong::Time)
}

/// A number of digits alone.
fn digits(word: &str) -> Option<u64> {
    let only = word.bytes().all(|byte| byte.is_ascii_digit());
    only.then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{communities, fault};
    use tidings_tests::chance::Chance;

    fn write(trace: &Trace) -> String {
        let line = |change: &Change| {
            let turn = if change.is_up { "up" } else { "down" };
            let (whole, rest) = (change.at / SECOND, change.at % SECOND);
            let (one, other) = change.pair;
            format!("{whole}.{rest:03} CONN {other} {one} {turn}\n")
        };
        trace.changes.iter().map(line).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let trace = communities::generate(50, &mut Chance::new(8));
        let read = parse("x", &write(&trace)).unwrap();
        assert_eq!(read.changes, trace.changes);
        assert_eq!(read.nodes, trace.nodes);
        assert_eq!(fault(&read), None);
    }

    #[test]
    fn fractions_comments_blanks_and_what_never_ends_are_read() {
        let text =
            "# a comment\r\n\n 0 CONN 1 0 up\r\n7.25 CONN 0 3 up\n7200.00019\tCONN 0 1 down\n";
        let read = parse("x", text).unwrap();
        let seen: Vec<_> = read
            .changes
            .iter()
            .map(|change| (change.at, change.is_up, change.pair))
            .collect();
        let expected = [
            (0, true, (0, 1)),
            (7_250, true, (0, 3)),
            (7_200_000, false, (0, 1)),
            (7_200_000, false, (0, 3)),
        ];
        assert_eq!(seen, expected);
        assert_eq!(
            (read.nodes, read.end, read.lifetime_hours),
            (4, 7_200_000, 1)
        );
        assert_eq!(parse("x", "").unwrap().nodes, 0);
    }

    #[test]
    fn a_wrong_line_is_refused_by_its_number() {
        let good = "# first\n1 CONN 0 1 up\n";
        for (line, wrong) in [
            ("2 CONN 0 1", Wrong::Words),
            ("2 CONN 0 1 down 3", Wrong::Words),
            ("2 CONN 0 1 sideways", Wrong::Words),
            ("2 CONN 0 1 UP", Wrong::Words),
            ("2 C M1 0 1", Wrong::Words),
            ("2 DISC 0 1 down", Wrong::Words),
            ("-2 CONN 0 1 down", Wrong::Time),
            ("+2 CONN 0 1 down", Wrong::Time),
            ("2. CONN 0 1 down", Wrong::Time),
            (".5 CONN 0 1 down", Wrong::Time),
            ("1e3 CONN 0 1 down", Wrong::Time),
            ("NaN CONN 0 1 down", Wrong::Time),
            ("99999999999999999999 CONN 0 1 down", Wrong::Time),
            ("2 CONN 0 -1 down", Wrong::Node),
            ("2 CONN 0 n1 down", Wrong::Node),
            ("2 CONN 1 1 down", Wrong::Node),
            ("0.999 CONN 0 1 down", Wrong::Back),
            ("2 CONN 1 0 up", Wrong::Turn),
            ("2 CONN 0 2 down", Wrong::Turn),
        ] {
            let expected = Malformed { line: 3, wrong };
            assert_eq!(
                parse("x", &format!("{good}{line}\n")),
                Err(expected),
                "{line}"
            );
        }
    }

    #[test]
    fn limits_themselves_are_read_and_one_more_is_not() {
        let of_node = |node: usize| parse("x", &format!("1 CONN 0 {node} up"));
        assert_eq!(of_node(NODES_MAX - 1).unwrap().nodes, NODES_MAX);
        assert_eq!(of_node(NODES_MAX).unwrap_err().wrong, Wrong::Node);
        let at = |time: &str| parse("x", &format!("{time} CONN 0 1 up"));
        assert!(at(&format!("{TIME_SECONDS_MAX}")).is_ok());
        assert_eq!(
            at(&format!("{TIME_SECONDS_MAX}.001")).unwrap_err().wrong,
            Wrong::Time
        );
        let text = "1 CONN 0 1 up\n\n#\n2 CONN 0 1 down\n3 CONN 0 1 up\n";
        assert!(parse_within("x", text, 3).is_ok());
        let refused = Malformed {
            line: 5,
            wrong: Wrong::Lines,
        };
        assert_eq!(parse_within("x", text, 2), Err(refused.clone()));
        assert_eq!(
            refused.to_string(),
            format!("line 5: more than {LINES_MAX} lines")
        );
    }
}
