//! The targets of what carriers say to each other: their frames, and which of the envelopes that they hold the other
//! side lacks.

use std::collections::BTreeSet;

use tidings_protocol::carry::CarryFrame;
use tidings_protocol::carry::reconcile::{
    Answering, Asking, DIFFERENCES_MAX, RECONCILE_BYTES_MAX, ROUNDS_MAX,
};
use tidings_protocol::id::EnvelopeId;

use super::people::rng;

/// Whoever asks in what the target does.
pub const ASKS: u8 = 0;
/// Whoever answers.
pub const ANSWERS: u8 = 1;
/// What both hold, but for some of each.
const HELD: u64 = 600;
const APART: u64 = 40;

/// What the side that asks holds, or the one that answers.
pub fn carried(side: u8) -> impl Iterator<Item = EnvelopeId> {
    let from = u64::from(side) * APART;
    let id = |number: u64| EnvelopeId::new(*blake3::hash(&number.to_le_bytes()).as_bytes());
    (from..from + HELD).map(id)
}

/// Begins what is asked of the other side; always the same.
pub fn begin() -> (Asking, Vec<u8>) {
    Asking::begin(carried(ASKS), &mut rng(31))
}

/// A frame between two neighbours; returns whether it is one.
pub fn is_frame(data: &[u8]) -> bool {
    let Ok(frame) = CarryFrame::from_bytes(data) else {
        return false;
    };
    let again = CarryFrame::from_bytes(&frame.to_bytes());
    assert_eq!(again, Ok(frame));
    true
}

pub fn frame(data: &[u8]) {
    let _ = is_frame(data);
}

/// What is said to one side, by the first byte, each message after its length.
pub fn reconcile(data: &[u8]) {
    let _ = reconciled(data);
}

/// How many of the messages were taken.
pub fn reconciled(data: &[u8]) -> Option<usize> {
    let (side, said) = data.split_first()?;
    if side % 2 == ASKS {
        Some(ask(messages(said)))
    } else {
        Some(answer(messages(said)))
    }
}

/// A message after its length.
pub fn lengthened(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a message of ours");
    [&length.to_be_bytes(), message].concat()
}

fn messages(mut said: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = said.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (message, rest) = rest.split_at(length);
        said = rest;
        Some(message)
    })
}

/// Whatever is answered, what is found is found once, is held where it is had and not where it is needed.
fn ask<'a>(answers: impl Iterator<Item = &'a [u8]>) -> usize {
    let held: BTreeSet<EnvelopeId> = carried(ASKS).collect();
    let mut found = BTreeSet::new();
    let (mut asking, _) = begin();
    let mut taken = 0;
    for message in answers {
        let Ok(progress) = asking.take(message) else {
            assert!(asking.take(message).is_err());
            break;
        };
        taken += 1;
        for id in &progress.have {
            assert!(held.contains(id) && found.insert(*id));
        }
        for id in &progress.need {
            assert!(!held.contains(id) && found.insert(*id));
        }
        assert!(found.len() <= DIFFERENCES_MAX && taken <= ROUNDS_MAX);
        let Some(next) = progress.next else {
            break;
        };
        assert!(next.len() <= RECONCILE_BYTES_MAX && !progress.is_complete);
    }
    taken
}

fn answer<'a>(mut questions: impl Iterator<Item = &'a [u8]>) -> usize {
    let Some(first) = questions.next() else {
        return 0;
    };
    let Ok((mut answering, answer)) = Answering::begin(carried(ANSWERS), first) else {
        return 0;
    };
    assert!(answer.len() <= RECONCILE_BYTES_MAX);
    let mut taken = 1;
    for message in questions {
        if let Ok(answer) = answering.answer(message) {
            assert!(answer.len() <= RECONCILE_BYTES_MAX);
            taken += 1;
        }
    }
    assert!(taken <= ROUNDS_MAX);
    taken
}
