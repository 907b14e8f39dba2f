//! A capture through the whole program, into every output.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| drop(mmsmate::fuzz::whole(octets)));
