//! What a message says of itself, by which two that share an identifier are told apart (TS 23.140 gives message ids no
//! scope: counters restart, two MMSCs count alike).

use std::cmp::Ordering;

use crate::correlate::group::bodies::{Text, are_other_contents, only_text};
use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::index::{Few, KeySet};
use crate::correlate::group::party::is_at_phone;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::thread::{Thread, Threads};
use crate::correlate::record::address;
use crate::correlate::store::contents::Content;
use crate::correlate::store::leg::Leg;
use crate::model::{FrameRef, Nanoseconds, Network, Timestamp};
use crate::session::Bearer;

/// By how much a delivery may seem earlier than its submission in one capture, in nanoseconds: frames may be out of
/// order. Clocks of two captures may differ by anything.
const OUT_OF_ORDER: Nanoseconds = 5 * Timestamp::SECOND;

/// What a message says of itself. Addresses and texts are keys.
pub(crate) struct Identity<'a> {
    origin: Origin,
    first: FrameRef,
    sender: Option<u64>,
    /// All that are known.
    known: &'a KeySet,
    /// Those that what was fetched lists: they go before the number that was pushed to.
    listed: Few<u64>,
    subject: Option<u64>,
    text: Option<Text<'a>>,
    /// Of a handover, whose other ones carry the same.
    handed_over: Option<&'a Content>,
    operator: Option<Operator>,
    /// To whom it was handed over.
    passed_to: PassedTo,
    /// Whether what submits it does not say for whom it is: of that not enough was captured.
    is_unaddressed: bool,
}

/// Other operators that a message was handed over to.
#[derive(Debug, Default)]
enum PassedTo {
    #[default]
    Nobody,
    /// Those of these domains.
    Operators(Few<Operator>),
    /// One whose name is not known is among them.
    Anybody,
}

impl PassedTo {
    /// By the domains of the envelopes' recipients.
    fn of(cluster: &Cluster, snapshot: &Snapshot<'_>) -> Self {
        let legs = cluster.handovers.iter().map(|step| snapshot.leg(*step));
        let mails = legs.filter(|leg| leg.bearer == Bearer::Smtp);
        let peers = mails.map(|leg| {
            let to = leg.envelope_recipients().next()?;
            Operator::of_host(address::domain(to.written)?)
        });
        let peers: Option<Few<Operator>> = peers.collect();
        match peers {
            None => Self::Anybody,
            Some(none) if none.is_empty() => Self::Nobody,
            Some(operators) => Self::Operators(operators),
        }
    }

    fn may_be(&self, operator: &Operator) -> bool {
        match self {
            Self::Nobody => false,
            Self::Operators(known) => known.iter().any(|one| !one.contradicts(operator)),
            Self::Anybody => true,
        }
    }
}

/// Whose the MMSC is, as far as can be told.
#[derive(Debug, PartialEq, Eq)]
enum Operator {
    /// Who has the domain that its hosts share.
    OfDomain(String),
    /// The MMSC has no name. Its address means one host in this network.
    OfNetwork(Network),
}

impl Operator {
    /// Of a URL, as it was seen in a network.
    fn of(url: &str, network: Network) -> Option<Self> {
        let host = address::location(url).host?;
        if address::is_ip_literal(&host) {
            return Some(Self::OfNetwork(network));
        }
        Self::of_host(host.split(':').next()?)
    }

    /// Of the name of a host or a mail domain.
    fn of_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let mut labels = host.rsplit('.');
        let (top, second) = (labels.next()?, labels.next()?);
        Some(Self::OfDomain(format!("{second}.{top}")))
    }

    /// Whether they are two. A name and an address may be one's.
    fn contradicts(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OfDomain(one), Self::OfDomain(other)) => one != other,
            (Self::OfNetwork(one), Self::OfNetwork(other)) => one != other,
            (Self::OfDomain(_), Self::OfNetwork(_)) | (Self::OfNetwork(_), Self::OfDomain(_)) => false,
        }
    }
}

/// What tells of a message, in the order in which it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Submission,
    Handover,
    Delivery,
}

impl<'a> Identity<'a> {
    pub(crate) fn of(cluster: &'a Cluster, snapshot: &Snapshot<'a>, threads: &Threads) -> Self {
        let identity = Self {
            origin: match (cluster.submission, cluster.handovers.first()) {
                (Some(_), _) => Origin::Submission,
                (None, Some(_)) => Origin::Handover,
                (None, None) => Origin::Delivery,
            },
            first: FrameRef::default(),
            sender: cluster.sender.or(cluster.stamped),
            known: &cluster.recipients,
            listed: Few::default(),
            subject: None,
            text: None,
            handed_over: None,
            operator: None,
            passed_to: PassedTo::of(cluster, snapshot),
            is_unaddressed: false,
        };
        let sent = cluster.submission.or(cluster.handovers.first().copied());
        match (
            sent,
            cluster.threads.first().and_then(|thread| threads.get(*thread)),
        ) {
            (Some(step), _) => identity.submitted(snapshot.leg(step), snapshot),
            (None, Some(thread)) => identity.delivered(thread, snapshot),
            (None, None) => Self {
                first: cluster
                    .own_steps(threads)
                    .map(|step| snapshot.leg(step).first())
                    .min()
                    .unwrap_or_default(),
                ..identity
            },
        }
    }

    fn submitted(self, leg: Leg<'a>, snapshot: &Snapshot<'a>) -> Self {
        let send = leg.sent();
        Self {
            first: leg.first(),
            subject: send
                .and_then(|send| send.subject())
                .map(|subject| snapshot.key(subject)),
            text: send
                .filter(|send| send.complete)
                .and_then(|send| only_text(send.content())),
            handed_over: send
                .filter(|_| self.origin == Origin::Handover)
                .map(|send| send.content()),
            is_unaddressed: self.origin == Origin::Submission
                && send.is_none_or(|send| send.recipients().next().is_none()),
            operator: leg
                .url()
                .and_then(|url| Operator::of(url, snapshot.keys.network(leg))),
            ..self
        }
    }

    fn delivered(self, thread: &Thread, snapshot: &Snapshot<'a>) -> Self {
        let leg = |step: &_| snapshot.leg(*step);
        let notified = thread.notifications.first().map(leg);
        let fetches = || thread.retrievals.iter().map(leg);
        let fetched = fetches().find(|leg| leg.retrieved_whole());
        let fetched = fetched.and_then(Leg::retrieved);
        let announced = notified.and_then(Leg::notified);
        let subject = announced.and_then(|notified| notified.subject());
        let subject = subject.or_else(|| fetched.and_then(|fetched| fetched.subject()));
        let network = notified
            .filter(|leg| is_at_phone(leg.bearer))
            .or_else(|| fetches().next())
            .map(|leg| snapshot.keys.network(leg));
        let url = announced.and_then(|notified| notified.location());
        let url = url.or_else(|| fetches().find_map(Leg::url));
        let listed = fetched.into_iter().flat_map(|fetched| fetched.recipients());
        Self {
            first: notified
                .or_else(|| fetches().next())
                .or_else(|| thread.confirmations.first().map(leg))
                .map(Leg::first)
                .unwrap_or_default(),
            listed: listed.map(|recipient| snapshot.address(recipient)).collect(),
            subject: subject.map(|subject| snapshot.key(subject)),
            text: fetched.and_then(|fetched| only_text(fetched.content())),
            operator: url
                .zip(network)
                .and_then(|(url, network)| Operator::of(url, network)),
            ..self
        }
    }

    /// Whether the two cannot be one message. Adapted pictures, sizes, and another host of the same operator say nothing.
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        self.contradicts_at_any_operator(other) || self.is_of_another_operator(other)
    }

    /// The same where a handover to another operator may not have been captured.
    pub(crate) fn contradicts_at_any_operator(&self, other: &Self) -> bool {
        let differ = |one: Option<u64>, other: Option<u64>| one.zip(other).is_some_and(|(a, b)| a != b);
        let texts = self.text.as_ref().zip(other.text.as_ref());
        differ(self.sender, other.sender)
            || differ(self.subject, other.subject)
            || texts.is_some_and(|(one, other)| one.contradicts(other))
            || self
                .handed_over
                .zip(other.handed_over)
                .is_some_and(|(one, other)| are_other_contents(one, other))
            || self.is_for_others_than(other)
            || self.is_out_of_order(other)
    }

    fn is_for_others_than(&self, other: &Self) -> bool {
        if self.origin == other.origin {
            let is_apart = !self
                .listed
                .iter()
                .any(|recipient| other.listed.contains(recipient));
            return !self.listed.is_empty() && !other.listed.is_empty() && is_apart;
        }
        let (sent, delivered) = if self.origin < other.origin {
            (self, other)
        } else {
            (other, self)
        };
        let is_apart = match delivered.listed.is_empty() {
            true => !delivered.known.is_empty() && delivered.known.is_disjoint(sent.known),
            false => !delivered
                .listed
                .iter()
                .any(|recipient| sent.known.contains(*recipient)),
        };
        !sent.known.is_empty() && !sent.is_unaddressed && is_apart
    }

    fn is_out_of_order(&self, other: &Self) -> bool {
        let (sent, delivered) = match self.origin.cmp(&other.origin) {
            Ordering::Less => (self, other),
            Ordering::Greater => (other, self),
            Ordering::Equal => return false,
        };
        let lead = sent.first.time.since(delivered.first.time);
        sent.first.capture == delivered.first.capture && lead > OUT_OF_ORDER
    }

    /// Where sender or recipient is hidden, two MMSCs that count alike are told apart by their domains, and those without a
    /// name by their networks. One to whom the message was handed over is none that counts alike.
    fn is_of_another_operator(&self, other: &Self) -> bool {
        let is_hidden = |one: &Self| one.sender.is_none() || one.known.is_empty();
        let operators = self.operator.as_ref().zip(other.operator.as_ref());
        let passed =
            |to: &Operator, from: &Operator| self.passed_to.may_be(to) || other.passed_to.may_be(from);
        let are_others = operators.is_some_and(|(own, its)| own.contradicts(its) && !passed(its, own));
        (is_hidden(self) || is_hidden(other)) && are_others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_operator_share_a_domain() {
        let operator = |url| Operator::of(url, Network::default());
        let carrier = operator("http://mms1.carrier.example:8002/a").unwrap();
        assert_eq!(carrier, Operator::OfDomain("carrier.example".to_owned()));
        assert!(!carrier.contradicts(&operator("http://mms2.carrier.example/a").unwrap()));
        assert!(carrier.contradicts(&operator("http://mms2.other.example/a").unwrap()));
        assert!(!carrier.contradicts(&operator("http://203.0.113.9/a").unwrap()));
        assert_eq!(operator("http://mmsc/a"), None);
    }
}
