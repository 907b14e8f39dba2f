//! RP-DATA, TPDUs, user data headers, SMPP bodies.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::short_message(octets));
