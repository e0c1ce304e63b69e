//! `tidings typing`: says once that our person types.

use tidings_node::api::{SignalTyping, Who};

use super::deliver;
use crate::args::{DeliveryArgs, TypingArgs};
use crate::failure::{Exit, Outcome};
use crate::session::Session;

pub(super) async fn run(session: &Session, args: TypingArgs) -> Outcome {
    let signal = SignalTyping {
        who: Who(args.who.clone()),
    };
    if !session.goes_on().await {
        // Whether they may be told at all is known before anybody is reached.
        session.call(signal.clone()).await?;
        deliver(session, &args.who, DeliveryArgs { offline: false }).await?;
    }
    session.call(signal).await?;
    Ok(Exit::Done)
}
