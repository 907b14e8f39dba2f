//! Captures for the benches, made here: background traffic as on a mobile network's Gi interface, and messages
//! over HTTP. The same call gives the same octets on every machine.
#![expect(dead_code, reason = "each bench uses its own part of it")]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot run must stop"
)]

pub(crate) mod clock;
mod message;
pub(crate) mod operator;
pub(crate) mod stages;

use std::io::Write as _;

use etherparse::PacketBuilder;

/// Octets of a segment's payload, at most.
const SEGMENT: usize = 1400;

/// Numbers that look random and are the same in every run (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// One TCP connection under construction.
pub(crate) struct Connection {
    client: ([u8; 4], u16),
    server: ([u8; 4], u16),
    /// Next sequence numbers, the client's first.
    next: [u32; 2],
}

/// A classic pcap file under construction.
pub(crate) struct Traffic {
    octets: Vec<u8>,
    /// Where the records begin, for a capture in another order.
    records: Vec<usize>,
    microseconds: u64,
    connections: u64,
    datagrams: u64,
    identification: u16,
    numbers: Numbers,
}

impl Default for Traffic {
    fn default() -> Self {
        let mut octets = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
        octets.extend_from_slice(&[0; 8]);
        octets.extend_from_slice(&65_535_u32.to_le_bytes());
        octets.extend_from_slice(&1_u32.to_le_bytes());
        Self {
            octets,
            records: Vec::new(),
            microseconds: 1_795_169_600_000_000,
            connections: 0,
            datagrams: 0,
            identification: 0,
            numbers: Numbers(0x2545_f491_4f6c_dd1d),
        }
    }
}

impl Traffic {
    /// The file.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The file as one of this process's own, gone with what is returned.
    pub(crate) fn file(&self) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(&self.octets).expect("room for the capture");
        file
    }

    /// How many frames it holds.
    pub(crate) fn frames(&self) -> usize {
        self.records.len()
    }

    fn record(&mut self, frame: &[u8]) {
        self.records.push(self.octets.len());
        self.microseconds += 20;
        let length = frame.len() as u32;
        let seconds = (self.microseconds / 1_000_000) as u32;
        let fraction = (self.microseconds % 1_000_000) as u32;
        for number in [seconds, fraction, length, length] {
            self.octets.extend_from_slice(&number.to_le_bytes());
        }
        self.octets.extend_from_slice(frame);
    }

    /// A new connection from a client of its own; nothing of it is in the file yet.
    pub(crate) fn connection(&mut self, server_port: u16) -> Connection {
        self.connections += 1;
        let [.., a, b, c] = (self.connections / 50_000).to_be_bytes();
        Connection {
            client: ([10, a, b, c], 10_000 + (self.connections % 50_000) as u16),
            server: ([192, 0, 2, (self.connections % 200) as u8], server_port),
            next: [self.numbers.next() as u32, self.numbers.next() as u32],
        }
    }

    /// One segment. `from` is 0 for the client.
    fn segment(&mut self, connection: &mut Connection, from: usize, flags: &str, payload: &[u8]) {
        let ends = [connection.client, connection.server];
        let (source, destination) = (ends[from], ends[1 - from]);
        self.identification = self.identification.wrapping_add(1);
        let mut ip = etherparse::Ipv4Header::new(0, 64, etherparse::IpNumber::TCP, source.0, destination.0)
            .expect("an empty payload fits");
        ip.identification = self.identification;
        let mut builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
            .ip(etherparse::IpHeaders::Ipv4(ip, Default::default()))
            .tcp(source.1, destination.1, connection.next[from], 64_000);
        let syn = flags.contains('S');
        if syn {
            builder = builder.syn();
        }
        if flags.contains('F') {
            builder = builder.fin();
        }
        if flags.contains('A') {
            builder = builder.ack(connection.next[1 - from]);
        }
        let mut frame = Vec::with_capacity(builder.size(payload.len()));
        builder.write(&mut frame, payload).expect("a segment that fits");
        self.record(&frame);
        let used = payload.len() as u32 + u32::from(syn) + u32::from(flags.contains('F'));
        connection.next[from] = connection.next[from].wrapping_add(used);
    }

    /// The three segments that open a connection.
    pub(crate) fn open(&mut self, connection: &mut Connection) {
        self.segment(connection, 0, "S", b"");
        self.segment(connection, 1, "SA", b"");
        self.segment(connection, 0, "A", b"");
    }

    /// Octets of one side, in as many segments as they need, each second one acknowledged.
    pub(crate) fn send(&mut self, connection: &mut Connection, from: usize, octets: &[u8]) {
        for (number, payload) in octets.chunks(SEGMENT).enumerate() {
            self.segment(connection, from, "A", payload);
            if number % 2 == 1 {
                self.segment(connection, 1 - from, "A", b"");
            }
        }
    }

    /// The end of a connection by both sides.
    pub(crate) fn close(&mut self, connection: &mut Connection) {
        self.segment(connection, 0, "FA", b"");
        self.segment(connection, 1, "FA", b"");
        self.segment(connection, 0, "A", b"");
    }

    /// A connection that is none of ours: what looks like TLS, `octets` of it.
    pub(crate) fn background(&mut self, octets: usize) {
        let mut connection = self.connection(443);
        self.open(&mut connection);
        let mut hello = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
        hello.extend((0..506).map(|_| self.numbers.next() as u8));
        self.send(&mut connection, 0, &hello);
        let mut data = vec![0x17, 3, 3, 0x40, 0];
        data.extend((0..octets).map(|place| (place * 31 + place / 251) as u8));
        self.send(&mut connection, 1, &data);
        self.close(&mut connection);
    }

    /// A web page: HTTP that carries no message.
    pub(crate) fn web(&mut self, octets: usize) {
        let mut connection = self.connection(80);
        self.open(&mut connection);
        let target = self.numbers.next();
        let request = format!("GET /{target:x} HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n");
        self.send(&mut connection, 0, request.as_bytes());
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {octets}\r\n\r\n")
                .into_bytes();
        answer.extend((0..octets).map(|place| b'a' + (place % 26) as u8));
        self.send(&mut connection, 1, &answer);
        self.close(&mut connection);
    }

    /// A question to a name server and its answer.
    pub(crate) fn lookup(&mut self) {
        self.datagrams += 1;
        let client = (
            [10, 200, 1, (self.datagrams % 250) as u8],
            20_000 + (self.datagrams % 40_000) as u16,
        );
        let server = ([192, 0, 2, 53], 53);
        let id = (self.datagrams as u16).to_be_bytes();
        for (from, to, flags) in [(client, server, 1), (server, client, 0x81)] {
            let mut payload = vec![id[0], id[1], flags, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            payload.extend_from_slice(b"\x03www\x07example\x03com\0\0\x01\0\x01");
            let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
                .ipv4(from.0, to.0, 64)
                .udp(from.1, to.1);
            let mut frame = Vec::with_capacity(builder.size(payload.len()));
            builder.write(&mut frame, &payload).expect("a datagram that fits");
            self.record(&frame);
        }
    }

    /// A capture of which the larger part is not ours: for each message with a photo of `photo` octets some
    /// `background` octets of other traffic.
    pub(crate) fn mixed(messages: usize, photo: usize, background: usize) -> Self {
        let mut traffic = Self::default();
        for number in 0..messages {
            traffic.message(number, photo);
            let mut left = background;
            while left > 0 {
                let share = (traffic.numbers.below(120_000) as usize + 2_000).min(left);
                match traffic.numbers.below(10) {
                    0 => traffic.web(share),
                    _ => traffic.background(share),
                }
                traffic.lookup();
                left -= share;
            }
        }
        traffic
    }

    /// The segments of one transfer in which every `stride`-th is captured `late` places later.
    pub(crate) fn out_of_order(segments: usize, stride: usize, late: usize) -> Self {
        let mut traffic = Self::default();
        let mut connection = traffic.connection(80);
        traffic.open(&mut connection);
        let octets = segments * SEGMENT;
        traffic.send(
            &mut connection,
            0,
            b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        );
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {octets}\r\n\r\n");
        traffic.send(&mut connection, 1, head.as_bytes());
        let first = traffic.records.len();
        let body = vec![b'x'; octets];
        for payload in body.chunks(SEGMENT) {
            traffic.segment(&mut connection, 1, "A", payload);
        }
        let mut order: Vec<usize> = (first..traffic.records.len()).collect();
        for place in (0..order.len().saturating_sub(late)).step_by(stride) {
            order[place..=place + late].rotate_left(1);
        }
        traffic.reorder(first, &order);
        traffic
    }

    /// Requests that have `lines` header lines in all, each request as many as a proxy lets pass.
    pub(crate) fn with_headers(lines: usize) -> Self {
        const LINES: usize = 100;
        let mut traffic = Self::default();
        let mut connection = traffic.connection(80);
        traffic.open(&mut connection);
        for request in 0..lines.div_ceil(LINES) {
            let mut head = format!("GET /{request} HTTP/1.1\r\nHost: www.example.com\r\n");
            for line in 0..LINES {
                head += &format!("X-Line-{line}: {request:040}\r\n");
            }
            traffic.send(&mut connection, 0, (head + "\r\n").as_bytes());
            traffic.send(&mut connection, 1, b"HTTP/1.1 204 No Content\r\n\r\n");
        }
        traffic.close(&mut connection);
        traffic
    }

    /// The same message over and over: every key by which messages are told apart is the same.
    pub(crate) fn copies(messages: usize) -> Self {
        let mut traffic = Self::default();
        for _ in 0..messages {
            traffic.message(1, 500);
        }
        traffic
    }

    /// One message to many: its id in every phone's m-retrieve.conf and in a report on each.
    pub(crate) fn recipients(recipients: usize) -> Self {
        let mut traffic = Self::default();
        for recipient in 0..recipients {
            traffic.delivery(recipient);
        }
        traffic
    }

    /// Puts the records from `first` into another order; their times stay where they are.
    fn reorder(&mut self, first: usize, order: &[usize]) {
        const TIME: usize = 8;
        let whole = self.octets.clone();
        let bounds = |record: usize| {
            let end = self.records.get(record + 1).copied().unwrap_or(whole.len());
            self.records[record]..end
        };
        let mut octets = whole[..self.records[first]].to_vec();
        for (place, record) in (first..).zip(order) {
            let time = bounds(place).start;
            octets.extend_from_slice(&whole[time..time + TIME]);
            octets.extend_from_slice(&whole[bounds(*record)][TIME..]);
        }
        self.octets = octets;
    }
}
