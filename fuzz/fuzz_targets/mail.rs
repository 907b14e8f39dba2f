//! A mail: its header, its parts, and the report that it may be.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::mail(octets));
