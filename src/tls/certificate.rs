//! Who a server's certificate is for: the common name of its subject, else its organization (RFC 5280 section 4.1).

use crate::codec::{Reader, ShortRead};

/// Octets of a name that are kept: the upper bounds of X.520 are 64.
const NAME_OCTETS: usize = 256;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
const EXPLICIT_VERSION: u8 = 0xa0;
const BMP_STRING: u8 = 0x1e;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];

/// The subject of the first certificate in the body of a Certificate message; in TLS 1.3 a context stands before them.
pub(super) fn subject(body: &[u8], is_tls13: bool) -> Option<String> {
    first_certificate(body, is_tls13)
        .ok()
        .and_then(|certificate| subject_name(certificate).ok())
        .flatten()
}

fn first_certificate(body: &[u8], is_tls13: bool) -> Result<&[u8], ShortRead> {
    let mut reader = Reader::new(body);
    if is_tls13 {
        super::hello::vector8(&mut reader, "certificate_request_context")?;
    }
    u24(&mut reader, "certificate_list")?;
    let length = u24(&mut reader, "certificate")?;
    reader.take("certificate", length)
}

fn u24(reader: &mut Reader<'_>, field: &'static str) -> Result<usize, ShortRead> {
    let [a, b, c] = reader.array(field)?;
    Ok(u32::from_be_bytes([0, a, b, c]) as usize)
}

fn subject_name(certificate: &[u8]) -> Result<Option<String>, ShortRead> {
    let mut outer = Reader::new(value(&mut Reader::new(certificate), SEQUENCE)?);
    let mut fields = Reader::new(value(&mut outer, SEQUENCE)?);
    if fields.peek() == Some(EXPLICIT_VERSION) {
        element(&mut fields)?;
    }
    // Serial number, signature algorithm, issuer, validity.
    for _ in 0..4 {
        element(&mut fields)?;
    }
    let mut names = Reader::new(value(&mut fields, SEQUENCE)?);
    let mut organization = None;
    while let Ok(set) = value(&mut names, SET) {
        let mut set = Reader::new(set);
        while let Ok(pair) = value(&mut set, SEQUENCE) {
            let mut pair = Reader::new(pair);
            let kind = value(&mut pair, OBJECT_IDENTIFIER)?;
            let (tag, text) = element(&mut pair)?;
            match kind {
                COMMON_NAME => return Ok(Some(text_of(tag, text))),
                ORGANIZATION => organization = Some(text_of(tag, text)),
                _ => {}
            }
        }
    }
    Ok(organization)
}

fn text_of(tag: u8, octets: &[u8]) -> String {
    let octets = octets.get(..NAME_OCTETS).unwrap_or(octets);
    if tag == BMP_STRING {
        let (units, _) = octets.as_chunks::<2>();
        let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
        return char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
    }
    String::from_utf8_lossy(octets).into_owned()
}

/// The value of the next element of DER, which has this tag.
fn value<'a>(reader: &mut Reader<'a>, expected: u8) -> Result<&'a [u8], ShortRead> {
    let mut ahead = *reader;
    let (tag, value) = element(&mut ahead)?;
    if tag != expected {
        // There is no such element: as much as none at all.
        return Reader::new(&[]).take("element", 1);
    }
    *reader = ahead;
    Ok(value)
}

/// Tag and value of the next element of DER (X.690 section 8.1).
fn element<'a>(reader: &mut Reader<'a>) -> Result<(u8, &'a [u8]), ShortRead> {
    let tag = reader.u8("tag")?;
    let length = match reader.u8("length")? {
        short @ 0..0x80 => usize::from(short),
        long => {
            let octets = reader.take("length", usize::from(long & 0x7f))?;
            octets.iter().fold(0_usize, |length, octet| {
                length.saturating_mul(256).saturating_add(usize::from(*octet))
            })
        }
    };
    Ok((tag, reader.take("value", length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate as far as its subject, with O and CN, made by hand after RFC 5280 section 4.1.
    #[test]
    fn the_common_name_comes_before_the_organization() {
        let cn = b"\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03a.b";
        let o = b"\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01O";
        let certificate = |names: &[&[u8]]| {
            let names = names.concat();
            let mut fields = b"\xa0\x03\x02\x01\x02\x02\x01\x07\x30\x00\x30\x00\x30\x00\x30".to_vec();
            fields.push(names.len() as u8);
            fields.extend(names);
            let tbs = [&[0x30, fields.len() as u8][..], &fields].concat();
            let der = [&[0x30, tbs.len() as u8][..], &tbs].concat();
            let length = der.len() as u8;
            [&[0, 0, length + 3, 0, 0, length][..], &der].concat()
        };
        assert_eq!(subject(&certificate(&[o, cn]), false).as_deref(), Some("a.b"));
        assert_eq!(subject(&certificate(&[o]), false).as_deref(), Some("O"));
        assert_eq!(subject(&certificate(&[]), false), None);
        let whole = certificate(&[o, cn]);
        for end in 0..whole.len() {
            subject(&whole[..end], true);
        }
    }
}
