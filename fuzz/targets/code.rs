//! Whatever a person pastes is an invite code or an error, and a code reads back as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_protocol::pairing::InviteCode;

fuzz_target!(|text: &str| {
    if let Ok(code) = text.parse::<InviteCode>() {
        let again: InviteCode = code.to_string().parse().unwrap();
        assert_eq!(again.to_string(), code.to_string());
    }
    let _ = tidings_protocol::identity::typed_safety_words(text);
});
