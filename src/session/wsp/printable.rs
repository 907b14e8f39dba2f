//! Header values as one would write them in HTTP (WAP-230 section 8.4.2).
//!
//! A value that does not have a form its header allows is shown as it lies there: as text, as a number, or in
//! hexadecimal digits.

use std::borrow::Cow;
use std::fmt::Write;

use super::entity::MediaType;
use super::header::HeaderName;
use super::names;
use super::value::{Value, uintvar};
use crate::codec::wsp_headers::DEFAULT_PAGE;
use crate::codec::{Charset, ContentType, Reader};
use crate::model::Timestamp;

/// The value of a header in print.
pub(super) fn printable<'a>(name: HeaderName<'_>, value: Value<'a>) -> Cow<'a, str> {
    if let Value::Text(octets) = value {
        return String::from_utf8_lossy(octets);
    }
    let understood = match name {
        HeaderName::Code {
            page: DEFAULT_PAGE,
            code,
        } => by_code(code, value),
        _ => None,
    };
    Cow::Owned(understood.unwrap_or_else(|| plain(value)))
}

/// A value whose header is not known.
fn plain(value: Value<'_>) -> String {
    match value {
        Value::Text(octets) => String::from_utf8_lossy(octets).into_owned(),
        Value::Short(number) => number.to_string(),
        Value::Long(octets) => octets.iter().fold(String::new(), |mut hex, octet| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{octet:02x}");
            hex
        }),
    }
}

fn by_code(code: u8, value: Value<'_>) -> Option<String> {
    match code {
        0x00 | 0x11 => media(value),
        0x01 | 0x3B => weighted(value, |number| Charset(number).name().map(str::to_owned)),
        0x02 | 0x0B | 0x3C => weighted(value, |number| token(CODINGS, number)),
        0x03 | 0x0C => weighted(value, |number| names::language(number).map(str::to_owned)),
        0x04 => token(&["none", "bytes"], value.integer()?),
        0x05 | 0x0D | 0x1E => value.integer().map(|number| number.to_string()),
        0x06 | 0x22 => method(value.integer()?),
        0x08 | 0x3D | 0x47 => cache_control(value),
        0x09 => token(&["close"], value.integer()?),
        0x10 | 0x3E => content_range(value),
        0x12 | 0x14 | 0x17 | 0x1A | 0x1B | 0x1D | 0x3F => date(value),
        0x1F => token(&["no-cache"], value.integer()?),
        0x07 | 0x21 => credentials(value),
        0x20 | 0x2D => challenge(value),
        0x23 => range(value),
        0x25 => retry_after(value),
        0x27 => token(&["chunked"], value.integer()?),
        0x2A | 0x3A => names::header(DEFAULT_PAGE, u8::try_from(value.integer()?).ok()?).map(str::to_owned),
        0x2C => warning(value),
        0x2E | 0x45 => disposition(value),
        0x2F | 0x32 => application(value.integer()?),
        0x34 => value.integer().map(push_flag),
        0x38 | 0x48 => token(&["100-continue"], value.integer()?),
        0x39 => weighted(value, |number| token(TRANSFER_EXTENSIONS, number)),
        0x43 => version(value),
        0x46 => token(&["close-subordinate"], value.integer()?),
        _ => None,
    }
}

const CODINGS: &[&str] = &["gzip", "compress", "deflate", "*"];

/// TE values by their code (WAP-230 section 8.4.2.61).
const TRANSFER_EXTENSIONS: &[&str] = &[
    "", "trailers", "chunked", "identity", "gzip", "compress", "deflate",
];

fn token(table: &[&str], number: u64) -> Option<String> {
    let index = usize::try_from(number).ok()?;
    let token = table.get(index).filter(|token| !token.is_empty())?;
    Some((*token).to_owned())
}

fn media(value: Value<'_>) -> Option<String> {
    let media = match value {
        Value::Long(octets) => {
            let mut reader = Reader::new(octets);
            let name = Value::read(&mut reader, "media type").ok()?;
            let parameters = reader.rest();
            MediaType { name, parameters }
        }
        name => MediaType {
            name,
            parameters: &[],
        },
    };
    media.printable()
}

/// A Q-value: 1 to 100 are hundredths from 0, the rest thousandths (WAP-230 section 8.4.2.3).
fn quality(value: u32) -> String {
    let text = match value {
        0..=100 => format!("{:.2}", f64::from(value.saturating_sub(1)) / 100.0),
        _ => format!("{:.3}", f64::from(value.saturating_sub(100)) / 1000.0),
    };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A code alone, or in a list a code or text with an optional q.
fn weighted(value: Value<'_>, name: impl Fn(u64) -> Option<String>) -> Option<String> {
    let Value::Long(octets) = value else {
        return name(value.integer()?);
    };
    let mut reader = Reader::new(octets);
    let first = match reader.peek() {
        Some(0x20..) => Value::read(&mut reader, "code").ok(),
        _ => None,
    };
    let Some(first) = first else {
        // A Long-integer has the same form as a list of one.
        return name(value.integer()?);
    };
    let mut text = match first.integer() {
        Some(number) => name(number)?,
        None => plain(first),
    };
    if !reader.is_empty() {
        let quality = quality(uintvar(&mut reader, "q").ok()?);
        // Writing to a String cannot fail.
        let _ = write!(text, "; q={quality}");
    }
    Some(text)
}

/// Method names by PDU type (WAP-230 table 37).
pub(super) fn method_name(pdu_type: u8) -> Option<&'static str> {
    Some(match pdu_type {
        0x40 => "GET",
        0x41 => "OPTIONS",
        0x42 => "HEAD",
        0x43 => "DELETE",
        0x44 => "TRACE",
        0x60 => "POST",
        0x61 => "PUT",
        _ => return None,
    })
}

fn method(number: u64) -> Option<String> {
    method_name(u8::try_from(number).ok()?).map(str::to_owned)
}

const CACHE_CONTROLS: &[&str] = &[
    "no-cache",
    "no-store",
    "max-age",
    "max-stale",
    "min-fresh",
    "only-if-cached",
    "public",
    "private",
    "no-transform",
    "must-revalidate",
    "proxy-revalidate",
    "s-maxage",
];

fn cache_control(value: Value<'_>) -> Option<String> {
    let Value::Long(octets) = value else {
        return token(CACHE_CONTROLS, value.integer()?);
    };
    let mut reader = Reader::new(octets);
    let directive = Value::read(&mut reader, "cache directive").ok()?;
    let name = match directive.integer() {
        Some(number) => token(CACHE_CONTROLS, number)?,
        None => plain(directive),
    };
    match Value::read(&mut reader, "cache directive").ok() {
        Some(argument) => {
            let argument = argument
                .integer()
                .map_or_else(|| plain(argument), |n| n.to_string());
            Some(format!("{name}={argument}"))
        }
        None => Some(name),
    }
}

fn content_range(value: Value<'_>) -> Option<String> {
    let Value::Long(octets) = value else { return None };
    let mut reader = Reader::new(octets);
    let first = uintvar(&mut reader, "first octet").ok()?;
    let length = match reader.rest() {
        [0x80] => "*".to_owned(),
        _ => uintvar(&mut reader, "entity length").ok()?.to_string(),
    };
    Some(format!("bytes {first}-/{length}"))
}

fn range(value: Value<'_>) -> Option<String> {
    let Value::Long(octets) = value else { return None };
    let mut reader = Reader::new(octets);
    let kind = reader.u8("kind of range").ok()?;
    let number = uintvar(&mut reader, "first octet").ok()?;
    match kind {
        0x80 => {
            let last = uintvar(&mut reader, "last octet").map(|last| last.to_string());
            Some(format!("bytes={number}-{}", last.unwrap_or_default()))
        }
        0x81 => Some(format!("bytes=-{number}")),
        _ => None,
    }
}

fn date(value: Value<'_>) -> Option<String> {
    let seconds = i64::try_from(value.integer()?).ok()?;
    Some(Timestamp::from_seconds(seconds).to_string())
}

fn retry_after(value: Value<'_>) -> Option<String> {
    let Value::Long(octets) = value else { return None };
    let mut reader = Reader::new(octets);
    let kind = reader.u8("kind of retry").ok()?;
    let when = Value::read(&mut reader, "retry after").ok()?;
    match kind {
        0x80 => date(when),
        0x81 => Some(when.integer()?.to_string()),
        _ => None,
    }
}

/// Basic credentials without the password, which is nobody's business; others by their scheme.
fn credentials(value: Value<'_>) -> Option<String> {
    let Value::Long(octets) = value else { return None };
    let mut reader = Reader::new(octets);
    let scheme = Value::read(&mut reader, "scheme").ok()?;
    match scheme {
        Value::Short(0) => {
            let user = Value::read(&mut reader, "user").ok()?;
            Some(format!("Basic user={}", plain(user)))
        }
        other => Some(plain(other)),
    }
}

fn challenge(value: Value<'_>) -> Option<String> {
    let Value::Long(octets) = value else { return None };
    let mut reader = Reader::new(octets);
    let scheme = match Value::read(&mut reader, "scheme").ok()? {
        Value::Short(0) => "Basic".to_owned(),
        other => plain(other),
    };
    let realm = plain(Value::read(&mut reader, "realm").ok()?);
    Some(with_parameters(format!("{scheme} realm={realm}"), reader.rest()))
}

/// Warning codes in their short form (WAP-230 section 8.4.2.51).
fn warning(value: Value<'_>) -> Option<String> {
    let code = |number: u64| {
        Some(match number {
            10..=13 => number + 100,
            14 => 214,
            99 => 199,
            _ => return None,
        })
    };
    let Value::Long(octets) = value else {
        return Some(code(value.integer()?)?.to_string());
    };
    let mut reader = Reader::new(octets);
    let number = code(Value::read(&mut reader, "warning code").ok()?.integer()?)?;
    let agent = plain(Value::read(&mut reader, "warning agent").ok()?);
    let text = plain(Value::read(&mut reader, "warning text").ok()?);
    Some(format!("{number} {agent} {text}"))
}

/// A text with the parameters that follow it.
fn with_parameters(text: String, parameters: &[u8]) -> String {
    let mut content_type = ContentType::bare(text);
    content_type.read_parameters(&mut Reader::new(parameters));
    content_type.to_string()
}

fn disposition(value: Value<'_>) -> Option<String> {
    let Value::Long(octets) = value else { return None };
    let mut reader = Reader::new(octets);
    let kind = Value::read(&mut reader, "disposition").ok()?;
    let text = match kind.integer() {
        Some(number) => token(&["form-data", "attachment", "inline"], number)?,
        None => plain(kind),
    };
    Some(with_parameters(text, reader.rest()))
}

fn application(id: u64) -> Option<String> {
    names::application(id).map(str::to_owned)
}

fn push_flag(flags: u64) -> String {
    let meanings = ["initiator authenticated", "content trusted", "last push"];
    let set = meanings
        .iter()
        .enumerate()
        .filter(|(bit, _)| flags >> bit & 1 == 1);
    let set: Vec<_> = set.map(|(_, meaning)| *meaning).collect();
    match set.is_empty() {
        true => flags.to_string(),
        false => set.join(", "),
    }
}

fn version(value: Value<'_>) -> Option<String> {
    let number = value.integer()?;
    Some(match number & 0x0F {
        0x0F => (number >> 4).to_string(),
        minor => format!("{}.{minor}", number >> 4),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: u8, octets: &[u8]) -> String {
        let value = Value::read(&mut Reader::new(octets), "x").unwrap();
        let page = DEFAULT_PAGE;
        printable(HeaderName::Code { page, code }, value).into_owned()
    }

    #[test]
    fn values_read_as_in_http() {
        let cases: &[(u8, &[u8], &str)] = &[
            (0x00, &[0xBE], "application/vnd.wap.mms-message"),
            (0x11, &[3, 0x83, 0x81, 0xEA], "text/plain; charset=utf-8"),
            (0x01, &[0xEA], "utf-8"),
            (0x01, &[2, 0x03, 0xE8], "iso-10646-ucs-2"),
            (0x3B, &[2, 0xEA, 0x33], "utf-8; q=0.5"),
            (0x02, &[0x82], "deflate"),
            (0x03, &[0x99], "en"),
            (0x04, &[0x81], "bytes"),
            (0x06, &[0xC0], "GET"),
            (0x08, &[0x80], "no-cache"),
            (0x47, &[2, 0x82, 0xBC], "max-age=60"),
            (0x0D, &[2, 0x04, 0x00], "1024"),
            (0x10, &[3, 0x0A, 0x87, 0x68], "bytes 10-/1000"),
            (0x12, &[4, 0x38, 0x6D, 0x43, 0x80], "2000-01-01T00:00:00.000000Z"),
            (0x23, &[3, 0x80, 0x01, 0x09], "bytes=1-9"),
            (0x25, &[2, 0x81, 0x87], "7"),
            (0x2A, &[0x91], "Content-Type"),
            (0x2C, &[0x8A], "110"),
            (0x2E, b"\x08\x81\x86a.gif\0", "attachment; filename=a.gif"),
            (0x2F, &[0x84], "x-wap-application:mms.ua"),
            (0x2F, &[2, 0x80, 0x10], "x-wap-openwave:iota.ua"),
            (0x34, &[0x83], "initiator authenticated, content trusted"),
            (0x43, &[0x93], "1.3"),
            (0x07, b"\x0b\x80joe\0secret\0", "Basic user=joe"),
            (0x29, b"Agent/1\0", "Agent/1"),
            (0x36, &[2, 0xAB, 0xCD], "abcd"),
            (0x4A, &[0x81], "1"),
        ];
        for (code, octets, text) in cases {
            assert_eq!(shown(*code, octets), *text, "header {code:02x}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_form_is_shown_as_it_lies_there() {
        assert_eq!(shown(0x12, &[1, 0x80, 9]), "1970-01-01T00:02:08.000000Z");
        assert_eq!(shown(0x23, &[1, 0x85]), "85");
        assert_eq!(shown(0x04, &[0xFF]), "127");
    }
}
