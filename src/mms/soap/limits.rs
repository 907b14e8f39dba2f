//! How much is read of one document of SOAP.

/// The most octets of a document that are read. A message to ten thousand recipients has 1 MB.
pub(super) const MAX_DOCUMENT: usize = 4 * 1024 * 1024;

/// How deep elements may stand in elements. A message goes six deep, extensions perhaps twice that.
pub(super) const MAX_DEPTH: usize = 32;

/// The longest path of an element below its message, in octets; the longest of MM7 has 60.
pub(super) const MAX_PATH: usize = 512;

/// The most octets that are kept of one value. Subjects and texts of a status are the longest.
pub(super) const MAX_VALUE: usize = 16 * 1024;
