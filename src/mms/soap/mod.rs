//! SOAP with attachments (3GPP TS 23.140 section 8.7): the PDUs of MM7.

use super::{Mm7Type, Textual};

/// A decoded SOAP message.
#[derive(Debug)]
pub struct Soap<'a> {
    /// What it is.
    pub pdu: Mm7Type,
    /// Its elements and parts.
    pub text: Textual<'a>,
}

impl Soap<'_> {
    /// MM7Version.
    pub fn version(&self) -> Option<&str> {
        self.text.field("MM7Version")
    }

    /// TransactionID of the SOAP header.
    pub fn transaction_id(&self) -> Option<&str> {
        self.text.field("TransactionID")
    }

    /// MessageID.
    pub fn message_id(&self) -> Option<&str> {
        self.text.field("MessageID")
    }
}
