//! Captures made by hand: what the ends of TCP connections say to each other, in the order in which it is said.

use std::path::{Path, PathBuf};

use etherparse::PacketBuilder;

/// A frame a millisecond, from here on.
const FIRST_SECOND: u32 = 1_764_000_000;

/// A capture to be.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    frames: Vec<(u64, Vec<u8>)>,
    milliseconds: u64,
    connections: u16,
    /// The sizes of segments, one after the other; 1400 octets where none are given.
    sizes: Vec<usize>,
    segments: usize,
}

/// Who speaks to whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) client: [u8; 4],
    pub(crate) server: [u8; 4],
    pub(crate) port: u16,
}

/// What is said on a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said<'a> {
    Client(&'a str),
    Server(&'a str),
    /// The client closes the connection, then the server.
    Close,
}

/// Octets before those of a segment: Ethernet, IPv4 and TCP. In the last two, from the addresses to the ports.
const HEADERS: usize = 54;
const ENDS: std::ops::Range<usize> = 26..38;

impl Conversation {
    /// One whose segments have these sizes, one after the other and over again.
    pub(crate) fn in_segments(sizes: Vec<usize>) -> Self {
        Self {
            sizes,
            ..Self::default()
        }
    }

    /// How many frames it has.
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Lets a frame be captured behind the next one, where both carry octets of one direction.
    pub(crate) fn swap(&mut self, place: usize) {
        let [(_, one), (_, other), ..] = &mut self.frames[place..] else {
            return;
        };
        if one.len() > HEADERS && other.len() > HEADERS && one[ENDS] == other[ENDS] {
            std::mem::swap(one, other);
        }
    }

    /// Leaves a frame out that carries octets.
    pub(crate) fn lose(&mut self, place: usize) {
        if self.frames[place].1.len() > HEADERS {
            self.frames.remove(place);
        }
    }

    /// Lets seconds pass.
    pub(crate) fn wait(&mut self, seconds: u64) -> &mut Self {
        self.milliseconds += 1000 * seconds;
        self
    }

    /// A connection from its beginning.
    pub(crate) fn talk(&mut self, ends: Ends, said: &[Said<'_>]) -> &mut Self {
        let port = 40_000 + self.connections;
        self.connections += 1;
        let mut connection = Connection {
            ends,
            client_port: port,
            next: [1000, 5000],
        };
        for (client, flags) in [(true, "s"), (false, "sa"), (true, "a")] {
            self.push(connection.segment(client, flags, b""));
        }
        for one in said {
            match one {
                Said::Client(text) => self.pieces(&mut connection, true, text.as_bytes()),
                Said::Server(text) => self.pieces(&mut connection, false, text.as_bytes()),
                Said::Close => {
                    for (client, flags) in [(true, "fa"), (false, "fa"), (true, "a")] {
                        self.push(connection.segment(client, flags, b""));
                    }
                }
            }
        }
        self
    }

    fn pieces(&mut self, connection: &mut Connection, client: bool, octets: &[u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            let size = match self.sizes.as_slice() {
                [] => 1400,
                sizes => sizes[self.segments % sizes.len()],
            };
            self.segments += 1;
            let (piece, behind) = rest.split_at(size.min(rest.len()));
            let segment = connection.segment(client, "a", piece);
            self.push(segment);
            rest = behind;
        }
    }

    fn push(&mut self, frame: Vec<u8>) {
        self.frames.push((self.milliseconds, frame));
        self.milliseconds += 1;
    }

    /// Writes it as a pcap file, of each frame so many octets at most.
    pub(crate) fn write(&self, path: &Path, snap_length: usize) -> PathBuf {
        let mut file = Vec::new();
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
            file.extend(word.to_le_bytes());
        }
        for (milliseconds, frame) in &self.frames {
            let captured = &frame[..frame.len().min(snap_length)];
            let second = FIRST_SECOND + u32::try_from(milliseconds / 1000).unwrap();
            let microsecond = u32::try_from(milliseconds % 1000 * 1000).unwrap();
            let lengths = [captured.len(), frame.len()].map(|length| u32::try_from(length).unwrap());
            for word in [second, microsecond].into_iter().chain(lengths) {
                file.extend(word.to_le_bytes());
            }
            file.extend(captured);
        }
        std::fs::write(path, file).unwrap();
        path.to_owned()
    }
}

/// A TCP connection.
struct Connection {
    ends: Ends,
    client_port: u16,
    /// The next sequence number of the client and of the server.
    next: [u32; 2],
}

impl Connection {
    fn segment(&mut self, client: bool, flags: &str, payload: &[u8]) -> Vec<u8> {
        let Ends {
            client: from,
            server: to,
            port,
        } = self.ends;
        let (from, to, from_port, to_port, own, other) = match client {
            true => (from, to, self.client_port, port, 0, 1),
            false => (to, from, port, self.client_port, 1, 0),
        };
        let mut step = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(from, to, 64).tcp(
            from_port,
            to_port,
            self.next[own],
            65000,
        );
        for flag in flags.chars() {
            step = match flag {
                's' => step.syn(),
                'f' => step.fin(),
                _ => step.ack(self.next[other]),
            };
        }
        let counted = u32::from(flags.contains(['s', 'f']));
        self.next[own] += counted + u32::try_from(payload.len()).unwrap();
        let mut frame = Vec::new();
        step.write(&mut frame, payload).unwrap();
        frame
    }
}
