use proptest::prelude::*;

use super::*;
use crate::identity::keys::weak;
use crate::rng::Rng;
use crate::time::WallTime;

const ADDRESSES: [&str; 3] = [
    "/ip4/192.168.1.7/udp/4001/quic-v1",
    "/ip4/192.168.1.7/tcp/4002",
    "/ip4/203.0.113.9/udp/4001/quic-v1",
];

fn own() -> OwnIdentity {
    let mut rng = Rng::from_seed(&[1; 32]);
    OwnIdentity::create("Ann", "laptop", WallTime::default(), &mut rng)
        .unwrap()
        .0
}

fn invite() -> InviteSecret {
    InviteSecret::generate(&mut Rng::from_seed(&[2; 32]))
}

fn text() -> String {
    invite()
        .code(&own(), &ADDRESSES.map(str::to_owned))
        .to_string()
}

/// A well-formed code of another version.
fn of_version(version: u8, bytes: usize) -> String {
    let mut code = vec![7; bytes];
    code[0] = version;
    BASE32_NOPAD.encode(&code)
}

#[test]
fn a_code_tells_who_invites_and_where() {
    let code: InviteCode = text().parse().unwrap();
    assert_eq!(text().len(), INVITE_CODE_CHARACTERS);
    assert_eq!(code.addresses(), ADDRESSES);
    assert!(code.is_from(own().person()) && code.hints_at(own().transport()));
    assert!(!code.hints_at(TransportId::new([1; 32])));
    assert_eq!(code.tag(), invite().tag());
    assert_eq!(code.to_string(), text());
}

#[test]
fn a_code_fits_an_alphanumeric_qr_code_whatever_its_addresses() {
    let many = vec!["/ip6/2001:db8::7/tcp/4001".to_owned(); 50];
    for addresses in [Vec::new(), many] {
        let text = invite().code(&own(), &addresses).to_string();
        assert_eq!(text.len(), INVITE_CODE_CHARACTERS);
        assert!(
            text.chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        );
        assert!(text.parse::<InviteCode>().is_ok());
    }
}

#[test]
fn how_a_code_is_written_does_not_matter() {
    let code = text().parse::<InviteCode>().unwrap();
    let grouped: Vec<_> = text().as_bytes().chunks(5).map(<[u8]>::to_vec).collect();
    let dashed = String::from_utf8(grouped.join(&b'-')).unwrap();
    let broken = String::from_utf8(grouped.join(&b"\r\n "[..])).unwrap();
    for written in [
        text().to_lowercase(),
        format!("  tidings:{}\n", text()),
        format!("TIDINGS: {}", text().to_lowercase()),
        dashed,
        broken,
    ] {
        assert_eq!(written.parse::<InviteCode>(), Ok(code.clone()), "{written}");
    }
}

#[test]
fn an_incomplete_code_is_told_from_a_mistyped_one() {
    let text = text();
    for characters in [2, 50, INVITE_CODE_CHARACTERS - 1] {
        assert_eq!(
            text[..characters].parse::<InviteCode>(),
            Err(PairingError::Truncated { characters })
        );
    }
    assert_eq!(
        "".parse::<InviteCode>(),
        Err(PairingError::Truncated { characters: 0 })
    );
    let swapped = text.replacen(
        &text[60..61],
        if &text[60..61] == "A" { "B" } else { "A" },
        1,
    );
    assert_eq!(swapped.parse::<InviteCode>(), Err(PairingError::Mistyped));
    let zero_for_a_letter = format!("{}0", &text[..INVITE_CODE_CHARACTERS - 1]);
    assert_eq!(
        zero_for_a_letter.parse::<InviteCode>(),
        Err(PairingError::Mistyped)
    );
    assert_eq!(
        format!("{text}A").parse::<InviteCode>(),
        Err(PairingError::Mistyped)
    );
}

#[test]
fn a_newer_code_is_told_from_something_else() {
    for (version, bytes) in [(2, 96), (15, 60), (3, 200)] {
        let newer = PairingError::Newer { version };
        assert_eq!(of_version(version, bytes).parse::<InviteCode>(), Err(newer));
    }
    for foreign in [
        of_version(0, 96),
        of_version(16, 96),
        "https://example.org/join?code=abc".to_owned(),
        "As you know, we meet at the bridge.".to_owned(),
        "tidings:\u{202e}".to_owned(),
    ] {
        assert_eq!(
            foreign.parse::<InviteCode>(),
            Err(PairingError::Foreign),
            "{foreign}"
        );
    }
}

#[test]
fn a_later_version_is_known_up_to_the_last_reserved_one() {
    let newer = |version| PairingError::Newer { version };
    let read = |version| of_version(version, 96).parse::<InviteCode>();
    let last = VERSION_RESERVED_MAX;
    assert_eq!(read(last), Err(newer(last)));
    assert_eq!(read(last + 1), Err(PairingError::Foreign));
}

#[test]
fn a_text_of_the_most_and_the_fewest_characters_is_looked_at_and_beyond_them_it_is_not() {
    let newer = PairingError::Newer { version: 2 };
    let long = of_version(2, TEXT_CHARACTERS_MAX);
    let read = |characters: usize| long[..characters].parse::<InviteCode>();
    assert_eq!(read(TEXT_CHARACTERS_MAX), Err(newer.clone()));
    assert_eq!(read(TEXT_CHARACTERS_MAX + 1), Err(PairingError::Foreign));
    assert_eq!(read(NEWER_CHARACTERS_MIN), Err(newer));
    assert_eq!(read(NEWER_CHARACTERS_MIN - 1), Err(PairingError::Foreign));
    // What is between the characters does not count.
    let spaced = format!("{}{}", " -\n".repeat(TEXT_CHARACTERS_MAX), text());
    assert!(spaced.parse::<InviteCode>().is_ok());
}

#[test]
fn a_code_with_a_key_of_small_order_is_foreign() {
    for key in weak::agreement() {
        let mut code = invite().code(&own(), &[]);
        code.key = key;
        let read = code.to_string().parse::<InviteCode>();
        assert_eq!(read, Err(PairingError::Foreign), "{key:?}");
    }
}

#[test]
fn codes_and_invites_are_not_printed() {
    let (code, invite) = (invite().code(&own(), &[]), invite());
    let tag = invite.tag();
    assert_eq!(
        format!("{code:?}"),
        format!("InviteCode {{ tag: {tag:?}, .. }}")
    );
    assert_eq!(
        format!("{invite:?}"),
        format!("InviteSecret {{ tag: {tag:?}, .. }}")
    );
}

proptest! {
    #[test]
    fn any_text_parses_or_errs(text: String) {
        prop_assert!(text.parse::<InviteCode>().is_err());
    }

    #[test]
    fn one_wrong_character_is_always_noticed(at in 2..INVITE_CODE_CHARACTERS, wrong in "[A-Z2-7]") {
        let text = text();
        let mistyped = format!("{}{wrong}{}", &text[..at], &text[at + 1..]);
        if mistyped != text {
            prop_assert_eq!(mistyped.parse::<InviteCode>(), Err(PairingError::Mistyped));
        }
    }

    #[test]
    fn codes_round_trip(seed: [u8; 32]) {
        let invite = InviteSecret::generate(&mut Rng::from_seed(&seed));
        let code = invite.code(&own(), &[]);
        prop_assert_eq!(code.to_string().parse::<InviteCode>(), Ok(code));
        let stored = InviteSecret::from_bytes(&invite.to_bytes()).unwrap();
        prop_assert_eq!(stored.to_bytes(), invite.to_bytes());
    }
}
