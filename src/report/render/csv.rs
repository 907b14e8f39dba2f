//! CSV as RFC 4180 has it, with a header line. Where it is for a spreadsheet, a cell that would be taken for a formula is
//! led by an apostrophe; one that begins with an apostrophe gets a second one, so that taking one away gives the value back.
//! Control characters are written as `\u{..}`, so that a record is a line and safe to print; JSON has them exact.

use std::borrow::Cow;
use std::io::{self, Write};

use super::columns::Column;
use crate::model::text::shown;
use crate::report::document::Message;

/// Who reads the CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// A program: cells are what the fields hold.
    #[default]
    Program,
    /// A spreadsheet, which would compute what looks like a formula.
    Spreadsheet,
}

impl Reader {
    /// The cell as this reader takes it.
    pub fn cell(self, text: &str) -> String {
        let text = shown(text);
        match self {
            Self::Program => text.into_owned(),
            Self::Spreadsheet => guarded(&text).into_owned(),
        }
    }
}

/// Writes messages as CSV.
pub fn write<'a>(
    out: &mut impl Write,
    messages: impl IntoIterator<Item = &'a Message>,
    columns: Option<&[Column]>,
    reader: Reader,
) -> io::Result<()> {
    let columns = columns.map_or_else(Column::for_csv, <[Column]>::to_vec);
    let mut writer = csv::Writer::from_writer(out);
    writer
        .write_record(columns.iter().map(Column::name))
        .map_err(io_error)?;
    for message in messages {
        let cells = columns.iter().map(|column| column.bare(message));
        writer
            .write_record(cells.map(|cell| reader.cell(&cell)))
            .map_err(io_error)?;
    }
    writer.flush()
}

/// The error of the output that the writer met. As the crate converts it, its kind would be lost, and with it that a
/// pipe was closed.
pub fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// The cell as it is safe to open in a spreadsheet.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with('\'') || is_formula(cell) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

/// Whether a spreadsheet would compute the cell. A sign and digits, as a telephone number has them, compute nothing.
fn is_formula(cell: &str) -> bool {
    match cell.trim_start().chars().next() {
        Some('=' | '@' | '＝' | '＠') => true,
        Some('+' | '-' | '＋' | '－') => !cell.chars().skip(1).all(|c| c.is_ascii_digit() || c == '.'),
        _ => cell.starts_with(['\t', '\r', '\n', '\0']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn written(columns: Option<&str>) -> String {
        written_for(columns, Reader::Spreadsheet)
    }

    fn written_for(columns: Option<&str>, reader: Reader) -> String {
        let columns = columns.map(|list| Column::parse_list(list).unwrap());
        let mut out = Vec::new();
        write(&mut out, &sample::document().messages, columns.as_deref(), reader).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn reads_back_what_was_in_the_messages() {
        let text = written(Some("id,from,size,subject,to"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let messages = sample::document().messages;
        assert_eq!(records.len(), messages.len());
        for (record, message) in records.iter().zip(&messages) {
            let cell = |at: usize| {
                let cell = record.get(at).unwrap();
                cell.strip_prefix('\'').unwrap_or(cell).to_owned()
            };
            assert_eq!(cell(0), message.id.to_string());
            assert_eq!(cell(1), shown(message.from.as_deref().unwrap_or_default()));
            assert_eq!(cell(2), message.size.unwrap().to_string());
            assert_eq!(cell(3), shown(message.subject.as_deref().unwrap_or_default()));
            assert_eq!(cell(4), message.to.join(";"));
        }
    }

    #[test]
    fn formulas_are_disarmed_and_telephone_numbers_left_alone() {
        for (cell, safe) in [
            ("=1+1", "'=1+1"),
            ("  =1+1", "'  =1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("\t=1", "'\t=1"),
            ("+61400000001", "+61400000001"),
            ("-12.5", "-12.5"),
            ("+61400000001;+61400000002", "'+61400000001;+61400000002"),
            ("'quoted", "''quoted"),
            ("plain", "plain"),
        ] {
            assert_eq!(guarded(cell), safe);
        }
        let text = written(None);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for record in reader.records() {
            assert!(!record.unwrap().iter().any(is_formula));
        }
    }

    #[test]
    fn a_program_reads_cells_as_they_are() {
        let text = written_for(Some("recipients"), Reader::Program);
        assert!(text.contains("\n+61400000002;"), "{text}");
        assert_eq!(Reader::Program.cell("=1+1"), "=1+1");
    }

    #[test]
    fn usual_columns() {
        insta::assert_snapshot!(written_for(None, Reader::Program));
    }
}
