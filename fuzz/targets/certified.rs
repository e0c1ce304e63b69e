//! Parts of a card behind signatures that hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::certified(data));
