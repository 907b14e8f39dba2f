//! TCP reassembly: no more is delivered than was sent.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| assert!(mmsmate::fuzz::segments(octets) <= octets.len() as u64));
