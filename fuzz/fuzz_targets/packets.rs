//! Frames, through tunnels and fragments, to packets.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::packets(octets));
