//! WSP PDUs from their type octet on (WAP-230 section 8.2). In connectionless use a transaction id precedes it.

use super::addresses::Addresses;
use super::entity::Entity;
use super::header::Headers;
use super::value::{WspError, length, uintvar};
use crate::codec::Reader;

/// A PDU's type octet.
pub(in crate::session) mod kind {
    pub(in crate::session) const CONNECT: u8 = 0x01;
    pub(in crate::session) const CONNECT_REPLY: u8 = 0x02;
    pub(in crate::session) const REDIRECT: u8 = 0x03;
    pub(in crate::session) const REPLY: u8 = 0x04;
    pub(in crate::session) const DISCONNECT: u8 = 0x05;
    pub(in crate::session) const PUSH: u8 = 0x06;
    pub(in crate::session) const CONFIRMED_PUSH: u8 = 0x07;
    pub(in crate::session) const SUSPEND: u8 = 0x08;
    pub(in crate::session) const RESUME: u8 = 0x09;
    pub(in crate::session) const GET: u8 = 0x40;
    pub(in crate::session) const POST: u8 = 0x60;
}

/// One PDU.
#[derive(Clone, Debug)]
pub enum Pdu<'a> {
    /// Opens a session.
    Connect {
        /// Major version in the high four bits, minor in the low.
        version: u8,
        /// Headers that hold for the session.
        headers: Headers<'a>,
    },
    /// Grants a session.
    ConnectReply {
        /// The session's id, given by the server.
        session: u32,
        /// Headers of the answer.
        headers: Headers<'a>,
    },
    /// Sends the client to another server.
    Redirect {
        /// Where to.
        addresses: Addresses<'a>,
    },
    /// Ends a session.
    Disconnect,
    /// Puts a session to sleep.
    Suspend,
    /// Wakes a session, perhaps from another address.
    Resume {
        /// Which.
        session: u32,
        /// Headers that hold from now on.
        headers: Headers<'a>,
    },
    /// Get and the methods of its form.
    Get(Method<'a>),
    /// Post and the methods of its form, with what they carry.
    Post(Method<'a>, Entity<'a>),
    /// The answer to a method.
    Reply {
        /// The status octet.
        status: u8,
        /// What it carries.
        entity: Entity<'a>,
    },
    /// Something the client did not ask for.
    Push {
        /// What it carries.
        entity: Entity<'a>,
    },
}

/// A method on a target.
#[derive(Clone, Debug)]
pub struct Method<'a> {
    /// The PDU type, which is the method.
    pub code: u8,
    /// The target.
    pub uri: &'a [u8],
    /// The headers of a method of Get's form; those of Post's form are with its entity.
    pub headers: Headers<'a>,
}

/// Whether all octets of a PDU are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// They are: a length that goes beyond them is wrong.
    Whole,
    /// The end is missing: a length may go beyond what is there.
    Cut,
}

impl<'a> Pdu<'a> {
    /// Reads a PDU from its type octet on.
    pub fn read(octets: &'a [u8], completeness: Completeness) -> Result<Self, WspError> {
        let mut reader = Reader::new(octets);
        let code = reader.u8("PDU type")?;
        let body = Body { reader, completeness };
        match code {
            kind::CONNECT => body.connect(),
            kind::CONNECT_REPLY => body.connect_reply(),
            kind::REDIRECT => body.redirect(),
            kind::REPLY => body.reply(),
            kind::DISCONNECT => body.session().map(|_| Self::Disconnect),
            kind::PUSH | kind::CONFIRMED_PUSH => body.push(),
            kind::SUSPEND => body.session().map(|_| Self::Suspend),
            kind::RESUME => body.resume(),
            0x40..=0x5F => body.get(code),
            0x60..=0x7F => body.post(code),
            _ => Err(WspError::Invalid {
                field: "PDU type",
                offset: 0,
                problem: "is not assigned",
            }),
        }
    }
}

/// What follows the type octet.
struct Body<'a> {
    reader: Reader<'a>,
    completeness: Completeness,
}

impl<'a> Body<'a> {
    /// A block of `length` octets, or what is there of it where the end is missing.
    fn block(&mut self, field: &'static str, length: usize) -> Result<Reader<'a>, WspError> {
        let length = match self.completeness {
            Completeness::Whole => length,
            Completeness::Cut => length.min(self.reader.remaining()),
        };
        Ok(self.reader.sub(field, length)?)
    }

    fn session(mut self) -> Result<u32, WspError> {
        Ok(uintvar(&mut self.reader, "session id")?)
    }

    /// The headers behind the capabilities (WAP-230 section 8.3), which say nothing about messages.
    fn negotiation(&mut self) -> Result<Headers<'a>, WspError> {
        let capabilities = length(&mut self.reader, "capabilities length")?;
        let headers = length(&mut self.reader, "headers length")?;
        self.block("capabilities", capabilities)?;
        Ok(Headers::new(self.block("headers", headers)?))
    }

    fn connect(mut self) -> Result<Pdu<'a>, WspError> {
        let version = self.reader.u8("version")?;
        let headers = self.negotiation()?;
        Ok(Pdu::Connect { version, headers })
    }

    fn connect_reply(mut self) -> Result<Pdu<'a>, WspError> {
        let session = uintvar(&mut self.reader, "session id")?;
        let headers = self.negotiation()?;
        Ok(Pdu::ConnectReply { session, headers })
    }

    fn redirect(mut self) -> Result<Pdu<'a>, WspError> {
        self.reader.u8("redirect flags")?;
        let addresses = Addresses::new(self.reader);
        Ok(Pdu::Redirect { addresses })
    }

    fn resume(mut self) -> Result<Pdu<'a>, WspError> {
        let session = uintvar(&mut self.reader, "session id")?;
        let capabilities = length(&mut self.reader, "capabilities length")?;
        self.block("capabilities", capabilities)?;
        let headers = Headers::new(self.reader);
        Ok(Pdu::Resume { session, headers })
    }

    fn get(mut self, code: u8) -> Result<Pdu<'a>, WspError> {
        let uri = length(&mut self.reader, "URI length")?;
        let uri = self.reader.take("URI", uri)?;
        let headers = Headers::new(self.reader);
        Ok(Pdu::Get(Method { code, uri, headers }))
    }

    fn post(mut self, code: u8) -> Result<Pdu<'a>, WspError> {
        let uri = length(&mut self.reader, "URI length")?;
        let headers = length(&mut self.reader, "headers length")?;
        let uri = self.reader.take("URI", uri)?;
        let method = Method {
            code,
            uri,
            headers: Headers::none(),
        };
        Ok(Pdu::Post(method, self.entity(headers)?))
    }

    fn reply(mut self) -> Result<Pdu<'a>, WspError> {
        let status = self.reader.u8("status")?;
        let headers = length(&mut self.reader, "headers length")?;
        let entity = self.entity(headers)?;
        Ok(Pdu::Reply { status, entity })
    }

    fn push(mut self) -> Result<Pdu<'a>, WspError> {
        let headers = length(&mut self.reader, "headers length")?;
        let entity = self.entity(headers)?;
        Ok(Pdu::Push { entity })
    }

    /// The media type and headers in the next `headers` octets, and the data after them.
    fn entity(mut self, headers: usize) -> Result<Entity<'a>, WspError> {
        let block = self.block("headers", headers)?;
        Entity::read(block, self.reader.rest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8]) -> Pdu<'_> {
        Pdu::read(octets, Completeness::Whole).unwrap()
    }

    /// The vectors as tshark reads them.
    #[test]
    fn every_kind_of_pdu_is_read() {
        let connect = b"\x01\x10\x12\x0c\x03\x80\x8a\x78\x04\x81\x83\xff\x7f\x02\x82\xf0\x02\x83\x01\x02\x84\x01\xa9Test/1.0\0\x80\xbe";
        let Pdu::Connect { version, headers } = read(connect) else {
            panic!("no Connect")
        };
        assert_eq!((version, headers.count()), (0x10, 2));

        let reply =
            b"\x02\xa4\x34\x12\x00\x03\x80\x8a\x78\x04\x81\x83\xff\x7f\x02\x82\xf0\x02\x83\x01\x02\x84\x01";
        let Pdu::ConnectReply { session, .. } = read(reply) else {
            panic!("no ConnectReply")
        };
        assert_eq!(session, 4660);

        let Pdu::Get(method) = read(b"\x40\x16http://mms.example/m/1") else {
            panic!("no Get")
        };
        assert_eq!(method.uri, b"http://mms.example/m/1");

        let Pdu::Post(method, entity) = read(b"\x60\x0c\x01http://mmsc/\xbe\x8c\x80\x98") else {
            panic!("no Post")
        };
        assert_eq!(method.uri, b"http://mmsc/");
        assert_eq!(entity.essence().unwrap(), "application/vnd.wap.mms-message");
        assert_eq!(entity.data, [0x8C, 0x80, 0x98]);

        let Pdu::Reply { status, entity } = read(&[0x04, 0x20, 0x01, 0xBE, 0x8C, 0x81]) else {
            panic!("no Reply")
        };
        assert_eq!((status, entity.data), (0x20, &[0x8C, 0x81][..]));

        let Pdu::Push { entity } = read(&[0x06, 0x03, 0xBE, 0xAF, 0x84, 0x8C, 0x82]) else {
            panic!("no Push")
        };
        assert_eq!((entity.headers.count(), entity.data), (1, &[0x8C, 0x82][..]));

        assert!(matches!(read(&[0x05, 0xA4, 0x34]), Pdu::Disconnect));
        assert!(matches!(read(&[0x08, 0x01]), Pdu::Suspend));
        assert!(matches!(
            read(&[0x09, 0x01, 0x00, 0xA9, b'x', 0]),
            Pdu::Resume { session: 1, .. }
        ));
        let Pdu::Redirect { addresses } = read(&[0x03, 0x80, 0x04, 10, 0, 0, 1]) else {
            panic!("no Redirect")
        };
        assert_eq!(addresses.count(), 1);
    }

    #[test]
    fn an_empty_header_block_has_no_content_type() {
        let Pdu::Reply { entity, .. } = read(&[0x04, 0x20, 0x00, 1, 2]) else {
            panic!("no Reply")
        };
        assert!(entity.content_type.is_none());
        assert_eq!(entity.data, [1, 2]);
    }

    #[test]
    fn a_length_beyond_the_end_is_wrong_only_where_all_is_there() {
        let octets = [0x06, 0x09, 0xBE, 0xAF, 0x84];
        assert!(Pdu::read(&octets, Completeness::Whole).is_err());
        assert!(Pdu::read(&octets, Completeness::Cut).is_ok());
    }
}
