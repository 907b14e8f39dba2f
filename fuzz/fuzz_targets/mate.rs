//! Configurations of MATE, and filters over them, run over a real capture where they can be read.
#![no_main]

const CAPTURE: &[u8] = include_bytes!("../../testdata/captures/a1_happy_smpp.pcap");

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::mate(octets, CAPTURE));
