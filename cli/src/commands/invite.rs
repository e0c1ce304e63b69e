//! `tidings invite`: makes a code that turns whoever uses it into a contact.

mod qr;

use tidings_node::api::{AwaitInvite, MakeInvite};

use super::{contacts, room};
use crate::args::InviteArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Output};
use crate::session::Session;
use crate::texts::Texts;

pub(super) use qr::picture;
pub(crate) use qr::rows as picture_rows;

pub(super) async fn run(session: &Session, output: Output, args: InviteArgs) -> Outcome {
    let invite = session
        .call(MakeInvite {
            request: tidings_node::request_id(),
            expires_in: args.expires.as_millis(),
            reusable: args.reusable,
        })
        .await?;
    output.result("invite", &invite, || invite.code.clone())?;
    let uses = if args.reusable {
        "Anyone"
    } else {
        "One person"
    };
    output.note(&format!(
        "\n{uses} can use it with `tidings join CODE` until {}. Hand it over where only they can \
         see it.",
        output::when(invite.expires_at)
    ));
    if !session.goes_on().await && !args.wait {
        output.note(
            "The code is answered while Tidings runs here: keep `tidings`, `tidings daemon run` or \
             `tidings invite --wait` running. Or once a stick brings what whoever used it wrote: `tidings \
             bundle import PATH`, then `tidings bundle export PATH` for the answer.",
        );
    }
    if args.qr {
        output.picture(&picture(&invite.code)?);
    }
    if !args.wait {
        return Ok(Exit::Done);
    }
    if let Some(why) = session.why_alone(&Texts::default()).await.map(String::from) {
        output.note(&why);
    }
    output.note("Waiting for someone to use it. Ctrl-C ends the waiting; the code stays good.");
    let timeout = args.timeout.map(|timeout| timeout.as_millis());
    match session
        .call(AwaitInvite {
            code: invite.code,
            timeout,
        })
        .await?
    {
        Some(contact) => {
            output.result("contact", &contact, || {
                contacts::plain(std::slice::from_ref(&contact))
            })?;
            room::tell_namesakes_of(session, output, contact.person).await?;
            Ok(Exit::Done)
        }
        None => Err(Failure::not_reached(
            "nobody has used the code yet. It stays good until it expires, and is answered while Tidings \
             runs here, or once a stick brings who used it.",
        )),
    }
}
