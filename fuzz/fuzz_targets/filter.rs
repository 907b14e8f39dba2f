//! The filter language, on the messages of a real capture.
#![no_main]

use std::sync::LazyLock;

use mmsmate::{fuzz, internals::report::Message};

static MESSAGES: LazyLock<Vec<Message>> = LazyLock::new(|| {
    let capture = include_bytes!("../../testdata/captures/e_invalid_recipient.pcap");
    fuzz::whole(capture).map_or_else(Vec::new, |whole| whole.document.messages)
});

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::filter(octets, &MESSAGES));
