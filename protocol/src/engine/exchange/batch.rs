//! Batches: operations packed into session messages.

use crate::operation::SignedOperation;
use crate::sync::SessionMessage;
use crate::wire::limits::{BATCH_OPERATIONS_MAX, NOISE_PLAINTEXT_BYTES_MAX};

/// What CBOR adds to one operation in a batch, at most.
const OPERATION_OVERHEAD_BYTES: usize = 32;
/// Room for a batch's own CBOR.
const BATCH_OVERHEAD_BYTES: usize = 64;

/// Packs operations into as few session messages as fit.
pub(in crate::engine) fn batches(operations: Vec<SignedOperation>) -> Vec<SessionMessage> {
    let mut messages = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = BATCH_OVERHEAD_BYTES;
    for operation in operations {
        let size = operation.bytes().saturating_add(OPERATION_OVERHEAD_BYTES);
        let full = bytes.saturating_add(size) > NOISE_PLAINTEXT_BYTES_MAX
            || batch.len() >= BATCH_OPERATIONS_MAX;
        if full && !batch.is_empty() {
            messages.push(SessionMessage::Operations(std::mem::take(&mut batch)));
            bytes = BATCH_OVERHEAD_BYTES;
        }
        bytes = bytes.saturating_add(size);
        batch.push(operation);
    }
    if !batch.is_empty() {
        messages.push(SessionMessage::Operations(batch));
    }
    messages
}
