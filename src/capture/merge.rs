//! Several inputs as one sequence of frames in time order.

mod growing;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::Read,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    CaptureError, CaptureErrorReason, CaptureFormat, CaptureItem, CaptureReport, Frame, Input, Problem,
    ProblemKind,
    pcapng::secrets_may_come,
    reader::CaptureReader,
    source::{Descriptor, Source},
};
use crate::model::{CaptureClock, CaptureIndex, ClockShift, Clocks, Timestamp};
use growing::Growing;
pub use growing::Step;

/// Octets of one input in memory at a time: makes system calls rare and fits the processor's cache; measured
/// no slower than a megabyte.
const BUFFER: usize = 256 * 1024;
/// Octets of all inputs in memory at a time; many inputs get smaller buffers each.
const BUFFERS: usize = 64 * 1024 * 1024;
/// The smallest buffer: holds an ordinary packet.
const SMALLEST_BUFFER: usize = 64 * 1024;
/// Inputs kept open from the start. With more, a file is opened when its first packet is due, so that rotated
/// captures need no more descriptors than files that overlap in time.
const OPEN_FROM_START: usize = 16;

/// Inputs that may keep a descriptor each at the same time; systems allow a process 256 and more. With more
/// inputs a file's is only borrowed for each read.
const DESCRIPTORS: usize = 128;

/// All inputs, read as one capture in time order: the next frame is the earliest of the inputs' next frames, of
/// two with the same time the one of the input given first. Within an input the frames keep their order, also
/// where their times step back.
pub struct Captures {
    slots: Vec<Slot>,
    /// What is known of the clocks of inputs, by index; of none that is as good as right.
    clocks: Vec<Option<CaptureClock>>,
    buffer: usize,
    descriptor: Descriptor,
    /// What was read beside packets on the way to the current frame.
    items: Vec<CaptureItem>,
    /// No frame was asked for yet.
    at_start: bool,
    /// Inputs whose next frame waits, by its time.
    waiting: BinaryHeap<Reverse<(Timestamp, u32)>>,
    /// The input that gave the last frame, not in `waiting`.
    current: Option<u32>,
    /// Ends the reading once it is true.
    stop: Option<Arc<AtomicBool>>,
    /// Where inputs are followed.
    growing: Option<Box<Growing>>,
}

struct Slot {
    input: Input,
    state: State,
}

enum State {
    /// Open, with its next frame read.
    Open(Box<CaptureReader>),
    /// To be opened when its first frame is due; what is known until then.
    Later(CaptureReport),
    /// At its end.
    Done(CaptureReport),
}

/// How far the inputs were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Octets of the files read so far, as they lie there.
    pub read: u64,
    /// Octets of all files; none where the size of one is not known.
    pub total: Option<u64>,
}

impl Captures {
    /// Opens the inputs. Those that cannot be read are left out and reported; a frame's capture index counts
    /// the others, in their order.
    pub fn open(inputs: impl IntoIterator<Item = Input>) -> (Self, Vec<CaptureError>) {
        Self::open_all(inputs, None)
    }

    /// As [`Self::open`]; once `stop` is true the inputs end where they were read to, as [`Self::interrupt`] says.
    pub fn open_until(
        inputs: impl IntoIterator<Item = Input>,
        stop: Arc<AtomicBool>,
    ) -> (Self, Vec<CaptureError>) {
        Self::open_all(inputs, Some(stop))
    }

    /// As [`Self::open_until`], for files that a run before found in this order: those that are gone, or cannot be read any
    /// more, keep their places and have no frames, so that the others have the index that they had.
    pub fn open_again(inputs: impl IntoIterator<Item = Option<PathBuf>>, stop: Arc<AtomicBool>) -> Self {
        let mut captures = Self {
            buffer: SMALLEST_BUFFER,
            descriptor: Descriptor::Borrowed,
            ..Self::empty(Some(stop))
        };
        for path in inputs {
            let input = Input::File(path.clone().unwrap_or_default());
            if path.is_none() || captures.add(input.clone(), false).is_err() {
                let state = State::Done(CaptureReport::of_nothing(&input));
                captures.slots.push(Slot { input, state });
            }
        }
        captures
    }

    fn open_all(
        inputs: impl IntoIterator<Item = Input>,
        stop: Option<Arc<AtomicBool>>,
    ) -> (Self, Vec<CaptureError>) {
        let inputs: Vec<Input> = inputs.into_iter().collect();
        let mut captures = Self {
            buffer: (BUFFERS / inputs.len().max(1)).clamp(SMALLEST_BUFFER, BUFFER),
            descriptor: if inputs.len() <= DESCRIPTORS {
                Descriptor::Held
            } else {
                Descriptor::Borrowed
            },
            ..Self::empty(stop)
        };
        let keep_open = inputs.len() <= OPEN_FROM_START;
        let errors = inputs
            .into_iter()
            .filter_map(|input| captures.add(input, keep_open).err())
            .collect();
        (captures, errors)
    }

    /// One capture from any source of octets, `name` standing for it in reports.
    ///
    /// # Errors
    /// The source cannot be read, or is no capture.
    pub fn read(name: &str, source: Box<dyn Read + Send>) -> Result<Self, CaptureError> {
        let input = Input::File(name.into());
        let source = Source::new(source, None).map_err(|error| CaptureErrorReason::Io(error).of(&input))?;
        let mut captures = Self::empty(None);
        let reader = CaptureReader::start(source, &input, CaptureIndex(0), BUFFER)?;
        captures.put(input, reader, true);
        Ok(captures)
    }

    /// Without inputs.
    const fn empty(stop: Option<Arc<AtomicBool>>) -> Self {
        Self {
            slots: Vec::new(),
            clocks: Vec::new(),
            buffer: BUFFER,
            descriptor: Descriptor::Held,
            items: Vec::new(),
            at_start: true,
            waiting: BinaryHeap::new(),
            current: None,
            stop,
            growing: None,
        }
    }

    fn add(&mut self, input: Input, keep_open: bool) -> Result<(), CaptureError> {
        let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        // A file that will be closed again is only looked at.
        let buffer = if keep_open { self.buffer } else { SMALLEST_BUFFER };
        let reader = CaptureReader::open(
            &input,
            CaptureIndex(index),
            buffer,
            self.descriptor,
            self.stop.as_ref(),
        )?;
        self.put(input, reader, keep_open);
        Ok(())
    }

    /// Reads the first packet of an input that was opened, and puts it in line.
    fn put(&mut self, input: Input, mut reader: CaptureReader, keep_open: bool) {
        let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        let time = reader.advance();
        let stays_open = keep_open || !reader.is_reopenable();
        if stays_open || time.is_none() {
            reader.take_items(&mut self.items);
        }
        let state = match time {
            None => State::Done(ended(reader.report(), self.stop.as_ref())),
            Some(time) => {
                self.waiting.push(Reverse((time, index)));
                if stays_open {
                    State::Open(Box::new(reader))
                } else {
                    State::Later(unread(reader.report()))
                }
            }
        };
        self.slots.push(Slot { input, state });
    }

    /// Sets clocks straight, by index, before the first frame is asked for: what follows is in the order of the straight clocks.
    pub fn set_clocks(&mut self, clocks: Vec<Option<CaptureClock>>) {
        self.clocks = clocks;
        let before = std::mem::take(&mut self.waiting);
        for Reverse((time, index)) in before {
            let clock = shift_of(&self.clocks, index);
            let straight = clock.straight(time);
            if let Some(State::Open(reader)) = self.slots.get_mut(index as usize).map(|slot| &mut slot.state)
            {
                reader.set_clock(clock);
            }
            self.waiting.push(Reverse((straight, index)));
        }
    }

    /// What was added to the times of each input.
    pub fn clocks(&self) -> Clocks {
        let indices = (0..).zip(&self.slots);
        Clocks::of(indices.map(|(index, _)| shift_of(&self.clocks, index)).collect())
    }

    /// The inputs in the order of their index, those that can be read.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.slots.iter().map(|slot| &slot.input)
    }

    /// The next frame, lent until the next call.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator cannot lend from itself"
    )]
    pub fn next(&mut self) -> Option<Frame<'_>> {
        if self.advance() { self.frame() } else { None }
    }

    /// Goes on to the next frame; false where there is none.
    #[inline]
    pub fn advance(&mut self) -> bool {
        if self.is_stopped() {
            self.interrupt();
            return false;
        }
        if !self.at_start {
            self.items.clear();
        }
        self.at_start = false;
        self.current = self.select();
        self.current.is_some()
    }

    /// The current frame.
    pub fn frame(&self) -> Option<Frame<'_>> {
        match self.slots.get(self.current? as usize).map(|slot| &slot.state) {
            Some(State::Open(reader)) => Some(reader.frame()),
            _ => None,
        }
    }

    /// What the captures hold beside packets, as far as it was read on the way from the frame before to the current one,
    /// or to the end.
    pub fn items(&self) -> &[CaptureItem] {
        &self.items
    }

    /// The input whose next frame is the earliest.
    #[inline]
    fn select(&mut self) -> Option<u32> {
        if let Some(index) = self.current.take()
            && let Some(time) = self.read_next(index)
        {
            let mine = Reverse((time, index));
            if self.waiting.peek().is_none_or(|other| mine > *other) {
                return Some(index);
            }
            self.waiting.push(mine);
        }
        loop {
            let Reverse((_, index)) = self.waiting.pop()?;
            if self.is_open(index) {
                return Some(index);
            }
        }
    }

    /// Reads the input's next frame; its time.
    fn read_next(&mut self, index: u32) -> Option<Timestamp> {
        let slot = self.slots.get_mut(index as usize)?;
        let State::Open(reader) = &mut slot.state else {
            return None;
        };
        let time = reader.advance();
        reader.take_items(&mut self.items);
        if time.is_none() {
            slot.state = State::Done(ended(reader.report(), self.stop.as_ref()));
        }
        time
    }

    fn is_stopped(&self) -> bool {
        is_set(self.stop.as_ref())
    }

    /// Ends the reading: the inputs that were not read to their end get the problem `ProblemKind::Interrupted`.
    pub fn interrupt(&mut self) {
        self.end_following();
        self.waiting.clear();
        self.current = None;
        for slot in &mut self.slots {
            let mut report = match &slot.state {
                State::Open(reader) => reader.report(),
                State::Later(report) => report.clone(),
                State::Done(_) => continue,
            };
            report.interrupt();
            slot.state = State::Done(report);
        }
    }

    /// Opens the input if that was put off; false where its file has vanished since.
    fn is_open(&mut self, index: u32) -> bool {
        let (buffer, descriptor) = (self.buffer, self.descriptor);
        if self.growing.is_some() {
            return self.is_open_growing(index);
        }
        let Some(slot) = self.slots.get_mut(index as usize) else {
            return false;
        };
        if let State::Later(report) = &slot.state {
            let index = CaptureIndex(index);
            let reader = CaptureReader::open(&slot.input, index, buffer, descriptor, self.stop.as_ref());
            let clock = shift_of(&self.clocks, index.0);
            slot.state = opened(reader, report, clock, &mut self.items);
        }
        matches!(slot.state, State::Open(_))
    }

    /// What is known of each input so far, in the order of the frames' capture index.
    pub fn reports(&self) -> Vec<CaptureReport> {
        let clocks = self.clocks.iter().chain(std::iter::repeat(&None));
        let slots = self.slots.iter().zip(clocks);
        slots
            .map(|(slot, clock)| CaptureReport {
                clock: clock.clone(),
                ..slot.state.report()
            })
            .collect()
    }

    /// Whether an input is of a format that may hold secrets beside packets.
    pub fn may_hold_secrets(&self) -> bool {
        self.reports()
            .iter()
            .any(|report| report.format == CaptureFormat::Pcapng)
    }

    /// The same of what was not read yet. The blocks of files are gone through for that.
    pub fn may_still_hold_secrets(&self) -> bool {
        let may_come = |slot: &Slot| match (&slot.state, &slot.input) {
            (State::Done(_), _) => false,
            (state, _) if state.report().format != CaptureFormat::Pcapng => false,
            (_, Input::Stdin) => true,
            (state, Input::File(path)) => secrets_may_come(path, state.progress().0),
        };
        self.slots.iter().any(may_come)
    }

    /// Whether an input is read while it is written.
    pub fn are_live(&self) -> bool {
        self.growing.is_some() || self.slots.iter().any(|slot| matches!(slot.input, Input::Stdin))
    }

    /// How far the inputs were read.
    pub fn progress(&self) -> Progress {
        self.slots.iter().fold(
            Progress {
                read: 0,
                total: Some(0),
            },
            |sum, slot| {
                let (read, total) = slot.state.progress();
                Progress {
                    read: sum.read + read,
                    total: sum.total.zip(total).map(|(sum, size)| sum + size),
                }
            },
        )
    }
}

impl State {
    fn report(&self) -> CaptureReport {
        match self {
            Self::Open(reader) => reader.report(),
            Self::Later(report) | Self::Done(report) => report.clone(),
        }
    }

    fn progress(&self) -> (u64, Option<u64>) {
        match self {
            Self::Open(reader) => reader.progress(),
            Self::Later(report) | Self::Done(report) => (report.bytes_read, report.bytes_total),
        }
    }
}

fn is_set(stop: Option<&Arc<AtomicBool>>) -> bool {
    stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
}

/// The report of an input that gives no more frames. One that may keep its reader waiting, of which the size is not known,
/// ends where it is to stop.
fn ended(mut report: CaptureReport, stop: Option<&Arc<AtomicBool>>) -> CaptureReport {
    if report.bytes_total.is_none() && is_set(stop) {
        report.problems.retain(|problem| !is_of_the_end(problem.kind));
        report.interrupt();
    }
    report
}

/// Whether a problem is that the octets ended too early.
const fn is_of_the_end(kind: ProblemKind) -> bool {
    match kind {
        ProblemKind::TruncatedFile | ProblemKind::DamagedCompression => true,
        ProblemKind::DamagedRecord
        | ProblemKind::UnknownInterface
        | ProblemKind::ReadError
        | ProblemKind::UnknownTime
        | ProblemKind::Interrupted => false,
    }
}

/// The report of a file that was looked at and closed again.
fn unread(report: CaptureReport) -> CaptureReport {
    CaptureReport {
        packets: 0,
        bytes: 0,
        first: None,
        last: None,
        problems: Vec::new(),
        bytes_read: 0,
        ..report
    }
}

/// What is added to the times of an input.
fn shift_of(clocks: &[Option<CaptureClock>], index: u32) -> ClockShift {
    let clock = clocks.get(index as usize).and_then(Option::as_ref);
    clock.map(|clock| clock.shift.clone()).unwrap_or_default()
}

/// The state of an input opened late; a failure is a problem of an input that was readable before.
fn opened(
    reader: Result<CaptureReader, CaptureError>,
    before: &CaptureReport,
    clock: ClockShift,
    items: &mut Vec<CaptureItem>,
) -> State {
    let mut reader = match reader {
        Ok(reader) => Box::new(reader),
        Err(error) => {
            return State::Done(CaptureReport {
                problems: vec![Problem {
                    kind: ProblemKind::ReadError,
                    frame: None,
                    detail: error.reason.to_string(),
                    count: 1,
                }],
                ..before.clone()
            });
        }
    };
    reader.set_clock(clock);
    let time = reader.advance();
    reader.take_items(items);
    match time {
        Some(_) => State::Open(reader),
        None => State::Done(reader.report()),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;
    use crate::{
        capture::{ItemContent, LinkType, PcapngWriter, SecretsType},
        model::{FrameNumber, FrameRef},
    };

    fn capture(times: &[i64]) -> Vec<u8> {
        let mut writer = PcapngWriter::new(Vec::new()).unwrap();
        for time in times {
            let frame = Frame {
                at: FrameRef {
                    capture: CaptureIndex(0),
                    frame: FrameNumber(0),
                    time: Timestamp::from_seconds(*time),
                },
                stamp: Timestamp::from_seconds(*time),
                interface: 0,
                link_type: LinkType::ETHERNET,
                data: &[0; 60],
                original_length: 60,
            };
            writer.write(&frame, None).unwrap();
        }
        writer.finish().unwrap()
    }

    /// Capture, number and second.
    type Seen = (u32, u64, i64);

    fn sequence(inputs: Vec<PathBuf>) -> (Vec<Seen>, Vec<CaptureReport>, Vec<CaptureError>) {
        let (mut captures, errors) = Captures::open(inputs.into_iter().map(Input::File));
        let mut seen = Vec::new();
        while let Some(frame) = captures.next() {
            seen.push((
                frame.at.capture.0,
                frame.at.frame.0,
                frame.at.time.nanoseconds() / Timestamp::SECOND,
            ));
        }
        (seen, captures.reports(), errors)
    }

    #[test]
    fn what_lies_between_packets_is_handed_on_once_and_before_what_follows_it() {
        let block = |kind: u32, body: &[u8]| {
            let length = (body.len() as u32 + 12).to_le_bytes();
            [&kind.to_le_bytes()[..], &length, body, &length].concat()
        };
        let secrets = block(10, b"KSLT\x05\0\0\0hello\0\0\0");
        let names = block(4, b"\x01\0\x0b\0\x0a\0\0\x01a.b\0c\0\0\0\0\0\0\0");
        let file = [capture(&[1, 2]), secrets, names, capture(&[3])].concat();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("items.pcapng");
        fs::write(&path, file).unwrap();
        let (mut captures, _) = Captures::open([Input::File(path)]);
        let mut seen = Vec::new();
        while captures.advance() {
            let frame = captures.frame().unwrap().at.frame;
            seen.extend(captures.items().iter().map(|item| (frame.0, item.clone())));
        }
        let item = |content| {
            let item = CaptureItem {
                capture: CaptureIndex(0),
                frame: Some(FrameNumber(2)),
                content,
            };
            (3, item)
        };
        let expected = [
            item(ItemContent::Secrets {
                kind: SecretsType::TLS_KEY_LOG,
                octets: b"hello".to_vec(),
            }),
            item(ItemContent::Names {
                address: "10.0.0.1".parse().unwrap(),
                names: vec!["a.b".into(), "c".into()],
            }),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn inputs_are_one_sequence_by_time_and_ties_go_by_their_order() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, times: &[i64]| {
            let path = directory.path().join(name);
            fs::write(&path, capture(times)).unwrap();
            path
        };
        let missing = directory.path().join("missing");
        let inputs = vec![
            file("late", &[20, 21]),
            missing,
            file("back", &[10, 30, 12, 20]),
            file("empty", &[]),
            file("early", &[1, 20]),
        ];
        let (seen, reports, errors) = sequence(inputs);
        assert_eq!(
            seen,
            [
                (3, 1, 1),
                (1, 1, 10),
                (0, 1, 20),
                (3, 2, 20),
                (0, 2, 21),
                (1, 2, 30),
                (1, 3, 12),
                (1, 4, 20)
            ]
        );
        assert_eq!(
            reports.iter().map(|report| report.packets).collect::<Vec<_>>(),
            [2, 4, 0, 2]
        );
        assert_eq!(errors.len(), 1);
        assert!(
            errors[0]
                .to_string()
                .ends_with("missing: No such file or directory"),
            "{}",
            errors[0]
        );
    }

    #[test]
    fn many_files_give_the_same_sequence_as_few() {
        let directory = tempfile::tempdir().unwrap();
        let count = 3 * OPEN_FROM_START as i64;
        let inputs: Vec<PathBuf> = (0..count)
            .map(|n| {
                let path = directory.path().join(format!("{n:03}"));
                let start = (n * 7) % count;
                fs::write(&path, capture(&[start, start + 1, start + 5])).unwrap();
                path
            })
            .collect();
        let (seen, reports, errors) = sequence(inputs);
        assert_eq!((seen.len(), errors.len()), (3 * count as usize, 0));
        assert!(seen.is_sorted_by_key(|(capture, _, time)| (*time, *capture)));
        assert!(
            reports
                .iter()
                .all(|report| report.packets == 3 && report.bytes_total == Some(report.bytes_read))
        );
    }

    #[test]
    fn files_that_all_overlap_need_no_descriptor_each() {
        let directory = tempfile::tempdir().unwrap();
        let count = DESCRIPTORS + 2;
        let inputs: Vec<PathBuf> = (0..count)
            .map(|n| {
                let path = directory.path().join(format!("{n:03}"));
                fs::write(&path, capture(&[0, 1, 2])).unwrap();
                path
            })
            .collect();
        let (mut captures, _) = Captures::open(inputs.iter().cloned().map(Input::File));
        assert_eq!(captures.descriptor, Descriptor::Borrowed);
        let mut seen = 0;
        while let Some(frame) = captures.next() {
            assert_eq!(frame.at.time, Timestamp::from_seconds((seen / count) as i64));
            seen += 1;
        }
        assert_eq!(seen, 3 * count);
    }

    #[test]
    fn compressed_files_are_read_as_what_is_in_them() {
        use std::io::Write;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("misleading.pcap");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&capture(&[1, 2, 3])).unwrap();
        let whole = encoder.finish().unwrap();
        fs::write(&path, &whole).unwrap();
        let (seen, reports, _) = sequence(vec![path.clone()]);
        assert_eq!((seen.len(), reports[0].format_name().as_str()), (3, "pcapng.gz"));

        fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        let (_, reports, _) = sequence(vec![path]);
        assert_eq!(reports[0].problems[0].kind, ProblemKind::TruncatedFile);
    }
}
