//! The frames of an HTTP/2 connection.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::http2(octets));
