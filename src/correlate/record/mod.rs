pub(crate) mod address;
pub(crate) mod from_mms;
pub(crate) mod from_text;
pub(crate) mod operation_kind;
pub(crate) mod pdu;
pub(crate) mod shown_headers;
