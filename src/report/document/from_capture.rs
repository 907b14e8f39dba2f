//! What was found out about an input, in the output's shape.

use super::{Anomaly, Capture, Problem};
use crate::{
    capture::CaptureReport,
    model::{AnomalyEntry, AnomalyKind, AnomalyLog},
};

impl From<&CaptureReport> for Capture {
    fn from(report: &CaptureReport) -> Self {
        Self {
            path: report.path.clone(),
            format: report.format_name(),
            link_types: report.link_types.iter().map(ToString::to_string).collect(),
            packets: report.packets,
            bytes: report.bytes,
            first: report.first,
            last: report.last,
            problems: report.problems.iter().map(Problem::from).collect(),
        }
    }
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
