//! Keys of small order where only their owner could have put them: encrypted, inside a first message.

use super::*;
use crate::session::forged::Claimed;

/// What Ben makes of a first frame under this static key.
fn read_claimed(claimed: Claimed) -> Result<Responder, SessionError> {
    let (prologue, payload) = (prologue(), opening(0, 10));
    let message = claimed.open_session(&ben().public(), &prologue, &payload, &mut rng(1));
    respond(&[Hello::OURS.to_bytes().as_slice(), &message].concat())
}

#[test]
fn an_initiator_whose_encrypted_static_key_is_of_small_order_is_refused() {
    for key in weak::agreement() {
        let refused = read_claimed(Claimed::weak(key));
        assert_eq!(refused.unwrap_err(), SessionError::WeakKey, "{key:?}");
    }
    // What is made so of a fit key is read.
    let fit = read_claimed(Claimed::stolen(ann().public(), &ben()));
    assert_eq!(fit.unwrap().remote_static(), &ann().public());
}
