//! WSP status octets and abort reasons (WAP-230 tables 36 and 35).

/// The HTTP status that a WSP status octet stands for; none for an octet that is not assigned.
pub const fn http_status(octet: u8) -> Option<u16> {
    let low = (octet & 0x0F) as u16;
    Some(match octet {
        0x10..=0x11 => 100 + low,
        0x20..=0x26 => 200 + low,
        0x30..=0x35 | 0x37 => 300 + low,
        0x40..=0x4F => 400 + low,
        0x50..=0x51 => 416 + low,
        0x60..=0x65 => 500 + low,
        _ => return None,
    })
}

/// What a user abort's reason octet means.
pub const fn abort_reason(code: u8) -> Option<&'static str> {
    Some(match code {
        0xE0 => "PROTOERR",
        0xE1 => "DISCONNECT",
        0xE2 => "SUSPEND",
        0xE3 => "RESUME",
        0xE4 => "CONGESTION",
        0xE5 => "CONNECTERR",
        0xE6 => "MRUEXCEEDED",
        0xE7 => "MOREXCEEDED",
        0xE8 => "PEERREQ",
        0xE9 => "NETERR",
        0xEA => "USERREQ",
        0xEB => "USERRFS",
        0xEC => "USERPND",
        0xED => "USERDCR",
        0xEE => "USERDCU",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assigned_status_has_its_http_number() {
        let pairs = [
            (0x10, 100),
            (0x20, 200),
            (0x26, 206),
            (0x35, 305),
            (0x37, 307),
            (0x44, 404),
            (0x4F, 415),
            (0x50, 416),
            (0x51, 417),
            (0x60, 500),
            (0x65, 505),
        ];
        for (octet, status) in pairs {
            assert_eq!(http_status(octet), Some(status));
        }
        for octet in [0x00, 0x12, 0x27, 0x36, 0x52, 0x66, 0xFF] {
            assert_eq!(http_status(octet), None);
        }
    }

    #[test]
    fn abort_reasons_have_their_names() {
        assert_eq!(abort_reason(0xEA), Some("USERREQ"));
        assert_eq!(abort_reason(0x08), None);
    }
}
