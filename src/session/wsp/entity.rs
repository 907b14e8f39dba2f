//! An entity in a WSP PDU: its media type, its headers, its octets.

use std::borrow::Cow;

use super::header::Headers;
use super::value::{Value, WspError, value_length};
use crate::codec::{ContentType, Reader, media};

/// A media type, by code or in text, with its parameters as they lie there (WAP-230 section 8.4.2.24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType<'a> {
    /// The type's code or text.
    pub name: Value<'a>,
    /// The parameters' octets; empty for the constrained form.
    pub parameters: &'a [u8],
}

impl<'a> MediaType<'a> {
    /// Reads a Content-type-value in its constrained or its general form.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, WspError> {
        const FIELD: &str = "content type";
        if reader.peek().is_some_and(|first| first >= 0x20) {
            let name = Value::read(reader, FIELD)?;
            let parameters = &[];
            return Ok(Self { name, parameters });
        }
        let length = value_length(reader, FIELD)?;
        let mut inner = reader.sub(FIELD, length)?;
        let name = Value::read(&mut inner, FIELD)?;
        let parameters = inner.rest();
        Ok(Self { name, parameters })
    }

    /// The type without parameters, in lower case; none for a code that is not assigned.
    pub fn essence(&self) -> Option<Cow<'static, str>> {
        match self.name {
            Value::Text(octets) => {
                let essence = octets.split(|octet| *octet == b';').next().unwrap_or_default();
                let essence = String::from_utf8_lossy(essence.trim_ascii());
                Some(Cow::Owned(essence.to_ascii_lowercase()))
            }
            coded => media::well_known(coded.integer()?).map(Cow::Borrowed),
        }
    }

    /// The type with its parameters as text.
    pub fn printable(&self) -> Option<String> {
        let mut content_type = ContentType::bare(self.essence()?);
        content_type.read_parameters(&mut Reader::new(self.parameters));
        Some(content_type.to_string())
    }
}

/// What a PDU carries.
#[derive(Clone, Debug)]
pub struct Entity<'a> {
    /// The media type; none where the header block is empty.
    pub content_type: Option<MediaType<'a>>,
    /// The headers after it.
    pub headers: Headers<'a>,
    /// The octets, up to the end of what is there.
    pub data: &'a [u8],
}

impl<'a> Entity<'a> {
    /// Nothing.
    pub(super) const fn none() -> Self {
        Self {
            content_type: None,
            headers: Headers::none(),
            data: &[],
        }
    }

    /// The entity whose media type and headers lie in `block`, and whose octets are `data`.
    pub(super) fn read(mut block: Reader<'a>, data: &'a [u8]) -> Result<Self, WspError> {
        let content_type = match block.is_empty() {
            true => None,
            false => Some(MediaType::read(&mut block)?),
        };
        let headers = Headers::new(block);
        Ok(Self {
            content_type,
            headers,
            data,
        })
    }

    /// The media type without parameters, in lower case.
    pub fn essence(&self) -> Option<Cow<'static, str>> {
        self.content_type.as_ref().and_then(MediaType::essence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn essence(octets: &[u8]) -> Option<String> {
        let media = MediaType::read(&mut Reader::new(octets)).unwrap();
        media.essence().map(Cow::into_owned)
    }

    #[test]
    fn a_media_type_is_a_code_a_text_or_a_list() {
        assert_eq!(essence(&[0xBE]).unwrap(), "application/vnd.wap.mms-message");
        assert_eq!(
            essence(b"Application/vnd.wap.MMS-message\0").unwrap(),
            "application/vnd.wap.mms-message"
        );
        assert_eq!(
            essence(&[3, 0xBE, 0x81, 0xEA]).unwrap(),
            "application/vnd.wap.mms-message"
        );
        assert_eq!(essence(b"text/x-y; charset=utf-8\0").unwrap(), "text/x-y");
        assert_eq!(essence(&[3, 2, 0x7F, 0xFF]), None);
    }
}
