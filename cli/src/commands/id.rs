//! `tidings id`: who this profile is.

use tidings_node::api::{GetIdentity, Identity};

use crate::failure::{Exit, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

/// Words on one line at most.
const WORDS_A_LINE: usize = 6;

/// Columns that a word takes at most, with the space behind it.
const WORD_COLUMNS: usize = 9;

/// Columns before the values of [`plain`].
const LABEL_COLUMNS: usize = 14;

pub(super) async fn run(session: &Session, output: Output) -> Outcome {
    let identity = session.call(GetIdentity {}).await?;
    output.result("identity", &identity, || plain(&identity, output.columns()))?;
    Ok(Exit::Done)
}

/// An identity for a person, on a terminal of so many columns.
pub(super) fn plain(identity: &Identity, columns: Option<usize>) -> String {
    let room = columns.map(|columns| columns.saturating_sub(LABEL_COLUMNS));
    output::fields(&[
        ("Name", safe_text::name(&identity.name)),
        ("Person", identity.person.to_string()),
        ("Device", identity.device.to_string()),
        ("Safety words", words(&identity.safety_words, room)),
    ])
}

/// Words for reading aloud, as many a line as fit into `columns`.
pub(super) fn words(words: &[String], columns: Option<usize>) -> String {
    let fitting = columns.map_or(WORDS_A_LINE, |columns| columns / WORD_COLUMNS);
    let lines: Vec<String> = words
        .chunks(fitting.clamp(1, WORDS_A_LINE))
        .map(|line| {
            line.iter()
                .map(|word| safe_text::line(word))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_rows_that_fit() {
        let all: Vec<String> = ["abstract", "zoo"]
            .repeat(6)
            .into_iter()
            .map(str::to_owned)
            .collect();
        for (columns, rows) in [(None, 2), (Some(80), 2), (Some(26), 6), (Some(3), 12)] {
            let text = words(&all, columns);
            assert_eq!(text.lines().count(), rows, "{columns:?}");
            let room = columns.unwrap_or(80).max(WORD_COLUMNS);
            assert!(text.lines().all(|line| line.len() <= room));
        }
    }
}
