//! CSV: a row for each item of one level, a column for each attribute that an item of this level can have.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Level, Result, entry::Names, seconds::Seconds, words};
use crate::mate::{
    config::{AttributeId, Configuration},
    engine::{GogItem, GopItem, Pairs, PduItem},
};
use crate::model::{SharedSort, text::shown};
use crate::report::render::csv::{guarded, io_error};

const PDU_COLUMNS: &[&str] = &[
    "type",
    "id",
    "capture",
    "frame",
    "relative_time",
    "gop_type",
    "gop_id",
    "role",
    "time_in_gop",
];

const GOP_COLUMNS: &[&str] = &[
    "type",
    "id",
    "gog_type",
    "gog_id",
    "state",
    "released_by",
    "start_time",
    "time",
    "duration",
    "num_of_pdus",
    "first_frame",
    "last_frame",
];

const GOG_COLUMNS: &[&str] = &[
    "type",
    "id",
    "state",
    "start_time",
    "time",
    "duration",
    "num_of_gops",
    "num_of_pdus",
    "first_frame",
    "last_frame",
];

/// Writes rows.
pub(crate) struct Rows<'c, W: Write> {
    writer: csv::Writer<W>,
    configuration: &'c Configuration,
    attributes: Vec<AttributeId>,
}

impl<'c, W: Write> Rows<'c, W> {
    /// Writes the header line of a level.
    pub(crate) fn new(out: W, configuration: &'c Configuration, level: Level) -> io::Result<Self> {
        let columns = match level {
            Level::Pdus => PDU_COLUMNS,
            Level::Gops => GOP_COLUMNS,
            Level::Gogs => GOG_COLUMNS,
        };
        let mut attributes: Vec<AttributeId> = match level {
            Level::Pdus => configuration
                .pdus
                .iter()
                .flat_map(|pdu| pdu.attributes.to_vec())
                .collect(),
            Level::Gops => configuration
                .gops
                .iter()
                .flat_map(|gop| gop.attributes.to_vec())
                .collect(),
            Level::Gogs => configuration
                .gogs
                .iter()
                .flat_map(|gog| gog.attributes.to_vec())
                .collect(),
        };
        attributes.shared_sort();
        attributes.dedup();
        let mut writer = csv::Writer::from_writer(out);
        let names = attributes
            .iter()
            .map(|attribute| configuration.attributes.name(*attribute));
        let header = columns.iter().map(|column| (*column).to_owned());
        let header = header.chain(names.map(|name| format!("attr.{name}")));
        writer.write_record(header).map_err(io_error)?;
        Ok(Self {
            writer,
            configuration,
            attributes,
        })
    }

    fn row(&mut self, cells: Vec<Option<String>>, attributes: &Pairs) -> io::Result<()> {
        for cell in cells {
            self.writer
                .write_field(cell.unwrap_or_default())
                .map_err(io_error)?;
        }
        for attribute in &self.attributes {
            let values: Vec<&str> = attributes
                .of(*attribute)
                .iter()
                .map(|pair| pair.value.text())
                .collect();
            let cell = values.join(";");
            self.writer.write_field(&*safe(&shown(&cell))).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// A Pdu.
    pub(crate) fn pdu(&mut self, item: &PduItem) -> io::Result<()> {
        let names = self.configuration;
        let membership = item.membership;
        let cells = vec![
            Some(names.pdu(item.pdu).to_owned()),
            Some(item.id.to_string()),
            Some(item.at.capture.0.to_string()),
            Some(item.at.frame.to_string()),
            Some(Seconds(item.relative).to_string()),
            membership.map(|membership| names.gop(membership.gop.gop).to_owned()),
            membership.map(|membership| membership.gop.id.to_string()),
            membership.map(|membership| words::role(membership.role).to_owned()),
            membership.map(|membership| Seconds(membership.time_in_gop).to_string()),
        ];
        self.row(cells, &item.attributes)
    }

    fn gop(&mut self, item: &GopItem) -> io::Result<()> {
        let names = self.configuration;
        let frame = |pdu: Option<&crate::mate::engine::GopPdu>| pdu.map(|pdu| pdu.at.frame.to_string());
        let cells = vec![
            Some(names.gop(item.gop.gop).to_owned()),
            Some(item.gop.id.to_string()),
            item.gog.map(|gog| names.gog(gog.gog).to_owned()),
            item.gog.map(|gog| gog.id.to_string()),
            Some(words::state(item.released_by.is_some()).to_owned()),
            item.released_by
                .map(|released_by| words::released_by(released_by).to_owned()),
            Some(Seconds(item.start).to_string()),
            item.time.map(|time| Seconds(time).to_string()),
            Some(Seconds(item.duration).to_string()),
            Some(item.pdus.len().to_string()),
            frame(item.pdus.first()),
            frame(item.pdus.last()),
        ];
        self.row(cells, &item.attributes)
    }

    fn gog(&mut self, item: &GogItem) -> io::Result<()> {
        let cells = vec![
            Some(self.configuration.gog(item.gog.gog).to_owned()),
            Some(item.gog.id.to_string()),
            Some(words::state(item.released).to_owned()),
            Some(Seconds(item.start).to_string()),
            item.time.map(|time| Seconds(time).to_string()),
            Some(Seconds(item.duration).to_string()),
            Some(item.gops.len().to_string()),
            Some(item.pdus.to_string()),
            Some(item.first.frame.to_string()),
            Some(item.last.frame.to_string()),
        ];
        self.row(cells, &item.attributes)
    }

    /// All items of a level.
    pub(crate) fn items(&mut self, result: Result<'_>, level: Level) -> io::Result<()> {
        let groups = result.groups;
        match level {
            Level::Pdus => {
                let mut items = result.selected(&groups.pdus, |selection| &selection.pdus);
                items.try_for_each(|item| self.pdu(item))
            }
            Level::Gops => {
                let mut items = result.selected(&groups.gops, |selection| &selection.gops);
                items.try_for_each(|item| self.gop(item))
            }
            Level::Gogs => {
                let mut items = result.selected(&groups.gogs, |selection| &selection.gogs);
                items.try_for_each(|item| self.gog(item))
            }
        }
    }

    /// The end.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A cell that no spreadsheet takes for a formula. The address of a phone in MMS, which begins with a plus sign, computes
/// nothing and stays as it is.
fn safe(cell: &str) -> Cow<'_, str> {
    let first = cell.split(';').next().unwrap_or(cell);
    let digits = first
        .strip_prefix('+')
        .and_then(|first| first.strip_suffix("/TYPE=PLMN"));
    if digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit())) {
        return Cow::Borrowed(cell);
    }
    guarded(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_no_formulas() {
        for plain in [
            "+441500001/TYPE=PLMN",
            "+441500001/TYPE=PLMN;+441500002/TYPE=PLMN",
            "+441500001/TYPE=PLMN;<insert address>",
            "10.0.0.1",
            "",
        ] {
            assert_eq!(safe(plain), plain);
        }
        for formula in ["=1+1", "+1+cmd|' /C calc'!A0", "@sum", "-1+1", "+1/TYPE=A1+B1"] {
            assert_eq!(safe(formula), format!("'{formula}"));
        }
    }
}
