//! A segment of a bundle, as it comes on a stick.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::bundle(data));
