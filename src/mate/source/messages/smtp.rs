//! Fields of SMTP commands and replies (RFC 5321), and where the mails between them lie.

use super::imf;
use crate::mate::catalogue::FieldId;
use crate::mate::frame::LayerIndex;
use crate::mate::source::writer::{Fields, Place, Writer};
use crate::model::Direction;

/// Octets of a line that are kept: RFC 5321 has 1000, servers take some more.
const LINE_OCTETS: usize = 16 * 1024;
/// Octets of a mail's head that are kept.
const HEAD_OCTETS: usize = 64 * 1024;

/// A connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// The line that each end has begun.
    begun: [Vec<u8>; 2],
    /// The end that commands.
    client: Option<Direction>,
    state: State,
    mail: Mail,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Commands and replies.
    #[default]
    Commands,
    /// DATA was sent: what the client sends next is a mail, unless the server refuses.
    Asked,
    /// The lines of a mail come.
    Mail,
}

/// A mail that is coming.
#[derive(Debug, Default)]
struct Mail {
    head: Vec<u8>,
    head_ended: bool,
    octets: usize,
}

/// The layer of one segment, which begins with the first line in it.
struct Segment {
    place: Place,
    layer: Option<LayerIndex>,
}

impl Segment {
    fn fields<'w, 'a>(&mut self, writer: &'w mut Writer<'a>) -> Fields<'w, 'a> {
        match self.layer {
            Some(layer) => writer.fields_of(layer, self.place.base),
            None => {
                let fields = writer.layer(FieldId::SMTP, self.place, None);
                self.layer = Some(fields.layer);
                fields
            }
        }
    }
}

impl Connection {
    /// What it holds.
    pub(super) fn held_octets(&self) -> usize {
        let begun: usize = self.begun.iter().map(Vec::len).sum();
        begun + self.mail.head.len()
    }

    /// Octets of one end.
    pub(super) fn push(
        &mut self,
        direction: Direction,
        octets: &[u8],
        place: Place,
        writer: &mut Writer<'_>,
    ) {
        let mut segment = Segment { place, layer: None };
        let mut rest = octets;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).map(|end| end + 1);
            let (piece, after) = rest
                .split_at_checked(end.unwrap_or(rest.len()))
                .unwrap_or((rest, &[]));
            let at = octets.len() - rest.len();
            rest = after;
            if self.is_mail(direction) {
                // Every segment of a mail is one of SMTP.
                segment.fields(writer);
            }
            let Some(begun) = self.begun.get_mut(direction.index()) else {
                return;
            };
            let at = if begun.is_empty() { at } else { 0 };
            let room = LINE_OCTETS.saturating_sub(begun.len());
            begun.extend_from_slice(piece.get(..room).unwrap_or(piece));
            if end.is_some() {
                let line = std::mem::take(begun);
                self.line(direction, &line, at, &mut segment, writer);
            }
        }
    }

    /// Octets of one end are missing: what it has begun will not become whole.
    pub(super) fn lose(&mut self, direction: Direction) {
        if let Some(begun) = self.begun.get_mut(direction.index()) {
            begun.clear();
        }
    }

    fn is_mail(&self, direction: Direction) -> bool {
        self.client == Some(direction) && self.state != State::Commands
    }

    fn line(
        &mut self,
        direction: Direction,
        line: &[u8],
        at: usize,
        segment: &mut Segment,
        writer: &mut Writer<'_>,
    ) {
        let is_reply = line.first().is_some_and(u8::is_ascii_digit);
        let server = if is_reply { direction } else { direction.reversed() };
        let client = *self.client.get_or_insert(server.reversed());
        if self.is_mail(direction) {
            self.state = State::Mail;
            self.mail_line(line, segment, writer);
        } else if client == direction {
            self.command(line.trim_ascii_end(), at, &mut segment.fields(writer));
        } else {
            self.reply(line.trim_ascii_end(), at, &mut segment.fields(writer));
        }
    }

    fn mail_line(&mut self, line: &[u8], segment: &mut Segment, writer: &mut Writer<'_>) {
        if line.trim_ascii_end() == b"." {
            let Mail { head, octets, .. } = std::mem::take(&mut self.mail);
            self.state = State::Commands;
            let smtp = segment.fields(writer).layer;
            let place = segment.place.above(smtp).own_buffer(octets);
            return imf::mail(&head, place, writer);
        }
        let line = line.strip_prefix(b".").unwrap_or(line);
        let mail = &mut self.mail;
        mail.octets = mail.octets.saturating_add(line.len());
        mail.head_ended |= line.trim_ascii_end().is_empty();
        if !mail.head_ended {
            let room = HEAD_OCTETS.saturating_sub(mail.head.len());
            mail.head.extend_from_slice(line.get(..room).unwrap_or(line));
        }
    }

    fn command(&mut self, line: &[u8], at: usize, told: &mut Fields<'_, '_>) {
        let end = memchr::memchr(b' ', line).unwrap_or(line.len());
        let (command, parameter) = line.split_at_checked(end).unwrap_or((line, &[]));
        told.number(FieldId::SMTP_REQ, 0, 0, 1_u8);
        told.text(FieldId::SMTP_REQ_COMMAND, at, command);
        if let Some(parameter) = parameter.get(1..).filter(|parameter| !parameter.is_empty()) {
            told.text(FieldId::SMTP_REQ_PARAMETER, at + end + 1, parameter);
        }
        if command.eq_ignore_ascii_case(b"DATA") {
            self.state = State::Asked;
            self.mail = Mail::default();
        }
    }

    fn reply(&mut self, line: &[u8], at: usize, told: &mut Fields<'_, '_>) {
        let (code, text) = line.split_at_checked(3).unwrap_or((line, &[]));
        let number = std::str::from_utf8(code)
            .ok()
            .and_then(|code| code.parse::<u16>().ok());
        told.number(FieldId::SMTP_RSP, 0, 0, 1_u8);
        if let Some(number) = number {
            told.number(FieldId::SMTP_RESPONSE_CODE, at, 3, number);
        }
        if let Some(text) = text.get(1..).filter(|text| !text.is_empty()) {
            told.text(FieldId::SMTP_RSP_PARAMETER, at + 4, text);
        }
        // One that refuses DATA; those to commands before it say that they went well.
        if self.state == State::Asked && number.is_some_and(|number| number >= 400) {
            self.state = State::Commands;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mate::source::tests::all_of;

    #[test]
    fn commands_replies_and_a_mail_between_them() {
        let told = all_of(|place, writer| {
            let mut connection = Connection::default();
            let [client, server] = [Direction::FromInitiator, Direction::FromResponder];
            connection.push(server, b"220 a ESMTP\r\n", place, writer);
            connection.push(client, b"MAIL FROM:<a@b>\r\nDA", place, writer);
            connection.push(client, b"TA\r\n", place, writer);
            connection.push(server, b"250 2.1.0 Ok\r\n354 go\r\n", place, writer);
            connection.push(
                client,
                b"From: <a@b>\r\nSubject: x\r\n  y\r\n\r\nTo: no\r\n.\r\nQUIT\r\n",
                place,
                writer,
            );
        });
        let expected = [
            "smtp.rsp=1",
            "smtp.response.code=220",
            "smtp.rsp.parameter=a ESMTP",
            "smtp.req=1",
            "smtp.req.command=MAIL",
            "smtp.req.parameter=FROM:<a@b>",
            "smtp.req=1",
            "smtp.req.command=DATA",
            "smtp.rsp=1",
            "smtp.response.code=250",
            "smtp.rsp.parameter=2.1.0 Ok",
            "smtp.rsp=1",
            "smtp.response.code=354",
            "smtp.rsp.parameter=go",
            "imf.from=<a@b>",
            "imf.subject=x  y",
            "smtp.req=1",
            "smtp.req.command=QUIT",
        ];
        assert_eq!(told, expected);
    }
}
