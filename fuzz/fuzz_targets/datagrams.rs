//! Datagrams between two endpoints: WTP, WSP, SIP.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::datagrams(octets));
