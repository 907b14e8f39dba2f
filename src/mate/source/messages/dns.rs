//! Fields of DNS messages (RFC 1035 section 4, RFC 3596).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::codec::{Reader, ShortRead};
use crate::mate::catalogue::FieldId;
use crate::mate::source::writer::{Fields, Place, Writer};

/// Octets of a name as text, at most (RFC 1035 section 2.3.4).
const NAME_OCTETS: usize = 255;
/// Labels and pointers of one name that are followed: a name of 255 octets has no more, and a loop ends here.
const STEPS: usize = 128;
/// Records of one message that are read: more than 64 KiB hold of those that occur.
const RECORDS: usize = 4096;

/// Types of records.
const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;
/// Its class is a size, and its name is the root (RFC 6891).
const OPT: u16 = 41;

/// A message.
pub(super) fn message(octets: &[u8], place: Place, writer: &mut Writer<'_>) {
    let mut reader = Reader::new(octets);
    let mut header = [0; 6];
    for word in &mut header {
        match reader.u16("DNS header") {
            Ok(read) => *word = read,
            Err(_) => return,
        }
    }
    let [id, flags, questions, answers, authorities, additional] = header;
    let mut fields = writer.layer(FieldId::DNS, place, None);
    fields.number(FieldId::DNS_ID, 0, 2, id);
    let is_response = flags >> 15 != 0;
    fields.number(FieldId::DNS_FLAGS_RESPONSE, 2, 2, is_response);
    fields.number(FieldId::DNS_FLAGS_OPCODE, 2, 2, flags >> 11 & 0x0f);
    fields.number(FieldId::DNS_FLAGS_TRUNCATED, 2, 2, flags >> 9 & 1);
    if is_response {
        fields.number(FieldId::DNS_FLAGS_RCODE, 2, 2, flags & 0x0f);
    }
    fields.number(FieldId::DNS_COUNT_QUERIES, 4, 2, questions);
    fields.number(FieldId::DNS_COUNT_ANSWERS, 6, 2, answers);
    let questions = usize::from(questions).min(RECORDS);
    let records = usize::from(answers) + usize::from(authorities) + usize::from(additional);
    let mut message = Message { octets, reader };
    // What is cut or damaged has told what it has.
    let _ = (0..questions)
        .try_for_each(|_| message.question(&mut fields))
        .and_then(|()| (0..records.min(RECORDS)).try_for_each(|_| message.record(&mut fields)));
}

struct Message<'a> {
    octets: &'a [u8],
    reader: Reader<'a>,
}

impl Message<'_> {
    fn question(&mut self, fields: &mut Fields<'_, '_>) -> Result<(), ShortRead> {
        let at = self.reader.offset();
        let name = self.name()?;
        let end = self.reader.offset();
        fields.show(FieldId::DNS_QRY_NAME, at, end - at, &name);
        fields.number(FieldId::DNS_QRY_TYPE, end, 2, self.reader.u16("type")?);
        self.reader.skip("class", 2)
    }

    fn record(&mut self, fields: &mut Fields<'_, '_>) -> Result<(), ShortRead> {
        let at = self.reader.offset();
        let name = self.name()?;
        let end = self.reader.offset();
        let kind = self.reader.u16("type")?;
        let name = if kind == OPT && name.is_empty() {
            "<Root>"
        } else {
            name.as_str()
        };
        fields.show(FieldId::DNS_RESP_NAME, at, end - at, name);
        fields.number(FieldId::DNS_RESP_TYPE, end, 2, kind);
        self.reader.skip("class", 2)?;
        let lifetime = self.reader.u32("time to live")?;
        if kind != OPT {
            fields.number(FieldId::DNS_RESP_TTL, end + 4, 4, lifetime);
        }
        let length = usize::from(self.reader.u16("length")?);
        let at = self.reader.offset();
        let data = self.reader.take("data", length)?;
        match (kind, data) {
            (A, data) => {
                if let Ok(address) = <[u8; 4]>::try_from(data) {
                    fields.address(FieldId::DNS_A, at, IpAddr::V4(Ipv4Addr::from(address)));
                }
            }
            (AAAA, data) => {
                if let Ok(address) = <[u8; 16]>::try_from(data) {
                    fields.address(FieldId::DNS_AAAA, at, IpAddr::V6(Ipv6Addr::from(address)));
                }
            }
            (CNAME, data) => {
                let (name, _) = name_at(self.octets, at)?;
                fields.show(FieldId::DNS_CNAME, at, data.len(), name);
            }
            _ => {}
        }
        Ok(())
    }

    fn name(&mut self) -> Result<String, ShortRead> {
        let at = self.reader.offset();
        let (name, end) = name_at(self.octets, at)?;
        self.reader.skip("name", end.saturating_sub(at))?;
        Ok(if name.is_empty() {
            "<Root>".to_owned()
        } else {
            name
        })
    }
}

/// The name that begins at an offset, with dots between its labels and non-printing octets as escapes, and where its octets
/// there end.
fn name_at(octets: &[u8], at: usize) -> Result<(String, usize), ShortRead> {
    let mut name = String::new();
    let mut place = at;
    let mut end = None;
    for _ in 0..STEPS {
        let mut reader = Reader::with_base(octets.get(place..).unwrap_or_default(), place);
        let first = reader.u8("label")?;
        match first >> 6 {
            0 if first == 0 => return Ok((name, end.unwrap_or(reader.offset()))),
            0 => {
                let label = reader.take("label", usize::from(first))?;
                if name.len() + label.len() > NAME_OCTETS {
                    break;
                }
                if !name.is_empty() {
                    name.push('.');
                }
                name.extend(
                    label
                        .iter()
                        .flat_map(|octet| octet.escape_ascii())
                        .map(char::from),
                );
                place = reader.offset();
            }
            3 => {
                let low = reader.u8("pointer")?;
                end = end.or(Some(reader.offset()));
                place = usize::from(u16::from_be_bytes([first & 0x3f, low]));
            }
            _ => break,
        }
    }
    Err(ShortRead {
        field: "name",
        offset: at,
        needed: NAME_OCTETS,
        available: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mate::source::tests::{all_of, shown};
    use proptest::prelude::*;

    /// The answer to www.example A with a CNAME, by hand after RFC 1035 section 4.1; read by tshark 4.0.17 alike.
    const ANSWER: &[u8] = b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\
        \x03www\x07example\x00\x00\x01\x00\x01\
        \xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01w\xc0\x10\
        \xc0\x29\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x01";

    #[test]
    fn names_are_followed_through_pointers() {
        let told = all_of(|place, writer| message(ANSWER, place, writer));
        for expected in [
            "dns.id=0x1234",
            "dns.flags.response=1",
            "dns.flags.rcode=0",
            "dns.count.answers=2",
            "dns.qry.name=www.example",
            "dns.qry.type=1",
            "dns.resp.name=w.example",
            "dns.resp.ttl=60",
            "dns.cname=w.example",
            "dns.a=10.0.0.1",
        ] {
            assert!(
                told.iter().any(|field| field == expected),
                "{expected} in {told:?}"
            );
        }
    }

    #[test]
    fn a_loop_of_pointers_ends() {
        let looping = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01";
        let told = all_of(|place, writer| message(looping, place, writer));
        assert!(told.iter().all(|field| !field.starts_with("dns.qry")), "{told:?}");
        assert!(name_at(b"\x01a\xc0\x00", 0).is_err());
    }

    proptest! {
        #[test]
        fn any_octets_do(octets in prop::collection::vec(any::<u8>(), 0..120)) {
            let mut octets = octets;
            shown(|place, writer| message(&octets, place, writer));
            // Many records that all point to each other.
            for (index, octet) in octets.iter_mut().enumerate() {
                if index % 2 == 0 {
                    *octet |= 0xc0;
                }
            }
            shown(|place, writer| message(&octets, place, writer));
        }
    }
}
