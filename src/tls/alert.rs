//! Alerts (RFC 8446 section 6, RFC 5246 section 7.2), by the names of IANA's registry with hyphens.

use crate::model::tls_alert;

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
    pub(super) const CLOSE_NOTIFY: Self = Self(0);
    const USER_CANCELED: Self = Self(90);
    const NO_RENEGOTIATION: Self = Self(100);

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match tls_alert(self.0) {
            Some(name) => name,
            None => "unknown-alert",
        }
    }
}
