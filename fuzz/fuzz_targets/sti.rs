//! STI over HTTP: a body behind a line with its content type.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::sti(octets));
