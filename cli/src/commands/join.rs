//! `tidings join`: uses someone's invite code, or gives that up.

mod picture;

use std::io::Read;
use std::path::Path;

use tidings_node::api::{AwaitJoin, CancelJoin, Contact, ContactState, Join, ListContacts};

use super::{contacts, read_stdin, room};
use crate::args::JoinArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::safe_text::bare_code;
use crate::session::Session;
use crate::texts::Texts;

/// Longest code worth looking at.
const CODE_BYTES_MAX: usize = 4096;
/// Length of a join's whole id; a code is longer.
const ID_CHARACTERS: usize = 26;
/// The shortest start of an id that is taken for one.
const ID_CHARACTERS_MIN: usize = 6;

pub(super) async fn run(session: &Session, output: Output, args: JoinArgs) -> Outcome {
    let Some(argument) = &args.code else {
        return Err(which(&session.call(ListContacts {}).await?));
    };
    let code = code(argument, std::io::stdin()).await?;
    if args.cancel {
        return cancel(session, output, code).await;
    }
    let join = Join {
        request: tidings_node::request_id(),
        code: code.clone(),
    };
    let mut contact = session.call(join).await?;
    if contact.state == ContactState::Pending {
        let alone = session.why_alone(&Texts::default()).await.map(String::from);
        output.note(
            alone
                .as_deref()
                .unwrap_or("Looking for whoever made the code..."),
        );
        let timeout = if alone.is_some() {
            0
        } else {
            args.timeout.as_millis()
        };
        contact = session.call(AwaitJoin { code, timeout }).await?;
    }
    output.result("contact", &contact, || {
        contacts::plain(std::slice::from_ref(&contact))
    })?;
    room::tell_namesakes_of(session, output, contact.person).await?;
    if contact.state == ContactState::Pending {
        return Err(Failure::not_reached(
            "whoever made the code could not be reached yet. It goes on by itself while Tidings runs on \
             both sides (`tidings daemon run`, or just `tidings`), over friends between you too. Or carry \
             it to them: `tidings bundle export PATH`; their answer comes back the same way. \
             `tidings join --cancel CODE` gives it up.",
        ));
    }
    Ok(Exit::Done)
}

/// What to say to whoever gives one up without saying which: those that wait.
fn which(contacts: &[Contact]) -> Failure {
    let pending = contacts.iter().filter(|contact| contact.join.is_some());
    let pending: Vec<Contact> = pending.cloned().collect();
    if pending.is_empty() {
        return Failure::usage("no join waits for an answer, so there is none to give up.");
    }
    Failure {
        candidates: contacts::plain(&pending)
            .lines()
            .map(str::to_owned)
            .collect(),
        ..Failure::usage(
            "which join? Give its code, or its id: `tidings join --cancel ID`. These wait for an answer:",
        )
    }
}

/// Gives up the join with a code, or the one that the start of an id means.
async fn cancel(session: &Session, output: Output, named: String) -> Outcome {
    let join = if named.len() > ID_CHARACTERS {
        named
    } else {
        waiting(&session.call(ListContacts {}).await?, &named)?
    };
    let request = tidings_node::request_id();
    let contact = session.call(CancelJoin { request, join }).await?;
    output.result("contact", &contact, || {
        contacts::plain(std::slice::from_ref(&contact))
    })?;
    Ok(Exit::Done)
}

/// The whole id of the join that waits for its answer, and whose id starts so.
fn waiting(contacts: &[Contact], start: &str) -> Result<String, Failure> {
    if start.len() < ID_CHARACTERS_MIN {
        return Err(Failure::usage(format!(
            "give the code, or at least {ID_CHARACTERS_MIN} characters of the id that `tidings contacts` shows \
             beside who is pending."
        )));
    }
    let start = start.to_lowercase();
    let joins = contacts.iter().filter_map(|contact| contact.join);
    let joins = joins.map(|join| join.to_string());
    let mut fitting: Vec<String> = joins.filter(|join| join.starts_with(&start)).collect();
    match (fitting.pop(), fitting.is_empty()) {
        (Some(join), true) => Ok(join),
        (Some(join), false) => Err(Failure {
            candidates: fitting.into_iter().chain([join]).collect(),
            ..Failure::not_found(format!(
                "'{start}' fits several joins. Give more of the id."
            ))
        }),
        (None, _) => Err(Failure::not_found(format!(
            "no join '{start}' waits for an answer. `tidings contacts` shows those that do, with their ids."
        ))),
    }
}

/// The code from an argument, a picture or stdin, without what it got on its way.
async fn code(argument: &str, stdin: impl Read) -> Result<String, Failure> {
    let text = match argument {
        "-" => read_stdin(stdin, CODE_BYTES_MAX, "the code")?,
        path if is_picture(path) => picture::code(Path::new(path)).await?,
        code => code.to_owned(),
    };
    let code = bare_code(&text);
    if code.is_empty() {
        return Err(Failure::usage(
            "the code is empty. Give what `tidings invite` showed.",
        ));
    }
    Ok(code)
}

/// Whether an argument means a file: no code has a name's ending, and none is one.
fn is_picture(argument: &str) -> bool {
    let path = Path::new(argument);
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
        || path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_code_broken_over_lines_is_one_code() {
        for selected in [
            " ABC\n DEF ",
            "\u{2502} ABC    \u{2502}\n\u{2502} DEF    \u{2502}\n",
            "> \"ABC\n> DEF\"",
            "| ABC |\r\n| DEF |",
        ] {
            let code = code(selected, std::io::empty()).await;
            assert_eq!(code.unwrap(), "ABCDEF", "{selected}");
        }
    }

    #[tokio::test]
    async fn nothing_is_a_usage_error() {
        for argument in ["", "  "] {
            let refused = code(argument, std::io::empty()).await;
            assert_eq!(refused.unwrap_err().exit, Exit::Usage);
        }
    }

    #[tokio::test]
    async fn a_code_of_the_most_bytes_is_read_and_one_more_is_not() {
        let most = "A".repeat(CODE_BYTES_MAX);
        assert_eq!(code("-", most.as_bytes()).await.unwrap(), most);
        let refused = code("-", format!("{most}A").as_bytes()).await;
        assert_eq!(refused.unwrap_err().exit, Exit::Usage);
    }

    fn pending(letters: &str) -> Contact {
        Contact {
            person: None,
            join: Some(format!("{letters:a<26}").parse().unwrap()),
            state: ContactState::Pending,
            ..crate::output::sample::contact('a', "")
        }
    }

    #[test]
    fn whoever_does_not_say_which_join_to_give_up_is_told_which_wait() {
        let ben = crate::output::sample::contact('b', "Ben");
        let told = which(&[ben.clone(), pending("abcdefgh"), pending("qrstuv")]);
        assert_eq!((told.exit, told.candidates.len()), (Exit::Usage, 2));
        assert!(told.candidates[0].contains("abcdefgh"), "{told:?}");
        assert!(told.candidates[1].contains("qrstuv"), "{told:?}");
        let none = which(&[ben]);
        assert_eq!((none.exit, none.candidates.len()), (Exit::Usage, 0));
        assert!(none.message.contains("no join waits"), "{none}");
    }

    #[test]
    fn the_start_of_an_id_means_the_one_join_that_waits_and_begins_so() {
        let contacts = [pending("abcdefgh"), pending("abcdefxy")];
        let one = waiting(&contacts, "ABCDEFG").unwrap();
        assert!(one.starts_with("abcdefgh") && one.len() == ID_CHARACTERS);
        assert_eq!(waiting(&contacts, &one).unwrap(), one);
        let several = waiting(&contacts, "abcdef").unwrap_err();
        assert_eq!(
            (several.exit, several.candidates.len()),
            (Exit::NotFound, 2)
        );
        let none = waiting(&contacts, "bcdefg").unwrap_err();
        assert_eq!(none.exit, Exit::NotFound);
        let short = waiting(&contacts, "abcde").unwrap_err();
        assert_eq!(short.exit, Exit::Usage);
    }

    #[test]
    fn a_file_and_a_name_of_one_are_pictures_and_a_code_is_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(is_picture(file.path().to_str().unwrap()));
        assert!(is_picture("code.png") && is_picture("a/b.PNG"));
        assert!(!is_picture(&"A2".repeat(77)) && !is_picture("TIDINGS:A2") && !is_picture("-"));
    }
}
