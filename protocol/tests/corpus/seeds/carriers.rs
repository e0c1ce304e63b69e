//! What two who carry envelopes say and ask each other, as each side hears it.

use tidings_protocol::carry::reconcile::Answering;
use tidings_protocol::carry::{CarriedEnvelope, CarryFrame, Offered};
use tidings_protocol::envelope::{Header, Priority};
use tidings_protocol::id::{EnvelopeId, Tag};

use super::{Seed, seed};
use crate::fuzz::{ANSWERS, ASKS, begin, carried, lengthened};

pub(super) fn reconciliations() -> Vec<Seed> {
    let (mut asking, first) = begin();
    let (mut answering, mut answer) = Answering::begin(carried(ANSWERS), &first).unwrap();
    let (mut questions, mut answers) = (vec![ANSWERS], vec![ASKS]);
    questions.extend(lengthened(&first));
    loop {
        answers.extend(lengthened(&answer));
        let Some(next) = asking.take(&answer).unwrap().next else {
            break;
        };
        questions.extend(lengthened(&next));
        answer = answering.answer(&next).unwrap();
    }
    vec![seed("questions", questions), seed("answers", answers)]
}

/// A frame of each kind.
pub(super) fn frames() -> Vec<Seed> {
    let id = EnvelopeId::new([1; 32]);
    let header = Header {
        tag: Tag::new([2; 16]),
        lifetime_hours: 168,
        priority: Priority::USUAL,
        purge: [3; 32],
    };
    let offered = Offered {
        id,
        header,
        bytes: 2048,
        age_hours: 5,
        hops: 3,
        is_given: true,
    };
    let carried = CarriedEnvelope {
        age_millis: 3_600_000,
        hops: 1,
        copies: 40,
        is_given: true,
        envelope: vec![4; 300].into(),
    };
    let frames = [
        ("begin", CarryFrame::Begin(vec![5; 40])),
        ("compare", CarryFrame::Compare(vec![6; 40])),
        ("compared", CarryFrame::Compared(vec![7; 40])),
        ("tell", CarryFrame::Tell(vec![id; 2])),
        ("offer", CarryFrame::Offer(vec![offered; 2])),
        ("want", CarryFrame::Want(vec![id; 3])),
        ("carry", CarryFrame::Carry(carried)),
        ("purge", CarryFrame::Purge(vec![[8; 32]; 2])),
    ];
    let seeds = frames.into_iter();
    seeds
        .map(|(name, frame)| seed(name, frame.to_bytes()))
        .collect()
}
