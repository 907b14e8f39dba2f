//! Capture files.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::capture(octets));
