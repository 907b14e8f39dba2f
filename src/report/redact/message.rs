//! Messages and operations, field by field: every type is taken apart whole, so that a new field does not compile until
//! somebody has decided what it may give away.

use super::{GONE, Redactor};
use crate::report::document::{
    Acknowledgement, BearerAnswer, Code, Delivery, DeliveryReport, Event, EventFacts, ExchangeEnds, Failure,
    FailureDetail, Handover, Hop, Link, LinkDetail, LinkValue, Message, Notification, Operation,
    OperationEntry, OperationHeader, OperationPdu, OtherPdu, Part, ReadReport, Relation, Retrieval, Seen,
    SeenTls, ShownHeaders, Submission,
};

impl Redactor {
    /// Redacts a message.
    pub fn message(&mut self, message: &mut Message) {
        let Message {
            id: _,
            key: _,
            revision: _,
            message_id,
            from,
            to,
            cc,
            bcc,
            recipients,
            subject,
            shown,
            content_type,
            size: _,
            parts,
            mmsc,
            outcome: _,
            state: _,
            evidence: _,
            started: _,
            ended: _,
            duration_ms: _,
            submission,
            deliveries,
            failures,
            links,
            context,
            cause,
            events,
        } = message;
        self.optional(from, Self::address);
        for address in to.iter_mut().chain(cc).chain(bcc).chain(recipients) {
            *address = self.address(address);
        }
        self.optional(message_id, Self::identifier);
        *subject = None;
        self.optional(mmsc, Self::written_endpoint);
        self.shown_headers(shown);
        self.optional(content_type, Self::token);
        parts.iter_mut().for_each(|part| self.part(part));
        submission.iter_mut().for_each(|leg| self.submission(leg));
        deliveries.iter_mut().for_each(|delivery| self.delivery(delivery));
        failures.iter_mut().for_each(|failure| self.failure(failure));
        links.iter_mut().for_each(|link| self.link(link));
        context.iter_mut().for_each(|entry| self.context_entry(entry));
        self.cause(cause);
        events.iter_mut().for_each(|event| self.event(event));
    }

    fn shown_headers(&mut self, shown: &mut ShownHeaders) {
        let ShownHeaders {
            message_class,
            priority,
        } = shown;
        self.optional(message_class, Self::token);
        self.optional(priority, Self::token);
    }

    fn part(&mut self, part: &mut Part) {
        let Part {
            content_type,
            name,
            content_id,
            content_location,
            charset,
            size: _,
            sha256,
        } = part;
        *content_type = self.token(content_type);
        self.optional(charset, Self::token);
        (*name, *content_id, *content_location) = (None, None, None);
        *sha256 = self.digest(*sha256);
    }

    fn submission(&mut self, submission: &mut Submission) {
        let Submission {
            interface: _,
            pdu: _,
            linked_id,
            state: _,
            transaction_id,
            mms_version,
            request,
            response,
            hops,
            http_status: _,
            bearer_status,
            ends,
            response_status,
            response_text,
            delivery_report_requested: _,
            read_report_requested: _,
            latency_ms: _,
            tries: _,
        } = submission;
        self.optional(transaction_id, Self::identifier);
        self.optional(linked_id, Self::identifier);
        self.optional(response_text, Self::text);
        self.optional(mms_version, Self::token);
        redact_answer(bearer_status);
        self.exchange_ends(ends);
        self.code(response_status);
        self.seen_all(request.iter_mut().chain(response));
        self.hops(hops);
    }

    fn exchange_ends(&mut self, ends: &mut ExchangeEnds) {
        let ExchangeEnds {
            host,
            user_agent,
            server,
        } = ends;
        self.optional(host, Self::written_endpoint);
        self.optional(user_agent, Self::programs);
        self.optional(server, Self::programs);
    }

    fn delivery(&mut self, delivery: &mut Delivery) {
        let Delivery {
            recipient,
            state: _,
            outcome: _,
            notify_to_retrieve_ms: _,
            end_to_end_ms: _,
            handovers,
            notifications,
            retrievals,
            acknowledgements,
            delivery_reports,
            read_reports,
        } = delivery;
        self.optional(recipient, Self::address);
        handovers.iter_mut().for_each(|leg| self.handover(leg));
        notifications.iter_mut().for_each(|leg| self.notification(leg));
        retrievals.iter_mut().for_each(|leg| self.retrieval(leg));
        acknowledgements
            .iter_mut()
            .for_each(|leg| self.acknowledgement(leg));
        delivery_reports
            .iter_mut()
            .for_each(|leg| self.delivery_report(leg));
        read_reports.iter_mut().for_each(|leg| self.read_report(leg));
    }

    fn handover(&mut self, leg: &mut Handover) {
        let Handover {
            interface: _,
            pdu: _,
            state: _,
            request,
            response,
            hops,
            transport_status: _,
            bearer_status,
            ends,
            status,
            status_text,
            transaction_id,
            message_id,
            linked_id,
            peer,
            response_requested: _,
            latency_ms: _,
            tries: _,
        } = leg;
        redact_answer(bearer_status);
        self.exchange_ends(ends);
        self.code(status);
        self.optional(status_text, Self::text);
        for identifier in [transaction_id, message_id, linked_id] {
            self.optional(identifier, Self::identifier);
        }
        self.optional(peer, Self::address);
        self.seen_all(request.iter_mut().chain(response));
        self.hops(hops);
    }

    fn notification(&mut self, leg: &mut Notification) {
        let Notification {
            seen,
            hops,
            transaction_id,
            content_location,
            message_size: _,
            expiry: _,
            bearer_status,
            copies: _,
        } = leg;
        redact_answer(bearer_status);
        self.optional(transaction_id, Self::identifier);
        self.optional(content_location, Self::url);
        self.seen(seen);
        self.hops(hops);
    }

    fn retrieval(&mut self, leg: &mut Retrieval) {
        let Retrieval {
            request,
            response,
            hops,
            url,
            http_status: _,
            bearer_status,
            ends,
            retrieve_status,
            transaction_id,
            message_id,
            bytes: _,
            complete: _,
            latency_ms: _,
        } = leg;
        self.optional(transaction_id, Self::identifier);
        self.optional(message_id, Self::identifier);
        self.optional(url, Self::url);
        redact_answer(bearer_status);
        self.exchange_ends(ends);
        self.code(retrieve_status);
        self.seen_all(request.iter_mut().chain(response));
        self.hops(hops);
    }

    fn acknowledgement(&mut self, leg: &mut Acknowledgement) {
        let Acknowledgement {
            pdu: _,
            request,
            response,
            hops,
            http_status: _,
            bearer_status,
            ends,
            transaction_id,
            status,
        } = leg;
        redact_answer(bearer_status);
        self.exchange_ends(ends);
        self.optional(transaction_id, Self::identifier);
        self.code(status);
        self.seen_all(request.iter_mut().chain(response));
        self.hops(hops);
    }

    fn delivery_report(&mut self, leg: &mut DeliveryReport) {
        let DeliveryReport {
            interface: _,
            pdu: _,
            seen,
            response,
            hops,
            message_id,
            status,
            date: _,
            bearer_status,
            copies: _,
        } = leg;
        redact_answer(bearer_status);
        self.optional(message_id, Self::identifier);
        self.code(status);
        self.seen_all(std::iter::once(seen).chain(response));
        self.hops(hops);
    }

    fn read_report(&mut self, leg: &mut ReadReport) {
        let ReadReport {
            interface: _,
            pdu: _,
            seen,
            response,
            hops,
            message_id,
            status,
            http_status: _,
            bearer_status,
        } = leg;
        redact_answer(bearer_status);
        self.optional(message_id, Self::identifier);
        self.code(status);
        self.seen_all(std::iter::once(seen).chain(response));
        self.hops(hops);
    }

    fn failure(&mut self, failure: &mut Failure) {
        let Failure {
            stage: _,
            kind: _,
            code: _,
            detail,
            recipient,
            bearer_status,
            capture: _,
            frame: _,
            time: _,
            cause,
        } = failure;
        self.optional(recipient, Self::address);
        self.cause(cause);
        redact_answer(bearer_status);
        match detail {
            FailureDetail::SubmissionRefused { status: _, text } => self.optional(text, Self::text),
            FailureDetail::RetrievalFailed { url, cause: _ } => self.optional(url, Self::url),
            FailureDetail::RetrievalRefused { url, status: _, text } => {
                self.optional(url, Self::url);
                self.optional(text, Self::text);
            }
            FailureDetail::Malformed {
                pdu: _,
                frame: _,
                fault: text,
            }
            | FailureDetail::Told(text) => *text = self.text(text),
            FailureDetail::Refused {
                answer: _,
                status,
                text,
            } => {
                self.code(status);
                self.optional(text, Self::text);
            }
            FailureDetail::SubmissionFailed { cause: _, request: _ }
            | FailureDetail::HandoverFailed { cause: _, request: _ }
            | FailureDetail::NotificationFailed {
                cause: _,
                notification: _,
            }
            | FailureDetail::NotificationUndelivered { notification: _ }
            | FailureDetail::NotificationExpired {
                notification: _,
                expiry: _,
            }
            | FailureDetail::PhoneRefused { status: _ }
            | FailureDetail::AcknowledgementFailed {
                pdu: _,
                frame: _,
                cause: _,
            }
            | FailureDetail::Reported { report: _, status: _ }
            | FailureDetail::ReportFailed {
                report: _,
                frame: _,
                cause: _,
            } => {}
        }
    }

    fn link(&mut self, link: &mut Link) {
        let Link {
            join,
            by,
            confidence: _,
            detail,
        } = link;
        for word in [join, by] {
            *word = self.token(word).into();
        }
        match detail {
            LinkDetail::Legs {
                by: _,
                value,
                frames: _,
            } => match value {
                LinkValue::Url(url) => *url = self.url(url),
                LinkValue::Identifier(identifier) => *identifier = self.identifier(identifier),
                LinkValue::None | LinkValue::Parts(_) => {}
            },
            LinkDetail::Messages {
                relation,
                name,
                frames: _,
            } => {
                *name = match relation {
                    Relation::Forwards => self.url(name),
                    Relation::Replaces | Relation::RepliesTo | Relation::Cancels | Relation::Answers => {
                        self.identifier(name)
                    }
                }
            }
            LinkDetail::Binding {
                address,
                number,
                since: _,
                frame: _,
            } => {
                *address = self.endpoint_address(*address);
                *number = self.address(number);
            }
            LinkDetail::Told(words) => *words = self.text(words),
        }
    }

    fn event(&mut self, event: &mut Event) {
        let Event {
            seen,
            facts,
            transfer: _,
            bearer_status,
        } = event;
        self.seen(seen);
        redact_answer(bearer_status);
        match facts {
            EventFacts::Unread { url } | EventFacts::Get { url } | EventFacts::Connect { url } => {
                self.optional(url, Self::url)
            }
            EventFacts::Send {
                pdu: _,
                transaction_id,
                recipient,
                more_recipients: _,
            } => {
                self.optional(transaction_id, Self::identifier);
                self.optional(recipient, Self::address);
            }
            EventFacts::SendConf {
                pdu: _,
                message_id,
                status: _,
                text,
            } => {
                self.optional(message_id, Self::identifier);
                self.optional(text, Self::gone);
            }
            EventFacts::Notification {
                transaction_id,
                from,
                recipient,
                content_location,
            } => {
                self.optional(transaction_id, Self::identifier);
                self.optional(from, Self::address);
                self.optional(recipient, Self::address);
                self.optional(content_location, Self::url);
            }
            EventFacts::RetrieveConf {
                message_id,
                from,
                status: _,
                text,
            } => {
                self.optional(message_id, Self::identifier);
                self.optional(from, Self::address);
                self.optional(text, Self::gone);
            }
            EventFacts::Response {
                pdu: _,
                transaction_id,
                message_id,
                status,
                text,
            } => {
                self.optional(transaction_id, Self::identifier);
                self.optional(message_id, Self::identifier);
                self.code(status);
                self.optional(text, Self::gone);
            }
            EventFacts::RefusedCommand { recipient } => self.optional(recipient, Self::address),
            EventFacts::Acknowledgement {
                pdu: _,
                transaction_id: identifier,
                status: _,
            }
            | EventFacts::DeliveryReport {
                pdu: _,
                message_id: identifier,
                statuses: _,
            }
            | EventFacts::ReadReport {
                pdu: _,
                message_id: identifier,
                status: _,
            }
            | EventFacts::Operation {
                pdu: _,
                transaction_id: identifier,
            } => self.optional(identifier, Self::identifier),
            EventFacts::OtherPdu(_) | EventFacts::Answer => {}
            EventFacts::Told { pdu: _, words } => *words = self.text(words),
        }
    }

    /// Redacts an operation.
    pub fn operation(&mut self, operation: &mut Operation) {
        let Operation {
            id: _,
            kind: _,
            outcome: _,
            subscriber,
            transaction_id,
            request,
            response,
            http_status: _,
            status,
            entries,
            latency_ms: _,
        } = operation;
        self.optional(subscriber, Self::address);
        self.optional(transaction_id, Self::identifier);
        self.code(status);
        for pdu in request.iter_mut().chain(response) {
            self.operation_pdu(pdu);
        }
        entries.iter_mut().for_each(|entry| self.operation_entry(entry));
    }

    fn operation_pdu(&mut self, operation: &mut OperationPdu) {
        let OperationPdu {
            seen,
            pdu: _,
            headers,
        } = operation;
        self.seen(seen);
        for OperationHeader { name: _, value } in headers {
            *value = GONE.to_owned();
        }
    }

    fn operation_entry(&mut self, entry: &mut OperationEntry) {
        let OperationEntry {
            content_location,
            status,
            text,
            message_id,
        } = entry;
        self.optional(content_location, Self::url);
        self.optional(message_id, Self::identifier);
        self.code(status);
        self.optional(text, Self::text);
    }

    /// Redacts a coded value: its name is one of ours, unless the document was read from a file.
    pub(super) fn code(&mut self, code: &mut Option<Code>) {
        if let Some(Code { code: _, name }) = code {
            self.optional(name, Self::token);
        }
    }

    fn hops(&mut self, hops: &mut [Hop]) {
        for Hop { seen, other } in hops {
            self.seen(seen);
            if let Some(OtherPdu {
                interface: _,
                pdu: _,
                response,
                copies: _,
            }) = other
            {
                self.seen_all(response.iter_mut());
            }
        }
    }

    fn seen_all<'a>(&mut self, places: impl Iterator<Item = &'a mut Seen>) {
        places.for_each(|seen| self.seen(seen));
    }

    /// Redacts where a PDU was seen.
    pub fn seen(&mut self, seen: &mut Seen) {
        let Seen {
            capture: _,
            frame: _,
            first_frame: _,
            started: _,
            time: _,
            bearer: _,
            src,
            dst,
            stream: _,
            tls,
            shift: _,
        } = seen;
        *src = self.endpoint(*src);
        *dst = self.endpoint(*dst);
        if let Some(tls) = tls.as_deref_mut() {
            let SeenTls {
                version: _,
                cipher: _,
                sni,
            } = tls;
            *sni = sni.as_deref().map(|name| self.written_endpoint(name));
        }
    }

    fn gone(&mut self, _: &str) -> String {
        GONE.to_owned()
    }
}

/// Redacts a bearer's answer: its status stays, with the name that the protocol gives it; the text that was sent could
/// say anything.
fn redact_answer(answer: &mut Option<BearerAnswer>) {
    if let Some(BearerAnswer { status: _, reason }) = answer {
        *reason = None;
    }
}
