//! From an analysis to the document.

use crate::analysis::Analysis;

use super::diagnosis::diagnosis;
use super::from_capture::{anomalies, captures};
use super::statistics::summary_of;
use super::{Document, FORMAT, VERSION};

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
