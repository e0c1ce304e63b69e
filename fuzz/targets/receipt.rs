//! A receipt, and whether it holds.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::receipt(data));
