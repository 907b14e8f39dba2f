//! Fields of HTTP messages (RFC 9110, RFC 9112), and how those of a connection belong together.

use std::collections::VecDeque;

use super::lines::{Line, fields, first_line, unfolded};
use super::mms;
use super::places::{Late, Origin};
use crate::mate::catalogue::FieldId;
use crate::mate::source::text::Text;
use crate::mate::source::writer::{Fields, Place, Writer};
use crate::model::{FrameNumber, FrameRef};
use crate::session::http::{Asked, WholeMessage};

/// Requests that wait for their answers, at most; the oldest is forgotten.
const WAITING: usize = 1024;

/// What is known of the messages of a connection.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    waiting: VecDeque<Request>,
    requests: u64,
    responses: u64,
    last: Option<LastRequest>,
    /// What those that wait hold, about.
    held_octets: usize,
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Request {
    asked: Asked,
    origin: Origin,
    /// The frames of the requests before it and behind it.
    previous: Option<FrameNumber>,
    next: Option<FrameNumber>,
    url: String,
}

/// The last request, and the answer to it where that has come: the next request is told with both.
#[derive(Debug)]
struct LastRequest {
    origin: Origin,
    answer: Option<Origin>,
}

impl Exchanges {
    /// What the next response answers.
    pub(super) fn asked(&self) -> Option<Asked> {
        self.waiting.front().map(|request| request.asked)
    }

    /// What it holds, about.
    pub(super) fn held_octets(&self) -> usize {
        self.held_octets
    }

    /// The request that has waited longest; it waits no more.
    fn next_asked(&mut self) -> Option<Request> {
        let request = self.waiting.pop_front()?;
        self.held_octets = self.held_octets.saturating_sub(request.held_octets());
        Some(request)
    }

    /// The layers of a message.
    pub(super) fn message(
        &mut self,
        message: &WholeMessage<'_>,
        limits: crate::mms::Limits,
        at: FrameRef,
        place: Place,
        writer: &mut Writer<'_>,
        late: &mut Vec<Late>,
    ) {
        let mut told = writer.layer(FieldId::HTTP, place, None);
        let layer = told.layer;
        let origin = Origin { at, layer };
        let (line, begin) = first_line(message.head);
        let media = match message.status {
            Some(status) => {
                status_line(line, status, &mut told);
                let media = head(message.head, begin, FieldId::HTTP_RESPONSE_LINE, &mut told).media;
                self.response(status, origin, &mut told, late);
                media
            }
            None => {
                let request = request_line(line, &mut told);
                let head = head(message.head, begin, FieldId::HTTP_REQUEST_LINE, &mut told);
                self.request(&request, head.host, origin, &mut told, late);
                head.media
            }
        };
        content(message, media.as_deref(), limits, place.above(layer), &mut told);
    }

    fn request(
        &mut self,
        line: &RequestLine<'_>,
        host: Option<&[u8]>,
        origin: Origin,
        told: &mut Fields<'_, '_>,
        late: &mut Vec<Late>,
    ) {
        const OF_URL: [FieldId; 2] = [FieldId::HTTP_REQUEST_FULL_URI, FieldId::HTTP_RESPONSE_FOR_URI];
        let url = match OF_URL.iter().any(|field| told.writer.wants(*field)) {
            true => full_url(line.target, host),
            false => None,
        };
        told.number(FieldId::HTTP_REQUEST, 0, 0, 1_u8);
        if let Some(url) = &url {
            told.show(FieldId::HTTP_REQUEST_FULL_URI, 0, 0, url);
        }
        self.requests += 1;
        told.number(FieldId::HTTP_REQUEST_NUMBER, 0, 0, self.requests);
        let last = LastRequest { origin, answer: None };
        let previous = self.last.replace(last).map(|previous| {
            if told.writer.wants(FieldId::HTTP_NEXT_REQUEST_IN) {
                let earlier = [Some(previous.origin), previous.answer];
                let earlier = earlier.into_iter().flatten();
                late.extend(earlier.map(|earlier| earlier.later(FieldId::HTTP_NEXT_REQUEST_IN, origin.at)));
            }
            previous.origin.at.frame
        });
        if let Some(previous) = previous {
            told.number(FieldId::HTTP_PREV_REQUEST_IN, 0, 0, previous.0);
        }
        if let Some(waiting) = self.waiting.back_mut() {
            waiting.next = Some(origin.at.frame);
        }
        if self.waiting.len() >= WAITING {
            self.next_asked();
        }
        let request = Request {
            asked: match line.method {
                b"HEAD" => Asked::Head,
                b"CONNECT" => Asked::Connect,
                _ => Asked::Other,
            },
            origin,
            previous,
            next: None,
            url: url.unwrap_or_default(),
        };
        self.held_octets = self.held_octets.saturating_add(request.held_octets());
        self.waiting.push_back(request);
    }

    fn response(&mut self, status: u16, origin: Origin, told: &mut Fields<'_, '_>, late: &mut Vec<Late>) {
        told.number(FieldId::HTTP_RESPONSE, 0, 0, 1_u8);
        self.responses += 1;
        told.number(FieldId::HTTP_RESPONSE_NUMBER, 0, 0, self.responses);
        let is_interim = (100..200).contains(&status) && status != 101;
        if is_interim {
            // The answer that counts is still to come.
            if let Some(request) = self.waiting.front() {
                request.show_url(told);
            }
        } else if let Some(request) = self.next_asked() {
            let asked = request.origin;
            told.seconds(FieldId::HTTP_TIME, 0, 0, origin.at.time.since(asked.at.time));
            told.number(FieldId::HTTP_REQUEST_IN, 0, 0, asked.at.frame.0);
            if let Some(previous) = request.previous {
                told.number(FieldId::HTTP_PREV_REQUEST_IN, 0, 0, previous.0);
            }
            if let Some(next) = request.next {
                told.number(FieldId::HTTP_NEXT_REQUEST_IN, 0, 0, next.0);
            }
            request.show_url(told);
            if told.writer.wants(FieldId::HTTP_RESPONSE_IN) {
                late.push(asked.later(FieldId::HTTP_RESPONSE_IN, origin.at));
            }
            if let Some(last) = self.last.as_mut().filter(|last| last.origin == asked) {
                last.answer = Some(origin);
            }
        }
    }
}

impl Request {
    fn held_octets(&self) -> usize {
        self.url.len() + size_of::<Self>()
    }

    fn show_url(&self, told: &mut Fields<'_, '_>) {
        if !self.url.is_empty() {
            told.show(FieldId::HTTP_RESPONSE_FOR_URI, 0, 0, &self.url);
        }
    }
}

/// The first line of a request.
struct RequestLine<'a> {
    method: &'a [u8],
    target: &'a [u8],
}

fn request_line<'a>(line: &'a [u8], told: &mut Fields<'_, '_>) -> RequestLine<'a> {
    let space = |octets: &[u8]| memchr::memchr(b' ', octets).unwrap_or(octets.len());
    let (method, rest) = line.split_at_checked(space(line)).unwrap_or((line, &[]));
    let rest = rest.get(1..).unwrap_or_default();
    let target_at = method.len() + 1;
    // A target may have blanks in it; the version stands behind the last.
    let end = memchr::memrchr(b' ', rest).unwrap_or(rest.len());
    let (target, version) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    told.text(FieldId::HTTP_REQUEST_METHOD, 0, method);
    told.text(FieldId::HTTP_REQUEST_URI, target_at, target);
    if let Some(mark) = memchr::memchr(b'?', target) {
        let (path, query) = target.split_at_checked(mark).unwrap_or((target, &[]));
        told.text(FieldId::HTTP_REQUEST_URI_PATH, target_at, path);
        told.text(
            FieldId::HTTP_REQUEST_URI_QUERY,
            target_at + mark + 1,
            query.get(1..).unwrap_or_default(),
        );
    }
    if let Some(version) = version.get(1..).filter(|version| !version.is_empty()) {
        told.text(FieldId::HTTP_REQUEST_VERSION, target_at + end + 1, version);
    }
    RequestLine { method, target }
}

fn status_line(line: &[u8], status: u16, told: &mut Fields<'_, '_>) {
    let mut words = line.splitn(3, |octet| *octet == b' ');
    let version = words.next().unwrap_or_default();
    let code = words.next().unwrap_or_default();
    let at = version.len() + 1;
    told.text(FieldId::HTTP_RESPONSE_VERSION, 0, version);
    told.number(FieldId::HTTP_RESPONSE_CODE, at, code.len(), status);
    let description = reason(status).unwrap_or("Unknown");
    told.show(FieldId::HTTP_RESPONSE_CODE_DESC, at, code.len(), description);
    if let Some(phrase) = words.next() {
        told.text(FieldId::HTTP_RESPONSE_PHRASE, at + code.len() + 1, phrase);
    }
}

/// An absolute URL, where the target is one or Host completes it.
fn full_url(target: &[u8], host: Option<&[u8]>) -> Option<String> {
    let text = String::from_utf8_lossy(target);
    if text.contains("://") {
        return Some(text.into_owned());
    }
    let host = host.filter(|host| !host.is_empty())?;
    Some(format!("http://{}{text}", String::from_utf8_lossy(host)))
}

/// What of a head matters to the message.
#[derive(Default)]
struct HeadFacts<'a> {
    host: Option<&'a [u8]>,
    /// The media type in lower case.
    media: Option<String>,
}

/// Names of fields.
const TEXTS: [(&str, FieldId); 20] = [
    ("Host", FieldId::HTTP_HOST),
    ("User-Agent", FieldId::HTTP_USER_AGENT),
    ("Content-Type", FieldId::HTTP_CONTENT_TYPE),
    ("Content-Encoding", FieldId::HTTP_CONTENT_ENCODING),
    ("Transfer-Encoding", FieldId::HTTP_TRANSFER_ENCODING),
    ("Connection", FieldId::HTTP_CONNECTION),
    ("Accept", FieldId::HTTP_ACCEPT),
    ("Accept-Language", FieldId::HTTP_ACCEPT_LANGUAGE),
    ("Accept-Encoding", FieldId::HTTP_ACCEPT_ENCODING),
    ("Server", FieldId::HTTP_SERVER),
    ("Location", FieldId::HTTP_LOCATION),
    ("Date", FieldId::HTTP_DATE),
    ("Cookie", FieldId::HTTP_COOKIE),
    ("Set-Cookie", FieldId::HTTP_SET_COOKIE),
    ("Referer", FieldId::HTTP_REFERER),
    ("Content-Length", FieldId::HTTP_CONTENT_LENGTH_HEADER),
    ("X-Forwarded-For", FieldId::HTTP_X_FORWARDED_FOR),
    ("Authorization", FieldId::HTTP_AUTHORIZATION),
    ("Cache-Control", FieldId::HTTP_CACHE_CONTROL),
    ("Last-Modified", FieldId::HTTP_LAST_MODIFIED),
];

fn head<'a>(head: &'a [u8], begin: usize, whole_line: FieldId, told: &mut Fields<'_, '_>) -> HeadFacts<'a> {
    let mut facts = HeadFacts::default();
    for line in fields(head, begin) {
        one_field(&line, whole_line, told);
        if line.is("Host") {
            facts.host.get_or_insert(line.value);
        } else if line.is("Content-Type") {
            let media = line
                .value
                .split(|octet| *octet == b';')
                .next()
                .unwrap_or_default();
            facts.media = Some(String::from_utf8_lossy(media.trim_ascii()).to_ascii_lowercase());
        }
    }
    facts
}

fn one_field(line: &Line<'_>, whole_line: FieldId, told: &mut Fields<'_, '_>) {
    let (at, length) = (line.offset, line.octets.len());
    if let Some((_, field)) = TEXTS.iter().find(|(name, _)| line.is(name)) {
        let value = unfolded(line.value);
        told.show(*field, at, length, Text(&value));
        if *field == FieldId::HTTP_CONTENT_LENGTH_HEADER
            && let Some(number) = std::str::from_utf8(&value)
                .ok()
                .and_then(|text| text.parse::<u64>().ok())
        {
            told.number(FieldId::HTTP_CONTENT_LENGTH, at, length, number);
        }
    }
    told.show(whole_line, at, length, Text(line.octets));
}

/// The content, and the MMS PDU that it may be.
fn content(
    message: &WholeMessage<'_>,
    media: Option<&str>,
    limits: crate::mms::Limits,
    place: Place,
    told: &mut Fields<'_, '_>,
) {
    let octets = message.content;
    if octets.is_empty() {
        return;
    }
    let at = message.head.len();
    let within = match message.is_plain {
        true => place.behind(at),
        false => place.own_buffer(octets.len()),
    };
    let data = within.octets(octets.len());
    told.at(FieldId::HTTP_FILE_DATA, data, Text(octets));
    if mms::may_be_mms(media, octets) {
        mms::pdu(octets, message.is_whole, limits, within, told.writer);
    }
}

/// The reason phrases of RFC 9110 section 15, and those registered with IANA beside.
fn reason(status: u16) -> Option<&'static str> {
    Some(match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Time-out",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Requested Range Not Satisfiable",
        417 => "Expectation Failed",
        422 => "Unprocessable Entity",
        423 => "Locked",
        424 => "Failed Dependency",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Time-out",
        505 => "HTTP Version not supported",
        _ => return None,
    })
}
