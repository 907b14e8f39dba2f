//! Two networks in one capture: whatever tells them apart, equal addresses and ports that meet change no verdict. Captures
//! of real software beside themselves, with other numbers, hosts and sequence numbers, a millisecond later.

use std::path::{Path, PathBuf};

use etherparse::{IpNumber, Ipv4Header, PacketBuilder, TcpHeader, TcpOptionElement};
use serde_json::Value;

use crate::records::{Capture, RECORD_HEADER, number};
use crate::support::{document, for_each, real_captures};

/// What tells two networks apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Vlan,
    /// The outer tag differs, the inner one does not.
    QinQ,
    Mpls,
    /// Another label each way.
    MplsEachWay,
    Vxlan,
    GreKey,
    /// Another tunnel each way.
    GtpU,
    File,
}

const LABELS: [Label; 8] = [
    Label::Vlan,
    Label::QinQ,
    Label::Mpls,
    Label::MplsEachWay,
    Label::Vxlan,
    Label::GreKey,
    Label::GtpU,
    Label::File,
];

impl Label {
    /// A frame of network 0 or 1 with an IP packet, which the end that spoke first sent, or the other one.
    fn frame(self, network: u16, is_back: bool, ip: &[u8]) -> Vec<u8> {
        let label = 100 * (network + 1) + u16::from(is_back);
        let word = u32::from(label).to_be_bytes();
        let vlan = |tag: u16| [[0x81, 0x00], tag.to_be_bytes()].concat();
        let mpls = |label: u16| [&[0x88, 0x47][..], &(u32::from(label) << 12 | 0x140).to_be_bytes()].concat();
        let plain = ethernet(&[0x08, 0x00], ip);
        match self {
            Self::File => plain,
            Self::Vlan => ethernet(&[vlan(100 * (network + 1)), vec![0x08, 0x00]].concat(), ip),
            Self::QinQ => ethernet(
                &[vlan(100 * (network + 1)), vlan(7), vec![0x08, 0x00]].concat(),
                ip,
            ),
            Self::Mpls => ethernet(&mpls(100 * (network + 1)), ip),
            Self::MplsEachWay => ethernet(&mpls(label), ip),
            Self::Vxlan => {
                let header = [0x08, 0, 0, 0, 0, 0, network as u8 + 1, 0];
                outer(IpNumber::UDP, Some(4789), &[&header[..], &plain].concat())
            }
            Self::GreKey => {
                let header = [0x20, 0, 0x08, 0, 0, 0, 0, network as u8 + 1];
                outer(IpNumber::GRE, None, &[&header[..], ip].concat())
            }
            Self::GtpU => {
                let length = u16::try_from(ip.len()).unwrap().to_be_bytes();
                let header = [&[0x30, 0xff][..], &length, &word].concat();
                outer(IpNumber::UDP, Some(2152), &[&header[..], ip].concat())
            }
        }
    }
}

fn ethernet(kind: &[u8], payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], kind, payload].concat()
}

/// A tunnel between two routers: a frame with a packet in it.
fn outer(protocol: IpNumber, port: Option<u16>, payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 3], [2, 0, 0, 0, 0, 4]);
    let builder = builder.ipv4([10, 250, 0, 1], [10, 250, 0, 2], 64);
    let mut frame = Vec::new();
    match port {
        Some(port) => builder.udp(port, port).write(&mut frame, payload).unwrap(),
        None => builder.write(&mut frame, protocol, payload).unwrap(),
    }
    frame
}

/// What the other network has in place of the numbers and hosts of the captures; the lengths are the same.
const RENAMED: [(&str, &str); 7] = [
    ("4415", "4615"),
    ("4425", "4625"),
    ("4435", "4635"),
    ("4445", "4645"),
    ("alpha.example", "amber.example"),
    ("beta.example", "brwn.example"),
    ("gamma.example", "green.example"),
];

/// By how much sequence numbers differ in the other network.
const OTHER_NUMBERS: u32 = 0x5a5a_1234;

fn renamed(payload: &[u8]) -> Vec<u8> {
    let mut octets = payload.to_vec();
    for (from, to) in RENAMED {
        let mut place = 0;
        while let Some(found) = octets[place..]
            .windows(from.len())
            .position(|part| part == from.as_bytes())
        {
            place += found;
            octets[place..place + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    octets
}

/// An IPv4 packet as the other network has it; none where it is a fragment or of another protocol.
fn elsewhere(ip: &[u8]) -> Option<Vec<u8>> {
    let (mut header, rest) = Ipv4Header::from_slice(ip).ok()?;
    let payload = &rest[..usize::from(header.payload_len().ok()?)];
    header.identification = header.identification.wrapping_add(7777);
    let (source, destination) = (header.source, header.destination);
    let transport = match header.protocol {
        _ if header.is_fragmenting_payload() => return None,
        IpNumber::TCP => {
            let (mut tcp, data) = TcpHeader::from_slice(payload).ok()?;
            let data = renamed(data);
            tcp.sequence_number = tcp.sequence_number.wrapping_add(OTHER_NUMBERS);
            tcp.acknowledgment_number = match tcp.ack {
                true => tcp.acknowledgment_number.wrapping_add(OTHER_NUMBERS),
                false => 0,
            };
            let options: Vec<TcpOptionElement> = tcp.options_iterator().flatten().collect();
            let kept = options
                .into_iter()
                .filter(|option| !matches!(option, TcpOptionElement::SelectiveAcknowledgement(..)));
            tcp.set_options(&kept.collect::<Vec<_>>()).unwrap();
            tcp.checksum = tcp.calc_checksum_ipv4_raw(source, destination, &data).unwrap();
            [tcp.to_bytes().to_vec(), data].concat()
        }
        IpNumber::UDP => {
            let ports = [0, 2].map(|at| u16::from_be_bytes([payload[at], payload[at + 1]]));
            let mut frame = Vec::new();
            PacketBuilder::ipv4(source, destination, 64)
                .udp(ports[0], ports[1])
                .write(&mut frame, &renamed(&payload[8..]))
                .unwrap();
            frame.split_off(20)
        }
        _ => return None,
    };
    header.set_payload_len(transport.len()).unwrap();
    header.header_checksum = header.calc_header_checksum();
    Some([header.to_bytes().to_vec(), transport].concat())
}

/// The IPv4 packets of a capture with their times in microseconds; none where not all are whole packets of it.
fn packets(path: &Path) -> Option<Vec<(u64, Vec<u8>)>> {
    let capture = Capture::read(path)?;
    let packets = capture.records.iter().map(|record| {
        let time = u64::from(number(&record[0..4])) * 1_000_000 + u64::from(number(&record[4..8]));
        let frame = &record[RECORD_HEADER..];
        let is_whole = number(&record[8..12]) == number(&record[12..16]) && frame[12..14] == [0x08, 0x00];
        is_whole.then(|| (time, frame[14..].to_vec()))
    });
    packets.collect()
}

/// How much later everything is in the other network, in microseconds: every connection lives in both at a time.
const LATER: u64 = 1100;

/// Records of a network.
fn records(packets: &[(u64, Vec<u8>)], label: Label, network: u16) -> Vec<(u64, Vec<u8>)> {
    let mut first: Vec<[u8; 8]> = Vec::new();
    let frame = |(time, ip): &(u64, Vec<u8>)| {
        let ends: [u8; 8] = ip[12..20].try_into().unwrap();
        let turned: [u8; 8] = [&ends[4..], &ends[..4]].concat().try_into().unwrap();
        if !first.contains(&ends) && !first.contains(&turned) {
            first.push(ends);
        }
        let frame = label.frame(network, !first.contains(&ends), ip);
        let time = time + LATER * u64::from(network);
        let length = u32::try_from(frame.len()).unwrap();
        let numbers = [
            (time / 1_000_000) as u32,
            (time % 1_000_000) as u32,
            length,
            length,
        ];
        (time, [numbers.map(u32::to_le_bytes).concat(), frame].concat())
    };
    packets.iter().map(frame).collect()
}

fn write(folder: &tempfile::TempDir, name: &str, mut records: Vec<(u64, Vec<u8>)>) -> PathBuf {
    const HEADER: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x0004_0000, 1];
    records.sort_by_key(|(time, _)| *time);
    let records: Vec<Vec<u8>> = records.into_iter().map(|(_, record)| record).collect();
    let path = folder.path().join(name);
    let header = HEADER.map(u32::to_le_bytes).concat();
    std::fs::write(&path, [header, records.concat()].concat()).unwrap();
    path
}

/// What became of each message.
fn verdicts(files: &[PathBuf]) -> Vec<String> {
    let document = document(files).unwrap();
    let verdict = |message: &Value| {
        let failures = message["failures"].as_array().unwrap().iter();
        let failures: Vec<String> = failures
            .map(|failure| format!("{} {}", failure["kind"], failure["code"]))
            .collect();
        let deliveries = message["deliveries"].as_array().unwrap().iter();
        let deliveries: Vec<&Value> = deliveries.map(|delivery| &delivery["state"]).collect();
        let outcome = (&message["outcome"], &message["state"], &message["from"]);
        format!("{outcome:?} {failures:?} {deliveries:?}")
    };
    let mut verdicts: Vec<String> = document["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(verdict)
        .collect();
    verdicts.sort();
    verdicts
}

/// What differs when a capture is beside itself in another network.
fn harm((path, label): &(PathBuf, Label)) -> Option<String> {
    let here = packets(path)?;
    let there: Option<Vec<_>> = here
        .iter()
        .map(|(time, ip)| Some((*time, elsewhere(ip)?)))
        .collect();
    let (here, there) = (records(&here, *label, 0), records(&there?, *label, 1));
    let folder = tempfile::tempdir().unwrap();
    let alone = [
        write(&folder, "a", here.clone()),
        write(&folder, "b", there.clone()),
    ];
    let together = match label {
        Label::File => alone.to_vec(),
        _ => vec![write(&folder, "both", [here, there].concat())],
    };
    let mut wanted: Vec<String> = alone
        .iter()
        .flat_map(|file| verdicts(std::slice::from_ref(file)))
        .collect();
    wanted.sort();
    let found = verdicts(&together);
    (found != wanted).then(|| format!("{path:?} {label:?}: {found:#?} in place of {wanted:#?}"))
}

/// Whether both phones' stacks count their WTP transactions alike, which neither files nor labels that differ each way tell
/// apart.
fn counts_alike(path: &Path, label: Label) -> bool {
    let is_wap = path.file_name().unwrap().to_string_lossy().starts_with('k');
    is_wap && matches!(label, Label::MplsEachWay | Label::GtpU | Label::File)
}

#[test]
fn two_networks_side_by_side_are_their_union() {
    let mut cases: Vec<(PathBuf, Label)> = Vec::new();
    for path in real_captures() {
        let labels = LABELS.into_iter().filter(|label| !counts_alike(&path, *label));
        cases.extend(labels.map(|label| (path.clone(), label)));
    }
    let harm: Vec<String> = for_each(&cases, harm).into_iter().flatten().collect();
    assert!(harm.is_empty(), "{harm:#?}");
}

#[test]
fn the_other_network_is_another_one() {
    assert_eq!(renamed(b"+441500001 alpha.example"), b"+461500001 amber.example");
    let frames = LABELS.map(|label| [0, 1].map(|network| label.frame(network, false, b"packet")));
    let differ = frames.iter().filter(|[one, other]| one != other);
    assert_eq!(differ.count(), LABELS.len() - 1, "all but files");
    let both_ways = [Label::MplsEachWay, Label::GtpU];
    assert!(
        both_ways
            .iter()
            .all(|label| label.frame(0, false, b"p") != label.frame(0, true, b"p"))
    );
}
