//! Texts and tables that lie in the program packed (`build.rs`), as most runs do not read them.

use std::io::Read;

use flate2::read::DeflateDecoder;

/// What was packed.
pub(crate) fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    // What the build packed is whole, and reading from memory does not fail.
    let _ = DeflateDecoder::new(packed).read_to_end(&mut octets);
    octets
}

/// The text that was packed.
pub(crate) fn unpacked_text(packed: &[u8]) -> String {
    String::from_utf8(unpacked(packed)).unwrap_or_default()
}
