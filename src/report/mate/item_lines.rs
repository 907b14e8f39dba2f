//! The lines of Pdus and Gops. A capture may have a Pdu for each of its packets, and a Gop names them again: they are put
//! together from pieces that are made once for a configuration, without serde, and read as [`Line`](super::Line) does.

use std::io;

use serde::Serialize;

use super::{entry::Names, seconds::Seconds, words};
use crate::mate::{
    config::{Configuration, PduIndex},
    engine::{GopItem, GopPdu, Membership, Pairs, PduItem},
};
use crate::model::Timestamp;
use crate::report::render::json;

/// Writes lines of Pdus and Gops.
pub(super) struct ItemLines {
    /// For each declaration of a Pdu, its line up to the number.
    beginnings: Vec<Vec<u8>>,
    /// For each Gop, its line up to the number.
    gop_beginnings: Vec<Vec<u8>>,
    /// For each name of Pdus, each Gop and each Gog, what refers to it up to the number.
    pdus: Vec<Vec<u8>>,
    gops: Vec<Vec<u8>>,
    gogs: Vec<Vec<u8>>,
    /// For each attribute, its name and what stands before its values.
    attributes: Vec<Vec<u8>>,
    second: Second,
}

impl ItemLines {
    /// Of a configuration.
    pub(super) fn new(configuration: &Configuration) -> Self {
        let pdus = (0..).map(PduIndex).take(configuration.pdus.len());
        let gops = configuration.gops.iter().map(|gop| &*gop.name);
        let gogs = configuration.gogs.iter().map(|gog| &*gog.name);
        let pdu_types = configuration.pdu_types.iter().map(|pdu| &*pdu.name);
        let attributes = configuration.attributes.iter().map(|(_, name)| name);
        let line = |of, name| around(of, name, br#","id":"#);
        let reference = |name| line(br#"{"type":"#.as_slice(), name);
        Self {
            beginnings: pdus
                .map(|index| line(br#"{"type":"pdu","name":"#, configuration.pdu(index)))
                .collect(),
            gop_beginnings: gops
                .clone()
                .map(|name| line(br#"{"type":"gop","name":"#, name))
                .collect(),
            pdus: pdu_types.map(reference).collect(),
            gops: gops.map(reference).collect(),
            gogs: gogs.map(reference).collect(),
            attributes: attributes.map(|name| around(b"", name, b":[")).collect(),
            second: Second::default(),
        }
    }

    /// Appends the line of a Pdu.
    pub(super) fn pdu(&mut self, line: &mut Vec<u8>, item: &PduItem) -> io::Result<()> {
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
        line.extend_from_slice(br#","attributes":"#);
        self.attributes(line, &item.attributes)?;
        line.extend_from_slice(b"}\n");
        Ok(())
    }

    /// Appends the line of a Gop.
    pub(super) fn gop(&self, line: &mut Vec<u8>, item: &GopItem) -> io::Result<()> {
        line.extend_from_slice(piece(&self.gop_beginnings, item.gop.gop.index()));
        number(line, item.gop.id);
        line.extend_from_slice(br#","state":"#);
        quoted(line, words::state(item.released_by.is_some()));
        line.extend_from_slice(br#","released_by":"#);
        match item.released_by {
            Some(by) => quoted(line, words::released_by(by)),
            None => line.extend_from_slice(b"null"),
        }
        line.extend_from_slice(br#","key":"#);
        self.attributes(line, &item.key)?;
        line.extend_from_slice(br#","start_time":"#);
        seconds(line, Seconds(item.start))?;
        line.extend_from_slice(br#","time":"#);
        match item.time {
            Some(time) => seconds(line, Seconds(time))?,
            None => line.extend_from_slice(b"null"),
        }
        line.extend_from_slice(br#","duration":"#);
        seconds(line, Seconds(item.duration))?;
        line.extend_from_slice(br#","num_of_pdus":"#);
        number(line, item.pdus.len());
        self.pdus_of_gop(line, &item.pdus);
        line.extend_from_slice(br#","gog":"#);
        match item.gog {
            Some(gog) => {
                line.extend_from_slice(piece(&self.gogs, gog.gog.index()));
                number(line, gog.id);
                line.push(b'}');
            }
            None => line.extend_from_slice(b"null"),
        }
        line.extend_from_slice(br#","attributes":"#);
        self.attributes(line, &item.attributes)?;
        line.extend_from_slice(b"}\n");
        Ok(())
    }

    fn pdus_of_gop(&self, line: &mut Vec<u8>, pdus: &[GopPdu]) {
        line.extend_from_slice(br#","pdus":["#);
        for (place, pdu) in pdus.iter().enumerate() {
            if place > 0 {
                line.push(b',');
            }
            line.extend_from_slice(piece(&self.pdus, pdu.pdu_type.index()));
            number(line, pdu.id);
            line.extend_from_slice(br#","capture":"#);
            number(line, pdu.at.capture.0);
            line.extend_from_slice(br#","frame":"#);
            number(line, pdu.at.frame.0);
            line.extend_from_slice(br#","role":"#);
            quoted(line, words::role(pdu.role));
            line.push(b'}');
        }
        line.push(b']');
    }

    fn membership(&self, line: &mut Vec<u8>, membership: &Membership) -> io::Result<()> {
        line.extend_from_slice(br#","gop":"#);
        line.extend_from_slice(piece(&self.gops, membership.gop.gop.index()));
        number(line, membership.gop.id);
        line.extend_from_slice(br#"},"time_in_gop":"#);
        seconds(line, Seconds(membership.time_in_gop))?;
        line.extend_from_slice(br#","role":"#);
        quoted(line, words::role(membership.role));
        Ok(())
    }

    fn attributes(&self, line: &mut Vec<u8>, pairs: &Pairs) -> io::Result<()> {
        let mut last = None;
        line.push(b'{');
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
        line.push(b'}');
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
        quoted(line, text);
        return Ok(());
    }
    other(line, text)
}

/// Text without characters that need more than to be copied.
fn quoted(line: &mut Vec<u8>, text: &str) {
    line.push(b'"');
    line.extend_from_slice(text.as_bytes());
    line.push(b'"');
}

fn number(line: &mut Vec<u8>, number: impl itoa::Integer) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Anything that needs more than to be copied.
fn other(line: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    Ok(json::append_compact(line, value)?)
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
        config::{AttributeId, GogIndex, GopIndex, PduTypeIndex, Semantics, of_text},
        engine::{GogRef, GopRef, Pair, ReleasedBy, Role},
    };
    use crate::model::{CaptureIndex, FrameNumber, FrameRef};
    use crate::report::mate::{Line, entry::Maker};

    fn configuration() -> Configuration {
        let text = "Pdu a Proto tcp Transport ip { Extract x From ip.addr; Extract y From tcp.port; };\n\
            Pdu b Proto udp Transport ip { Extract z From ip.addr; };\n\
            Gop c On a Match (x) { Start (y); };\nGop d On b Match (z) { Start (z); };\n\
            Gog e { Member c (x); };\n";
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

    const ROLES: &[Role] = &[Role::Start, Role::Stop, Role::AfterStop, Role::Member];

    fn membership() -> impl Strategy<Value = Membership> {
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

    fn gop_pdu() -> impl Strategy<Value = GopPdu> {
        let at = (any::<u32>(), any::<u64>());
        (0u32..2, any::<u64>(), at, prop::sample::select(ROLES)).prop_map(
            |(pdu, id, (capture, frame), role)| GopPdu {
                pdu_type: PduTypeIndex(pdu),
                id,
                at: FrameRef {
                    capture: CaptureIndex(capture),
                    frame: FrameNumber(frame),
                    time: Timestamp::default(),
                },
                time_in_gop: 0,
                role,
            },
        )
    }

    fn gop() -> impl Strategy<Value = GopItem> {
        const BY: &[ReleasedBy] = &[
            ReleasedBy::Stop,
            ReleasedBy::Auto,
            ReleasedBy::Lifetime,
            ReleasedBy::Idle,
        ];
        let name = (0u32..2, any::<u64>(), prop::option::of(any::<u64>()));
        let times = (nanoseconds(), prop::option::of(nanoseconds()), nanoseconds());
        let by = prop::option::of(prop::sample::select(BY));
        let pdus = prop::collection::vec(gop_pdu(), 0..4);
        (name, times, by, pdus, (pairs(), pairs())).prop_map(
            |((gop, id, gog), (start, time, duration), released_by, pdus, (key, attributes))| GopItem {
                made: 0,
                gop: GopRef {
                    gop: GopIndex(gop),
                    id,
                },
                released_by,
                key,
                start,
                time,
                duration,
                pdus,
                gog: gog.map(|id| GogRef { gog: GogIndex(0), id }),
                attributes,
            },
        )
    }

    fn by_serde(line: &Line<'_>) -> String {
        let mut written = Vec::new();
        json::write(&mut written, line, false).unwrap();
        String::from_utf8(written).unwrap()
    }

    proptest! {
        #[test]
        fn lines_read_as_serde_writes_them(items in prop::collection::vec(item(), 1..4), gop in gop()) {
            let configuration = configuration();
            let mut lines = ItemLines::new(&configuration);
            for item in items {
                let mut line = Vec::new();
                lines.pdu(&mut line, &item).unwrap();
                let expected = by_serde(&Line::Pdu(Maker(&configuration).pdu(&item).into()));
                prop_assert_eq!(String::from_utf8(line).unwrap(), expected);
            }
            let mut line = Vec::new();
            lines.gop(&mut line, &gop).unwrap();
            let expected = by_serde(&Line::Gop(Maker(&configuration).gop(&gop).into()));
            prop_assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
