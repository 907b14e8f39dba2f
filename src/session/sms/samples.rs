//! For tests: TPDUs that carry a push.

/// A push of a notification.
pub(in crate::session) const PUSH: &[u8] =
    b"\x01\x06\x03\xbe\xaf\x84\x8c\x82\x98t1\0\x8d\x90\x83http://m/1\0";

/// SMS-DELIVER from +15550100003, 8-bit, with a user data header.
pub(in crate::session) fn deliver(header: &[u8], octets: &[u8]) -> Vec<u8> {
    let mut tpdu = b"\x44\x0b\x91\x51\x55\x10\x00\x00\xf3\x00\x04\x62\x11\x02\x71\x65\x13\x00".to_vec();
    tpdu.push((header.len() + octets.len()) as u8);
    tpdu.extend(header);
    tpdu.extend(octets);
    tpdu
}

/// The push in one.
pub(in crate::session) fn whole() -> Vec<u8> {
    deliver(b"\x06\x05\x04\x0b\x84\x23\xf0", PUSH)
}

/// The first or the second part of it.
pub(in crate::session) fn part(number: u8) -> Vec<u8> {
    let (first, second) = PUSH.split_at(12);
    let header = [b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x5a\x02", &[number][..]].concat();
    deliver(&header, if number == 1 { first } else { second })
}
