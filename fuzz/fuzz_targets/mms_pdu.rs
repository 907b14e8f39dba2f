//! MMS PDUs and everything printed of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::mms_pdu(octets));
