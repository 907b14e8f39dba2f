//! Answers that were captured before their requests, as with several taps, and do not say what was asked.

use std::collections::VecDeque;

use crate::model::{Endpoint, Extent, NetworkId, PhoneAddresses, TransactionStatus};
use crate::session::surroundings::{
    Answered, GtpAnswer, TransactionAnswer, TransactionId, TransactionSubject,
};

/// How many are kept: what comes within the second in which a request may follow, where it may. Of answers whose requests are not
/// captured at all none will be asked for.
const KEPT: usize = 1_024;

/// What such an answer says beside its status.
#[derive(Debug)]
enum Said {
    Status,
    Gtp(GtpAnswer),
    Session(PhoneAddresses),
}

/// An answer whose request is still to come.
#[derive(Debug)]
pub(crate) struct EarlyAnswer {
    transaction: TransactionId,
    network: NetworkId,
    source: Endpoint,
    destination: Endpoint,
    extent: Extent,
    status: TransactionStatus,
    said: Said,
}

impl EarlyAnswer {
    /// The answer, to a request that asked for this.
    pub(crate) fn answer(&self, subject: TransactionSubject) -> TransactionAnswer<'_> {
        TransactionAnswer {
            transaction: self.transaction,
            subject: Some(subject),
            network: self.network,
            source: self.source,
            destination: self.destination,
            extent: self.extent,
            status: self.status,
            answered: match &self.said {
                Said::Status => Answered::Status,
                Said::Gtp(answer) => Answered::Gtp(answer),
                Said::Session(addresses) => Answered::Session(*addresses),
            },
        }
    }
}

/// The last of them.
#[derive(Debug, Default)]
pub(crate) struct EarlyAnswers(VecDeque<EarlyAnswer>);

impl EarlyAnswers {
    /// Keeps an answer that says nothing of what was asked.
    pub(crate) fn keep(&mut self, answer: &TransactionAnswer<'_>) {
        let said = match &answer.answered {
            Answered::Status => Said::Status,
            Answered::Gtp(answer) => Said::Gtp(**answer),
            Answered::Session(addresses) => Said::Session(*addresses),
            Answered::Dns(_) | Answered::Transcoding(_) | Answered::Unreachable(_) => return,
        };
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(EarlyAnswer {
            transaction: answer.transaction,
            network: answer.network,
            source: answer.source,
            destination: answer.destination,
            extent: answer.extent,
            status: answer.status,
            said,
        });
    }

    /// The one to a request that came after it. Their numbers ascend.
    pub(crate) fn take(&mut self, transaction: TransactionId) -> Option<EarlyAnswer> {
        let place = self
            .0
            .binary_search_by_key(&transaction, |answer| answer.transaction)
            .ok()?;
        self.0.remove(place)
    }
}
