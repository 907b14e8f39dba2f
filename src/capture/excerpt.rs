//! Parts of a file that are read without the rest of it: its beginning, its end, and from any place or time in it.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom},
    path::PathBuf,
};

use super::{Frame, Input, reader::CaptureReader, source::Descriptor};
use crate::model::{CaptureIndex, Timestamp};

/// Octets in memory at a time.
const BUFFER: usize = 128 * 1024;
/// Octets before the end in which the last packets are looked for, and where they are not found there.
const TAILS: [u64; 2] = [64 * 1024, 1024 * 1024];
/// Octets from which on a search for a time goes packet by packet.
const NEAR: u64 = 256 * 1024;
/// Packets that such a search passes at most: what [`NEAR`] holds.
const NEAR_PACKETS: usize = 8192;

/// A file of which parts are read. Frame numbers count from where reading went on, but for those of its beginning.
pub struct Excerpt {
    reader: CaptureReader,
    path: PathBuf,
    size: u64,
    /// A packet that was read on the way and is the next one.
    waiting: bool,
}

impl Excerpt {
    /// A file from its beginning. None of what is no file, such as a pipe, which could not be read again, and of what is no
    /// capture.
    pub fn open(input: &Input, index: CaptureIndex) -> Option<Self> {
        let Input::File(path) = input else { return None };
        // Opening a pipe would take what is in it.
        let about = std::fs::metadata(path).ok()?;
        if !about.is_file() {
            return None;
        }
        let mut reader = CaptureReader::open(input, index, BUFFER, Descriptor::Held, None).ok()?;
        // What a file says of its interfaces stands before the first packet, and is needed wherever reading goes on.
        let waiting = reader.advance().is_some();
        Some(Self {
            reader,
            path: path.clone(),
            size: about.len(),
            waiting,
        })
    }

    /// Octets of the file.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Whether reading can go on at another place: not in what is compressed.
    pub const fn can_seek(&self) -> bool {
        !self.reader.is_compressed()
    }

    /// The time of the first packet, of a file of which nothing else was read yet.
    pub fn first_time(&self) -> Option<Timestamp> {
        self.waiting.then(|| self.reader.frame().stamp)
    }

    /// The next packet.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.advance()?;
        Some(self.reader.frame())
    }

    fn advance(&mut self) -> Option<Timestamp> {
        match std::mem::take(&mut self.waiting) {
            true => Some(self.reader.frame().stamp),
            false => self.reader.advance(),
        }
    }

    /// Goes on with the first packet at this octet of the file or behind it; its time. None where there is none.
    pub fn seek(&mut self, offset: u64) -> Option<Timestamp> {
        self.waiting = false;
        if !self.can_seek() || !self.jump(offset).unwrap_or(false) {
            return None;
        }
        let time = self.reader.advance();
        self.waiting = time.is_some();
        time
    }

    fn jump(&mut self, offset: u64) -> io::Result<bool> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(self.reader.jump(Box::new(file), BUFFER))
    }

    /// Goes on so many octets before the packets of a time. Whether there are any.
    pub fn seek_before(&mut self, time: Timestamp, octets: u64) -> bool {
        let near = self.near(time);
        self.seek(near.saturating_sub(octets)).is_some()
    }

    /// A place of the file before which packets are earlier than a time, and [`NEAR`] behind which they are not.
    fn near(&mut self, time: Timestamp) -> u64 {
        let (mut before, mut behind) = (0, self.size);
        while behind - before > NEAR {
            let middle = before + (behind - before) / 2;
            match self.seek(middle) {
                Some(found) if found < time => before = middle,
                _ => behind = middle,
            }
        }
        before
    }

    /// Goes on with a packet near a time: the first of the place whose packets are not earlier. Whether there is one.
    pub fn seek_time(&mut self, time: Timestamp) -> bool {
        let near = self.near(time);
        if self.seek(near).is_none() {
            return false;
        }
        for _ in 0..NEAR_PACKETS {
            match self.advance() {
                Some(found) if found < time => {}
                Some(_) => break,
                None => return false,
            }
        }
        self.waiting = true;
        true
    }

    /// The latest time of the packets at its end.
    pub fn last_time(&mut self) -> Option<Timestamp> {
        TAILS.iter().find_map(|tail| {
            let mut last = self.seek(self.size.saturating_sub(*tail))?;
            while let Some(time) = self.advance() {
                last = last.max(time);
            }
            Some(last)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::capture::{LinkType, PcapWriter, PcapngWriter};
    use crate::model::{FrameNumber, FrameRef};

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + seconds)
    }

    /// Packets a second apart, of which each holds its number again and again.
    fn frames(count: i64, mut write: impl FnMut(&Frame<'_>)) {
        for n in 0..count {
            let data: Vec<u8> = n.to_be_bytes().repeat(40 + n as usize % 100);
            write(&Frame {
                at: FrameRef {
                    capture: CaptureIndex(0),
                    frame: FrameNumber(0),
                    time: second(n),
                },
                stamp: second(n),
                interface: 0,
                link_type: LinkType::ETHERNET,
                data: &data,
                original_length: data.len() as u32,
            });
        }
    }

    fn files(count: i64) -> (tempfile::TempDir, [Input; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.pcap", "a.pcapng"].map(|name| folder.path().join(name));
        let mut classic = PcapWriter::new(File::create(&paths[0]).unwrap());
        frames(count, |frame| {
            classic.write(frame).unwrap();
        });
        classic.finish().unwrap();
        let mut blocks = PcapngWriter::new(Vec::new()).unwrap();
        frames(count, |frame| blocks.write(frame, None).unwrap());
        fs::write(&paths[1], blocks.finish().unwrap()).unwrap();
        (folder, paths.map(Input::File))
    }

    #[test]
    fn a_file_is_read_from_any_time_and_its_end_is_known() {
        const COUNT: i64 = 5000;
        let (_folder, inputs) = files(COUNT);
        for input in inputs {
            let mut excerpt = Excerpt::open(&input, CaptureIndex(0)).unwrap();
            assert_eq!(excerpt.next_frame().unwrap().stamp, second(0));
            assert_eq!(excerpt.last_time(), Some(second(COUNT - 1)), "{input}");
            for wanted in [0, 1, 17, COUNT / 2, COUNT - 1] {
                assert!(excerpt.seek_time(second(wanted)));
                let frame = excerpt.next_frame().unwrap();
                assert_eq!(frame.stamp, second(wanted), "{input}");
                assert_eq!(frame.data.first_chunk(), Some(&wanted.to_be_bytes()), "{input}");
            }
            assert!(!excerpt.seek_time(second(COUNT)));
            assert!(excerpt.seek_time(second(-5)));
            assert_eq!(excerpt.next_frame().unwrap().stamp, second(0));
        }
    }

    #[test]
    fn what_is_no_file_is_not_touched() {
        assert!(Excerpt::open(&Input::Stdin, CaptureIndex(0)).is_none());
        let folder = tempfile::tempdir().unwrap();
        assert!(Excerpt::open(&Input::File(folder.path().to_owned()), CaptureIndex(0)).is_none());
    }
}
