//! PDUs as CSV: one row each, one column for each header that OMA defines.

use std::io::{self, Write};

use super::{BinaryHeaderObject, Place, is_named, redacted};
use crate::mms::{Decoded, Field, Header, Mail, Pdu, PduType, Soap, Textual};
use crate::report::redact::{GONE, Redactor};
use crate::report::render::csv::{Reader, io_error};

/// The columns that tell where a PDU was seen in a capture.
const PLACE_COLUMNS: &[&str] = &[
    "capture",
    "frame",
    "first_frame",
    "started",
    "time",
    "bearer",
    "src",
    "dst",
    "http_status",
];

/// The column that tells where a PDU comes from that was in no capture.
const FILE_COLUMNS: &[&str] = &["file"];

/// The columns between those of the origin and those of the headers.
const COLUMNS: &[&str] = &[
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
    reader: Reader,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header row for PDUs from captures.
    pub fn of_captures(out: W, reader: Reader) -> io::Result<Self> {
        Self::new(out, PLACE_COLUMNS, reader)
    }

    /// Writes the header row for PDUs from files.
    pub fn of_files(out: W, reader: Reader) -> io::Result<Self> {
        Self::new(out, FILE_COLUMNS, reader)
    }

    fn new(out: W, origin: &[&str], reader: Reader) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        let fields = Field::ALL.iter().filter_map(|field| field.name());
        let columns = origin.iter().chain(COLUMNS).copied();
        writer
            .write_record(columns.chain(fields).chain(["other_headers"]))
            .map_err(io_error)?;
        Ok(Self { writer, reader })
    }

    /// Writes a PDU from a capture.
    pub fn write_seen(
        &mut self,
        pdu: &Pdu<'_>,
        place: &Place,
        mut redactor: Option<&mut Redactor>,
    ) -> io::Result<()> {
        let cells = place_cells(place, redactor.as_deref_mut());
        self.write(cells, pdu, redactor)
    }

    /// Writes a PDU from a file.
    pub fn write_bare(
        &mut self,
        pdu: &Pdu<'_>,
        file: &str,
        mut redactor: Option<&mut Redactor>,
    ) -> io::Result<()> {
        let file = match redactor.as_deref_mut() {
            Some(redactor) => redactor.path(file),
            None => file.to_owned(),
        };
        self.write(vec![file], pdu, redactor)
    }

    fn write(
        &mut self,
        mut cells: Vec<String>,
        pdu: &Pdu<'_>,
        mut redactor: Option<&mut Redactor>,
    ) -> io::Result<()> {
        cells.extend(pdu_cells(pdu));
        cells.extend(Field::ALL.iter().map(|field| match pdu {
            Pdu::Mm1(pdu) => field_cell(pdu, *field, redactor.as_deref_mut()),
            Pdu::Mail(_) | Pdu::Soap(_) => String::new(),
        }));
        let others = match pdu {
            Pdu::Mm1(pdu) => other_headers(pdu),
            Pdu::Mail(Mail { text, .. }) | Pdu::Soap(Soap { text, .. }) => text_headers(text),
        };
        cells.push(match (others, redactor) {
            (others, Some(_)) if !others.is_empty() => GONE.to_owned(),
            (others, _) => others,
        });
        self.writer
            .write_record(cells.iter().map(|cell| self.reader.cell(cell)))
            .map_err(io_error)
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn place_cells(place: &Place, redactor: Option<&mut Redactor>) -> Vec<String> {
    let mut seen = place.seen();
    if let Some(redactor) = redactor {
        redactor.seen(&mut seen);
    }
    vec![
        seen.capture.to_string(),
        seen.frame.to_string(),
        seen.first_frame.to_string(),
        seen.started.to_string(),
        seen.time.to_string(),
        seen.bearer.name().to_owned(),
        seen.src.to_string(),
        seen.dst.to_string(),
        place
            .http_status
            .map(|status| status.to_string())
            .unwrap_or_default(),
    ]
}

fn pdu_cells(pdu: &Pdu<'_>) -> [String; 8] {
    let kinds: Vec<&str> = pdu
        .anomalies()
        .iter()
        .map(|anomaly| anomaly.kind.name())
        .collect();
    [
        pdu.pdu_type()
            .and_then(PduType::name)
            .unwrap_or_default()
            .to_owned(),
        pdu.pdu_type()
            .and_then(PduType::code)
            .map(|code| code.to_string())
            .unwrap_or_default(),
        pdu.version().unwrap_or_default().into_owned(),
        pdu.bytes().len().to_string(),
        pdu.is_complete().to_string(),
        pdu.is_malformed().to_string(),
        pdu.leaves().len().to_string(),
        kinds.join(SEPARATOR),
    ]
}

fn field_cell(pdu: &Decoded<'_>, field: Field, mut redactor: Option<&mut Redactor>) -> String {
    let headers = pdu.headers.headers.iter();
    let values = headers
        .filter(|header| header.field() == Some(field) && header.complete)
        .map(|header| match redactor.as_deref_mut() {
            Some(redactor) => redacted_cell(header, redactor),
            None => header.value.to_string(),
        });
    values.collect::<Vec<_>>().join(SEPARATOR)
}

fn redacted_cell(header: &Header<'_>, redactor: &mut Redactor) -> String {
    let mut object = BinaryHeaderObject::from(header);
    if redacted::header(&mut object, redactor) {
        redacted::plain(&object.value).to_owned()
    } else {
        header.value.to_string()
    }
}

/// The fields of a mail or of SOAP, as `name: value`.
fn text_headers(text: &Textual<'_>) -> String {
    let named = text
        .fields
        .iter()
        .map(|field| format!("{}: {}", field.name, field.value));
    named.collect::<Vec<_>>().join(SEPARATOR)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mms::decode;

    #[test]
    fn every_header_is_in_the_row() {
        let octets = b"\x8c\x80\x98=t\0\x8d\x92\x97+1\0\x97+2\0\xe0\x81X-A\0b\0";
        let mut out = Vec::new();
        let mut writer = CsvWriter::of_files(&mut out, Reader::Spreadsheet).unwrap();
        writer
            .write_bare(&Pdu::Mm1(decode(octets, true)), "a.mms", None)
            .unwrap();
        writer.finish().unwrap();
        let mut reader = csv::Reader::from_reader(out.as_slice());
        let columns = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        let cell = |name| {
            row.get(columns.iter().position(|column| column == name).unwrap())
                .unwrap()
        };
        assert_eq!(cell("file"), "a.mms");
        assert_eq!(cell("pdu"), "m-send-req");
        assert_eq!(cell("To"), "'+1; +2");
        assert_eq!(cell("X-Mms-Transaction-Id"), "'=t");
        assert_eq!(cell("other_headers"), "0xe0: 81; X-A: b");
    }
}
