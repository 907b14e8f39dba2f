//! The seam between bearers and MMS: requests, answers, and exchanges that end without one.
//!
//! Rules that every bearer keeps:
//! - A [`Request`] is followed by exactly one final [`Response`] or [`ExchangeEnd`] with the same [`ExchangeId`],
//!   unless it expects no answer, or it is a GET that is answered while nobody can want it (see [`Request`]).
//! - A [`Response`] may come without its request (capture began in between): then its id is new.
//! - Bodies are handed out when they are whole or will never be; [`Body::end`] says which.

use std::borrow::Cow;

use super::surroundings::TransactionEvent;
use crate::model::{
    BearerStatus, Endpoint, Envelope, Extent, FrameRef, NetworkId, Origin, StreamId, StreamReset, TlsEnd,
};

/// One request with its answer. Unique within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub u64);

/// What carried it. The names are part of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bearer {
    /// HTTP.
    Http,
    /// Connectionless WSP.
    Wsp,
    /// WSP over WTP.
    Wtp,
    /// WAP push in a UDP datagram.
    PushUdp,
    /// Short message over SMPP.
    Smpp,
    /// Short message over SIP.
    Sip,
    /// Short message over MAP.
    Map,
    /// Mail between MMSCs (MM4), and to and from mail servers (MM3).
    Smtp,
    /// SOAP between MMSC and application (MM7).
    Soap,
}

impl Bearer {
    /// The name in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Wsp => "wsp",
            Self::Wtp => "wtp",
            Self::PushUdp => "push-udp",
            Self::Smpp => "smpp",
            Self::Sip => "sip",
            Self::Map => "map",
            Self::Smtp => "smtp",
            Self::Soap => "soap",
        }
    }
}

/// Something a bearer hands on.
#[derive(Clone, Copy, Debug)]
pub enum CarrierEvent<'a> {
    /// A request or a push.
    Request(Request<'a>),
    /// The final answer to a request.
    Response(Response<'a>),
    /// No answer will come, or none was expected and the bearer is done with it.
    End(ExchangeEnd),
    /// A later word about a push that was accepted (SMS delivery receipt, RP-ACK).
    Receipt(Receipt),
}

/// Something that the session layer hands on.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is handed on where it is made, and kept nowhere"
)]
pub enum SessionEvent<'a> {
    /// Of a bearer.
    Carrier(CarrierEvent<'a>),
    /// Of a system around the MMSC.
    Transaction(TransactionEvent<'a>),
}

/// Who takes what sessions hand on.
pub type Sink<'a> = &'a mut dyn FnMut(SessionEvent<'_>);

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Fetch what the target names.
    Get,
    /// Hand over the body.
    Post,
    /// A push towards a phone: WAP push, short message, push over HTTP.
    Push,
    /// A tunnel through a proxy, which refused it. The target is host and port.
    Connect,
    /// Anything else that carried a body of interest.
    Other,
}

/// A request, or a push.
///
/// Every GET is reported, whatever it fetches, because a notification may still announce its target; other
/// requests only when their body may be an MMS PDU.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its exchange.
    pub exchange: ExchangeId,
    /// What carried it.
    pub bearer: Bearer,
    /// Where it was seen; see [`NetworkId`] before comparing addresses.
    pub network: NetworkId,
    /// What it asks for.
    pub method: Method,
    /// Who sent it.
    pub source: Endpoint,
    /// Where it went.
    pub destination: Endpoint,
    /// Of HTTP/2, the stream.
    pub stream: Option<StreamId>,
    /// The frames it lies in.
    pub extent: Extent,
    /// The frames of each short message, where it came in several; empty elsewhere.
    pub pieces: &'a [Extent],
    /// The absolute URL: as in an absolute request line, else put together from Host and path, else the path.
    /// Percent-escapes as on the wire.
    pub url: Option<&'a str>,
    /// The subscriber that the bearer names as the sender: from an X-MSISDN-like header, or the address a short
    /// message comes from.
    pub subscriber: Option<Subscriber<'a>>,
    /// The address the bearer names as the recipient: a short message's destination, a PAP address.
    pub recipient: Option<&'a str>,
    /// The envelope of a mail.
    pub envelope: Option<Envelope<'a>>,
    /// What EAIF says of it, between an MMSC and an application.
    pub eaif: Option<Eaif<'a>>,
    /// The application that sent it (User-Agent), its start where it is long.
    pub user_agent: Option<&'a str>,
    /// Whether a proxy or gateway says it passed it on (Via, X-Forwarded-For, absolute request line).
    pub relayed: bool,
    /// Whether an answer belongs to it.
    pub expects_answer: bool,
    /// Of a short message, which way it goes.
    pub transfer: Option<SmsTransfer>,
    /// The TLS that it came out of.
    pub tls: Option<TlsAround<'a>>,
    /// What it carried.
    pub body: Body<'a>,
}

/// The TLS connection around something, in the names of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsAround<'a> {
    /// The version.
    pub version: &'a str,
    /// The cipher suite.
    pub cipher: &'a str,
    /// The name of the server that the client asked for.
    pub name: Option<&'a str>,
}

/// Which way a short message goes, as the PDU that carries it says: SMPP's submit_sm or deliver_sm (SMPP 3.4 section 4), or
/// TP-MTI in the signalling network (TS 23.040 section 9.2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsTransfer {
    /// From who sends it to the service centre.
    Submit,
    /// From the service centre to who gets it.
    Deliver,
}

/// What Nokia's External Application Interface says of the PDU of MM1 that MMSC and application exchange by it, in
/// fields of HTTP (X-NOKIA-MMSC-…).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Eaif<'a> {
    /// Who sent the message.
    pub from: Option<&'a str>,
    /// For whom it is, with commas between them, whatever the PDU says.
    pub to: Option<&'a str>,
    /// What the PDU is: `MultiMediaMessage`, `DeliveryReport` or `ReadReply`.
    pub message_type: Option<&'a str>,
    /// The message id: in a request of the MMSC, or in the answer to one of the application.
    pub message_id: Option<&'a str>,
}

/// Whom a bearer names as a request's sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscriber<'a> {
    /// The header or field that names the sender, lower case.
    pub source: &'a str,
    /// What it says.
    pub identity: Identity<'a>,
}

/// What a bearer calls a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    /// A phone number in digits, with or without `+`; what the field wraps it in is undone.
    Number(&'a str),
    /// Something else, as it stands in the field: an alias, an IMSI, an encrypted or hashed value.
    Other(&'a str),
}

impl<'a> Identity<'a> {
    /// The number or the other value.
    pub const fn text(self) -> &'a str {
        match self {
            Self::Number(text) | Self::Other(text) => text,
        }
    }
}

/// The final answer to a request.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// Its exchange.
    pub exchange: ExchangeId,
    /// What carried it.
    pub bearer: Bearer,
    /// Where it was seen; see [`NetworkId`] before comparing addresses.
    pub network: NetworkId,
    /// Who sent it.
    pub source: Endpoint,
    /// Where it went.
    pub destination: Endpoint,
    /// Of HTTP/2, the stream.
    pub stream: Option<StreamId>,
    /// The frames it lies in.
    pub extent: Extent,
    /// The frames of the answer to each short message, where the request came in several; empty elsewhere.
    pub pieces: &'a [Extent],
    /// Success or failure as the bearer says it; none where the octets that say it could not be read.
    pub status: Option<BearerStatus>,
    /// The reason phrase that HTTP or SIP sent with the status, its start where it is long.
    pub reason: Option<&'a str>,
    /// The software that answered (Server), its start where it is long.
    pub server: Option<&'a str>,
    /// Where the answer refers to (Location), as it was sent; see [`Response::redirect`].
    pub location: Option<&'a str>,
    /// What EAIF says in it.
    pub eaif: Option<Eaif<'a>>,
    /// The TLS that it came out of.
    pub tls: Option<TlsAround<'a>>,
    /// What it carried.
    pub body: Body<'a>,
}

impl Response<'_> {
    /// Where a redirect leads (301, 302, 303, 307 and 308, and the same of WSP): the absolute URL, where Location has
    /// one or the URL of the request is known and absolute; else Location as it was sent (RFC 9110 section 15.4).
    pub fn redirect(&self, request: Option<&str>) -> Option<Cow<'_, str>> {
        match (self.status.and_then(BearerStatus::http_status), self.location) {
            (Some(301 | 302 | 303 | 307 | 308), Some(location)) if !location.is_empty() => {
                Some(resolve(request.unwrap_or_default(), location))
            }
            _ => None,
        }
    }
}

/// A reference to a URL, resolved against the URL it stands in (RFC 3986 section 5.2.2). Dot segments stay: whoever
/// follows the reference may send them.
fn resolve<'a>(base: &str, reference: &'a str) -> Cow<'a, str> {
    let scheme_end = base.find("://");
    let (Some(scheme_end), false) = (scheme_end, reference.contains("://")) else {
        return Cow::Borrowed(reference);
    };
    let authority = scheme_end.saturating_add(3);
    let rest = base.get(authority..).unwrap_or_default();
    let path = authority.saturating_add(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let end = base.find(['?', '#']).unwrap_or(base.len());
    let directory = base.get(path..end).and_then(|path| path.rfind('/'));
    let directory = directory.map_or(path, |slash| path.saturating_add(slash));
    let kept = match reference.as_bytes() {
        [b'/', b'/', ..] => scheme_end.saturating_add(1),
        [b'/', ..] => path,
        [b'?', ..] => end,
        _ => return Cow::Owned(format!("{}/{reference}", base.get(..directory).unwrap_or(base))),
    };
    Cow::Owned(format!("{}{reference}", base.get(..kept).unwrap_or_default()))
}

/// Octets that are handed on of a reason phrase or the name of a program.
const PHRASE_OCTETS: usize = 256;

/// The start of a text that its sender may make as long as it likes.
pub(in crate::session) fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(PHRASE_OCTETS))
        .unwrap_or(text)
}

/// An entity with its type. The octets are only there when they may be an MMS PDU.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// The media type as the bearer says it, without parameters, lower case.
    pub content_type: Option<&'a str>,
    /// The parameters of the media type as they were sent, where the body cannot be read without: of SOAP.
    pub parameters: Option<&'a str>,
    /// The decoded octets (content and transfer codings undone); empty where they cannot be an MMS PDU. Where
    /// octets are missing in the middle, what lies after the hole is not here.
    pub bytes: &'a [u8],
    /// How many octets the body had or announced, as far as known, even where `bytes` is empty.
    pub length: u64,
    /// Whether it is all there, and if not, why.
    pub end: BodyEnd,
}

impl Body<'_> {
    /// No body.
    pub const NONE: Body<'static> = Body {
        content_type: None,
        parameters: None,
        bytes: &[],
        length: 0,
        end: BodyEnd::Whole,
    };
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    /// All of it is here.
    Whole,
    /// The sender stopped before its end: connection closed, reset or aborted. The receiver did not get it either.
    CutShort {
        /// Whether by a reset or abort, not by a proper close.
        reset: bool,
    },
    /// The same, by a reset of its HTTP/2 stream: the connection went on.
    StreamReset(StreamReset),
    /// The same, by an alert of TLS.
    Alert(TlsEnd),
    /// Octets in it were not captured, but the receiver got them (they were acknowledged, or it went on).
    Hole,
    /// The capture began or ended inside it, or the snap length cut it: what became of it is not known.
    NotCaptured,
    /// Parts of the short message that carried it are missing; `bytes` holds what comes before the first that is.
    PartsMissing,
    /// It is longer than the limit; `bytes` holds the start.
    OverLimit,
}

impl BodyEnd {
    /// Whether the sender stopped before its end.
    pub const fn is_cut_short(self) -> bool {
        matches!(
            self,
            Self::CutShort { .. } | Self::StreamReset(_) | Self::Alert(_)
        )
    }
}

/// An exchange that is over without an answer.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeEnd {
    /// Which.
    pub exchange: ExchangeId,
    /// When it became certain.
    pub at: FrameRef,
    /// Why.
    pub reason: EndReason,
    /// Whether an answer could have been seen.
    pub answer: AnswerVisibility,
    /// Whether the answering side acknowledged on the transport layer all that was captured of the asking side. A
    /// datagram is never acknowledged.
    pub acknowledged: bool,
}

/// Why an exchange got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// None belongs to it.
    NoneExpected,
    /// The connection was closed properly.
    Closed {
        /// Whether the side that owed the answer closed first.
        by_answerer: bool,
    },
    /// The same, by close_notify of TLS.
    Notified {
        /// Whether the side that owed the answer closed first.
        by_answerer: bool,
        /// The close_notify.
        end: TlsEnd,
    },
    /// The connection was reset.
    Reset,
    /// It was given up by a fatal alert of TLS.
    Alert(TlsEnd),
    /// The HTTP/2 stream was reset.
    StreamReset(StreamReset),
    /// The HTTP/2 server said that it did not process this stream and never will (GOAWAY, RFC 9113 section 6.8).
    NotProcessed,
    /// A WTP abort: provider reason (WAP-224 section 8.3.5) or user reason (WSP).
    Aborted {
        /// The reason code.
        code: u8,
    },
    /// Nothing was seen of the connection for so long that it counts as over. Over UDP that proves nothing: a phone
    /// whose answer goes another way is as quiet.
    Idle,
    /// Its endpoints opened a new connection, or used the request's identifier again.
    Replaced,
    /// It was given up for a limit of this program: nothing is known of what came of it.
    GivenUp,
    /// The capture ended first.
    CaptureEnd,
}

impl EndReason {
    /// A connection was closed properly: in TLS by a close_notify.
    pub(super) const fn closed(by_answerer: bool, notify: Option<TlsEnd>) -> Self {
        match notify {
            Some(end) => Self::Notified { by_answerer, end },
            None => Self::Closed { by_answerer },
        }
    }
}

/// Whether an answer that was sent would have been captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerVisibility {
    /// Packets of the answering side were captured after the request, and nothing of it is missing.
    Visible {
        /// Who captured the last of them.
        by: Origin,
    },
    /// The answering side was not captured.
    NotCaptured,
    /// Octets from the answering side are missing that the client acknowledged.
    Hidden,
}

/// What became of a push that the bearer had accepted.
#[derive(Clone, Copy, Debug)]
pub struct Receipt {
    /// The push's exchange.
    pub exchange: ExchangeId,
    /// When.
    pub at: FrameRef,
    /// Whether the phone got it.
    pub delivered: bool,
    /// The network's error code or RP cause, where it is given.
    pub code: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 3986 section 5.4.1 that have no dot segments.
    #[test]
    fn a_reference_is_resolved_against_the_url_it_stands_in() {
        let base = "http://a/b/c/d;p?q";
        for (reference, url) in [
            ("g:h://x", "g:h://x"),
            ("g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
        ] {
            assert_eq!(resolve(base, reference), url);
        }
        assert_eq!(resolve("http://a", "g"), "http://a/g");
        assert_eq!(resolve("http://a?b/c", "/g"), "http://a/g");
        assert_eq!(resolve("/only/a/path", "/g"), "/g");
    }

    #[test]
    fn a_long_phrase_is_cut_between_characters() {
        let long = "é".repeat(200);
        assert_eq!(bounded(&long), "é".repeat(128));
        assert_eq!(bounded("OK"), "OK");
    }
}
