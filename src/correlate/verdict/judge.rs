//! From steps to the shapes of the output: places, hops, answers.

use std::collections::BTreeMap;

use crate::correlate::Settings;
use crate::correlate::group::ids::{ReportId, StepId};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::steps::Step;
use crate::correlate::message::{
    Acknowledgement, BearerAnswer, Code, DeliveryReport, ExchangeEnds, Failure, FailureDetail, Hop,
    Interface, Notification, ReadReport, Retrieval, Seen,
};
use crate::correlate::record::address;
use crate::correlate::store::leg;
use crate::correlate::store::leg::Leg;
use crate::correlate::store::open_legs::LegId;
use crate::correlate::store::sightings::Sightings;
use crate::correlate::verdict::coverage::CoveredTime;
use crate::correlate::verdict::ends::{self, Ending, Flaw};
use crate::correlate::verdict::rules::{self, Rule};
use crate::mms::Codes;
use crate::model::{CaptureIndex, Nanoseconds, Timestamp};
use crate::session::{Bearer, BodyEnd};

/// What judging needs besides the legs.
pub(crate) struct Judge<'a> {
    pub(crate) snapshot: &'a Snapshot<'a>,
    pub(crate) settings: Settings,
    pub(crate) covered: &'a CoveredTime,
    pub(crate) sightings: &'a Sightings,
    /// The time of each capture's first frame.
    pub(crate) begins: &'a BTreeMap<CaptureIndex, Timestamp>,
}

impl Judge<'_> {
    pub(crate) fn step(&self, step: StepId) -> Option<&Step> {
        self.snapshot.steps.get(step)
    }

    /// A try's legs, the hop nearest the phone first.
    pub(crate) fn hops<'b>(&'b self, one: &'b [LegId]) -> impl Iterator<Item = Leg<'b>> + Clone {
        one.iter().filter_map(|leg| self.snapshot.legs.get(*leg))
    }

    /// How a try ended: by the hop nearest the phone that shows it.
    pub(crate) fn ending(&self, one: &[LegId]) -> Ending {
        self.ending_by(one, rules::rule)
    }

    /// The same by other rules.
    pub(crate) fn ending_by(&self, one: &[LegId], rule: fn(Leg<'_>) -> Option<&'static Rule>) -> Ending {
        let mut ends = self.hops(one).map(|leg| self.ending_of(leg, rule(leg)));
        ends.find(|end| *end != Ending::Pending)
            .unwrap_or(Ending::Pending)
    }

    /// How a leg ended by a rule.
    pub(crate) fn ending_of(&self, leg: Leg<'_>, rule: Option<&'static Rule>) -> Ending {
        let timeout = self.settings.response_timeout;
        rule.map_or(Ending::Pending, |rule| {
            ends::ending(leg, rule, self.covered, timeout)
        })
    }

    /// The only try of a step that is never sent again, or its last one.
    pub(crate) fn last_try(&self, step: StepId) -> Option<&[LegId]> {
        self.step(step)?.tries().next_back()
    }

    pub(crate) fn notification(&self, step: StepId) -> Option<Notification> {
        let tries = || self.step(step).into_iter().flat_map(Step::tries);
        let near = self.hops(tries().next()?).next()?;
        let notified = near.notified()?;
        let extent = near.request()?;
        Some(Notification {
            seen: request_seen(near)?,
            hops: tries()
                .flat_map(|one| self.hops(one).skip(1).filter_map(request_seen))
                .map(Hop::from)
                .collect(),
            transaction_id: notified.transaction_id().map(str::to_owned),
            content_location: notified.location().map(str::to_owned),
            message_size: notified.size,
            expiry: notified
                .expiry()
                .map(|expiry| leg::expiry_time(expiry, extent.last.time)),
            bearer_status: self.last_try(step).and_then(|one| self.bearer_answer(one)),
            copies: count(tries().count()),
        })
    }

    pub(crate) fn retrieval(&self, step: StepId) -> Option<Retrieval> {
        let one = self.last_try(step)?;
        let near = self.hops(one).next()?;
        let fetched = self.hops(one).find(|leg| leg.retrieved().is_some());
        let answered = fetched
            .or_else(|| self.hops(one).find(|leg| leg.answer().is_some()))
            .unwrap_or(near);
        let retrieved = answered.retrieved();
        let reply = answered.reply();
        let whole = reply.is_some_and(|reply| reply.end == BodyEnd::Whole);
        let asked = self.snapshot.asked(step);
        let first = if asked.exchange == near.exchange {
            answered
        } else {
            asked
        };
        Some(Retrieval {
            request: request_seen(asked),
            response: answer_seen(answered),
            hops: self.other_hops(one, near),
            url: asked.url().map(str::to_owned),
            http_status: ends::http_status(answered),
            bearer_status: ends::bearer_answer(answered),
            ends: self.exchange_ends(asked, one),
            retrieve_status: code(Codes::RetrieveStatus, retrieved.and_then(|r| r.status)),
            transaction_id: retrieved.and_then(|r| r.transaction_id()).map(str::to_owned),
            message_id: retrieved
                .and_then(|r| r.message_id())
                .map(|id| address::message_id(id).to_owned()),
            bytes: reply.map(|reply| reply.length),
            complete: retrieved.map_or(whole, |r| r.complete),
            latency_ms: latency_between(first, answered),
        })
    }

    pub(crate) fn acknowledgement(&self, step: StepId) -> Option<Acknowledgement> {
        let one = self.last_try(step)?;
        let near = self.hops(one).next()?;
        let confirmed = near.confirmed()?;
        let answered = self.hops(one).find(|leg| leg.answer().is_some());
        Some(Acknowledgement {
            pdu: confirmed.pdu,
            request: request_seen(self.snapshot.asked(step)),
            response: answered.and_then(answer_seen),
            hops: self.other_hops(one, near),
            http_status: answered.and_then(ends::http_status),
            bearer_status: answered.and_then(ends::bearer_answer),
            ends: self.exchange_ends(near, one),
            transaction_id: confirmed.transaction_id().map(str::to_owned),
            status: code(Codes::Status, confirmed.status),
        })
    }

    pub(crate) fn delivery_report(&self, report: ReportId) -> Option<DeliveryReport> {
        let ReportId { step, told } = report;
        let tries = || self.step(step).into_iter().flat_map(Step::tries);
        let near = self.nearest_addressee(tries().next()?)?;
        let reported = near.reported()?;
        Some(DeliveryReport {
            interface: near.interface(),
            pdu: reported.pdu,
            seen: request_seen(near)?,
            response: self.report_response(step),
            hops: tries()
                .flat_map(|one| {
                    let shown = self.nearest_addressee(one).map(|leg| leg.exchange);
                    self.hops(one).filter(move |leg| Some(leg.exchange) != shown)
                })
                .filter(|leg| !is_gateway_call(*leg))
                .filter_map(request_seen)
                .map(Hop::from)
                .collect(),
            message_id: reported.message_id().map(|id| address::message_id(id).to_owned()),
            status: code(Codes::Status, reported.told_of(told)?.status),
            date: reported.date(),
            bearer_status: self.last_try(step).and_then(|one| self.bearer_answer(one)),
            copies: count(tries().count()),
        })
    }

    pub(crate) fn read_report(&self, report: ReportId) -> Option<ReadReport> {
        let ReportId { step, told } = report;
        let one = self.last_try(step)?;
        let near = self.nearest_addressee(one)?;
        let read = near.read_back()?;
        Some(ReadReport {
            interface: near.interface(),
            pdu: read.pdu,
            seen: request_seen(near)?,
            response: self.report_response(step),
            hops: self
                .hops(one)
                .filter(|leg| leg.exchange != near.exchange && !is_gateway_call(*leg))
                .filter_map(|leg| request_seen(leg).or_else(|| answer_seen(leg)))
                .map(Hop::from)
                .collect(),
            message_id: read.message_id().map(|id| address::message_id(id).to_owned()),
            status: code(Codes::ReadStatus, read.told_of(told)?.status),
            http_status: self.hops(one).find_map(ends::http_status),
            bearer_status: self.bearer_answer(one),
        })
    }

    /// The hop of a report that is nearest its addressee: of a mail the last one.
    fn nearest_addressee<'b>(&'b self, one: &'b [LegId]) -> Option<Leg<'b>> {
        let first = self.hops(one).next()?;
        match first.bearer {
            Bearer::Smtp => self.hops(one).last(),
            _ => Some(first),
        }
    }

    /// Where a report was answered: on MM4 by the first RES, on MM7 by HTTP.
    fn report_response(&self, step: StepId) -> Option<Seen> {
        let answers = self.snapshot.answers.of(step).map(|step| self.snapshot.leg(step));
        let first = answers.min_by_key(|leg| leg.first());
        let by_http = || {
            let legs = self.snapshot.legs_of(step);
            let mut answered = legs.filter(|leg| leg.interface() == Interface::Mm7 && leg.answer().is_some());
            answered.next().and_then(answer_seen)
        };
        first.and_then(request_seen).or_else(by_http)
    }

    /// What the bearer answered to a try, by the hop nearest the phone that shows it.
    pub(crate) fn bearer_answer(&self, one: &[LegId]) -> Option<BearerAnswer> {
        self.hops(one).find_map(ends::bearer_answer)
    }

    /// What the ends of a try call themselves: in the request as it was `asked`, and in the answer of the hop nearest the
    /// phone that has one; what is missing there, on the other hops.
    pub(crate) fn exchange_ends(&self, asked: Leg<'_>, one: &[LegId]) -> ExchangeEnds {
        ends_of(asked, self.hops(one))
    }

    /// What went wrong with a try.
    pub(crate) fn failure(&self, one: &[LegId], flaw: &Flaw, detail: FailureDetail) -> Failure {
        Failure {
            bearer_status: self.bearer_answer(one),
            ..Failure::new(flaw.kind, flaw.code, flaw.at, detail)
        }
    }

    /// The other places where a try's request passed.
    pub(crate) fn other_hops(&self, one: &[LegId], near: Leg<'_>) -> Vec<Hop> {
        let others = self.hops(one).filter(|leg| leg.exchange != near.exchange);
        others
            .filter_map(|leg| request_seen(leg).or_else(|| answer_seen(leg)))
            .map(Hop::from)
            .collect()
    }
}

/// What the ends of a try call themselves, of its hops nearest the phone first.
pub(crate) fn ends_of<'a>(asked: Leg<'a>, hops: impl Iterator<Item = Leg<'a>> + Clone) -> ExchangeEnds {
    let mut legs = std::iter::once(asked).chain(hops.clone());
    let host = legs.clone().find_map(|leg| address::host(leg.url()?));
    let said = |name: &&str| !name.is_empty();
    let user_agent = legs.find_map(|leg| leg.user_agent().filter(said));
    let server = hops.filter_map(Leg::server_name).find(said);
    ExchangeEnds {
        host: host.map(str::to_ascii_lowercase),
        user_agent: user_agent.map(str::to_owned),
        server: server.map(str::to_owned),
    }
}

/// Whether a short message is in the call of an SMS gateway's HTTP interface. That the MMSC asks its gateway to send a
/// report is no place where the report passed; the ladder shows it.
fn is_gateway_call(leg: Leg<'_>) -> bool {
    leg.bearer == Bearer::Http && leg.transfer.is_some()
}

/// Where a request was seen.
pub(crate) fn request_seen(leg: Leg<'_>) -> Option<Seen> {
    Some(leg.seen(leg.request()?, leg.client(), leg.server()))
}

/// Where an answer was seen.
pub(crate) fn answer_seen(leg: Leg<'_>) -> Option<Seen> {
    Some(leg.seen(leg.answer()?, leg.server(), leg.client()))
}

/// From the request's completion to the answer's; none where the answer began before the request was complete.
pub(crate) fn latency_ms(leg: Leg<'_>) -> Option<f64> {
    latency_between(leg, leg)
}

/// The same of a request and the answer to what followed its redirect.
pub(crate) fn latency_between(asked: Leg<'_>, answered: Leg<'_>) -> Option<f64> {
    let (request, answer) = (asked.request()?, answered.answer()?);
    let began = answer.first.time.since(request.last.time);
    (began >= 0).then(|| milliseconds(answer.last.time.since(request.last.time)))
}

/// Nanoseconds as milliseconds; exact to the microsecond for any duration in a capture.
#[expect(
    clippy::cast_precision_loss,
    reason = "a duration of 104 days still has every nanosecond"
)]
pub(crate) fn milliseconds(duration: Nanoseconds) -> f64 {
    duration as f64 / 1_000_000.0
}

/// A field's coded value, where it is there.
pub(crate) fn code(codes: Codes, code: Option<u8>) -> Option<Code> {
    code.map(|code| Code::of(codes, code))
}

pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_milliseconds_and_may_be_negative() {
        assert!((milliseconds(1_500_000) - 1.5).abs() < f64::EPSILON);
        assert!((milliseconds(-2_000_000) + 2.0).abs() < f64::EPSILON);
    }
}
