//! What is said nearby, behind its signature too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::notice(data));
