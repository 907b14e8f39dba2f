//! The head of a message: what of its start line and fields matters here (RFC 9110 section 6, RFC 9112).
//!
//! Read more leniently than any server would: LF-only lines, folded fields, missing reason phrases and versions, octets
//! that no field may hold and lines that are no fields are taken as they are meant or passed over. An observer does
//! not reject a message that its receiver may have understood.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use super::coding::Coding;
use super::ranges::ContentRange;
use super::subscriber;

/// Octets of a head; one that is longer is not read: servers accept 8 to 64 KiB.
pub(in crate::session) const HEAD_OCTETS: usize = 64 * 1024;

/// Field lines that there is room for from the start: more than phones and servers mostly send.
const USUAL_FIELDS: usize = 16;

/// What a message starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// A request line.
    Request {
        /// The method, upper case.
        method: String,
        /// The absolute URL, else the path.
        url: String,
        /// Whether the request line itself was absolute, as towards a proxy.
        absolute: bool,
    },
    /// A status line.
    Status(u16),
}

/// How the head says the body's end is found (RFC 9112 section 6.3), the request's method aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Chunked transfer coding.
    Chunked,
    /// Content-Length.
    Octets(u64),
    /// Neither.
    Unknown,
}

/// What matters of a head.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) start: Start,
    pub(super) length: Length,
    /// Content-Length fields that contradict each other.
    pub(super) contradictory: bool,
    /// The media type without parameters, lower case.
    pub(super) content_type: Option<String>,
    /// The boundary parameter of the media type.
    pub(super) boundary: Option<String>,
    /// Content and transfer codings other than chunked, in the order they were applied.
    pub(super) codings: Vec<Coding>,
    pub(super) content_range: Option<ContentRange>,
    pub(super) entity_tag: Option<String>,
    pub(super) user_agent: Option<String>,
    /// The field that names the subscriber, and its value.
    pub(super) subscriber: Option<(&'static str, String)>,
    /// Whether a proxy or gateway says it passed the message on.
    pub(super) relayed: bool,
    /// Whether it is a push over HTTP (OMA Push OTA-HTTP).
    pub(super) pushed: bool,
}

impl Head {
    /// What it takes.
    pub(super) fn held_octets(&self) -> usize {
        let start = match &self.start {
            Start::Request { method, url, .. } => method.len().saturating_add(url.len()),
            Start::Status(_) => 0,
        };
        let texts = [
            &self.content_type,
            &self.boundary,
            &self.entity_tag,
            &self.user_agent,
        ];
        let subscriber = self.subscriber.as_ref().map_or(0, |(_, value)| value.len());
        let texts = texts.into_iter().flatten().map(String::len);
        texts
            .chain([start, subscriber, self.codings.len()])
            .fold(size_of::<Self>(), usize::saturating_add)
    }
}

/// Where the head that `octets` begin with ends, if it does, searching from `from` on.
pub(super) fn end_of_head(octets: &[u8], from: usize) -> Option<usize> {
    let mut at = from.saturating_sub(3);
    loop {
        let rest = octets.get(at..)?;
        at = at.checked_add(memchr(b'\n', rest)?)?.checked_add(1)?;
        match octets.get(at..)? {
            [b'\n', ..] => return at.checked_add(1),
            [b'\r', b'\n', ..] => return at.checked_add(2),
            _ => {}
        }
    }
}

/// Reads a head, from its start line to its empty line. `None` where it is none.
pub(super) fn read_head(octets: &[u8]) -> Option<Head> {
    let octets = unfold(octets);
    let mut lines = octets.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii);
    let start = lines.find(|line| !line.is_empty())?;
    let mut fields = Vec::with_capacity(USUAL_FIELDS);
    fields.extend(lines.filter_map(Field::read));
    let start = read_start(start, &fields)?;
    Some(summary(start, &fields))
}

/// A field line.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Cow<'a, str>,
}

impl<'a> Field<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let colon = memchr(b':', line)?;
        let (name, value) = line.split_at_checked(colon)?;
        let value = value.get(1..)?;
        Some(Self {
            name: text(name),
            value: text(value),
        })
    }
}

/// A status line, or a request line with or without version.
fn read_start(line: &[u8], fields: &[Field<'_>]) -> Option<Start> {
    let mut words = line
        .split(|octet| matches!(octet, b' ' | b'\t'))
        .filter(|word| !word.is_empty());
    let first = words.next()?;
    let second = words.next()?;
    if first.starts_with(b"HTTP/") {
        return std::str::from_utf8(second).ok()?.parse().ok().map(Start::Status);
    }
    let target = text(second);
    let absolute = target.contains("://") && !target.starts_with('/');
    let url = absolute_url(&target, absolute, fields);
    Some(Start::Request {
        method: text(first).to_ascii_uppercase(),
        url,
        absolute,
    })
}

/// Field lines that go on in the next line (obs-fold, RFC 9112 section 5.2) as one line.
fn unfold(octets: &[u8]) -> Cow<'_, [u8]> {
    let folded = |pair: &[u8]| matches!(pair, [b'\n', b' ' | b'\t']);
    let ends = memchr_iter(b'\n', octets);
    if !ends
        .filter_map(|end| octets.get(end..=end.saturating_add(1)))
        .any(folded)
    {
        return Cow::Borrowed(octets);
    }
    let mut line = octets.to_vec();
    for at in 1..line.len() {
        let pair = line.get(at.saturating_sub(1)..=at).unwrap_or_default();
        if folded(pair) {
            for octet in line
                .iter_mut()
                .take(at)
                .rev()
                .take_while(|o| matches!(**o, b'\r' | b'\n'))
            {
                *octet = b' ';
            }
        }
    }
    Cow::Owned(line)
}

/// The absolute-form target as it is; else `http://`, Host and path; else the path.
fn absolute_url(target: &str, absolute: bool, fields: &[Field<'_>]) -> String {
    let host = fields
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case("host"))
        .map(|field| &field.value);
    match host {
        Some(host) if !absolute && !host.is_empty() && target.starts_with('/') => {
            format!("http://{host}{target}")
        }
        _ => target.to_owned(),
    }
}

fn text(value: &[u8]) -> Cow<'_, str> {
    let value = value.trim_ascii();
    // Nearly always the case, and told faster than by a conversion that may have to repair.
    std::str::from_utf8(value).map_or_else(|_| String::from_utf8_lossy(value), Cow::Borrowed)
}

fn summary(start: Start, fields: &[Field<'_>]) -> Head {
    let absolute = matches!(&start, Start::Request { absolute: true, .. });
    let mut head = Head {
        start,
        length: Length::Unknown,
        contradictory: false,
        content_type: None,
        boundary: None,
        codings: Vec::new(),
        content_range: None,
        entity_tag: None,
        user_agent: None,
        subscriber: None,
        relayed: absolute,
        pushed: false,
    };
    let mut transfer = Vec::new();
    for field in fields {
        let value = &field.value;
        if field.name.eq_ignore_ascii_case("transfer-encoding") {
            transfer.extend(value.split(',').map(|coding| coding.trim().to_ascii_lowercase()));
        } else {
            head.take_field(&field.name, value);
        }
    }
    if transfer.iter().any(|coding| coding == "chunked") {
        head.length = Length::Chunked;
    } else if transfer
        .iter()
        .any(|coding| coding != "identity" && !coding.is_empty())
    {
        head.length = Length::Unknown;
    }
    head.codings.extend(
        transfer
            .iter()
            .filter(|c| *c != "chunked")
            .filter_map(|c| Coding::named(c)),
    );
    head.subscriber = subscriber::subscriber(fields);
    head
}

impl Head {
    fn take_field(&mut self, name: &str, value: &str) {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("content-length") {
            self.take_length(value);
        } else if is("content-type") {
            let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
            self.content_type = Some(kind.trim().to_ascii_lowercase()).filter(|kind| !kind.is_empty());
            self.boundary = parameter(parameters, "boundary");
        } else if is("content-encoding") {
            self.codings.extend(
                value
                    .split(',')
                    .filter_map(|c| Coding::named(&c.trim().to_ascii_lowercase())),
            );
        } else if is("content-range") {
            self.content_range = ContentRange::read(value);
        } else if is("etag") {
            self.entity_tag = Some(value.to_owned());
        } else if is("user-agent") {
            self.user_agent = Some(value.to_owned());
        } else if is("via") || is("x-forwarded-for") {
            self.relayed = true;
        } else if is("x-wap-application-id") || is("x-wap-push-info") {
            self.pushed = true;
        }
    }

    /// Equal values may be repeated, in one field or several (RFC 9112 section 6.3); of different ones the first
    /// counts.
    fn take_length(&mut self, value: &str) {
        for item in value.split(',') {
            match (item.trim().parse::<u64>(), self.length) {
                (Ok(octets), Length::Unknown) => self.length = Length::Octets(octets),
                (Ok(octets), Length::Octets(known)) if octets == known => {}
                _ => self.contradictory = true,
            }
        }
    }

    /// The method of a request.
    pub(super) fn method(&self) -> Option<&str> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Status(_) => None,
        }
    }
}

/// The value of a parameter, without quotes.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    parameters.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        key.trim().eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Head {
        assert_eq!(end_of_head(text.as_bytes(), 0), Some(text.len()), "{text:?}");
        read_head(text.as_bytes()).unwrap()
    }

    fn url(text: &str) -> String {
        match read(text).start {
            Start::Request { url, .. } => url,
            Start::Status(_) => panic!("a request was expected"),
        }
    }

    #[test]
    fn urls_are_absolute_where_they_can_be() {
        assert_eq!(
            url("GET /a%20b HTTP/1.1\r\nHost: mmsc:8080\r\n\r\n"),
            "http://mmsc:8080/a%20b"
        );
        assert_eq!(
            url("GET http://mmsc/x HTTP/1.0\r\nHost: proxy\r\n\r\n"),
            "http://mmsc/x"
        );
        assert_eq!(url("GET /x HTTP/1.0\r\n\r\n"), "/x");
        assert!(read("GET http://mmsc/x HTTP/1.0\r\n\r\n").relayed);
    }

    #[test]
    fn odd_heads_are_read() {
        let head = read(
            "POST /m HTTP/1.1\nhost:h\ncontent-TYPE:Application/VND.wap.mms-message ;x=y\ncontent-length:3\n\n",
        );
        assert_eq!(
            head.content_type.as_deref(),
            Some("application/vnd.wap.mms-message")
        );
        assert_eq!(head.length, Length::Octets(3));
        let head =
            read("HTTP/1.1 200\r\nContent-Type:\r\n application/vnd.wap.mms-message;\r\n\tq=1\r\n\r\n");
        assert_eq!(head.start, Start::Status(200));
        assert_eq!(
            head.content_type.as_deref(),
            Some("application/vnd.wap.mms-message")
        );
        let head = read("HTTP/1.0 404  \r\nnot a field\r\nContent-Length : 5\r\n\r\n");
        assert_eq!((head.start, head.length), (Start::Status(404), Length::Octets(5)));
    }

    #[test]
    fn lengths() {
        let length = |fields: &str| {
            let head = read(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"));
            (head.length, head.contradictory)
        };
        assert_eq!(
            length("Content-Length: 7\r\nContent-Length: 7\r\n"),
            (Length::Octets(7), false)
        );
        assert_eq!(length("Content-Length: 7, 8\r\n"), (Length::Octets(7), true));
        assert_eq!(
            length("Content-Length: 7\r\nTransfer-Encoding: gzip, Chunked\r\n"),
            (Length::Chunked, false)
        );
        assert_eq!(length("Content-Length: nine\r\n"), (Length::Unknown, true));
        assert_eq!(length(""), (Length::Unknown, false));
    }

    #[test]
    fn many_fields() {
        let fields: String = (0..500).map(|n| format!("X-{n}: v\r\n")).collect();
        let head = read(&format!("GET / HTTP/1.1\r\n{fields}User-Agent: ua\r\n\r\n"));
        assert_eq!(head.user_agent.as_deref(), Some("ua"));
    }

    #[test]
    fn a_head_ends_wherever_it_is_cut() {
        let text = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\n\n";
        for cut in 0..text.len() {
            let expected = (cut >= 27).then_some(27);
            assert_eq!(
                end_of_head(&text[..cut], cut.saturating_sub(1)),
                expected.filter(|_| cut <= 28)
            );
        }
    }
}
