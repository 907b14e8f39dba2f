//! Content-Type and multipart bodies.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::multipart(octets));
