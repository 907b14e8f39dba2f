//! The octets of an SMTP connection, and the mails on it.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::smtp(octets));
