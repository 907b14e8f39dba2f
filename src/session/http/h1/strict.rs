//! Heads as RFC 9112 has them, read by httparse.

use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Request, Response, Status};

use super::framed_head::{FieldLines, FramedHead};
use crate::session::http::semantics::{ControlData, Method, Scheme};

/// Fields of a head that is read here: more than clients and servers send. One with more is read leniently.
const FIELDS: usize = 64;

/// Room for the fields of a head, which httparse fills as far as it needs.
type Room<'a> = [MaybeUninit<Header<'a>>; FIELDS];

/// Reads the head that `octets` begin with and says where it ends; `None` where it is not as RFC 9112 has it.
pub(super) fn read(octets: &[u8]) -> Option<Status<(usize, FramedHead)>> {
    let mut room = [const { MaybeUninit::uninit() }; FIELDS];
    match octets.starts_with(b"HTTP/") {
        true => response(octets, &mut room),
        false => request(octets, &mut room),
    }
}

fn request<'a>(octets: &'a [u8], room: &mut Room<'a>) -> Option<Status<(usize, FramedHead)>> {
    let mut request = Request::new(&mut []);
    let Status::Complete(end) = request.parse_with_uninit_headers(octets, room).ok()? else {
        return Some(Status::Partial);
    };
    let control = ControlData::Request {
        method: Method::named(request.method?.as_bytes()),
        scheme: Scheme::Http,
        target: request.path?.into(),
    };
    Some(Status::Complete((end, head(&control, request.headers))))
}

/// Of a reason phrase that is not ASCII httparse says that it is empty: a head without one is left to the lenient reader.
fn response<'a>(octets: &'a [u8], room: &mut Room<'a>) -> Option<Status<(usize, FramedHead)>> {
    let mut response = Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut response, octets, room);
    let Status::Complete(end) = parsed.ok()? else {
        return Some(Status::Partial);
    };
    let reason = response.reason.filter(|reason| !reason.is_empty())?;
    let control = ControlData::Response {
        status: Some(response.code?),
        reason: reason.trim_ascii().into(),
    };
    Some(Status::Complete((end, head(&control, response.headers))))
}

fn head(control: &ControlData<'_>, headers: &[Header<'_>]) -> FramedHead {
    let mut fields = FieldLines::default();
    for header in headers {
        fields.take(header.name.as_bytes(), header.value);
    }
    fields.head(control)
}
