//! Compressed captures: recognised by their first octets, never by name, and undone as a stream
//! (gzip RFC 1952 with several members, Zstandard RFC 8878, LZ4 frame format).

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::{
    BlockDecodingStrategy, FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};

/// What a capture is compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// LZ4 frames.
    Lz4,
}

/// Compressed octets read at a time: large enough to make system calls rare.
const INPUT_BUFFER: usize = 256 * 1024;

impl Compression {
    /// The compression whose magic a file begins with.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        match first {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            _ => None,
        }
    }

    /// What is appended to the format's name.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
            Self::Lz4 => ".lz4",
        }
    }

    /// The decompressed octets of `source`.
    pub(super) fn decoder(self, source: impl Read + Send + 'static) -> Box<dyn Read + Send> {
        let source = BufReader::with_capacity(INPUT_BUFFER, source);
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(source)),
            Self::Zstd => Box::new(ZstdFrames::new(source)),
            Self::Lz4 => Box::new(Lz4Frames(lz4_flex::frame::FrameDecoder::new(source))),
        }
    }
}

/// All frames of a Zstandard stream, skippable ones passed over (RFC 8878 3.1). The decoder refuses windows
/// above 128 MiB, which bounds its memory.
struct ZstdFrames<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> ZstdFrames<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            in_frame: false,
        }
    }

    /// Begins the next frame; false at the end of the stream.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => skip(&mut self.source, u64::from(length))?,
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// The decoder names no error for a stream that ends early: at the end of the source it is that one.
    fn cut_or_damaged(&mut self, error: FrameDecoderError) -> io::Error {
        match self.source.fill_buf() {
            Ok([]) => io::Error::new(io::ErrorKind::UnexpectedEof, "incomplete Zstandard frame"),
            _ => io::Error::other(error),
        }
    }
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame && !self.next_frame()? {
                return Ok(0);
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(into);
            }
            if self.decoder.is_finished() {
                self.in_frame = false;
                continue;
            }
            let decoded = self
                .decoder
                .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1));
            if let Err(error) = decoded {
                return Err(self.cut_or_damaged(error));
            }
        }
    }
}

/// All frames of an LZ4 stream; the decoder itself stops after each.
struct Lz4Frames<R: BufRead>(lz4_flex::frame::FrameDecoder<R>);

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.0.read(into)?;
            if count > 0 || into.is_empty() || self.0.get_mut().fill_buf()?.is_empty() {
                return Ok(count);
            }
        }
    }
}

fn skip(source: &mut impl Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut source.take(count), &mut io::sink())?;
    if skipped == count {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(octets: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(octets).unwrap();
        encoder.finish().unwrap()
    }

    fn lz4(octets: &[u8]) -> Vec<u8> {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(octets).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(octets: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(octets, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn undone(compressed: Vec<u8>) -> io::Result<Vec<u8>> {
        let kind = Compression::of(&compressed).unwrap();
        let mut octets = Vec::new();
        kind.decoder(io::Cursor::new(compressed))
            .read_to_end(&mut octets)?;
        Ok(octets)
    }

    #[test]
    fn several_members_and_frames_are_one_stream() {
        let skippable = [0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        assert_eq!(
            undone([gzip(b"one "), gzip(b"two")].concat()).unwrap(),
            b"one two"
        );
        assert_eq!(undone([lz4(b"one "), lz4(b"two")].concat()).unwrap(), b"one two");
        assert_eq!(
            undone([&skippable[..], &zstd(b"one "), &skippable, &zstd(b"two")].concat()).unwrap(),
            b"one two"
        );
    }

    #[test]
    fn a_cut_stream_yields_what_came_before_the_cut_and_then_an_error() {
        let octets: Vec<u8> = (0..200_000u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
            .collect();
        for compress in [gzip, zstd] {
            let mut compressed = compress(&octets);
            compressed.truncate(compressed.len() - 1000);
            let kind = Compression::of(&compressed).unwrap();
            let mut read = Vec::new();
            let result = kind.decoder(io::Cursor::new(compressed)).read_to_end(&mut read);
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
            assert!(read.len() > octets.len() / 2 && octets.starts_with(&read));
        }
    }

    #[test]
    fn the_content_decides() {
        assert_eq!(Compression::of(b"\xd4\xc3\xb2\xa1"), None);
        assert_eq!(Compression::of(b""), None);
    }
}
