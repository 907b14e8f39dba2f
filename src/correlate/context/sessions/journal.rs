//! What was told of sessions, in the order in which it was told, until somebody asks whose an address was.

use std::net::Ipv4Addr;

use crate::correlate::context::passage::PackedFrame;
use crate::correlate::context::queue::Queue;
use crate::correlate::context::sessions::report::{PackedEnd, Report};
use crate::model::{Extent, FrameRef, Labels, PhoneAddresses, Prefix, TransactionStatus};
use crate::session::surroundings::{
    Answered, GtpAnswer, NoAnswer, TransactionAnswer, TransactionId, TunnelEnd,
};

/// How a request about a session ended: with an answer, or proven to have none.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) id: TransactionId,
    pub(super) status: TransactionStatus,
    at: PackedFrame,
    /// How many requests were told before it.
    after: u64,
    /// What only some say.
    said: Option<Box<Said>>,
}

/// What some answers say of a session.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) labels: Labels,
    v4: Option<Ipv4Addr>,
    /// GTP-C: where the control messages of the session, and its packets, are to be sent.
    tunnels: [PackedEnd; 2],
    /// What only few have.
    more: Option<Box<More>>,
}

/// What few answers have.
#[derive(Debug)]
struct More {
    /// The first frame, where it is not the last.
    first: Option<FrameRef>,
    prefixes: [Option<Prefix>; 2],
    /// Those that do not fit in otherwise.
    tunnels: [Option<TunnelEnd>; 2],
}

impl Said {
    fn new(
        labels: Labels,
        first: Option<FrameRef>,
        addresses: PhoneAddresses,
        tunnels: [Option<TunnelEnd>; 2],
    ) -> Self {
        let [control, user] = tunnels.map(PackedEnd::new);
        let fit_in = control.is_some() && user.is_some();
        let PhoneAddresses { v4, prefixes } = addresses;
        let has_more = first.is_some() || prefixes != [None, None] || !fit_in;
        Self {
            labels,
            v4,
            tunnels: [control.unwrap_or_default(), user.unwrap_or_default()],
            more: has_more.then(|| {
                Box::new(More {
                    first,
                    prefixes,
                    tunnels,
                })
            }),
        }
    }

    pub(super) fn addresses(&self) -> PhoneAddresses {
        PhoneAddresses {
            v4: self.v4,
            prefixes: self.more.as_ref().map_or([None, None], |more| more.prefixes),
        }
    }

    /// GTP-C: where the control messages of the session are to be sent.
    pub(super) fn control(&self) -> Option<TunnelEnd> {
        let other = || self.more.as_ref().and_then(|more| more.tunnels[0]);
        self.tunnels[0].end().or_else(other)
    }

    /// GTP-C: where its packets are to be sent.
    pub(super) fn user(&self) -> Option<TunnelEnd> {
        let other = || self.more.as_ref().and_then(|more| more.tunnels[1]);
        self.tunnels[1].end().or_else(other)
    }
}

impl Ending {
    pub(super) fn of_answer(answer: &TransactionAnswer<'_>) -> Self {
        let Extent { first, last } = answer.extent;
        let first = Some(first).filter(|first| *first != last);
        let (addresses, tunnels) = match &answer.answered {
            Answered::Gtp(answered) => (answered.addresses, [control_of(answer, answered), answered.user]),
            Answered::Session(addresses) => (*addresses, [None, None]),
            _ => (PhoneAddresses::default(), [None, None]),
        };
        let says_something = first.is_some() || !addresses.is_empty() || tunnels != [None, None];
        let said =
            says_something.then(|| Box::new(Said::new(answer.network.labels, first, addresses, tunnels)));
        Self {
            id: answer.transaction,
            status: answer.status,
            at: PackedFrame::new(last),
            after: 0,
            said,
        }
    }

    pub(super) const fn of_no_answer(event: &NoAnswer) -> Self {
        Self {
            id: event.transaction,
            status: TransactionStatus::NoAnswer,
            at: PackedFrame::new(event.at),
            after: 0,
            said: None,
        }
    }

    pub(super) fn said(&self) -> Option<&Said> {
        self.said.as_deref()
    }

    /// The frames of the answer, where there is one.
    pub(super) fn response(&self) -> Option<Extent> {
        let last = self.at.frame();
        let more = self.said.as_ref().and_then(|said| said.more.as_ref());
        let first = more.and_then(|more| more.first);
        (self.status != TransactionStatus::NoAnswer).then(|| Extent {
            first: first.unwrap_or(last),
            last,
        })
    }
}

/// Where the control messages of a session are to be sent: where an answer does not say it, to where it comes from.
fn control_of(answer: &TransactionAnswer<'_>, answered: &GtpAnswer) -> Option<TunnelEnd> {
    answered.control.map(|end| TunnelEnd {
        address: Some(end.address.unwrap_or(answer.source.address)),
        ..end
    })
}

/// One thing that was told.
#[derive(Debug)]
pub(super) enum Entry {
    Report(Report),
    Ending(Ending),
}

/// What the allocator takes for a piece of its own.
const BOX_OCTETS: usize = 16;

/// What was told of sessions and not looked at since.
#[derive(Debug, Default)]
pub(super) struct Journal {
    reports: Queue<Report>,
    endings: Queue<Ending>,
    /// How many requests came, and how many were taken out since.
    told: u64,
    taken: u64,
    /// Octets that lie beside the two.
    boxed: usize,
}

impl Journal {
    /// The octets that it takes, about.
    pub(super) const fn octets(&self) -> usize {
        self.reports
            .len()
            .saturating_mul(size_of::<Report>())
            .saturating_add(self.endings.len().saturating_mul(size_of::<Ending>()))
            .saturating_add(self.boxed)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.reports.len() == 0 && self.endings.len() == 0
    }

    pub(super) fn report(&mut self, report: Report) {
        if report.has_more() {
            self.boxed = self.boxed.saturating_add(BOX_OCTETS + size_of::<More>());
        }
        self.reports.push_back(report);
        self.told = self.told.saturating_add(1);
    }

    pub(super) fn ending(&mut self, ending: Ending) {
        if ending.said.is_some() {
            self.boxed = self.boxed.saturating_add(BOX_OCTETS + size_of::<Said>());
        }
        self.endings.push_back(Ending {
            after: self.told,
            ..ending
        });
    }

    /// Takes out what was told first.
    pub(super) fn pop(&mut self) -> Option<Entry> {
        self.boxed = 0;
        let is_next = |ending: &Ending| ending.after <= self.taken;
        if self.endings.get(0).is_some_and(is_next) {
            return self.endings.pop_front().map(Entry::Ending);
        }
        let report = self.reports.pop_front()?;
        self.taken = self.taken.saturating_add(1);
        Some(Entry::Report(report))
    }

    /// A request that it holds; mostly one of the last. Their numbers ascend.
    pub(super) fn find(&self, id: TransactionId) -> Option<&Report> {
        let id_at = |back: usize| {
            let place = self.reports.len().checked_sub(back)?;
            self.reports.get(place).map(|report| report.id)
        };
        let mut far = 1;
        while id_at(far).is_some_and(|found| found > id) {
            far = far.saturating_mul(2);
        }
        let (mut near, mut far) = (far / 2, far.min(self.reports.len()));
        // What is `far` from the end is not behind it, what is `near` is.
        while far.saturating_sub(near) > 1 {
            let middle = near.midpoint(far);
            match id_at(middle) {
                Some(found) if found > id => near = middle,
                _ => far = middle,
            }
        }
        let place = self.reports.len().checked_sub(far)?;
        self.reports.get(place).filter(|report| report.id == id)
    }

    /// What it holds of how requests ended.
    pub(super) fn endings(&self) -> impl Iterator<Item = &Ending> {
        self.endings.iter()
    }

    /// The requests that it holds.
    pub(super) fn reports(&self) -> impl Iterator<Item = &Report> {
        self.reports.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told later would else be thought to be behind requests that nobody told.
    #[test]
    fn looking_into_an_empty_journal_takes_nothing_out() {
        let mut journal = Journal::default();
        assert!(journal.pop().is_none() && journal.pop().is_none());
        assert_eq!((journal.told, journal.taken), (0, 0));
    }
}
