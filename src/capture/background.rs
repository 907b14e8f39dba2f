//! Reads a slow source on a thread of its own, a few buffers ahead. The octets are the same as without it. Whoever reads
//! can be asked to stop while the source has nothing to give.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Duration,
};

/// Octets handed over at a time.
const CHUNK: usize = 256 * 1024;
/// Chunks in flight: enough that neither side waits for the other's short pauses; bounds memory to 1 MiB.
const CHUNKS: usize = 4;

/// How often a reader that waits for octets looks whether it is to stop.
const STOP_INTERVAL: Duration = Duration::from_millis(50);

enum Handover {
    Octets { chunk: Vec<u8>, length: usize },
    Failed(io::Error),
    End,
}

/// A reader whose source runs ahead on another thread.
pub(super) struct BackgroundReader {
    filled: Receiver<Handover>,
    empty: SyncSender<Vec<u8>>,
    chunk: Vec<u8>,
    position: usize,
    length: usize,
    ended: bool,
    patience: Patience,
}

/// What a reader does while the source has nothing to give.
#[derive(Clone, Debug)]
pub(super) enum Patience {
    /// It waits.
    Endless,
    /// It waits until this is true, and ends then.
    Until(Arc<AtomicBool>),
    /// It says `WouldBlock`.
    None,
}

impl BackgroundReader {
    /// Starts the thread. It ends with the source, or when this reader is dropped.
    pub(super) fn start(source: Box<dyn Read + Send>, patience: Patience) -> io::Result<Self> {
        let (send_filled, filled) = mpsc::sync_channel(CHUNKS);
        let (empty, receive_empty) = mpsc::sync_channel(CHUNKS);
        for _ in 0..CHUNKS {
            let _ = empty.try_send(vec![0; CHUNK]);
        }
        thread::Builder::new()
            .name("read ahead".into())
            .spawn(move || run(source, &receive_empty, &send_filled))?;
        Ok(Self {
            filled,
            empty,
            chunk: Vec::new(),
            position: 0,
            length: 0,
            ended: false,
            patience,
        })
    }

    /// What the source gives next; the end where it is to stop.
    fn wait(&self) -> Result<Handover, RecvTimeoutError> {
        let stop = match &self.patience {
            Patience::Endless => return self.filled.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Patience::None => return self.filled.recv_timeout(Duration::ZERO),
            Patience::Until(stop) => stop,
        };
        while !stop.load(Ordering::Relaxed) {
            match self.filled.recv_timeout(STOP_INTERVAL) {
                Err(RecvTimeoutError::Timeout) => {}
                received => return received,
            }
        }
        Ok(Handover::End)
    }

    /// Waits for the next chunk; false at the end.
    fn next_chunk(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        match self.wait() {
            Ok(Handover::Octets { chunk, length }) => {
                let read = std::mem::replace(&mut self.chunk, chunk);
                self.position = 0;
                self.length = length;
                if !read.is_empty() {
                    // A full channel is impossible, a closed one means that the source is at its end.
                    let _ = self.empty.try_send(read);
                }
                return Ok(true);
            }
            Ok(Handover::Failed(error)) => {
                self.ended = true;
                return Err(error);
            }
            Ok(Handover::End) => self.ended = true,
            Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::WouldBlock.into()),
            Err(RecvTimeoutError::Disconnected) => {
                self.ended = true;
                return Err(io::Error::other("reading ahead gave up"));
            }
        }
        Ok(false)
    }
}

impl Read for BackgroundReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.position == self.length && !self.next_chunk()? {
            return Ok(0);
        }
        let mut ready = self.chunk.get(self.position..self.length).unwrap_or_default();
        let count = ready.read(into)?;
        self.position += count;
        Ok(count)
    }
}

fn run(mut source: Box<dyn Read + Send>, empty: &Receiver<Vec<u8>>, filled: &SyncSender<Handover>) {
    while let Ok(mut chunk) = empty.recv() {
        let message = match read_uninterrupted(&mut source, &mut chunk) {
            Ok(0) => Handover::End,
            Ok(length) => Handover::Octets { chunk, length },
            Err(error) => Handover::Failed(error),
        };
        let more = matches!(message, Handover::Octets { .. });
        if filled.send(message).is_err() || !more {
            return;
        }
    }
}

fn read_uninterrupted(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_octets_are_the_same_and_the_error_comes_after_them() {
        struct ThenFails(io::Cursor<Vec<u8>>);
        impl Read for ThenFails {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                match self.0.read(into)? {
                    0 => Err(io::Error::other("broken")),
                    count => Ok(count),
                }
            }
        }
        let octets: Vec<u8> = (0..3 * CHUNK + 17).map(|n| (n % 251) as u8).collect();
        let source = Box::new(ThenFails(io::Cursor::new(octets.clone())));
        let mut reader = BackgroundReader::start(source, Patience::Endless).unwrap();
        let mut read = Vec::new();
        let error = reader.read_to_end(&mut read).unwrap_err();
        assert_eq!((read == octets, error.to_string().as_str()), (true, "broken"));
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn may_be_dropped_while_the_source_still_has_octets() {
        let mut reader = BackgroundReader::start(Box::new(io::repeat(1)), Patience::Endless).unwrap();
        reader.read_exact(&mut [0; 10]).unwrap();
    }

    #[test]
    fn says_so_where_the_source_has_nothing_to_give_yet() {
        use io::Write;
        let (source, mut sink) = io::pipe().unwrap();
        let mut reader = BackgroundReader::start(Box::new(source), Patience::None).unwrap();
        assert_eq!(
            reader.read(&mut [0; 8]).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
        sink.write_all(b"abc").unwrap();
        drop(sink);
        let mut read = Vec::new();
        while let Err(error) = reader.read_to_end(&mut read) {
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        }
        assert_eq!(read, b"abc");
    }

    #[test]
    fn stops_while_the_source_has_nothing_to_give() {
        let (source, _held_open) = io::pipe().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let patience = Patience::Until(Arc::clone(&stop));
        let mut reader = BackgroundReader::start(Box::new(source), patience).unwrap();
        let stopping = thread::spawn(move || stop.store(true, Ordering::Relaxed));
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
        stopping.join().unwrap();
    }
}
