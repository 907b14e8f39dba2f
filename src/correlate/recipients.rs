//! Who the deliveries of a message are for. One recipient is one delivery, however often and under whatever ids it
//! is notified.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::address;
use super::clusters::{Cluster, View};
use super::leg::{Leg, STATUS_OK, Send};
use super::scene::Scene;
use super::thread::Thread;

/// What belongs to one delivery.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The recipient as it is shown.
    pub(super) recipient: Option<String>,
    pub(super) threads: Vec<usize>,
    pub(super) delivery_reports: Vec<usize>,
    pub(super) read_reports: Vec<usize>,
}

/// The deliveries of a message: in the order of the submission's recipients, then as they were first seen.
pub(super) fn plans(cluster: &Cluster, scene: &Scene<'_>, threads: &[Thread]) -> Vec<Plan> {
    let mut desk = Desk::new(cluster, scene, threads);
    desk.place_threads();
    desk.place_reports();
    desk.sorted()
}

struct Desk<'a> {
    cluster: &'a Cluster,
    scene: &'a Scene<'a>,
    threads: &'a [Thread],
    /// How an address is written, by its comparable form.
    spelling: HashMap<String, String>,
    /// The submission's recipients in order, comparable.
    listed: Vec<String>,
    /// All who can be recipients, comparable.
    known: BTreeSet<String>,
    plans: Vec<(Option<String>, Plan)>,
    by_recipient: HashMap<String, usize>,
    by_phone: HashMap<IpAddr, usize>,
}

impl<'a> Desk<'a> {
    fn new(cluster: &'a Cluster, scene: &'a Scene<'a>, threads: &'a [Thread]) -> Self {
        let mut desk = Self {
            cluster,
            scene,
            threads,
            spelling: HashMap::new(),
            listed: Vec::new(),
            known: BTreeSet::new(),
            plans: Vec::new(),
            by_recipient: HashMap::new(),
            by_phone: HashMap::new(),
        };
        let sends = cluster
            .submission
            .into_iter()
            .flat_map(|step| scene.legs_of(step))
            .filter_map(Leg::send);
        for recipient in sends.flat_map(Send::recipients) {
            let key = address::comparable(recipient);
            if desk.known.insert(key.clone()) {
                desk.listed.push(key);
            }
            desk.spell(recipient);
        }
        let fetches = cluster
            .threads
            .iter()
            .filter_map(|t| threads.get(*t))
            .flat_map(|t| &t.retrievals);
        for fetched in fetches.filter_map(|step| scene.leg(*step).retrieved()) {
            for recipient in fetched.to.iter().chain(&fetched.cc) {
                desk.spell(recipient);
                if desk.listed.is_empty() {
                    desk.known.insert(address::comparable(recipient));
                }
            }
        }
        for report in &cluster.reports {
            if let Some(shown) = View::best(scene.leg(*report), cluster).and_then(|view| view.shown) {
                desk.spell(&shown);
            }
        }
        desk
    }

    /// The first spelling is the one shown.
    fn spell(&mut self, written: &str) {
        let shown = address::bare(written).to_owned();
        self.spelling.entry(address::comparable(written)).or_insert(shown);
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
            self.place_thread(Some(left.clone()), *only);
        } else {
            for thread in unknown {
                self.place_thread(None, thread);
            }
        }
    }

    /// Threads of one phone are one delivery, even where its number is not known.
    fn place_thread(&mut self, recipient: Option<String>, thread: usize) {
        let clients: Vec<_> = self
            .threads
            .get(thread)
            .map_or(Vec::new(), |t| t.clients().collect());
        let plan = match recipient {
            Some(recipient) => self.plan_for(recipient),
            None => {
                let nameless = |plan: &&usize| self.plans.get(**plan).is_some_and(|(key, _)| key.is_none());
                let same = clients
                    .iter()
                    .find_map(|client| self.by_phone.get(client).filter(nameless));
                same.copied().unwrap_or_else(|| self.add(None, None))
            }
        };
        for client in clients {
            self.by_phone.insert(client, plan);
        }
        self.edit(plan, |plan| plan.threads.push(thread));
    }

    /// The listed recipients of whom no thread is known.
    fn without_thread(&self) -> Vec<String> {
        let has_thread = |recipient: &String| {
            let plan = self
                .by_recipient
                .get(recipient)
                .and_then(|plan| self.plans.get(*plan));
            plan.is_some_and(|(_, plan)| !plan.threads.is_empty())
        };
        self.listed
            .iter()
            .filter(|recipient| !has_thread(recipient))
            .cloned()
            .collect()
    }

    /// Whom a thread is for, comparable: the bearer's word; the only recipient; the phone's number or address,
    /// where it is a recipient's. A number that a proxy stamps counts only then, or where nothing else is known.
    fn recipient_of(&mut self, thread: usize) -> Option<String> {
        let thread = self.threads.get(thread)?;
        if let Some(recipient) = thread.recipient() {
            let written = thread
                .notifications
                .iter()
                .find_map(|step| self.scene.leg(*step).recipient.as_deref());
            self.spell(written.unwrap_or(recipient));
            return Some(recipient.to_owned());
        }
        let fetched = thread
            .retrievals
            .iter()
            .filter_map(|step| self.scene.leg(*step).retrieved());
        let mut good = fetched.filter(|r| r.status.is_none_or(|status| status == STATUS_OK));
        if let Some(single) = good.find_map(|r| match (&*r.to, &*r.cc) {
            ([only], []) => Some(address::comparable(only)),
            _ => None,
        }) {
            return Some(single);
        }
        if let [only] = self.listed.as_slice() {
            return Some(only.clone());
        }
        let legs = || thread.steps().flat_map(|step| self.scene.legs_of(step));
        let stamped = || {
            let asked = legs().filter(|leg| leg.notified().is_none());
            asked
                .filter_map(|leg| leg.subscriber.as_deref())
                .map(address::comparable)
        };
        let phones = || thread.clients().map(|client| client.to_string());
        let found = stamped()
            .chain(phones())
            .find(|address| self.known.contains(address));
        found.or_else(|| {
            let number = legs()
                .filter(|leg| leg.notified().is_none())
                .find_map(|leg| leg.subscriber.clone());
            let number = number.filter(|_| self.known.is_empty())?;
            self.spell(&number);
            Some(address::comparable(&number))
        })
    }

    fn place_reports(&mut self) {
        for step in &self.cluster.reports {
            let leg = self.scene.leg(*step);
            let plan = match self.reporter(leg) {
                Some(recipient) => self.plan_for(recipient),
                None => {
                    let nameless = self.plans.iter().position(|(key, _)| key.is_none());
                    nameless.unwrap_or_else(|| self.add(None, None))
                }
            };
            self.edit(plan, |plan| match leg.read_back() {
                Some(_) => plan.read_reports.push(*step),
                None => plan.delivery_reports.push(*step),
            });
        }
    }

    /// Who reports, comparable: the address in the report that is a recipient; of a read report by the phone
    /// itself without an address, the phone.
    fn reporter(&mut self, leg: &Leg) -> Option<String> {
        let named = View::best(leg, self.cluster).and_then(|view| view.recipient);
        if let Some(named) = named.as_ref().filter(|named| self.known.contains(*named)) {
            return Some(named.clone());
        }
        let from_phone = leg
            .read_back()
            .is_some_and(|read| read.pdu == crate::mms::MessageType::READ_REC_IND);
        let plan = self.by_phone.get(&leg.client.address).filter(|_| from_phone);
        let phone = plan
            .and_then(|plan| self.plans.get(*plan))
            .and_then(|(key, _)| key.clone());
        let only = match self.listed.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        phone.or(named).or(only)
    }

    fn plan_for(&mut self, recipient: String) -> usize {
        if let Some(plan) = self.by_recipient.get(&recipient) {
            return *plan;
        }
        let shown = self
            .spelling
            .get(&recipient)
            .cloned()
            .unwrap_or_else(|| recipient.clone());
        let plan = self.add(Some(recipient.clone()), Some(shown));
        self.by_recipient.insert(recipient, plan);
        plan
    }

    fn add(&mut self, key: Option<String>, recipient: Option<String>) -> usize {
        self.plans.push((
            key,
            Plan {
                recipient,
                ..Plan::default()
            },
        ));
        self.plans.len() - 1
    }

    fn edit(&mut self, plan: usize, change: impl FnOnce(&mut Plan)) {
        if let Some((_, plan)) = self.plans.get_mut(plan) {
            change(plan);
        }
    }

    fn sorted(self) -> Vec<Plan> {
        let places: HashMap<_, _> = self
            .listed
            .iter()
            .enumerate()
            .map(|(place, key)| (key, place))
            .collect();
        let place = |key: &Option<String>| key.as_ref().and_then(|key| places.get(key)).copied();
        let first = |plan: &Plan| {
            let threads = plan.threads.iter().filter_map(|thread| self.threads.get(*thread));
            let reports = plan.delivery_reports.iter().chain(&plan.read_reports);
            threads
                .flat_map(Thread::steps)
                .chain(reports.copied())
                .map(|step| self.scene.leg(step).first())
                .min()
        };
        let order = |(key, plan): &(Option<String>, Plan)| (place(key).unwrap_or(usize::MAX), first(plan));
        let mut plans: Vec<_> = self
            .plans
            .iter()
            .map(|plan| (order(plan), plan.1.clone()))
            .collect();
        plans.sort_by_key(|(order, _)| *order);
        plans.into_iter().map(|(_, plan)| plan).collect()
    }
}
