//! A look at one document: whether what is open is what the store's operations make of it.
//!
//! Invariants
//! - A look builds one segment, so that what waits for the thread waits for no more than that.
//! - What is open is brought up to the store first: operations that are durable and not yet handed over are no fault.

use std::collections::BTreeMap;

use tidings_protocol::conversation::{Accepted, DocumentError, Head, SegmentDocument};
use tidings_protocol::id::ConversationId;
use tokio::sync::oneshot;

use super::{Builder, Documents, DocumentsError, Task, accepted};

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Looked {
    /// The heads of what was built now; none if no operation has a place in it.
    pub(crate) heads: Vec<Head>,
    /// Whether what was open, if it was, has the same.
    pub(crate) is_same: bool,
}

/// Which document to look at, and whether to put what is built in the place of what is another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) conversation: ConversationId,
    pub(super) segment: u64,
    pub(super) mends: bool,
}

impl Documents {
    /// Builds the document of a segment from the store, and compares it with the one that is open.
    pub(crate) async fn look(
        &self,
        conversation: ConversationId,
        segment: u64,
        mends: bool,
    ) -> Result<Looked, DocumentsError> {
        let (done, looked) = oneshot::channel();
        let look = Look {
            conversation,
            segment,
            mends,
        };
        let sent = self.tasks.send(Task::Look(look, done)).await;
        sent.map_err(|_| DocumentsError::Ended)?;
        looked.await.map_err(|_| DocumentsError::Ended)?
    }
}

impl Builder {
    pub(super) fn look(&mut self, look: Look) -> Result<Looked, DocumentsError> {
        let rows = self.reader()?.accepted(look.conversation, look.segment)?;
        let stored: Vec<Accepted> = rows.iter().map(accepted).collect();
        let mut built = SegmentDocument::new(look.conversation, look.segment)?;
        built.accept_all(&stored)?;
        let heads = if built.is_empty() {
            Vec::new()
        } else {
            built.heads()
        };
        let open = self.open.get_mut(&look.conversation);
        let Some(mut document) = open.and_then(|open| open.close(look.segment)) else {
            // Nobody needs it at the moment.
            return Ok(Looked {
                heads,
                is_same: true,
            });
        };
        let is_same = catch_up(&mut document, stored).is_ok() && document.heads() == built.heads();
        let kept = if is_same || look.mends {
            built
        } else {
            document
        };
        self.keep(look.conversation, kept);
        Ok(Looked { heads, is_same })
    }
}

/// Adds what a document lacks of these operations.
pub(super) fn catch_up(
    document: &mut SegmentDocument,
    mut operations: Vec<Accepted>,
) -> Result<(), DocumentError> {
    let held: BTreeMap<_, _> = document.vector().collect();
    operations.retain(|operation| {
        held.get(&operation.actor)
            .is_none_or(|last| operation.seq > *last)
    });
    document.accept_all(&operations)
}
