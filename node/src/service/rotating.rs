//! The request for another peer id.

use tidings_protocol::engine::Command;

use super::Service;
use crate::api::{ApiError, Done, RotatePeerId};

impl Service {
    pub(super) async fn rotate_peer_id(&self, request: RotatePeerId) -> Result<Done, ApiError> {
        self.command(request.request, Command::RotateTransport)
            .await?;
        Ok(Done {})
    }
}
