//! The column form of a delivery state.
//!
//! Invariants
//! - Codes are ordered as the states are, so that SQL's `min` is [`DeliveryState::least`].
//! - A code, once stored, keeps its meaning; the schema's checks and indexes name them.
//! - Whom a message waits for no longer counts for its state only if they got it; should nobody
//!   be left, it failed.

use tidings_protocol::delivery::{DeliveryState, FailureReason};

/// Every state that there is.
const STATES: [DeliveryState; 9] = [
    DeliveryState::Failed(FailureReason::Cancelled),
    DeliveryState::Failed(FailureReason::Removed),
    DeliveryState::Failed(FailureReason::Blocked),
    DeliveryState::Failed(FailureReason::TooLarge),
    DeliveryState::Failed(FailureReason::Expired),
    DeliveryState::Queued,
    DeliveryState::Carried,
    DeliveryState::Delivered,
    DeliveryState::Read,
];

/// The number that stands for a state.
pub(crate) const fn code(state: DeliveryState) -> i64 {
    match state {
        DeliveryState::Failed(FailureReason::Cancelled) => 0,
        DeliveryState::Failed(FailureReason::Removed) => 1,
        DeliveryState::Failed(FailureReason::Blocked) => 2,
        DeliveryState::Failed(FailureReason::TooLarge) => 3,
        DeliveryState::Failed(FailureReason::Expired) => 4,
        DeliveryState::Queued => 16,
        DeliveryState::Carried => 17,
        DeliveryState::Delivered => 18,
        DeliveryState::Read => 19,
    }
}

/// The state that a number stands for.
pub(crate) fn state(number: i64) -> Option<DeliveryState> {
    STATES.into_iter().find(|state| code(*state) == number)
}

/// What a delivery's weight is above its code if its person counts no longer.
const RELEASED: i64 = 32;

/// The SQL for the weight of the delivery `alias`: its code, and above all codes if its person
/// counts no longer. The least weight of a message's deliveries says its state.
pub(crate) fn weight(alias: &str) -> String {
    weight_in(&format!("{alias}.state"), &format!("{alias}.released"))
}

/// The SQL for the weight of a delivery of this state, `released` or not.
pub(crate) fn weight_in(state: &str, released: &str) -> String {
    let delivered = code(DeliveryState::Delivered);
    format!("({state} + CASE WHEN {released} AND {state} < {delivered} THEN {RELEASED} ELSE 0 END)")
}

/// The SQL for the code of a message's state by the least weight of its deliveries.
pub(crate) fn code_by_weight(least: &str) -> String {
    let queued = code(DeliveryState::Queued);
    let given_up = RELEASED + queued;
    let removed = code(REMOVED);
    format!(
        "CASE WHEN {least} < {RELEASED} THEN {least}
             WHEN {least} < {given_up} THEN {least} - {RELEASED} ELSE {removed} END"
    )
}

/// The state of a message that reached nobody before all whom it was for were removed, unless its
/// author had given it up before.
pub(crate) const REMOVED: DeliveryState = DeliveryState::Failed(FailureReason::Removed);

/// A message's deliveries by weight: how many people each stands for.
#[derive(Default)]
pub(crate) struct Weights(pub(crate) Vec<(i64, u64)>);

impl Weights {
    /// The state of the message.
    pub(crate) fn state(&self) -> DeliveryState {
        let counted = self.counted().map(|(state, _)| state);
        if let Some(least) = counted.min() {
            return least;
        }
        let released = self.0.iter().map(|(weight, _)| *weight).min();
        match released.and_then(|weight| state(weight - RELEASED)) {
            None => DeliveryState::least([]),
            Some(given_up @ DeliveryState::Failed(_)) => given_up,
            Some(_) => REMOVED,
        }
    }

    /// Those that count, by state.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (DeliveryState, u64)> {
        let states = self.0.iter();
        states.filter_map(|(weight, people)| Some((state(*weight)?, *people)))
    }
}

/// The codes of all states that may become `next`, as a list for SQL's `IN`.
pub(crate) fn sources(next: DeliveryState) -> String {
    let codes: Vec<String> = STATES
        .into_iter()
        .filter(|state| state.may_become(next))
        .map(|state| code(state).to_string())
        .collect();
    codes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_ordered_as_the_states_are_and_come_back() {
        assert!(STATES.is_sorted_by(|one, next| one < next));
        assert!(STATES.is_sorted_by(|one, next| code(*one) < code(*next)));
        for one in STATES {
            assert_eq!(state(code(one)), Some(one));
        }
        let known = (-1..=20).filter(|number| state(*number).is_some()).count();
        assert_eq!(known, STATES.len());
    }

    #[test]
    fn the_numbers_in_the_schema_are_these() {
        let schema = include_str!("../migrations/0001_founding.sql");
        let open = format!("WHERE state < {};", code(DeliveryState::Delivered));
        assert!(schema.contains(&open));
        let all = format!("CHECK (state BETWEEN 0 AND {})", code(DeliveryState::Read));
        assert!(schema.contains(&all));
    }

    #[test]
    fn sources_follow_the_transition_table() {
        assert_eq!(sources(DeliveryState::Delivered), "0, 1, 2, 3, 4, 16, 17");
        assert_eq!(sources(DeliveryState::Queued), "17");
    }
}
