//! What was found out about one input while it was read.

use std::{collections::BTreeSet, fmt, io};

use super::{
    CaptureFormat, Compression, Input, LinkType,
    error::describe,
    window::{SourceEnd, Window},
};
use crate::model::{CaptureClock, FrameNumber, Timestamp};

/// How far an input was read and what is in it.
#[derive(Clone, Debug)]
pub struct CaptureReport {
    /// The path as given, `-` for standard input.
    pub path: String,
    /// The capture format.
    pub format: CaptureFormat,
    /// What it was compressed with.
    pub compression: Option<Compression>,
    /// The link types its interfaces declare.
    pub link_types: BTreeSet<LinkType>,
    /// Whole packet records read.
    pub packets: u64,
    /// Sum of the captured lengths, in octets.
    pub bytes: u64,
    /// The earliest time of a packet that has one.
    pub first: Option<Timestamp>,
    /// The latest time of a packet that has one.
    pub last: Option<Timestamp>,
    /// What is known of its clock, where it differs from others' or was told to.
    pub clock: Option<CaptureClock>,
    /// What is wrong with the file, one entry a kind, in the order they were met.
    pub problems: Vec<Problem>,
    /// Octets of the file, as it lies there, read so far.
    pub bytes_read: u64,
    /// The file's size in octets; none for standard input and pipes.
    pub bytes_total: Option<u64>,
}

impl CaptureReport {
    /// `pcap` or `pcapng`, with `.gz`, `.zst` or `.lz4` appended where compressed.
    pub fn format_name(&self) -> String {
        let suffix = self.compression.map_or("", Compression::suffix);
        format!("{}{suffix}", self.format)
    }

    /// Whether octets of the file were lost to a cut or to damage.
    pub fn is_damaged(&self) -> bool {
        !self.problems.is_empty()
    }
}

impl CaptureReport {
    /// That of an input of which nothing is read.
    pub(super) fn of_nothing(input: &Input) -> Self {
        Self {
            path: input.to_string(),
            format: CaptureFormat::Pcap,
            compression: None,
            link_types: BTreeSet::new(),
            packets: 0,
            bytes: 0,
            first: None,
            last: None,
            clock: None,
            problems: Vec::new(),
            bytes_read: 0,
            bytes_total: Some(0),
        }
    }

    /// Notes that it was not read to its end.
    pub(super) fn interrupt(&mut self) {
        self.problems.push(Problem {
            kind: ProblemKind::Interrupted,
            frame: Some(FrameNumber(self.packets)).filter(|frame| frame.0 > 0),
            detail: "reading was ended before the end of the input".to_owned(),
            count: 1,
        });
    }

    /// Whether reading was ended before the input was.
    pub fn is_interrupted(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::Interrupted)
    }
}

macro_rules! problem_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What can be wrong with a capture file. The names are part of the output.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemKind {
            $($(#[$doc])* $variant,)+
        }

        impl ProblemKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The kind's name in the output.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

problem_kinds! {
    /// It ends inside a record: cut, or still being written.
    TruncatedFile = "truncated_file",
    /// A record or block that contradicts itself; reading went on behind it where that could be done safely.
    DamagedRecord = "damaged_record",
    /// Compressed data that ends early or cannot be decompressed from there on.
    DamagedCompression = "damaged_compression",
    /// A packet of an interface that the capture does not describe; it is passed over.
    UnknownInterface = "unknown_interface",
    /// A packet whose time cannot be told; it counts as seen with the packet before it.
    UnknownTime = "unknown_time",
    /// The operating system stopped the reading.
    ReadError = "read_error",
    /// Reading was ended from outside before the input was, as by a signal.
    Interrupted = "interrupted",
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One kind of thing that is wrong with a capture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// The last whole frame before the first one; none where no frame came before it.
    pub frame: Option<FrameNumber>,
    /// The first one in words.
    pub detail: String,
    /// How often.
    pub count: u64,
}

/// The report of an input while it is being read, and the frame numbers given out.
#[derive(Debug)]
pub(super) struct ReportBuilder {
    pub(super) report: CaptureReport,
    /// Wireshark's number of the last record that has one; its records include a few that are no packets.
    pub(super) number: FrameNumber,
    last_time: Timestamp,
}

impl ReportBuilder {
    pub(super) const fn new(report: CaptureReport) -> Self {
        Self {
            report,
            number: FrameNumber(0),
            last_time: Timestamp::from_nanoseconds(0),
        }
    }

    /// Counts a packet; its time, or that of the packet before it where it has none.
    pub(super) fn packet(&mut self, time: Option<Timestamp>, captured: usize) -> Timestamp {
        self.pass_number();
        self.report.packets += 1;
        self.report.bytes += captured as u64;
        if let Some(time) = time {
            self.last_time = time;
            self.report.first = Some(self.report.first.map_or(time, |first| first.min(time)));
            self.report.last = Some(self.report.last.map_or(time, |last| last.max(time)));
        }
        self.last_time
    }

    /// The time of the last packet that has one.
    pub(super) fn last_time(&self) -> Option<Timestamp> {
        self.report.last.map(|_| self.last_time)
    }

    /// Counts a record that has a frame number and is no packet.
    pub(super) const fn pass_number(&mut self) {
        self.number.0 += 1;
    }

    pub(super) fn problem(&mut self, kind: ProblemKind, detail: impl FnOnce() -> String) {
        if let Some(known) = self.report.problems.iter_mut().find(|known| known.kind == kind) {
            known.count += 1;
            return;
        }
        self.report.problems.push(Problem {
            kind,
            frame: (self.number.0 > 0).then_some(self.number),
            detail: detail(),
            count: 1,
        });
    }

    /// Says why no whole record is left.
    pub(super) fn note_end(&mut self, window: &Window) {
        let (offset, left) = (window.offset(), window.available().len());
        match window.ended() {
            Some(SourceEnd::Failed(error)) => {
                let kind = match (error.kind(), self.report.compression) {
                    (io::ErrorKind::UnexpectedEof, _) => ProblemKind::TruncatedFile,
                    (_, Some(_)) => ProblemKind::DamagedCompression,
                    (_, None) => ProblemKind::ReadError,
                };
                self.problem(kind, || {
                    format!("{} after offset {}", describe(error), offset + left as u64)
                });
            }
            _ if left == 0 => {}
            _ => self.problem(ProblemKind::TruncatedFile, || {
                format!(
                    "the file ends inside the record at offset {offset}, {left} octets of which are there"
                )
            }),
        }
    }
}
