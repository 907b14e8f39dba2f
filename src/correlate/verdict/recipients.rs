//! Who the deliveries of a message are for. One recipient is one delivery, however often and under whatever ids it
//! is notified.

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::handovers;
use crate::correlate::group::ids::{ReportId, StepId, ThreadId};
use crate::correlate::group::index::{ByKey, KeySet};
use crate::correlate::group::join::{By, Join};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Thread, Threads};
use crate::correlate::group::views::View;
use crate::correlate::record::address;
use crate::correlate::store::leg::Leg;
use crate::correlate::verdict::nameless::{self, PhoneHistory};
use crate::mms::PduType;
use crate::model::SharedSort;

/// What belongs to one delivery.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// The recipient as it is shown.
    pub(crate) recipient: Option<String>,
    /// The key of the recipient.
    pub(crate) key: Option<u64>,
    pub(crate) handovers: Vec<StepId>,
    /// MM4_forward.RES whose requests were not captured.
    pub(crate) answers: Vec<StepId>,
    /// Mail transactions that were refused before their data.
    pub(crate) refused: Vec<StepId>,
    pub(crate) threads: Vec<ThreadId>,
    pub(crate) delivery_reports: Vec<ReportId>,
    pub(crate) read_reports: Vec<ReportId>,
    /// How a report was joined to a phone that nothing names.
    pub(crate) guess: Option<Join>,
}

impl Plan {
    fn is_empty(&self) -> bool {
        let mails = [&self.handovers, &self.answers, &self.refused];
        let has_mails = mails.into_iter().any(|steps| !steps.is_empty());
        !has_mails && self.threads.is_empty() && self.reports().next().is_none()
    }

    fn reports(&self) -> impl Iterator<Item = ReportId> {
        self.delivery_reports.iter().chain(&self.read_reports).copied()
    }
}

impl Plan {
    /// Takes in what a report says of the recipient. A list that was expanded may say the same of each of its members.
    fn take_report(&mut self, report: ReportId, leg: Leg<'_>) {
        let status = |report: &ReportId| leg.any_report()?.told_of(report.told).map(|told| told.status);
        let reports = match leg.read_back() {
            Some(_) => &mut self.read_reports,
            None => &mut self.delivery_reports,
        };
        let mut same = reports.iter().rev().take_while(|known| known.step == report.step);
        if !same.any(|known| status(known) == status(&report)) {
            reports.push(report);
        }
    }
}

/// The deliveries of a message: in the order of the submission's recipients, then as they were first seen.
pub(crate) fn plans(cluster: &Cluster, snapshot: &Snapshot<'_>, threads: &Threads) -> Vec<Plan> {
    let mut assigner = RecipientAssigner::new(cluster, snapshot, threads);
    assigner.place_handovers();
    assigner.place_threads();
    assigner.place_answers();
    assigner.place_reports();
    assigner.name_unnamed_phones();
    assigner.sorted()
}

/// Addresses are keys of their comparable form.
struct RecipientAssigner<'a> {
    cluster: &'a Cluster,
    snapshot: &'a Snapshot<'a>,
    threads: &'a Threads,
    /// How an address is written.
    spelling: ByKey<&'a str>,
    /// The submission's recipients in order.
    listed: Vec<u64>,
    /// All who can be recipients.
    known: KeySet,
    plans: Vec<(Option<u64>, Plan)>,
    by_recipient: ByKey<usize>,
    /// By the keys of the phones' addresses.
    by_phone: ByKey<usize>,
    /// Whom a phone's own read reports name; none where they name several.
    readers: ByKey<Option<u64>>,
    /// The plan of whom nothing names.
    nameless: Option<usize>,
}

impl<'a> RecipientAssigner<'a> {
    fn new(cluster: &'a Cluster, snapshot: &'a Snapshot<'a>, threads: &'a Threads) -> Self {
        let mut assigner = Self {
            cluster,
            snapshot,
            threads,
            spelling: ByKey::default(),
            listed: Vec::new(),
            known: KeySet::default(),
            plans: Vec::new(),
            by_recipient: ByKey::default(),
            by_phone: ByKey::default(),
            readers: ByKey::default(),
            nameless: None,
        };
        let sends = cluster
            .submission
            .into_iter()
            .flat_map(|step| snapshot.legs_of(step));
        for recipient in sends.filter_map(Leg::sent).flat_map(|send| send.recipients()) {
            let spelled = assigner.spelling.len();
            let key = assigner.spell(recipient);
            if assigner.spelling.len() > spelled {
                assigner.listed.push(key);
            }
        }
        let handed_over = cluster.handovers.iter();
        for (_, written) in handed_over.flat_map(|step| handovers::recipients(snapshot, *step)) {
            let spelled = assigner.spelling.len();
            let key = assigner.spell(written);
            if cluster.submission.is_none() && assigner.spelling.len() > spelled {
                assigner.listed.push(key);
            }
        }
        assigner.known = assigner.listed.iter().copied().collect();
        let threads = cluster.threads.iter().filter_map(|thread| threads.get(*thread));
        let fetches = threads.flat_map(|thread| &thread.retrievals);
        let mut fetched = KeySet::default();
        for retrieved in fetches.filter_map(|step| snapshot.leg(*step).retrieved()) {
            let keys: Vec<u64> = retrieved
                .recipients()
                .map(|recipient| assigner.spell(recipient))
                .collect();
            fetched.extend(keys);
        }
        if assigner.listed.is_empty() {
            assigner.known = fetched;
        }
        assigner.meet_readers();
        for report in &cluster.reports {
            let views = View::each(snapshot.leg(*report), cluster, snapshot);
            let shown: Vec<&str> = views.filter_map(|(_, view)| view.shown).collect();
            for shown in shown {
                assigner.spell(shown);
            }
        }
        assigner
    }

    fn meet_readers(&mut self) {
        for leg in self.cluster.reports.iter().map(|step| self.snapshot.leg(*step)) {
            let Some(read) = leg.read_back().filter(|read| read.pdu == PduType::READ_REC_IND) else {
                continue;
            };
            let named = read.from().map(|from| self.snapshot.address(from));
            if let Some(named) = named.filter(|named| self.known.contains(*named)) {
                let reader = self
                    .readers
                    .entry(self.snapshot.key(self.snapshot.keys.client(leg)))
                    .or_insert(Some(named));
                *reader = reader.filter(|known| *known == named);
            }
        }
    }

    /// The first spelling is the one shown, but for a national number, which the international one makes clear. Gives
    /// the key.
    fn spell(&mut self, written: &'a str) -> u64 {
        let key = self.snapshot.address(written);
        let written = address::bare(written);
        let shown = self.spelling.entry(key).or_insert(written);
        let digits = |written| address::comparable(written).trim_start_matches('0').len();
        if digits(written) > digits(*shown) {
            *shown = written;
        }
        key
    }

    /// A handover is for each recipient of its envelope.
    fn place_handovers(&mut self) {
        let (cluster, snapshot) = (self.cluster, self.snapshot);
        for step in &cluster.handovers {
            let recipients: Vec<_> = handovers::recipients(snapshot, *step).collect();
            if recipients.is_empty() {
                let plan = self.add(None);
                self.edit(plan, |plan| plan.handovers.push(*step));
            }
            for (_, written) in recipients {
                let key = self.spell(written);
                let plan = self.plan_for(key);
                self.edit(plan, |plan| plan.handovers.push(*step));
            }
        }
        for step in &cluster.refused {
            for recipient in snapshot.leg(*step).envelope_recipients() {
                let key = self.spell(recipient.address());
                let plan = self.plan_for(key);
                self.edit(plan, |plan| plan.refused.push(*step));
            }
        }
    }

    /// An answer whose request was not captured is about whom it names, else about the only recipient.
    fn place_answers(&mut self) {
        let (cluster, snapshot) = (self.cluster, self.snapshot);
        let orphans = |step: &&StepId| snapshot.answers.orphans.binary_search(*step).is_ok();
        for step in cluster.answers.iter().filter(orphans) {
            let named = snapshot.leg(*step).mm4_answer();
            let named = named.into_iter().flat_map(|answer| answer.recipients());
            let mut keys: Vec<u64> = named.map(|written| self.spell(written)).collect();
            if keys.is_empty() {
                keys.extend(self.only_recipient());
            }
            for key in keys {
                let plan = self.plan_for(key);
                self.edit(plan, |plan| plan.answers.push(*step));
            }
        }
    }

    fn only_recipient(&self) -> Option<u64> {
        match (self.listed.as_slice(), self.plans.as_slice()) {
            ([only], _) => Some(*only),
            ([], [(only, _)]) => *only,
            _ => None,
        }
    }

    fn place_threads(&mut self) {
        let mut unknown = Vec::new();
        for id in &self.cluster.threads {
            match self.recipient_of(*id) {
                Some(recipient) => self.place_thread(Some(recipient), *id),
                None => unknown.push(*id),
            }
        }
        if let ([only], [left]) = (unknown.as_slice(), self.without_thread().as_slice()) {
            self.place_thread(Some(*left), *only);
        } else {
            for thread in unknown {
                self.place_thread(None, thread);
            }
        }
    }

    /// Threads of one phone are one delivery, even where its number is not known.
    fn place_thread(&mut self, recipient: Option<u64>, thread: ThreadId) {
        let phones = self
            .threads
            .get(thread)
            .map_or(&[][..], |thread| thread.phones.as_slice());
        let plan = match recipient {
            Some(recipient) => self.plan_for(recipient),
            None => {
                let nameless = |plan: &&usize| self.plans.get(**plan).is_some_and(|(key, _)| key.is_none());
                let same = phones
                    .iter()
                    .find_map(|phone| self.by_phone.get(&self.snapshot.key(phone)).filter(nameless));
                same.copied().unwrap_or_else(|| self.add(None))
            }
        };
        for phone in phones {
            self.by_phone.insert(self.snapshot.key(phone), plan);
        }
        self.edit(plan, |plan| plan.threads.push(thread));
    }

    /// The listed recipients of whom no thread is known.
    fn without_thread(&self) -> Vec<u64> {
        let has_thread = |recipient: u64| {
            let plan = self
                .by_recipient
                .get(&recipient)
                .and_then(|plan| self.plans.get(*plan));
            plan.is_some_and(|(_, plan)| !plan.threads.is_empty())
        };
        self.listed
            .iter()
            .copied()
            .filter(|recipient| !has_thread(*recipient))
            .collect()
    }

    /// Whom a thread is for: the bearer's word; the only recipient; whom the phone's own read report names; the phone's
    /// number or address, where it is a recipient's. A number that a proxy stamps counts only then, or where nothing else is known.
    fn recipient_of(&mut self, thread: ThreadId) -> Option<u64> {
        let (snapshot, threads) = (self.snapshot, self.threads);
        let thread = threads.get(thread)?;
        if let Some(named) = thread.named {
            let pushes = thread
                .notifications
                .iter()
                .flat_map(|step| snapshot.legs_of(*step));
            pushes.filter_map(Leg::recipient).for_each(|written| {
                self.spell(written);
            });
            return Some(named);
        }
        let fetched = thread
            .retrievals
            .iter()
            .filter_map(|step| snapshot.leg(*step).retrieved());
        let only = fetched.filter_map(|retrieved| retrieved.only_recipient()).next();
        if let Some(only) = only {
            return Some(snapshot.address(only));
        }
        if let [only] = self.listed.as_slice() {
            return Some(*only);
        }
        if let Some(reader) = thread
            .phones
            .iter()
            .find_map(|phone| *self.readers.get(&snapshot.key(phone))?)
        {
            return Some(reader);
        }
        let asked = || {
            let legs = thread.steps().flat_map(|step| snapshot.legs_of(step));
            legs.filter(|leg| leg.notified().is_none())
        };
        let stamped = asked()
            .filter_map(Leg::subscriber)
            .map(|number| snapshot.address(number));
        let phones = thread
            .phones
            .iter()
            .map(|phone| snapshot.address(&phone.address.to_string()));
        let found = stamped.chain(phones).find(|key| self.known.contains(*key));
        found.or_else(|| {
            let number = asked()
                .find_map(Leg::subscriber)
                .filter(|_| self.known.is_empty());
            number.map(|number| self.spell(number))
        })
    }

    fn place_reports(&mut self) {
        for step in &self.cluster.reports {
            let leg = self.snapshot.leg(*step);
            for (told, view) in View::each(leg, self.cluster, self.snapshot) {
                let plan = match self.reporter(leg, &view) {
                    Some(recipient) => self.plan_for(recipient),
                    None => self.nameless.unwrap_or_else(|| self.add(None)),
                };
                let report = ReportId { step: *step, told };
                self.edit(plan, |plan| plan.take_report(report, leg));
            }
        }
    }

    /// Phones that nothing names, and recipients of whom only reports were seen, become one delivery where it is clear
    /// which belong together.
    fn name_unnamed_phones(&mut self) {
        let phones: Vec<usize> = (0..self.plans.len())
            .filter(|plan| {
                self.plans
                    .get(*plan)
                    .is_some_and(|(key, plan)| key.is_none() && !plan.threads.is_empty())
            })
            .collect();
        let left = self.without_thread();
        if phones.is_empty() || phones.len() != left.len() || left.len() > nameless::MAX_COMPARED {
            return;
        }
        let reports: Vec<Vec<ReportId>> = left
            .iter()
            .map(|recipient| self.reports_about(*recipient))
            .collect();
        let histories: Vec<PhoneHistory> = phones.iter().map(|plan| self.histories(*plan)).collect();
        let told = |report: &ReportId| {
            let leg = self.snapshot.leg(report.step);
            (leg, leg.any_report()?.told_of(report.told)?.status).into()
        };
        let told: Vec<Vec<(Leg<'_>, Option<u8>)>> = reports
            .iter()
            .map(|reports| reports.iter().filter_map(told).collect())
            .collect();
        let partners = nameless::partners(&told, &histories);
        for ((recipient, reports), phone) in left.iter().zip(&reports).zip(partners) {
            if let Some(phone) = phone.and_then(|phone| phones.get(phone)) {
                let report = reports.first().map(|report| report.step);
                self.unite(*recipient, *phone, report);
            }
        }
        self.plans.retain(|(_, plan)| !plan.is_empty());
    }

    fn reports_about(&self, recipient: u64) -> Vec<ReportId> {
        let plan = self
            .by_recipient
            .get(&recipient)
            .and_then(|plan| self.plans.get(*plan));
        plan.map_or(Vec::new(), |(_, plan)| plan.reports().collect())
    }

    fn histories(&self, plan: usize) -> PhoneHistory {
        let mut histories = PhoneHistory::default();
        let plan = self.plans.get(plan).map(|(_, plan)| plan);
        let threads = plan
            .into_iter()
            .flat_map(|plan| &plan.threads)
            .filter_map(|thread| self.threads.get(*thread));
        let steps = threads.flat_map(Thread::steps);
        steps
            .flat_map(|step| self.snapshot.legs_of(step))
            .for_each(|leg| histories.note(leg));
        histories
    }

    /// Gives a recipient what a phone that nothing names did.
    fn unite(&mut self, recipient: u64, phone: usize, report: Option<StepId>) {
        let (_, taken) = match self.plans.get_mut(phone) {
            Some(plan) => std::mem::take(plan),
            None => return,
        };
        let own = self.plan_for(recipient);
        let step = taken
            .threads
            .first()
            .and_then(|thread| self.threads.get(*thread)?.steps().next());
        self.edit(own, |plan| {
            plan.guess = step
                .zip(report)
                .map(|(one, other)| Join::new(one, other, By::Course));
            plan.threads.extend(taken.threads);
            plan.delivery_reports.extend(taken.delivery_reports);
            plan.read_reports.extend(taken.read_reports);
        });
    }

    /// Who reports: the address in the report that is a recipient; of a read report by the phone itself without an
    /// address, the phone.
    fn reporter(&mut self, leg: Leg<'_>, view: &View<'_>) -> Option<u64> {
        let named = view.recipient;
        if named.is_some_and(|named| self.known.contains(named)) {
            return named;
        }
        let from_phone = leg
            .read_back()
            .is_some_and(|read| read.pdu == PduType::READ_REC_IND);
        let plan = self
            .by_phone
            .get(&self.snapshot.key(self.snapshot.keys.client(leg)))
            .filter(|_| from_phone);
        let phone = plan
            .and_then(|plan| self.plans.get(*plan))
            .and_then(|(key, _)| *key);
        let only = match self.listed.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        match view.is_mail() {
            true => only.or(named),
            false => phone.or(named).or(only),
        }
    }

    fn plan_for(&mut self, recipient: u64) -> usize {
        if let Some(plan) = self.by_recipient.get(&recipient) {
            return *plan;
        }
        let plan = self.add(Some(recipient));
        self.by_recipient.insert(recipient, plan);
        plan
    }

    fn add(&mut self, key: Option<u64>) -> usize {
        let shown = key.and_then(|key| self.spelling.get(&key));
        let plan = Plan {
            key,
            recipient: shown.map(|shown| (*shown).to_owned()),
            ..Plan::default()
        };
        self.plans.push((key, plan));
        let place = self.plans.len() - 1;
        if key.is_none() {
            self.nameless.get_or_insert(place);
        }
        place
    }

    fn edit(&mut self, plan: usize, change: impl FnOnce(&mut Plan)) {
        if let Some((_, plan)) = self.plans.get_mut(plan) {
            change(plan);
        }
    }

    fn sorted(self) -> Vec<Plan> {
        let places = self.listed.iter().enumerate().map(|(place, key)| (*key, place));
        let places: ByKey<usize> = places.collect();
        let first = |plan: &Plan| {
            let threads = plan.threads.iter().filter_map(|thread| self.threads.get(*thread));
            let mails = plan.handovers.iter().chain(&plan.refused).chain(&plan.answers);
            let reports = plan.reports().map(|report| report.step);
            let steps = threads
                .flat_map(Thread::steps)
                .chain(mails.copied())
                .chain(reports);
            steps.map(|step| self.snapshot.leg(step).first()).min()
        };
        let mut plans = self.plans;
        plans.shared_sort_by_cached_key(|(key, plan)| {
            let place = key.and_then(|key| places.get(&key)).copied();
            (place.unwrap_or(usize::MAX), first(plan))
        });
        plans.into_iter().map(|(_, plan)| plan).collect()
    }
}
