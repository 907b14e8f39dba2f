//! Captures of a mobile operator's core in which no message passes: what gateways report of the sessions of phones, and what
//! hosts ask name servers. The same call gives the same octets on every machine.

use etherparse::PacketBuilder;

use super::{Connection, Traffic};

/// What a capture is full of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Accounting of RADIUS: sessions that begin, go on and end.
    Radius,
    /// GTP-C version 1: contexts that are created, updated and deleted.
    Gtp1,
    /// GTP-C version 2: sessions that are created, modified and deleted.
    Gtp2,
    /// Diameter over TCP: sessions of Gx and Gy, and what concerns no session (S6a).
    Diameter,
    /// DNS over UDP: addresses of hosts that have nothing to do with MMS.
    Dns,
}

impl Asked {
    pub(crate) const ALL: [Self; 5] = [Self::Radius, Self::Gtp1, Self::Gtp2, Self::Diameter, Self::Dns];

    /// For a table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Radius => "RADIUS accounting",
            Self::Gtp1 => "GTPv1-C",
            Self::Gtp2 => "GTPv2-C",
            Self::Diameter => "Diameter over TCP",
            Self::Dns => "DNS over UDP",
        }
    }

    /// Changes the first octets of a message so that no reader knows it, its length and everything else being the same.
    fn disguise(self, message: &mut [u8]) {
        match self {
            // No code of RADIUS.
            Self::Radius => message[0] |= 0x80,
            // Version 7 of GTP.
            Self::Gtp1 | Self::Gtp2 => message[0] |= 0xe0,
            // Version 9 of Diameter.
            Self::Diameter => message[0] |= 8,
            // An opcode that nobody has.
            Self::Dns => message[2] |= 0x78,
        }
    }
}

/// Whether a capture can be read, or is the same in octets that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Known,
    Disguised,
}

/// Sessions that are open at one time.
const OPEN: u64 = 100_000;
/// Requests that wait for their answers at one time.
const WAITING: usize = 25;
/// From one packet to the next: ten thousand a second.
const STEP: u64 = 100;
/// Hosts that ask, or gateways with their ports.
const GATEWAYS: u64 = 8;
const PORTS_OF_A_GATEWAY: u64 = 32;
const CLIENTS: u64 = 20_000;
const NAMES: u64 = 50_000;

impl Traffic {
    /// A capture of so many packets, all but none of which are requests of this kind and their answers.
    pub(crate) fn of_operator(asked: Asked, packets: usize, form: Form) -> Self {
        let mut traffic = Self::default();
        let mut peers = Peers::new(&mut traffic, asked);
        let mut waiting = std::collections::VecDeque::new();
        for number in 0..packets as u64 / 2 {
            let (ends, mut request, mut answer) = exchange(&mut traffic, asked, number);
            if form == Form::Disguised {
                asked.disguise(&mut request);
                asked.disguise(&mut answer);
            }
            peers.send(&mut traffic, ends, 0, &request);
            waiting.push_back((ends, answer));
            if waiting.len() > WAITING
                && let Some((ends, answer)) = waiting.pop_front()
            {
                peers.send(&mut traffic, ends, 1, &answer);
            }
        }
        for (ends, answer) in waiting {
            peers.send(&mut traffic, ends, 1, &answer);
        }
        traffic
    }

    fn datagram(&mut self, from: Host, to: Host, payload: &[u8]) {
        let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
            .ipv4(from.0, to.0, 64)
            .udp(from.1, to.1);
        let mut frame = Vec::with_capacity(builder.size(payload.len()));
        builder.write(&mut frame, payload).expect("a datagram that fits");
        self.microseconds += STEP;
        self.record(&frame);
    }
}

type Host = ([u8; 4], u16);

/// Who asks, who is asked, and over which connection where it is one.
type Ends = (Host, Host, usize);

/// Connections, where messages pass in them.
struct Peers(Vec<Connection>);

impl Peers {
    fn new(traffic: &mut Traffic, asked: Asked) -> Self {
        let connections = match asked {
            Asked::Diameter => GATEWAYS as usize,
            _ => 0,
        };
        let open = |_| {
            let mut connection = traffic.connection(3868);
            traffic.open(&mut connection);
            connection
        };
        Self((0..connections).map(open).collect())
    }

    fn send(&mut self, traffic: &mut Traffic, (asker, asked, connection): Ends, from: usize, message: &[u8]) {
        match self.0.get_mut(connection) {
            Some(connection) => {
                traffic.microseconds += STEP;
                traffic.segment(connection, from, "A", message);
            }
            None if from == 0 => traffic.datagram(asker, asked, message),
            None => traffic.datagram(asked, asker, message),
        }
    }
}

/// What a session's report is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Begins,
    GoesOn,
    Ends,
}

/// Which session the request of this number is about: one that begins, goes on, or ends after [`OPEN`] others began.
fn session(number: u64) -> (Life, u64) {
    let (round, place) = (number / 5, number % 5);
    let begun = round * 2;
    match place {
        0 => (Life::Begins, begun),
        1 => (Life::Begins, begun + 1),
        2 | 3 if begun >= OPEN => (Life::Ends, begun + place - 2 - OPEN),
        4 => (Life::GoesOn, begun.saturating_sub(OPEN / 2)),
        _ => (Life::GoesOn, begun / 2),
    }
}

fn exchange(traffic: &mut Traffic, asked: Asked, number: u64) -> (Ends, Vec<u8>, Vec<u8>) {
    let (life, session) = session(number);
    let gateway = session % GATEWAYS;
    match asked {
        Asked::Radius => {
            // Each identifier of a port comes round long after its answer.
            let port = (number / GATEWAYS) % PORTS_OF_A_GATEWAY;
            let ends = (
                ([10, 1, 0, (number % GATEWAYS) as u8], 20_000 + port as u16),
                ([10, 1, 1, 1], 1813),
                usize::MAX,
            );
            let id = (number / GATEWAYS / PORTS_OF_A_GATEWAY) as u8;
            let [request, answer] = radius(traffic, id, life, session);
            (ends, request, answer)
        }
        Asked::Gtp1 | Asked::Gtp2 => {
            let ends = (
                ([10, 2, 0, gateway as u8], 2123),
                ([10, 2, 1, (session % 2) as u8], 2123),
                usize::MAX,
            );
            let [request, answer] = match asked {
                Asked::Gtp1 => gtp1(number, life, session),
                _ => gtp2(number, life, session),
            };
            (ends, request, answer)
        }
        Asked::Diameter => {
            let [request, answer] = diameter(number, life, session);
            let none = ([0; 4], 0);
            ((none, none, gateway as usize), request, answer)
        }
        Asked::Dns => {
            let client = traffic.numbers.below(CLIENTS);
            let port = 1_024 + traffic.numbers.below(60_000) as u16;
            let [.., high, low] = client.to_be_bytes();
            let ends = (
                ([10, 64, high, low], port),
                ([10, 3, 1, (client % 2) as u8], 53),
                usize::MAX,
            );
            let [request, answer] = dns(traffic);
            (ends, request, answer)
        }
    }
}

fn address(session: u64) -> [u8; 4] {
    let [.., a, b, c] = session.to_be_bytes();
    [100, a, b, c]
}

fn msisdn(session: u64) -> String {
    (61_400_000_000 + session).to_string()
}

fn imsi(session: u64) -> String {
    (530_120_000_000_000 + session).to_string()
}

fn be32(number: u64) -> [u8; 4] {
    (number as u32).to_be_bytes()
}

fn tbcd(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().map(|digit| digit - b'0').collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| pair[0] | pair.get(1).copied().unwrap_or(0xf) << 4)
        .collect()
}

fn radius(traffic: &mut Traffic, id: u8, life: Life, session: u64) -> [Vec<u8>; 2] {
    let mut attributes = Vec::new();
    let mut add = |kind: u8, value: &[u8]| {
        attributes.extend_from_slice(&[kind, value.len() as u8 + 2]);
        attributes.extend_from_slice(value);
    };
    let vendor = |kind: u8, value: &[u8]| {
        [
            &10_415_u32.to_be_bytes()[..],
            &[kind, value.len() as u8 + 2],
            value,
        ]
        .concat()
    };
    add(1, msisdn(session).as_bytes());
    add(4, &[10, 1, 0, (session % GATEWAYS) as u8]);
    add(6, &be32(2));
    add(7, &be32(7));
    add(8, &address(session));
    add(30, b"internet.example");
    add(31, msisdn(session).as_bytes());
    add(61, &be32(18));
    add(26, &vendor(1, imsi(session).as_bytes()));
    add(26, &vendor(2, &be32(session)));
    add(26, &vendor(6, &[10, 2, 0, 1]));
    add(26, &vendor(7, &[10, 2, 1, 1]));
    add(26, &vendor(21, &[1]));
    add(26, &vendor(22, &[1, 0x35, 0xf0, 0x21, 0, 1, 0, 2]));
    let status = match life {
        Life::Begins => 1,
        Life::GoesOn => 3,
        Life::Ends => 2,
    };
    add(40, &be32(status));
    add(44, format!("0A020101{session:08X}").as_bytes());
    add(45, &be32(1));
    add(41, &be32(0));
    if life != Life::Begins {
        for kind in [42, 43, 46, 47, 48] {
            add(kind, &be32(600));
        }
    }
    let packet = |traffic: &mut Traffic, code: u8, attributes: &[u8]| {
        let mut packet = vec![code, id];
        packet.extend_from_slice(&(attributes.len() as u16 + 20).to_be_bytes());
        packet.extend_from_slice(&traffic.numbers.next().to_be_bytes());
        packet.extend_from_slice(&traffic.numbers.next().to_be_bytes());
        packet.extend_from_slice(attributes);
        packet
    };
    [packet(traffic, 4, &attributes), packet(traffic, 5, &[])]
}

fn gtp1(number: u64, life: Life, session: u64) -> [Vec<u8>; 2] {
    let long = |kind: u8, value: &[u8]| {
        let length = (value.len() as u16).to_be_bytes();
        [&[kind], &length[..], value].concat()
    };
    let of = |kind: u8, value: &[u8]| [&[kind], value].concat();
    let node = [10, 2, 0, (session % GATEWAYS) as u8];
    let gateway = [10, 2, 1, (session % 2) as u8];
    let control = be32(0x4000_0000 + session);
    let imsi = [tbcd(&imsi(session)), vec![]].concat();
    let quality = [
        2, 0x23, 0x62, 0x1f, 0x91, 0x96, 0x96, 0x8e, 0x74, 0xf8, 0x20, 0x40,
    ];
    let options = [
        0x80, 0x80, 0x21, 16, 1, 0, 0, 16, 0x81, 6, 0, 0, 0, 0, 0x83, 6, 0, 0, 0, 0,
    ];
    let number_of_phone = [vec![0x91], tbcd(&msisdn(session))].concat();
    let point = b"\x08internet\x07example";
    let data = be32(0x1000_0000 + session);
    let (kind, asked, answered): (u8, Vec<Vec<u8>>, Vec<Vec<u8>>) = match life {
        Life::Begins => (
            16,
            vec![
                of(2, &imsi),
                of(3, &[0x35, 0xf0, 0x21, 0, 1, 2]),
                of(15, &[0xfc]),
                of(16, &data),
                of(17, &data),
                of(20, &[5]),
                of(26, &[8, 0]),
                long(128, &[0xf1, 0x21]),
                long(131, point),
                long(132, &options),
                long(133, &node),
                long(133, &node),
                long(134, &number_of_phone),
                long(135, &quality),
                long(151, &[1]),
                long(152, &[1, 0x35, 0xf0, 0x21, 0, 1, 0, 2]),
            ],
            vec![
                of(1, &[128]),
                of(8, &[0xfe]),
                of(16, &be32(0x2000_0000 + session)),
                of(17, &control),
                of(127, &be32(session)),
                long(128, &[&[0xf1, 0x21][..], &address(session)].concat()),
                long(132, &options),
                long(133, &gateway),
                long(133, &gateway),
                long(135, &quality),
            ],
        ),
        Life::GoesOn => (
            18,
            vec![
                of(3, &[0x35, 0xf0, 0x21, 0, 1, 2]),
                of(16, &data),
                of(17, &data),
                of(20, &[5]),
                long(133, &node),
                long(133, &node),
                long(135, &quality),
            ],
            vec![of(1, &[128]), of(127, &be32(session)), long(135, &quality)],
        ),
        Life::Ends => (20, vec![of(19, &[0xff]), of(20, &[5])], vec![of(1, &[128])]),
    };
    let message = |kind: u8, teid: [u8; 4], elements: &[Vec<u8>]| {
        let elements = elements.concat();
        let length = (elements.len() as u16 + 4).to_be_bytes();
        let [.., s0, s1] = number.to_be_bytes();
        [&[0x32, kind], &length[..], &teid, &[s0, s1, 0, 0], &elements].concat()
    };
    let to_gateway = if life == Life::Begins { [0; 4] } else { control };
    [
        message(kind, to_gateway, &asked),
        message(kind + 1, data, &answered),
    ]
}

fn gtp2(number: u64, life: Life, session: u64) -> [Vec<u8>; 2] {
    let element = |kind: u8, instance: u8, value: &[u8]| {
        let length = (value.len() as u16).to_be_bytes();
        [&[kind], &length[..], &[instance], value].concat()
    };
    let end = |kind: u8, teid: u64, address: [u8; 4]| [&[0x80 | kind], &be32(teid)[..], &address].concat();
    let node = [10, 2, 0, (session % GATEWAYS) as u8];
    let gateway = [10, 2, 1, (session % 2) as u8];
    let quality = [
        0x7c, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let (kind, asked, answered) = match life {
        Life::Begins => (
            32,
            vec![
                element(1, 0, &tbcd(&imsi(session))),
                element(76, 0, &tbcd(&msisdn(session))),
                element(75, 0, &tbcd("3520990000000001")),
                element(
                    86,
                    0,
                    &[0x18, 0x35, 0xf0, 0x21, 0, 1, 0x35, 0xf0, 0x21, 0, 0, 1, 2],
                ),
                element(83, 0, &[0x35, 0xf0, 0x21]),
                element(82, 0, &[6]),
                element(87, 0, &end(6, 0x1000_0000 + session, node)),
                element(71, 0, b"\x08internet\x07example"),
                element(128, 0, &[0]),
                element(99, 0, &[1]),
                element(79, 0, &[1, 0, 0, 0, 0]),
                element(72, 0, &[0, 1, 0x86, 0xa0, 0, 3, 0x0d, 0x40]),
                element(
                    78,
                    0,
                    &[
                        0x80, 0x80, 0x21, 16, 1, 0, 0, 16, 0x81, 6, 0, 0, 0, 0, 0x83, 6, 0, 0, 0, 0,
                    ],
                ),
                element(
                    93,
                    0,
                    &[
                        element(73, 0, &[5]),
                        element(80, 0, &quality),
                        element(87, 2, &end(4, 0x5000_0000 + session, node)),
                    ]
                    .concat(),
                ),
            ],
            vec![
                element(2, 0, &[16, 0]),
                element(87, 1, &end(7, 0x4000_0000 + session, gateway)),
                element(79, 0, &[&[1][..], &address(session)].concat()),
                element(127, 0, &[0]),
                element(
                    78,
                    0,
                    &[
                        0x80, 0x80, 0x21, 16, 3, 0, 0, 16, 0x81, 6, 8, 8, 8, 8, 0x83, 6, 8, 8, 4, 4,
                    ],
                ),
                element(
                    93,
                    0,
                    &[
                        element(73, 0, &[5]),
                        element(2, 0, &[16, 0]),
                        element(87, 2, &end(5, 0x6000_0000 + session, gateway)),
                        element(94, 0, &be32(session)),
                    ]
                    .concat(),
                ),
            ],
        ),
        Life::GoesOn => (
            34,
            vec![
                element(
                    86,
                    0,
                    &[0x18, 0x35, 0xf0, 0x21, 0, 1, 0x35, 0xf0, 0x21, 0, 0, 1, 2],
                ),
                element(82, 0, &[6]),
                element(
                    93,
                    0,
                    &[
                        element(73, 0, &[5]),
                        element(87, 1, &end(4, 0x5000_0000 + session, node)),
                    ]
                    .concat(),
                ),
            ],
            vec![element(2, 0, &[16, 0])],
        ),
        Life::Ends => (36, vec![element(73, 0, &[5])], vec![element(2, 0, &[16, 0])]),
    };
    let message = |kind: u8, teid: u64, elements: &[Vec<u8>]| {
        let elements = elements.concat();
        let length = (elements.len() as u16 + 8).to_be_bytes();
        let [.., s0, s1, s2] = number.to_be_bytes();
        [
            &[0x48, kind],
            &length[..],
            &be32(teid),
            &[s0, s1, s2, 0],
            &elements,
        ]
        .concat()
    };
    let to_gateway = if life == Life::Begins {
        0
    } else {
        0x4000_0000 + session
    };
    [
        message(kind, to_gateway, &asked),
        message(kind + 1, 0x1000_0000 + session, &answered),
    ]
}

fn diameter(number: u64, life: Life, session: u64) -> [Vec<u8>; 2] {
    const GX: u32 = 16_777_238;
    const GY: u32 = 4;
    const S6A: u32 = 16_777_251;
    const VENDOR: u32 = 10_415;
    let avp = |code: u32, vendor: u32, data: &[u8]| {
        let head = if vendor == 0 { 8 } else { 12 };
        let [_, l0, l1, l2] = (data.len() as u32 + head).to_be_bytes();
        let flags = if vendor == 0 { 0x40 } else { 0xc0 };
        let mut avp = [&code.to_be_bytes()[..], &[flags, l0, l1, l2]].concat();
        if vendor != 0 {
            avp.extend_from_slice(&vendor.to_be_bytes());
        }
        avp.extend_from_slice(data);
        avp.resize(avp.len().next_multiple_of(4), 0);
        avp
    };
    let plain = |code: u32, data: &[u8]| avp(code, 0, data);
    let application = match session % 3 {
        0 => GX,
        1 => GY,
        _ => S6A,
    };
    let gateway = session % GATEWAYS;
    let host = format!("pgw{gateway:02}.epc.mnc012.mcc530.3gppnetwork.org");
    let name = format!("{host};{application};{session}");
    let realm = b"epc.mnc012.mcc530.3gppnetwork.org";
    let mut asked = vec![
        plain(263, name.as_bytes()),
        plain(258, &application.to_be_bytes()),
        plain(264, host.as_bytes()),
        plain(296, realm),
        plain(283, realm),
    ];
    let mut answered = vec![
        plain(263, name.as_bytes()),
        plain(268, &be32(2001)),
        plain(264, b"pcrf01.epc.mnc012.mcc530.3gppnetwork.org"),
        plain(296, realm),
    ];
    let command: u32 = if application == S6A { 316 } else { 272 };
    if application == S6A {
        asked.push(plain(1, imsi(session).as_bytes()));
        asked.push(avp(1032, VENDOR, &be32(1004)));
        asked.push(avp(1405, VENDOR, &be32(34)));
        asked.push(avp(1407, VENDOR, &[0x35, 0xf0, 0x21]));
        answered.push(avp(1400, VENDOR, &[0; 400]));
    } else {
        let kind = match life {
            Life::Begins => 1,
            Life::GoesOn => 2,
            Life::Ends => 3,
        };
        let subscription = |kind: u64, data: &str| {
            plain(
                443,
                &[plain(450, &be32(kind)), plain(444, data.as_bytes())].concat(),
            )
        };
        asked.push(plain(416, &be32(kind)));
        asked.push(plain(415, &be32(kind - 1)));
        asked.push(subscription(0, &msisdn(session)));
        asked.push(subscription(1, &imsi(session)));
        if life == Life::Begins {
            asked.push(plain(8, &address(session)));
        }
        asked.push(plain(30, b"internet.example"));
        answered.push(plain(258, &application.to_be_bytes()));
        answered.push(plain(416, &be32(kind)));
        answered.push(plain(415, &be32(kind - 1)));
        if application == GY {
            asked.push(plain(461, b"8.32251@3gpp.org"));
            asked.push(plain(
                456,
                &[plain(432, &be32(10)), plain(437, &plain(421, &[0; 8]))].concat(),
            ));
            let granted = [plain(431, &plain(421, &[0; 8])), plain(268, &be32(2001))].concat();
            answered.push(plain(456, &granted));
        } else {
            asked.push(avp(1027, VENDOR, &be32(5)));
            asked.push(avp(1032, VENDOR, &be32(1004)));
            asked.push(avp(1001, VENDOR, &avp(1005, VENDOR, b"rule-of-the-house")));
            answered.push(avp(1001, VENDOR, &avp(1005, VENDOR, b"rule-of-the-house")));
        }
    }
    let message = |flags: u8, avps: &[Vec<u8>]| {
        let avps = avps.concat();
        let [_, l0, l1, l2] = (avps.len() as u32 + 20).to_be_bytes();
        let [_, c0, c1, c2] = command.to_be_bytes();
        [
            &[1, l0, l1, l2, flags, c0, c1, c2],
            &application.to_be_bytes()[..],
            &be32(0x7000_0000 + number),
            &be32(0x8000_0000 + number),
            &avps,
        ]
        .concat()
    };
    [message(0xc0, &asked), message(0x40, &answered)]
}

/// A question about one of many names, the first ones more often than the others, and its answer: an alias and two addresses.
fn dns(traffic: &mut Traffic) -> [Vec<u8>; 2] {
    let most = traffic.numbers.below(NAMES) + 1;
    let name = traffic.numbers.below(most);
    let mut asked = Vec::new();
    for label in [
        format!("host{}", name % 97).as_str(),
        &format!("service-{name}"),
        "example",
        "com",
    ] {
        asked.push(label.len() as u8);
        asked.extend_from_slice(label.as_bytes());
    }
    asked.push(0);
    let kind = if name.is_multiple_of(3) { 28 } else { 1 };
    asked.extend_from_slice(&[0, kind, 0, 1]);
    let [id, ..] = [traffic.numbers.next() as u16];
    let head = |flags: [u8; 2], answers: u8| {
        let [i0, i1] = id.to_be_bytes();
        [i0, i1, flags[0], flags[1], 0, 1, 0, answers, 0, 0, 0, 0]
    };
    let mut records = vec![
        0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 7, 4, b'e', b'd', b'g', b'e', 0xc0, 12,
    ];
    let alias = (12 + asked.len() + 12) as u16;
    let [a0, a1] = (0xc000 | alias).to_be_bytes();
    for place in 0..2_u8 {
        let data = match kind {
            28 => vec![0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, place],
            _ => vec![198, 51, 100, place],
        };
        records.extend_from_slice(&[a0, a1, 0, kind, 0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
        records.extend_from_slice(&data);
    }
    [
        [&head([1, 0], 0)[..], &asked].concat(),
        [&head([0x81, 0x80], 3)[..], &asked, &records].concat(),
    ]
}
