//! RADIUS between a gateway and a server.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::radius(octets));
