//! What is behind the seal of an envelope.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::plaintext(data));
