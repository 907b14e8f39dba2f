//! Messages of LDAP (RFC 4511 section 4): where each ends, and what those say that concern us. Values are read by
//! `ldap-parser`; lengths are read here, as messages of a stream come in pieces and some are of no interest but for their
//! number.

use std::borrow::Cow;

use ldap_parser::{
    FromBer as _,
    filter::{Filter, Substring},
    ldap::{LdapMessage, ProtocolOp},
};
use smallvec::SmallVec;

use crate::model::TransactionOperation;

/// What the first octets of a message tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// More octets would tell.
    Short,
    /// They begin no message.
    Foreign,
    /// They begin one.
    Message(Head),
}

/// The beginning of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// How many octets it has.
    pub(super) length: usize,
    /// messageID: pairs an answer with its request.
    pub(super) id: u32,
    /// The tag of its operation.
    pub(super) tag: Tag,
}

/// An operation, as far as it concerns us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    BindRequest,
    BindResponse,
    SearchRequest,
    SearchResultEntry,
    SearchResultDone,
    SearchResultReference,
    /// One with an object identifier, as StartTLS (section 4.14).
    ExtendedRequest,
    /// Its answer.
    ExtendedResponse,
    /// Another one.
    Other,
}

impl Tag {
    /// By the identifier octet of protocolOp (section 4.2 and appendix B).
    const fn of(octet: u8) -> Option<Self> {
        Some(match octet {
            0x60 => Self::BindRequest,
            0x61 => Self::BindResponse,
            0x63 => Self::SearchRequest,
            0x64 => Self::SearchResultEntry,
            0x65 => Self::SearchResultDone,
            0x73 => Self::SearchResultReference,
            0x77 => Self::ExtendedRequest,
            0x78 => Self::ExtendedResponse,
            // Unbind; modify, add, delete, modify DN, compare, each with its answer; abandon; intermediate response.
            0x42 | 0x66..=0x69 | 0x4a | 0x6b..=0x6f | 0x50 | 0x79 => Self::Other,
            _ => return None,
        })
    }
}

/// Reads where a message ends and what it is, by its first octets. Its operation has to fill it, or leave room for controls.
pub(super) fn start(octets: &[u8]) -> Start {
    match head(octets) {
        Ok(head) => Start::Message(head),
        Err(start) => start,
    }
}

fn head(octets: &[u8]) -> Result<Head, Start> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    const CONTROLS: u8 = 0xa0;
    let mut cursor = Cursor { octets, at: 0 };
    cursor.expect(SEQUENCE)?;
    let content = cursor.length()?;
    let end = cursor.at.checked_add(content).ok_or(Start::Foreign)?;
    cursor.expect(INTEGER)?;
    let digits = cursor.length()?;
    if !(1..=4).contains(&digits) {
        return Err(Start::Foreign);
    }
    let id = (0..digits).try_fold(0_u32, |id, _| {
        Ok::<_, Start>(id << 8 | u32::from(cursor.octet()?))
    })?;
    let tag = Tag::of(cursor.octet()?).ok_or(Start::Foreign)?;
    let operation = cursor.length()?;
    let behind = cursor.at.checked_add(operation).ok_or(Start::Foreign)?;
    let has_controls = || octets.get(behind).is_none_or(|octet| *octet == CONTROLS);
    match behind <= end && id <= i32::MAX as u32 && (behind == end || has_controls()) {
        true => Ok(Head { length: end, id, tag }),
        false => Err(Start::Foreign),
    }
}

struct Cursor<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn octet(&mut self) -> Result<u8, Start> {
        let octet = *self.octets.get(self.at).ok_or(Start::Short)?;
        self.at = self.at.saturating_add(1);
        Ok(octet)
    }

    fn expect(&mut self, tag: u8) -> Result<(), Start> {
        match self.octet()? == tag {
            true => Ok(()),
            false => Err(Start::Foreign),
        }
    }

    /// A definite length of up to four octets; LDAP has no other (section 5.1).
    fn length(&mut self) -> Result<usize, Start> {
        match self.octet()? {
            short @ ..=0x7f => Ok(usize::from(short)),
            long @ 0x81..=0x84 => {
                (0..long & 0x7f).try_fold(0_usize, |length, _| Ok(length << 8 | usize::from(self.octet()?)))
            }
            _ => Err(Start::Foreign),
        }
    }
}

/// A bind or search request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request<'a> {
    /// What it asks for.
    pub(super) operation: TransactionOperation,
    /// The name that binds, or the object where the search begins.
    pub(super) name: &'a str,
    /// The values that the filter compares with, as far as they are text.
    pub(super) values: SmallVec<[&'a str; 4]>,
}

/// Values of a filter that are kept: one with more is about no single subscriber.
const VALUES: usize = 64;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// It asks.
    Request(Request<'a>),
    /// It answers, with this resultCode.
    Result(u32),
    /// It asks for TLS on this connection (section 4.14).
    StartTls,
    /// Something else.
    Other,
}

/// Reads a whole message; none where it is damaged, or its filter nests deeper than any that a system sends.
pub(super) fn read(message: &[u8]) -> Option<Said<'_>> {
    const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
    let (rest, message) = LdapMessage::from_ber(message).ok()?;
    if !rest.is_empty() {
        return None;
    }
    Some(match message.protocol_op {
        ProtocolOp::BindRequest(bind) => Said::Request(Request {
            operation: TransactionOperation::Bind,
            name: text(bind.name.0)?,
            values: SmallVec::new(),
        }),
        ProtocolOp::SearchRequest(search) => Said::Request(Request {
            operation: TransactionOperation::Search,
            name: text(search.base_object.0)?,
            values: values(search.filter),
        }),
        ProtocolOp::BindResponse(response) => Said::Result(response.result.result_code.0),
        ProtocolOp::SearchResultDone(done) => Said::Result(done.result_code.0),
        ProtocolOp::ExtendedResponse(response) => Said::Result(response.result.result_code.0),
        ProtocolOp::ExtendedRequest(request) if request.request_name.0 == START_TLS => Said::StartTls,
        _ => Said::Other,
    })
}

/// The text of a message; the parser borrows it.
fn text(text: Cow<'_, str>) -> Option<&str> {
    match text {
        Cow::Borrowed(text) => Some(text),
        Cow::Owned(_) => None,
    }
}

/// What a filter compares attributes with (section 4.5.1.7), in its order.
fn values(filter: Filter<'_>) -> SmallVec<[&str; 4]> {
    let mut found = SmallVec::new();
    let mut left = vec![filter];
    while let Some(filter) = left.pop() {
        match filter {
            Filter::And(filters) | Filter::Or(filters) => left.extend(filters.into_iter().rev()),
            Filter::Not(filter) => left.push(*filter),
            Filter::EqualityMatch(assertion) | Filter::ApproxMatch(assertion) => {
                found.extend(value(assertion.assertion_value));
            }
            Filter::Substrings(filter) => {
                let pieces = filter.substrings.into_iter().map(|piece| match piece {
                    Substring::Initial(value) | Substring::Any(value) | Substring::Final(value) => value.0,
                });
                found.extend(pieces.filter_map(value));
            }
            Filter::ExtensibleMatch(rule) => found.extend(value(rule.assertion_value.0)),
            Filter::GreaterOrEqual(_) | Filter::LessOrEqual(_) | Filter::Present(_) => {}
        }
    }
    found.truncate(VALUES);
    found
}

fn value(value: Cow<'_, [u8]>) -> Option<&str> {
    match value {
        Cow::Borrowed(octets) => std::str::from_utf8(octets).ok(),
        Cow::Owned(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 4511 section 4.2: messageID 1, version 3, `cn=mmsc`, the password `x`.
    const BIND: &[u8] = b"\x30\x14\x02\x01\x01\x60\x0f\x02\x01\x03\x04\x07cn=mmsc\x80\x01x";

    /// RFC 4511 section 4.5.1: messageID 2, base `ou=x`, whole subtree, never dereferenced, no limits, types and values,
    /// the filter, no attributes.
    fn search(filter: &[u8]) -> Vec<u8> {
        let before = b"\x04\x04ou=x\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00";
        let operation = tagged(0x63, &[&before[..], filter, b"\x30\x00"].concat());
        tagged(0x30, &[b"\x02\x01\x02", &operation[..]].concat())
    }

    fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], content].concat()
    }

    /// `(msisdn=VALUE)`.
    fn equals(value: &str) -> Vec<u8> {
        let assertion = [tagged(0x04, b"msisdn"), tagged(0x04, value.as_bytes())].concat();
        tagged(0xa3, &assertion)
    }

    fn asked(message: &[u8]) -> Request<'_> {
        match read(message) {
            Some(Said::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bind_names_who_binds() {
        let (length, id) = (BIND.len(), 1);
        let tag = Tag::BindRequest;
        assert_eq!(start(BIND), Start::Message(Head { length, id, tag }));
        let request = asked(BIND);
        assert_eq!(
            (request.operation, request.name),
            (TransactionOperation::Bind, "cn=mmsc")
        );
    }

    #[test]
    fn a_search_names_its_base_and_its_values() {
        let or = tagged(
            0xa1,
            &[equals("+61400000001"), tagged(0xa2, &equals("b"))].concat(),
        );
        let starts = tagged(
            0xa4,
            &[tagged(0x04, b"mobile"), tagged(0x30, &tagged(0x80, b"614"))].concat(),
        );
        let message = search(&tagged(0xa0, &[or, tagged(0x87, b"mail"), starts].concat()));
        let request = asked(&message);
        assert_eq!(
            (request.operation, request.name),
            (TransactionOperation::Search, "ou=x")
        );
        assert_eq!(request.values.as_slice(), ["+61400000001", "b", "614"]);
    }

    #[test]
    fn results_have_their_codes_and_entries_need_not_be_whole() {
        let result = |tag: u8, code: u8| {
            let operation = [tag, 7, 0x0a, 1, code, 4, 0, 4, 0];
            tagged(0x30, &[&[2, 1, 7][..], &operation].concat())
        };
        assert_eq!(read(&result(0x61, 49)), Some(Said::Result(49)));
        assert_eq!(read(&result(0x65, 32)), Some(Said::Result(32)));
        assert_eq!(read(&result(0x67, 0)), Some(Said::Other));
        let entry = b"\x30\x84\x00\x10\x00\x0a\x02\x02\x01\x05\x64\x84\x00\x10\x00\x00\x04";
        let (length, id, tag) = (0x10_0010, 0x105, Tag::SearchResultEntry);
        assert_eq!(start(entry), Start::Message(Head { length, id, tag }));
    }

    #[test]
    fn tls_may_be_asked_for() {
        let operation = tagged(0x77, &tagged(0x80, b"1.3.6.1.4.1.1466.20037"));
        let message = tagged(0x30, &[b"\x02\x01\x03", &operation[..]].concat());
        assert_eq!(read(&message), Some(Said::StartTls));
    }

    #[test]
    fn what_lies_about_its_length_is_foreign_or_damaged() {
        assert!((0..7).all(|end| start(&BIND[..end]) == Start::Short));
        for (at, octet) in [
            (0, 0x31),
            (1, 0x80),
            (1, 0x85),
            (2, 4),
            (3, 5),
            (5, 0x7f),
            (6, 0x7f),
            (6, 0x0e),
        ] {
            let mut octets = BIND.to_vec();
            octets[at] = octet;
            assert_eq!(start(&octets), Start::Foreign, "{octet:x} at {at}");
        }
        let deep = (0..100).fold(equals("1"), |filter, _| tagged(0xa2, &filter));
        assert_eq!(read(&search(&deep)), None);
        let wide = tagged(0xa1, &equals("1").repeat(2 * VALUES));
        assert_eq!(asked(&search(&wide)).values.len(), VALUES);
    }

    proptest! {
        #[test]
        fn whatever_the_octets_nothing_is_found_that_is_not_there(
            changes in proptest::collection::vec((0_usize..200, any::<u8>()), 0..8),
        ) {
            let mut octets = search(&tagged(0xa1, &[equals("61400000001"), equals("2")].concat()));
            for (at, octet) in changes {
                if let Some(place) = octets.get_mut(at) {
                    *place = octet;
                }
            }
            if let Some(Said::Request(request)) = read(&octets) {
                let held = request.values.iter().map(|value| value.len()).sum::<usize>() + request.name.len();
                prop_assert!(held < octets.len());
            }
            if let Start::Message(head) = start(&octets) {
                prop_assert!(head.length > 6);
            }
        }
    }
}
