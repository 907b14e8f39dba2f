//! Heads read more leniently than any server would: folded fields, missing versions, octets that no field may hold
//! and lines that are no fields are taken as they are meant or passed over. An observer does not reject a message that its
//! receiver may have understood.

use memchr::memchr;

use super::framed_head::{FieldLines, FramedHead};
use super::start_line;

/// Reads a head, from its start line to its empty line. `None` where it is none.
pub(super) fn read(octets: &[u8]) -> Option<FramedHead> {
    let mut folded = false;
    let head = read_lines(lines(octets).inspect(|line| folded |= goes_on(line)));
    match folded {
        false => head,
        true => read_lines(lines(&unfold(octets))),
    }
}

/// Reads the head that `octets` begin with, in one pass, where all of it is there: where it ends, and the head if it is
/// one. They do not begin with an empty line.
pub(super) fn read_whole(octets: &[u8]) -> Option<(usize, Option<FramedHead>)> {
    let mut end = None;
    let mut folded = false;
    let lines = lines_of_head(octets, &mut end).inspect(|line| folded |= goes_on(line));
    let head = read_lines(lines);
    let end = end?;
    match folded {
        false => Some((end, head)),
        true => Some((end, read(octets.get(..end)?))),
    }
}

/// Whether a line goes on with the field before it.
const fn goes_on(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..])
}

/// Lines without their line ends up to the empty one; where that ends is noted.
fn lines_of_head<'a>(octets: &'a [u8], end: &mut Option<usize>) -> impl Iterator<Item = &'a [u8]> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let rest = octets.get(at..)?;
        let line = rest.get(..memchr(b'\n', rest)?)?;
        at = at.checked_add(line.len())?.checked_add(1)?;
        if matches!(line, [] | [b'\r']) {
            *end = Some(at);
            return None;
        }
        Some(line)
    })
}

/// Lines without their line ends.
fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(octets);
    std::iter::from_fn(move || {
        let octets = rest?;
        let end = memchr(b'\n', octets);
        rest = end.and_then(|end| octets.get(end.saturating_add(1)..));
        octets.get(..end.unwrap_or(octets.len()))
    })
}

/// Field lines that go on in the next line (obs-fold, RFC 9112 section 5.2) as one line.
fn unfold(octets: &[u8]) -> Vec<u8> {
    let mut line = octets.to_vec();
    for at in 1..line.len() {
        if let Some([b'\n', b' ' | b'\t']) = line.get(at.saturating_sub(1)..=at) {
            for octet in line
                .iter_mut()
                .take(at)
                .rev()
                .take_while(|o| matches!(**o, b'\r' | b'\n'))
            {
                *octet = b' ';
            }
        }
    }
    line
}

/// Reads all lines of a head, none of them folded.
fn read_lines<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<FramedHead> {
    let mut start = None;
    let mut fields = FieldLines::default();
    for line in lines {
        if start.is_some() {
            take_line(&mut fields, line);
        } else {
            start = Some(line.trim_ascii()).filter(|line| !line.is_empty());
        }
    }
    Some(fields.head(&start_line::read(start?)?))
}

/// Takes a field line; any other line is passed over.
fn take_line<'a>(fields: &mut FieldLines<'a>, line: &'a [u8]) {
    let colon = memchr(b':', line);
    if let Some((name, value)) = colon.and_then(|colon| line.split_at_checked(colon))
        && let Some(value) = value.get(1..)
    {
        fields.take(name.trim_ascii(), value);
    }
}
