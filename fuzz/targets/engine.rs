//! Links that strangers open, and frames on them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::engine(data));
