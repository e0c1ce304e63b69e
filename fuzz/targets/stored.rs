//! What a device stored for itself, damaged.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::stored(data));
