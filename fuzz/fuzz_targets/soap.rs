//! SOAP with attachments.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::soap(octets));
