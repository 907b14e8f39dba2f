//! Questions and answers as they are told: octets, which are read when somebody asks for what is in them. Nearly all DNS of a
//! core concerns no message.

use std::net::IpAddr;

use super::message::Message;
use super::name::Name;
use super::record::{Record, RecordData};

/// Records that are told of an answer. More addresses than these no name of a system has.
const RECORDS: usize = 64;

/// A question of DNS. Questions about one name are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DnsQuestion<'a> {
    octets: &'a [u8],
}

impl<'a> DnsQuestion<'a> {
    /// Of the labels of a name in lower case, each behind its length, and the root, as [`Self::octets`] gives them.
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { octets }
    }

    /// The labels of the name in lower case, each behind its length, and the root: at most 255 octets.
    pub const fn octets(self) -> &'a [u8] {
        self.octets
    }

    /// The labels of the name, in lower case.
    pub fn labels(self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.octets;
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first()?;
            let (label, behind) = behind.split_at_checked(usize::from(*length))?;
            rest = behind;
            (*length > 0).then_some(label)
        })
    }

    /// The name, in lower case, with dots between its labels and none at its end; what is no visible character is escaped (RFC
    /// 4343 section 2.1). Untrusted text.
    pub fn name(self) -> String {
        let mut name = String::new();
        self.write_name(&mut name);
        name
    }

    /// The same, at the end of a text.
    pub(crate) fn write_name(self, text: &mut String) {
        if let Some((name, _)) = Name::read(self.octets, 0) {
            name.write_to(text);
        }
    }
}

/// An answer of DNS.
#[derive(Clone, Copy, Debug)]
pub struct DnsAnswer<'a> {
    question: DnsQuestion<'a>,
    message: &'a [u8],
}

impl<'a> DnsAnswer<'a> {
    /// The answer to a question in a message of DNS.
    pub(crate) const fn new(question: DnsQuestion<'a>, message: &'a [u8]) -> Self {
        Self { question, message }
    }

    /// What it answers.
    pub const fn question(self) -> DnsQuestion<'a> {
        self.question
    }

    /// The message.
    pub const fn message(self) -> &'a [u8] {
        self.message
    }

    /// The records of the type asked for, and aliases (CNAME) that lead to them; 64 at most, up to the first that cannot be read.
    pub fn records(self) -> impl Iterator<Item = DnsRecord<'a>> {
        let message = Message::read(self.message);
        let records = message.into_iter().flat_map(|message| message.answers());
        records.take(RECORDS).filter_map(told)
    }
}

/// A record of DNS (RFC 1035, 2782, 3403). Names are as [`DnsQuestion::name`] gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsRecord<'a> {
    /// A, AAAA.
    Address(IpAddr),
    /// CNAME: the name goes by another one.
    Alias(String),
    /// MX: the host that takes the mail of the name.
    Exchange(String),
    /// SRV: the host that has the service.
    Service(String),
    /// NAPTR, as ENUM has it.
    Pointer {
        /// The service: `E2U+mms:mailto`.
        service: &'a str,
        /// The expression that makes a URI of the number.
        expression: &'a str,
    },
}

fn told(record: Record<'_>) -> Option<DnsRecord<'_>> {
    Some(match record.data {
        RecordData::A(address) => DnsRecord::Address(address.into()),
        RecordData::Aaaa(address) => DnsRecord::Address(address.into()),
        RecordData::Alias(name) => DnsRecord::Alias(name.text()),
        RecordData::Mx { exchange, .. } => DnsRecord::Exchange(exchange.text()),
        RecordData::Srv { target, .. } => DnsRecord::Service(target.text()),
        RecordData::Naptr(rule) => DnsRecord::Pointer {
            service: std::str::from_utf8(rule.services).ok()?,
            expression: std::str::from_utf8(rule.regexp).ok()?,
        },
        RecordData::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::name::NAME_OCTETS;
    use super::super::samples::ANSWER;
    use super::*;

    #[test]
    fn a_question_and_its_answer_are_read_from_octets() {
        let message = Message::read(ANSWER).unwrap();
        let mut buffer = [0; NAME_OCTETS];
        let question = DnsQuestion::new(message.name.lower(&mut buffer));
        assert_eq!(question.octets(), b"\x03www\x0cnortheastern\x03edu\x00");
        assert_eq!(question.name(), "www.northeastern.edu");
        let labels: Vec<&[u8]> = question.labels().collect();
        assert_eq!(labels, [&b"www"[..], b"northeastern", b"edu"]);
        let answer = DnsAnswer::new(question, ANSWER);
        let records: Vec<_> = answer.records().collect();
        assert_eq!(records, [DnsRecord::Address([155, 33, 17, 68].into())]);
        let cut = DnsAnswer::new(question, &ANSWER[..ANSWER.len() - 1]);
        assert_eq!(cut.records().count(), 0);
        assert_eq!(DnsQuestion::new(b"\x00").name(), "");
        assert_eq!(DnsQuestion::new(b"\x05ab").labels().count(), 0);
    }
}
