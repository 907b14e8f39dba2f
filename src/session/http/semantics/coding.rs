//! Content codings undone (RFC 9110 section 8.4.1), within limits.

use flate2::{Decompress, FlushDecompress, Status};

use crate::session::Limits;

/// Octets that every body may decode to.
const FREE_OCTETS: usize = 1024 * 1024;

/// Codings of one body that are undone. Senders use one; each more would be another walk over all its octets, and a
/// head has room for thousands.
const CODINGS: usize = 4;

/// A coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session::http) enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950; often sent as bare RFC 1951.
    Deflate,
    /// One that is not undone here.
    Unsupported,
}

impl Coding {
    /// The coding of this name, in any case; `None` where it changes nothing.
    pub(in crate::session::http) fn named(name: &str) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if name.is_empty() || is("identity") {
            None
        } else if is("gzip") || is("x-gzip") {
            Some(Self::Gzip)
        } else if is("deflate") {
            Some(Self::Deflate)
        } else {
            Some(Self::Unsupported)
        }
    }
}

/// What decoding gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session::http) struct Decoded {
    pub(in crate::session::http) octets: Vec<u8>,
    pub(super) end: DecodedEnd,
}

/// How decoding ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DecodedEnd {
    /// At the end of the coded stream.
    Whole,
    /// The coded octets end too early.
    Short,
    /// They are not what the coding says.
    Damaged,
    /// There is more than the limits allow.
    OverLimit,
}

/// Undoes codings, the last one applied first.
pub(in crate::session::http) fn decode(coded: &[u8], codings: &[Coding], limits: &Limits) -> Decoded {
    if codings.len() > CODINGS {
        return Decoded {
            octets: Vec::new(),
            end: DecodedEnd::OverLimit,
        };
    }
    let mut decoded = Decoded {
        octets: coded.to_vec(),
        end: DecodedEnd::Whole,
    };
    for coding in codings.iter().rev() {
        let step = match coding {
            Coding::Gzip => gunzip(&decoded.octets, limits),
            Coding::Deflate => undeflate(&decoded.octets, limits),
            Coding::Unsupported => Decoded {
                octets: Vec::new(),
                end: DecodedEnd::Damaged,
            },
        };
        let end = if step.end == DecodedEnd::Whole {
            decoded.end
        } else {
            step.end
        };
        decoded = Decoded {
            octets: step.octets,
            end,
        };
    }
    decoded
}

fn undeflate(coded: &[u8], limits: &Limits) -> Decoded {
    let allowed = allowed(coded, limits);
    let zlib = inflate(coded, true, allowed);
    if zlib.end == DecodedEnd::Damaged && zlib.octets.is_empty() {
        return inflate(coded, false, allowed);
    }
    zlib
}

fn gunzip(coded: &[u8], limits: &Limits) -> Decoded {
    match gzip_header(coded) {
        Some(length) => inflate(
            coded.get(length..).unwrap_or_default(),
            false,
            allowed(coded, limits),
        ),
        None => Decoded {
            octets: Vec::new(),
            end: DecodedEnd::Damaged,
        },
    }
}

/// Octets that a body may decode to: no more than one may have that is not coded.
fn allowed(coded: &[u8], limits: &Limits) -> usize {
    let expanded = coded.len().saturating_mul(limits.expansion);
    expanded.max(FREE_OCTETS).min(limits.body_octets)
}

/// The length of a gzip member's header (RFC 1952 section 2.3).
fn gzip_header(coded: &[u8]) -> Option<usize> {
    let [0x1f, 0x8b, 8, flags, ..] = coded else {
        return None;
    };
    let mut at = 10usize;
    if flags & 0x04 != 0 {
        let low = *coded.get(at)?;
        let high = *coded.get(at.checked_add(1)?)?;
        at = at
            .checked_add(2)?
            .checked_add(usize::from(u16::from_le_bytes([low, high])))?;
    }
    for text in [0x08, 0x10] {
        if flags & text != 0 {
            let rest = coded.get(at..)?;
            at = at
                .checked_add(rest.iter().position(|octet| *octet == 0)?)?
                .checked_add(1)?;
        }
    }
    if flags & 0x02 != 0 {
        at.checked_add(2)
    } else {
        Some(at)
    }
}

/// Inflates, growing the output as it comes: what is claimed reserves nothing.
fn inflate(coded: &[u8], zlib: bool, allowed: usize) -> Decoded {
    const STEP: usize = 64 * 1024;
    let mut inflater = Decompress::new(zlib);
    let mut octets = Vec::new();
    loop {
        let consumed = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let rest = coded.get(consumed..).unwrap_or_default();
        let before = octets.len();
        if before >= allowed {
            octets.truncate(allowed);
            return Decoded {
                octets,
                end: DecodedEnd::OverLimit,
            };
        }
        octets.reserve(STEP.min(allowed.saturating_sub(before)));
        let status = inflater.decompress_vec(rest, &mut octets, FlushDecompress::None);
        let stuck = octets.len() == before && usize::try_from(inflater.total_in()).ok() == Some(consumed);
        let end = match status {
            Ok(Status::StreamEnd) => DecodedEnd::Whole,
            Ok(_) if stuck => DecodedEnd::Short,
            Ok(_) => continue,
            Err(_) => DecodedEnd::Damaged,
        };
        octets.truncate(allowed);
        return Decoded { octets, end };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::GzBuilder::new()
            .filename("f")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_and_both_kinds_of_deflate() {
        let plain: Vec<u8> = (0..200_000u32).map(|n| (n / 7) as u8).collect();
        let whole = Decoded {
            octets: plain.clone(),
            end: DecodedEnd::Whole,
        };
        assert_eq!(decode(&gzip(&plain), &[Coding::Gzip], &Limits::default()), whole);
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&plain).unwrap();
        assert_eq!(
            decode(&zlib.finish().unwrap(), &[Coding::Deflate], &Limits::default()),
            whole
        );
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(&plain).unwrap();
        let raw = raw.finish().unwrap();
        assert_eq!(decode(&raw, &[Coding::Deflate], &Limits::default()), whole);
        assert_eq!(
            decode(&gzip(&raw), &[Coding::Deflate, Coding::Gzip], &Limits::default()),
            whole
        );
    }

    #[test]
    fn what_is_cut_gives_its_beginning() {
        let plain: Vec<u8> = (0..50_000u32).map(|n| (n * n) as u8).collect();
        let coded = gzip(&plain);
        let cut = decode(&coded[..coded.len() / 2], &[Coding::Gzip], &Limits::default());
        assert_eq!(cut.end, DecodedEnd::Short);
        assert!(!cut.octets.is_empty() && plain.starts_with(&cut.octets));
    }

    #[test]
    fn a_bomb_is_cut() {
        let bomb = gzip(&vec![0; 20 * 1024 * 1024]);
        let decoded = decode(&bomb, &[Coding::Gzip], &Limits::default());
        assert_eq!(decoded.end, DecodedEnd::OverLimit);
        assert!(decoded.octets.len() <= bomb.len() * Limits::default().expansion);
    }

    #[test]
    fn codings_of_codings_are_cut() {
        let plain = b"plain".to_vec();
        let coded = (0..40).fold(plain, |octets, _| gzip(&octets));
        let decoded = decode(&coded, &[Coding::Gzip; 40], &Limits::default());
        assert_eq!((decoded.octets.len(), decoded.end), (0, DecodedEnd::OverLimit));
    }

    #[test]
    fn nonsense_is_damaged() {
        assert_eq!(
            decode(b"not gzip", &[Coding::Gzip], &Limits::default()).end,
            DecodedEnd::Damaged
        );
        assert_eq!(
            decode(b"x", &[Coding::Unsupported], &Limits::default()).end,
            DecodedEnd::Damaged
        );
    }
}
