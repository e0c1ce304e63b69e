//! `tidings id`: who this profile is, and by which peer id others in the network know it.

use serde::Serialize;
use tidings_node::api::{GetIdentity, Identity, RotatePeerId};
use tidings_node::request_id;

use crate::args::{IdArgs, IdCommand};
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

/// What is printed when another peer id was asked for.
#[derive(Debug, Serialize)]
struct Rotated {
    /// Whether a node runs, which has the one before until it ends.
    running: bool,
}

pub(super) async fn run(session: &Session, output: Output, args: IdArgs) -> Outcome {
    match args.command {
        None => show(session, output).await,
        Some(IdCommand::Rotate) => rotate(session, output).await,
    }
}

async fn show(session: &Session, output: Output) -> Outcome {
    let identity = session.call(GetIdentity {}).await?;
    output.result("identity", &identity, || plain(&identity, output.columns()))?;
    Ok(Exit::Done)
}

async fn rotate(session: &Session, output: Output) -> Outcome {
    let request = request_id();
    session.call(RotatePeerId { request }).await?;
    let running = session.goes_on().await;
    output.result("rotated", &Rotated { running }, || {
        output.prose(rotated(running))
    })?;
    Ok(Exit::Done)
}

/// What a person is told who asked for another peer id.
const fn rotated(running: bool) -> &'static str {
    if running {
        "This device has another peer id once its node starts again, and the one before until then: \
         `tidings daemon stop`, then start it as before. Contacts learn it by themselves. It listens at other ports then, \
         but for those that are set. Invite codes that nobody has used yet lead here no more but by way of others: make new ones."
    } else {
        "This device has another peer id from now on. Contacts learn it by themselves. It listens at other ports, \
         but for those that are set. Invite codes that nobody has used yet lead here no more but by way of others: make new ones."
    }
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
pub(crate) fn words(words: &[String], columns: Option<usize>) -> String {
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
    use crate::safe_text::corpus;

    #[test]
    fn whoever_has_a_node_that_runs_is_told_to_start_it_again() {
        assert!(rotated(true).contains("`tidings daemon stop`"));
        assert!(!rotated(false).contains("daemon"));
    }

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

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| {
            let identity = Identity {
                person: crate::output::sample::id('a'),
                device: crate::output::sample::id('a'),
                name: text.to_owned(),
                safety_words: vec![text.to_owned()],
            };
            plain(&identity, None) + &plain(&identity, Some(40))
        });
    }
}
