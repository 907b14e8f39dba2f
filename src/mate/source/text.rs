//! Values as texts, in the forms that MATE sees.

use std::fmt::{self, Display, Write};
use std::net::Ipv4Addr;

use crate::model::{Nanoseconds, Timestamp};

/// A number with so many hexadecimal digits at least.
pub(super) struct Hexadecimal {
    pub(super) value: u64,
    pub(super) digits: usize,
}

impl Display for Hexadecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:0digits$x}", self.value, digits = self.digits)
    }
}

/// Appends an address, as its `Display` writes it.
pub(super) fn append_ipv4(text: &mut String, address: Ipv4Addr) {
    let mut point = "";
    for octet in address.octets() {
        text.push_str(point);
        text.push_str(itoa::Buffer::new().format(octet));
        point = ".";
    }
}

/// Octets with colons between them.
pub(super) struct Octets<'a>(pub(super) &'a [u8]);

impl Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut colon = "";
        for octet in self.0 {
            write!(f, "{colon}{octet:02x}")?;
            colon = ":";
        }
        Ok(())
    }
}

/// Seconds with nine decimals.
pub(super) struct Seconds(pub(super) Nanoseconds);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let all = self.0.unsigned_abs();
        let second = Timestamp::SECOND.unsigned_abs();
        write!(f, "{sign}{}.{:09}", all / second, all % second)
    }
}

/// A date: `Nov 20, 2026 17:57:45.102000000 UTC`.
pub(super) struct Date(pub(super) Timestamp);

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::tz::Offset::UTC.to_datetime(self.0.into());
        let month = usize::from(time.month().unsigned_abs()).saturating_sub(1);
        write!(
            f,
            "{} {:2}, {} {:02}:{:02}:{:02}.{:09} UTC",
            MONTHS.get(month).unwrap_or(&""),
            time.day(),
            time.year(),
            time.hour(),
            time.minute(),
            time.second(),
            time.subsec_nanosecond()
        )
    }
}

/// Text of a capture, which may hold any character: what is no UTF-8 is U+FFFD, octet by octet. It ends at the first NUL, as
/// Wireshark's texts do.
pub(super) struct Text<'a>(pub(super) &'a [u8]);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = memchr::memchr(0, self.0).unwrap_or(self.0.len());
        for chunk in self.0.get(..end).unwrap_or_default().utf8_chunks() {
            f.write_str(chunk.valid())?;
            chunk
                .invalid()
                .iter()
                .try_for_each(|_| f.write_char('\u{fffd}'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_of_their_form() {
        let text = |value, digits| Hexadecimal { value, digits }.to_string();
        assert_eq!(text(128, 2), "0x80");
        assert_eq!(text(0x800, 4), "0x0800");
        assert_eq!(text(7, 6), "0x000007");
        assert_eq!(text(4, 8), "0x00000004");
        assert_eq!(Octets(&[0, 0xab]).to_string(), "00:ab");
    }

    #[test]
    fn addresses_read_as_everywhere() {
        for address in [[0; 4], [255; 4], [10, 0, 200, 1]].map(Ipv4Addr::from) {
            let mut text = "before ".to_owned();
            append_ipv4(&mut text, address);
            assert_eq!(text, format!("before {address}"));
        }
    }

    /// As tshark 4.0.17 prints them.
    #[test]
    fn times_read_as_in_wireshark() {
        assert_eq!(Seconds(1_135_000).to_string(), "0.001135000");
        assert_eq!(Seconds(-400_000_000).to_string(), "-0.400000000");
        let date = Date(Timestamp::from_nanoseconds(1_795_197_465_102_000_000));
        assert_eq!(date.to_string(), "Nov 20, 2026 17:57:45.102000000 UTC");
        let date = Date(Timestamp::from_seconds(1_783_036_800));
        assert_eq!(date.to_string(), "Jul  3, 2026 00:00:00.000000000 UTC");
    }

    /// As MATE of tshark 4.0.17 has them (`-T json -e mate.p.line`).
    #[test]
    fn texts_end_at_a_nul() {
        assert_eq!(Text(b"Accept: */*\r\n").to_string(), "Accept: */*\r\n");
        assert_eq!(
            Text(b"\x8c\x84\x8d\x92\x8bM1\0rest").to_string(),
            "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}M1"
        );
        assert_eq!(Text("é\u{1b}[0m".as_bytes()).to_string(), "é\u{1b}[0m");
    }
}
