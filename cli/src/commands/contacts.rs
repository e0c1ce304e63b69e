//! `tidings contacts`: the people we know.

mod comparison;

use tidings_node::PersonId;
use tidings_node::api::{
    BlockContact, Contact, ContactState, GetSafetyWords, ListContacts, RenameContact,
    VerifyContact, Who,
};

pub(super) use comparison::QUESTION;
pub(crate) use comparison::{Comparison, alarm};

use super::{id, room};
use crate::args::{ContactsArgs, ContactsCommand};
use crate::failure::{Exit, Failure, Outcome};
use crate::home;
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, args: ContactsArgs) -> Outcome {
    let request = tidings_node::request_id();
    let contact = match args.command.unwrap_or(ContactsCommand::List) {
        ContactsCommand::List => return list(session, output).await,
        ContactsCommand::Verify { who, words } => return verify(session, output, who, words).await,
        ContactsCommand::Rename { who, name } => {
            return rename(session, output, Who(who), name).await;
        }
        ContactsCommand::Block { who } => {
            session
                .call(BlockContact {
                    request,
                    who: Who(who),
                    blocked: true,
                })
                .await?
        }
        ContactsCommand::Unblock { who } => {
            session
                .call(BlockContact {
                    request,
                    who: Who(who),
                    blocked: false,
                })
                .await?
        }
    };
    shown(output, &contact)
}

async fn list(session: &Session, output: Output) -> Outcome {
    let contacts = session.call(ListContacts {}).await?;
    let empty = "No contacts yet. Make a code for someone with `tidings invite`, or use theirs \
                 with `tidings join CODE`.";
    output.results("contact", &contacts, empty, plain)?;
    Ok(Exit::Done)
}

async fn verify(session: &Session, output: Output, who: String, words: Option<String>) -> Outcome {
    let words = match words {
        Some(words) => words,
        None => compare(session, output, &who).await?,
    };
    let request = tidings_node::request_id();
    let contact = session
        .call(VerifyContact {
            request,
            who: Who(who),
            words,
        })
        .await?;
    shown(output, &contact)
}

/// Shows the words and asks whether the contact has the same; the words to verify it by.
async fn compare(session: &Session, output: Output, who: &str) -> Result<String, Failure> {
    if !home::can_prompt() {
        return Err(Failure::usage(
            "there is no terminal to compare words on. Give those the contact reads out with \
             --words \"...\".",
        ));
    }
    let words = session
        .call(GetSafetyWords {
            who: Who(who.to_owned()),
        })
        .await?;
    let name = safe_text::name(&words.name);
    output.note(&format!(
        "{name}'s safety words, as this device knows them:\n\n{}\n\nLet {name} read out the words \
         that `tidings id` shows, over a call or face to face.",
        id::words(&words.safety_words, None)
    ));
    while let Some(answer) = output.ask(QUESTION)? {
        match Comparison::read(&answer) {
            Comparison::Same => return Ok(words.safety_words.join(" ")),
            Comparison::Different => {
                return Err(Failure::mismatch(alarm(&name, words.verified)));
            }
            Comparison::Words(typed) => return Ok(typed),
            Comparison::Unclear(why) => output.note(&why),
        }
    }
    Err(Failure::usage(format!(
        "there was no answer, so nothing was changed. Compare {name}'s words when you can."
    )))
}

/// Gives a contact a name, and says so if another contact or a room goes by it.
async fn rename(session: &Session, output: Output, who: Who, name: String) -> Outcome {
    let before = session.call(ListContacts {}).await?;
    let asked = RenameContact {
        request: tidings_node::request_id(),
        who,
        name: name.clone(),
    };
    let renamed = session.call(asked).await?;
    let exit = shown(output, &renamed)?;
    if let Some(id) = renamed.person {
        let short = |id: PersonId| output::short_id(&id.to_string());
        for other in namesakes(&before, id, &name) {
            output.note(&format!(
                "{} is the name of another contact too. `{}` means this one, and `{}` the other.",
                safe_text::name(name.trim()),
                short(id),
                short(other)
            ));
        }
    }
    room::tell_namesakes_of(session, output, renamed.person).await?;
    Ok(exit)
}

/// Who but one goes by a name, with the start of their id behind it or not.
fn namesakes(contacts: &[Contact], but: PersonId, name: &str) -> Vec<PersonId> {
    let wanted = name.trim().to_lowercase();
    let ids = contacts.iter().filter_map(|one| {
        let id = one.person?;
        let suffix = format!(" ({})", output::short_id(&id.to_string()));
        let goes_by = one.name.strip_suffix(&suffix).unwrap_or(&one.name);
        (id != but && goes_by.to_lowercase() == wanted).then_some(id)
    });
    ids.collect()
}

fn shown(output: Output, contact: &Contact) -> Outcome {
    output.result("contact", contact, || plain(std::slice::from_ref(contact)))?;
    Ok(Exit::Done)
}

/// Contacts for a person, one a line.
pub(super) fn plain(contacts: &[Contact]) -> String {
    let rows: Vec<[String; 5]> = contacts
        .iter()
        .map(|contact| {
            [
                name(contact),
                id_of(contact).map_or_else(String::new, |id| output::short_id(&id)),
                state(contact.state).to_owned(),
                match (contact.state, contact.verified) {
                    // There is nobody to compare words with.
                    (ContactState::Pending | ContactState::Cancelled, _) => "",
                    (_, true) => "verified",
                    (_, false) => "not verified",
                }
                .to_owned(),
                if contact.online { "online" } else { "" }.to_owned(),
            ]
        })
        .collect();
    output::table(&rows)
}

/// Whom a line is about: of a pending contact nothing is known but when its code was used.
fn name(contact: &Contact) -> String {
    match (contact.join, contact.asked_at) {
        (Some(_), Some(asked_at)) => {
            format!("(maker of the code used {})", output::when(asked_at))
        }
        (Some(_), None) => "(maker of the code)".to_owned(),
        (None, _) => safe_text::name(&contact.name),
    }
}

/// By which id somebody is meant, or while they are pending the join that waits for them.
fn id_of(contact: &Contact) -> Option<String> {
    let person = contact.person.map(|id| id.to_string());
    person.or_else(|| contact.join.map(|id| id.to_string()))
}

fn state(state: ContactState) -> &'static str {
    match state {
        ContactState::Active => "active",
        ContactState::Pending => "pending: not reached yet",
        ContactState::Cancelled => "given up",
        ContactState::Blocked => "blocked",
        ContactState::Suspended => "held off: compare the safety words again",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;

    #[test]
    fn a_join_that_waits_says_since_when() {
        let asked_at = 1_700_000_000_000;
        let mut contact = Contact {
            person: None,
            name: String::new(),
            verified: false,
            state: ContactState::Pending,
            alarm: None,
            online: false,
            asked_at: Some(asked_at),
            join: Some("abcdefghijklmnopqrstuvwxye".parse().unwrap()),
        };
        let line = plain(std::slice::from_ref(&contact));
        assert!(line.contains(&output::when(asked_at)), "{line}");
        assert!(
            line.contains("pending") && !line.contains("no name"),
            "{line}"
        );
        assert!(line.contains("abcdef"), "{line}");
        contact.asked_at = None;
        assert!(plain(&[contact]).starts_with("(maker of the code)"));
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| {
            let contact = |person, state| Contact {
                person,
                name: text.to_owned(),
                verified: true,
                state,
                alarm: None,
                online: true,
                asked_at: None,
                join: None,
            };
            let somebody = Some(crate::output::sample::id('b'));
            plain(&[
                contact(somebody, ContactState::Active),
                contact(somebody, ContactState::Suspended),
                contact(None, ContactState::Pending),
            ])
        });
    }
}
