//! Notices.

use serde_json::{Value, json};
use tidings_protocol::carry::{
    CarriedNotice, CarryFrame, Notice, NoticeKind, NoticeText, SignedNotice,
};
use tidings_protocol::identity::SigningSecret;

use crate::{START, hex};

/// Notices with what they say, and the frame in which one travels.
pub(super) fn notices() -> Vec<Value> {
    vec![
        notice(NoticeKind::Message, "Ann", "Water at the school", 1),
        notice(NoticeKind::CheckIn, "Zo\u{eb}", "I am safe", 4_294_967_296),
    ]
}

fn notice(kind: NoticeKind, name: &str, text: &str, number: u64) -> Value {
    let said = NoticeText {
        kind,
        name: name.to_owned(),
        number,
        written_at: START,
        lifetime_hours: kind.lifetime_hours(),
        text: text.to_owned(),
    };
    let notice = Notice::sign(said, &SigningSecret::from_bytes(&[70; 32])).unwrap();
    let read = SignedNotice::from_bytes(notice.as_bytes()).unwrap();
    assert_eq!(read.verify().as_ref(), Ok(&notice));
    let frame = CarryFrame::Notices(vec![CarriedNotice {
        age_millis: 60_000,
        hops: 2,
        notice: notice.as_bytes().to_vec().into(),
    }]);
    json!({
        "name": format!("a notice by {name}"),
        "frame": hex(frame.to_bytes()),
        "heard": hex(CarryFrame::Heard(vec![notice.hint()]).to_bytes()),
        "hint": hex(notice.hint()),
        "id": hex(notice.id().as_bytes()),
        "key": hex(notice.key().as_bytes()),
        "kind": kind.number(),
        "lifetime_hours": notice.said().lifetime_hours,
        "notice": hex(notice.as_bytes()),
        "number": number,
        "said_by": name,
        "text": text,
        "written_at": START.as_millis(),
    })
}
