//! Files of two probes, small and large, measured as the program does.

use std::fs::File;
use std::path::Path;

use super::set_straight_within;
use super::survey::Bounds;
use crate::capture::{Captures, Frame, Input, LinkType, PcapWriter};
use crate::model::{CaptureClock, CaptureIndex, ClockBasis, ClockMeasure, FrameNumber, FrameRef, Timestamp};

const MS: i64 = 1_000_000;

/// A datagram in Ethernet: the same octets for the same number, of one of two ends.
fn datagram(number: u32) -> Vec<u8> {
    let there = number.is_multiple_of(2);
    let ends = if there {
        [[10, 0, 0, 1], [10, 0, 0, 2]]
    } else {
        [[10, 0, 0, 2], [10, 0, 0, 1]]
    };
    let payload: Vec<u8> = number.to_be_bytes().repeat(200 + number as usize % 50);
    let length = u16::try_from(28 + payload.len()).unwrap();
    let mut octets = vec![2; 12];
    octets.extend([0x08, 0x00, 0x45, 0]);
    octets.extend(length.to_be_bytes());
    octets.extend((number as u16 | 1).to_be_bytes());
    octets.extend([0, 0, 64, 17, 0, 0]);
    octets.extend(ends.concat());
    octets.extend([0x23, 0x28, 0x23, 0x29]);
    octets.extend((length - 20).to_be_bytes());
    octets.extend([0, 0]);
    octets.extend(payload);
    octets
}

/// Writes the datagrams of these numbers, one a millisecond, by a clock.
fn write(path: &Path, numbers: std::ops::Range<u32>, clock: impl Fn(i64) -> i64) {
    let mut writer = PcapWriter::new(std::io::BufWriter::new(File::create(path).unwrap()));
    for number in numbers {
        let data = datagram(number);
        let after = i64::from(number) * MS;
        let time = Timestamp::from_seconds(1_795_000_000).plus(after + clock(after));
        let at = FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(1),
            time,
        };
        let original_length = data.len() as u32;
        let frame = Frame {
            at,
            stamp: time,
            interface: 0,
            link_type: LinkType::ETHERNET,
            data: &data,
            original_length,
        };
        writer.write(&frame).unwrap();
    }
    writer.finish().unwrap();
}

fn measured(paths: &[&Path]) -> Vec<Option<ClockMeasure>> {
    let bounds = Bounds {
        whole: 256 * 1024,
        place: 64 * 1024,
        search: 512 * 1024,
        ..Bounds::default()
    };
    let (mut captures, _) = Captures::open(paths.iter().map(|path| Input::File(path.to_path_buf())));
    set_straight_within(&mut captures, &[], &bounds);
    let measure = |clock: CaptureClock| match clock.basis {
        ClockBasis::Measured(measure) => measure,
        ClockBasis::Given => panic!("nothing was given"),
    };
    let reports = captures.reports().into_iter();
    reports.map(|report| report.clock.map(measure)).collect()
}

/// More than is read of a file whole: it is read in places, and the clock is known over all of it.
#[test]
fn large_files_are_measured_in_places() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (first, second) = (at("a.pcap"), at("b.pcap"));
    write(&first, 0..6_000, |_| 0);
    // It begins in the middle of the first one, 150 ms ahead, and gains 30 millionths.
    write(&second, 2_000..8_000, |after| 150 * MS + after / 1_000_000 * 30);
    assert!(std::fs::metadata(&second).unwrap().len() > 4_000_000);
    let clocks = measured(&[&first, &second]);
    assert_eq!(clocks[0], None);
    let clock = clocks[1].unwrap();
    assert!((clock.drift_ppm - 30.0).abs() < 1.0, "{clock:?}");
    assert!((clock.ahead - 150 * MS).abs() < MS, "{clock:?}");
    // Of the 4000 that both hold, those at some places.
    assert!((500..3_000).contains(&clock.packets), "{clock:?}");
}

#[test]
fn files_that_follow_each_other_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let files = [at("a.pcap"), at("b.pcap"), at("c.pcap")];
    for (path, begin) in files.iter().zip([0, 1_000, 2_000]) {
        write(path, begin..begin + 1_000, |_| 0);
    }
    let paths: Vec<&Path> = files.iter().map(|path| path.as_path()).collect();
    assert_eq!(measured(&paths), [None, None, None]);
}
