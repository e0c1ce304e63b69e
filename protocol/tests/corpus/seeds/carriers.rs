//! What two who carry envelopes ask each other, as each side hears it.

use tidings_protocol::carry::reconcile::Answering;

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
