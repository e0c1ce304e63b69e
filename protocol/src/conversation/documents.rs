//! The open documents of one conversation, and how two sides compare them.
//!
//! Invariants
//! - At most [`Documents::OPEN_SEGMENTS_MAX`] are open; the rest cost nothing until they are
//!   rebuilt. Which one to close is the caller's choice.
//! - Every document here is of this conversation.

use std::collections::BTreeMap;

use super::{Accepted, DocumentError, Head, LAYOUT, SegmentDocument};
use crate::domain::Domain;
use crate::id::ConversationId;

/// The open segments of one conversation.
#[derive(Debug)]
pub struct Documents {
    conversation: ConversationId,
    open: BTreeMap<u64, SegmentDocument>,
}

impl Documents {
    /// How many segments may be open at once (about 6 MB each when full).
    pub const OPEN_SEGMENTS_MAX: usize = 8;

    /// A conversation of which no segment is open.
    #[must_use]
    pub const fn new(conversation: ConversationId) -> Self {
        Self {
            conversation,
            open: BTreeMap::new(),
        }
    }

    /// The conversation.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// Adds an operation to the document of its segment.
    ///
    /// # Errors
    /// [`DocumentError::NotOpen`]: rebuild that segment from the store, [`Self::insert`] it, and
    /// leave the operation be if the store had it. Else as [`SegmentDocument::accept`].
    pub fn accept(&mut self, operation: &Accepted) -> Result<(), DocumentError> {
        let segment = operation.logical.segment();
        let open = self
            .open
            .get_mut(&segment)
            .ok_or(DocumentError::NotOpen { segment })?;
        open.accept(operation)
    }

    /// Opens a segment with its document, in place of one that was open before.
    ///
    /// # Errors
    /// [`DocumentError::TooManyOpen`] or [`DocumentError::Foreign`]: nothing is changed.
    pub fn insert(&mut self, document: SegmentDocument) -> Result<(), DocumentError> {
        let (conversation, segment) = (self.conversation, document.segment());
        if document.conversation() != conversation {
            return Err(DocumentError::Foreign {
                conversation,
                segment,
            });
        }
        let full = self.open.len() >= Self::OPEN_SEGMENTS_MAX;
        if full && !self.open.contains_key(&segment) {
            return Err(DocumentError::TooManyOpen {
                max: Self::OPEN_SEGMENTS_MAX,
            });
        }
        self.open.insert(segment, document);
        Ok(())
    }

    /// Closes a segment: to save its snapshot, or to discard it after a cut or a freeze.
    pub fn close(&mut self, segment: u64) -> Option<SegmentDocument> {
        self.open.remove(&segment)
    }

    /// The document of a segment, if it is open.
    #[must_use]
    pub fn segment(&self, segment: u64) -> Option<&SegmentDocument> {
        self.open.get(&segment)
    }

    /// The open segments, from the earliest.
    pub fn segments(&self) -> impl Iterator<Item = u64> + '_ {
        self.open.keys().copied()
    }

    /// The heads of the open segments, without empty ones: opening a segment is no difference
    /// between two sides. Heads of closed segments are the store's to keep; both together make
    /// [`heads_digest`] speak for the whole conversation.
    #[must_use]
    pub fn heads(&self) -> BTreeMap<u64, Vec<Head>> {
        let recorded = self
            .open
            .iter()
            .filter(|(_, document)| !document.is_empty());
        recorded
            .map(|(segment, document)| (*segment, document.heads()))
            .collect()
    }

    /// The digest of the open segments' heads.
    #[must_use]
    pub fn heads_digest(&self) -> [u8; 32] {
        heads_digest(self.conversation, &self.heads())
    }
}

/// What two sides compare to know that they built the same documents of these segments: a hash of
/// the layout, the conversation, and each segment with its sorted heads.
#[must_use]
pub fn heads_digest(conversation: ConversationId, heads: &BTreeMap<u64, Vec<Head>>) -> [u8; 32] {
    let mut segments = Vec::new();
    for (segment, heads) in heads {
        segments.extend(segment.to_le_bytes());
        segments.extend(u64::try_from(heads.len()).unwrap_or(u64::MAX).to_le_bytes());
        segments.extend(heads.iter().flatten());
    }
    Domain::DocumentHeads.hash(&[&LAYOUT.to_le_bytes(), conversation.as_bytes(), &segments])
}
