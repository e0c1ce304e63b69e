//! How far one message has come towards one person, and towards all it is for.
//!
//! ```text
//!            +--------- carried ends ---------+
//!            v                                |
//!   send -> queued ----------------------> carried
//!            |  \                            | |
//!            |   +--> delivered --> read <---+ |
//!            |          ^  |         ^         |
//!            v          |  +---------+         |
//!          failed ------+  (it had arrived)  <-+
//! ```
//!
//! Invariants
//! - A state changes only along [`DeliveryState::may_become`]; the table is the whole truth.
//! - What arrived stays arrived: `delivered` and `read` never go down.
//! - A message's state is the least over the people it is for.

use minicbor::{Decode, Encode};

/// Why a message is no longer being delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum FailureReason {
    /// Its author gave it up.
    #[n(0)]
    Cancelled,
    /// Its author had been removed from the conversation before it arrived.
    #[n(1)]
    Removed,
    /// Its author blocks the person it is for.
    #[n(2)]
    Blocked,
    /// It exceeds a limit of the person it is for.
    #[n(3)]
    TooLarge,
    /// Its time was over before it arrived.
    #[n(4)]
    Expired,
}

impl FailureReason {
    /// The word shown to people and scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Removed => "removed",
            Self::Blocked => "blocked",
            Self::TooLarge => "too large",
            Self::Expired => "expired",
        }
    }
}

/// How far a message has come. Ordered from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum DeliveryState {
    /// No longer being delivered.
    #[n(0)]
    Failed(#[n(0)] FailureReason),
    /// Kept here until the person's device can be reached.
    #[n(1)]
    Queued,
    /// Promised to be kept by someone else's device.
    #[n(2)]
    Carried,
    /// Acknowledged by a device of the person.
    #[n(3)]
    Delivered,
    /// Marked as read by the person.
    #[n(4)]
    Read,
}

impl DeliveryState {
    /// Whether a message in this state may go to `next`.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            // An acknowledgement is proof, even of what had been given up.
            (Self::Failed(_) | Self::Queued | Self::Carried, Self::Delivered | Self::Read)
            | (Self::Delivered, Self::Read)
            | (Self::Queued, Self::Carried | Self::Failed(_))
            | (Self::Carried, Self::Queued | Self::Failed(_)) => true,
            (Self::Failed(_), Self::Failed(_) | Self::Queued | Self::Carried)
            | (Self::Queued, Self::Queued)
            | (Self::Carried, Self::Carried)
            | (Self::Delivered, Self::Failed(_) | Self::Queued | Self::Carried | Self::Delivered)
            | (Self::Read, _) => false,
        }
    }

    /// The state of a message from its state for each person; without anyone, it is delivered.
    #[must_use]
    pub fn least(states: impl IntoIterator<Item = Self>) -> Self {
        states.into_iter().min().unwrap_or(Self::Delivered)
    }

    /// The word shown to people and scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed(_) => "failed",
            Self::Queued => "queued",
            Self::Carried => "carried",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_state() -> impl Strategy<Value = DeliveryState> {
        let reason = prop_oneof![
            Just(FailureReason::Cancelled),
            Just(FailureReason::Removed),
            Just(FailureReason::Blocked),
            Just(FailureReason::TooLarge),
            Just(FailureReason::Expired),
        ];
        prop_oneof![
            reason.prop_map(DeliveryState::Failed),
            Just(DeliveryState::Queued),
            Just(DeliveryState::Carried),
            Just(DeliveryState::Delivered),
            Just(DeliveryState::Read),
        ]
    }

    proptest! {
        #[test]
        fn what_arrived_stays_arrived(path in prop::collection::vec(any_state(), 0..40)) {
            let mut state = DeliveryState::Queued;
            let mut arrived = false;
            for next in path {
                if state.may_become(next) {
                    state = next;
                }
                arrived |= state >= DeliveryState::Delivered;
                prop_assert!(!arrived || state >= DeliveryState::Delivered);
            }
        }

        #[test]
        fn no_state_becomes_itself(state in any_state()) {
            prop_assert!(!state.may_become(state));
        }

        #[test]
        fn an_acknowledgement_is_taken_in_every_state_below_it(state in any_state()) {
            prop_assert_eq!(
                state.may_become(DeliveryState::Delivered),
                state < DeliveryState::Delivered
            );
        }

        #[test]
        fn the_least_person_decides(states in prop::collection::vec(any_state(), 1..6)) {
            let least = DeliveryState::least(states.iter().copied());
            prop_assert!(states.iter().all(|state| *state >= least));
            prop_assert!(states.contains(&least));
        }
    }

    #[test]
    fn what_was_given_up_is_not_queued_again() {
        let failed = DeliveryState::Failed(FailureReason::Cancelled);
        assert!(!failed.may_become(DeliveryState::Queued));
        assert!(failed.may_become(DeliveryState::Delivered));
    }
}
