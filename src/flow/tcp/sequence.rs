//! Sequence numbers as positions that do not wrap (RFC 9293 section 3.4).

/// Where the first sequence number of a stream is placed, so that somewhat lower ones have a position too.
const ORIGIN: u64 = 1 << 32;

/// The position of the first sequence number known of a stream.
pub(super) fn first_position(sequence: u32) -> u64 {
    ORIGIN + u64::from(sequence)
}

/// The position of a sequence number, taken as the nearest to a known position.
pub(super) fn position_near(sequence: u32, known: u64) -> u64 {
    let distance = sequence.wrapping_sub(known as u32) as i32;
    known.saturating_add_signed(i64::from(distance))
}

/// The length of a slice in octets of a stream.
pub(super) fn octets(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// An offset within a slice, from a distance between positions; beyond every slice where it does not fit.
pub(super) fn offset(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_go_on_over_the_wrap() {
        let start = first_position(u32::MAX - 1);
        assert_eq!(position_near(1, start), start + 3);
        assert_eq!(position_near(u32::MAX - 2, start + 3), start - 1);
    }
}
