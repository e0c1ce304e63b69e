//! What two devices tell each other to change over to another secret.

use serde_json::{Value, json};
use tidings_protocol::id::DeviceId;
use tidings_protocol::pair::{Pair, PairNews, SECRET_LIFETIME};
use tidings_protocol::rendezvous::Period;
use tidings_protocol::wire;

use crate::formats::secret;
use crate::{START, ann, ben, hex, rng};

/// What each says, and the pair of who asked for it.
struct ChangeOver {
    proposer: DeviceId,
    answerer: DeviceId,
    proposed: PairNews,
    answered: PairNews,
    pair: Pair,
}

/// The one with the lower id seals a letter a week after the last secret, and is answered.
fn change_over() -> ChangeOver {
    let (ann, ben) = (ann().device(), ben().device());
    let (proposer, answerer) = (ann.min(ben), ann.max(ben));
    let (mut asks, mut answers) = (Pair::new(proposer, answerer), Pair::new(answerer, proposer));
    asks.agree(secret(), START);
    answers.agree(secret(), START);
    let (now, mut rng) = (START.after(SECRET_LIFETIME), rng(60));
    let proposed = asks.send(None, now, &mut rng).unwrap().news;
    assert_eq!(answers.hear(&proposed, now, &mut rng), Ok(true));
    let answered = answers.tell(now, &mut rng);
    assert_eq!(asks.hear(&answered, now, &mut rng), Ok(true));
    ChangeOver {
        proposer,
        answerer,
        proposed,
        answered,
        pair: asks,
    }
}

/// No device says all of this at once: one of two proposes, the other answers.
pub(super) fn everything() -> PairNews {
    let ChangeOver {
        proposed, answered, ..
    } = change_over();
    PairNews {
        proposal: proposed.proposal,
        sent: proposed.sent,
        knows: Some(4_294_967_298),
        ..answered
    }
}

/// The news and each part of it.
pub(super) fn news(news: &PairNews) -> Value {
    json!({
        "answer": news.answer.as_ref().map(|share| hex(wire::encode(share))),
        "knows": news.knows,
        "news": hex(wire::encode(news)),
        "proposal": news.proposal.as_ref().map(|share| hex(wire::encode(share))),
        "ratchet": news.ratchet.map(|key| json!([key.number, hex(key.public)])),
        "seen": news.seen.map(|(secret, to)| json!([hex(secret.as_bytes()), to])),
        "sent": news.sent.map(|(secret, to)| json!([hex(secret.as_bytes()), to])),
    })
}

pub(super) fn changes() -> Vec<Value> {
    let change = change_over();
    let agreed = change.pair.agreed();
    vec![json!({
        "name": "a proposal, its answer, and what they come to",
        "answer": news(&change.answered),
        "answerer": hex(change.answerer.as_bytes()),
        "key": hex(agreed[0].key.as_ref()),
        "proposal": news(&change.proposed),
        "proposer": hex(change.proposer.as_bytes()),
        "secret_id": hex(agreed[0].id.as_bytes()),
    })]
}

pub(super) fn rendezvous() -> Vec<Value> {
    let (ann, ben) = (ann().device(), ben().device());
    let directions = [("Ann, for Ben", ann, ben), ("Ben, for Ann", ben, ann)];
    let vectors = directions.into_iter().map(|(name, provider, seeker)| {
        let keys = Period::at(START).around().map(|period| {
            let key = period.key(&secret().key, provider, seeker);
            json!({ "key": hex(key.as_bytes()), "period": period.number() })
        });
        json!({
            "name": name,
            "keys": keys,
            "provider": hex(provider.as_bytes()),
            "secret": hex(secret().key.as_ref()),
            "seeker": hex(seeker.as_bytes()),
            "time": START.as_millis(),
        })
    });
    vectors.collect()
}
