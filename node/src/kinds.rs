//! Kinds: of what kinds the things are that change beside messages, and when something of each last did.
//!
//! ```text
//!   committed batch --of()--+
//!   session, link, network,
//!   transfer ---------------+--> Latest (one number a kind) --since(version)--> the kinds to look at again
//! ```
//!
//! Invariants
//! - Who knows a version is told every kind of which something changed after it, however often that was and
//!   whatever changed meanwhile.
//! - More may be told than changed, never less.
//! - One number is kept of each kind, whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::operation::{self, Operation};
use tidings_protocol::record::Change;

/// A kind of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Contacts, and joins that wait.
    People,
    /// Conversations, but for the messages in them.
    Conversations,
    /// What our person has read.
    Read,
    /// Messages that are there no longer.
    Gone,
    /// What is told of what was done to conversations.
    Deeds,
    /// How others are reached, and what is on its way to them.
    Network,
    /// What our person has chosen for the whole profile.
    Settings,
    /// What is moved into files and out of them now.
    Transfers,
}

/// Some kinds.
pub(crate) type Kinds = BTreeSet<Kind>;

impl Kind {
    const ALL: [Self; 8] = [
        Self::People,
        Self::Conversations,
        Self::Read,
        Self::Gone,
        Self::Deeds,
        Self::Network,
        Self::Settings,
        Self::Transfers,
    ];

    /// Of which kinds the things are that a change of the store is about.
    pub(crate) fn of(change: &Change) -> &'static [Self] {
        match change {
            // Whom our person blocks is hidden in rooms; conversations go by the names of those in them.
            Change::PutContact(_) => &[Self::People, Self::Conversations, Self::Gone],
            // Two of the same name are told apart, also where one of them is no contact.
            Change::PutRoom(_) => &[Self::People, Self::Conversations, Self::Gone],
            Change::PutDevice(_) => &[Self::People, Self::Conversations, Self::Network],
            Change::PutPendingJoin(_) | Change::DeletePendingJoin(_) => &[Self::People],
            // What an author said of how long messages stay may count no longer.
            Change::PutFork(_) => &[Self::Conversations, Self::Gone, Self::Deeds],
            Change::TellDeeds(_) => &[Self::Deeds],
            Change::PutPreferences(_) | Change::PutDraft(_) => &[Self::Conversations],
            Change::InsertOperation(record) => of_operation(&record.operation, record.mine),
            Change::PutBody { operation, .. } => of_operation(operation, false),
            Change::MarkRead(..) => &[Self::Read],
            Change::DropForMe(_) => &[Self::Gone],
            // What was not delivered in time waits for nobody any more.
            Change::EraseExpired(_) => &[Self::Gone, Self::Network],
            Change::ChangeDelivery(change) => of_delivery(change.state),
            Change::Release(..)
            | Change::Exclude(..)
            | Change::PutCarried { .. }
            | Change::AdoptCarried(..)
            | Change::DropCarried(_)
            | Change::PutDeposit(_)
            | Change::DropDeposit(_)
            | Change::PutCustody(_)
            | Change::DropCustody { .. } => &[Self::Network],
            Change::PutSettings(_) => &[Self::Settings],
            Change::PutIdentity(_)
            | Change::PutInvite(_)
            | Change::DeleteInvite(_)
            | Change::DeleteContactSecrets(_)
            | Change::PutPair(_)
            | Change::PutSenderChain(_)
            | Change::DeleteSenderChain(_)
            | Change::PutChainReader(_)
            | Change::DeleteChainReader(_)
            | Change::PutMailedControl(_)
            | Change::DropMailedControl(..)
            | Change::PutOwedControl(_)
            | Change::DropOwedControl(..)
            | Change::PutReceiverChain(_)
            | Change::DeleteReceiverChain(_)
            | Change::PutActor(_)
            | Change::MarkUrgent(_)
            | Change::Withhold(_)
            | Change::PutReceipt(_)
            | Change::PutOwnReceipt(_)
            | Change::PutControl(_)
            | Change::SpendCopies { .. }
            | Change::PutTombstone(_)
            | Change::DropTombstone(_)
            | Change::PutCarryTime(_)
            | Change::PutNotice(_)
            | Change::DropNotice(_)
            | Change::PutPassed(_)
            | Change::DropPassed { .. }
            | Change::PutNearbyKey(_)
            | Change::ForgetNearby
            | Change::PutRequest { .. } => &[],
        }
    }
}

/// Messages and what is said of them are told as they arrive; what waits for others is counted.
const fn of_operation(operation: &Operation, mine: bool) -> &'static [Kind] {
    let is_lifetime = matches!(operation.header().kind, operation::Kind::Lifetime);
    match (is_lifetime, mine) {
        (true, true) => &[Kind::Conversations, Kind::Deeds, Kind::Network],
        (true, false) => &[Kind::Conversations, Kind::Deeds],
        (false, true) => &[Kind::Network],
        (false, false) => &[],
    }
}

const fn of_delivery(state: DeliveryState) -> &'static [Kind] {
    match state {
        // What had disappeared before it arrived, as far as was known, is gone once it has.
        DeliveryState::Delivered | DeliveryState::Read => &[Kind::Gone, Kind::Network],
        DeliveryState::Failed(_) | DeliveryState::Queued | DeliveryState::Carried => {
            &[Kind::Network]
        }
    }
}

/// When something of each kind changed last.
#[derive(Debug, Clone)]
pub(crate) struct Latest {
    first: u64,
    version: u64,
    /// At which version something of it changed last; nothing of a kind of which nothing did.
    of: BTreeMap<Kind, u64>,
}

impl Latest {
    /// Nothing has changed yet at this version, which no node of this profile had before.
    pub(crate) const fn new(first: u64) -> Self {
        Self {
            first,
            version: first,
            of: BTreeMap::new(),
        }
    }

    /// The version as it is now.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// Notes that something of these kinds changed.
    pub(crate) fn note(&mut self, kinds: impl IntoIterator<Item = Kind>) {
        self.version = self.version.saturating_add(1);
        let version = self.version;
        self.of
            .extend(kinds.into_iter().map(|kind| (kind, version)));
    }

    /// The kinds of which something changed after this version; all, for who knows none of ours.
    pub(crate) fn since(&self, known: Option<u64>) -> Kinds {
        let known = known.filter(|known| (self.first..=self.version).contains(known));
        let changed = |kind: &Kind| match (known, self.of.get(kind)) {
            (None, _) => true,
            (Some(known), Some(latest)) => *latest > known,
            (Some(_), None) => false,
        };
        Kind::ALL.into_iter().filter(changed).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: u64 = 1_000;

    #[test]
    fn who_knows_no_version_of_this_node_is_told_every_kind() {
        let mut latest = Latest::new(FIRST);
        latest.note([Kind::Read]);
        for unknown in [None, Some(FIRST - 1), Some(FIRST + 2), Some(u64::MAX)] {
            assert_eq!(latest.since(unknown), Kinds::from(Kind::ALL), "{unknown:?}");
        }
        assert_eq!(latest.since(Some(FIRST)), Kinds::from([Kind::Read]));
        assert_eq!(latest.since(Some(FIRST + 1)), Kinds::new());
    }

    proptest! {
        #[test]
        fn whoever_missed_several_changes_is_told_the_kinds_of_all_of_them_and_no_other(
            changes in prop::collection::vec(prop::sample::subsequence(Kind::ALL.to_vec(), 0..=8), 0..20),
            known in 0..20_usize,
        ) {
            let mut latest = Latest::new(FIRST);
            let mut versions = vec![latest.version()];
            for kinds in &changes {
                latest.note(kinds.iter().copied());
                versions.push(latest.version());
            }
            let known = known.min(changes.len());
            let missed: Kinds = changes[known..].iter().flatten().copied().collect();
            prop_assert_eq!(latest.since(Some(versions[known])), missed);
            prop_assert!(latest.of.len() <= Kind::ALL.len());
        }
    }
}
