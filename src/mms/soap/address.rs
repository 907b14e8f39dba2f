//! Addresses in MM7 (3GPP TS 23.140 section 8.7.9): an element that says which kind of address it holds.

use super::Soap;
use crate::mms::TextField;

/// An address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// What it is.
    pub kind: AddressKind,
    /// As it is written.
    pub text: &'a str,
    /// Whether the message is only said to go there too, and the MMSC need not bring it (`displayOnly`).
    pub display_only: bool,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// A phone's, in the form of E.164.
    Number,
    /// A mail address.
    Rfc2822Address,
    /// An application's.
    ShortCode,
    /// It does not say.
    Other,
}

impl AddressKind {
    fn of(element: &str) -> Self {
        let is = |name: &str| element.eq_ignore_ascii_case(name);
        match element {
            _ if is("Number") => Self::Number,
            _ if is("RFC2822Address") => Self::Rfc2822Address,
            _ if is("ShortCode") => Self::ShortCode,
            _ => Self::Other,
        }
    }
}

impl Soap<'_> {
    /// Who sent it: of a message its sender, of a report the address that it names so.
    pub fn sender(&self) -> Option<Address<'_>> {
        let mut named = self.addresses("SenderIdentification/SenderAddress");
        named.next().or_else(|| self.addresses("Sender").next())
    }

    /// Whom a report is about, in the standard's sense.
    pub fn recipient(&self) -> Option<Address<'_>> {
        self.addresses("Recipient").next()
    }

    /// The recipients in To.
    pub fn to(&self) -> impl Iterator<Item = Address<'_>> {
        self.addresses("Recipients/To")
    }

    /// The recipients in Cc.
    pub fn cc(&self) -> impl Iterator<Item = Address<'_>> {
        self.addresses("Recipients/Cc")
    }

    /// The recipients in Bcc.
    pub fn bcc(&self) -> impl Iterator<Item = Address<'_>> {
        self.addresses("Recipients/Bcc")
    }

    /// The addresses in the elements of a path: in elements below it, or its own text.
    fn addresses<'s>(&'s self, path: &'static str) -> impl Iterator<Item = Address<'s>> {
        let mut display_only = false;
        self.text.fields.iter().filter_map(move |field| {
            let TextField { name, value, .. } = field;
            let (at, below) = name.split_at_checked(path.len())?;
            if !at.eq_ignore_ascii_case(path) {
                return None;
            }
            if let Some((_, attribute)) = below.split_once('@') {
                let is_set = matches!(value.as_ref(), "true" | "1");
                display_only |= is_set && attribute.eq_ignore_ascii_case("displayOnly");
                return None;
            }
            let element = match below.strip_prefix('/') {
                Some(element) => element,
                None if below.is_empty() => "",
                None => return None,
            };
            let address = Address {
                kind: AddressKind::of(element),
                text: value,
                display_only: std::mem::take(&mut display_only),
            };
            (!address.text.is_empty() && !element.contains('/')).then_some(address)
        })
    }
}
