//! Tools for octets: a bounded reader, WSP value encodings, charsets, MIME, assigned numbers.

pub mod charset;
pub mod content_type;
pub mod media;
pub mod mime;
mod reader;
pub mod soap;
pub mod transfer;
mod utf7;
pub mod wsp;
pub mod wsp_headers;

pub use charset::Charset;
pub use content_type::ContentType;
pub use reader::{Reader, ShortRead};
