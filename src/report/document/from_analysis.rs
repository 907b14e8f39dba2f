//! From an analysis to the document.

use crate::analysis::Analysis;

use super::from_capture::anomalies;
use super::{Document, FORMAT, VERSION, from_correlate};

/// Everything that was found, in output order, each message and operation under its number.
impl From<Analysis> for Document {
    fn from(analysis: Analysis) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            captures: analysis.run.captures.iter().map(Into::into).collect(),
            messages: (1..)
                .zip(analysis.messages)
                .map(|(id, message)| from_correlate::message(id, message))
                .collect(),
            operations: (1..)
                .zip(analysis.operations)
                .map(|(id, operation)| from_correlate::operation(id, operation))
                .collect(),
            anomalies: anomalies(&analysis.run.anomalies),
            summary: from_correlate::summary(&analysis.totals),
        }
    }
}
