//! What the systems around an MMSC were asked, field by field: every type is taken apart whole, as a message is.

use super::Redactor;
use crate::model::{PhoneAddresses, Prefix};
use crate::report::document::{Cause, CauseText, ContextEntry, ContextSubject, ContextSummary, Passage};

impl Redactor {
    /// Redacts a transaction with a system around the MMSC.
    pub fn context_entry(&mut self, entry: &mut ContextEntry) {
        let ContextEntry {
            system: _,
            protocol: _,
            operation: _,
            request,
            response,
            status,
            failed: _,
            latency_ms: _,
            recipient,
            summary,
            confidence: _,
            by,
        } = entry;
        for passage in request.iter_mut().chain(response) {
            self.passage(passage);
        }
        self.code(status);
        self.optional(recipient, Self::address);
        match summary {
            ContextSummary::Read {
                operation: _,
                about,
                status: _,
            } => self.context_subject(about),
            ContextSummary::Told(words) => *words = self.text(words),
        }
        self.optional(by, Self::token);
    }

    fn passage(&mut self, passage: &mut Passage) {
        let Passage {
            capture: _,
            frame: _,
            first_frame: _,
            started: _,
            time: _,
            bearer: _,
            src,
            dst,
            shift: _,
        } = passage;
        *src = self.endpoint(*src);
        *dst = self.endpoint(*dst);
    }

    fn context_subject(&mut self, about: &mut ContextSubject) {
        match about {
            ContextSubject::Session { number, addresses } => {
                self.optional(number, Self::address);
                self.phone_addresses(addresses);
            }
            ContextSubject::Charge { number, pdu: _ } => self.optional(number, Self::address),
            ContextSubject::Number(number) => *number = self.address(number),
            ContextSubject::Name(name) => *name = self.written_endpoint(name),
            ContextSubject::Entry(entry) => *entry = self.address(entry),
            ContextSubject::Endpoint(end) => *end = self.endpoint(*end),
            ContextSubject::Gateway | ContextSubject::Media(_) => {}
        }
    }

    fn phone_addresses(&mut self, addresses: &mut PhoneAddresses) {
        let PhoneAddresses { v4, prefixes } = addresses;
        *v4 = v4.and_then(|address| match self.endpoint_address(address.into()) {
            std::net::IpAddr::V4(address) => Some(address),
            std::net::IpAddr::V6(_) => None,
        });
        for prefix in prefixes {
            *prefix = prefix.and_then(|known| match self.endpoint_address(known.address().into()) {
                std::net::IpAddr::V6(address) => Prefix::new(address, 128),
                std::net::IpAddr::V4(_) => None,
            });
        }
    }

    /// Redacts what explains a failure: all that it has of the capture is in words that were read from a file.
    pub(super) fn cause(&mut self, cause: &mut Option<Cause>) {
        if let Some(Cause {
            system: _,
            capture: _,
            frame: _,
            text,
        }) = cause
        {
            match text {
                CauseText::Read {
                    system: _,
                    operation: _,
                    status: _,
                    frame: _,
                } => {}
                CauseText::Told(words) => *words = self.text(words),
            }
        }
    }
}
