//! Whether a mail may be of a message, as its envelope and its header tell: whatever else it is, it is skipped.

use memchr::memchr_iter;

use super::transaction::Transaction;

/// The digits that a phone number as the local part of an address has at least.
const NUMBER_DIGITS: usize = 7;

/// Whether an envelope is one that MMSCs write: one of its addresses is a phone's or at an MMSC, or a server calls itself
/// one.
pub(super) fn envelope_may_be_mms(transaction: &Transaction, names: &[Option<&str>]) -> bool {
    let addresses = transaction.addresses();
    addresses
        .into_iter()
        .any(|address| is_phone(address) || is_mmsc(address))
        || names.iter().flatten().any(|name| is_mmsc(name))
}

/// Whether an address is a phone's: `+61400000002/TYPE=PLMN@mms…`, `+61400000002@mms…`, `61400000002`.
fn is_phone(address: &str) -> bool {
    if has_type(address.as_bytes()) {
        return true;
    }
    let local = address.split('@').next().unwrap_or_default();
    let digits = local.strip_prefix('+').unwrap_or(local);
    digits.len() >= NUMBER_DIGITS && digits.bytes().all(|octet| octet.is_ascii_digit())
}

/// Whether a label of a host name, or of the one in an address, begins as MMSCs are called (3GPP TS 23.003 section 13.4).
fn is_mmsc(name: &str) -> bool {
    let host = name.rsplit('@').next().unwrap_or_default();
    host.split('.').any(|label| {
        label
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("mms"))
    })
}

/// The type of a phone's address, with `=` or `/` as gateways spell them.
fn has_type(text: &[u8]) -> bool {
    let marks = memchr_iter(b'=', text).filter_map(|at| text.get(..at));
    marks.into_iter().any(|before| ends_with(before, b"TYPE"))
}

fn ends_with(text: &[u8], end: &[u8]) -> bool {
    let start = text.len().checked_sub(end.len());
    start
        .and_then(|start| text.get(start..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// Whether a header has a field of MMS, names a phone, or is that of a report.
pub(super) fn header_may_be_mms(header: &[u8]) -> bool {
    let begins = memchr_iter(b'\n', header).map(|end| end.saturating_add(1));
    let mut lines = std::iter::once(0).chain(begins);
    let has_field = lines.any(|begin| {
        header
            .get(begin..)
            .is_some_and(|line| starts_with(line, b"X-Mms-"))
    });
    has_field || is_report(header) || has_type(header) || names_phone(header)
}

fn starts_with(line: &[u8], start: &[u8]) -> bool {
    line.get(..start.len())
        .is_some_and(|octets| octets.eq_ignore_ascii_case(start))
}

/// Whether a header has the content type of reports of mail servers and of mail readers (RFC 6522).
fn is_report(header: &[u8]) -> bool {
    const REPORT: &[u8] = b"multipart/report";
    memchr_iter(b'/', header).any(|at| {
        let start = at.saturating_sub("multipart".len());
        header.get(start..).is_some_and(|from| starts_with(from, REPORT))
    })
}

/// Whether a text has `+digits@` as a local part, not behind one as in `ann+1@`.
fn names_phone(text: &[u8]) -> bool {
    memchr_iter(b'+', text).any(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        if before.is_some_and(u8::is_ascii_alphanumeric) {
            return false;
        }
        let behind = text.get(at.saturating_add(1)..).unwrap_or_default();
        let digits = behind.iter().take_while(|octet| octet.is_ascii_digit()).count();
        digits > 0 && behind.get(digits) == Some(&b'@')
    })
}

/// Where a header ends: behind its first empty line, looked for from `searched` on.
pub(super) fn header_end(octets: &[u8], searched: usize) -> Option<usize> {
    let from = searched.saturating_sub(2);
    let behind = octets.get(from..)?;
    memchr_iter(b'\n', behind)
        .map(|at| from.saturating_add(at))
        .find_map(|at| match octets.get(at.saturating_add(1)..)? {
            [b'\n', ..] => Some(at.saturating_add(2)),
            [b'\r', b'\n', ..] => Some(at.saturating_add(3)),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_phones() {
        for address in [
            "+441500002/TYPE=PLMN@mms",
            "+4415000021@x",
            "61400000002",
            "a=2FType=PLMN@x",
        ] {
            assert!(is_phone(address), "{address}");
        }
        for address in ["", "ann@mail.example", "+12", "123456a@x"] {
            assert!(!is_phone(address), "{address}");
        }
        assert!(is_mmsc("system@mms.mnc001.mcc505.gprs") && is_mmsc("MMSC1.x") && !is_mmsc("a@b.example"));
    }

    #[test]
    fn headers_that_may_be_of_a_message() {
        for header in [
            "Subject: x\r\nx-mms-message-type: MM4_forward.REQ\r\n",
            "From: <+441500002@x>\r\n",
            "To: +441500002/TYPE=PLMN\r\n",
            "Content-Type: Multipart/Report; x\r\n",
        ] {
            assert!(header_may_be_mms(header.as_bytes()), "{header}");
        }
        assert!(!header_may_be_mms(
            b"From: ann+1@mail.example\r\nSubject: 1+1=2\r\n"
        ));
    }

    #[test]
    fn a_header_ends_with_an_empty_line() {
        assert_eq!(header_end(b"A: b\r\n\r\nc", 0), Some(8));
        assert_eq!(header_end(b"A: b\n\nc", 0), Some(6));
        assert_eq!(header_end(b"A: b\r\n\r\nc", 7), Some(8));
        assert_eq!(header_end(b"A: b\r\nB: c\r\n", 0), None);
    }
}
