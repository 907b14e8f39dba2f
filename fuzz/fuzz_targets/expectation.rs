//! Expectation files, compared with an empty result.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| mmsmate::fuzz::expectation(octets, &serde_json::json!({"messages": [], "version": 1})));
