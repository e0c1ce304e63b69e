//! Two operations that prove a fork, or do not.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::fork(data));
