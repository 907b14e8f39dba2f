//! UTF-7 (RFC 2152), which some old phones put into subjects.

use super::transfer::{base64, is_base64};

/// The text, and whether all of it was valid.
pub(super) fn decode(octets: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(octets.len());
    let mut valid = true;
    let mut rest = octets;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'+' => rest = shifted(behind, &mut text, &mut valid),
            0x80.. => {
                valid = false;
                text.push(char::from(first));
            }
            _ => text.push(char::from(first)),
        }
    }
    (text, valid)
}

/// A run of modified base64 behind its `+`; gives back what follows it.
fn shifted<'a>(behind: &'a [u8], text: &mut String, valid: &mut bool) -> &'a [u8] {
    let length = behind
        .iter()
        .position(|&octet| !is_base64(octet))
        .unwrap_or(behind.len());
    let (run, after) = behind.split_at_checked(length).unwrap_or((behind, &[]));
    let after = after.strip_prefix(b"-").unwrap_or(after);
    if run.is_empty() {
        text.push('+');
        return after;
    }
    let octets = base64(run);
    let units = octets
        .chunks_exact(2)
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
    for character in char::decode_utf16(units.map(u16::from_be_bytes)) {
        *valid &= character.is_ok();
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_rfc_2152() {
        // RFC 2152, section "Examples".
        assert_eq!(decode(b"A+ImIDkQ."), ("A≢Α.".into(), true));
        assert_eq!(decode(b"Hi Mom -+Jjo--!"), ("Hi Mom -☺-!".into(), true));
        assert_eq!(decode(b"+ZeVnLIqe-"), ("日本語".into(), true));
        assert_eq!(decode(b"1 +- 1"), ("1 + 1".into(), true));
    }

    #[test]
    fn octets_above_127_are_not_lost() {
        assert_eq!(decode(b"a\xe9"), ("aé".into(), false));
    }
}
