//! `tidings join`: uses someone's invite code.

use tidings_node::api::{AwaitJoin, ContactState, Join};

use super::{contacts, read_stdin};
use crate::args::JoinArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::session::Session;

/// Longest code worth looking at.
const CODE_BYTES_MAX: usize = 4096;

pub(super) async fn run(session: &Session, output: Output, args: JoinArgs) -> Outcome {
    let code = code(&args.code)?;
    let join = Join {
        request: tidings_node::request_id(),
        code: code.clone(),
    };
    let mut contact = session.call(join).await?;
    if contact.state == ContactState::Pending {
        output.note("Looking for whoever made the code...");
        contact = session
            .call(AwaitJoin {
                code,
                timeout: args.timeout.as_millis(),
            })
            .await?;
    }
    output.result("contact", &contact, || {
        contacts::plain(std::slice::from_ref(&contact))
    })?;
    if contact.state == ContactState::Pending {
        return Err(Failure::not_reached(
            "whoever made the code could not be reached yet. It goes on by itself while Tidings \
             runs on both sides: `tidings daemon run`, or just `tidings`.",
        ));
    }
    Ok(Exit::Done)
}

/// The code from an argument or stdin, without the spaces and line ends it got on its way.
fn code(argument: &str) -> Result<String, Failure> {
    let is_picture = std::path::Path::new(argument)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
    if is_picture {
        return Err(Failure::usage(
            "this version cannot read a code from a picture. Paste the code itself: `tidings join \
             CODE`.",
        ));
    }
    let text = match argument {
        "-" => read_stdin(CODE_BYTES_MAX, "the code")?,
        code => code.to_owned(),
    };
    let code: String = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    if code.is_empty() {
        return Err(Failure::usage(
            "the code is empty. Give what `tidings invite` showed.",
        ));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_broken_over_lines_is_one_code() {
        assert_eq!(code(" ABC\n DEF ").unwrap(), "ABCDEF");
    }

    #[test]
    fn a_picture_or_nothing_is_a_usage_error() {
        for argument in ["code.png", "a/b.PNG", "", "  "] {
            assert_eq!(code(argument).unwrap_err().exit, Exit::Usage);
        }
    }
}
