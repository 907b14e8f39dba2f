//! What bearers hand on as the fields that Wireshark's dissectors of HTTP, WSP, WTP and SMPP know (packet-http.c,
//! packet-wsp.c, packet-wtp.c, packet-smpp.c).
//!
//! These are the fields of requests and answers, not those of single packets: of a message in several segments, or in
//! several short messages, each is told once. The octets are gone by then, so a field has none.

use std::borrow::Cow;

use super::{Bearer, CarrierEvent, EndReason, Method, Request, Response};
use crate::model::{BearerStatus, FieldSink, FieldValue, Protocol, ProtocolField};

/// Tells the fields of a bearer's request or answer, if somebody asks for them.
pub fn tell_fields(event: &CarrierEvent<'_>, sink: &mut impl FieldSink) {
    match event {
        CarrierEvent::Request(request) => match request.bearer {
            Bearer::Http => layer(Protocol::Http, sink, |layer| http_request(request, layer)),
            Bearer::Smpp => {
                layer(Protocol::Smpp, sink, |layer| smpp_request(request, layer));
                // A bare MMS PDU has no WSP around it, and so no content type.
                if request.body.content_type.is_some() {
                    layer(Protocol::Wsp, sink, |layer| wsp_request(request, layer));
                }
            }
            Bearer::Wtp => {
                layer(Protocol::Wtp, sink, |_| {});
                layer(Protocol::Wsp, sink, |layer| wsp_request(request, layer));
            }
            Bearer::Wsp | Bearer::PushUdp => layer(Protocol::Wsp, sink, |layer| wsp_request(request, layer)),
            Bearer::Sip | Bearer::Map | Bearer::Smtp | Bearer::Soap => {}
        },
        CarrierEvent::Response(response) => match response.status {
            Some(BearerStatus::Http(_) | BearerStatus::Pap(_)) => {
                layer(Protocol::Http, sink, |layer| http_response(response, layer));
            }
            Some(BearerStatus::Smpp(status)) => {
                layer(Protocol::Smpp, sink, |layer| {
                    layer.number("smpp.command_status", status)
                });
            }
            Some(BearerStatus::Wsp(status)) => {
                if response.bearer == Bearer::Wtp {
                    layer(Protocol::Wtp, sink, |_| {});
                }
                layer(Protocol::Wsp, sink, |layer| wsp_reply(response, status, layer));
            }
            Some(BearerStatus::WtpAcknowledged) => layer(Protocol::Wtp, sink, |_| {}),
            Some(BearerStatus::WtpAborted(reason)) => {
                layer(Protocol::Wtp, sink, |layer| wtp_abort(reason, layer))
            }
            _ => {}
        },
        CarrierEvent::End(end) => {
            if let EndReason::Aborted { code } = end.reason {
                layer(Protocol::Wtp, sink, |layer| wtp_abort(code, layer));
            }
        }
        CarrierEvent::Receipt(_) => {}
    }
}

/// Tells a layer and the fields in it, if somebody asks for its protocol.
fn layer<S: FieldSink>(protocol: Protocol, sink: &mut S, tell: impl FnOnce(&mut Layer<'_, S>)) {
    if sink.wants(protocol) {
        let mut layer = Layer { protocol, sink };
        layer.field(protocol.name(), FieldValue::Nothing);
        tell(&mut layer);
    }
}

/// Tells the fields of one layer.
struct Layer<'s, S> {
    protocol: Protocol,
    sink: &'s mut S,
}

impl<S: FieldSink> Layer<'_, S> {
    fn field(&mut self, name: &'static str, value: FieldValue<'_>) {
        self.sink.field(&ProtocolField {
            protocol: self.protocol,
            name,
            value,
            offset: 0,
            octets: &[],
        });
    }

    fn number(&mut self, name: &'static str, number: impl Into<u64>) {
        self.field(name, FieldValue::Number(number.into()));
    }

    fn text(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.field(name, FieldValue::Text(Cow::Borrowed(text)));
        }
    }
}

fn http_request<S: FieldSink>(request: &Request<'_>, layer: &mut Layer<'_, S>) {
    layer.number("http.request", 1_u8);
    layer.text(
        "http.request.method",
        match request.method {
            Method::Get => Some("GET"),
            Method::Post | Method::Push => Some("POST"),
            Method::Connect => Some("CONNECT"),
            Method::Other => None,
        },
    );
    let split = request.url.and_then(split_url);
    layer.text("http.request.uri", split.map(|(_, path)| path).or(request.url));
    layer.text("http.request.full_uri", request.url.filter(|_| split.is_some()));
    layer.text("http.host", split.map(|(authority, _)| authority));
    layer.text("http.user_agent", request.user_agent);
    layer.text("http.content_type", request.body.content_type);
}

/// Authority and path of an absolute URL. A request to the server itself has only the path in its first line.
fn split_url(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.split_at_checked(path)
}

fn http_response<S: FieldSink>(response: &Response<'_>, layer: &mut Layer<'_, S>) {
    layer.number("http.response", 1_u8);
    if let Some(BearerStatus::Http(code)) = response.status {
        layer.number("http.response.code", code);
    }
    layer.text("http.response.phrase", response.reason);
    layer.text("http.server", response.server);
    layer.text("http.location", response.location);
    layer.text("http.content_type", response.body.content_type);
}

/// PDU types of WSP (WAP-230 table 34).
const WSP_GET: u8 = 0x40;
const WSP_POST: u8 = 0x60;
const WSP_PUSH: u8 = 0x06;
const WSP_CONFIRMED_PUSH: u8 = 0x05;
const WSP_REPLY: u8 = 0x04;

fn wsp_request<S: FieldSink>(request: &Request<'_>, layer: &mut Layer<'_, S>) {
    let pdu_type = match request.method {
        Method::Get => Some(WSP_GET),
        Method::Post => Some(WSP_POST),
        Method::Push if request.bearer == Bearer::Wtp && request.expects_answer => Some(WSP_CONFIRMED_PUSH),
        Method::Push => Some(WSP_PUSH),
        Method::Connect | Method::Other => None,
    };
    if let Some(pdu_type) = pdu_type {
        layer.number("wsp.pdu_type", pdu_type);
    }
    layer.text("wsp.uri", request.url);
    layer.text("wsp.header.user_agent", request.user_agent);
    layer.text("wsp.header.content_type", request.body.content_type);
}

fn wsp_reply<S: FieldSink>(response: &Response<'_>, status: u8, layer: &mut Layer<'_, S>) {
    layer.number("wsp.pdu_type", WSP_REPLY);
    layer.number("wsp.reply.status", status);
    layer.text("wsp.header.content_type", response.body.content_type);
}

/// The first abort reason of WSP, the user of WTP (WAP-230 table 35); those below are WTP's own.
const FIRST_USER_REASON: u8 = 0xE0;

fn wtp_abort<S: FieldSink>(reason: u8, layer: &mut Layer<'_, S>) {
    let name = match reason {
        FIRST_USER_REASON.. => "wtp.abort.reason.user",
        _ => "wtp.abort.reason.provider",
    };
    layer.number(name, reason);
}

/// The addresses as SMPP carries them: digits, their international form said by another field.
fn smpp_request<S: FieldSink>(request: &Request<'_>, layer: &mut Layer<'_, S>) {
    let digits = |address: &str| address.trim_start_matches('+').to_owned();
    let sender = request
        .subscriber
        .map(|subscriber| digits(subscriber.identity.text()));
    layer.text("smpp.source_addr", sender.as_deref());
    layer.text("smpp.destination_addr", request.recipient.map(digits).as_deref());
}
