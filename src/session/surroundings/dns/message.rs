//! Messages of DNS (RFC 1035 section 4.1): header and question, and the way to the answers.

use super::name::Name;
use super::record::{Record, Records};

/// What a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuestionKind {
    /// An IPv4 address (RFC 1035 section 3.4.1).
    A,
    /// An IPv6 address (RFC 3596).
    Aaaa,
    /// Where a service is (RFC 2782).
    Srv,
    /// Where mail goes (RFC 1035 section 3.3.9).
    Mx,
    /// A rule of rewriting, as ENUM has (RFC 3403).
    Naptr,
    /// Something else, by its type.
    Other(u16),
}

impl QuestionKind {
    /// By the number of the type.
    pub const fn of(kind: u16) -> Self {
        match kind {
            1 => Self::A,
            15 => Self::Mx,
            28 => Self::Aaaa,
            33 => Self::Srv,
            35 => Self::Naptr,
            other => Self::Other(other),
        }
    }

    /// The number of the type.
    pub const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Mx => 15,
            Self::Aaaa => 28,
            Self::Srv => 33,
            Self::Naptr => 35,
            Self::Other(number) => number,
        }
    }
}

/// What an answer says of the question as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There are records of the type asked for.
    Found,
    /// The name is known, and has no record of the type asked for: none came, though the answer is whole.
    NoData,
    /// It had no room in a datagram, and is to be fetched over TCP (TC).
    Truncated,
    /// It is not all there, and what there is has no record of the type asked for.
    Cut,
    /// The RCODE, which is none of success.
    Refused(u8),
}

/// A message with one question of the class of the Internet, as all have that are asked of a resolver.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// By which a question and its answer are told from others of the same ends.
    pub id: u16,
    /// Which name is asked about.
    pub name: Name<'a>,
    /// What is asked of it.
    pub kind: QuestionKind,
    response: Option<Response<'a>>,
    octets: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
struct Response<'a> {
    code: u8,
    truncated: bool,
    answers: Records<'a>,
}

const QUERY_RESPONSE: u16 = 0x8000;
const OPCODE: u16 = 0x7800;
const TRUNCATED: u16 = 0x0200;
const RESERVED: u16 = 0x0040;
const RCODE: u16 = 0x000f;
const INTERNET: u16 = 1;
/// Octets of a header.
const HEADER: usize = 12;
/// Records beside the question that a query may have: OPT, TSIG or SIG(0), and what is still to come.
const BESIDE_QUESTION: u16 = 4;
/// The shortest record: the root, its type, class, time to live, and the length of no data.
const RECORD: usize = 11;

impl<'a> Message<'a> {
    /// Reads header and question, and finds the answers; none where the octets are no message, or one of another kind than
    /// these. It may be cut behind the question.
    pub fn read(octets: &'a [u8]) -> Option<Self> {
        let (header, _) = octets.split_first_chunk::<HEADER>()?;
        let [i0, i1, f0, f1, q0, q1, a0, a1, n0, n1, r0, r1] = *header;
        let flags = u16::from_be_bytes([f0, f1]);
        let [questions, answers] = [[q0, q1], [a0, a1]].map(u16::from_be_bytes);
        let [authorities, additional] = [[n0, n1], [r0, r1]].map(u16::from_be_bytes);
        if questions != 1 || flags & (OPCODE | RESERVED) != 0 {
            return None;
        }
        let is_query = flags & QUERY_RESPONSE == 0;
        if is_query
            && (answers | authorities | (flags & (RCODE | TRUNCATED)) != 0 || additional > BESIDE_QUESTION)
        {
            return None;
        }
        let (name, end) = Name::read(octets, HEADER)?;
        let [k0, k1, c0, c1] = *octets.get(end..)?.first_chunk()?;
        let behind = end.checked_add(4)?;
        let rest = octets.len().saturating_sub(behind);
        let room_for_query = rest >= usize::from(additional) * RECORD && (additional > 0 || rest == 0);
        if u16::from_be_bytes([c0, c1]) != INTERNET || is_query && !room_for_query {
            return None;
        }
        Some(Self {
            id: u16::from_be_bytes([i0, i1]),
            name,
            kind: QuestionKind::of(u16::from_be_bytes([k0, k1])),
            response: (!is_query).then_some(Response {
                code: (flags & RCODE) as u8,
                truncated: flags & TRUNCATED != 0,
                answers: Records::new(octets, behind, answers),
            }),
            octets,
        })
    }

    /// All of it.
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Whether octets can be the first of a message like these.
    pub(super) fn may_begin(octets: &[u8]) -> bool {
        let known = |at: usize, is: fn(u8) -> bool| octets.get(at).is_none_or(|octet| is(*octet));
        // No operation code but 0, no reserved bit, one question.
        known(2, |flags| flags & 0x78 == 0)
            && known(3, |flags| flags & 0x40 == 0)
            && known(4, |questions| questions == 0)
            && known(5, |questions| questions == 1)
    }

    /// Whether it is an answer.
    pub const fn is_response(&self) -> bool {
        self.response.is_some()
    }

    /// What an answer says; none of a question. An alias counts where the record that it leads to came too, so a record of
    /// the type asked for is enough, whatever its name.
    pub fn answer(&self) -> Option<Answer> {
        let response = self.response?;
        Some(match response.code {
            0 if response.truncated => Answer::Truncated,
            0 if response.answers.has(self.kind.number()) => Answer::Found,
            0 if !response.answers.is_whole() => Answer::Cut,
            0 => Answer::NoData,
            code => Answer::Refused(code),
        })
    }

    /// The records of an answer, up to the first that cannot be read.
    pub fn answers(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        self.response
            .map(|response| response.answers)
            .into_iter()
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::record::RecordData;
    use super::super::samples::{ANSWER, QUESTION};
    use super::*;
    use proptest::prelude::*;
    use simple_dns::{Packet, rdata::RData};

    fn changed(octets: &[u8], changes: &[(usize, u8)]) -> Vec<u8> {
        let mut changed = octets.to_vec();
        changes.iter().for_each(|(at, octet)| changed[*at] = *octet);
        changed
    }

    #[test]
    fn a_question_and_its_answer() {
        let question = Message::read(QUESTION).unwrap();
        assert_eq!((question.id, question.kind), (0xdb42, QuestionKind::A));
        assert_eq!(question.name.to_string(), "www.northeastern.edu");
        assert!(!question.is_response() && question.answer().is_none());
        let answer = Message::read(ANSWER).unwrap();
        assert!(
            answer.is_response() && answer.id == question.id && answer.name.text() == question.name.text()
        );
        assert_eq!(answer.answer(), Some(Answer::Found));
        let records: Vec<_> = answer.answers().collect();
        let [record] = records.as_slice() else {
            panic!("{records:?}")
        };
        assert_eq!(as_read_here(record), "www.northeastern.edu A 155.33.17.68");
    }

    #[test]
    fn an_answer_says_how_it_went() {
        let answered = |octets: &[u8]| Message::read(octets).unwrap().answer().unwrap();
        assert_eq!(answered(&changed(ANSWER, &[(3, 0x83)])), Answer::Refused(3));
        assert_eq!(answered(&changed(ANSWER, &[(2, 0x83)])), Answer::Truncated);
        let bare = QUESTION.len();
        assert_eq!(answered(&changed(&ANSWER[..bare], &[(7, 0)])), Answer::NoData);
        assert_eq!(answered(&ANSWER[..bare]), Answer::Cut, "the snap length");
        assert_eq!(answered(&ANSWER[..ANSWER.len() - 1]), Answer::Cut);
        let alias = changed(ANSWER, &[(bare + 3, 5)]);
        assert_eq!(answered(&alias), Answer::NoData, "an alias that leads to none");
    }

    #[test]
    fn what_is_none_of_these_is_none() {
        for (what, changes) in [
            ("an opcode", &[(2, 0x29)][..]),
            ("a reserved bit", &[(3, 0x40)]),
            ("two questions", &[(5, 2)]),
            ("a question with an answer", &[(7, 1)]),
            ("a question with a code", &[(3, 3)]),
            ("records that are not there", &[(11, 1)]),
            ("another class", &[(37, 3)]),
        ] {
            assert!(Message::read(&changed(QUESTION, changes)).is_none(), "{what}");
        }
        assert!(
            Message::read(&[QUESTION, &[0]].concat()).is_none(),
            "octets behind it"
        );
        assert!((0..QUESTION.len()).all(|length| Message::read(&QUESTION[..length]).is_none()));
    }

    /// A message that `simple-dns` writes with these answers to a question of this type.
    fn written(kind: u16, records: &[(u8, u8)]) -> Vec<u8> {
        use simple_dns::{CLASS, Name, Question, ResourceRecord, TYPE, rdata};
        let mut packet = Packet::new_reply(7);
        let name = Name::new_unchecked("a.mms.example");
        let kind = TYPE::from(kind).into();
        let text = |text: &'static str| text.try_into().unwrap();
        packet
            .questions
            .push(Question::new(name.clone(), kind, CLASS::IN.into(), false));
        for (form, value) in records {
            let target = Name::new_unchecked(
                ["b.mms.example", "mms.example", "c.example", "."][usize::from(value % 4)],
            );
            let data = match form % 6 {
                0 => RData::A(rdata::A {
                    address: u32::from(*value),
                }),
                1 => RData::AAAA(rdata::AAAA {
                    address: u128::from(*value) << 64,
                }),
                2 => RData::CNAME(rdata::CNAME(target)),
                3 => RData::MX(rdata::MX {
                    preference: u16::from(*value),
                    exchange: target,
                }),
                4 => RData::SRV(rdata::SRV {
                    priority: 1,
                    weight: 2,
                    port: u16::from(*value),
                    target,
                }),
                _ => RData::NAPTR(rdata::NAPTR {
                    order: 100,
                    preference: u16::from(*value),
                    flags: text("u"),
                    services: text("E2U+mms:mailto"),
                    regexp: text("!^.*$!mailto:+1@c.example!"),
                    replacement: target,
                }),
            };
            packet
                .answers
                .push(ResourceRecord::new(name.clone(), CLASS::IN, 60, data));
        }
        packet.build_bytes_vec_compressed().unwrap()
    }

    fn as_read_here(record: &Record<'_>) -> String {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let data = match record.data {
            RecordData::A(address) => format!("A {address}"),
            RecordData::Aaaa(address) => format!("AAAA {address}"),
            RecordData::Alias(name) => format!("CNAME {name}"),
            RecordData::Mx { preference, exchange } => format!("MX {preference} {exchange}"),
            RecordData::Srv {
                priority,
                port,
                target,
            } => format!("SRV {priority} {port} {target}"),
            RecordData::Naptr(naptr) => format!(
                "NAPTR {} {} {} {} {}",
                naptr.order,
                naptr.preference,
                text(naptr.services),
                text(naptr.regexp),
                naptr.replacement
            ),
            RecordData::Other => "other".into(),
        };
        format!("{} {data}", record.name)
    }

    fn as_read_there(record: &simple_dns::ResourceRecord<'_>) -> String {
        let name = |name: &simple_dns::Name<'_>| name.to_string().to_lowercase();
        let data = match &record.rdata {
            RData::A(a) => format!("A {}", Ipv4Addr::from(a.address)),
            RData::AAAA(aaaa) => format!("AAAA {}", std::net::Ipv6Addr::from(aaaa.address)),
            RData::CNAME(alias) => format!("CNAME {}", name(alias)),
            RData::MX(mx) => format!("MX {} {}", mx.preference, name(&mx.exchange)),
            RData::SRV(srv) => format!("SRV {} {} {}", srv.priority, srv.port, name(&srv.target)),
            RData::NAPTR(naptr) => format!(
                "NAPTR {} {} {} {} {}",
                naptr.order,
                naptr.preference,
                naptr.services,
                naptr.regexp,
                name(&naptr.replacement)
            ),
            _ => "other".into(),
        };
        format!("{} {data}", name(&record.name))
    }

    proptest! {
        #[test]
        fn simple_dns_reads_the_same(
            kind in prop_oneof![Just(1_u16), Just(15), Just(28), Just(33), Just(35)],
            records in proptest::collection::vec(any::<(u8, u8)>(), 0..8),
        ) {
            let octets = written(kind, &records);
            let (here, there) = (Message::read(&octets).unwrap(), Packet::parse(&octets).unwrap());
            prop_assert_eq!(here.kind.number(), kind);
            prop_assert_eq!(here.name.to_string(), there.questions[0].qname.to_string());
            let here_answers: Vec<_> = here.answers().map(|record| as_read_here(&record)).collect();
            let there_answers: Vec<_> = there.answers.iter().map(as_read_there).collect();
            prop_assert_eq!(here_answers, there_answers);
            let found = there.answers.iter().any(|record| u16::from(record.rdata.type_code()) == kind);
            prop_assert_eq!(here.answer(), Some(if found { Answer::Found } else { Answer::NoData }));
        }

        #[test]
        fn whatever_the_octets_nothing_is_read_twice(
            change in proptest::collection::vec((0_usize..54, any::<u8>()), 0..6),
            length in 0_usize..=54,
        ) {
            let mut octets = ANSWER.to_vec();
            change.iter().for_each(|(at, octet)| octets[*at] = *octet);
            octets.truncate(length);
            if let Some(message) = Message::read(&octets) {
                prop_assert!(message.answers().count() <= octets.len() / RECORD);
                prop_assert_eq!(message.answer().is_some(), message.is_response());
            }
        }
    }
}
