//! Whatever a person pastes as an invite code.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::code(data));
