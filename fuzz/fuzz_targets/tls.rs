//! TLS with keys: a key log, then what passes on a connection. No more comes out than went in.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let opened: usize = mmsmate::fuzz::tls(octets).iter().map(Vec::len).sum();
    assert!(opened <= octets.len());
});
