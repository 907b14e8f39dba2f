//! Requests of which nothing says yet that they are MMS: GETs of any kind, and POSTs without a readable PDU.
//! Bounded, whatever web traffic passes. That it passes through here is no anomaly, so none is noted.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::store::leg::LegRecord;
use crate::session::ExchangeId;

/// How many requests wait for their answers, which follow within minutes.
const MAX_WAITING: usize = 16_384;

/// How many are kept of which all is said: a notification that was sent before the GET and captured after it is out
/// of order by seconds at most.
const MAX_OVER: usize = 4096;

/// All of them.
#[derive(Debug)]
pub(crate) struct UnmatchedRequests {
    waiting: RequestList,
    over: RequestList,
}

impl Default for UnmatchedRequests {
    fn default() -> Self {
        Self {
            waiting: RequestList::of(MAX_WAITING),
            over: RequestList::of(MAX_OVER),
        }
    }
}

impl UnmatchedRequests {
    /// Keeps a request.
    pub(crate) fn insert(&mut self, request: Request) {
        match request.leg.is_pending() {
            true => self.waiting.insert(request),
            false => self.over.insert(request),
        }
    }

    /// Takes a request out.
    pub(crate) fn take(&mut self, id: ExchangeId) -> Option<Request> {
        self.waiting.take(id).or_else(|| self.over.take(id))
    }

    /// Takes out every GET of a target.
    pub(crate) fn claim(&mut self, target: u64) -> impl Iterator<Item = LegRecord> {
        [&mut self.over, &mut self.waiting]
            .into_iter()
            .flat_map(move |list| list.claim(target))
    }
}

/// A request that nobody claims yet.
#[derive(Debug)]
pub(crate) struct Request {
    /// The key of a GET's URL.
    pub(crate) target: Option<u64>,
    pub(crate) leg: LegRecord,
}

/// Requests in the order of their exchanges, which is that of time, or nearly.
#[derive(Debug)]
struct RequestList {
    /// How many there is room for. The oldest give way.
    room: usize,
    requests: BTreeMap<ExchangeId, Request>,
    by_target: BTreeSet<(u64, ExchangeId)>,
}

impl RequestList {
    const fn of(room: usize) -> Self {
        Self {
            room,
            requests: BTreeMap::new(),
            by_target: BTreeSet::new(),
        }
    }

    fn insert(&mut self, mut request: Request) {
        request.leg.texts.shrink_to_fit();
        let id = request.leg.exchange;
        self.by_target.extend(request.target.map(|target| (target, id)));
        self.requests.insert(id, request);
        if self.requests.len() > self.room
            && let Some((oldest, _)) = self.requests.first_key_value()
        {
            self.take(*oldest);
        }
    }

    fn take(&mut self, id: ExchangeId) -> Option<Request> {
        let request = self.requests.remove(&id)?;
        if let Some(target) = request.target {
            self.by_target.remove(&(target, id));
        }
        Some(request)
    }

    fn claim(&mut self, target: u64) -> impl Iterator<Item = LegRecord> {
        let all = (target, ExchangeId(0))..=(target, ExchangeId(u64::MAX));
        let ids: Vec<ExchangeId> = self.by_target.range(all).map(|(_, id)| *id).collect();
        ids.into_iter()
            .filter_map(|id| self.take(id).map(|request| request.leg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::samples;
    use crate::correlate::store::leg::Completion;

    fn request(id: u64, completion: Completion) -> Request {
        Request {
            target: Some(id % 2),
            leg: samples::get_leg(id, "/", completion),
        }
    }

    #[test]
    fn the_oldest_give_way_and_nothing_stays_behind() {
        for (completion, room) in [
            (Completion::Pending, MAX_WAITING),
            (Completion::NoneExpected, MAX_OVER),
        ] {
            let mut unclaimed = UnmatchedRequests::default();
            let total = room as u64 * 2;
            for id in 0..total {
                unclaimed.insert(request(id, completion.clone()));
                if id % 3 == 0 {
                    unclaimed.take(ExchangeId(id));
                }
            }
            assert!(unclaimed.take(ExchangeId(1)).is_none());
            assert!(unclaimed.take(ExchangeId(total - 1)).is_some());
            for list in [&unclaimed.waiting, &unclaimed.over] {
                assert!(list.requests.len() <= list.room);
                assert_eq!(list.by_target.len(), list.requests.len());
            }
        }
    }

    #[test]
    fn a_target_claims_all_its_requests_and_no_other() {
        let mut unclaimed = UnmatchedRequests::default();
        for id in 0..4 {
            unclaimed.insert(request(id, Completion::Pending));
            unclaimed.insert(request(id + 4, Completion::NoneExpected));
        }
        let claimed = unclaimed.claim(1).map(|leg| leg.exchange.0);
        assert_eq!(claimed.collect::<Vec<_>>(), [5, 7, 1, 3]);
        assert_eq!(unclaimed.claim(1).count(), 0);
        assert_eq!(unclaimed.claim(0).count(), 4);
        assert!(unclaimed.take(ExchangeId(1)).is_none());
    }

    /// However much web traffic passes while an answer is on its way.
    #[test]
    fn what_is_over_does_not_push_out_what_waits() {
        let mut unclaimed = UnmatchedRequests::default();
        unclaimed.insert(request(0, Completion::Pending));
        for id in 1..100_000 {
            unclaimed.insert(request(id, Completion::NoneExpected));
        }
        assert!(unclaimed.take(ExchangeId(0)).is_some());
    }
}
