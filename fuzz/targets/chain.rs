//! What the owner of a sender chain writes, and its opening.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::chain(data));
