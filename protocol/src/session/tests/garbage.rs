//! What is no message of a session, before one that is.

use super::*;

#[test]
fn what_is_no_message_uses_up_no_place_of_one() {
    let (mut ours, mut theirs) = connected();
    for text in [b"one", b"two"] {
        let frame = ours.seal(text).unwrap();
        let mut flipped = frame.clone();
        flipped[0] ^= 1;
        let reflected = theirs.seal(text).unwrap();
        for garbage in [&[][..], &[7; 40], &flipped, &frame[1..], &reflected] {
            assert_eq!(theirs.open(garbage), Err(SessionError::Undecryptable));
        }
        let too_large = theirs.open(&vec![0; FRAME_BYTES_MAX + 1]);
        assert!(matches!(too_large, Err(SessionError::TooLarge { .. })));
        assert_eq!(theirs.open(&frame).unwrap().as_slice(), text);
    }
}

#[test]
fn what_is_no_message_at_the_rekey_boundary_changes_no_key() {
    let (mut ours, mut theirs) = connected();
    for number in 0..REKEY_MESSAGES + 2 {
        let frame = ours.seal(&number.to_be_bytes()).unwrap();
        assert!(theirs.open(&[7; 40]).is_err());
        let opened = theirs.open(&frame).unwrap();
        assert_eq!(opened.as_slice(), number.to_be_bytes(), "message {number}");
    }
}
