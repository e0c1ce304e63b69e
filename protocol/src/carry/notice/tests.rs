use proptest::prelude::*;

use super::*;
use crate::rng::Rng;
use crate::wire::limits::NAME_CHARACTERS_MAX;

fn key(seed: u8) -> SigningSecret {
    SigningSecret::generate(&mut Rng::from_seed(&[seed; 32]))
}

fn any_said() -> impl Strategy<Value = NoticeText> {
    let kind = prop::sample::select(NoticeKind::ALL.to_vec());
    let name =
        "[^ ]{1,64}".prop_map(|name| format!("x{}", name.chars().skip(1).collect::<String>()));
    let text = "x.{0,200}";
    (
        kind,
        name,
        1..=SEQ_MAX,
        any::<u64>(),
        1..=NOTICE_HOURS_MAX,
        text,
    )
        .prop_map(
            |(kind, name, number, written_at, lifetime_hours, text)| NoticeText {
                kind,
                name,
                number,
                written_at: WallTime::from_millis(written_at),
                lifetime_hours,
                text,
            },
        )
}

fn plain() -> NoticeText {
    NoticeText {
        kind: NoticeKind::Message,
        name: "Ann".to_owned(),
        number: 1,
        written_at: WallTime::from_millis(7),
        lifetime_hours: 24,
        text: "Water at the school".to_owned(),
    }
}

/// The fields of a notice with others in their place, signed as they are.
fn signed_anyhow(fields: Vec<u8>) -> Vec<u8> {
    let id = id_of(&fields);
    let signature = key(1)
        .sign(Domain::NoticeSignature, &[id.as_bytes()])
        .into();
    wire::encode(&Signed { fields, signature })
}

fn fields_of(notice: &Notice) -> Vec<u8> {
    let signed: Signed = wire::decode(notice.as_bytes(), NOTICE_BYTES_MAX).unwrap();
    signed.fields
}

proptest! {
    #[test]
    fn a_notice_comes_out_as_it_went_in(said in any_said(), seed: u8) {
        let notice = Notice::sign(said, &key(seed)).unwrap();
        let read = SignedNotice::from_bytes(notice.as_bytes()).unwrap();
        prop_assert_eq!(read.claimed(), &notice);
        prop_assert_eq!(&read.verify().unwrap(), &notice);
        prop_assert_eq!(Notice::stored(notice.as_bytes()), Ok(notice));
    }

    #[test]
    fn a_notice_with_a_bit_changed_is_none(said in any_said(), at: prop::sample::Index, bit in 0_u32..8) {
        let notice = Notice::sign(said, &key(1)).unwrap();
        let mut bytes = notice.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let read = SignedNotice::from_bytes(&bytes).and_then(SignedNotice::verify);
        prop_assert!(read.is_err());
    }

    #[test]
    fn garbage_is_no_notice(bytes: Vec<u8>) {
        prop_assert!(SignedNotice::from_bytes(&bytes).is_err());
        let _ = SignedNotice::from_bytes(&signed_anyhow(bytes));
    }
}

#[test]
fn what_another_key_signed_is_refused() {
    let ours = Notice::sign(plain(), &key(1)).unwrap();
    let id = ours.id();
    let signature = key(2)
        .sign(Domain::NoticeSignature, &[id.as_bytes()])
        .into();
    let fields = fields_of(&ours);
    let forged = SignedNotice::from_bytes(&wire::encode(&Signed { fields, signature })).unwrap();
    assert_eq!(forged.verify(), Err(NoticeError::Signature));
}

#[test]
fn what_may_be_at_most_is_taken_and_more_is_not() {
    let with = |change: &dyn Fn(&mut NoticeText)| {
        let mut said = plain();
        change(&mut said);
        Notice::sign(said, &key(1))
    };
    let most = with(&|said| {
        said.name = "\u{1d400}".repeat(NAME_CHARACTERS_MAX);
        said.number = SEQ_MAX;
        said.written_at = WallTime::from_millis(u64::MAX);
        said.lifetime_hours = NOTICE_HOURS_MAX;
        said.text = "x".repeat(NOTICE_TEXT_BYTES_MAX);
    });
    let most = most.unwrap();
    assert!(most.as_bytes().len() <= NOTICE_BYTES_MAX);
    assert!(SignedNotice::from_bytes(most.as_bytes()).is_ok());
    let changes: [&dyn Fn(&mut NoticeText); 8] = [
        &|said| said.name = "x".repeat(NAME_CHARACTERS_MAX + 1),
        &|said| said.name = " ".to_owned(),
        &|said| said.number = 0,
        &|said| said.number = SEQ_MAX + 1,
        &|said| said.lifetime_hours = 0,
        &|said| said.lifetime_hours = NOTICE_HOURS_MAX + 1,
        &|said| said.text = "x".repeat(NOTICE_TEXT_BYTES_MAX + 1),
        &|said| said.text = "\n ".to_owned(),
    ];
    for change in changes {
        assert!(matches!(with(change), Err(NoticeError::Impossible(_))));
    }
    let long = vec![0; NOTICE_BYTES_MAX + 1];
    let refused = SignedNotice::from_bytes(&long);
    assert!(matches!(
        refused,
        Err(NoticeError::Decode(DecodeError::TooLong { .. }))
    ));
}

#[test]
fn what_none_can_have_is_refused_of_others_too() {
    let mut fields: Fields = wire::decode(
        &fields_of(&Notice::sign(plain(), &key(1)).unwrap()),
        NOTICE_BYTES_MAX,
    )
    .unwrap();
    fields.lifetime_hours = NOTICE_HOURS_MAX + 1;
    let refused = SignedNotice::from_bytes(&signed_anyhow(wire::encode(&fields)));
    assert_eq!(refused, Err(NoticeError::Impossible("a lifetime")));
}

#[test]
fn a_newer_notice_is_told_apart_from_a_broken_one() {
    let notice = Notice::sign(plain(), &key(1)).unwrap();
    for (at, value) in [(2, 2), (4, 9)] {
        // The version, and the kind.
        let mut fields = fields_of(&notice);
        fields[at] = value;
        let refused = SignedNotice::from_bytes(&signed_anyhow(fields));
        assert_eq!(refused, Err(NoticeError::Newer));
    }
    let more = wire::padded(&fields_of(&notice), 600);
    let refused = SignedNotice::from_bytes(&signed_anyhow(more));
    assert!(matches!(refused, Err(NoticeError::Decode(_))));
}

#[test]
fn a_notice_is_not_printed_with_what_it_says() {
    let notice = Notice::sign(plain(), &key(1)).unwrap();
    let shown = format!("{notice:?} {:?}", notice.said());
    assert!(
        !shown.contains("Ann") && !shown.contains("school"),
        "{shown}"
    );
}
