//! From WSP PDUs to requests and answers, whatever carried them.

use std::borrow::Cow;

use super::Context;
use super::body::OwnedBody;
use super::entity::Entity;
use super::header::{HeaderName, Headers, code};
use super::pdu::{Pdu, kind};
use crate::model::{BearerStatus, Endpoint, Extent, NetworkId};
use crate::session::http::SubscriberField;
use crate::session::{
    Bearer, BodyEnd, CarrierEvent, ExchangeId, Method, Request, Response, Subscriber, bounded,
};

/// How a PDU came.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Carriage {
    pub(in crate::session) bearer: Bearer,
    pub(in crate::session) network: NetworkId,
    pub(in crate::session) source: Endpoint,
    pub(in crate::session) destination: Endpoint,
    pub(in crate::session) extent: Extent,
    pub(in crate::session) end: BodyEnd,
}

/// What headers say about the client: those of a session hold for all its requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::session) struct ClientFacts {
    user_agent: Option<String>,
    /// The header that names the subscriber best, and its value.
    subscriber: Option<(SubscriberField, String)>,
    host: Option<String>,
    relayed: bool,
}

impl ClientFacts {
    /// What `headers` say.
    pub(in crate::session) fn of(headers: Headers<'_>) -> Self {
        let mut facts = Self::default();
        facts.note(headers);
        facts
    }

    /// Adds what `headers` say; of what is said twice, the first stays.
    fn note(&mut self, headers: Headers<'_>) {
        for header in headers.map_while(Result::ok) {
            if header.is(code::USER_AGENT) {
                self.user_agent
                    .get_or_insert_with(|| header.printable().into_owned());
            } else if header.is(code::HOST) {
                self.host.get_or_insert_with(|| header.printable().into_owned());
            } else if header.is(code::VIA) {
                self.relayed = true;
            } else if let HeaderName::Text(name) = header.name {
                // No other header that matters has a code.
                self.note_by_name(name, || header.printable());
            }
        }
    }

    fn note_by_name<'a>(&mut self, name: &[u8], value: impl FnOnce() -> Cow<'a, str>) {
        if name.eq_ignore_ascii_case(b"x-forwarded-for") {
            self.relayed = true;
        } else if let Some((field, value)) = SubscriberField::read(name, value)
            && self.subscriber.as_ref().is_none_or(|(known, _)| field < *known)
        {
            self.subscriber = Some((field, value.into_owned()));
        }
    }

    /// These facts, and where they are silent, the session's.
    pub(in crate::session) fn or(self, session: &Self) -> Self {
        Self {
            user_agent: self.user_agent.or_else(|| session.user_agent.clone()),
            subscriber: self.subscriber.or_else(|| session.subscriber.clone()),
            host: self.host,
            relayed: self.relayed || session.relayed,
        }
    }

    fn subscriber(&self) -> Option<Subscriber<'_>> {
        self.subscriber
            .as_ref()
            .map(|(field, value)| field.subscriber(value))
    }
}

/// The target's absolute URL: as it stands, or put together with the host.
fn url(uri: &[u8], host: Option<&str>) -> String {
    let uri = String::from_utf8_lossy(uri);
    match host {
        Some(host) if uri.starts_with('/') => format!("http://{host}{uri}"),
        _ => uri.into_owned(),
    }
}

/// Hands on a method or push, if it may concern MMS; its exchange, where an answer belongs to it or not.
pub(in crate::session) fn request(
    context: &mut Context<'_>,
    carriage: &Carriage,
    session: &ClientFacts,
    pdu: &Pdu<'_>,
    expects_answer: bool,
) -> Option<ExchangeId> {
    let none = Entity::none();
    let (method, target, headers, entity) = match pdu {
        Pdu::Get(method) if method.code == kind::GET => {
            (Method::Get, Some(method.uri), method.headers.clone(), &none)
        }
        Pdu::Post(method, entity) => (
            posted(method.code),
            Some(method.uri),
            entity.headers.clone(),
            entity,
        ),
        Pdu::Push { entity, .. } => (Method::Push, None, entity.headers.clone(), entity),
        _ => return None,
    };
    let body = OwnedBody::new(entity, carriage.end);
    if method != Method::Get && !body.may_be_mms() {
        return None;
    }
    let facts = ClientFacts::of(headers).or(session);
    let url = target.map(|uri| url(uri, facts.host.as_deref()));
    let exchange = context.exchanges.issue();
    context.tell(CarrierEvent::Request(Request {
        exchange,
        bearer: carriage.bearer,
        network: carriage.network,
        method,
        source: carriage.source,
        destination: carriage.destination,
        stream: None,
        extent: carriage.extent,
        pieces: &[],
        url: url.as_deref(),
        subscriber: facts.subscriber(),
        recipient: None,
        envelope: None,
        eaif: None,
        tls: None,
        user_agent: facts
            .user_agent
            .as_deref()
            .filter(|_| method != Method::Push)
            .map(bounded),
        relayed: facts.relayed,
        expects_answer,
        transfer: None,
        body: body.as_body(),
    }));
    Some(exchange)
}

fn posted(code: u8) -> Method {
    match code {
        kind::POST => Method::Post,
        _ => Method::Other,
    }
}

/// Hands on an answer: to `exchange`, or where its request was not captured, if it may concern MMS.
pub(in crate::session) fn response(
    context: &mut Context<'_>,
    carriage: &Carriage,
    exchange: Option<ExchangeId>,
    status: u8,
    entity: &Entity<'_>,
) {
    let body = OwnedBody::new(entity, carriage.end);
    if exchange.is_none() && !body.may_be_mms() {
        return;
    }
    let exchange = exchange.unwrap_or_else(|| context.exchanges.issue());
    let header = |code| {
        let mut headers = entity.headers.clone().map_while(Result::ok);
        headers
            .find(|header| header.is(code))
            .map(|header| header.printable())
    };
    let (server, location) = (header(code::SERVER), header(code::LOCATION));
    context.tell(CarrierEvent::Response(Response {
        exchange,
        bearer: carriage.bearer,
        network: carriage.network,
        source: carriage.source,
        destination: carriage.destination,
        stream: None,
        extent: carriage.extent,
        pieces: &[],
        status: Some(BearerStatus::Wsp(status)),
        reason: None,
        server: server.as_deref().map(bounded),
        location: location.as_deref(),
        eaif: None,
        tls: None,
        body: body.as_body(),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Reader;
    use crate::session::Identity;

    #[test]
    fn a_request_says_more_than_its_session() {
        let facts = |octets| ClientFacts::of(Headers::new(Reader::new(octets)));
        let session = facts(b"\xA9Session/1\0X-MSISDN\0+1\0");
        let request = facts(b"\xA9Request/1\0\xABgw\0").or(&session);
        assert_eq!(request.user_agent.as_deref(), Some("Request/1"));
        assert_eq!(
            request.subscriber().map(|s| (s.source, s.identity)),
            Some(("x-msisdn", Identity::Other("+1")))
        );
        assert!(request.relayed);
    }

    #[test]
    fn no_header_with_a_code_names_the_subscriber() {
        for (page, code) in (0..=u8::MAX).flat_map(|page| (0..0x80).map(move |code| (page, code))) {
            let name = HeaderName::Code { page, code }.text();
            let field = SubscriberField::read(name.as_bytes(), || "491711234567".into());
            assert_eq!(field, None, "{name}");
            assert_ne!(name.to_ascii_lowercase(), "x-forwarded-for");
        }
    }

    #[test]
    fn a_path_gets_its_host() {
        assert_eq!(url(b"/m/1", Some("mmsc.example")), "http://mmsc.example/m/1");
        assert_eq!(url(b"http://a/b", Some("c")), "http://a/b");
        assert_eq!(url(b"/m/1", None), "/m/1");
    }
}
