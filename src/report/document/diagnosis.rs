//! Why there may be fewer messages than there were, in the output's shape and in words that say what would help.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{Reason, ReasonKind};

/// Names that one reason tells.
const NAMES: usize = 10;

/// Something that was seen and could hide messages or legs of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Diagnosis {
    /// What.
    pub kind: ReasonKind,
    /// How many connections, frames or requests.
    pub count: u64,
    /// The capture of the first one.
    pub capture: Option<u32>,
    /// The frame of the first one.
    pub frame: Option<u64>,
    /// What it is about, the most frequent first: hosts, addresses, link types, media types.
    pub names: Vec<String>,
    /// Ports of servers, the most frequent first.
    pub ports: Vec<u16>,
    /// In words, with what would help.
    pub detail: String,
}

impl From<&Reason> for Diagnosis {
    fn from(reason: &Reason) -> Self {
        let names = reason.names.iter().take(NAMES);
        Self {
            kind: reason.kind,
            count: reason.count,
            capture: reason.first.map(|first| first.capture.0),
            frame: reason.first.map(|first| first.frame.0),
            names: names.map(|(name, _)| name.clone()).collect(),
            ports: reason.ports.iter().take(NAMES).copied().collect(),
            detail: detail(reason),
        }
    }
}

/// What a run's reasons are in the document.
pub fn diagnosis(reasons: &[Reason]) -> Vec<Diagnosis> {
    reasons.iter().map(Into::into).collect()
}

fn detail(reason: &Reason) -> String {
    let names = listed(reason);
    let ports = ports(&reason.ports);
    let counted = |one: &str, many: &str| match reason.count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let connections = counted("connection", "connections");
    match reason.kind {
        ReasonKind::Tls => format!(
            "{connections}{ports} encrypted with TLS{names}: give the sessions' keys (`--keylog`), or capture where they are in \
             the clear, behind the load balancer or proxy"
        ),
        ReasonKind::Quic => format!(
            "{connections}{ports} of QUIC (HTTP/3), which is always encrypted: capture behind the proxy, or block the port so \
             that phones fall back to TCP"
        ),
        ReasonKind::Http2 => format!("{connections}{ports} of HTTP/2, which is not read"),
        ReasonKind::Wtls => format!(
            "{connections}{ports} of WTLS, the encryption of WAP: capture behind the WAP gateway, where it is HTTP"
        ),
        ReasonKind::Esp => format!(
            "{} encrypted by IPsec (ESP): capture behind the IPsec gateway",
            counted("packet", "packets")
        ),
        ReasonKind::SnapLength => format!(
            "{} of {} frames were cut by the snap length, after {} octets or fewer: capture again with `tcpdump -s 0`",
            reason.count, reason.total, reason.octets
        ),
        ReasonKind::OneDirection => format!(
            "{connections} of which only one direction was captured{names}: the tap or mirror port must have both"
        ),
        ReasonKind::MidConnection => format!(
            "{connections} of {} had begun before the capture, and nothing was recognised there: capture from before \
             their beginning, or for longer",
            reason.total
        ),
        ReasonKind::LinkType => format!(
            "{} with a link layer that is not read{names}: capture at an Ethernet or IP interface",
            counted("frame", "frames")
        ),
        ReasonKind::SmtpWithoutMms => format!(
            "{connections}{ports} of SMTP were read; no mail in them is of MMS (MM4, or mail to and from phone numbers)"
        ),
        ReasonKind::SoapWithoutMms => format!(
            "{} of SOAP or XML were read; none is of MM7",
            counted("request", "requests")
        ),
        ReasonKind::HttpWithoutMms => format!(
            "{} of HTTP were read; none carries MMS{names}",
            counted("request", "requests")
        ),
    }
}

/// ` (a, b, 3 more)`.
fn listed(reason: &Reason) -> String {
    if reason.names.is_empty() {
        return String::new();
    }
    let names = reason.names.iter().take(NAMES);
    let mut words: Vec<String> = names.map(|(name, _)| name.clone()).collect();
    match reason.names.len().saturating_sub(NAMES) {
        0 => {}
        more => words.push(format!("{more} more")),
    }
    format!(" ({})", words.join(", "))
}

/// ` to port 443`.
fn ports(ports: &[u16]) -> String {
    /// Ports that are told in words; the document has more.
    const TOLD: usize = 3;
    let told: Vec<String> = ports.iter().take(TOLD).map(ToString::to_string).collect();
    match told.as_slice() {
        [] => String::new(),
        [one] => format!(" to port {one}"),
        _ if ports.len() > TOLD => format!(" to ports {} and others", told.join(", ")),
        _ => format!(" to ports {}", told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(kind: ReasonKind, count: u64, names: &[(&str, u64)], ports: &[u16]) -> Reason {
        Reason {
            kind,
            count,
            total: 200,
            first: None,
            names: names
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect(),
            ports: ports.to_vec(),
            octets: 96,
        }
    }

    #[test]
    fn a_reason_says_how_much_where_and_what_helps() {
        let told = |reason: Reason| Diagnosis::from(&reason).detail;
        let tls = told(reason(ReasonKind::Tls, 41, &[("mms.alpha.example", 41)], &[443]));
        assert!(
            tls.starts_with("41 connections to port 443 encrypted with TLS (mms.alpha.example): "),
            "{tls}"
        );
        let cut = told(reason(ReasonKind::SnapLength, 120, &[], &[]));
        assert!(
            cut.contains("120 of 200") && cut.contains("96 octets") && cut.contains("tcpdump -s 0"),
            "{cut}"
        );
        let one = told(reason(
            ReasonKind::OneDirection,
            1,
            &[("10.1.1.1 to 10.2.2.2", 1)],
            &[],
        ));
        assert!(
            one.starts_with("1 connection of which only one direction was captured (10.1.1.1 to 10.2.2.2)"),
            "{one}"
        );
    }

    #[test]
    fn many_names_and_ports_are_cut() {
        let names: Vec<(String, u64)> = (0..12).map(|n| (format!("a/{n}"), 1)).collect();
        let many = Reason {
            names,
            ..reason(ReasonKind::Tls, 3, &[], &[1, 2, 3, 4])
        };
        let entry = Diagnosis::from(&many);
        assert_eq!((entry.names.len(), entry.ports.len()), (10, 4));
        assert!(entry.detail.contains("2 more)") && entry.detail.contains("ports 1, 2, 3 and others"));
    }
}
