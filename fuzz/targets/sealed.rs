//! What an envelope's ciphertext holds.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::sealed(data));
