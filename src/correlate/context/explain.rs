//! What a message is told of its surroundings: names that no PDU gives, its context, and causes.

use std::collections::BTreeSet;

use crate::correlate::context::bindings::Naming;
use crate::correlate::context::bindings::binding::{Binding, BindingId};
use crate::correlate::context::causes::{Evidence, Explainer};
use crate::correlate::context::join::Joined;
use crate::correlate::context::profile::{Profile, Role, Sight};
use crate::correlate::context::store::Surroundings;
use crate::correlate::context::transaction::milliseconds;
use crate::correlate::message::{
    Confidence, ContextEntry, ContextSubject, ContextSummary, Link, LinkDetail, Message, Passage,
};
use crate::correlate::record::address;
use crate::model::{
    AnomalyKind, AnomalyLog, Endpoint, FrameRef, Nanoseconds, PhoneAddresses, SharedSort, System,
    TransactionStatus,
};

/// An entry of a message's context with what its causes are looked for by.
struct Found {
    entry: ContextEntry,
    evidence: Evidence,
}

/// What is counted of what a message is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counting {
    /// Nothing: it is told again.
    Nothing,
    WhatIsJoined,
}

impl Surroundings {
    /// Tells a message what is known of its surroundings, given as what it is like and the transactions that concern it.
    pub(crate) fn explain(
        &mut self,
        (profile, joined): (&Profile, &[Joined]),
        response_timeout: Nanoseconds,
        message: &mut Message,
        anomalies: &mut AnomalyLog,
        counting: Counting,
    ) {
        self.note_disagreements(profile, message, anomalies);
        self.name_sender(profile, message);
        self.name_recipients(profile, message);
        let mut found = self.identities(profile, joined, message, counting);
        found.extend(
            joined
                .iter()
                .filter_map(|joined| self.transaction(joined, profile, message)),
        );
        found.shared_sort_by_key(|found| found.entry.order());
        self.bound(&mut found, anomalies);
        let mut evidence: Vec<Evidence> = found.iter().map(|found| found.evidence.clone()).collect();
        evidence.shared_sort_by_key(|evidence| evidence.at);
        message.context = found.into_iter().map(|found| found.entry).collect();
        let explainer = Explainer {
            profile,
            evidence: &evidence,
            response_timeout,
        };
        explainer.explain(message);
    }

    /// The number of who asked in an operation, by the binding of its address.
    pub(crate) fn subscriber(
        &self,
        address: std::net::IpAddr,
        labels: crate::model::Labels,
        at: FrameRef,
    ) -> Option<String> {
        let bindings = &self.sessions.bindings;
        let holders = bindings.holders(address, labels, at.time);
        match bindings.naming(&holders) {
            Naming::Is(id) => bindings.get(id).map(|binding| binding.number.to_string()),
            Naming::Nobody | Naming::Ambiguous(_) | Naming::Conflict(_) => None,
        }
    }

    fn name_sender(&self, profile: &Profile, message: &mut Message) {
        if message.from.is_some() {
            return;
        }
        let of_sender = |sight: &&Sight| sight.role == Role::Sender;
        for sight in profile.sights.iter().filter(of_sender) {
            if let Some((id, binding)) = self.named(sight) {
                message.from = Some(binding.number.to_string());
                message
                    .links
                    .push(self.link("sender-identity", sight, id, binding));
                return;
            }
        }
    }

    /// A delivery stays without a name where another one has that number already.
    fn name_recipients(&self, profile: &Profile, message: &mut Message) {
        let nameless = message
            .deliveries
            .iter()
            .filter(|delivery| delivery.recipient.is_none())
            .count();
        for place in 0..message.deliveries.len() {
            if message
                .deliveries
                .get(place)
                .is_none_or(|delivery| delivery.recipient.is_some())
            {
                continue;
            }
            let of_delivery = |sight: &&Sight| sight.role == Role::Delivery(place);
            let mut sights = profile.sights.iter().filter(of_delivery);
            let Some((sight, id, binding)) =
                sights.find_map(|sight| self.named(sight).map(|(id, binding)| (sight, id, binding)))
            else {
                continue;
            };
            let digits = binding.number.digits();
            let has = |other: &str| address::is_one_subscriber(&address::comparable(other), digits);
            if message
                .deliveries
                .iter()
                .filter_map(|other| other.recipient.as_deref())
                .any(has)
            {
                continue;
            }
            let name = binding.number.to_string();
            if !message.recipients.iter().any(|other| has(other)) {
                message.recipients.push(name.clone());
            }
            if nameless == 1 {
                let unnamed = message.failures.iter_mut().filter(|failure| {
                    failure.recipient.is_none() && failure.kind.stage() > crate::model::Stage::Submission
                });
                unnamed.for_each(|failure| failure.recipient = Some(name.clone()));
            }
            if let Some(delivery) = message.deliveries.get_mut(place) {
                delivery.recipient = Some(name);
            }
            message
                .links
                .push(self.link("recipient-identity", sight, id, binding));
        }
    }

    /// Whom a phone's binding names.
    fn named(&self, sight: &Sight) -> Option<(BindingId, &Binding)> {
        let Naming::Is(id) = sight.naming else {
            return None;
        };
        Some((id, self.sessions.bindings.get(id)?))
    }

    fn link(&self, join: &'static str, sight: &Sight, _id: BindingId, binding: &Binding) -> Link {
        let beginning = binding.beginning();
        let at = beginning.request.or(beginning.response).map(|extent| extent.last);
        Link {
            join: join.into(),
            by: binding.source.name().into(),
            confidence: Confidence::Strong,
            detail: LinkDetail::Binding {
                address: sight.address,
                number: binding.number.to_string(),
                since: binding.begin,
                frame: at.unwrap_or_default().frame,
            },
        }
    }

    /// Bindings that contradict each other, or a PDU.
    fn note_disagreements(&self, profile: &Profile, message: &Message, anomalies: &mut AnomalyLog) {
        let mut noted = BTreeSet::new();
        for sight in &profile.sights {
            match sight.naming {
                Naming::Nobody => {}
                Naming::Ambiguous(pair) | Naming::Conflict(pair) => {
                    if noted.insert((sight.address, pair)) {
                        self.note_pair(sight, pair, anomalies);
                    }
                }
                Naming::Is(id) => {
                    let written = match sight.role {
                        Role::Sender => message.from.as_deref().filter(|_| profile.names_sender),
                        Role::Delivery(place) => message
                            .deliveries
                            .get(place)
                            .and_then(|delivery| delivery.recipient.as_deref()),
                        Role::Recipient(_) => None,
                    };
                    if let Some(written) = written
                        && noted.insert((sight.address, [id; 2]))
                    {
                        self.note_contradiction(sight, id, written, anomalies);
                    }
                }
            }
        }
    }

    fn note_pair(&self, sight: &Sight, pair: [BindingId; 2], anomalies: &mut AnomalyLog) {
        let [Some(one), Some(other)] = pair.map(|id| self.sessions.bindings.get(id)) else {
            return;
        };
        let (kind, who) = match one.source == other.source {
            true => (AnomalyKind::IdentityAmbiguous, "two gateways"),
            false => (AnomalyKind::IdentityConflict, "two sources"),
        };
        anomalies.note(kind, Some(sight.at), || {
            let (address, one, other) = (sight.address, one.number, other.number);
            format!("{address} was {one}'s and {other}'s at once, as {who} say; it names nobody")
        });
    }

    fn note_contradiction(&self, sight: &Sight, id: BindingId, written: &str, anomalies: &mut AnomalyLog) {
        let Some(binding) = self.sessions.bindings.get(id) else {
            return;
        };
        let comparable = address::comparable(written);
        let is_number = !comparable.is_empty() && comparable.bytes().all(|octet| octet.is_ascii_digit());
        if !is_number || address::is_one_subscriber(&comparable, binding.number.digits()) {
            return;
        }
        anomalies.note(AnomalyKind::IdentityConflict, Some(sight.at), || {
            let (address, number, source) = (sight.address, binding.number, binding.source.name());
            format!("the PDU names {written}, and {address} was {number}'s by {source}; the PDU's stands")
        });
    }

    /// The bindings that hold for the phones of a message, and those that told whose address a transaction came from.
    fn identities(
        &mut self,
        profile: &Profile,
        joined: &[Joined],
        message: &Message,
        counting: Counting,
    ) -> Vec<Found> {
        let by_phones = profile.sights.iter();
        let by_phones = by_phones.flat_map(|sight| sight.holders.iter().map(|id| (*id, sight.role)));
        let by_transactions = joined
            .iter()
            .flat_map(|one| one.holders.iter().map(|id| (*id, one.role)));
        let mut all: Vec<(BindingId, Role)> = by_phones.chain(by_transactions).collect();
        all.shared_sort();
        all.dedup();
        let mut found = Vec::new();
        for same in all.chunk_by(|(one, _), (other, _)| one == other) {
            let role = match same {
                [(_, role)] => *role,
                // Of several parts that one has in the message, none is named.
                _ => Role::Sender,
            };
            let Some((id, _)) = same.first() else { continue };
            if counting == Counting::WhatIsJoined && self.sessions.bindings.join(*id) {
                self.totals.identity.joined = self.totals.identity.joined.saturating_add(1);
            }
            if let Some(binding) = self.sessions.bindings.get(*id) {
                found.push(self.identity(binding, role, profile, message));
            }
        }
        found
    }

    fn identity(&self, binding: &Binding, role: Role, profile: &Profile, message: &Message) -> Found {
        let mut entry = binding_entry(binding);
        entry.recipient = recipient(role, profile, message);
        entry.confidence = Some(Confidence::Strong);
        entry.by = Some("address".into());
        let beginning = binding.beginning();
        let at = beginning.response.or(beginning.request).map(|extent| extent.last);
        let asked = beginning
            .request
            .or(beginning.response)
            .map(|extent| extent.last.time);
        let evidence = Evidence {
            system: System::Identity,
            operation: beginning.operation,
            status: beginning.status,
            role,
            recipient: entry.recipient.clone(),
            // A session that is there stopped nothing, whatever became of its report.
            is_sure: false,
            asked: asked.unwrap_or_default(),
            at: at.unwrap_or_default(),
            thing: self.thing_of_number(binding.number.digits()),
            server: beginning.asked,
        };
        Found { entry, evidence }
    }

    fn transaction(&mut self, joined: &Joined, profile: &Profile, message: &Message) -> Option<Found> {
        let transaction = self.held.get_mut(&joined.transaction)?;
        let is_first = !std::mem::replace(&mut transaction.joined, true);
        let transaction = transaction.clone();
        if is_first {
            let totals = self.totals.of_mut(transaction.system);
            totals.joined = totals.joined.saturating_add(1);
        }
        let mut entry = transaction.entry();
        entry.recipient = recipient(joined.role, profile, message);
        entry.confidence = Some(joined.confidence);
        entry.by = Some(joined.rule.name().into());
        let evidence = Evidence {
            system: transaction.system,
            operation: transaction.operation,
            status: transaction.status,
            role: joined.role,
            recipient: entry.recipient.clone(),
            is_sure: Evidence::is_sure(&entry),
            asked: transaction.time(),
            at: transaction.at(),
            thing: self.thing_of(&transaction),
            server: transaction.asked,
        };
        Some(Found { entry, evidence })
    }

    /// Leaves out what is more than a message may have: the oldest first, failed ones last.
    fn bound(&self, found: &mut Vec<Found>, anomalies: &mut AnomalyLog) {
        let limit = self.limits.message_context;
        let Some(mut surplus) = found.len().checked_sub(limit).filter(|surplus| *surplus > 0) else {
            return;
        };
        let at = found.first().and_then(|first| first.entry.at());
        anomalies.note(AnomalyKind::LimitMessageContext, at, || {
            format!("more than {limit} transactions concern one message; the oldest were left out")
        });
        for failed in [false, true] {
            found.retain(|one| {
                let goes = surplus > 0 && one.entry.failed == failed;
                surplus -= usize::from(goes);
                !goes
            });
        }
    }
}

/// Whose delivery something concerns, as it is shown.
fn recipient(role: Role, profile: &Profile, message: &Message) -> Option<String> {
    match role {
        Role::Sender => None,
        Role::Recipient(_) => profile.shown(role),
        Role::Delivery(place) => message.deliveries.get(place)?.recipient.clone(),
    }
}

/// The transaction that began a binding, joined to nothing yet.
pub(crate) fn binding_entry(binding: &Binding) -> ContextEntry {
    let beginning = binding.beginning();
    let protocol = beginning.operation.protocol();
    let passage = |extent, from: Endpoint, to: Endpoint| Passage::new(extent, protocol, from, to);
    let latency = beginning.request.zip(beginning.response);
    ContextEntry {
        system: System::Identity,
        protocol,
        operation: beginning.operation,
        request: beginning
            .request
            .map(|extent| passage(extent, beginning.asker, beginning.asked)),
        response: beginning
            .response
            .map(|extent| passage(extent, beginning.asked, beginning.asker)),
        status: beginning.status.map(Into::into),
        failed: beginning.status.is_some_and(TransactionStatus::is_failure),
        latency_ms: latency.map(|(request, response)| milliseconds(request, response)),
        recipient: None,
        summary: ContextSummary::Read {
            operation: beginning.operation,
            about: ContextSubject::Session {
                number: Some(binding.number.to_string()),
                addresses: PhoneAddresses::default(),
            },
            status: beginning.status,
        },
        confidence: None,
        by: None,
    }
}
