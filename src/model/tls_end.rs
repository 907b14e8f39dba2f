//! How one end of a TLS connection ended it.

use std::fmt;

use super::tls_alert;

/// An alert after which its sender sends no more (RFC 8446 section 6): close_notify, or a fatal one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TlsEnd {
    /// The alert's description.
    pub alert: u8,
    /// Whether the server of TLS sent it; else its client.
    pub by_server: bool,
}

impl fmt::Display for TlsEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = if self.by_server { "server" } else { "client" };
        match tls_alert(self.alert) {
            Some(name) => write!(f, "TLS alert {name} by the {by}"),
            None => write!(f, "TLS alert {} by the {by}", self.alert),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_named_with_who_sent_them() {
        let end = |alert, by_server| TlsEnd { alert, by_server }.to_string();
        assert_eq!(end(0, true), "TLS alert close-notify by the server");
        assert_eq!(end(80, false), "TLS alert internal-error by the client");
        assert_eq!(end(250, true), "TLS alert 250 by the server");
    }
}
