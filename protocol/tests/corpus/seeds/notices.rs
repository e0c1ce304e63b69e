//! What is said nearby.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use tidings_protocol::carry::{NOTICE_TEXT_BYTES_MAX, Notice, NoticeKind, NoticeText};
use tidings_protocol::wire;
use tidings_protocol::wire::limits::NAME_CHARACTERS_MAX;

use super::{Seed, seed};
use crate::fuzz::{BROUGHT, SAID, START, nearby_key};

#[derive(Decode, Encode)]
#[cbor(map)]
struct Signed {
    #[n(0)]
    fields: ByteVec,
}

pub(super) fn notices() -> Vec<Seed> {
    let least = said(NoticeKind::Message, "x", "y");
    let check_in = said(NoticeKind::CheckIn, "Ann", "I am safe");
    let name = "\u{1d400}".repeat(NAME_CHARACTERS_MAX);
    let full = said(
        NoticeKind::Message,
        &name,
        &"z".repeat(NOTICE_TEXT_BYTES_MAX),
    );
    let brought = |notice: &Notice| [&[BROUGHT], notice.as_bytes()].concat();
    let fields = |notice: &Notice| {
        let signed: Signed = wire::decode(notice.as_bytes(), 4096).unwrap();
        [&[SAID], signed.fields.as_slice()].concat()
    };
    vec![
        seed("least", brought(&least)),
        seed("checkin", brought(&check_in)),
        seed("full", brought(&full)),
        seed("fields", fields(&check_in)),
    ]
}

fn said(kind: NoticeKind, name: &str, text: &str) -> Notice {
    let said = NoticeText {
        kind,
        name: name.to_owned(),
        number: 7,
        written_at: START,
        lifetime_hours: kind.lifetime_hours(),
        text: text.to_owned(),
    };
    Notice::sign(said, &nearby_key()).unwrap()
}
