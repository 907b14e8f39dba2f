//! The octets of a TCP connection: HTTP, SMTP, SMPP, SIP.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::stream(octets));
