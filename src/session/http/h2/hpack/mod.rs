//! Header compression (RFC 7541), for an observer: what was added to the table before the capture began, or in what it lacks,
//! is unknown, and an index to it yields an unknown field, never another one. The newest entry has the lowest index, so what
//! was added since keeps its place.

mod decoder;
mod integer;
mod static_table;
mod table;

pub(crate) use decoder::Decoder;
pub(super) use table::Name;
