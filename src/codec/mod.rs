//! Tools for octets: a bounded reader, WSP value encodings, charsets, assigned numbers.

mod reader;

pub use reader::{Reader, ShortRead};
