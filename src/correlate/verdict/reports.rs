//! One report on its way over several interfaces: MM4 or a mail to the sender's MMSC, from there MM1 to the phone or MM7 to
//! the application. It is shown where it was nearest its addressee, the others are hops. What the recipient's own phone
//! sends stays a report of its own.

use std::collections::BTreeMap;

use crate::correlate::message::{DeliveryReport, Hop, Interface, OtherPdu, ReadReport, Seen};
use crate::mms::PduType;
use crate::model::{FrameRef, SharedSort};

/// X-Mms-Status-value retrieved (OMA-MMS-ENC section 7.3.54).
const RETRIEVED: u32 = 0x81;

/// X-Mms-Status-value forwarded (OMA-MMS-ENC section 7.3.54).
const FORWARDED: u32 = 0x86;

/// What reports of both kinds have.
pub(crate) trait Report: Sized {
    fn interface(&self) -> Interface;
    fn pdu(&self) -> PduType;
    fn status(&self) -> Option<u32>;
    fn seen(&self) -> &Seen;
    fn response(&self) -> Option<&Seen>;
    fn hops(&mut self) -> &mut Vec<Hop>;
    fn other_hops(&self) -> &[Hop];
    /// How often it was sent.
    fn copies(&self) -> u32;
}

impl Report for DeliveryReport {
    fn interface(&self) -> Interface {
        self.interface
    }

    fn pdu(&self) -> PduType {
        self.pdu
    }

    fn status(&self) -> Option<u32> {
        self.status.as_ref()?.code
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn response(&self) -> Option<&Seen> {
        self.response.as_ref()
    }

    fn hops(&mut self) -> &mut Vec<Hop> {
        &mut self.hops
    }

    fn other_hops(&self) -> &[Hop] {
        &self.hops
    }

    fn copies(&self) -> u32 {
        self.copies
    }
}

impl Report for ReadReport {
    fn interface(&self) -> Interface {
        self.interface
    }

    fn pdu(&self) -> PduType {
        self.pdu
    }

    fn status(&self) -> Option<u32> {
        self.status.as_ref()?.code
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn response(&self) -> Option<&Seen> {
        self.response.as_ref()
    }

    fn hops(&mut self) -> &mut Vec<Hop> {
        &mut self.hops
    }

    fn other_hops(&self) -> &[Hop] {
        &self.hops
    }

    fn copies(&self) -> u32 {
        1
    }
}

/// Whether a report goes between systems, and not to who asked for it.
fn is_between_systems(report: &impl Report) -> bool {
    matches!(report.interface(), Interface::Mm3 | Interface::Mm4)
}

/// Whether a report is what one between systems may become.
fn is_at_addressee(report: &impl Report) -> bool {
    !is_between_systems(report) && report.pdu() != PduType::READ_REC_IND
}

/// Reports in the order of time, those that are one as one. Each that reached its addressee takes the first of the same
/// status that came between systems and was not taken yet.
pub(crate) fn merged<R: Report>(reports: Vec<R>) -> Vec<R> {
    let both = reports.iter().any(is_between_systems) && reports.iter().any(is_at_addressee);
    if !both {
        return reports;
    }
    let (mut between, mut others): (Vec<Option<R>>, Vec<R>) = (Vec::new(), Vec::new());
    for report in reports {
        match is_between_systems(&report) {
            true => between.push(Some(report)),
            false => others.push(report),
        }
    }
    for report in others.iter_mut().filter(|report| is_at_addressee(*report)) {
        let status = report.status();
        let same = between
            .iter_mut()
            .find(|other| other.as_ref().is_some_and(|other| other.status() == status));
        if let Some(other) = same.and_then(Option::take) {
            report.hops().extend(as_hops(other));
        }
    }
    others.extend(between.into_iter().flatten());
    others.shared_sort_by_key(|report| (report.seen().last(), report.seen().first()));
    others
}

/// Delivery reports in the order of time, one that was made anew as another copy of the first: an MMSC that hands a
/// message over again tells its sender the same good end again, with a new date. What may come and go (deferred,
/// indeterminate) is news each time, and a report that denies is a failure of its own.
pub(crate) fn repeated_once(reports: Vec<DeliveryReport>) -> Vec<DeliveryReport> {
    let mut once: Vec<DeliveryReport> = Vec::with_capacity(reports.len());
    let mut first: BTreeMap<(PduType, u32, Option<String>), usize> = BTreeMap::new();
    for report in reports {
        let Some(status) = report
            .status()
            .filter(|status| matches!(*status, RETRIEVED | FORWARDED))
        else {
            once.push(report);
            continue;
        };
        let place = *first
            .entry((report.pdu, status, report.message_id.clone()))
            .or_insert(once.len());
        match once.get_mut(place) {
            Some(earlier) => {
                earlier.copies = earlier.copies.saturating_add(report.copies);
                earlier.hops.extend(report.hops);
            }
            None => once.push(report),
        }
    }
    once
}

/// Where a report passed on other interfaces than the one that it is shown on.
pub(crate) fn passed_on<R: Report>(reports: &[R]) -> impl Iterator<Item = FrameRef> {
    let hops = reports.iter().flat_map(Report::other_hops);
    hops.filter(|hop| hop.other.is_some()).map(|hop| hop.seen.last())
}

/// The places of a report as hops of another.
fn as_hops(mut report: impl Report) -> Vec<Hop> {
    let (interface, pdu) = (report.interface(), report.pdu());
    let other = |response, copies| {
        Some(OtherPdu {
            interface,
            pdu,
            response,
            copies,
        })
    };
    let own = Hop {
        seen: report.seen().clone(),
        other: other(report.response().cloned(), report.copies()),
    };
    let relayed = std::mem::take(report.hops()).into_iter().map(|hop| Hop {
        seen: hop.seen,
        other: other(None, 1),
    });
    std::iter::once(own).chain(relayed).collect()
}
