//! An envelope, as carriers and recipients read it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::envelope(data));
