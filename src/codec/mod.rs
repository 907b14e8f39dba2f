//! Tools for octets: a bounded reader, WSP value encodings, charsets, assigned numbers.

pub mod charset;
pub mod content_type;
pub mod media;
mod reader;
pub mod transfer;
mod utf7;
pub mod wsp;
pub mod wsp_headers;

pub use charset::Charset;
pub use content_type::ContentType;
pub use reader::{Reader, ShortRead};
