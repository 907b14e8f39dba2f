//! Header blocks of HTTP/2, one after the other.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    mmsmate::fuzz::hpack(octets);
});
