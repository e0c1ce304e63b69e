//! The target of codes: what people paste, scan and type.

use std::fmt::Display;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use tidings_protocol::domain::Domain;
use tidings_protocol::id::{PersonId, Tag};
use tidings_protocol::identity::{RecoveryWords, typed_safety_words};
use tidings_protocol::pairing::{InviteCode, PairingError, join};

use super::people::{ANN, BEN, invite, rng};

/// Bytes of a code between its version and its checksum.
pub const CODE_BYTES: usize = 91;

/// Whatever a person pastes is an invite code, an id, words or an error, and each reads back as itself;
/// and so does every code whose checksum is right.
pub fn code(data: &[u8]) {
    if let Some(Ok(code)) = checked(data) {
        invited(&code);
        assert!(join(&ANN, &ANN.card(Vec::new()), &code, &mut rng(14)).is_ok());
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(code) = text.parse::<InviteCode>() {
        invited(&code);
    }
    // Nothing else is an address, and making a code takes long.
    let addresses: Vec<String> = text.lines().map(str::to_owned).collect();
    if addresses.iter().any(|address| address.starts_with('/')) {
        invited(&invite().code(&BEN, &addresses));
    }
    let _ = typed_safety_words(text);
    if let Ok(words) = text.parse::<RecoveryWords>() {
        let again = words.words().collect::<Vec<_>>().join(" ");
        assert_eq!(again.parse(), Ok(words));
    }
    id::<PersonId>(text);
    id::<Tag>(text);
}

/// What these bytes are in a code with the right checksum; nothing if there are too few.
pub fn checked(data: &[u8]) -> Option<Result<InviteCode, PairingError>> {
    let inside = data.first_chunk::<CODE_BYTES>()?;
    let mut bytes = vec![1];
    bytes.extend(inside);
    let checksum = Domain::InviteChecksum.hash(&[&bytes]);
    bytes.extend(&checksum[..4]);
    Some(BASE32_NOPAD.encode(&bytes).parse())
}

fn invited(code: &InviteCode) {
    let again: InviteCode = code.to_string().parse().expect("a code of ours");
    assert_eq!(again, *code);
    let mut addresses = code.addresses();
    let mut repacked = invite().code(&BEN, &addresses).addresses();
    addresses.sort();
    repacked.sort();
    assert_eq!(repacked, addresses);
}

fn id<T: FromStr + Display>(text: &str) {
    if let Ok(id) = text.parse::<T>() {
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
    }
}
