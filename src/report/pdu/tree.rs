//! One PDU field by field, with offsets and octets. Every octet of the PDU stands in exactly one row.

use std::io::{self, Write};

use super::field_name;
use crate::mms::{Content, Decoded, Header, HeaderValue, Mail, Multipart, Part, Pdu, Soap, Textual};
use crate::model::Digest;
use crate::report::words::human;
use crate::report::words::style::{Style, Tone};

/// Octets in a row.
const ROW: usize = 12;

/// Rows that the data of a part takes, where not all of it is asked for.
const DATA_ROWS: usize = 1;

/// How a tree is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Whether the data of parts is written in full.
    pub all_data: bool,
}

/// Octets with what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row<'a> {
    offset: usize,
    octets: &'a [u8],
    depth: usize,
    label: String,
    is_data: bool,
}

/// Writes every field of a PDU with its offset and its octets, then its anomalies.
pub fn write_tree(out: &mut impl Write, pdu: &Pdu<'_>, tree: Tree, style: &Style) -> io::Result<()> {
    for row in rows(pdu) {
        write_row(out, &row, tree, style)?;
    }
    for anomaly in pdu.anomalies() {
        let tone = if anomaly.kind.makes_malformed() {
            Tone::Bad
        } else {
            Tone::Mixed
        };
        writeln!(
            out,
            "{} {}",
            style.paint(tone, "!"),
            style.clean(&anomaly.to_string())
        )?;
    }
    if pdu.more_anomalies() > 0 {
        writeln!(
            out,
            "{} {} more",
            style.paint(Tone::Mixed, "!"),
            pdu.more_anomalies()
        )?;
    }
    Ok(())
}

fn write_row(out: &mut impl Write, row: &Row<'_>, tree: Tree, style: &Style) -> io::Result<()> {
    let limit = if row.is_data && !tree.all_data {
        DATA_ROWS
    } else {
        usize::MAX
    };
    let indent = "  ".repeat(row.depth);
    let label = style.clean(&row.label);
    let mut lines = row.octets.chunks(ROW).take(limit).enumerate().peekable();
    if lines.peek().is_none() {
        return writeln!(
            out,
            "{:08x}  {:width$}  {indent}{label}",
            row.offset,
            "",
            width = ROW * 3 - 1
        );
    }
    for (line, octets) in lines {
        let offset = row.offset.saturating_add(line.saturating_mul(ROW));
        let digits: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let shown = format!("{:width$}", digits.join(" "), width = ROW * 3 - 1);
        let offset = style.paint(Tone::Faint, format!("{offset:08x}"));
        match line {
            0 => writeln!(out, "{offset}  {shown}  {indent}{label}")?,
            _ => writeln!(out, "{offset}  {}", shown.trim_end())?,
        }
    }
    let left = row.octets.len().saturating_sub(limit.saturating_mul(ROW));
    if left > 0 {
        writeln!(out, "{:8}  {} {left} octets more", "", style.ellipsis())?;
    }
    Ok(())
}

/// The rows of a PDU, in the order of their octets; what no field claims gets a row of its own.
fn rows<'a>(pdu: &Pdu<'a>) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    match pdu {
        Pdu::Mm1(pdu) => pdu_rows(pdu, 0, &mut rows),
        Pdu::Mail(Mail { text, .. }) | Pdu::Soap(Soap { text, .. }) => text_rows(text, &mut rows),
    }
    let mut complete = Vec::with_capacity(rows.len());
    let mut at = 0;
    for row in rows {
        push_gap(pdu, at, row.offset, &mut complete);
        at = row.offset.saturating_add(row.octets.len());
        complete.push(row);
    }
    push_gap(pdu, at, pdu.bytes().len(), &mut complete);
    complete
}

fn text_rows<'a>(text: &Textual<'a>, rows: &mut Vec<Row<'a>>) {
    rows.extend(text.fields.iter().map(|field| Row {
        offset: field.offset,
        octets: field.raw,
        depth: 0,
        label: format!("{}: {}", field.name, field.value),
        is_data: false,
    }));
    if let Some(body) = &text.body {
        content_rows(body, 0, rows);
    }
}

fn push_gap<'a>(pdu: &Pdu<'a>, from: usize, to: usize, rows: &mut Vec<Row<'a>>) {
    let octets = pdu.bytes().get(from..to).unwrap_or_default();
    if !octets.is_empty() {
        rows.push(Row {
            offset: from,
            octets,
            depth: 0,
            label: human::count(octets.len() as u64, "octet"),
            is_data: false,
        });
    }
}

fn pdu_rows<'a>(pdu: &Decoded<'a>, depth: usize, rows: &mut Vec<Row<'a>>) {
    for header in &pdu.headers.headers {
        rows.push(Row {
            offset: header.offset,
            octets: header.raw,
            depth,
            label: match field_name(header) {
                Some(field) => format!("{} [{field}]", header_label(header)),
                None => header_label(header),
            },
            is_data: false,
        });
    }
    if let Some(body) = &pdu.body {
        content_rows(body, depth, rows);
    }
}

fn header_label(header: &Header<'_>) -> String {
    let Some(name) = header.display_name() else {
        return "(no header)".to_owned();
    };
    if !header.complete {
        return format!("{name}: (cut short)");
    }
    match &header.value {
        HeaderValue::MessageType(message_type) => {
            format!("{name}: {} ({:#04x})", header.value, message_type.0)
        }
        HeaderValue::Coded(coded) => format!("{name}: {} ({:#04x})", header.value, coded.code),
        value => match value.text().and_then(|text| text.charset) {
            Some(charset) => format!("{name}: {value} ({charset})"),
            None => format!("{name}: {value}"),
        },
    }
}

fn content_rows<'a>(part: &Part<'a>, depth: usize, rows: &mut Vec<Row<'a>>) {
    match &part.content {
        Content::Multipart(multipart) => multipart_rows(multipart, part, depth, rows),
        Content::Pdu(pdu) => pdu_rows(pdu, depth.saturating_add(1), rows),
        Content::Leaf if part.data.is_empty() => {}
        Content::Leaf => rows.push(Row {
            offset: part.data_offset,
            octets: part.data,
            depth,
            label: data_label(part),
            is_data: true,
        }),
    }
}

fn data_label(part: &Part<'_>) -> String {
    let cut = if part.complete { "" } else { ", cut short" };
    let digest = Digest(part.sha256());
    format!(
        "data, {}{cut}, sha256 {digest}",
        human::count(part.data.len() as u64, "octet")
    )
}

fn multipart_rows<'a>(multipart: &Multipart<'a>, part: &Part<'a>, depth: usize, rows: &mut Vec<Row<'a>>) {
    if !multipart.preamble.is_empty() {
        rows.push(Row {
            offset: part.data_offset,
            octets: multipart.preamble,
            depth,
            label: match multipart.announced {
                Some(announced) => human::count(u64::from(announced), "part"),
                None => "preamble".to_owned(),
            },
            is_data: false,
        });
    }
    for (place, part) in multipart.parts.iter().enumerate() {
        part_rows(place, part, depth.saturating_add(1), rows);
    }
    let end = part.data_offset.saturating_add(part.data.len());
    if !multipart.epilogue.is_empty() {
        rows.push(Row {
            offset: end.saturating_sub(multipart.epilogue.len()),
            octets: multipart.epilogue,
            depth,
            label: "behind the last part".to_owned(),
            is_data: true,
        });
    }
}

fn part_rows<'a>(place: usize, part: &Part<'a>, depth: usize, rows: &mut Vec<Row<'a>>) {
    let number = place.saturating_add(1);
    let name = part
        .display_name()
        .map(|name| format!(" \"{name}\""))
        .unwrap_or_default();
    rows.push(Row {
        offset: part.offset,
        octets: part.lead,
        depth,
        label: format!("part {number}{name}"),
        is_data: false,
    });
    if !part.content_type_raw.is_empty() {
        rows.push(Row {
            offset: part.offset.saturating_add(part.lead.len()),
            octets: part.content_type_raw,
            depth: depth.saturating_add(1),
            label: format!("Content-Type: {}", part.content_type),
            is_data: false,
        });
    }
    for header in &part.headers {
        rows.push(Row {
            offset: header.offset,
            octets: header.raw,
            depth: depth.saturating_add(1),
            label: format!("{}: {}", header.name, header.value),
            is_data: false,
        });
    }
    content_rows(part, depth.saturating_add(1), rows);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mms::decode;

    fn octets_of(rows: &[Row<'_>]) -> Vec<u8> {
        rows.iter().flat_map(|row| row.octets.to_vec()).collect()
    }

    /// A multipart with a nested one, in a send-req.
    fn sample() -> Vec<u8> {
        let mut octets = b"\x8c\x80\x98t\0\x8d\x92\x89\x01\x81\x97+1\0\x84\xa3\x02".to_vec();
        octets.extend_from_slice(b"\x09\x05\x83\x8e\"1.txt\0hello");
        octets.extend_from_slice(b"\x01\x0a\xa6\x01\x01\x06\x83second\x00\x00");
        octets
    }

    #[test]
    fn rows_carry_offset_octets_and_meaning() {
        let octets = sample();
        let mut text = Vec::new();
        write_tree(
            &mut text,
            &Pdu::Mm1(decode(&octets, true)),
            Tree::default(),
            &Style::default(),
        )
        .unwrap();
        insta::assert_snapshot!(String::from_utf8(text).unwrap());
    }

    proptest! {
        #[test]
        fn every_octet_stands_in_one_row(
            noise in prop::collection::vec(any::<u8>(), 0..160),
            cut in 0_usize..80,
            whole in any::<bool>(),
        ) {
            for octets in [noise.clone(), [sample(), noise].concat(), sample().into_iter().take(cut).collect()] {
                let pdu = Pdu::Mm1(decode(&octets, whole));
                prop_assert_eq!(octets_of(&rows(&pdu)), octets.clone());
            }
        }

        #[test]
        fn of_textual_multiparts_too(pieces in prop::collection::vec(
            prop_oneof![
                Just("--b\r\n".to_owned()), Just("--b--\r\n".to_owned()), Just("\r\n".to_owned()), Just("--b\n".to_owned()),
                Just("Content-Type: text/plain\r\n".to_owned()), Just("Content-Transfer-Encoding: base64\n\n".to_owned()),
                Just(" folded\n".to_owned()), "[a-zA-Z0-9=\\r\\n -]{0,12}",
            ],
            0..24,
        )) {
            let mut octets = b"\x8c\x80\x84multipart/mixed; boundary=b\0--b\r\n".to_vec();
            octets.extend(pieces.concat().into_bytes());
            let pdu = Pdu::Mm1(decode(&octets, true));
            prop_assert_eq!(octets_of(&rows(&pdu)), octets.clone());
        }
    }
}
