//! Phones that are known by their address alone, and recipients of whom there are only reports: which belong together.
//!
//! Only where there are as many of the one as of the other, so that each has its partner, and only by what rules all
//! others out: who was reported to have rejected it did not fetch it. Where that leaves a choice they stay apart; which
//! did it last before the report is no proof, because reports wait in queues.

use std::collections::BTreeMap;

use crate::correlate::message::State;
use crate::correlate::store::leg::Leg;
use crate::correlate::verdict::rules;
use crate::model::Timestamp;

/// How many phones and recipients are compared, each with each: a message has a few recipients.
pub(crate) const MAX_COMPARED: usize = 32;

/// What a phone did, as far as reports speak of it: when it first came to each state.
#[derive(Clone, Debug, Default)]
pub(crate) struct PhoneHistory(BTreeMap<State, Timestamp>);

impl PhoneHistory {
    pub(crate) fn note(&mut self, leg: Leg<'_>) {
        if leg.retrieved_whole() {
            self.came_to(State::Retrieved, leg.last().time);
        }
        let Some(confirmed) = leg.confirmed() else { return };
        if let Some(state) = rules::rule(leg).and_then(|rule| rule.meaning(confirmed.status).state) {
            self.came_to(state, leg.first().time);
        }
    }

    fn came_to(&mut self, state: State, time: Timestamp) {
        let first = self.0.entry(state).or_insert(time);
        *first = time.min(*first);
    }

    /// How well all reports about one recipient fit; none where one of them rules this phone out.
    fn fit(&self, reports: &[(Leg<'_>, Option<u8>)]) -> Option<ReportMatch> {
        let mut worst = if reports.is_empty() {
            ReportMatch::Possible
        } else {
            ReportMatch::Shown
        };
        for report in reports {
            worst = worst.min(self.fit_one(*report)?);
        }
        Some(worst)
    }

    fn fit_one(&self, (report, status): (Leg<'_>, Option<u8>)) -> Option<ReportMatch> {
        let before = |time: &Timestamp| *time <= report.first().time;
        let did = |state: State| self.0.get(&state).is_some_and(before);
        let mut others = self.0.iter().filter(|(state, _)| **state != State::Deferred);
        let settled = others.any(|(_, time)| before(time));
        match rules::rule(report).and_then(|rule| rule.meaning(status).state) {
            Some(State::Reported | State::Read) => {
                (did(State::Retrieved) || did(State::Acknowledged)).then_some(ReportMatch::Shown)
            }
            Some(state) if did(state) => Some(ReportMatch::Shown),
            _ => (!settled).then_some(ReportMatch::Possible),
        }
    }
}

/// How well reports fit what a phone did before them; the greater the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ReportMatch {
    /// Nothing denies it.
    Possible,
    /// The phone was seen to do what they say.
    Shown,
}

/// For each recipient, by the reports about it and the statuses that they say, the phone that it is, by its place; none where that is open or a
/// recipient has no report and more than one phone is left.
pub(crate) fn partners(
    recipients: &[Vec<(Leg<'_>, Option<u8>)>],
    phones: &[PhoneHistory],
) -> Vec<Option<usize>> {
    let mut partners = vec![None; recipients.len()];
    if recipients.len() != phones.len() || phones.len() > MAX_COMPARED {
        return partners;
    }
    let fits: Vec<Vec<Option<ReportMatch>>> = recipients
        .iter()
        .map(|reports| phones.iter().map(|phone| phone.fit(reports)).collect())
        .collect();
    while let Some((recipient, phone)) = next_pair(&partners, &fits) {
        if let Some(partner) = partners.get_mut(recipient) {
            *partner = Some(phone);
        }
    }
    partners
}

/// A recipient and a phone that have nobody else left.
fn next_pair(partners: &[Option<usize>], fits: &[Vec<Option<ReportMatch>>]) -> Option<(usize, usize)> {
    let phones: Vec<usize> = (0..partners.len())
        .filter(|place| !partners.contains(&Some(*place)))
        .collect();
    let fitting = |fits: &[Option<ReportMatch>]| {
        let fit = |phone: &usize| fits.get(*phone).copied().flatten();
        let best = phones.iter().filter_map(fit).max();
        phones
            .iter()
            .copied()
            .filter(|phone| fit(phone).is_some() && fit(phone) == best)
            .collect::<Vec<_>>()
    };
    let open = partners
        .iter()
        .zip(fits)
        .enumerate()
        .filter(|(_, (partner, _))| partner.is_none());
    let choices: Vec<_> = open
        .map(|(recipient, (_, fits))| (recipient, fitting(fits)))
        .collect();
    let sole_phone = choices
        .iter()
        .find_map(|(recipient, fitting)| match fitting.as_slice() {
            [only] => Some((*recipient, *only)),
            _ => None,
        });
    let sole_recipient = |phone: &usize| {
        let mut wanting = choices.iter().filter(|(_, fitting)| fitting.contains(phone));
        wanting
            .next()
            .filter(|_| wanting.next().is_none())
            .map(|(recipient, _)| (*recipient, *phone))
    };
    sole_phone.or_else(|| phones.iter().find_map(sole_recipient))
}
