//! Expectation files, compared with what a real capture gives.
#![no_main]

use std::sync::LazyLock;

use mmsmate::fuzz;
use serde_json::Value;

static ACTUAL: LazyLock<Value> = LazyLock::new(|| {
    let capture = include_bytes!("../../testdata/captures/e_invalid_recipient.pcap");
    let document = fuzz::whole(capture).map(|whole| whole.document);
    serde_json::to_value(document).unwrap_or_default()
});

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::expectation(octets, &ACTUAL));
