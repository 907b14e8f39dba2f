//! One input from its first octet to its last.

use std::{
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{
    CaptureError, CaptureErrorReason, CaptureFormat, CaptureItem, CaptureReport, Compression, Frame, Input,
    pcap::{FILE_HEADER, PcapFile},
    pcapng::PcapngFile,
    record::RawRecord,
    report::ReportBuilder,
    source::{Descriptor, Source},
    window::{SourceEnd, Window},
};
use crate::model::{CaptureIndex, ClockShift, FrameRef, Timestamp};

enum File {
    Pcap(PcapFile),
    Pcapng(PcapngFile),
}

/// The file header of a capture.
pub(super) struct Recognised {
    file: File,
    format: CaptureFormat,
}

/// What is known of where octets come from.
pub(super) struct About {
    pub(super) compression: Option<Compression>,
    /// Octets read so far.
    pub(super) read: Arc<AtomicU64>,
    pub(super) size: Option<u64>,
    /// Whether it can be closed and opened again to be read from its start.
    pub(super) reopenable: bool,
}

/// An open capture. [`advance`](Self::advance) reads a packet, [`frame`](Self::frame) lends it.
pub(super) struct CaptureReader {
    window: Window,
    file: File,
    tally: ReportBuilder,
    /// The packet last read, which lies in the window.
    record: RawRecord,
    /// Its time as the file has it.
    stamp: Timestamp,
    /// What sets the clock straight.
    clock: ClockShift,
    read: Arc<AtomicU64>,
    reopenable: bool,
    index: CaptureIndex,
}

impl CaptureReader {
    /// Opens an input and reads its file header. `buffer` octets of it are in memory at a time.
    pub(super) fn open(
        input: &Input,
        index: CaptureIndex,
        buffer: usize,
        descriptor: Descriptor,
        stop: Option<&Arc<AtomicBool>>,
    ) -> Result<Self, CaptureError> {
        let source =
            Source::open(input, descriptor, stop).map_err(|error| CaptureErrorReason::Io(error).of(input))?;
        Self::start(source, input, index, buffer)
    }

    /// Reads the file header of a source that was opened.
    pub(super) fn start(
        source: Source,
        input: &Input,
        index: CaptureIndex,
        buffer: usize,
    ) -> Result<Self, CaptureError> {
        let mut window = Window::new(source.octets, buffer);
        let recognised =
            Self::recognise(&mut window, source.compression).map_err(|reason| reason.of(input))?;
        let about = About {
            compression: source.compression,
            read: source.read,
            size: source.size,
            reopenable: source.reopenable,
        };
        Ok(Self::begin(window, recognised, about, input, index))
    }

    /// Reads the file header that a window begins with.
    pub(super) fn recognise(
        window: &mut Window,
        compression: Option<Compression>,
    ) -> Result<Recognised, CaptureErrorReason> {
        recognise(window, compression.is_some()).map(|(file, format)| Recognised { file, format })
    }

    /// Reads on behind a file header.
    pub(super) fn begin(
        window: Window,
        recognised: Recognised,
        about: About,
        input: &Input,
        index: CaptureIndex,
    ) -> Self {
        let Recognised { file, format } = recognised;
        let mut tally = ReportBuilder::new(CaptureReport {
            path: input.to_string(),
            format,
            compression: about.compression,
            link_types: Default::default(),
            packets: 0,
            bytes: 0,
            first: None,
            last: None,
            clock: None,
            problems: Vec::new(),
            bytes_read: 0,
            bytes_total: about.size,
        });
        if let File::Pcap(pcap) = &file {
            tally.report.link_types.insert(pcap.link_type);
        }
        Self {
            window,
            file,
            tally,
            record: RawRecord::NONE,
            stamp: Timestamp::default(),
            clock: ClockShift::default(),
            read: about.read,
            reopenable: about.reopenable,
            index,
        }
    }

    /// Whether there is no whole packet yet, but there may be one later.
    pub(super) fn is_waiting(&self) -> bool {
        self.window.is_waiting()
    }

    /// Whether there is nothing behind the last packet.
    pub(super) fn is_at_record_end(&self) -> bool {
        self.window.available().is_empty()
    }

    /// Gives back memory while there is nothing to read. No packet is lent then.
    pub(super) fn let_go(&mut self) {
        self.window.let_go();
    }

    /// Takes what there is for all there is; what is behind the last packet is noted.
    pub(super) fn end_growth(&mut self) {
        self.window.end_growth();
        // The window has no whole packet any more.
        let _ = self.advance();
    }

    /// Whether it can be closed and opened again to be read from its start.
    pub(super) const fn is_reopenable(&self) -> bool {
        self.reopenable
    }

    /// Reads the next packet, of which the time is given; the one before it is no longer lent.
    #[inline]
    pub(super) fn advance(&mut self) -> Option<Timestamp> {
        self.record = match &mut self.file {
            File::Pcap(pcap) => pcap.next(&mut self.window, &mut self.tally)?,
            File::Pcapng(pcapng) => pcapng.next(&mut self.window, &mut self.tally)?,
        };
        self.stamp = self.tally.packet(self.record.time, self.record.length);
        Some(self.time())
    }

    /// The time of the packet last read on the straight clock.
    #[inline]
    pub(super) fn time(&self) -> Timestamp {
        self.clock.straight(self.stamp)
    }

    /// Sets the clock straight, of the packet last read too.
    pub(super) fn set_clock(&mut self, clock: ClockShift) {
        self.clock = clock;
    }

    /// Whether the file is compressed.
    pub(super) const fn is_compressed(&self) -> bool {
        self.tally.report.compression.is_some()
    }

    /// Goes on in octets from another place of the file, at the first of them where records can be told for certain; whether
    /// there is such a place. What the report and the numbers of frames say is worth nothing from then on.
    pub(super) fn jump(&mut self, octets: Box<dyn Read + Send>, buffer: usize) -> bool {
        self.window = Window::new(octets, buffer);
        match &mut self.file {
            File::Pcap(pcap) => pcap.find_records(&mut self.window, buffer / 2),
            File::Pcapng(pcapng) => pcapng.find_blocks(&mut self.window, buffer / 2),
        }
    }

    /// Moves what was read beside packets behind `taken`.
    #[inline]
    pub(super) fn take_items(&mut self, taken: &mut Vec<CaptureItem>) {
        if let File::Pcapng(pcapng) = &mut self.file {
            pcapng.items.take(self.index, taken);
        }
    }

    /// The packet last read.
    pub(super) fn frame(&self) -> Frame<'_> {
        Frame {
            at: FrameRef {
                capture: self.index,
                frame: self.tally.number,
                time: self.time(),
            },
            stamp: self.stamp,
            interface: self.record.interface,
            link_type: self.record.link_type,
            data: self.window.lent(self.record.position, self.record.length),
            original_length: self.record.original_length,
        }
    }

    /// What is known of the input so far.
    pub(super) fn report(&self) -> CaptureReport {
        CaptureReport {
            bytes_read: self.octets_read(),
            ..self.tally.report.clone()
        }
    }

    /// Octets of the file read so far.
    fn octets_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Octets of the file read so far, and all of them where that is known.
    pub(super) fn progress(&self) -> (u64, Option<u64>) {
        (self.octets_read(), self.tally.report.bytes_total)
    }
}

/// The format of a file that begins with these octets.
pub(super) fn format_of(first: &[u8]) -> Option<CaptureFormat> {
    if PcapFile::recognises(first) {
        Some(CaptureFormat::Pcap)
    } else if PcapngFile::recognises(first) {
        Some(CaptureFormat::Pcapng)
    } else {
        None
    }
}

fn recognise(window: &mut Window, compressed: bool) -> Result<(File, CaptureFormat), CaptureErrorReason> {
    window.fill_to(FILE_HEADER);
    let Some(format) = format_of(window.available()) else {
        return Err(unknown(window, compressed));
    };
    let file = match format {
        CaptureFormat::Pcap => PcapFile::open(window).map(File::Pcap),
        CaptureFormat::Pcapng => PcapngFile::open(window).map(File::Pcapng),
    };
    match file {
        Some(file) => Ok((file, format)),
        None => Err(bad_header(window, compressed)),
    }
}

fn unknown(window: &mut Window, compressed: bool) -> CaptureErrorReason {
    let magic: Vec<u8> = window.available().iter().take(4).copied().collect();
    match window.take_failure() {
        Some(error) if compressed => CaptureErrorReason::Compression(error),
        Some(error) => CaptureErrorReason::Io(error),
        None if magic.is_empty() => CaptureErrorReason::Empty,
        None => CaptureErrorReason::UnknownFormat { magic },
    }
}

fn bad_header(window: &mut Window, compressed: bool) -> CaptureErrorReason {
    let offset = window.offset() + window.available().len() as u64;
    let complete = matches!(window.ended(), Some(SourceEnd::Complete));
    match window.take_failure() {
        Some(error) if compressed => CaptureErrorReason::Compression(error),
        Some(error) => CaptureErrorReason::Io(error),
        None if complete => CaptureErrorReason::BadHeader {
            offset,
            detail: "the file ends inside its header",
        },
        None => CaptureErrorReason::BadHeader {
            offset: window.offset(),
            detail: "the file header contradicts itself",
        },
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// Everything that was lent of a frame.
    pub(in crate::capture) type Seen = (u64, i64, u16, Vec<u8>, u32);

    /// Reads octets as a capture, through as small a buffer as possible.
    pub(in crate::capture) fn read(octets: &[u8]) -> Result<(Vec<Seen>, CaptureReport), CaptureError> {
        let source = Source::new(Box::new(std::io::Cursor::new(octets.to_vec())), None).unwrap();
        let mut reader = CaptureReader::start(source, &Input::Stdin, CaptureIndex(0), 1)?;
        let mut seen = Vec::new();
        while reader.advance().is_some() {
            let frame = reader.frame();
            seen.push((
                frame.at.frame.0,
                frame.at.time.nanoseconds(),
                frame.link_type.0,
                frame.data.to_vec(),
                frame.original_length,
            ));
        }
        Ok((seen, reader.report()))
    }

    /// Kinds and counts of a report's problems.
    pub(in crate::capture) fn problems(report: &CaptureReport) -> Vec<(&'static str, u64)> {
        report
            .problems
            .iter()
            .map(|problem| (problem.kind.name(), problem.count))
            .collect()
    }
}
