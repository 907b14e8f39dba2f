//! What was found out about an input, in the output's shape.

use std::collections::BTreeMap;

use super::{Anomaly, Capture, ClockEntry, ClockOrigin, Problem, TlsEntry};
use crate::{
    capture::CaptureReport,
    model::{
        AnomalyEntry, AnomalyKind, AnomalyLog, CaptureClock, CaptureIndex, ClockBasis, ClockVerdict,
        Endpoint, Nanoseconds, Timestamp,
    },
    tls::{Agreement, TlsCounts, TlsInventory},
};

/// TLS entries of a capture.
const TLS_ENTRIES: usize = 100;

/// The inputs, with the TLS connections in them.
pub fn captures(reports: &[CaptureReport], tls: &TlsInventory) -> Vec<Capture> {
    let with_index = reports.iter().zip(0..);
    with_index
        .map(|(report, index)| capture(report, tls, CaptureIndex(index)))
        .collect()
}

fn capture(report: &CaptureReport, tls: &TlsInventory, index: CaptureIndex) -> Capture {
    let (servers, rest) = tls.servers_in(index, TLS_ENTRIES);
    let listed = servers
        .iter()
        .map(|server| tls_entry(server.server, server.agreement, server.counts));
    let rest = rest.map(|counts| tls_entry(None, None, &counts));
    Capture {
        path: report.path.clone(),
        format: report.format_name(),
        link_types: report.link_types.iter().map(ToString::to_string).collect(),
        packets: report.packets,
        bytes: report.bytes,
        first: report.first,
        last: report.last,
        clock: report
            .clock
            .as_ref()
            .map(|clock| clock_entry(clock, report.first)),
        problems: report.problems.iter().map(Problem::from).collect(),
        tls: listed.chain(rest).collect(),
    }
}

/// What is known of a clock, of a capture that begins then.
fn clock_entry(clock: &CaptureClock, first: Option<Timestamp>) -> ClockEntry {
    let measured = match clock.basis {
        ClockBasis::Given => None,
        ClockBasis::Measured(measure) => Some(measure),
    };
    ClockEntry {
        origin: match measured {
            None => ClockOrigin::Given,
            Some(_) => ClockOrigin::Measured,
        },
        verdict: measured
            .map_or(ClockVerdict::Straight, |measure| measure.verdict)
            .name()
            .to_owned(),
        shift_ms: milliseconds(clock.shift.at(first.unwrap_or_default())),
        drift_ppm: measured.map_or(0.0, |measure| (measure.drift_ppm * 1_000.0).round() / 1_000.0),
        ahead_ms: measured.map(|measure| milliseconds(measure.ahead)),
        reference: measured.map(|measure| measure.reference.0),
        packets: measured.map_or(0, |measure| measure.packets),
        scatter_ms: measured.map(|measure| milliseconds(measure.scatter)),
        path_ms: measured.map(|measure| milliseconds(measure.path)),
    }
}

/// To the microsecond.
fn milliseconds(nanoseconds: Nanoseconds) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a difference of clocks to the microsecond"
    )]
    let microseconds = (nanoseconds / 1_000) as f64;
    microseconds / 1_000.0
}

fn tls_entry(server: Option<Endpoint>, agreement: Option<&Agreement>, counts: &TlsCounts) -> TlsEntry {
    TlsEntry {
        server,
        sni: agreement.and_then(|agreement| agreement.name.clone()),
        alpn: agreement.and_then(|agreement| agreement.protocol.clone()),
        version: agreement
            .and_then(|agreement| agreement.version)
            .map(|version| version.name().to_owned()),
        cipher: agreement
            .and_then(|agreement| agreement.suite)
            .map(|suite| suite.to_string()),
        subject: counts.subject.clone(),
        connections: counts.connections,
        read: counts.read,
        partly: counts.partly,
        unread: named(&counts.unread, |reason| reason.name()),
        failed: named(&counts.failed, |alert| alert.name()),
        first_frame: counts.first_frame.0,
    }
}

fn named<K>(counts: &BTreeMap<K, u64>, name: impl Fn(&K) -> &'static str) -> BTreeMap<String, u64> {
    let mut named = BTreeMap::new();
    for (key, count) in counts {
        *named.entry(name(key).to_owned()).or_default() += count;
    }
    named
}

impl From<&crate::capture::Problem> for Problem {
    fn from(problem: &crate::capture::Problem) -> Self {
        Self {
            kind: problem.kind.name().to_owned(),
            frame: problem.frame.map(|frame| frame.0),
            detail: problem.detail.clone(),
            count: problem.count,
        }
    }
}

/// The anomalies of a run, one entry a kind.
pub fn anomalies(log: &AnomalyLog) -> Vec<Anomaly> {
    log.iter().map(|(kind, entry)| anomaly(kind, entry)).collect()
}

fn anomaly(kind: AnomalyKind, entry: &AnomalyEntry) -> Anomaly {
    Anomaly {
        kind: kind.name().to_owned(),
        count: entry.count,
        capture: entry.first.map(|first| first.capture.0),
        frame: entry.first.map(|first| first.frame.0),
        detail: entry.detail.clone(),
    }
}
