//! `--redact`: a result that may be shared. Numbers and addresses become pseudonyms, the same one for the same address
//! in the whole result; subjects, names of parts and content vanish. What is free text keeps its words and loses
//! everything in it that could name somebody.
//!
//! Pseudonyms count up in the order of appearance. A digest would be no pseudonym: there are few enough telephone
//! numbers to try them all.

mod text;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::Endpoint;
use crate::report::document::digest::Digest;
use crate::report::document::{
    Anomaly, Capture, Delivery, Document, Event, Failure, Message, Operation, OperationPdu, Part, Seen,
    Submission,
};
use crate::report::render::inventory::Inventory;
use text::host_of;

/// What stands for text that could say anything.
pub(crate) const GONE: &str = "[redacted]";

/// Fewest digits in a row that could be part of a telephone number.
const NUMBER: usize = 5;

/// Hands out pseudonyms.
#[derive(Debug, Default)]
pub struct Redactor {
    numbers: Names,
    mails: Names,
    others: Names,
    hosts: Names,
    identifiers: Names,
    urls: Names,
    digests: Names,
    captures: Names,
}

/// Pseudonyms of one kind.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, u32>);

impl Names {
    /// The number of a name, from 1 in the order of appearance.
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.0.insert(name.to_owned(), number);
        number
    }
}

impl Redactor {
    /// Redacts a whole document.
    pub fn document(&mut self, document: &mut Document) {
        for capture in &mut document.captures {
            self.capture(capture);
        }
        for message in &mut document.messages {
            self.message(message);
        }
        for operation in &mut document.operations {
            self.operation(operation);
        }
        for anomaly in &mut document.anomalies {
            self.anomaly(anomaly);
        }
    }

    /// Redacts what is told of an input: its path may name a customer or a ticket.
    pub fn capture(&mut self, capture: &mut Capture) {
        capture.path = self.path(&capture.path);
        for problem in &mut capture.problems {
            problem.detail = self.text(&problem.detail);
        }
    }

    /// Redacts a message.
    pub fn message(&mut self, message: &mut Message) {
        self.optional(&mut message.from, Self::address);
        for list in [&mut message.to, &mut message.cc, &mut message.bcc] {
            for address in list {
                *address = self.address(address);
            }
        }
        self.optional(&mut message.message_id, Self::identifier);
        message.subject = None;
        self.optional(&mut message.priority, Self::token);
        for word in [&mut message.message_class, &mut message.content_type] {
            self.optional(word, Self::token);
        }
        for part in &mut message.parts {
            self.part(part);
        }
        if let Some(submission) = &mut message.submission {
            self.submission(submission);
        }
        for delivery in &mut message.deliveries {
            self.delivery(delivery);
        }
        for failure in &mut message.failures {
            self.failure(failure);
        }
        for link in &mut message.links {
            link.detail = self.text(&link.detail);
        }
        for event in &mut message.events {
            self.event(event);
        }
    }

    fn part(&mut self, part: &mut Part) {
        part.content_type = self.token(&part.content_type);
        self.optional(&mut part.charset, Self::token);
        part.name = None;
        part.content_id = None;
        part.content_location = None;
        part.sha256 = self.digest(part.sha256);
    }

    /// What stands for a digest: who has the content could recognise it.
    pub(super) fn digest(&mut self, sha256: Digest) -> Digest {
        Digest::numbered(self.digests.number(&sha256.to_string()).into())
    }

    /// What stands for the path of an input, which may name a customer or a ticket.
    pub fn path(&mut self, path: &str) -> String {
        format!("capture-{}", self.captures.number(path))
    }

    /// Redacts what is in the captures and what was made of it.
    pub fn inventory(&mut self, inventory: &mut Inventory) {
        for capture in &mut inventory.captures {
            self.capture(capture);
        }
        for anomaly in &mut inventory.anomalies {
            self.anomaly(anomaly);
        }
    }

    fn submission(&mut self, submission: &mut Submission) {
        self.optional(&mut submission.transaction_id, Self::identifier);
        self.optional(&mut submission.response_text, Self::text);
        self.optional(&mut submission.mms_version, Self::token);
        self.exchange(
            &mut submission.request,
            &mut submission.response,
            &mut submission.hops,
        );
    }

    fn delivery(&mut self, delivery: &mut Delivery) {
        self.optional(&mut delivery.recipient, Self::address);
        for leg in &mut delivery.notifications {
            self.optional(&mut leg.transaction_id, Self::identifier);
            self.optional(&mut leg.content_location, Self::url);
            self.seen_all(std::iter::once(&mut leg.seen).chain(&mut leg.hops));
        }
        for leg in &mut delivery.retrievals {
            self.optional(&mut leg.transaction_id, Self::identifier);
            self.optional(&mut leg.message_id, Self::identifier);
            self.optional(&mut leg.url, Self::url);
            self.exchange(&mut leg.request, &mut leg.response, &mut leg.hops);
        }
        for leg in &mut delivery.acknowledgements {
            self.optional(&mut leg.transaction_id, Self::identifier);
            self.exchange(&mut leg.request, &mut leg.response, &mut leg.hops);
        }
        for leg in &mut delivery.delivery_reports {
            self.optional(&mut leg.message_id, Self::identifier);
            self.seen_all(std::iter::once(&mut leg.seen).chain(&mut leg.hops));
        }
        for leg in &mut delivery.read_reports {
            self.optional(&mut leg.message_id, Self::identifier);
            self.seen_all(std::iter::once(&mut leg.seen).chain(&mut leg.hops));
        }
    }

    fn failure(&mut self, failure: &mut Failure) {
        self.optional(&mut failure.recipient, Self::address);
        failure.detail = self.text(&failure.detail);
    }

    fn event(&mut self, event: &mut Event) {
        event.src = self.endpoint(event.src);
        event.dst = self.endpoint(event.dst);
        event.summary = self.summary(&event.summary);
    }

    /// Redacts an operation.
    pub fn operation(&mut self, operation: &mut Operation) {
        self.optional(&mut operation.transaction_id, Self::identifier);
        for pdu in operation.request.iter_mut().chain(&mut operation.response) {
            self.operation_pdu(pdu);
        }
        for entry in &mut operation.entries {
            self.optional(&mut entry.content_location, Self::url);
            self.optional(&mut entry.message_id, Self::identifier);
            self.optional(&mut entry.text, Self::text);
        }
    }

    fn operation_pdu(&mut self, pdu: &mut OperationPdu) {
        self.seen_all(std::iter::once(&mut pdu.seen));
        for header in &mut pdu.headers {
            header.value = GONE.to_owned();
        }
    }

    /// Redacts an anomaly.
    pub fn anomaly(&mut self, anomaly: &mut Anomaly) {
        anomaly.detail = self.text(&anomaly.detail);
    }

    fn exchange(&mut self, request: &mut Option<Seen>, response: &mut Option<Seen>, hops: &mut [Seen]) {
        self.seen_all(request.iter_mut().chain(response).chain(hops));
    }

    fn seen_all<'a>(&mut self, places: impl Iterator<Item = &'a mut Seen>) {
        places.for_each(|seen| self.seen(seen));
    }

    /// Redacts where a PDU was seen.
    pub fn seen(&mut self, seen: &mut Seen) {
        seen.src = self.endpoint(seen.src);
        seen.dst = self.endpoint(seen.dst);
    }

    fn optional<T: AsRef<str> + From<String>>(
        &mut self,
        field: &mut Option<T>,
        redact: fn(&mut Self, &str) -> String,
    ) {
        if let Some(text) = field {
            *text = redact(self, text.as_ref()).into();
        }
    }

    /// The pseudonym of a telephone number, e-mail address, short code or IP address.
    pub fn address(&mut self, address: &str) -> String {
        if address.contains('@') {
            return format!(
                "user-{}@example.invalid",
                self.mails.number(&address.to_lowercase())
            );
        }
        if address.parse::<IpAddr>().is_ok() {
            return self.host(address).to_string();
        }
        let digits = address.trim_start_matches('+');
        if !digits.is_empty()
            && digits
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '.' | '(' | ')'))
        {
            // The country code +999 is not assigned to anybody.
            let bare: String = digits.chars().filter(char::is_ascii_digit).collect();
            let bare = bare.strip_prefix("00").unwrap_or(&bare).to_owned();
            return format!("+999{:08}", self.numbers.number(&bare));
        }
        format!("address-{}", self.others.number(address))
    }

    /// The pseudonym of a message id or transaction id.
    pub fn identifier(&mut self, identifier: &str) -> String {
        let bare = identifier.trim_matches(|c| matches!(c, '<' | '>' | '"'));
        format!("id-{}", self.identifiers.number(bare))
    }

    pub(super) fn url(&mut self, url: &str) -> String {
        format!("http://mmsc.invalid/{}", self.urls.number(url))
    }

    /// An endpoint under the pseudonym of its host; the port stays.
    pub fn endpoint(&mut self, endpoint: Endpoint) -> Endpoint {
        Endpoint::new(self.host(&endpoint.address.to_string()), endpoint.port)
    }

    /// The same of an endpoint in a text, or of a host alone, which may have a name instead of an address.
    pub fn written_endpoint(&mut self, endpoint: &str) -> String {
        let host = host_of(endpoint);
        let name = self.host(host);
        match endpoint.rsplit_once(':') {
            Some((_, port)) if host != endpoint && name.is_ipv6() => format!("[{name}]:{port}"),
            Some((_, port)) if host != endpoint => format!("{name}:{port}"),
            _ => name.to_string(),
        }
    }

    /// A host's pseudonym: an address for benchmarks (RFC 2544) or documentation (RFC 3849).
    fn host(&mut self, host: &str) -> IpAddr {
        let number = self.hosts.number(host);
        match host.parse() {
            Ok(IpAddr::V6(_)) => Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(number)).into(),
            _ => Ipv4Addr::from(u32::from(Ipv4Addr::new(198, 18, 0, 0)) | number & 0x1_ffff).into(),
        }
    }

    /// A word of a protocol, such as a media type, stays; anything else in its place does not.
    pub(super) fn token(&mut self, token: &str) -> String {
        let plain = token
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '+' | '_' | '*'));
        let digits = token.chars().filter(char::is_ascii_digit).count();
        if plain && digits < NUMBER {
            token.to_owned()
        } else {
            GONE.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn redacted(mut document: Document) -> Document {
        Redactor::default().document(&mut document);
        document
    }

    #[test]
    fn nothing_that_names_somebody_is_left() {
        let text = serde_json::to_string(&redacted(sample::document())).unwrap();
        for secret in [
            "61400000001",
            "61400000002",
            "61400000003",
            "C8Q7",
            "mmsc.example",
            "Holiday",
            "smil.xml",
            "a.jpg",
            "passwd",
            "10.1.1.",
            "10.2.2.2",
            "ünïcode",
            "example.org",
            "alert(1)",
            "a.pcapng",
            "c1c0",
            "javascript",
        ] {
            assert!(!text.contains(secret), "{secret} is still there");
        }
    }

    #[test]
    fn what_was_the_same_is_the_same_and_the_verdict_stays() {
        let before = sample::document();
        let after = redacted(before.clone());
        assert_eq!(after.messages[0].from, after.messages[1].from);
        assert_ne!(after.messages[0].from.as_ref(), after.messages[0].to.first());
        assert_eq!(
            after.messages[0].to.first(),
            after.messages[0].deliveries[0].recipient.as_ref()
        );
        assert_eq!(
            after.messages[0].message_id,
            after.messages[0].deliveries[0].retrievals[0].message_id
        );
        for (before, after) in before.messages.iter().zip(&after.messages) {
            assert_eq!(
                (before.outcome, before.state, before.size),
                (after.outcome, after.state, after.size)
            );
            assert_eq!(before.events.len(), after.events.len());
        }
        assert_eq!(after, redacted(before));
    }

    #[test]
    fn addresses_of_each_kind() {
        let mut redactor = Redactor::default();
        assert_eq!(redactor.address("+61400000001"), "+99900000001");
        assert_eq!(redactor.address("0061400000001"), "+99900000001");
        assert_eq!(redactor.address("61400000001"), "+99900000001");
        assert_eq!(redactor.address("+61400000002"), "+99900000002");
        assert_eq!(redactor.address("A@Example.org"), "user-1@example.invalid");
        assert_eq!(redactor.address("a@example.org"), "user-1@example.invalid");
        assert_eq!(redactor.address("Company"), "address-1");
        assert_eq!(redactor.address("10.0.0.1"), "198.18.0.1");
        for (endpoint, name) in [
            ("10.0.0.1:80", "198.18.0.1:80"),
            ("[fe80::1]:80", "[2001:db8::2]:80"),
        ] {
            assert_eq!(redactor.written_endpoint(endpoint), name);
            assert_eq!(redactor.endpoint(endpoint.parse().unwrap()).to_string(), name);
        }
        assert_eq!(redactor.written_endpoint("10.0.0.1"), "198.18.0.1");
        assert_eq!(redactor.written_endpoint("gateway:80"), "198.18.0.3:80");
    }
}
