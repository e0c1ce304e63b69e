//! `tidings sync`: connects, exchanges, and ends.

use std::time::Duration;

use tidings_node::api::{Sync, Synced, Who};
use tidings_node::words::counted;

use super::status;
use crate::args::SyncArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::safe_text;
use crate::session::Session;
use crate::texts::Texts;

/// How long it is silent before it says what it is waiting for.
const SILENCE: Duration = Duration::from_secs(2);
/// Names that are told of several.
const NAMES_MAX: usize = 3;

pub(super) async fn run(session: &Session, output: Output, args: SyncArgs) -> Outcome {
    let timeout = args.timeout.as_millis();
    let sync = session.call(Sync {
        who: args.who.map(Who),
        timeout,
    });
    let alone = session.why_alone(&Texts::default()).await.map(String::from);
    tokio::pin!(sync);
    let soon = tokio::time::timeout(SILENCE, &mut sync).await.ok();
    let synced = match soon {
        Some(synced) => synced?,
        None => {
            output.note(&format!(
                "Still trying, for {} seconds at most...",
                timeout.div_ceil(1_000)
            ));
            sync.await?
        }
    };
    output.result("sync", &synced, || plain(&synced))?;
    for other in &synced.other_versions {
        output.note(&status::other_version(other));
    }
    if synced.queued > 0 {
        let next = if let Some(why) = &alone {
            why
        } else if synced.other_versions.is_empty() {
            "try again when they are online, or keep `tidings daemon run` running."
        } else {
            "it goes on when both sides run versions that understand each other."
        };
        return Err(Failure::not_reached(format!(
            "not everything could be delivered. It stays queued: {next}"
        )));
    }
    if let Some(why) = alone {
        output.note(&why);
    }
    Ok(Exit::Done)
}

/// What came of it, for a person.
fn plain(synced: &Synced) -> String {
    let mut said = format!(
        "Reached {} of {}.",
        synced.reached,
        counted(synced.tried, "contact")
    );
    if synced.received > 0 {
        said.push_str(&format!(
            " {} came.",
            counted(synced.received, "new message")
        ));
    }
    if synced.carried > 0 {
        let (be, they) = if synced.carried == 1 {
            ("is", "it is")
        } else {
            ("are", "they are")
        };
        said.push_str(&format!(
            " {} {be} carried by {} until {they} fetched.",
            counted(synced.carried, "message"),
            carriers(&synced.carried_by)
        ));
    }
    said.push_str(&match synced.queued {
        0 => " No message is waiting to be delivered.".to_owned(),
        1 => " 1 message is waiting to be delivered.".to_owned(),
        more => format!(" {more} messages are waiting to be delivered."),
    });
    said.push_str(&match synced.joining {
        0 => String::new(),
        1 => " 1 code that was used here is not answered yet.".to_owned(),
        more => format!(" {more} codes that were used here are not answered yet."),
    });
    said
}

/// The first few of those who carry something, and how many there are beside.
fn carriers(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(NAMES_MAX)
        .map(|name| safe_text::name(name))
        .collect();
    match (shown.is_empty(), names.len().saturating_sub(NAMES_MAX)) {
        (true, _) => "others".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;

    fn synced() -> Synced {
        Synced {
            reached: 1,
            tried: 2,
            queued: 0,
            carried: 0,
            carried_by: Vec::new(),
            received: 0,
            joining: 0,
            other_versions: Vec::new(),
        }
    }

    #[test]
    fn a_code_that_is_not_answered_yet_is_said() {
        let said = |joining| {
            plain(&Synced {
                joining,
                ..synced()
            })
        };
        assert!(!said(0).contains("code"));
        assert!(said(1).ends_with("1 code that was used here is not answered yet."));
        assert!(said(2).ends_with("2 codes that were used here are not answered yet."));
    }

    #[test]
    fn what_is_carried_waits_for_nothing_here_and_says_by_whom() {
        let said = plain(&Synced {
            carried: 3,
            carried_by: vec!["Carla".to_owned()],
            ..synced()
        });
        assert_eq!(
            said,
            "Reached 1 of 2 contacts. 3 messages are carried by Carla until they are fetched. No message is \
             waiting to be delivered."
        );
    }

    #[test]
    fn what_came_and_what_waits_is_counted() {
        let said = plain(&Synced {
            received: 1,
            queued: 2,
            carried: 1,
            carried_by: vec!["Carla\u{1b}[2J".to_owned()],
            ..synced()
        });
        assert!(said.contains("1 new message came."), "{said}");
        assert!(said.contains("1 message is carried by Carla"), "{said}");
        assert!(
            said.contains("until it is fetched. 2 messages are waiting"),
            "{said}"
        );
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }

    #[test]
    fn up_to_three_carriers_are_named_and_the_rest_is_counted() {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(carriers(&names[..NAMES_MAX]), "a, b, c");
        assert_eq!(carriers(&names), "a, b, c and 1 more");
        assert_eq!(carriers(&[]), "others");
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| {
            plain(&Synced {
                carried: 3,
                carried_by: vec![text.to_owned(), text.to_owned()],
                other_versions: vec![tidings_node::api::OtherVersion {
                    person: crate::output::sample::id('b'),
                    name: text.to_owned(),
                    newer: true,
                }],
                ..synced()
            })
        });
    }
}
