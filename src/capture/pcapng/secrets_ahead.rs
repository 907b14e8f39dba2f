//! Whether secrets may still come in a pcapng file: the heads of its blocks tell, without what is in them.

use std::{
    fs::File,
    io::{self, BufReader, ErrorKind, Read},
    path::Path,
};

use super::block::{BLOCK_LIMIT, BYTE_ORDER_MAGIC, SECTION_HEADER, SMALLEST_BLOCK};

/// Octets of a file whose blocks are gone through. A larger one is taken to hold secrets: it is not in the system's cache when
/// it is read next.
const MOST_OCTETS: u64 = 4 * 1024 * 1024 * 1024;
/// Octets in memory at a time.
const BUFFER: usize = 128 * 1024;
/// Octets that may have been read of a file and not looked at yet.
const READ_AHEAD: u64 = 1024 * 1024;
/// The Decryption Secrets Block (draft-ietf-opsawg-pcapng 4.7).
const SECRETS: u32 = 10;

/// Whether a file of which so many octets were read may hold secrets in the others. That it does not can only be said of one
/// that is not compressed, and whose blocks follow each other to its end.
pub(in crate::capture) fn may_come(path: &Path, read: u64) -> bool {
    // Opening a pipe would take what is in it.
    let file = std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= MOST_OCTETS);
    let passed = read.saturating_sub(READ_AHEAD);
    !file
        || File::open(path)
            .and_then(|file| are_behind(file, passed))
            .unwrap_or(true)
}

/// Whether there are secrets behind so many octets, or it cannot be told.
fn are_behind(file: File, passed: u64) -> io::Result<bool> {
    let mut reader = BufReader::with_capacity(BUFFER, file);
    let (mut at, mut is_big_endian) = (0_u64, false);
    loop {
        let mut head = [0; SMALLEST_BLOCK];
        match reader.read_exact(&mut head) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            read => read?,
        }
        let [k0, k1, k2, k3, l0, l1, l2, l3, magic @ ..] = head;
        let kind = u32::from_le_bytes([k0, k1, k2, k3]);
        if kind == SECTION_HEADER {
            is_big_endian = u32::from_be_bytes(magic) == BYTE_ORDER_MAGIC;
        } else if at == 0 {
            return Ok(true);
        }
        let [kind, length] = match is_big_endian {
            true => [kind.swap_bytes(), u32::from_be_bytes([l0, l1, l2, l3])],
            false => [kind, u32::from_le_bytes([l0, l1, l2, l3])],
        };
        let length = u64::from(length).next_multiple_of(4);
        let is_sound = (SMALLEST_BLOCK as u64..=BLOCK_LIMIT as u64).contains(&length);
        if !is_sound || kind == SECRETS && at >= passed {
            return Ok(true);
        }
        at = at.saturating_add(length);
        reader.seek_relative(i64::try_from(length - SMALLEST_BLOCK as u64).unwrap_or(i64::MAX))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(kind: u32, body: &[u8], is_big_endian: bool) -> Vec<u8> {
        let number = |number: u32| match is_big_endian {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        };
        let length = number(u32::try_from(SMALLEST_BLOCK + body.len()).unwrap());
        [&number(kind)[..], &length, body, &length].concat()
    }

    fn section(is_big_endian: bool) -> Vec<u8> {
        let magic = match is_big_endian {
            true => BYTE_ORDER_MAGIC.to_be_bytes(),
            false => BYTE_ORDER_MAGIC.to_le_bytes(),
        };
        block(SECTION_HEADER, &[&magic[..], &[0; 12]].concat(), is_big_endian)
    }

    fn may_come_in(octets: &[u8], read: u64) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pcapng");
        std::fs::write(&path, octets).unwrap();
        may_come(&path, read)
    }

    #[test]
    fn secrets_are_found_ahead_and_not_behind() {
        for is_big_endian in [false, true] {
            let packets = block(6, &vec![7; 3_000_000], is_big_endian);
            let secrets = block(SECRETS, b"TLSK\0\0\0\0", is_big_endian);
            let without = [section(is_big_endian), packets.clone()].concat();
            assert!(!may_come_in(&without, 0));
            // Cut within a block.
            assert!(!may_come_in(&without[..1_000_000], 0));
            let late = [&without[..], &secrets].concat();
            assert!(may_come_in(&late, 0) && may_come_in(&late, 2_000_000));
            let early = [section(is_big_endian), secrets, packets].concat();
            assert!(may_come_in(&early, 0) && !may_come_in(&early, 2_000_000));
            // In a second section, of the other order.
            let other = [section(!is_big_endian), block(SECRETS, b"TLSK", !is_big_endian)].concat();
            assert!(may_come_in(&[without, other].concat(), 0));
        }
    }

    #[test]
    fn of_what_cannot_be_gone_through_nothing_is_said() {
        assert!(may_come_in(b"\x1f\x8b\x08\0 something compressed", 0));
        let damaged = [section(false), block(6, &[0; 40], false), vec![0; 100]].concat();
        assert!(may_come_in(&damaged, 0));
        assert!(may_come(Path::new("no such file"), 0));
    }
}
