//! Frames between neighbours who carry.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::frame(data));
