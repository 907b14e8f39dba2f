//! What of a message a transaction can agree with: its parties, its exchanges, when they were, and which phones took part.

use std::net::IpAddr;

use smallvec::SmallVec;

use crate::correlate::context::bindings::{Bindings, Holders, Naming};
use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::ids::{ClusterId, StepId};
use crate::correlate::group::party;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Thread, Threads};
use crate::correlate::record::address;
use crate::correlate::store::leg::{Completion, Leg, LegKind};
use crate::correlate::verdict::recipients::{self, Plan};
use crate::model::{
    Digest, Endpoint, FrameRef, Interface, Nanoseconds, NetworkId, SharedSort, SubscriberNumber, Timestamp,
};
use crate::session::Bearer;

/// How long before its first PDU something may already be asked about a message.
const BEFORE: Nanoseconds = 60 * Timestamp::SECOND;
/// And how long after its last.
const AFTER: Nanoseconds = 300 * Timestamp::SECOND;
/// Octets of media of which the digest is compared: parts that are no text and no presentation.
const MAX_DIGESTS: usize = 64;
/// Times at which one phone's binding is looked up.
const MAX_SIGHTS: usize = 1_024;

/// A message as transactions are joined to it.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) cluster: ClusterId,
    first: Timestamp,
    last: Timestamp,
    pub(crate) parties: Vec<Party>,
    pub(crate) ids: SmallVec<[Box<str>; 1]>,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) digests: Vec<Digest>,
    pub(crate) sights: Vec<Sight>,
    /// Whether a PDU names the sender.
    pub(crate) names_sender: bool,
}

/// Whose something is: the sender's, or that of one of the deliveries, by its place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    Sender,
    /// A recipient of whom nothing was seen, by his place among the parties.
    Recipient(usize),
    Delivery(usize),
}

impl Role {
    /// Which delivery it is.
    pub(crate) const fn delivery(self) -> Option<usize> {
        match self {
            Self::Delivery(place) => Some(place),
            Self::Sender | Self::Recipient(_) => None,
        }
    }
}

/// A number or address that takes part.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) role: Role,
    /// As it is compared.
    pub(crate) comparable: Box<str>,
    /// As it is shown.
    pub(crate) shown: Box<str>,
}

/// One request with its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) kind: LegKind,
    pub(crate) role: Role,
    pub(crate) begin: FrameRef,
    /// When its answer was complete, or must have come.
    pub(crate) end: Timestamp,
    /// When the last of it was seen.
    pub(crate) seen: Timestamp,
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
    pub(crate) network: NetworkId,
    /// The address of the phone's end, where it has one.
    pub(crate) phone: Option<IpAddr>,
    /// The host that it names: of its URL, of the location that it announces, the domain of its envelope.
    pub(crate) hosts: SmallVec<[Box<str>; 1]>,
}

/// A phone at a time, and whom the bindings of its address name.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub(crate) role: Role,
    pub(crate) address: IpAddr,
    pub(crate) at: FrameRef,
    pub(crate) holders: Holders,
    pub(crate) naming: Naming,
}

impl Exchange {
    /// Whether it was under way at a time.
    pub(crate) fn encloses(&self, time: Timestamp) -> bool {
        (self.begin.time..=self.end).contains(&time)
    }

    /// Whether it hands a PDU over without an answer of MMS, so that only its time tells.
    pub(crate) const fn is_exchange(&self) -> bool {
        !matches!(
            self.kind,
            LegKind::Notification | LegKind::DeliveryReport | LegKind::ReadReport
        )
    }
}

impl Profile {
    /// Whether a message may still be what something at this time was about.
    pub(crate) fn spans(&self, time: Timestamp) -> bool {
        (self.first.plus(-BEFORE)..=self.last.plus(AFTER)).contains(&time)
    }

    /// Whether one of its exchanges was under way.
    pub(crate) fn encloses(&self, time: Timestamp) -> bool {
        let mut exchanges = self.exchanges.iter();
        exchanges.any(|exchange| exchange.is_exchange() && exchange.encloses(time))
    }

    /// How long before a time it began what was nearest to it; negative where all of it came later.
    pub(crate) fn distance(&self, time: Timestamp) -> Nanoseconds {
        let begins = self
            .exchanges
            .iter()
            .map(|exchange| time.since(exchange.begin.time));
        let before = begins.clone().filter(|distance| *distance >= 0).min();
        before.or_else(|| begins.max()).unwrap_or(Nanoseconds::MIN)
    }

    /// The domains of its parties that are mail addresses.
    pub(crate) fn domains(&self) -> impl Iterator<Item = &str> {
        let parties = self.parties.iter();
        let parts = parties.filter_map(|party| party.comparable.rsplit_once('@'));
        parts.map(|(_, domain)| domain)
    }

    pub(crate) const fn first(&self) -> Timestamp {
        self.first
    }

    /// The parties that a number or address names: its sender, its recipients.
    pub(crate) fn parties_of<'a>(&'a self, written: &str) -> impl Iterator<Item = &'a Party> + use<'a> {
        let comparable = address::comparable(written).into_owned();
        let is_one = move |party: &&Party| address::is_one_subscriber(&party.comparable, &comparable);
        self.parties.iter().filter(is_one)
    }

    /// The only part that somebody has in the message: none where he is both sender and recipient.
    pub(crate) fn part_of(&self, written: &str) -> Option<&Party> {
        let mut parties = self.parties_of(written);
        let first = parties.next()?;
        let is_sender = first.role == Role::Sender;
        parties
            .all(|other| (other.role == Role::Sender) == is_sender)
            .then_some(first)
    }

    /// A recipient as he is shown.
    pub(crate) fn shown(&self, role: Role) -> Option<String> {
        let party = match role {
            Role::Sender => None,
            Role::Recipient(place) => self.parties.get(place),
            Role::Delivery(_) => self.parties.iter().find(|party| party.role == role),
        };
        party.map(|party| party.shown.to_string())
    }

    /// A message of which nothing but a submission was seen.
    #[cfg(test)]
    pub(crate) fn of_submission(begin: FrameRef, end: Timestamp) -> Self {
        let host = |last| Endpoint::new([10, 0, 0, last].into(), 80);
        Self {
            cluster: ClusterId::default(),
            first: begin.time,
            last: end,
            parties: Vec::new(),
            ids: SmallVec::new(),
            exchanges: vec![Exchange {
                kind: LegKind::Submission,
                role: Role::Sender,
                begin,
                end,
                seen: end,
                client: host(1),
                server: host(2),
                network: NetworkId::default(),
                phone: None,
                hosts: SmallVec::new(),
            }],
            digests: Vec::new(),
            sights: Vec::new(),
            names_sender: false,
        }
    }

    /// A message as its legs show it.
    pub(crate) fn new(
        of: ClusterId,
        cluster: &Cluster,
        threads: &Threads,
        snapshot: &Snapshot<'_>,
        bindings: &Bindings,
        response_timeout: Nanoseconds,
    ) -> Self {
        let plans = recipients::plans(cluster, snapshot, threads);
        let mut builder = Builder {
            snapshot,
            bindings,
            response_timeout,
            profile: Self {
                cluster: of,
                first: Timestamp::from_nanoseconds(i64::MAX),
                last: Timestamp::from_nanoseconds(i64::MIN),
                parties: Vec::new(),
                ids: SmallVec::new(),
                exchanges: Vec::new(),
                digests: Vec::new(),
                sights: Vec::new(),
                names_sender: cluster.sender.is_some(),
            },
        };
        for (place, plan) in plans.iter().enumerate() {
            builder.delivery(place, plan, threads);
        }
        for step in cluster.own_steps(threads) {
            builder.message_steps(step, &plans);
        }
        builder.name_by_bindings(&plans);
        builder.profile
    }
}

#[cfg(test)]
impl Profile {
    /// A message of a sender and a recipient, submitted in one exchange.
    pub(crate) fn submitted(sender: &str, recipient: &str, seconds: std::ops::Range<i64>) -> Self {
        let at = |seconds| FrameRef {
            time: Timestamp::from_seconds(seconds),
            ..FrameRef::default()
        };
        let end = |last, port| Endpoint::new([10, 0, 0, last].into(), port);
        let party = |role, number: &str| Party {
            role,
            comparable: address::comparable(number).into(),
            shown: number.into(),
        };
        Self {
            cluster: ClusterId::default(),
            first: at(seconds.start).time,
            last: at(seconds.end).time,
            parties: vec![party(Role::Sender, sender), party(Role::Recipient(1), recipient)],
            ids: SmallVec::new(),
            exchanges: vec![Exchange {
                kind: LegKind::Submission,
                role: Role::Sender,
                begin: at(seconds.start),
                end: at(seconds.end).time,
                seen: at(seconds.end).time,
                client: end(1, 40_000),
                server: end(9, 80),
                network: NetworkId::default(),
                phone: Some(end(1, 0).address),
                hosts: SmallVec::from_iter(["mmsc.example".into()]),
            }],
            digests: Vec::new(),
            sights: Vec::new(),
            names_sender: true,
        }
    }
}

struct Builder<'a> {
    snapshot: &'a Snapshot<'a>,
    bindings: &'a Bindings,
    response_timeout: Nanoseconds,
    profile: Profile,
}

impl Builder<'_> {
    fn delivery(&mut self, place: usize, plan: &Plan, threads: &Threads) {
        let role = Role::Delivery(place);
        if let Some(recipient) = &plan.recipient {
            self.party(role, recipient);
        }
        let threads = plan.threads.iter().filter_map(|thread| threads.get(*thread));
        let steps: Vec<StepId> = threads
            .flat_map(Thread::steps)
            .chain(plan.handovers.iter().copied())
            .collect();
        for step in steps {
            self.step(step, role);
        }
        for step in plan.read_reports.iter().map(|report| report.step) {
            self.step(step, role);
        }
        for step in plan.delivery_reports.iter().map(|report| report.step) {
            self.step(step, Role::Sender);
        }
    }

    /// What is of the message as a whole: its submission; what no delivery has.
    fn message_steps(&mut self, step: StepId, plans: &[Plan]) {
        let leg = self.snapshot.leg(step);
        match leg.kind() {
            Some(LegKind::Submission) => {
                self.step(step, Role::Sender);
                let sent: Vec<Leg<'_>> = self.snapshot.legs_of(step).collect();
                for send in sent.iter().filter_map(|leg| leg.sent()) {
                    if let Some(sender) = send.sender() {
                        self.party(Role::Sender, sender);
                    }
                    send.recipients().for_each(|recipient| self.recipient(recipient));
                }
                for stamped in sent.iter().filter_map(|leg| leg.subscriber()) {
                    self.party(Role::Sender, stamped);
                }
            }
            Some(LegKind::Handover) => {
                if let Some(send) = leg.handed_over().map(|handover| handover.send()) {
                    send.sender()
                        .into_iter()
                        .for_each(|sender| self.party(Role::Sender, sender));
                    send.recipients().for_each(|recipient| self.recipient(recipient));
                }
            }
            Some(LegKind::Notification) => {
                let sender = leg.notified().and_then(|notified| notified.sender());
                sender
                    .into_iter()
                    .for_each(|sender| self.party(Role::Sender, sender));
            }
            Some(LegKind::Retrieval) => {
                if let Some(retrieved) = leg.retrieved() {
                    let sender = retrieved.sender();
                    sender
                        .into_iter()
                        .for_each(|sender| self.party(Role::Sender, sender));
                    retrieved
                        .recipients()
                        .for_each(|recipient| self.recipient(recipient));
                }
            }
            _ => {}
        }
        let known = plans
            .iter()
            .any(|plan| plan.answers.contains(&step) || plan.refused.contains(&step));
        if known {
            self.step(step, Role::Recipient(usize::MAX));
        }
    }

    fn recipient(&mut self, written: &str) {
        let comparable = address::comparable(written);
        let is_known = |party: &Party| {
            party.role != Role::Sender && address::is_one_subscriber(&party.comparable, &comparable)
        };
        // Of very many, each is looked at once: recipients of a submission are listed once.
        if self.profile.parties.len() > MAX_SIGHTS || !self.profile.parties.iter().any(is_known) {
            let role = Role::Recipient(self.profile.parties.len());
            self.party(role, written);
        }
    }

    fn party(&mut self, role: Role, written: &str) {
        let comparable: Box<str> = address::comparable(written).into();
        let parties = &mut self.profile.parties;
        let is_known = |party: &Party| party.role == role && party.comparable == comparable;
        if matches!(role, Role::Recipient(_)) || !parties.iter().take(MAX_SIGHTS).any(is_known) {
            parties.push(Party {
                role,
                comparable,
                shown: address::bare(written).into(),
            });
        }
    }

    fn step(&mut self, step: StepId, role: Role) {
        let near = self.snapshot.leg(step);
        self.sight(near, role);
        for leg in self.snapshot.legs_of(step).collect::<Vec<_>>() {
            self.leg(leg, role);
        }
    }

    fn leg(&mut self, leg: Leg<'_>, role: Role) {
        let Some(kind) = leg.kind() else { return };
        let profile = &mut self.profile;
        let (begin, seen) = (leg.first(), leg.last().time);
        profile.first = profile.first.min(begin.time);
        profile.last = profile.last.max(seen);
        if let Some(id) = leg.message_id()
            && !profile.ids.iter().any(|known| **known == *id)
        {
            profile.ids.push(id.into());
        }
        profile.exchanges.push(Exchange {
            kind,
            role,
            begin,
            end: end_of(leg, self.response_timeout),
            seen,
            client: leg.client(),
            server: leg.server(),
            network: leg.network,
            phone: phone_of(leg),
            hosts: hosts_of(leg),
        });
        let sent = leg.sent().map(|sent| sent.content());
        let fetched = leg.retrieved().map(|retrieved| retrieved.content());
        for content in sent.into_iter().chain(fetched) {
            for part in content.parts.iter() {
                let is_medium =
                    !part.content_type.starts_with("text/") && part.content_type != "application/smil";
                let digest = Digest(part.sha256);
                if is_medium && profile.digests.len() < MAX_DIGESTS && !profile.digests.contains(&digest) {
                    profile.digests.push(digest);
                }
            }
        }
    }

    /// The phone of a leg of MM1, with whom its address was at that time.
    fn sight(&mut self, near: Leg<'_>, role: Role) {
        if self.bindings.is_empty() || self.profile.sights.len() >= MAX_SIGHTS {
            return;
        }
        let Some(address) = phone_of(near) else { return };
        let holders = self
            .bindings
            .holders(address, near.network.labels, near.first().time);
        if holders.is_empty() {
            return;
        }
        let naming = self.bindings.naming(&holders);
        self.profile.sights.push(Sight {
            role,
            address,
            at: near.first(),
            holders,
            naming,
        });
    }

    /// Who has no name yet gets that of his phone's binding, so that what names him can be joined.
    fn name_by_bindings(&mut self, plans: &[Plan]) {
        self.profile.sights.shared_sort_by_key(|sight| sight.at);
        for sight in self.profile.sights.clone() {
            let Naming::Is(id) = sight.naming else { continue };
            let Some(number) = self.bindings.get(id).map(|binding| binding.number) else {
                continue;
            };
            let mut parties = self.profile.parties.iter();
            let is_named = match sight.role {
                Role::Sender => parties.any(|party| party.role == Role::Sender),
                Role::Recipient(_) => true,
                Role::Delivery(place) => {
                    plans.get(place).is_none_or(|plan| plan.recipient.is_some())
                        || parties.any(|party| party.role.delivery().is_some() && is(party, number))
                }
            };
            if !is_named {
                self.party(sight.role, &number.to_string());
            }
        }
    }
}

/// Whether a party has this number.
pub(crate) fn is(party: &Party, number: SubscriberNumber) -> bool {
    address::is_one_subscriber(&party.comparable, number.digits())
}

/// The address of the phone's end of a leg: of what it sends, or of a push over IP.
pub(crate) fn phone_of(leg: Leg<'_>) -> Option<IpAddr> {
    let is_over_ip = matches!(
        leg.bearer,
        Bearer::Http | Bearer::Wsp | Bearer::Wtp | Bearer::PushUdp
    );
    let is_of_phone = leg.interface() == Interface::Mm1 && leg.kind() != Some(LegKind::Handover);
    let end = if party::is_push(leg) {
        leg.server()
    } else {
        leg.client()
    };
    (is_over_ip && is_of_phone).then_some(end.address)
}

/// When an exchange was over: with its answer, else when one must have come.
fn end_of(leg: Leg<'_>, response_timeout: Nanoseconds) -> Timestamp {
    let asked = leg.request().map_or(leg.first(), |extent| extent.last).time;
    match (leg.answer(), leg.completion()) {
        (Some(answer), _) => answer.last.time,
        (None, Completion::NoneExpected) => asked,
        (None, _) => asked.plus(response_timeout),
    }
}

fn hosts_of(leg: Leg<'_>) -> SmallVec<[Box<str>; 1]> {
    let location = leg.notified().and_then(|notified| notified.location());
    let urls = [leg.url(), location].into_iter().flatten();
    let hosts = urls.filter_map(address::host).map(str::to_ascii_lowercase);
    let domains = leg.envelope_recipients();
    let domains = domains.filter_map(|recipient| address::domain(recipient.address()));
    let mut found = SmallVec::new();
    for host in hosts.chain(domains.map(str::to_ascii_lowercase)) {
        let host: Box<str> = host.into();
        if !found.contains(&host) && found.len() < 8 {
            found.push(host);
        }
    }
    found
}
