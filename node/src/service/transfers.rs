//! Requests about what is being moved now, and its beginning.

use std::path::Path;

use tidings_protocol::id::RequestId;

use super::Service;
use crate::api::{ApiError, CancelTransfer, Done, ErrorKind, TransferKind};
use crate::reason;
use crate::transfers::{Moving, TRANSFERS_MAX, TooMany};

impl Service {
    pub(super) fn cancel_transfer(&self, request: CancelTransfer) -> Result<Done, ApiError> {
        if self.shared.transfers.cancel(request.id) {
            Ok(Done {})
        } else {
            Err(ApiError::not_found(reason::no_transfer()))
        }
    }

    /// Puts one more into the list, for as long as what is returned is kept.
    pub(super) fn moving(
        &self,
        what: TransferKind,
        path: &Path,
        request: Option<RequestId>,
    ) -> Result<Moving, ApiError> {
        let begun = self.shared.transfers.begin(what, path.to_owned(), request);
        begun.map_err(|TooMany| {
            let said = reason::too_many_transfers(TRANSFERS_MAX);
            ApiError::new(ErrorKind::Conflict, said)
        })
    }
}

#[cfg(test)]
mod tests;
