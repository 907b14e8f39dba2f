//! PDUs as CSV: one row each, one column for each header that OMA defines.

use std::io::{self, Write};

use super::{Place, is_named};
use crate::mms::{self, Decoded, Field};
use crate::model::text::shown;
use crate::report::csv::guarded;

/// The columns before those of the headers.
const COLUMNS: &[&str] = &[
    "capture",
    "frame",
    "first_frame",
    "started",
    "time",
    "bearer",
    "src",
    "dst",
    "http_status",
    "pdu",
    "code",
    "version",
    "size",
    "complete",
    "malformed",
    "parts",
    "anomalies",
];

/// What stands between several values in one cell.
const SEPARATOR: &str = "; ";

/// Writes rows as PDUs come.
pub struct CsvWriter<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header row.
    pub fn new(out: W) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        let fields = Field::ALL.iter().filter_map(|field| field.name());
        writer.write_record(COLUMNS.iter().copied().chain(fields).chain(["other_headers"]))?;
        Ok(Self { writer })
    }

    /// Writes one PDU; without a place the first columns are empty.
    pub fn write(&mut self, pdu: &Decoded<'_>, place: Option<&Place>) -> io::Result<()> {
        let mut cells = place.map_or_else(|| vec![String::new(); PLACE_COLUMNS], place_cells);
        cells.extend(pdu_cells(pdu));
        cells.extend(Field::ALL.iter().map(|field| field_cell(pdu, *field)));
        cells.push(other_headers(pdu));
        self.writer
            .write_record(cells.iter().map(|cell| guarded(&shown(cell)).into_owned()))?;
        Ok(())
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// How many of the columns tell the place.
const PLACE_COLUMNS: usize = 9;

fn place_cells(place: &Place) -> Vec<String> {
    let seen = place.seen();
    vec![
        seen.capture.to_string(),
        seen.frame.to_string(),
        seen.first_frame.to_string(),
        seen.started,
        seen.time,
        seen.bearer,
        seen.src,
        seen.dst,
        place
            .http_status
            .map(|status| status.to_string())
            .unwrap_or_default(),
    ]
}

fn pdu_cells(pdu: &Decoded<'_>) -> [String; 8] {
    let kinds: Vec<&str> = pdu.anomalies.iter().map(|anomaly| anomaly.kind.name()).collect();
    [
        pdu.message_type
            .and_then(mms::MessageType::name)
            .unwrap_or_default()
            .to_owned(),
        pdu.message_type
            .map(|message_type| message_type.0.to_string())
            .unwrap_or_default(),
        pdu.version()
            .map(|(major, minor)| mms::version(major, minor))
            .unwrap_or_default(),
        pdu.bytes.len().to_string(),
        pdu.complete.to_string(),
        pdu.malformed.to_string(),
        pdu.leaves().len().to_string(),
        kinds.join(SEPARATOR),
    ]
}

fn field_cell(pdu: &Decoded<'_>, field: Field) -> String {
    let values: Vec<String> = pdu.headers.all(field).map(ToString::to_string).collect();
    values.join(SEPARATOR)
}

/// Application headers and unknown ones, as `name: value`.
fn other_headers(pdu: &Decoded<'_>) -> String {
    let others = pdu
        .headers
        .headers
        .iter()
        .filter(|header| is_named(header) && header.field().is_none_or(|field| field.name().is_none()));
    let named: Vec<String> = others
        .filter_map(|header| Some(format!("{}: {}", header.display_name()?, header.value)))
        .collect();
    named.join(SEPARATOR)
}
