//! Requests of which nothing says yet that they are MMS: GETs of any kind, and POSTs without a readable PDU.
//! Bounded, whatever web traffic passes. That it passes through here is no anomaly, so none is noted.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::store::draft::Draft;
use crate::correlate::store::head::CompletionKind;
use crate::session::ExchangeId;

/// How many requests wait for their answers, which follow within minutes.
const MAX_WAITING: usize = 16_384;

/// How many are kept of which all is said: a notification that was sent before the GET and captured after it is out
/// of order by seconds at most.
const MAX_OVER: usize = 4096;

/// All of them.
#[derive(Debug)]
pub(crate) struct UnmatchedRequests {
    waiting: Shelf,
    over: Shelf,
}

impl Default for UnmatchedRequests {
    fn default() -> Self {
        Self {
            waiting: Shelf::of(MAX_WAITING),
            over: Shelf::of(MAX_OVER),
        }
    }
}

impl UnmatchedRequests {
    /// Keeps a request.
    pub(crate) fn insert(&mut self, request: Request) {
        match request.draft.head.fate {
            CompletionKind::Pending => self.waiting.insert(request),
            _ => self.over.insert(request),
        }
    }

    /// Takes a request out.
    pub(crate) fn take(&mut self, id: ExchangeId) -> Option<Request> {
        self.waiting.take(id).or_else(|| self.over.take(id))
    }

    /// Takes out every GET of a target.
    pub(crate) fn claim(&mut self, target: u64) -> impl Iterator<Item = Draft> {
        [&mut self.over, &mut self.waiting]
            .into_iter()
            .flat_map(move |shelf| shelf.claim(target))
    }
}

/// A request that nobody claims yet.
#[derive(Debug)]
pub(crate) struct Request {
    /// The key of a GET's URL.
    pub(crate) target: Option<u64>,
    pub(crate) draft: Draft,
}

/// Requests in the order of their exchanges, which is that of time, or nearly.
#[derive(Debug)]
struct Shelf {
    /// How many there is room for. The oldest give way.
    room: usize,
    requests: BTreeMap<ExchangeId, Request>,
    by_target: BTreeSet<(u64, ExchangeId)>,
}

impl Shelf {
    const fn of(room: usize) -> Self {
        Self {
            room,
            requests: BTreeMap::new(),
            by_target: BTreeSet::new(),
        }
    }

    fn insert(&mut self, mut request: Request) {
        request.draft.text.shrink_to_fit();
        let id = request.draft.head.exchange;
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

    fn claim(&mut self, target: u64) -> impl Iterator<Item = Draft> {
        let all = (target, ExchangeId(0))..=(target, ExchangeId(u64::MAX));
        let ids: Vec<ExchangeId> = self.by_target.range(all).map(|(_, id)| *id).collect();
        ids.into_iter()
            .filter_map(|id| self.take(id).map(|request| request.draft))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::samples;

    fn request(id: u64, fate: CompletionKind) -> Request {
        Request {
            target: Some(id % 2),
            draft: samples::draft(id, "/", fate),
        }
    }

    #[test]
    fn the_oldest_give_way_and_nothing_stays_behind() {
        for (fate, room) in [
            (CompletionKind::Pending, MAX_WAITING),
            (CompletionKind::ResponseFacts, MAX_OVER),
        ] {
            let mut unclaimed = UnmatchedRequests::default();
            let total = room as u64 * 2;
            for id in 0..total {
                unclaimed.insert(request(id, fate));
                if id % 3 == 0 {
                    unclaimed.take(ExchangeId(id));
                }
            }
            assert!(unclaimed.take(ExchangeId(1)).is_none());
            assert!(unclaimed.take(ExchangeId(total - 1)).is_some());
            for shelf in [&unclaimed.waiting, &unclaimed.over] {
                assert!(shelf.requests.len() <= shelf.room);
                assert_eq!(shelf.by_target.len(), shelf.requests.len());
            }
        }
    }

    #[test]
    fn a_target_claims_all_its_requests_and_no_other() {
        let mut unclaimed = UnmatchedRequests::default();
        for id in 0..4 {
            unclaimed.insert(request(id, CompletionKind::Pending));
            unclaimed.insert(request(id + 4, CompletionKind::ResponseFacts));
        }
        let claimed = unclaimed.claim(1).map(|draft| draft.head.exchange.0);
        assert_eq!(claimed.collect::<Vec<_>>(), [5, 7, 1, 3]);
        assert_eq!(unclaimed.claim(1).count(), 0);
        assert_eq!(unclaimed.claim(0).count(), 4);
        assert!(unclaimed.take(ExchangeId(1)).is_none());
    }

    /// However much web traffic passes while an answer is on its way.
    #[test]
    fn what_is_over_does_not_push_out_what_waits() {
        let mut unclaimed = UnmatchedRequests::default();
        unclaimed.insert(request(0, CompletionKind::Pending));
        for id in 1..100_000 {
            unclaimed.insert(request(id, CompletionKind::ResponseFacts));
        }
        assert!(unclaimed.take(ExchangeId(0)).is_some());
    }
}
