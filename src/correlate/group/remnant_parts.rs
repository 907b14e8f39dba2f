//! Messages as far as they can be compared where something of them was not captured.

use std::collections::BTreeSet;

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::ids::ClusterId;
use crate::correlate::group::index::{Few, KeySet};
use crate::correlate::group::party::is_at_phone;
use crate::correlate::group::party::is_push;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Thread, Threads};
use crate::correlate::store::leg::{Leg, LegKind};
use crate::correlate::store::pdus::Reported;
use crate::mms::PduType;
use crate::model::{BearerStatus, Timestamp};
use crate::session::{Bearer, BodyEnd};

/// Values of X-Mms-Status (OMA-TS-MMS_ENC section 7.3.54).
const EXPIRED: u8 = 0x80;
const RETRIEVED: u8 = 0x81;
const REJECTED: u8 = 0x82;
const UNRECOGNISED: u8 = 0x84;
const FORWARDED: u8 = 0x86;
const UNREACHABLE: u8 = 0x87;

const EVER: Timestamp = Timestamp::from_nanoseconds(i64::MIN);
const NEVER: Timestamp = Timestamp::from_nanoseconds(i64::MAX);

/// How many candidates are compared that share an address with a part, and how many that do not, latest first.
pub(crate) const NEAREST_OF_PARTY: usize = 16;
const NEAREST: usize = 64;

/// What a step shows of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles(u8);

impl Roles {
    pub(crate) const SUBMITTED: Self = Self(1);
    pub(crate) const HANDED_OVER: Self = Self(32);
    pub(crate) const SENT: Self = Self(1 | 32);
    pub(crate) const NOTIFIED: Self = Self(2);
    pub(crate) const FETCHED: Self = Self(4);
    pub(crate) const CONFIRMED: Self = Self(8);
    pub(crate) const REPORTED: Self = Self(16);
    pub(crate) const DELIVERED: Self = Self(2 | 4 | 8);

    pub(crate) const fn of(kind: LegKind) -> Self {
        match kind {
            LegKind::Submission => Self::SUBMITTED,
            LegKind::Handover => Self::HANDED_OVER,
            LegKind::Notification => Self::NOTIFIED,
            LegKind::Retrieval => Self::FETCHED,
            LegKind::Acknowledgement => Self::CONFIRMED,
            LegKind::DeliveryReport | LegKind::ReadReport => Self::REPORTED,
            LegKind::Answer | LegKind::RefusedEnvelope | LegKind::Operation => Self(0),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What became of a message, as a part of it says; what arrived has not failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    #[default]
    Open,
    Failed,
    Arrived,
}

impl Fate {
    /// By a status of m-notifyresp.ind, m-delivery.ind and what they become on other interfaces.
    pub(crate) fn of_status(status: Option<u8>) -> Self {
        match status {
            Some(RETRIEVED | FORWARDED) => Self::Arrived,
            Some(EXPIRED | REJECTED | UNRECOGNISED | UNREACHABLE) => Self::Failed,
            _ => Self::Open,
        }
    }

    pub(crate) fn of(leg: Leg<'_>, kind: LegKind) -> Self {
        let is_error = leg.status().is_some_and(|status| !status.is_success());
        match kind {
            LegKind::Submission | LegKind::Handover if leg.accepted() == Some(false) || is_error => {
                Self::Failed
            }
            LegKind::Retrieval if leg.retrieved_whole() => Self::Arrived,
            LegKind::Retrieval if leg.retrieved().is_some_and(|r| !r.is_ok()) || is_error => Self::Failed,
            LegKind::Acknowledgement => match leg.confirmed() {
                Some(confirmed) if confirmed.pdu == PduType::ACKNOWLEDGE_IND => Self::Arrived,
                confirmed => Self::of_status(confirmed.and_then(|confirmed| confirmed.status)),
            },
            LegKind::DeliveryReport => {
                let told = leg.reported().into_iter().flat_map(Reported::told);
                told.map(|told| Self::of_status(told.status))
                    .max()
                    .unwrap_or_default()
            }
            LegKind::ReadReport => Self::Arrived,
            _ => Self::Open,
        }
    }
}

/// A mail as the envelope and the ends of its connection tell it from others.
#[derive(Debug)]
pub(crate) struct MailPassed {
    sender: Option<u64>,
    recipients: KeySet,
    from: u64,
    to: u64,
    /// Whether the server has it, as far as is known.
    is_taken: Option<bool>,
}

impl MailPassed {
    fn of(leg: Leg<'_>, snapshot: &Snapshot<'_>) -> Self {
        let recipients = leg.envelope_recipients();
        Self {
            sender: leg.envelope_sender().map(|sender| snapshot.address(sender)),
            recipients: recipients.map(|to| snapshot.address(to.address())).collect(),
            from: snapshot.key(snapshot.keys.client(leg)),
            to: snapshot.key(snapshot.keys.server(leg)),
            is_taken: leg.status().map(BearerStatus::is_success),
        }
    }

    /// Whether a later mail is this one, sent on by the server that took it.
    pub(crate) fn is_again(&self, later: &Self) -> bool {
        let same_envelope = self.sender.is_some()
            && self.sender == later.sender
            && !self.recipients.is_disjoint(&later.recipients);
        let is_sent_on = self.to == later.from && self.from != later.to && self.is_taken != Some(false);
        same_envelope && is_sent_on
    }
}

/// One cluster as far as it can be compared with another that lacks something. Identifiers and addresses are keys.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) cluster: ClusterId,
    pub(crate) first: Timestamp,
    pub(crate) roles: Roles,
    /// Whether something of it was not captured.
    pub(crate) lacks: bool,
    /// Whether all is there by which a submission is compared with a delivery.
    pub(crate) sends: bool,
    /// Whether all is there by which a delivery is compared with a submission.
    pub(crate) tells: bool,
    pub(crate) message_ids: KeySet,
    pub(crate) transaction_ids: KeySet,
    pub(crate) urls: KeySet,
    /// Its sender, by number and by address.
    pub(crate) senders: Few<u64>,
    /// The phones that it was delivered to, by address.
    pub(crate) phones: KeySet,
    /// Whom it is for, or whose phones its deliveries are at.
    pub(crate) recipients: KeySet,
    /// The mails that hand it over.
    pub(crate) mails: Vec<MailPassed>,
    /// For how many deliveries it has room.
    pub(crate) room: usize,
    pub(crate) fate: Fate,
    /// Whether the MMSC refused it, so that nothing came after it.
    pub(crate) is_refused: bool,
    pub(crate) is_folded: bool,
}

impl Part {
    pub(crate) fn of(id: ClusterId, cluster: &Cluster, snapshot: &Snapshot<'_>, threads: &Threads) -> Self {
        let mut part = Self {
            cluster: id,
            first: cluster.first,
            senders: [cluster.sender, cluster.stamped].into_iter().flatten().collect(),
            recipients: cluster.recipients.clone(),
            room: cluster
                .recipients
                .len()
                .max(1)
                .saturating_sub(cluster.threads.len()),
            ..Self::default()
        };
        let deliveries = cluster.threads.iter().filter_map(|thread| threads.get(*thread));
        part.recipients.extend(deliveries.filter_map(Thread::number));
        for leg in cluster.own_steps(threads).flat_map(|step| snapshot.legs_of(step)) {
            part.take(leg, snapshot);
        }
        part
    }

    pub(crate) fn take(&mut self, leg: Leg<'_>, snapshot: &Snapshot<'_>) {
        let Some(kind) = leg.kind() else { return };
        let roles = Roles::of(kind);
        self.roles.add(roles);
        let request = leg.request().is_some() && leg.request_end() == BodyEnd::Whole;
        self.sends |= leg.sent().is_some_and(|sent| sent.complete);
        self.tells |= match kind {
            LegKind::Notification => request,
            LegKind::Retrieval => leg.retrieved_whole(),
            _ => false,
        };
        let fate = Fate::of(leg, kind);
        self.fate = self.fate.max(fate);
        self.is_refused |= roles.has(Roles::SENT) && fate == Fate::Failed;
        self.message_ids
            .extend(leg.message_id().map(|id| snapshot.key(id)));
        let notified = leg.notified();
        // A fetch that was put off has an id of its own, which m-acknowledge.ind repeats.
        let confirmed = leg.confirmed().filter(|c| c.pdu == PduType::NOTIFYRESP_IND);
        let ids = [
            notified.and_then(|notified| notified.transaction_id()),
            confirmed.and_then(|confirmed| confirmed.transaction_id()),
        ];
        self.transaction_ids
            .extend(ids.into_iter().flatten().map(|id| snapshot.key(id)));
        let url = notified.and_then(|notified| notified.location());
        let url = url.or_else(|| leg.url().filter(|_| leg.is_get()));
        self.urls.extend(url.map(|url| snapshot.key(url)));
        if kind == LegKind::Handover && leg.bearer == Bearer::Smtp {
            self.mails.push(MailPassed::of(leg, snapshot));
        }
        let phone = match is_push(leg) {
            true => is_at_phone(leg.bearer).then(|| snapshot.keys.server(leg)),
            false => Some(snapshot.keys.client(leg)),
        };
        let phone = phone.map(|phone| snapshot.key(phone));
        match roles.has(Roles::DELIVERED) {
            true => self.phones.extend(phone),
            false => self.senders.extend(phone),
        }
    }

    /// Who may tell whose it is: its sender and its recipients.
    pub(crate) fn parties(&self) -> Few<u64> {
        let recipients = self.recipients.iter().take(NEAREST_OF_PARTY);
        self.senders.iter().copied().chain(recipients).collect()
    }

    /// Whether it says what was delivered.
    pub(crate) const fn is_told(&self) -> bool {
        self.tells || self.roles.has(Roles::NOTIFIED)
    }

    /// Whether the numbers that are known of both are others.
    pub(crate) fn is_for_others_than(&self, other: &Self) -> bool {
        let known = !self.recipients.is_empty() && !other.recipients.is_empty();
        known && self.recipients.is_disjoint(&other.recipients)
    }

    /// Whether nothing that is known of both says that they are two messages, but for whom they are for.
    pub(crate) fn may_take(&self, remnant: &Self) -> bool {
        let agree = self.fate == Fate::Open || remnant.fate == Fate::Open || self.fate == remnant.fate;
        (self.lacks || remnant.lacks)
            && agree
            && !self.is_refused
            && !remnant.is_refused
            && !self.is_folded
            && !remnant.is_folded
            && !self.is_decided(remnant)
    }

    /// Whether what both have would have joined them if they were one.
    pub(crate) fn is_decided(&self, other: &Self) -> bool {
        let both = |one: &KeySet, other: &KeySet| !one.is_empty() && !other.is_empty();
        let is_delivery = |part: &Self| !part.roles.has(Roles::SENT) && part.roles.has(Roles::DELIVERED);
        let are_deliveries = is_delivery(self) && is_delivery(other);
        both(&self.message_ids, &other.message_ids)
            || are_deliveries && both(&self.transaction_ids, &other.transaction_ids)
            || are_deliveries && both(&self.urls, &other.urls)
            || self.sends && (other.tells || other.sends)
            || self.tells && other.sends
    }
}

/// Parts that may take others in, by time and by whom they are of.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    all: BTreeSet<(Timestamp, usize)>,
    by_party: BTreeSet<(u64, Timestamp, usize)>,
}

impl Pool {
    pub(crate) fn add(&mut self, place: usize, part: &Part) {
        self.all.insert((part.first, place));
        let parties = part.parties().into_iter();
        self.by_party
            .extend(parties.map(|party| (party, part.first, place)));
    }

    pub(crate) fn remove(&mut self, place: usize, part: Option<&Part>) {
        let Some(part) = part else { return };
        self.all.remove(&(part.first, place));
        for party in part.parties() {
            self.by_party.remove(&(party, part.first, place));
        }
    }

    /// Those that began before a part, latest first: of the same parties, then of any.
    pub(crate) fn before(&self, part: &Part) -> Vec<usize> {
        let mut found = Vec::new();
        for party in part.parties() {
            let begun = (party, EVER, 0)..=(party, part.first, usize::MAX);
            let latest = self.by_party.range(begun).rev().take(NEAREST_OF_PARTY);
            found.extend(latest.map(|(_, _, place)| *place));
        }
        let begun = self.all.range(..=(part.first, usize::MAX));
        found.extend(begun.rev().take(NEAREST).map(|(_, place)| *place));
        found
    }

    /// Those that began after a part, earliest first: of the same parties, then of any.
    pub(crate) fn after(&self, part: &Part) -> Vec<usize> {
        let mut found = Vec::new();
        for party in part.parties() {
            let later = (party, part.first, 0)..=(party, NEVER, usize::MAX);
            let earliest = self.by_party.range(later).take(NEAREST_OF_PARTY);
            found.extend(earliest.map(|(_, _, place)| *place));
        }
        let later = self.all.range((part.first, 0)..);
        found.extend(later.take(NEAREST).map(|(_, place)| *place));
        found
    }
}
