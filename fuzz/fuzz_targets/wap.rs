//! One WTP datagram or WSP PDU.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::wap(octets));
