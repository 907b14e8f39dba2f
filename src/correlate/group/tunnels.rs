//! Which notification a tunnel was for that a proxy refused: CONNECT names the host and nothing of what is fetched there.

use crate::correlate::group::fetches::{Fetches, Fit};
use crate::correlate::group::ids::ThreadId;
use crate::correlate::group::join::{By, JoinRule};
use crate::correlate::group::threads::{Builder, Request};
use crate::correlate::record::address;
use crate::model::SharedSort;

/// The host of the content location, where the phone was told of that message and of no other.
pub(crate) struct ByHost;

impl<'a> JoinRule<Fetches<'a>> for ByHost {
    fn by(&self) -> By {
        By::LocationHost
    }

    fn candidates(&self, builder: &mut Builder<'a>, request: &Request<'a>) -> Vec<ThreadId> {
        let asked = request.leg.url().filter(|_| request.leg.is_connect());
        let Some(host) = asked.and_then(|url| address::location(url).host) else {
            return Vec::new();
        };
        let told_before = |id: &ThreadId| {
            let thread = builder.threads.get(*id);
            let thread = thread.filter(|thread| thread.distance(request.asker.time) >= 0);
            thread.is_some_and(|thread| builder.notified(thread).next().is_some())
        };
        let mut told: Vec<ThreadId> = builder.of_phone(&builder.by_phone, &request.asker).collect();
        told.retain(told_before);
        told.shared_sort();
        told.dedup();
        let key = builder.snapshot.key(&host);
        let is_there = |id: &ThreadId| {
            builder
                .threads
                .get(*id)
                .is_some_and(|thread| thread.hosts.contains(&key))
        };
        match told.as_slice() {
            [only] if is_there(only) => told,
            _ => Vec::new(),
        }
    }

    fn agreement(&self, builder: &mut Builder<'a>, request: &Request<'a>, thread: ThreadId) -> Option<Fit> {
        builder.fit(request, thread).filter(Fit::is_of_the_phone)
    }
}
