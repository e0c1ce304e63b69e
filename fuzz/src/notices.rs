//! The target of what is said nearby: a notice as somebody brings it, or its fields behind the signature of whoever
//! says it.

use minicbor::Encode;
use minicbor::bytes::{ByteArray, ByteVec};
use tidings_protocol::carry::{NOTICE_BYTES_MAX, Notice, SignedNotice};
use tidings_protocol::domain::Domain;
use tidings_protocol::identity::SigningSecret;
use tidings_protocol::wire;

/// A notice as it travels.
pub const BROUGHT: u8 = 0;
/// The fields of one, which the target signs.
pub const SAID: u8 = 1;

#[derive(Encode)]
#[cbor(map)]
struct Signed {
    #[n(0)]
    fields: ByteVec,
    #[n(1)]
    signature: ByteArray<64>,
}

/// The key that signs what is said here.
pub fn nearby_key() -> SigningSecret {
    SigningSecret::from_bytes(&[41; 32])
}

/// What somebody brings, by the first byte.
pub fn notice(data: &[u8]) {
    let _ = noticed(data);
}

/// The notice, if it is one and its signature fits.
pub fn noticed(data: &[u8]) -> Option<Notice> {
    let (what, rest) = data.split_first()?;
    let bytes = if what % 2 == BROUGHT {
        rest.to_vec()
    } else {
        signed(rest)
    };
    let read = SignedNotice::from_bytes(&bytes).ok()?;
    assert!(bytes.len() <= NOTICE_BYTES_MAX);
    assert_eq!(read.claimed().as_bytes(), bytes);
    assert_eq!(Notice::stored(&bytes).as_ref(), Ok(read.claimed()));
    let verified = read.verify().ok()?;
    if *verified.key().as_bytes() == *nearby_key().public().as_bytes() {
        let again = Notice::sign(verified.said().clone(), &nearby_key()).expect("it is one");
        assert_eq!(
            again.as_bytes(),
            bytes,
            "one way to write it, and one to sign it"
        );
    }
    Some(verified)
}

fn signed(fields: &[u8]) -> Vec<u8> {
    let id = Domain::Notice.hash(&[fields]);
    let signature = nearby_key().sign(Domain::NoticeSignature, &[&id]);
    wire::encode(&Signed {
        fields: fields.to_vec().into(),
        signature: signature.into(),
    })
}
