//! What lies in the folder that the examples of the documentation are run in: a key, and captures that something is missing of,
//! made of those of this repository.

use std::fs;
use std::path::Path;

use super::why_nothing::{Record, parts_of, written};

/// Octets before the addresses of an IPv4 header in an Ethernet frame.
const SOURCE: std::ops::Range<usize> = 26..30;

/// Puts the files into a folder.
pub(crate) fn prepare(folder: &Path) {
    fs::write(folder.join("key"), "0123456789abcdef0123456789abcdef\n").unwrap();
    let (header, records) = parts_of("v1_vectorcore_happy.pcap");
    let cut = records.iter().cloned().map(|record| Record {
        octets: record.octets.into_iter().take(68).collect(),
        ..record
    });
    written(&folder.join("cut.pcap"), &header, &cut.collect::<Vec<_>>());
    let phone = records[3].octets[SOURCE].to_vec();
    let one_way = records
        .iter()
        .filter(|record| record.octets[SOURCE] == phone[..])
        .cloned();
    written(&folder.join("uplink.pcap"), &header, &one_way.collect::<Vec<_>>());
    let (header, records) = parts_of("g_big_300k.pcap");
    let late = records.get(records.len() / 8..records.len() / 4).unwrap();
    written(&folder.join("late.pcap"), &header, late);
    probes(folder);
}

/// Ten files of two probes that saw the same, the second's clock 50 ms ahead.
fn probes(folder: &Path) {
    let folder = folder.join("probes");
    fs::create_dir(&folder).unwrap();
    let (header, records) = parts_of("k2_wsp_co_sar.pcap");
    let ahead = |record: &Record| {
        let microseconds = record.time[1] + 50_000;
        Record {
            time: [
                record.time[0] + microseconds / 1_000_000,
                microseconds % 1_000_000,
            ],
            ..record.clone()
        }
    };
    let piece = records.len().div_ceil(5);
    for (number, records) in records.chunks(piece).enumerate() {
        let name = |probe: &str| folder.join(format!("{probe}-{}.pcap", number + 1));
        written(&name("a"), &header, records);
        written(
            &name("b"),
            &header,
            &records.iter().map(ahead).collect::<Vec<_>>(),
        );
    }
}
