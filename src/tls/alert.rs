//! Alerts (RFC 8446 section 6, RFC 5246 section 7.2), by the names of IANA's registry with hyphens.

/// An alert by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alert(pub u8);

/// What an alert does to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The sender sends no more.
    Closes,
    /// The connection is over.
    Fatal(Alert),
    /// Nothing.
    Warns,
}

impl Effect {
    /// Reads the body of a record.
    pub(super) fn of(octets: &[u8], is_tls13: bool) -> Option<Self> {
        const FATAL: u8 = 2;
        let [level, alert] = *octets else { return None };
        let alert = Alert(alert);
        Some(match alert {
            Alert::CLOSE_NOTIFY => Self::Closes,
            Alert::USER_CANCELED | Alert::NO_RENEGOTIATION => Self::Warns,
            _ if level == FATAL || is_tls13 => Self::Fatal(alert),
            _ => Self::Warns,
        })
    }
}

impl Alert {
    const CLOSE_NOTIFY: Self = Self(0);
    const USER_CANCELED: Self = Self(90);
    const NO_RENEGOTIATION: Self = Self(100);

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self.0 {
            0 => "close-notify",
            10 => "unexpected-message",
            20 => "bad-record-mac",
            21 => "decryption-failed",
            22 => "record-overflow",
            30 => "decompression-failure",
            40 => "handshake-failure",
            41 => "no-certificate",
            42 => "bad-certificate",
            43 => "unsupported-certificate",
            44 => "certificate-revoked",
            45 => "certificate-expired",
            46 => "certificate-unknown",
            47 => "illegal-parameter",
            48 => "unknown-ca",
            49 => "access-denied",
            50 => "decode-error",
            51 => "decrypt-error",
            60 => "export-restriction",
            70 => "protocol-version",
            71 => "insufficient-security",
            80 => "internal-error",
            86 => "inappropriate-fallback",
            90 => "user-canceled",
            100 => "no-renegotiation",
            109 => "missing-extension",
            110 => "unsupported-extension",
            111 => "certificate-unobtainable",
            112 => "unrecognized-name",
            113 => "bad-certificate-status-response",
            114 => "bad-certificate-hash-value",
            115 => "unknown-psk-identity",
            116 => "certificate-required",
            120 => "no-application-protocol",
            121 => "ech-required",
            _ => "unknown-alert",
        }
    }
}
