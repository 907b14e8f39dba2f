//! What a server says (RFC 5321 section 4.2): a code, and text on one line or several.

use super::line::{Line, Lines};
use crate::model::{Extent, SmtpReply};

/// Octets that are kept of the text of a reply: some words and a queue id. The rest is passed over.
const TEXT_OCTETS: usize = 512;

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The three digits.
    pub(super) code: u16,
    /// The text of all lines, with a blank between them.
    pub(super) text: String,
    /// The frames it lies in.
    pub(super) extent: Extent,
}

impl Reply {
    /// As the envelope has it.
    pub(super) fn borrowed(&self) -> SmtpReply<'_> {
        SmtpReply {
            code: self.code,
            text: &self.text,
            extent: self.extent,
        }
    }

    /// Whether the server refuses what it answers, for now or for good.
    pub(super) const fn refuses(&self) -> bool {
        self.code >= 400
    }
}

/// The replies of one server.
#[derive(Debug, Default)]
pub(super) struct Replies {
    lines: Lines,
    /// A reply of which more lines are to come.
    open: Option<Reply>,
}

impl Replies {
    /// Octets of a reply that is not whole.
    pub(super) fn held_octets(&self) -> usize {
        let open = self.open.as_ref().map_or(0, |reply| reply.text.len());
        self.lines.held_octets().saturating_add(open)
    }

    /// Octets are missing: what was begun will not be whole.
    pub(super) fn lose(&mut self) {
        self.lines.lose();
        self.open = None;
    }

    /// Takes octets up to the end of a reply: the reply, where it is whole, and what follows.
    pub(super) fn take<'a>(&mut self, octets: &'a [u8], place: Extent) -> (Option<Reply>, &'a [u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            let (line, behind) = self.lines.take(rest, place);
            rest = behind;
            if let Some(reply) = line.and_then(|line| self.add(&line)) {
                return (Some(reply), rest);
            }
        }
        (None, &[])
    }

    /// Adds a line; the reply where it was the last. A line that is none of a reply is passed over.
    fn add(&mut self, line: &Line<'_>) -> Option<Reply> {
        let (code, more, text) = read(&line.octets)?;
        let mut reply = self.open.take().unwrap_or(Reply {
            code,
            text: String::new(),
            extent: line.extent,
        });
        // Where the codes of one reply differ, which they must not, the last one counts.
        reply.code = code;
        reply.extent.extend(line.extent.last);
        add_text(&mut reply.text, &String::from_utf8_lossy(text));
        if more {
            self.open = Some(reply);
            return None;
        }
        Some(reply)
    }
}

fn add_text(to: &mut String, text: &str) {
    if to.len() >= TEXT_OCTETS {
        return;
    }
    if !to.is_empty() && !text.is_empty() {
        to.push(' ');
    }
    let room = TEXT_OCTETS.saturating_sub(to.len());
    to.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
}

/// Code, whether more lines follow, and text of a line.
fn read(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let line = line.trim_ascii_end();
    let (digits, rest) = line.split_first_chunk::<3>()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits
        .iter()
        .fold(0, |code: u16, digit| code * 10 + u16::from(digit & 0xf));
    let code = Some(code).filter(|code| (200..600).contains(code))?;
    match rest {
        [] => Some((code, false, &[])),
        [mark @ (b' ' | b'-'), text @ ..] => Some((code, *mark == b'-', text.trim_ascii())),
        _ => None,
    }
}

/// Whether a line can be one of a reply.
pub(super) fn is_reply(line: &[u8]) -> bool {
    read(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FrameRef;

    fn replies(text: &str) -> Vec<(u16, String)> {
        let (mut replies, mut found) = (Replies::default(), Vec::new());
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let (reply, behind) = replies.take(rest, Extent::single(FrameRef::default()));
            found.extend(reply.map(|reply| (reply.code, reply.text)));
            rest = behind;
        }
        found
    }

    #[test]
    fn a_reply_may_have_several_lines() {
        let text = "220 mms.two.example ESMTP\r\n250-mms.two.example\r\n250-PIPELINING\r\n250 SIZE\r\n354\r\nnoise\r\n550 5.1.1 no\r\n";
        assert_eq!(
            replies(text),
            [
                (220, "mms.two.example ESMTP".to_owned()),
                (250, "mms.two.example PIPELINING SIZE".to_owned()),
                (354, String::new()),
                (550, "5.1.1 no".to_owned()),
            ]
        );
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = format!("250-{}\r\n250 b\r\n", "é".repeat(400));
        assert_eq!(replies(&text), [(250, "é".repeat(256))]);
        assert!(!is_reply(b"2500 x\r\n") && !is_reply(b"999 x\r\n") && !is_reply(b"2"));
    }
}
