//! What is left of messages where the capture lacks the rest: a short snap length, one direction alone, a limit. The
//! identifiers that would tell what belongs together are among what lacks, so that two parts of one message look like two
//! messages. Such a part is a *remnant*: where it may belong to a message that another part shows, it decides nothing and is
//! not counted by itself. Where all was captured, nothing is a remnant.

use std::collections::BTreeMap;

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::ids::{ClusterId, StepId};
use crate::correlate::group::index::Few;
use crate::correlate::group::remnant_parts::{Fate, NEAREST_OF_PARTY, Part, Pool, Roles};
use crate::correlate::group::views::{self, ReportFit};
use crate::correlate::store::leg::{Completion, Leg, RequestFacts};
use crate::model::SharedSort;
use crate::session::{AnswerVisibility, BodyEnd};

/// Of how many parts one must lack something for a gap to be the rule in a capture. Octets that were lost here and there
/// cost their message only.
const RULE: usize = 3;

/// Whether gaps are the rule in what was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// As what is grouped shows, which is all that is open.
    Shown,
    /// They are: what is grouped is but a part of what shows it.
    AreRule,
    /// They are not, likewise.
    AreRare,
}

impl Gaps {
    /// As the legs that are open show.
    pub(crate) fn among<'a>(legs: impl Iterator<Item = Leg<'a>>) -> Self {
        let (mut all, mut lacking) = (0_usize, 0_usize);
        for leg in legs {
            all += 1;
            lacking += usize::from(loss(leg) != Loss::Nothing);
        }
        match lacking * RULE >= all {
            true => Self::AreRule,
            false => Self::AreRare,
        }
    }
}

/// Takes remnants away from what is counted, and gives each to a message that it may belong to.
pub(crate) fn fold(clusters: &mut Clusters<'_>, gaps: Gaps) {
    let mut folder = Folder::new(clusters, gaps);
    if folder.parts.iter().any(|part| part.lacks) {
        folder.confirm_and_fetch();
        folder.hand_over();
        folder.submit();
        folder.report();
    }
    for (message, remnant) in folder.folded {
        clusters.take_remnant(message, remnant);
    }
}

/// What decides nothing may be of any message that takes it in: it fills no place there.
struct Folder<'c, 'a> {
    clusters: &'c mut Clusters<'a>,
    /// In the order of time.
    parts: Vec<Part>,
    /// What takes in what.
    folded: Vec<(ClusterId, ClusterId)>,
}

impl<'c, 'a> Folder<'c, 'a> {
    fn new(clusters: &'c mut Clusters<'a>, gaps: Gaps) -> Self {
        let (snapshot, threads) = (clusters.snapshot, clusters.threads);
        let mut folder = Self {
            clusters,
            parts: Vec::new(),
            folded: Vec::new(),
        };
        let ids = folder.clusters.ids();
        let losses = |cluster: &Cluster| {
            let legs = cluster.own_steps(threads).flat_map(|step| snapshot.legs_of(step));
            legs.map(loss).max().unwrap_or(Loss::Nothing)
        };
        let lost: Vec<Loss> = ids
            .iter()
            .map(|id| folder.clusters.get(*id).map_or(Loss::Nothing, losses))
            .collect();
        let lacking = || lost.iter().filter(|loss| **loss != Loss::Nothing).count();
        let is_rule = match gaps {
            Gaps::Shown => lacking() * RULE >= lost.len(),
            Gaps::AreRule => true,
            Gaps::AreRare => false,
        };
        let counts = |loss: Loss| loss == Loss::GivenUp || loss == Loss::NotCaptured && is_rule;
        if !lost.iter().any(|loss| counts(*loss)) {
            return folder;
        }
        for (id, loss) in ids.into_iter().zip(lost) {
            if let Some(cluster) = folder.clusters.get(id) {
                let part = Part::of(id, cluster, snapshot, threads);
                folder.parts.push(Part {
                    lacks: counts(loss),
                    ..part
                });
            }
        }
        folder.parts.shared_sort_by_key(|part| (part.first, part.cluster));
        folder
    }

    /// Fetches and confirmations of which the notification, or its identifiers, lack: by the phone.
    fn confirm_and_fetch(&mut self) {
        let mut latest: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for place in 0..self.parts.len() {
            let Some(part) = self
                .parts
                .get(place)
                .filter(|part| part.roles.has(Roles::DELIVERED))
            else {
                continue;
            };
            let phones: Few<u64> = part.phones.iter().take(NEAREST_OF_PARTY).collect();
            let (is_notified, is_sent) = (part.roles.has(Roles::NOTIFIED), part.roles.has(Roles::SENT));
            let known = phones.iter().filter_map(|phone| latest.get(phone));
            let near = known.flat_map(|places| places.iter().rev().take(NEAREST_OF_PARTY).copied());
            let near: Few<usize> = near.collect();
            let message = near.into_iter().find(|message| {
                let is_message = |message: &Part| !is_notified || message.roles.has(Roles::SENT);
                let is_earlier = self.parts.get(*message).is_some_and(is_message);
                !is_sent && is_earlier && self.may_be_one(*message, place)
            });
            match message {
                Some(message) => self.fold(message, place),
                None => {
                    for phone in phones {
                        latest.entry(phone).or_default().push(place);
                    }
                }
            }
        }
    }

    /// Handovers, each to the submission before it, of which or of whose answer the id lacks that names both; the one that
    /// says more is counted, and what failed.
    fn hand_over(&mut self) {
        let (mut submitted, mut handed_over) = (Pool::default(), Pool::default());
        for place in 0..self.parts.len() {
            let Some(part) = self.parts.get(place).filter(|part| !part.is_folded) else {
                continue;
            };
            if part.roles.has(Roles::SUBMITTED) {
                submitted.add(place, part);
                if part.roles.has(Roles::HANDED_OVER) {
                    handed_over.add(place, part);
                }
            } else if part.roles.has(Roles::HANDED_OVER) && !self.hand_over_again(place, &handed_over) {
                self.give_handover(place, &mut submitted);
                if let Some(part) = self.parts.get(place).filter(|part| !part.is_folded) {
                    handed_over.add(place, part);
                }
            }
        }
    }

    /// Gives a handover to an earlier one that is the same at another relay; whether there is one.
    fn hand_over_again(&mut self, place: usize, handed_over: &Pool) -> bool {
        let Some(part) = self.parts.get(place) else {
            return false;
        };
        let mut near = handed_over.before(part).into_iter();
        let earlier = near.find(|earlier| self.is_handed_over_again(*earlier, place));
        if let Some(earlier) = earlier {
            self.fold(earlier, place);
        }
        earlier.is_some()
    }

    fn is_handed_over_again(&mut self, earlier: usize, later: usize) -> bool {
        let (Some(earlier), Some(later)) = (self.parts.get(earlier), self.parts.get(later)) else {
            return false;
        };
        (earlier.lacks || later.lacks)
            && earlier.fate == later.fate
            && !earlier.is_decided(later)
            && earlier
                .mails
                .iter()
                .any(|mail| later.mails.iter().any(|again| mail.is_again(again)))
            && !self.clusters.contradict(earlier.cluster, later.cluster)
    }

    fn give_handover(&mut self, place: usize, submitted: &mut Pool) {
        let Some(part) = self.parts.get(place) else { return };
        let failed = part.fate == Fate::Failed;
        let mut near = submitted.before(part).into_iter();
        let Some(message) = near.find(|message| self.may_hand_over(*message, place)) else {
            return;
        };
        let Some(submission) = self.parts.get(message) else {
            return;
        };
        if submission.sends && !failed {
            return self.fold(message, place);
        }
        let roles = submission.roles;
        submitted.remove(message, self.parts.get(message));
        self.fold(place, message);
        if let Some(part) = self.parts.get_mut(place) {
            part.roles.add(roles);
        }
    }

    /// Whether a handover may be of a submission, as far as what lacks can tell. That it was refused does not mean that
    /// nothing came before it.
    fn may_hand_over(&mut self, submission: usize, handover: usize) -> bool {
        let (Some(submission), Some(handover)) = (self.parts.get(submission), self.parts.get(handover))
        else {
            return false;
        };
        (submission.lacks || handover.lacks)
            && !submission.roles.has(handover.roles)
            && !submission.is_refused
            && !submission.is_folded
            && !submission.is_decided(handover)
            && !submission.is_for_others_than(handover)
            && !self.clusters.contradict(submission.cluster, handover.cluster)
    }

    /// Submissions and deliveries: what says more is counted, and what failed.
    fn submit(&mut self) {
        let (mut sent, mut told) = (Pool::default(), Pool::default());
        for place in 0..self.parts.len() {
            let Some(part) = self.parts.get(place).filter(|part| !part.is_folded) else {
                continue;
            };
            if part.roles.has(Roles::SENT) {
                sent.add(place, part);
            } else if part.roles.has(Roles::DELIVERED) {
                self.give_delivery(place, &mut sent);
                if let Some(part) = self.parts.get(place).filter(|p| p.is_told() && !p.is_folded) {
                    told.add(place, part);
                }
            }
        }
        for place in 0..self.parts.len() {
            let part = self
                .parts
                .get(place)
                .filter(|part| !part.is_folded && !part.sends);
            let part = part.filter(|part| part.roles.has(Roles::SENT));
            let Some(part) = part.filter(|part| part.fate != Fate::Failed) else {
                continue;
            };
            let mut near = told.after(part).into_iter();
            if let Some(delivery) = near.find(|delivery| self.may_be_one(place, *delivery)) {
                self.fold(delivery, place);
            }
        }
        self.submit_elsewhere(&told);
    }

    /// Submissions of which nothing is known, to deliveries at another operator's MMSC: the handover was cut, too.
    fn submit_elsewhere(&mut self, told: &Pool) {
        for place in 0..self.parts.len() {
            let is_unknown = |part: &&Part| {
                let is_alone = part.roles == Roles::SUBMITTED && part.recipients.is_empty();
                is_alone && part.lacks && !part.is_folded && part.fate == Fate::Open
            };
            let Some(part) = self.parts.get(place).filter(is_unknown) else {
                continue;
            };
            let mut near = told.after(part).into_iter();
            let found = near.find(|delivery| {
                self.may_complete(place, *delivery) && !self.contradict_at_any_operator(place, *delivery)
            });
            if let Some(delivery) = found {
                self.fold(delivery, place);
                if let Some(part) = self.parts.get_mut(delivery) {
                    part.roles.add(Roles::SUBMITTED);
                }
            }
        }
    }

    fn contradict_at_any_operator(&mut self, one: usize, other: usize) -> bool {
        let both = self.parts.get(one).zip(self.parts.get(other));
        both.is_none_or(|(one, other)| {
            self.clusters
                .contradict_at_any_operator(one.cluster, other.cluster)
        })
    }

    /// Gives a delivery to the submission that it may be of, where that says more; or the submission to what failed.
    fn give_delivery(&mut self, place: usize, sent: &mut Pool) {
        let Some(part) = self.parts.get(place) else { return };
        let (failed, is_told) = (part.fate == Fate::Failed, part.is_told());
        let mut near = sent.before(part).into_iter();
        let message = near.find(|message| {
            let says_more = |message: &Part| message.sends || message.fate == Fate::Failed;
            let says_more = self.parts.get(*message).is_some_and(says_more);
            (failed || says_more || !is_told) && self.may_be_one(*message, place)
        });
        match message {
            Some(message) if failed => {
                self.fold(place, message);
                sent.remove(message, self.parts.get(message));
            }
            Some(message) => self.fold(message, place),
            None => {}
        }
    }

    /// Reports without the id that would tell what they are about.
    fn report(&mut self) {
        let mut pool = Pool::default();
        for place in 0..self.parts.len() {
            let Some(part) = self.parts.get(place).filter(|part| !part.is_folded) else {
                continue;
            };
            if part.roles != Roles::REPORTED {
                pool.add(place, part);
                continue;
            }
            let failed = part.fate == Fate::Failed;
            let mut near = pool.before(part).into_iter();
            let found =
                near.find(|message| self.may_be_one(*message, place) || self.is_reported(*message, place));
            let Some(message) = found else {
                continue;
            };
            let has_failed = self
                .parts
                .get(message)
                .is_some_and(|part| part.fate == Fate::Failed);
            if failed && !has_failed {
                self.fold(place, message);
                pool.remove(message, self.parts.get(message));
            } else {
                self.fold(message, place);
            }
        }
    }

    /// Whether a report whose id lacks on the other side is about a message by whom it names, in whichever order.
    fn is_reported(&mut self, message: usize, report: usize) -> bool {
        let (Some(one), Some(other)) = (self.parts.get(message), self.parts.get(report)) else {
            return false;
        };
        if !one.may_take(other) || one.roles.has(Roles::REPORTED) {
            return false;
        }
        let snapshot = self.clusters.snapshot;
        let reports = self
            .clusters
            .get(other.cluster)
            .map(|cluster| cluster.reports.clone());
        let cluster = self.clusters.get(one.cluster);
        let fits = |(step, cluster): (&StepId, &Cluster)| {
            let fit = views::best_fit(snapshot.leg(*step), cluster, snapshot);
            fit.is_some_and(ReportFit::names_both)
        };
        let first = reports.as_ref().and_then(|reports| reports.first());
        first.zip(cluster).is_some_and(fits)
    }

    /// Whether two parts may be of one message, as far as what lacks can tell.
    fn may_be_one(&mut self, message: usize, remnant: usize) -> bool {
        let both = self.parts.get(message).zip(self.parts.get(remnant));
        let clusters = both.map(|(message, remnant)| (message.cluster, remnant.cluster));
        self.may_complete(message, remnant)
            && clusters.is_some_and(|(message, remnant)| !self.clusters.contradict(message, remnant))
    }

    /// The same by what each of them lacks.
    fn may_complete(&self, message: usize, remnant: usize) -> bool {
        let (Some(message), Some(remnant)) = (self.parts.get(message), self.parts.get(remnant)) else {
            return false;
        };
        let has_room = message.roles.has(Roles::SENT)
            && remnant.roles.has(Roles::DELIVERED)
            && !remnant.roles.has(Roles::SENT)
            && message.room > 0;
        let complement = has_room || !message.roles.has(remnant.roles);
        complement && message.may_take(remnant) && !message.is_for_others_than(remnant)
    }

    fn fold(&mut self, message: usize, remnant: usize) {
        let message = self.parts.get(message).map(|message| message.cluster);
        if let Some((taken, message)) = self.parts.get_mut(remnant).zip(message) {
            taken.is_folded = true;
            self.folded.push((message, taken.cluster));
        }
    }
}

/// What lacks of a leg, the worse the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Loss {
    Nothing,
    /// Octets or a direction.
    NotCaptured,
    /// For a limit.
    GivenUp,
}

fn loss(leg: Leg<'_>) -> Loss {
    if leg.is_given_up() {
        return Loss::GivenUp;
    }
    let of_body = |end: BodyEnd| matches!(end, BodyEnd::Hole | BodyEnd::PartsMissing | BodyEnd::NotCaptured);
    let asked = matches!(leg.request_facts(), RequestFacts::Unseen) || of_body(leg.request_end());
    let answered = match leg.completion() {
        Completion::Answered(reply) => of_body(reply.end),
        Completion::Ended { answer, .. } => {
            matches!(answer, AnswerVisibility::NotCaptured | AnswerVisibility::Hidden)
        }
        Completion::NoneExpected | Completion::Pending => false,
    };
    match asked || answered {
        true => Loss::NotCaptured,
        false => Loss::Nothing,
    }
}

impl Clusters<'_> {
    /// Gives a remnant to a message, of which it decides nothing.
    fn take_remnant(&mut self, message: ClusterId, remnant: ClusterId) {
        let (message, remnant) = (self.union.find(message), self.union.find(remnant));
        if message == remnant {
            return;
        }
        let mut take = |id: ClusterId| self.list.get_mut(id).map(std::mem::take).unwrap_or_default();
        let (mut kept, taken) = (take(message), take(remnant));
        let steps: Vec<StepId> = taken.steps(self.threads).collect();
        kept.remnants.extend(steps);
        let root = self.union.unite(message, remnant);
        if let Some(cluster) = self.list.get_mut(root) {
            *cluster = kept;
        }
    }
}
