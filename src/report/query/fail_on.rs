//! `--fail-on`: what in a result makes the run end with status 1.

use crate::report::document::{Capture, Summary, TlsEntry};

/// A condition on a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// A message failed.
    Failure,
    /// A message reached only some of its recipients.
    Partial,
    /// A message is undecided.
    Open,
    /// A PDU is not what the specification allows.
    Malformed,
    /// A capture is cut or damaged.
    Cut,
    /// A TLS connection was not read, or not all of it.
    Unread,
}

impl FailOn {
    /// Every condition.
    pub const ALL: &[Self] = &[
        Self::Failure,
        Self::Partial,
        Self::Open,
        Self::Malformed,
        Self::Cut,
        Self::Unread,
    ];

    /// As the option takes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Partial => "partial",
            Self::Open => "open",
            Self::Malformed => "malformed",
            Self::Cut => "cut",
            Self::Unread => "unread",
        }
    }

    /// How often it is met by what was selected and by the inputs.
    pub fn count(self, captures: &[Capture], summary: &Summary) -> u64 {
        match self {
            Self::Failure => summary.failure,
            Self::Partial => summary.partial,
            Self::Open => summary.open,
            Self::Malformed => summary.malformed_pdus,
            Self::Cut => captures.iter().map(|capture| capture.problems.len() as u64).sum(),
            Self::Unread => captures
                .iter()
                .flat_map(|capture| &capture.tls)
                .map(TlsEntry::not_read)
                .sum(),
        }
    }

    /// In words, for the line on stderr: `2 messages failed`.
    pub fn told(self, count: u64) -> String {
        let messages = crate::report::words::human::count(count, "message");
        match self {
            Self::Failure => format!("{messages} failed"),
            Self::Partial => format!("{messages} reached only some recipients"),
            Self::Open => format!("{messages} undecided"),
            Self::Malformed => crate::report::words::human::count(count, "malformed PDU"),
            Self::Cut => format!(
                "{} with a capture",
                crate::report::words::human::count(count, "problem")
            ),
            Self::Unread => format!(
                "{} not read",
                crate::report::words::human::count(count, "TLS connection")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Problem;
    use crate::report::sample;

    #[test]
    fn each_condition_counts_its_own() {
        let mut document = sample::document();
        document.summary.malformed_pdus = 7;
        document.captures[0].problems.push(Problem {
            kind: "truncated_file".to_owned(),
            frame: Some(99),
            detail: "ends inside a record".to_owned(),
            count: 1,
        });
        document.captures[0].tls.push(TlsEntry {
            connections: 3,
            read: 1,
            partly: 1,
            unread: [("no_key".to_owned(), 1)].into(),
            ..TlsEntry::default()
        });
        let counts: Vec<u64> = FailOn::ALL
            .iter()
            .map(|condition| condition.count(&document.captures, &document.summary))
            .collect();
        assert_eq!(counts, [1, 1, 1, 7, 1, 2]);
        let quiet = sample::document_of(vec![sample::delivered()]);
        assert!(
            FailOn::ALL
                .iter()
                .all(|condition| condition.count(&quiet.captures, &quiet.summary) == 0)
        );
    }
}
