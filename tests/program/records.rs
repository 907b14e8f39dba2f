//! Captures as records that tests leave out, swap and move.

use std::path::{Path, PathBuf};

/// Octets of a pcap file's header, and of a record's.
const FILE_HEADER: usize = 24;
pub(crate) const RECORD_HEADER: usize = 16;

/// A capture as its records.
pub(crate) struct Capture {
    header: Vec<u8>,
    pub(crate) records: Vec<Vec<u8>>,
}

pub(crate) fn number(octets: &[u8]) -> u32 {
    u32::from_le_bytes(octets.try_into().unwrap())
}

impl Capture {
    /// Reads a file of the commonest form: pcap, microseconds, lowest octet first. None where it has another.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let octets = std::fs::read(path).unwrap();
        if octets.get(..4).map(number) != Some(0xa1b2_c3d4) {
            return None;
        }
        let mut records = Vec::new();
        let mut rest = octets.get(FILE_HEADER..)?;
        while !rest.is_empty() {
            let length = RECORD_HEADER + number(rest.get(8..12)?) as usize;
            records.push(rest.get(..length)?.to_vec());
            rest = &rest[length..];
        }
        let header = octets[..FILE_HEADER].to_vec();
        Some(Self { header, records })
    }

    /// Writes these records as a file.
    pub(crate) fn write(&self, folder: &tempfile::TempDir, name: &str, records: &[Vec<u8>]) -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, [self.header.clone(), records.concat()].concat()).unwrap();
        path
    }
}
