//! Requests of which nothing says yet that they are MMS: GETs of any kind, and POSTs without a readable PDU.
//! Bounded, whatever web traffic passes. That it passes through here is no anomaly, so none is noted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::correlate::store::leg::LegRecord;
use crate::model::NetworkId;
use crate::session::ExchangeId;

/// How many requests wait for their answers, which follow within minutes.
const MAX_WAITING: usize = 16_384;

/// How many requests are kept that are complete. A notification that was sent before the GET and captured after it may
/// still announce its target, but captures are out of order by seconds at most.
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
    pub(crate) fn insert(&mut self, request: UnmatchedRequest) {
        match request.leg.is_pending() {
            true => self.waiting.insert(request),
            false => self.over.insert(request),
        }
    }

    /// Takes a request out.
    pub(crate) fn take(&mut self, id: ExchangeId) -> Option<UnmatchedRequest> {
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
pub(crate) struct UnmatchedRequest {
    /// The key of a GET's URL.
    pub(crate) target: Option<u64>,
    pub(crate) leg: LegRecord,
}

/// Who sent a request.
type Client = (NetworkId, IpAddr);

fn client(leg: &LegRecord) -> Client {
    (leg.network, leg.client.address)
}

/// Requests in the order of their exchanges, which is that of time, or nearly.
#[derive(Debug)]
struct RequestList {
    /// How many it holds. Beyond it the client with the most requests loses its oldest.
    limit: usize,
    requests: BTreeMap<ExchangeId, UnmatchedRequest>,
    by_target: BTreeSet<(u64, ExchangeId)>,
    by_client: BTreeMap<Client, BTreeSet<ExchangeId>>,
    /// Clients by how many requests they have; of equal ones that with the oldest request is the last.
    by_count: BTreeSet<(usize, Reverse<ExchangeId>, Client)>,
}

impl RequestList {
    const fn of(limit: usize) -> Self {
        Self {
            limit,
            requests: BTreeMap::new(),
            by_target: BTreeSet::new(),
            by_client: BTreeMap::new(),
            by_count: BTreeSet::new(),
        }
    }

    fn insert(&mut self, mut request: UnmatchedRequest) {
        request.leg.texts.shrink_to_fit();
        let id = request.leg.exchange;
        self.by_target.extend(request.target.map(|target| (target, id)));
        self.recount(client(&request.leg), |requests| {
            requests.insert(id);
        });
        self.requests.insert(id, request);
        if self.requests.len() > self.limit
            && let Some((_, Reverse(oldest), _)) = self.by_count.last()
        {
            self.take(*oldest);
        }
    }

    fn take(&mut self, id: ExchangeId) -> Option<UnmatchedRequest> {
        let request = self.requests.remove(&id)?;
        if let Some(target) = request.target {
            self.by_target.remove(&(target, id));
        }
        self.recount(client(&request.leg), |requests| {
            requests.remove(&id);
        });
        Some(request)
    }

    /// Changes what a client has.
    fn recount(&mut self, client: Client, change: impl FnOnce(&mut BTreeSet<ExchangeId>)) {
        let requests = self.by_client.entry(client).or_default();
        let rank = |requests: &BTreeSet<ExchangeId>| {
            requests
                .first()
                .map(|oldest| (requests.len(), Reverse(*oldest), client))
        };
        if let Some(before) = rank(requests) {
            self.by_count.remove(&before);
        }
        change(requests);
        match rank(requests) {
            Some(now) => {
                self.by_count.insert(now);
            }
            None => {
                self.by_client.remove(&client);
            }
        }
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

    fn request(id: u64, completion: Completion) -> UnmatchedRequest {
        UnmatchedRequest {
            target: Some(id % 2),
            leg: samples::get_leg(id, "/", completion),
        }
    }

    #[test]
    fn the_oldest_give_way_and_nothing_stays_behind() {
        for (completion, limit) in [
            (Completion::Pending, MAX_WAITING),
            (Completion::NoneExpected, MAX_OVER),
        ] {
            let mut unmatched = UnmatchedRequests::default();
            let total = limit as u64 * 2;
            for id in 0..total {
                unmatched.insert(request(id, completion.clone()));
                if id % 3 == 0 {
                    unmatched.take(ExchangeId(id));
                }
            }
            assert!(unmatched.take(ExchangeId(1)).is_none());
            assert!(unmatched.take(ExchangeId(total - 1)).is_some());
            for list in [&unmatched.waiting, &unmatched.over] {
                assert!(list.requests.len() <= list.limit);
                assert_eq!(list.by_target.len(), list.requests.len());
                let counted: usize = list.by_client.values().map(BTreeSet::len).sum();
                assert_eq!(counted, list.requests.len());
                assert_eq!(list.by_count.len(), list.by_client.len());
            }
        }
    }

    #[test]
    fn the_client_with_the_most_requests_loses_its_oldest() {
        let mut unmatched = UnmatchedRequests::default();
        let mut insert = |id, client| {
            let mut request = request(id, Completion::Pending);
            request.leg.client = samples::phone(client);
            unmatched.insert(request);
        };
        insert(0, 1);
        (1..100_000).for_each(|id| insert(id, 2));
        assert!(unmatched.take(ExchangeId(0)).is_some());
        assert!(unmatched.take(ExchangeId(1)).is_none());
        assert!(unmatched.take(ExchangeId(99_999)).is_some());
    }

    #[test]
    fn a_target_claims_all_its_requests_and_no_other() {
        let mut unmatched = UnmatchedRequests::default();
        for id in 0..4 {
            unmatched.insert(request(id, Completion::Pending));
            unmatched.insert(request(id + 4, Completion::NoneExpected));
        }
        let claimed = unmatched.claim(1).map(|leg| leg.exchange.0);
        assert_eq!(claimed.collect::<Vec<_>>(), [5, 7, 1, 3]);
        assert_eq!(unmatched.claim(1).count(), 0);
        assert_eq!(unmatched.claim(0).count(), 4);
        assert!(unmatched.take(ExchangeId(1)).is_none());
    }

    /// However much web traffic passes while an answer is on its way.
    #[test]
    fn what_is_over_does_not_push_out_what_waits() {
        let mut unmatched = UnmatchedRequests::default();
        unmatched.insert(request(0, Completion::Pending));
        for id in 1..100_000 {
            unmatched.insert(request(id, Completion::NoneExpected));
        }
        assert!(unmatched.take(ExchangeId(0)).is_some());
    }
}
