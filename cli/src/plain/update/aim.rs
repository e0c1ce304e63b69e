//! What is done to a message: which one is meant, by its number, and what is asked of the node about it.
//!
//! Invariants
//! - Whose message is meant and how it begins is said before anything is asked; before it is deleted, that is confirmed.

use tidings_node::OperationId;
use tidings_node::api::{Delivery, Message};

use super::shown::ShownMessage;
use super::{Effect, Number, Question, State, hint, text};
use crate::chat::{Action, Ask, Place};
use crate::plain::telling::{by, reached, when};
use crate::safe_text::Safe;
use crate::texts::Texts;

/// Whose a message is and how it begins.
fn said(entry: &ShownMessage, texts: &Texts) -> Safe {
    by(&entry.trace().author, &beginning(entry, texts))
}

fn beginning(entry: &ShownMessage, texts: &Texts) -> Safe {
    if entry.facts.deleted {
        texts.deleted()
    } else if entry.trace().start.is_empty() {
        texts.no_text()
    } else {
        entry.trace().start.clone()
    }
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

fn refused<T>(why: Safe) -> Result<T, Vec<Effect>> {
    Err(vec![hint(why)])
}

/// What is open.
fn open(state: &State) -> Result<Place, Vec<Effect>> {
    let texts = &state.texts;
    let missing = || vec![hint(texts.open_first(&texts.whole(Action::Open)))];
    state.open.ok_or_else(missing)
}

/// The message of that number.
fn aim(state: &State, number: u64) -> Result<&ShownMessage, Vec<Effect>> {
    match state.shown.numbered(Number(number)) {
        Some(entry) => Ok(entry),
        None => refused(state.texts.no_message(number)),
    }
}

/// The same, whose text is there.
fn aim_at_text(state: &State, number: u64) -> Result<&ShownMessage, Vec<Effect>> {
    let entry = aim(state, number)?;
    if entry.facts.deleted {
        return refused(state.texts.message_deleted(number));
    }
    Ok(entry)
}

/// The message of the number that is typed, else the one that was shown last.
fn aim_or_last<'a>(
    state: &'a State,
    rest: &str,
    action: Action,
) -> Result<&'a ShownMessage, Vec<Effect>> {
    let texts = &state.texts;
    match (rest, rest.parse()) {
        ("", _) => match state.shown.last() {
            Some(entry) => Ok(entry),
            None => refused(texts.no_message(1)),
        },
        (_, Ok(number)) => aim(state, number),
        (_, Err(_)) => refused(texts.give_a_number(&texts.whole(action))),
    }
}

/// A number, and what follows it.
fn numbered(rest: &str) -> Option<(u64, &str)> {
    let (number, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some((number.parse().ok()?, text.trim()))
}

fn reply(state: &State, rest: &str) -> Done {
    let (texts, place) = (&state.texts, open(state)?);
    let Some((number, text)) = numbered(rest).filter(|(_, text)| !text.is_empty()) else {
        return refused(texts.reply_to_what(&texts.whole(Action::Reply)));
    };
    let entry = aim_at_text(state, number)?;
    let beginning = beginning(entry, texts);
    let answering = if entry.facts.mine {
        texts.answering_own(&beginning)
    } else {
        texts.answering(&entry.trace().author, &beginning)
    };
    Ok(vec![
        hint(answering),
        Effect::Ask(Ask::Send {
            place,
            text: text.to_owned(),
            reply_to: Some(entry.id),
        }),
    ])
}

fn edit(state: &State, rest: &str) -> Done {
    let (texts, place) = (&state.texts, open(state)?);
    let (entry, text) = match (numbered(rest), state.shown.last_own()) {
        (_, _) if rest.is_empty() => (None, ""),
        (Some((number, text)), _) => (Some(aim_at_text(state, number)?), text),
        (None, Some(last)) => (Some(last), rest),
        (None, None) => return refused(texts.nothing_of_yours()),
    };
    let Some(entry) = entry.filter(|_| !text.is_empty()) else {
        return refused(texts.edit_to_what(&texts.whole(Action::Edit)));
    };
    let said = said(entry, texts);
    if !entry.facts.mine {
        return refused(texts.only_own(&said));
    }
    Ok(vec![
        hint(texts.editing_it(&said)),
        Effect::Ask(Ask::Edit {
            place,
            message: entry.id,
            text: text.to_owned(),
        }),
    ])
}

/// Asks whether a message is to be deleted: for everybody if it is ours, else here alone.
fn delete(state: &mut State, rest: &str, for_me: bool) -> Done {
    let (texts, place) = (&state.texts, open(state)?);
    let action = if for_me {
        Action::DeleteForMe
    } else {
        Action::Delete
    };
    let entry = aim_or_last(state, rest, action)?;
    let for_me = for_me || !entry.facts.mine;
    let asked = if for_me {
        texts.confirm_delete_for_me()
    } else {
        texts.confirm_delete()
    };
    let said = hint(texts.deleting_it(&said(entry, texts)));
    state.question = Some(Question::Sure {
        ask: Ask::Delete {
            place,
            message: entry.id,
            for_me,
        },
        asked,
    });
    Ok(vec![said])
}

/// Puts an emoji on a message, or takes it off where we have put it.
fn react(state: &State, rest: &str) -> Done {
    let (texts, place) = (&state.texts, open(state)?);
    let Some((number, emoji)) = numbered(rest).filter(|(_, emoji)| !emoji.is_empty()) else {
        return refused(texts.react_how(&texts.whole(Action::React)));
    };
    let entry = aim_at_text(state, number)?;
    let remove = entry.facts.reacted.iter().any(|one| one == emoji);
    let said = said(entry, texts);
    let said = if remove {
        texts.unreacting_to(&said)
    } else {
        texts.reacting_to(&said)
    };
    Ok(vec![
        hint(said),
        Effect::Ask(Ask::React {
            place,
            message: entry.id,
            emoji: emoji.to_owned(),
            remove,
        }),
    ])
}

fn pin(state: &State, rest: &str) -> Done {
    let (texts, place) = (&state.texts, open(state)?);
    let Ok(number) = rest.parse() else {
        return refused(texts.which_message(&texts.whole(Action::Pin)));
    };
    let entry = aim_at_text(state, number)?;
    let pinned = !entry.facts.pinned;
    let said = said(entry, texts);
    let said = if pinned {
        texts.pinning(&said)
    } else {
        texts.unpinning(&said)
    };
    Ok(vec![
        hint(said),
        Effect::Ask(Ask::Pin {
            place,
            message: entry.id,
            pinned,
        }),
    ])
}

/// Says when a message was written and came here; of our own, asks how far it is with whom.
fn details(state: &State, rest: &str) -> Done {
    open(state)?;
    let entry = aim_or_last(state, rest, Action::Details)?;
    if entry.facts.mine {
        return Ok(vec![Effect::Ask(Ask::Deliveries(entry.id))]);
    }
    Ok(vec![text(about(entry, &state.texts))])
}

/// Whose it is, what is said of it, and when it was written and came here.
fn about(entry: &ShownMessage, texts: &Texts) -> Vec<Safe> {
    let said = format!("{}{}", said(entry, texts), entry.facts.remarks);
    let written = texts.details_sent(&when(entry.trace().sent_at, texts));
    let received = (!entry.facts.mine).then(|| when(entry.facts.received_at, texts));
    let received = received.map(|when| texts.details_received(&when));
    let lines = [Safe::line(&said), written].into_iter();
    lines.chain(received).collect()
}

/// Says how far an own message has come with each person.
pub(super) fn deliveries(state: &State, of: OperationId, all: &[Delivery]) -> Vec<Effect> {
    let texts = &state.texts;
    let entry = state.shown.get(of);
    let mut lines = entry.map_or_else(Vec::new, |entry| about(entry, texts));
    lines.extend(all.iter().map(|one| delivery(one, texts)));
    if all.is_empty() {
        lines.push(texts.for_nobody_else());
    }
    vec![text(lines)]
}

fn delivery(delivery: &Delivery, texts: &Texts) -> Safe {
    let outcome = reached(delivery.state, delivery.reason.as_deref(), texts);
    let mut line = by(&texts.author(&delivery.name), &outcome).to_string();
    for carrier in &delivery.carried_by {
        let name = carrier.name.as_deref();
        let name = name.map_or_else(|| texts.somebody(), |name| texts.author(name));
        let kept = texts.details_carried(&name, &when(carrier.until, texts));
        line.push_str(&format!(", {kept}"));
    }
    Safe::line(&line)
}

/// Takes a message as it was made here just now: that it looks otherwise comes as news.
pub(super) fn changed(state: &mut State, message: &Message) -> Vec<Effect> {
    state.shown.note(message, &state.texts);
    Vec::new()
}
