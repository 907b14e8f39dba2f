//! Writes frames to a pcapng file: what `slice` cuts out (draft-ietf-opsawg-pcapng).

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{Frame, LinkType, SecretsType};
use crate::model::CaptureIndex;

/// The original captures' interfaces are told apart by capture, link type and the resolution its times need.
type InterfaceKey = (CaptureIndex, LinkType, bool);

const COMMENT: u16 = 1;
const USER_APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const TIME_RESOLUTION: u16 = 9;
/// The longest option value; its length has 16 bits.
const OPTION_LIMIT: usize = 65_535;

/// Writes one section. Interfaces are described when their first frame comes.
pub struct PcapngWriter<W: Write> {
    output: W,
    interfaces: BTreeMap<InterfaceKey, u32>,
}

impl<W: Write> PcapngWriter<W> {
    /// Begins a file with its section header.
    pub fn new(mut output: W) -> io::Result<Self> {
        let mut body = Vec::new();
        body.extend(0x1a2b_3c4d_u32.to_le_bytes());
        body.extend(1_u16.to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        body.extend((-1_i64).to_le_bytes());
        let application = concat!("mmsmate ", env!("CARGO_PKG_VERSION"));
        option(&mut body, USER_APPLICATION, application.as_bytes());
        end_options(&mut body);
        block(&mut output, 0x0a0d_0d0a, &body)?;
        Ok(Self {
            output,
            interfaces: BTreeMap::new(),
        })
    }

    /// Writes secrets that open what is in the frames to come (section 4.7).
    pub fn write_secrets(&mut self, kind: SecretsType, octets: &[u8]) -> io::Result<()> {
        let length = u32::try_from(octets.len()).map_err(io::Error::other)?;
        let mut body = Vec::with_capacity(octets.len() + 16);
        body.extend(kind.0.to_le_bytes());
        body.extend(length.to_le_bytes());
        body.extend(octets);
        pad(&mut body);
        block(&mut self.output, 10, &body)
    }

    /// Writes a frame with its time, its original length and what there is to say about it.
    pub fn write(&mut self, frame: &Frame<'_>, comment: Option<&str>) -> io::Result<()> {
        // The format counts from 1970; a clock before that is written as 1970.
        let nanoseconds = u64::try_from(frame.at.time.nanoseconds()).unwrap_or(0);
        let fine = nanoseconds % 1_000 != 0;
        let interface = self.interface((frame.at.capture, frame.link_type, fine))?;
        let ticks = if fine { nanoseconds } else { nanoseconds / 1_000 };
        let captured = u32::try_from(frame.data.len()).map_err(io::Error::other)?;
        let mut body = Vec::with_capacity(frame.data.len() + 64);
        body.extend(interface.to_le_bytes());
        body.extend(((ticks >> 32) as u32).to_le_bytes());
        body.extend((ticks as u32).to_le_bytes());
        body.extend(captured.to_le_bytes());
        body.extend(frame.original_length.to_le_bytes());
        body.extend(frame.data);
        pad(&mut body);
        if let Some(comment) = comment {
            option(&mut body, COMMENT, comment.as_bytes());
            end_options(&mut body);
        }
        block(&mut self.output, 6, &body)
    }

    /// Hands the output back, flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }

    fn interface(&mut self, key: InterfaceKey) -> io::Result<u32> {
        if let Some(known) = self.interfaces.get(&key) {
            return Ok(*known);
        }
        let (capture, link_type, fine) = key;
        let mut body = Vec::new();
        body.extend(link_type.0.to_le_bytes());
        body.extend([0; 2]);
        body.extend(0_u32.to_le_bytes());
        option(
            &mut body,
            INTERFACE_NAME,
            format!("capture {}", capture.0).as_bytes(),
        );
        option(&mut body, TIME_RESOLUTION, &[if fine { 9 } else { 6 }]);
        end_options(&mut body);
        block(&mut self.output, 1, &body)?;
        let id = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.interfaces.insert(key, id);
        Ok(id)
    }
}

/// Writes a pcap file with nanoseconds (draft-ietf-opsawg-pcap). It has one link type.
pub struct PcapWriter<W: Write> {
    output: W,
    link_type: Option<LinkType>,
}

impl<W: Write> PcapWriter<W> {
    /// Begins a file; its header comes with the first frame.
    pub const fn new(output: W) -> Self {
        Self {
            output,
            link_type: None,
        }
    }

    /// Writes a frame with its time and its original length.
    ///
    /// # Errors
    /// Those of the output, and where the frame has another link type than those before it.
    pub fn write(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        match self.link_type {
            None => self.begin(frame.link_type)?,
            Some(link_type) if link_type == frame.link_type => {}
            Some(_) => {
                return Err(io::Error::other(
                    "the frames have several link types, which pcap has no room for; name a .pcapng file",
                ));
            }
        }
        let nanoseconds = u64::try_from(frame.at.time.nanoseconds()).unwrap_or(0);
        // The format counts seconds in 32 bits, until 2106.
        let seconds = u32::try_from(nanoseconds / 1_000_000_000).unwrap_or(u32::MAX);
        let captured = u32::try_from(frame.data.len()).map_err(io::Error::other)?;
        for number in [
            seconds,
            (nanoseconds % 1_000_000_000) as u32,
            captured,
            frame.original_length,
        ] {
            self.output.write_all(&number.to_le_bytes())?;
        }
        self.output.write_all(frame.data)
    }

    /// Flushes the output.
    pub fn finish(mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn begin(&mut self, link_type: LinkType) -> io::Result<()> {
        const MAGIC: u32 = 0xa1b2_3c4d;
        const SNAP_LENGTH: u32 = 262_144;
        self.link_type = Some(link_type);
        self.output.write_all(&MAGIC.to_le_bytes())?;
        self.output.write_all(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
        self.output.write_all(&SNAP_LENGTH.to_le_bytes())?;
        self.output.write_all(&u32::from(link_type.0).to_le_bytes())
    }
}

fn block(output: &mut impl Write, kind: u32, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len() + 12).map_err(io::Error::other)?;
    output.write_all(&kind.to_le_bytes())?;
    output.write_all(&length.to_le_bytes())?;
    output.write_all(body)?;
    output.write_all(&length.to_le_bytes())
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = value.get(..OPTION_LIMIT).unwrap_or(value);
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend(value);
    pad(body);
}

fn end_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        capture::reader::testing::{problems, read},
        model::{FrameNumber, FrameRef, Timestamp},
    };

    #[test]
    fn what_is_written_is_read_back() {
        let frame = |capture, time, link_type, data| Frame {
            at: FrameRef {
                capture: CaptureIndex(capture),
                frame: FrameNumber(99),
                time: Timestamp::from_nanoseconds(time),
            },
            stamp: Timestamp::default(),
            interface: 0,
            link_type: LinkType(link_type),
            data,
            original_length: 1_000,
        };
        let frames = [
            frame(0, 1_795_169_600_123_456_000, 1, &b"one"[..]),
            frame(1, 1_795_169_600_123_456_789, 113, b"four"),
            frame(0, 1_795_169_600_123_456_789, 1, b"a ns frame"),
            frame(0, -5, 1, b""),
        ];
        let mut writer = PcapngWriter::new(Vec::new()).unwrap();
        for frame in &frames {
            writer.write(frame, Some("message 1: submission")).unwrap();
        }
        let (seen, report) = read(&writer.finish().unwrap()).unwrap();
        let expected: Vec<_> = frames
            .iter()
            .zip(1..)
            .map(|(frame, number)| {
                let time = frame.at.time.nanoseconds().max(0);
                (
                    number,
                    time,
                    frame.link_type.0,
                    frame.data.to_vec(),
                    frame.original_length,
                )
            })
            .collect();
        assert_eq!((seen, problems(&report)), (expected, vec![]));
    }

    #[test]
    fn a_comment_beyond_the_formats_limit_is_cut() {
        let mut writer = PcapngWriter::new(Vec::new()).unwrap();
        let frame = Frame {
            at: FrameRef::default(),
            stamp: Timestamp::default(),
            interface: 0,
            link_type: LinkType::ETHERNET,
            data: &[1, 2, 3],
            original_length: 3,
        };
        writer.write(&frame, Some(&"x".repeat(100_000))).unwrap();
        let (seen, report) = read(&writer.finish().unwrap()).unwrap();
        assert_eq!((seen.len(), problems(&report)), (1, vec![]));
    }
}
