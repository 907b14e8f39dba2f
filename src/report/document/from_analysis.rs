//! From an analysis to the document.

use crate::analysis::{Analysis, Reason};
use crate::capture::CaptureReport;
use crate::correlate::Totals;
use crate::model::AnomalyLog;
use crate::tls::TlsInventory;

use super::diagnosis::diagnosis;
use super::from_capture::{anomalies, captures};
use super::statistics::summary_of;
use super::{Document, FORMAT, VERSION};

impl Document {
    /// What was found beside messages and operations, and the totals, of a run that handed these on: its inputs, with the TLS
    /// connections in them, what was odd, and why there may be less than there was.
    pub fn without_messages(
        (reports, tls): (&[CaptureReport], &TlsInventory),
        totals: &Totals,
        log: &AnomalyLog,
        reasons: &[Reason],
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            captures: captures(reports, tls),
            messages: Vec::new(),
            operations: Vec::new(),
            context: totals.unjoined.clone(),
            anomalies: anomalies(log),
            diagnosis: diagnosis(reasons),
            summary: totals.into(),
        }
    }
}

/// Everything that was found, in output order.
impl From<Analysis> for Document {
    fn from(analysis: Analysis) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            captures: captures(&analysis.run.captures, &analysis.run.tls),
            summary: summary_of(&(&analysis.totals).into(), &analysis.messages),
            messages: analysis.messages,
            operations: analysis.operations,
            context: analysis.totals.unjoined,
            anomalies: anomalies(&analysis.run.anomalies),
            diagnosis: diagnosis(&analysis.diagnosis),
        }
    }
}
