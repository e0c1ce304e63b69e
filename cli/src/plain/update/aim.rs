//! What is done to a message: which one is meant, by its number, and what is asked of the node about it.
//!
//! Invariants
//! - A number counts back from the message that was shown last in the open conversation, which is 1.
//! - Whose message is meant and how it begins is said before anything is asked; before it is deleted, that is confirmed.

use tidings_node::OperationId;
use tidings_node::api::{Delivery, Message};

use super::shown::{Facts, Trace};
use super::{Effect, Question, State, hint, text};
use crate::chat::{Ask, Place};
use crate::output;
use crate::safe_text;

/// A message that is meant.
struct Aim<'a> {
    place: Place,
    id: OperationId,
    trace: &'a Trace,
    facts: &'a Facts,
}

impl Aim<'_> {
    /// Whose it is and how it begins.
    fn said(&self) -> String {
        said(self.trace, self.facts)
    }
}

fn said(trace: &Trace, facts: &Facts) -> String {
    let start = match (facts.deleted, trace.start.as_str()) {
        (true, _) => "(deleted)",
        (false, "") => "(no text)",
        (false, start) => start,
    };
    format!("{}: {start}", trace.author)
}

/// What is done to a message; nothing if the verb is none of that kind.
pub(super) fn run(state: &mut State, verb: &str, rest: &str) -> Option<Vec<Effect>> {
    let done = match verb {
        "reply" => reply(state, rest),
        "edit" => edit(state, rest),
        "delete" => delete(state, rest, false),
        "delete-for-me" => delete(state, rest, true),
        "react" => react(state, rest),
        "pin" => pin(state, rest),
        "details" => details(state, rest),
        _ => return None,
    };
    // What is refused is said as what is done.
    Some(done.unwrap_or_else(|refused| refused))
}

type Done = Result<Vec<Effect>, Vec<Effect>>;

fn refused<T>(why: impl Into<String>) -> Result<T, Vec<Effect>> {
    Err(vec![hint(why)])
}

/// The message of that number in the open conversation.
fn aim(state: &State, number: usize) -> Result<Aim<'_>, Vec<Effect>> {
    let Some(place) = state.open else {
        return refused("Open a conversation first: /chat NAME");
    };
    match state.shown.back(number) {
        Some((id, trace, facts)) => Ok(Aim {
            place,
            id,
            trace,
            facts,
        }),
        None => refused(format!(
            "No message {number} was shown here: 1 is the last, 2 the one before. /read shows more."
        )),
    }
}

/// One whose text is there.
fn aim_at_text(state: &State, number: usize) -> Result<Aim<'_>, Vec<Effect>> {
    let aim = aim(state, number)?;
    if aim.facts.deleted {
        return refused(format!("Message {number} is deleted."));
    }
    Ok(aim)
}

/// A number, and what follows it.
fn numbered(rest: &str) -> Option<(usize, &str)> {
    let (number, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some((number.parse().ok()?, text.trim()))
}

/// A number that may be left out: then it is the last message.
fn number(rest: &str, verb: &str) -> Result<usize, Vec<Effect>> {
    match (rest, rest.parse()) {
        ("", _) => Ok(1),
        (_, Ok(number)) => Ok(number),
        (_, Err(_)) => refused(format!("Give a number: /{verb} 2")),
    }
}

fn reply(state: &State, rest: &str) -> Done {
    let Some((number, text)) = numbered(rest).filter(|(_, text)| !text.is_empty()) else {
        return refused("Which message, and with what? /reply N TEXT");
    };
    let aim = aim_at_text(state, number)?;
    Ok(vec![
        hint(format!("Answering {}", aim.said())),
        Effect::Ask(Ask::Send {
            place: aim.place,
            text: text.to_owned(),
            reply_to: Some(aim.id),
        }),
    ])
}

fn edit(state: &State, rest: &str) -> Done {
    let (number, text) = match numbered(rest) {
        Some(numbered) => numbered,
        None => match (state.open, state.shown.last_own()) {
            (Some(_), None) => {
                return refused("Nothing of yours was shown here. /read shows more.");
            }
            (_, number) => (number.unwrap_or(1), rest),
        },
    };
    if text.is_empty() {
        return refused(
            "Which message, and to what? /edit N TEXT, or /edit TEXT for your last one",
        );
    }
    let aim = aim_at_text(state, number)?;
    if !aim.facts.mine {
        let said = aim.said();
        return refused(format!("Only your own messages can be edited, not {said}"));
    }
    Ok(vec![
        hint(format!("Editing {}", aim.said())),
        Effect::Ask(Ask::Edit {
            place: aim.place,
            message: aim.id,
            text: text.to_owned(),
        }),
    ])
}

/// Asks whether a message is to be deleted: for everybody if it is ours, else here alone.
fn delete(state: &mut State, rest: &str, for_me: bool) -> Done {
    let verb = if for_me { "delete-for-me" } else { "delete" };
    let aim = aim(state, number(rest, verb)?)?;
    let for_me = for_me || !aim.facts.mine;
    let asked = if for_me {
        "delete it on this device alone? [y/n] "
    } else {
        "delete it for everybody? [y/n] "
    };
    let said = hint(format!("Deleting {}", aim.said()));
    state.question = Some(Question::Sure {
        ask: Ask::Delete {
            place: aim.place,
            message: aim.id,
            for_me,
        },
        asked: asked.to_owned(),
    });
    Ok(vec![said])
}

/// Puts an emoji on a message, or takes it off where we have put it.
fn react(state: &State, rest: &str) -> Done {
    let Some((number, emoji)) = numbered(rest).filter(|(_, emoji)| !emoji.is_empty()) else {
        return refused("To which message, and how? /react N EMOJI");
    };
    let aim = aim_at_text(state, number)?;
    let remove = aim.facts.reacted.iter().any(|one| one == emoji);
    let about = if remove {
        "Taking the reaction off"
    } else {
        "Reacting to"
    };
    Ok(vec![
        hint(format!("{about} {}", aim.said())),
        Effect::Ask(Ask::React {
            place: aim.place,
            message: aim.id,
            emoji: emoji.to_owned(),
            remove,
        }),
    ])
}

fn pin(state: &State, rest: &str) -> Done {
    let Ok(number) = rest.parse() else {
        return refused("Which message? /pin N");
    };
    let aim = aim_at_text(state, number)?;
    let pinned = !aim.facts.pinned;
    let about = if pinned { "Pinning" } else { "Unpinning" };
    Ok(vec![
        hint(format!("{about} {}", aim.said())),
        Effect::Ask(Ask::Pin {
            place: aim.place,
            message: aim.id,
            pinned,
        }),
    ])
}

/// Says when a message was written and came here; of our own, asks how far it is with whom.
fn details(state: &State, rest: &str) -> Done {
    let aim = aim(state, number(rest, "details")?)?;
    if aim.facts.mine {
        return Ok(vec![Effect::Ask(Ask::Deliveries(aim.id))]);
    }
    Ok(vec![text(about(aim.trace, aim.facts))])
}

fn about(trace: &Trace, facts: &Facts) -> String {
    let arrived = if facts.mine {
        String::new()
    } else {
        format!("\nArrived {}.", output::when(facts.received_at))
    };
    let (said, remarks) = (said(trace, facts), &facts.remarks);
    let written = output::when(trace.sent_at);
    format!("{said}{remarks}\nWritten {written}.{arrived}")
}

/// Says how far an own message has come with each person.
pub(super) fn deliveries(state: &State, of: OperationId, all: &[Delivery]) -> Vec<Effect> {
    let about = state
        .shown
        .get(of)
        .map(|(trace, facts)| about(trace, facts));
    let lines = all.iter().map(delivery);
    let nobody = all.is_empty().then(|| "It is for nobody else.".to_owned());
    let lines: Vec<String> = about.into_iter().chain(lines).chain(nobody).collect();
    vec![text(lines.join("\n"))]
}

fn delivery(delivery: &Delivery) -> String {
    let name = output::author(&delivery.name);
    let mut line = format!("{name}: {}", output::state_word(delivery.state));
    if let Some(reason) = &delivery.reason {
        line.push_str(&format!(", {}", safe_text::line(reason)));
    }
    for carrier in &delivery.carried_by {
        let by = carrier.name.as_deref();
        let by = by.map_or_else(|| "somebody".to_owned(), output::author);
        let until = output::when(carrier.until);
        line.push_str(&format!(", kept for them by {by} until {until}"));
    }
    line
}

/// Takes a message as it was made here just now: that it looks otherwise comes as news.
pub(super) fn changed(state: &mut State, message: &Message) -> Vec<Effect> {
    state.shown.note(message);
    Vec::new()
}
