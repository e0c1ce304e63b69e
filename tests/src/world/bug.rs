//! Planted bugs: what a careless driver or store would do, to show that the audit notices.
//!
//! Invariants
//! - A world without one has none: every bug is asked for by name.

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::record::{Batch, Change, DeliveryChange};

/// A bug to plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Effects happen before what they depend on is durable.
    ActsBeforeCommit,
    /// Some commits are reported as done and are not.
    LosesCommits,
    /// Some commits are kept by halves.
    TearsCommits,
    /// Some operations are left out of their commit.
    DropsOperations,
    /// What was written counts as delivered at once.
    ClaimsDelivery,
    /// Some deliveries are not noted.
    ForgetsDeliveries,
    /// What was read is not marked.
    ForgetsReading,
    /// A request that is repeated is carried out again.
    ForgetsRequests,
    /// After some crashes the engine is given an older profile than the one stored.
    RollsBack,
    /// The first of the operations that were asked for is left out.
    SkipsOperations,
    /// Time passes and nobody tells the engine.
    SleepsThroughTimers,
    /// The end of a link is not told.
    MissesEnds,
    /// Some frames are handed over twice.
    RepeatsFrames,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ActsBeforeCommit,
        Self::LosesCommits,
        Self::TearsCommits,
        Self::DropsOperations,
        Self::ClaimsDelivery,
        Self::ForgetsDeliveries,
        Self::ForgetsReading,
        Self::ForgetsRequests,
        Self::RollsBack,
        Self::SkipsOperations,
        Self::SleepsThroughTimers,
        Self::MissesEnds,
        Self::RepeatsFrames,
    ];

    /// What is kept of the commit with this number, if this bug is in the store.
    pub(super) fn kept(self, number: u64, batch: &[Change]) -> Batch {
        let mut kept = batch.to_vec();
        match self {
            Self::LosesCommits if number.is_multiple_of(19) => kept.clear(),
            Self::TearsCommits if number.is_multiple_of(11) => kept.truncate(batch.len() / 2),
            Self::DropsOperations if number.is_multiple_of(7) => {
                kept.retain(|change| !matches!(change, Change::InsertOperation(_)));
            }
            Self::ForgetsDeliveries if number.is_multiple_of(5) => {
                kept.retain(|change| !matches!(change, Change::ChangeDelivery(_)));
            }
            Self::ForgetsReading => {
                kept.retain(|change| !matches!(change, Change::MarkRead { .. }));
            }
            Self::ClaimsDelivery => kept.extend(batch.iter().filter_map(claimed)),
            Self::LosesCommits
            | Self::TearsCommits
            | Self::DropsOperations
            | Self::ForgetsDeliveries
            | Self::ActsBeforeCommit
            | Self::ForgetsRequests
            | Self::RollsBack
            | Self::SkipsOperations
            | Self::SleepsThroughTimers
            | Self::MissesEnds
            | Self::RepeatsFrames => {}
        }
        kept
    }
}

/// The delivery of an operation that has just been written.
fn claimed(change: &Change) -> Option<Change> {
    let Change::InsertOperation(record) = change else {
        return None;
    };
    let header = record.operation.header();
    Some(Change::ChangeDelivery(DeliveryChange {
        actor: header.actor,
        first: header.seq,
        last: header.seq,
        person: *record.recipients.first()?,
        state: DeliveryState::Delivered,
    }))
}
