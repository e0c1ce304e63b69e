//! Rows: what is asked, and what must come of it.

use crate::scenario::{PAIR, ROOM, Scenario, TALK};
use crate::weakness::Weakness;
use crate::world::Kind;

/// What is asked for, and what was stolen.
pub(crate) type Row = (&'static str, &'static str);

pub(crate) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Join => "join",
        Kind::Answer => "answer",
        Kind::Letter => "letter",
        Kind::Chain { .. } => CHAIN,
    }
}

pub(crate) const CHAIN: &str = "message of a chain";
pub(crate) const LINK: &str = "whose it is: a letter under an introduction secret";
pub(crate) const LINK_AGREED: &str = "whose it is: a letter under a secret of the two";
pub(crate) const FORGED: &str = "forged letter";
pub(crate) const FORGED_CHAIN: &str = "forged message of a chain";
pub(crate) const NOTHING: &str = "nothing";
pub(crate) const LATER: &str = "nothing, but X25519 is broken later";
pub(crate) const CODE: &str = "the invite code";
pub(crate) const CODE_LATER: &str = "the invite code, and X25519 is broken later";
pub(crate) const KEYS_ALONE: &str = "the static and the signing key of either device";
pub(crate) const AGREEMENT_ALONE: &str = "the static key of either device";
pub(crate) const SENDER: &str = "the sender's state, of whatever time";
pub(crate) const INVITER_BEFORE: &str = "the inviter's state, before the answer";
pub(crate) const INVITER_AFTER: &str = "the inviter's state, since the answer";
pub(crate) const BEFORE: &str = "the recipient's state, from before it was sealed";
pub(crate) const HEALED: &str =
    "the recipient's state, from before a round trip to the newest key and back";
pub(crate) const TWO_TRIPS: &str = "the recipient's state, from before two round trips";
pub(crate) const ROUND_TRIP: &str =
    "the recipient's state, from before a round trip to an older key and back";
pub(crate) const WINDOW: &str = "the recipient's state, of the 45 days since";
pub(crate) const PAST: &str = "the recipient's state, 45 days later";
pub(crate) const THIRD: &str = "the state of a third device, of whatever time";
pub(crate) const POSED: &str = "the state of whom it is to come from";
pub(crate) const ROBBED: &str = "the state of whom it goes to";
pub(crate) const READER: &str = "the state of another device, its readers among them";
pub(crate) const OWNER_AFTER: &str = "the writer's state, since it was written";
pub(crate) const OWNER_BEFORE: &str = "the writer's state, of the same chain and before";
pub(crate) const OWNER_OTHER: &str = "the writer's state, from before the chain began";
pub(crate) const READER_WITHIN: &str =
    "a reader's state, of the 52 days since the chain was taken, the message not read yet";
pub(crate) const READER_READ: &str = "a reader's state, of the 52 days since the chain was taken, the message read and its key erased";
pub(crate) const READER_PAST: &str = "a reader's state, later";
pub(crate) const READER_BEFORE: &str = "a reader's state, from before the chain was handed over";
pub(crate) const READER_HEALED: &str =
    "a reader's state, from before such a round trip or two, before the chain was handed over";
pub(crate) const REMOVED: &str = "the state of whoever was removed before, of whatever time";
pub(crate) const NEWCOMER: &str = "the state of whoever was let in later, of whatever time";
pub(crate) const STRANGER: &str = "the state of a member who was never handed the chain";

/// What the document shows, in order, and what must come of it.
pub(crate) const ROWS: &[(Row, &str)] = &[
    (("join", NOTHING), "never"),
    (("join", LATER), "never"),
    (("join", CODE), "never"),
    (("join", CODE_LATER), "always"),
    (("join", INVITER_BEFORE), "always"),
    (("join", INVITER_AFTER), "never"),
    (("join", SENDER), "never"),
    (("answer", NOTHING), "never"),
    (("answer", LATER), "never"),
    (("answer", CODE), "never"),
    (("answer", CODE_LATER), "never"),
    (("answer", KEYS_ALONE), "never"),
    (("answer", SENDER), "never"),
    (("answer", BEFORE), "sometimes"),
    (("answer", WINDOW), "sometimes"),
    (("answer", PAST), "never"),
    (("letter", NOTHING), "never"),
    (("letter", LATER), "never"),
    (("letter", KEYS_ALONE), "never"),
    (("letter", SENDER), "never"),
    (("letter", THIRD), "never"),
    (("letter", WINDOW), "sometimes"),
    (("letter", PAST), "never"),
    (("letter", BEFORE), "sometimes"),
    (("letter", ROUND_TRIP), "never"),
    (("letter", HEALED), "never"),
    (("letter", TWO_TRIPS), "never"),
    ((LINK, THIRD), "always"),
    ((LINK_AGREED, THIRD), "never"),
    ((FORGED, AGREEMENT_ALONE), "never"),
    ((FORGED, ROBBED), "never"),
    ((FORGED, THIRD), "never"),
    ((FORGED, POSED), "sometimes"),
    ((CHAIN, NOTHING), "never"),
    ((CHAIN, LATER), "never"),
    ((CHAIN, KEYS_ALONE), "never"),
    ((CHAIN, OWNER_AFTER), "never"),
    ((CHAIN, OWNER_BEFORE), "always"),
    ((CHAIN, OWNER_OTHER), "never"),
    ((CHAIN, READER_WITHIN), "sometimes"),
    ((CHAIN, READER_READ), "sometimes"),
    ((CHAIN, READER_PAST), "never"),
    ((CHAIN, READER_BEFORE), "sometimes"),
    ((CHAIN, READER_HEALED), "never"),
    ((CHAIN, REMOVED), "never"),
    ((CHAIN, NEWCOMER), "never"),
    ((CHAIN, STRANGER), "never"),
    ((FORGED_CHAIN, READER), "never"),
    ((FORGED_CHAIN, POSED), "always"),
];

/// Each weakness, where it shows, after how many steps, and what opens by it.
pub(crate) const PLANTED: &[(Weakness, &Scenario, usize, Row)] = &[
    (Weakness::NoRatchet, &TALK, 3, ("letter", HEALED)),
    (Weakness::NoErasure, &PAIR, 2, ("letter", PAST)),
    (Weakness::ChainWithoutStep, &ROOM, 1, (CHAIN, OWNER_AFTER)),
    (Weakness::HandoverFromStart, &ROOM, 2, (CHAIN, NEWCOMER)),
    (Weakness::NoFreshChain, &ROOM, 3, (CHAIN, REMOVED)),
    (Weakness::PskWithoutKem, &PAIR, 1, ("answer", CODE_LATER)),
    (Weakness::NoSignature, &PAIR, 1, (FORGED, ROBBED)),
    (Weakness::NoSignature, &ROOM, 2, (FORGED_CHAIN, READER)),
];
