//! A segment's document at rest: a cache that this device makes for itself and may lose.
//!
//! Invariants
//! - Only bytes that this device saved are loaded: the library is not safe with anyone else's. A
//!   checksum over all of them is tested before the library sees any; it finds damage, not malice.
//! - A snapshot is never the truth: whatever is wrong with it, the stored operations rebuild it.

use std::collections::BTreeMap;

use automerge::{Automerge, ChangeHash};
use minicbor::{Decode, Encode};

use super::segment::Tip;
use super::{DocumentError, LAYOUT, SegmentDocument, layout};
use crate::id::{ActorId, ConversationId};
use crate::time::LogicalTime;

#[derive(Encode, Decode)]
struct Snapshot {
    #[n(0)]
    layout: u16,
    #[n(1)]
    conversation: ConversationId,
    #[n(2)]
    segment: u64,
    #[n(3)]
    tips: Vec<SavedTip>,
    #[cbor(n(4), with = "minicbor::bytes")]
    document: Vec<u8>,
}

#[derive(Encode, Decode)]
struct SavedTip {
    #[n(0)]
    actor: ActorId,
    #[n(1)]
    seq: u64,
    #[n(2)]
    logical: LogicalTime,
    #[n(3)]
    rank: u64,
    #[n(4)]
    counter: u64,
    #[cbor(n(5), with = "minicbor::bytes")]
    head: [u8; 32],
}

impl SegmentDocument {
    /// Writes a snapshot for [`Self::load_own`].
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let tips = self.tips.iter().map(|(actor, tip)| SavedTip {
            actor: *actor,
            seq: tip.seq,
            logical: tip.logical,
            rank: tip.rank,
            counter: tip.counter,
            head: tip.head.0,
        });
        let snapshot = Snapshot {
            layout: LAYOUT,
            conversation: self.conversation,
            segment: self.segment,
            tips: tips.collect(),
            document: self.document.save(),
        };
        #[expect(
            clippy::expect_used,
            reason = "a vector takes all that is written to it"
        )]
        let mut bytes = minicbor::to_vec(snapshot).expect("encoding into memory does not fail");
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes
    }

    /// Reads a snapshot that this device saved itself; never bytes from anywhere else.
    ///
    /// # Errors
    /// [`DocumentError::SnapshotDamaged`], [`DocumentError::SnapshotLayout`] or
    /// [`DocumentError::Foreign`]: rebuild the document from the stored operations.
    pub fn load_own(
        conversation: ConversationId,
        segment: u64,
        bytes: &[u8],
    ) -> Result<Self, DocumentError> {
        let damaged = DocumentError::SnapshotDamaged;
        let (content, checksum) = bytes
            .split_last_chunk::<32>()
            .ok_or(DocumentError::SnapshotDamaged)?;
        if blake3::hash(content) != blake3::Hash::from_bytes(*checksum) {
            return Err(damaged);
        }
        let snapshot: Snapshot =
            minicbor::decode(content).map_err(|_| DocumentError::SnapshotDamaged)?;
        if snapshot.layout != LAYOUT {
            return Err(DocumentError::SnapshotLayout {
                found: snapshot.layout,
            });
        }
        if (snapshot.conversation, snapshot.segment) != (conversation, segment) {
            return Err(DocumentError::Foreign {
                conversation,
                segment,
            });
        }
        let genesis_author = layout::genesis_author(conversation, segment);
        let document = Automerge::load(&snapshot.document)
            .map_err(|_| DocumentError::SnapshotDamaged)?
            .with_actor(genesis_author.clone());
        let tips = tips(conversation, segment, snapshot.tips);
        let genesis = layout::genesis(&genesis_author).hash();
        let loaded = Self {
            conversation,
            segment,
            genesis,
            genesis_author,
            tips,
            document,
        };
        if loaded.document.get_heads() != loaded.expected_heads() {
            return Err(damaged);
        }
        Ok(loaded)
    }

    fn expected_heads(&self) -> Vec<ChangeHash> {
        let recorded = self.tips.values().filter(|tip| tip.rank > 0);
        let mut heads: Vec<_> = recorded.map(|tip| tip.head).collect();
        if heads.is_empty() {
            heads.push(self.genesis);
        }
        heads.sort_unstable();
        heads
    }
}

fn tips(
    conversation: ConversationId,
    segment: u64,
    saved: Vec<SavedTip>,
) -> BTreeMap<ActorId, Tip> {
    let restore = |tip: SavedTip| {
        let restored = Tip {
            author: layout::author(conversation, segment, tip.actor),
            seq: tip.seq,
            logical: tip.logical,
            rank: tip.rank,
            counter: tip.counter,
            head: ChangeHash(tip.head),
        };
        (tip.actor, restored)
    };
    saved.into_iter().map(restore).collect()
}
