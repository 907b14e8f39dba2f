//! The members of the document's types in JSON. One that is left out does not compile; that each has the name and the
//! place that serde and the schema give it is tested.

use super::page::{Json, Object, Page};
use crate::report::document::{
    Acknowledgement, Anomaly, Capture, Code, Delivery, DeliveryReport, Event, Failure, Link, Message,
    Notification, Operation, OperationEntry, OperationHeader, OperationPdu, Part, Problem, ReadReport,
    Retrieval, Seen, Submission, Summary,
};

/// A field's name with all that stands around it; that of a field of another name, too.
macro_rules! name {
    ($field:ident) => {
        concat!(",\"", stringify!($field), "\":")
    };
    ($field:ident $name:literal) => {
        concat!(",\"", $name, "\":")
    };
}

macro_rules! objects {
    ($($type:ident { $first:ident $(, $field:ident $(as $name:literal)?)* $(,)? })+) => {
        $(impl Object for $type {
            #[inline]
            fn put_members<const INDENTED: bool>(&self, page: &mut Page<INDENTED>, are_first: bool) {
                let Self { $first, $($field),* } = self;
                page.name(name!($first), are_first);
                $first.put(page);
                $(
                    page.name(name!($field $($name)?), false);
                    $field.put(page);
                )*
            }
        }

        impl Json for $type {
            fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
                put_object(self, page);
            }
        })+
    };
}

#[inline]
fn put_object<const INDENTED: bool>(object: &impl Object, page: &mut Page<INDENTED>) {
    page.open(b'{');
    object.put_members(page, true);
    page.close(b'}', false);
}

objects! {
    Capture { path, format, link_types, packets, bytes, first, last, problems }
    Problem { kind, frame, detail, count }
    Anomaly { kind, count, capture, frame, detail }
    Summary { messages, success, failure, partial, open, pdus, failures, malformed_pdus }
    Code { code, name }
    Seen { capture, frame, first_frame, started, time, bearer, src, dst }
    Message {
        id, message_id, from, to, cc, bcc, subject, message_class, priority, content_type, size, parts, outcome, state,
        evidence, started, ended, duration_ms, submission, deliveries, failures, links, events,
    }
    Part { content_type, name, content_id, content_location, charset, size, sha256 }
    Submission {
        pdu, state, transaction_id, mms_version, request, response, hops, http_status, response_status, response_text,
        delivery_report_requested, read_report_requested, latency_ms, tries,
    }
    Delivery {
        recipient, state, outcome, notifications, retrievals, acknowledgements, delivery_reports, read_reports,
    }
    Notification { seen, hops, transaction_id, content_location, message_size, expiry, copies }
    Retrieval {
        request, response, hops, url, http_status, retrieve_status, transaction_id, message_id, bytes, complete,
        latency_ms,
    }
    Acknowledgement { pdu, request, response, hops, http_status, transaction_id, status }
    DeliveryReport { seen, hops, message_id, status, date, copies }
    ReadReport { pdu, seen, hops, message_id, status, http_status }
    Failure { stage, kind, code, detail, recipient, capture, frame, time }
    Link { join, by, confidence, detail }
    Event { capture, frame, first_frame, time, bearer, src, dst, pdu, http_status, summary }
    Operation {
        id, kind as "type", outcome, transaction_id, request, response, http_status, status, entries, latency_ms,
    }
    OperationHeader { name, value }
    OperationEntry { content_location, status, text, message_id }
}

/// With the members of where it was seen among its own.
impl Json for OperationPdu {
    fn put<const INDENTED: bool>(&self, page: &mut Page<INDENTED>) {
        let Self { seen, pdu, headers } = self;
        page.open(b'{');
        seen.put_members(page, true);
        page.name(name!(pdu), false);
        pdu.put(page);
        page.name(name!(headers), false);
        headers.put(page);
        page.close(b'}', false);
    }
}
