//! MATE configurations and what they are run over.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    mmsmate::fuzz::mate_engine(octets);
});
