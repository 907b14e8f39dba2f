//! Reading reports: who reports, and to whom. OMA puts the recipient of the message into To of m-delivery.ind; live
//! MMSCs put it into From, and the report's own addressee into To (OMA-TS-MMS_ENC section 6.6).

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, RequestFacts};
use crate::correlate::store::pdus::{Reported, Told};
use crate::mms::PduType;
use crate::model::{Nanoseconds, Timestamp};

/// One way to read a report. Addresses are keys of their comparable form.
#[derive(Clone, Debug)]
pub(crate) struct View<'a> {
    /// The recipient of the message; none where the phone left it to the MMSC to name itself.
    pub(crate) recipient: Option<u64>,
    /// As it is written.
    pub(crate) shown: Option<&'a str>,
    /// The sender of the message, to whom the report goes.
    pub(crate) addressee: Option<u64>,
    /// Whether a mail server or a mail reader reports.
    is_mail: bool,
    /// Whether the addressee may be a system that sent the message for its sender: mail servers report to the sender of
    /// the envelope, which is an MMSC's or an address made for this mail alone.
    is_to_system: bool,
    /// Whether the PDU names another phone besides, which would be the recipient in another reading.
    names_another: bool,
}

/// How well a report fits a message; the greater the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReportFit {
    recipient: i8,
    addressee: i8,
    before: bool,
    nearness: Nanoseconds,
}

impl<'a> View<'a> {
    /// Of a report about this recipient, as it is written, with its key.
    fn about(recipient: &'a str, key: u64, addressee: Option<u64>) -> Self {
        Self {
            recipient: Some(key),
            shown: Some(address::bare(recipient)),
            addressee,
            is_mail: false,
            is_to_system: false,
            names_another: false,
        }
    }

    /// Of a report that names nobody whom it is about.
    const fn about_nobody(addressee: Option<u64>) -> Self {
        Self {
            recipient: None,
            shown: None,
            addressee,
            is_mail: false,
            is_to_system: false,
            names_another: false,
        }
    }

    /// Whether a mail server or a mail reader reports.
    pub(crate) const fn is_mail(&self) -> bool {
        self.is_mail
    }

    /// The sender of the message, where the report goes to nobody else.
    pub(crate) fn sender(&self) -> Option<u64> {
        self.addressee.filter(|_| !self.is_to_system)
    }

    /// None where the report is another sender's, or about somebody whom the message is not for: ids recur.
    fn fit(&self, cluster: &Cluster, time: Timestamp) -> Option<ReportFit> {
        let agrees = |known: Option<u64>| known.zip(self.addressee).map(|(a, b)| a == b);
        let addressee = match (agrees(cluster.sender), agrees(cluster.stamped)) {
            (Some(false), _) if !self.is_to_system => return None,
            (Some(true), _) | (None, Some(true)) => 1,
            (None, Some(false)) => -1,
            (Some(false), _) | (None, None) => 0,
        };
        let recipient = match self.recipient {
            Some(recipient) if cluster.recipients.contains(recipient) => 1,
            Some(recipient) if cluster.sender == Some(recipient) && !self.names_another => 0,
            // An alias that the report alone knows: it names the message, and this is its only recipient.
            Some(_) if self.is_mail && addressee > 0 && cluster.recipients.len() == 1 => -1,
            Some(_) if cluster.names_all_recipients => return None,
            Some(_) if !cluster.recipients.is_empty() => -1,
            _ => 0,
        };
        let distance = time.since(cluster.first);
        Some(ReportFit {
            recipient,
            addressee,
            before: distance >= 0,
            nearness: distance.saturating_abs().saturating_neg(),
        })
    }

    /// Of each recipient that a report tells of, the reading that fits a message best; the likeliest where none does better.
    pub(crate) fn each(
        leg: Leg<'a>,
        cluster: &Cluster,
        snapshot: &Snapshot<'_>,
    ) -> impl Iterator<Item = (usize, Self)> {
        let told = leg.any_report().into_iter().flat_map(Reported::told);
        told.filter_map(move |told| Some((told.place, Self::best(leg, told, cluster, snapshot)?)))
    }

    fn best(leg: Leg<'a>, told: Told<'a>, cluster: &Cluster, snapshot: &Snapshot<'_>) -> Option<Self> {
        let time = leg.first().time;
        let mut best: Option<(Option<ReportFit>, Self)> = None;
        for view in views(leg, told, snapshot) {
            let fit = view.fit(cluster, time);
            if best.as_ref().is_none_or(|(known, _)| fit > *known) {
                best = Some((fit, view));
            }
        }
        best.map(|(_, view)| view)
    }
}

impl ReportFit {
    /// Whether it names the message's sender and a recipient of it.
    pub(crate) const fn names_both(self) -> bool {
        self.recipient > 0 && self.addressee > 0
    }

    /// Whether it names the message's sender or a recipient of it.
    pub(crate) const fn names_somebody(self) -> bool {
        self.recipient > 0 || self.addressee > 0
    }
}

/// How well a report fits a message in its best reading.
pub(crate) fn best_fit(leg: Leg<'_>, cluster: &Cluster, snapshot: &Snapshot<'_>) -> Option<ReportFit> {
    let time = leg.first().time;
    let told = leg.any_report().into_iter().flat_map(Reported::told);
    told.flat_map(|told| views(leg, told, snapshot))
        .filter_map(|view| view.fit(cluster, time))
        .max()
}

/// The readings of what a report says of a recipient, likeliest first. To whom the bearer took it tells which is right.
fn views<'a>(leg: Leg<'a>, told: Told<'a>, snapshot: &Snapshot<'_>) -> impl Iterator<Item = View<'a>> {
    let to = leg.any_report().and_then(Reported::to);
    let from = match leg.read_back() {
        Some(_) => told.last.or(leg.subscriber()),
        None => told.last,
    };
    let key = |address: &'a str| (address, snapshot.address(address));
    let bearer = leg.recipient().map(|recipient| snapshot.address(recipient));
    let (from, to) = (from.map(key), to.map(key));
    let written_to = to.map(|(_, key)| key);
    let is_for_addressee = || match bearer {
        Some(bearer) => written_to == Some(bearer),
        None => to.is_some_and(|(to, _)| address::is_place(to, leg.server().address)),
    };
    let oma = to.map(|(to, key)| View {
        names_another: from
            .is_some_and(|(from, other)| other != key && address::is_number(address::bare(from))),
        ..View::about(to, key, bearer)
    });
    let addressee = written_to.or(bearer);
    let live = from.map(|(from, key)| View::about(from, key, addressee));
    let original = told.original.map(key);
    let original = original.map(|(original, key)| View::about(original, key, addressee));
    let views = match leg.request_facts() {
        // A mail says whom it is about, as the sender wrote it and as an alias or a list changed it.
        RequestFacts::ReadReport(report) | RequestFacts::DeliveryReport(report)
            if matches!(report.pdu, PduType::Mail(_)) =>
        {
            let is_to_system = !to.is_some_and(|(to, _)| address::is_number(address::bare(to)));
            let named = original.is_some() || live.is_some();
            [original, live, (!named).then(|| View::about_nobody(written_to))].map(|view| {
                view.map(|view| View {
                    is_mail: true,
                    is_to_system,
                    ..view
                })
            })
        }
        RequestFacts::ReadReport(_) => [
            Some(live.unwrap_or_else(|| View::about_nobody(written_to))),
            None,
            None,
        ],
        RequestFacts::DeliveryReport(_) if live.is_some() && is_for_addressee() => [live, None, None],
        RequestFacts::DeliveryReport(_) => [oma, live, None],
        _ => [None, None, None],
    };
    views.into_iter().flatten()
}
