//! One segment of one conversation's document.
//!
//! Invariants
//! - A refused operation changes nothing; a batch enters whole or not at all.
//! - An actor's logical time advances, so it has at most [`SegmentDocument::CHANGES_MAX`] changes
//!   here, which keeps every counter far below the 32 bits that the library gives it.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use automerge::{ActorId as Author, Automerge, Change, ChangeHash, ObjId, ROOT, ReadDoc, Value};

use super::layout::{self, Place};
use super::{Accepted, DocumentError, Head, Recorded};
use crate::id::{ActorId, ConversationId};
use crate::time::LogicalTime;

/// The document of one segment, built from the operations accepted in it.
pub struct SegmentDocument {
    pub(super) conversation: ConversationId,
    pub(super) segment: u64,
    pub(super) genesis: ChangeHash,
    pub(super) genesis_author: Author,
    pub(super) tips: BTreeMap<ActorId, Tip>,
    pub(super) document: Automerge,
}

/// How far one actor's operations are in the document.
#[derive(Debug, Clone)]
pub(super) struct Tip {
    pub(super) author: Author,
    pub(super) seq: u64,
    pub(super) logical: LogicalTime,
    pub(super) rank: u64,
    pub(super) counter: u64,
    pub(super) head: ChangeHash,
}

impl SegmentDocument {
    /// How many changes one actor can have in a segment: its logical time advances with each.
    pub const CHANGES_MAX: u64 = 1 << LogicalTime::SEGMENT_BITS;

    /// Makes the document of a segment without operations: the genesis alone.
    ///
    /// # Errors
    /// [`DocumentError::Library`] if the library refuses the genesis.
    pub fn new(conversation: ConversationId, segment: u64) -> Result<Self, DocumentError> {
        let genesis_author = layout::genesis_author(conversation, segment);
        let change = layout::genesis(&genesis_author);
        let genesis = change.hash();
        // The library draws a random actor for edits of its own; none is ever made.
        let mut document = Automerge::new().with_actor(genesis_author.clone());
        apply(&mut document, vec![change])?;
        let tips = BTreeMap::new();
        Ok(Self {
            conversation,
            segment,
            genesis,
            genesis_author,
            tips,
            document,
        })
    }

    /// The conversation.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// The segment: the logical time of each operation inside, without its lowest bits.
    #[must_use]
    pub const fn segment(&self) -> u64 {
        self.segment
    }

    /// Adds an operation. Those of one actor come in the order of their chain and without gaps,
    /// which is the chain's to keep; actors interleave as they like.
    ///
    /// # Errors
    /// As [`Self::accept_all`].
    pub fn accept(&mut self, operation: &Accepted) -> Result<(), DocumentError> {
        self.accept_all([operation])
    }

    /// Adds several operations at once, which is much quicker than one by one when a segment is
    /// rebuilt from the store. The caller bounds the batch.
    ///
    /// # Errors
    /// [`DocumentError::ForeignSegment`], [`DocumentError::Repeated`] and
    /// [`DocumentError::NotLater`]: nothing is changed. [`DocumentError::Library`]: discard the
    /// document.
    pub fn accept_all(
        &mut self,
        operations: impl IntoIterator<Item: Borrow<Accepted>>,
    ) -> Result<(), DocumentError> {
        let mut tips = BTreeMap::<ActorId, Tip>::new();
        let mut changes = Vec::new();
        for operation in operations {
            let operation = operation.borrow();
            let actor = operation.actor;
            let previous = tips.get(&actor).or_else(|| self.tips.get(&actor));
            self.check(previous, operation)?;
            let (tip, change) = self.advance(previous, operation);
            tips.insert(actor, tip);
            changes.extend(change);
        }
        if !changes.is_empty() {
            apply(&mut self.document, changes)?;
        }
        self.tips.append(&mut tips);
        Ok(())
    }

    /// The document's heads, in order. Equal operations have equal heads; under one layout,
    /// different operations have different ones.
    #[must_use]
    pub fn heads(&self) -> Vec<Head> {
        self.document
            .get_heads()
            .iter()
            .map(|hash| hash.0)
            .collect()
    }

    /// Whether nothing is recorded: the document is its genesis.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tips.values().all(|tip| tip.rank == 0)
    }

    /// How far each actor's chain is in the document: what a snapshot is keyed by.
    pub fn vector(&self) -> impl Iterator<Item = (ActorId, u64)> + '_ {
        self.tips.iter().map(|(actor, tip)| (*actor, tip.seq))
    }

    /// Reads back the operations, ordered by (logical time, wall time, id).
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        let mut recorded: Vec<_> = object(&self.document, &ROOT, layout::OPERATIONS)
            .into_iter()
            .flat_map(|all| {
                (0..layout::BUCKETS).filter_map(move |bucket| {
                    object(&self.document, &all, &layout::bucket_key(bucket))
                })
            })
            .flat_map(|bucket| {
                let keys = self.document.keys(&bucket);
                keys.filter_map(move |key| read(&self.document, &bucket, &key))
            })
            .collect();
        recorded.sort_unstable_by_key(|one| (one.logical, one.wall, one.id));
        recorded
    }

    fn check(&self, previous: Option<&Tip>, operation: &Accepted) -> Result<(), DocumentError> {
        let Accepted {
            actor,
            seq,
            logical,
            ..
        } = *operation;
        let (segment, found) = (self.segment, logical.segment());
        if found != segment {
            return Err(DocumentError::ForeignSegment { segment, found });
        }
        match previous {
            Some(tip) if seq <= tip.seq => Err(DocumentError::Repeated {
                actor,
                seq,
                last: tip.seq,
            }),
            Some(tip) if logical <= tip.logical => Err(DocumentError::NotLater { actor, seq }),
            Some(_) | None => Ok(()),
        }
    }

    fn advance(&self, previous: Option<&Tip>, operation: &Accepted) -> (Tip, Option<Change>) {
        let mut tip = previous
            .cloned()
            .unwrap_or_else(|| self.untouched(operation.actor));
        tip.seq = operation.seq;
        tip.logical = operation.logical;
        let place = Place {
            genesis: &self.genesis_author,
            author: &tip.author,
            rank: tip.rank,
            counter: tip.counter,
            previous: tip.head,
        };
        let change = layout::record(place, operation);
        if let Some(change) = &change {
            tip.rank = change.seq();
            tip.counter = change.max_op();
            tip.head = change.hash();
        }
        (tip, change)
    }

    fn untouched(&self, actor: ActorId) -> Tip {
        Tip {
            author: layout::author(self.conversation, self.segment, actor),
            seq: 0,
            logical: LogicalTime::ZERO,
            rank: 0,
            counter: layout::GENESIS_MAX,
            head: self.genesis,
        }
    }
}

impl fmt::Debug for SegmentDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentDocument")
            .field("conversation", &self.conversation)
            .field("segment", &self.segment)
            .field("actors", &self.tips.len())
            .finish_non_exhaustive()
    }
}

fn apply(document: &mut Automerge, changes: Vec<Change>) -> Result<(), DocumentError> {
    document
        .apply_changes(changes)
        .map_err(|error| DocumentError::Library {
            reason: error.to_string(),
        })
}

fn object(document: &Automerge, parent: &ObjId, key: &str) -> Option<ObjId> {
    match document.get(parent, key) {
        Ok(Some((Value::Object(_), id))) => Some(id),
        Ok(Some((Value::Scalar(_), _)) | None) | Err(_) => None,
    }
}

fn read(document: &Automerge, bucket: &ObjId, key: &str) -> Option<Recorded> {
    let (value, _) = document.get(bucket, key).ok()??;
    layout::read(key, value.as_bytes()?)
}
