//! The line of a Pdu. A capture may have one for each of its packets: it is put together from pieces that are made once
//! for a configuration, without serde, and reads as [`Line::Pdu`](super::Line::Pdu) does.

use std::io;

use serde::Serialize;

use super::{entry::Names, seconds::Seconds, words};
use crate::mate::{
    config::{AttributeId, Configuration, GopIndex, PduIndex},
    engine::{Membership, Pairs, PduItem},
};
use crate::model::Timestamp;
use crate::report::render::json;

/// Writes lines of Pdus.
pub(super) struct PduLines {
    /// For each declaration of a Pdu, its line up to the number.
    beginnings: Vec<Vec<u8>>,
    /// For each Gop, what refers to it up to the number.
    gops: Vec<Vec<u8>>,
    /// For each attribute, its name and what stands before its values.
    attributes: Vec<Vec<u8>>,
    second: Second,
}

impl PduLines {
    /// Of a configuration.
    pub(super) fn new(configuration: &Configuration) -> Self {
        let pdus = (0..).map(PduIndex).take(configuration.pdus.len());
        let gops = (0..).map(GopIndex).take(configuration.gops.len());
        let attributes = (0..).map(AttributeId).take(configuration.attributes.len());
        Self {
            beginnings: pdus
                .map(|index| {
                    around(
                        br#"{"type":"pdu","name":"#,
                        configuration.pdu(index),
                        br#","id":"#,
                    )
                })
                .collect(),
            gops: gops
                .map(|index| around(br#"{"type":"#, configuration.gop(index), br#","id":"#))
                .collect(),
            attributes: attributes
                .map(|index| around(b"", configuration.attributes.name(index), b":["))
                .collect(),
            second: Second::default(),
        }
    }

    /// Appends a line.
    pub(super) fn append(&mut self, line: &mut Vec<u8>, item: &PduItem) -> io::Result<()> {
        line.extend_from_slice(piece(&self.beginnings, item.pdu.index()));
        number(line, item.id);
        line.extend_from_slice(br#","capture":"#);
        number(line, item.at.capture.0);
        line.extend_from_slice(br#","frame":"#);
        number(line, item.at.frame.0);
        line.extend_from_slice(br#","time":""#);
        self.second.append(line, item.at.time);
        line.extend_from_slice(br#"","relative_time":"#);
        seconds(line, Seconds(item.relative))?;
        match &item.membership {
            Some(membership) => self.membership(line, membership)?,
            None => line.extend_from_slice(br#","gop":null,"time_in_gop":null,"role":null"#),
        }
        line.extend_from_slice(br#","attributes":{"#);
        self.attributes(line, &item.attributes)?;
        line.extend_from_slice(b"}}\n");
        Ok(())
    }

    fn membership(&self, line: &mut Vec<u8>, membership: &Membership) -> io::Result<()> {
        line.extend_from_slice(br#","gop":"#);
        line.extend_from_slice(piece(&self.gops, membership.gop.gop.index()));
        number(line, membership.gop.id);
        line.extend_from_slice(br#"},"time_in_gop":"#);
        seconds(line, Seconds(membership.time_in_gop))?;
        line.extend_from_slice(br#","role":""#);
        line.extend_from_slice(words::role(membership.role).as_bytes());
        line.push(b'"');
        Ok(())
    }

    fn attributes(&self, line: &mut Vec<u8>, pairs: &Pairs) -> io::Result<()> {
        let mut last = None;
        for pair in pairs.as_slice() {
            if last == Some(pair.attribute) {
                line.push(b',');
            } else {
                if last.is_some() {
                    line.extend_from_slice(b"],");
                }
                line.extend_from_slice(piece(&self.attributes, pair.attribute.index()));
                last = Some(pair.attribute);
            }
            text(line, pair.value.text())?;
        }
        if last.is_some() {
            line.push(b']');
        }
        Ok(())
    }
}

fn piece(pieces: &[Vec<u8>], index: usize) -> &[u8] {
    pieces.get(index).map(Vec::as_slice).unwrap_or_default()
}

/// A name in quotes, between two pieces.
fn around(before: &[u8], name: &str, after: &[u8]) -> Vec<u8> {
    let mut piece = before.to_vec();
    // Writing to memory does not fail.
    let _ = text(&mut piece, name);
    piece.extend_from_slice(after);
    piece
}

fn text(line: &mut Vec<u8>, text: &str) -> io::Result<()> {
    let is_plain = |octet: u8| matches!(octet, 0x20..=0x7e) && octet != b'"' && octet != b'\\';
    if text.bytes().fold(true, |all, octet| all & is_plain(octet)) {
        line.push(b'"');
        line.extend_from_slice(text.as_bytes());
        line.push(b'"');
        return Ok(());
    }
    other(line, text)
}

fn number(line: &mut Vec<u8>, number: impl itoa::Integer) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Anything that needs more than to be copied.
fn other(line: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    Ok(json::serialize_compact(line, value)?)
}

/// Nanoseconds of which the decimal form is the shortest that reads back, and has no exponent: 15 digits, and not below
/// 0.1 ms.
const PLAIN: std::ops::Range<u64> = 100_000..1_000_000_000_000_000;

fn seconds(line: &mut Vec<u8>, seconds: Seconds) -> io::Result<()> {
    if !PLAIN.contains(&seconds.0.unsigned_abs()) {
        return other(line, &seconds);
    }
    let second = Timestamp::SECOND.unsigned_abs();
    let all = seconds.0.unsigned_abs();
    if seconds.0 < 0 {
        line.push(b'-');
    }
    number(line, all / second);
    line.push(b'.');
    let mut rest = all % second;
    let mut unit = second / 10;
    loop {
        line.push(b'0' + u8::try_from(rest / unit).unwrap_or_default());
        rest %= unit;
        if rest == 0 {
            return Ok(());
        }
        unit /= 10;
    }
}

/// The last whole second that was written: many packets share one.
#[derive(Debug, Default)]
struct Second {
    second: Option<i64>,
    /// Its text up to the fraction.
    text: Vec<u8>,
}

impl Second {
    fn append(&mut self, line: &mut Vec<u8>, time: Timestamp) {
        let second = time.nanoseconds().div_euclid(Timestamp::SECOND);
        let begin = line.len();
        if self.second == Some(second) {
            line.extend_from_slice(&self.text);
            let nanoseconds = time.nanoseconds().rem_euclid(Timestamp::SECOND);
            let digits = if nanoseconds % 1_000 == 0 { 6 } else { 9 };
            let mut unit = Timestamp::SECOND / 10;
            for _ in 0..digits {
                line.push(b'0' + u8::try_from(nanoseconds / unit % 10).unwrap_or_default());
                unit /= 10;
            }
            line.push(b'Z');
            return;
        }
        let (octets, length) = time.rfc3339();
        line.extend_from_slice(octets.get(..length).unwrap_or_default());
        let text = line.get(begin..begin + "2026-11-20T17:57:45.".len());
        self.second = text.map(|_| second);
        self.text = text.unwrap_or_default().to_vec();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mate::{
        config::{Semantics, of_text},
        engine::{GopRef, Pair, Role},
    };
    use crate::model::{CaptureIndex, FrameNumber, FrameRef};
    use crate::report::mate::{Line, entry::Maker};

    fn configuration() -> Configuration {
        let text = "Pdu a Proto tcp Transport ip { Extract x From ip.addr; Extract y From tcp.port; };\n\
            Pdu b Proto udp Transport ip { Extract z From ip.addr; };\n\
            Gop c On a Match (x) { Start (y); };\nGop d On b Match (z) { Start (z); };\n";
        of_text(text, Semantics::Documented)
    }

    fn pairs() -> impl Strategy<Value = Pairs> {
        let text = prop_oneof![
            "[ -~]{0,12}",
            any::<String>(),
            Just("\u{202e}\u{7f}\"<&>".to_owned())
        ];
        prop::collection::vec((0u32..3, text), 0..7).prop_map(|pairs| {
            let pair = |(attribute, text): &(u32, String)| Pair::new(AttributeId(*attribute), text);
            Pairs::new(pairs.iter().map(pair).collect())
        })
    }

    fn nanoseconds() -> impl Strategy<Value = i64> {
        let digits = (0i64..1_000_000, 0u32..12).prop_map(|(number, zeros)| number * 10i64.pow(zeros));
        prop_oneof![
            any::<i64>(),
            digits.clone(),
            digits.prop_map(|number| -number),
            -1_000_000i64..1_000_000
        ]
    }

    fn membership() -> impl Strategy<Value = Membership> {
        const ROLES: &[Role] = &[Role::Start, Role::Stop, Role::AfterStop, Role::Member];
        (0u32..2, any::<u64>(), nanoseconds(), prop::sample::select(ROLES)).prop_map(
            |(gop, id, time_in_gop, role)| Membership {
                gop: GopRef {
                    gop: GopIndex(gop),
                    id,
                },
                time_in_gop,
                role,
            },
        )
    }

    fn item() -> impl Strategy<Value = PduItem> {
        let at = (
            any::<u32>(),
            any::<u64>(),
            prop_oneof![any::<i64>(), 0i64..3_000_000_000],
        );
        (
            0u32..2,
            any::<u64>(),
            at,
            nanoseconds(),
            prop::option::of(membership()),
            pairs(),
        )
            .prop_map(
                |(pdu, id, (capture, frame, time), relative, membership, attributes)| PduItem {
                    pdu: PduIndex(pdu),
                    id,
                    at: FrameRef {
                        capture: CaptureIndex(capture),
                        frame: FrameNumber(frame),
                        time: Timestamp::from_nanoseconds(time),
                    },
                    relative,
                    membership,
                    attributes,
                },
            )
    }

    proptest! {
        #[test]
        fn a_line_reads_as_serde_writes_it(items in prop::collection::vec(item(), 1..4)) {
            let configuration = configuration();
            let mut lines = PduLines::new(&configuration);
            for item in items {
                let (mut line, mut expected) = (Vec::new(), Vec::new());
                lines.append(&mut line, &item).unwrap();
                let entry = Maker(&configuration).pdu(&item);
                json::write(&mut expected, &Line::Pdu(entry.into()), false).unwrap();
                prop_assert_eq!(String::from_utf8(line).unwrap(), String::from_utf8(expected).unwrap());
            }
        }
    }
}
