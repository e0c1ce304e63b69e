//! `tidings id`: who this profile is.

use tidings_node::api::{GetIdentity, Identity};

use crate::failure::{Exit, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

/// Words on one line.
const WORDS_A_LINE: usize = 6;

pub(super) async fn run(session: &Session, output: Output) -> Outcome {
    let identity = session.call(GetIdentity {}).await?;
    output.result("identity", &identity, || plain(&identity))?;
    Ok(Exit::Done)
}

/// An identity for a person.
pub(super) fn plain(identity: &Identity) -> String {
    output::fields(&[
        ("Name", safe_text::name(&identity.name)),
        ("Person", identity.person.to_string()),
        ("Device", identity.device.to_string()),
        ("Safety words", words(&identity.safety_words)),
    ])
}

/// Words for reading aloud, some a line.
pub(super) fn words(words: &[String]) -> String {
    let lines: Vec<String> = words
        .chunks(WORDS_A_LINE)
        .map(|line| {
            line.iter()
                .map(|word| safe_text::line(word))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    lines.join("\n")
}
