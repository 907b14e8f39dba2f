//! The header block: code pages, well-known and textual names (WAP-230 section 8.4.2).

use std::borrow::Cow;

use super::printable::printable;
use super::value::{Value, WspError, text};
use crate::codec::Reader;
use crate::codec::wsp_headers::DEFAULT_PAGE;

/// Header names by their code in the default page, as far as sessions read them.
pub(in crate::session) mod code {
    pub(in crate::session) const HOST: u8 = 0x16;
    pub(in crate::session) const LOCATION: u8 = 0x1C;
    pub(in crate::session) const SERVER: u8 = 0x26;
    pub(in crate::session) const USER_AGENT: u8 = 0x29;
    pub(in crate::session) const VIA: u8 = 0x2B;
}

/// A header's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderName<'a> {
    /// A code of a code page.
    Code {
        /// The code page in force.
        page: u8,
        /// The code without its high bit.
        code: u8,
    },
    /// A name in plain text.
    Text(&'a [u8]),
}

impl<'a> HeaderName<'a> {
    /// The name as text; a code without an assigned name as `Page-2-Field-0x05`.
    #[cfg(test)]
    pub fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(octets) => String::from_utf8_lossy(octets),
            Self::Code { page, code } => match super::names::header(page, code) {
                Some(name) => Cow::Borrowed(name),
                None => Cow::Owned(format!("Page-{page}-Field-0x{code:02X}")),
            },
        }
    }
}

/// One header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Its name.
    pub name: HeaderName<'a>,
    /// Its value as it lies there.
    pub value: Value<'a>,
    /// Where it starts, in octets from the start of the PDU.
    pub offset: usize,
}

impl<'a> Header<'a> {
    /// The value as one would write it in HTTP.
    pub fn printable(&self) -> Cow<'a, str> {
        printable(self.name, self.value)
    }

    /// Whether it is the header of this code in the default page.
    pub fn is(&self, code: u8) -> bool {
        let wanted = HeaderName::Code {
            page: DEFAULT_PAGE,
            code,
        };
        self.name == wanted
    }
}

/// Iterates over the headers of a block. After an error there is no more: nothing tells where the next begins.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    reader: Reader<'a>,
    page: u8,
}

impl<'a> Headers<'a> {
    /// The headers in `reader`; every block starts in the default page.
    pub const fn new(reader: Reader<'a>) -> Self {
        Self {
            reader,
            page: DEFAULT_PAGE,
        }
    }

    /// No headers.
    pub const fn none() -> Self {
        Self::new(Reader::new(&[]))
    }

    /// Whether every header is well formed up to the end of the block.
    pub fn well_formed(&self) -> bool {
        self.clone().all(|header| header.is_ok())
    }

    fn read(&mut self) -> Result<Option<Header<'a>>, WspError> {
        while let Some(first) = self.reader.peek() {
            let offset = self.reader.offset();
            match first {
                0x01..=0x1F => self.page = self.reader.u8("shift of code page")?,
                0x7F => {
                    self.reader.skip("shift of code page", 1)?;
                    self.page = self.reader.u8("code page")?;
                }
                0 => {
                    return Err(WspError::Invalid {
                        field: "header name",
                        offset,
                        problem: "is empty",
                    });
                }
                _ => return self.field(first, offset).map(Some),
            }
        }
        Ok(None)
    }

    fn field(&mut self, first: u8, offset: usize) -> Result<Header<'a>, WspError> {
        let name = if first >= 0x80 {
            let code = self.reader.u8("header name")? & 0x7F;
            let page = self.page;
            HeaderName::Code { page, code }
        } else {
            HeaderName::Text(text(&mut self.reader, "header name")?)
        };
        let value = Value::read(&mut self.reader, "header value")?;
        Ok(Header { name, value, offset })
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Result<Header<'a>, WspError>;

    fn next(&mut self) -> Option<Self::Item> {
        let header = self.read();
        if header.is_err() {
            self.reader = Reader::new(&[]);
        }
        header.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(octets: &[u8]) -> Vec<(String, String)> {
        Headers::new(Reader::new(octets))
            .map(|header| header.map(|h| (h.name.text().into_owned(), h.printable().into_owned())))
            .collect::<Result<_, _>>()
            .unwrap()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn well_known_and_textual_headers_follow_each_other() {
        let octets = b"\xA9Test/1.0\0\x80\xBEX-MSISDN\0+4912\0\xAF\x84";
        assert_eq!(
            shown(octets),
            [
                pair("User-Agent", "Test/1.0"),
                pair("Accept", "application/vnd.wap.mms-message"),
                pair("X-MSISDN", "+4912"),
                pair("X-Wap-Application-Id", "x-wap-application:mms.ua"),
            ]
        );
    }

    #[test]
    fn a_shift_holds_until_the_next_one() {
        let octets = b"\x02\x80a\0\x81b\0\x7F\x01\x96host\0\x07\x80\x81";
        assert_eq!(
            shown(octets),
            [
                pair("x-up-proxy-push-addr", "a"),
                pair("x-up-proxy-push-accept", "b"),
                pair("Host", "host"),
                pair("Page-7-Field-0x00", "1"),
            ]
        );
    }

    #[test]
    fn nothing_follows_an_error() {
        let mut headers = Headers::new(Reader::new(b"\xA9cut"));
        assert!(headers.next().unwrap().is_err());
        assert!(headers.next().is_none());
        assert!(!Headers::new(Reader::new(b"\x80\x05\x01")).well_formed());
    }
}
