//! What hosts are called by whoever reads: names for addresses, in the form of hosts(5).

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use thiserror::Error;

use crate::model::Endpoint;

/// Octets that a name may take: those of a domain name in text (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 255;

/// Names of hosts. They are somebody else's text, as that of captures is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostNames(Option<Arc<BTreeMap<IpAddr, Box<str>>>>);

/// A line that gives no address a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct BadLine {
    /// Which, 1-based.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl HostNames {
    /// No host has a name.
    pub const NONE: Self = Self(None);

    /// The names in a file: a line an address, its name, and others that it has, which are not shown; `#` begins a remark. Of
    /// several lines about an address the first counts.
    ///
    /// # Errors
    /// The first line that is none of these.
    pub fn parse(text: &str) -> Result<Self, BadLine> {
        let mut names = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let bad = |what| BadLine { line: at + 1, what };
            let said = line.split('#').next().unwrap_or_default();
            let mut words = said.split_whitespace();
            let Some(address) = words.next() else { continue };
            let address = host(address).ok_or_else(|| bad("it does not begin with an IP address"))?;
            let name = words
                .next()
                .ok_or_else(|| bad("there is no name behind the address"))?;
            if name.len() > MAX_NAME {
                return Err(bad("the name is longer than 255 octets"));
            }
            names.entry(address).or_insert_with(|| name.into());
        }
        Ok(Self(Some(Arc::new(names))))
    }

    /// What a host is called: untrusted text.
    pub fn of(&self, host: IpAddr) -> Option<&str> {
        self.0.as_ref()?.get(&host).map(AsRef::as_ref)
    }

    /// An end with the name of its host behind it.
    pub fn end(&self, end: Endpoint) -> Named<'_, Endpoint> {
        Named {
            shown: end,
            name: self.of(end.address),
        }
    }

    /// A value that is or begins with the address of a host, with its name behind it; any other as it is.
    pub fn value(&self, value: String) -> String {
        let address = value
            .parse()
            .or_else(|_| value.parse().map(|end: SocketAddr| end.ip()));
        match address.ok().and_then(|address| self.of(address)) {
            Some(name) => format!("{value} ({name})"),
            None => value,
        }
    }
}

/// An address, whatever interface it is said to be of.
fn host(written: &str) -> Option<IpAddr> {
    let (address, _) = written.split_once('%').unwrap_or((written, ""));
    address.parse().ok()
}

/// Something of a host, with the host's name where it has one.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a, T> {
    shown: T,
    name: Option<&'a str>,
}

impl<T: fmt::Display> fmt::Display for Named<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fmt(f)?;
        match self.name {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_about_an_address_names_it() {
        let text = "# hosts\n10.2.2.2\tmmsc-1 mmsc-1.alpha  # the first\n\n::1 lo\nfe80::1%eth0 link\n10.2.2.2 other\r\n";
        let names = HostNames::parse(text).unwrap();
        let of = |host: &str| names.of(host.parse().unwrap());
        assert_eq!(of("10.2.2.2"), Some("mmsc-1"));
        assert_eq!(of("::1"), Some("lo"));
        assert_eq!(of("fe80::1"), Some("link"));
        assert_eq!(of("10.2.2.3"), None);
        let end = Endpoint::new("10.2.2.2".parse().unwrap(), 80);
        assert_eq!(names.end(end).to_string(), "10.2.2.2:80 (mmsc-1)");
        assert_eq!(names.value("10.2.2.2".to_owned()), "10.2.2.2 (mmsc-1)");
        assert_eq!(names.value("mms.example".to_owned()), "mms.example");
    }

    #[test]
    fn a_line_without_address_or_name_is_told() {
        let told = |text| HostNames::parse(text).unwrap_err().to_string();
        assert_eq!(
            told("\nmmsc 10.2.2.2"),
            "line 2: it does not begin with an IP address"
        );
        assert_eq!(
            told("10.2.2.2 # mmsc"),
            "line 1: there is no name behind the address"
        );
        let long = format!("10.2.2.2 {}", "a".repeat(256));
        assert_eq!(told(&long), "line 1: the name is longer than 255 octets");
    }
}
