//! What is inside of a session's first frames.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::handshake(data));
