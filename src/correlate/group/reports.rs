//! Which message a delivery or read report is about: by message id, and by whom it names (TS 23.140 sections 8.1.7 and
//! 8.1.8).

use std::marker::PhantomData;

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::clusters::{Clusters, Report};
use crate::correlate::group::ids::ClusterId;
use crate::correlate::group::join::{By, JoinRule, Joins, Search, find};
use crate::correlate::group::party::is_at_phone;
use crate::correlate::group::party::is_push;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::views::{self, ReportFit};
use crate::correlate::store::leg::Leg;
use crate::model::Nanoseconds;

/// The search of a report for its message.
pub(crate) struct Reports<'a>(PhantomData<&'a ()>);

impl<'a> Search for Reports<'a> {
    type Context = Clusters<'a>;
    type Seeker = Report;
    type Candidate = ClusterId;
    /// With how near in time it is.
    type Fit = ReportFit;

    fn distance(_: &Clusters<'a>, _: &Report, _: ClusterId) -> Nanoseconds {
        0
    }

    fn is_rival(_: &Clusters<'a>, _: &Report, _: ClusterId, _: ClusterId) -> bool {
        false
    }
}

/// By what a report finds its message.
pub(crate) fn rules<'a>() -> [&'a dyn JoinRule<Reports<'a>>; 1] {
    [&ByMessageId]
}

/// Joins reports to their messages, else to other reports about the same.
pub(crate) fn join(clusters: &mut Clusters<'_>, joins: &mut Joins) {
    for report in std::mem::take(&mut clusters.message_ids.reports) {
        let found = find(&rules(), clusters, &report);
        let message = found.as_ref().map_or(report.cluster, |found| found.candidate);
        let by = found.map_or(By::MessageId, |found| found.by);
        clusters.take_report(message, report.cluster, report.step, by, joins);
    }
}

/// Whether a report was pushed to an address in another network than those in which the sender was seen: to another phone.
fn is_elsewhere(report: Leg<'_>, cluster: &Cluster, snapshot: &Snapshot<'_>) -> bool {
    let is_at_phone = |leg: Leg<'_>| is_push(leg) && is_at_phone(leg.bearer);
    if !is_at_phone(report) {
        return false;
    }
    let of_sender = cluster.submission.iter().chain(&cluster.reports);
    let seen = of_sender.flat_map(|step| snapshot.legs_of(*step));
    let mut seen = seen
        .filter(|leg| leg.send().is_some() || is_at_phone(*leg))
        .peekable();
    seen.peek().is_some() && seen.all(|leg| !snapshot.keys.in_one_network(leg, report))
}

/// The message id, about a recipient whom the message is for, to its sender.
struct ByMessageId;

impl<'a> JoinRule<Reports<'a>> for ByMessageId {
    fn by(&self) -> By {
        By::MessageId
    }

    fn candidates(&self, clusters: &mut Clusters<'a>, report: &Report) -> Vec<ClusterId> {
        let time = clusters.snapshot.leg(report.step).first().time;
        let ids = &clusters.message_ids;
        let indexes = [&ids.accepted, &ids.handed, &ids.fetched, &ids.reported];
        let found = indexes.into_iter().flat_map(|index| index.near(report.id, time));
        found.collect()
    }

    fn agreement(&self, clusters: &mut Clusters<'a>, report: &Report, other: ClusterId) -> Option<ReportFit> {
        let snapshot = clusters.snapshot;
        let own = clusters.root(report.cluster);
        let other = clusters.root(other);
        let cluster = clusters.get(other).filter(|_| other != own)?;
        let leg = snapshot.leg(report.step);
        let fit = views::best_fit(leg, cluster, snapshot)?;
        (fit.names_somebody() || !is_elsewhere(leg, cluster, snapshot)).then_some(fit)
    }
}
