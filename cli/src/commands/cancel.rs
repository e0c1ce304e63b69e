//! `tidings cancel`: gives up delivering a message.

use tidings_node::api::Cancel;

use crate::args::CancelArgs;
use crate::failure::{Exit, Outcome};
use crate::output::{self, Output};
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, args: CancelArgs) -> Outcome {
    let request = tidings_node::request_id();
    let message = session
        .call(Cancel {
            request,
            message: args.id,
        })
        .await?;
    output.result("message", &message, || {
        format!(
            "{} {}  {}",
            output::state_mark(message.state),
            output::outcome(&message),
            output::short_id(&message.id.to_string())
        )
    })?;
    Ok(Exit::Done)
}
