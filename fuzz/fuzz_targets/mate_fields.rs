//! Capture files, as layers and fields for configurations of MATE.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::mate_fields(octets));
