//! Who is there and who types, whenever that is not as it was.

use tidings_node::api::AwaitPresence;
use tokio::sync::mpsc;

use super::{WAIT_MILLIS, answered};
use crate::chat::Told;
use crate::chat::backend::Backend;

/// Tells it until nobody listens.
pub(super) async fn follow(backend: impl Backend, tell: mpsc::Sender<Told>) {
    let mut request = AwaitPresence {
        wait: WAIT_MILLIS,
        ..AwaitPresence::default()
    };
    // A chat does without where that cannot be asked for.
    while let Some(presence) = answered(&backend, &request, &tell).await {
        request.since = Some(presence.version);
        if tell.send(Told::Presence(presence)).await.is_err() {
            return;
        }
    }
}
