//! Requests that got no answer in time, until it is known whether one would have been captured.

use std::collections::VecDeque;

use crate::correlate::verdict::coverage::CoveredTime;
use crate::model::{Nanoseconds, Timestamp};
use crate::session::surroundings::NoAnswer;

/// Those of which that is not known, in the order in which they became known.
#[derive(Debug)]
pub(crate) struct Unanswered {
    /// How many are kept. Of those that go before, nothing is known: they count as not seen.
    limit: usize,
    response_timeout: Nanoseconds,
    waiting: VecDeque<NoAnswer>,
}

impl Unanswered {
    pub(crate) const fn within(limit: usize, response_timeout: Nanoseconds) -> Self {
        Self {
            limit,
            response_timeout,
            waiting: VecDeque::new(),
        }
    }

    pub(crate) fn push(&mut self, event: NoAnswer) {
        if self.waiting.len() >= self.limit {
            self.waiting.pop_front();
        }
        self.waiting.push_back(event);
    }

    /// How many there are, where one of them was asked before a moment.
    pub(crate) fn waits_since(&self, before: Timestamp) -> Option<usize> {
        let first = self.waiting.front()?;
        (first.asked <= before).then_some(self.waiting.len())
    }

    /// Takes out those that are proven: who captured answers of that server to that client was at work from the request on for as
    /// long as an answer may take. Those asked before a moment, and not proven, are forgotten; without one, all.
    pub(crate) fn take_proven(&mut self, covered: &CoveredTime, before: Option<Timestamp>) -> Vec<NoAnswer> {
        let mut proven = Vec::new();
        let response_timeout = self.response_timeout;
        self.waiting.retain(|event| {
            let until = event.asked.plus(response_timeout);
            if covered.would_show(event.asked, until, event.answers_seen_by.iter()) {
                proven.push(*event);
                return false;
            }
            before.is_some_and(|before| event.asked > before)
        });
        proven
    }
}
