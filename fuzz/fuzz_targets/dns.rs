//! DNS between a resolver and a server.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::dns(octets));
