//! GTP-C of both versions between two nodes.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::gtp_c(octets));
