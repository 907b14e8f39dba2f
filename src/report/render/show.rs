//! One message in full: what it is, each leg with its PDUs and times, its parts, what failed and why, and how the legs
//! were joined.

use std::io::{self, Write};

use super::ladder;
use crate::report::document::pdu_name;
use crate::report::document::{
    Acknowledgement, BearerAnswer, Code, ContextEntry, Delivery, DeliveryReport, ExchangeEnds, Failure,
    Handover, Hop, Interface, Message, Notification, Part, ReadReport, Retrieval, Seen, ShownHeaders,
    Submission,
};
use crate::report::words::style::{Align, Style, Tone};
use crate::report::words::undecided::{self, Surroundings};
use crate::report::words::{display_filter, explain, human, tls::carried_by};

/// Cells of the names to the left, and two between.
const NAME: usize = 18;

/// Writes a message in full, its ladder at the end.
pub fn write(
    out: &mut impl Write,
    message: &Message,
    around: &Surroundings,
    style: &Style,
) -> io::Result<()> {
    let mut page = Page::new(out, message, around, style);
    page.title(message)?;
    page.facts(message)?;
    page.parts(&message.parts)?;
    page.legs(message)?;
    page.failures(&message.failures)?;
    page.surroundings(&message.context)?;
    page.joins(message)?;
    page.heading("Call flow")?;
    ladder::write_flow(page.out, message, style)
}

/// Writes of a message in full only its legs, what went wrong, and how they were joined.
pub fn write_legs(
    out: &mut impl Write,
    message: &Message,
    around: &Surroundings,
    style: &Style,
) -> io::Result<()> {
    let mut page = Page::new(out, message, around, style);
    page.title(message)?;
    page.legs(message)?;
    page.failures(&message.failures)?;
    if message.links.is_empty() {
        page.heading("How its legs were joined")?;
        return page.fact("", "nothing else of this message was captured");
    }
    page.joins(message)
}

/// A transaction with another system on one line: what it says, where it was seen, how sure it is that it belongs here.
fn context_line(entry: &ContextEntry) -> String {
    let mut text = entry.summary.to_string();
    let passages = entry.request.iter().chain(&entry.response);
    let frames: Vec<String> = passages
        .map(|passage| human::place(passage.capture, passage.frame, false))
        .collect();
    match frames.as_slice() {
        [] => {}
        [one] => text.push_str(&format!(", frame {one}")),
        several => text.push_str(&format!(", frames {}", several.join(" and "))),
    }
    if let (Some(confidence), Some(by)) = (entry.confidence, &entry.by) {
        text.push_str(&format!(
            " ({}, by {})",
            explain::confidence_in_words(confidence),
            by.replace('_', " ")
        ));
    }
    text
}

/// An answer to one of the message's requests.
struct Answer<'a> {
    /// What it is called where it carries a PDU.
    name: &'a str,
    seen: Option<&'a Seen>,
    http_status: Option<u32>,
    bearer_status: Option<&'a BearerAnswer>,
    ends: &'a ExchangeEnds,
    latency_ms: Option<f64>,
}

struct Page<'a, W> {
    out: &'a mut W,
    style: &'a Style,
    message: &'a Message,
    around: &'a Surroundings,
}

impl<'a, W: Write> Page<'a, W> {
    const fn new(out: &'a mut W, message: &'a Message, around: &'a Surroundings, style: &'a Style) -> Self {
        Self {
            out,
            style,
            message,
            around,
        }
    }

    fn title(&mut self, message: &Message) -> io::Result<()> {
        let state = format!("{}: {}", message.state, explain::state_of_message(message));
        ladder::write_title(self.out, message, &state, self.style)?;
        match explain::reason(message) {
            reason if reason.is_empty() || state.ends_with(&reason) => Ok(()),
            reason => self.fact("reason", &reason),
        }
    }

    fn facts(&mut self, message: &Message) -> io::Result<()> {
        self.known("message id", message.message_id.as_deref())?;
        self.known("from", message.from.as_deref())?;
        for (name, addresses) in [("to", &message.to), ("cc", &message.cc), ("bcc", &message.bcc)] {
            if !addresses.is_empty() {
                self.fact(name, &addresses.join(", "))?;
            }
        }
        self.known("subject", message.subject.as_deref())?;
        let shown = ShownHeaders::ALL.iter();
        let shown = shown.filter_map(|header| Some((header.label, (header.value)(&message.shown)?)));
        let (labels, values): (Vec<&str>, Vec<&str>) = shown.unzip();
        if !values.is_empty() {
            self.fact(&labels.join(", "), &values.join(", "))?;
        }
        self.known("content type", message.content_type.as_deref())?;
        if let Some(size) = message.size {
            self.fact("size", &octets(size))?;
        }
        self.span(message)?;
        self.fact("evidence", explain::evidence_in_words(message.evidence))
    }

    fn span(&mut self, message: &Message) -> io::Result<()> {
        if let (Some(started), Some(ended)) = (message.started, message.ended) {
            let span = human::span(started, ended, &self.style.zone, self.style.dash());
            let text = format!("{span} ({})", explain::duration(message));
            self.fact("time", &text)?;
        }
        match explain::frames(message, self.style.dash()) {
            frames if frames.is_empty() => return Ok(()),
            frames => self.fact("frames", &frames)?,
        }
        self.filters(message)
    }

    /// What finds its packets in Wireshark.
    fn filters(&mut self, message: &Message) -> io::Result<()> {
        let filters = display_filter::by_frame([message]);
        for (capture, filter) in &filters {
            let filter = match filters.len() {
                1 => filter.clone(),
                _ => format!("{filter} (capture {})", capture.saturating_add(1)),
            };
            self.fact("in Wireshark", &filter)?;
        }
        self.fact("elsewhere", &display_filter::by_conversation(message))
    }

    fn parts(&mut self, parts: &[Part]) -> io::Result<()> {
        if parts.is_empty() {
            return Ok(());
        }
        self.heading("Parts")?;
        for (at, part) in parts.iter().enumerate() {
            let names = [&part.name, &part.content_location, &part.content_id];
            let name = names
                .into_iter()
                .find_map(|name| name.as_deref())
                .unwrap_or("(no name)");
            let charset = part
                .charset
                .as_ref()
                .map(|charset| format!(", {charset}"))
                .unwrap_or_default();
            let text = format!("{name}, {}{charset}, {}", part.content_type, octets(part.size));
            self.fact(&format!("part {}", at + 1), &text)?;
            let digest = format!("sha256 {}", part.sha256);
            writeln!(self.out, "    {}", self.style.paint(Tone::Faint, digest))?;
        }
        Ok(())
    }

    fn legs(&mut self, message: &Message) -> io::Result<()> {
        if let Some(submission) = &message.submission {
            self.submission(submission)?;
        }
        message
            .deliveries
            .iter()
            .try_for_each(|delivery| self.delivery(delivery))
    }

    fn submission(&mut self, submission: &Submission) -> io::Result<()> {
        let tries = match submission.tries {
            0 | 1 => String::new(),
            tries => format!(", last of {tries} tries"),
        };
        self.heading(&format!("Submission: {}{tries}", submission.state))?;
        self.seen(&pdu_name(submission.pdu), submission.request.as_ref())?;
        self.hops(&submission.hops)?;
        self.known("transaction id", submission.transaction_id.as_deref())?;
        self.known("MMS version", submission.mms_version.as_deref())?;
        self.requested("delivery report", submission.delivery_report_requested)?;
        self.requested("read report", submission.read_report_requested)?;
        let answer = match submission.interface {
            Interface::Mm1 => pdu_name(submission.pdu).replace("-req", "-conf"),
            _ => "answer".to_owned(),
        };
        self.known("linked id", submission.linked_id.as_deref())?;
        self.answer(Answer {
            name: &answer,
            seen: submission.response.as_ref(),
            http_status: submission.http_status,
            bearer_status: submission.bearer_status.as_ref(),
            ends: &submission.ends,
            latency_ms: submission.latency_ms,
        })?;
        self.code("response status", submission.response_status.as_ref())?;
        self.known("response text", submission.response_text.as_deref())
    }

    fn delivery(&mut self, delivery: &Delivery) -> io::Result<()> {
        let recipient = delivery.recipient.as_deref().unwrap_or("an unknown recipient");
        self.heading(&format!(
            "Delivery to {recipient}: {}, {}",
            self.style.verdict(delivery.outcome),
            delivery.state
        ))?;
        if let Some(decided_by) = undecided::decided_by(delivery) {
            self.fact("open", &decided_by)?;
            self.known(
                "",
                undecided::could_be_seen(self.message, delivery, self.around, &self.style.zone).as_deref(),
            )?;
        }
        delivery.handovers.iter().try_for_each(|leg| self.handover(leg))?;
        delivery
            .notifications
            .iter()
            .try_for_each(|leg| self.notification(leg))?;
        delivery
            .retrievals
            .iter()
            .try_for_each(|leg| self.retrieval(leg))?;
        delivery
            .acknowledgements
            .iter()
            .try_for_each(|leg| self.acknowledgement(leg))?;
        delivery
            .delivery_reports
            .iter()
            .try_for_each(|leg| self.delivery_report(leg))?;
        delivery
            .read_reports
            .iter()
            .try_for_each(|leg| self.read_report(leg))
    }

    fn handover(&mut self, handover: &Handover) -> io::Result<()> {
        let name = handover.pdu.map_or_else(|| "refused command".into(), pdu_name);
        self.seen(&name, handover.request.as_ref())?;
        self.hops(&handover.hops)?;
        self.known("given to", handover.peer.as_deref())?;
        if handover.tries > 1 {
            self.fact("", &format!("sent {} times", handover.tries))?;
        }
        self.known("transaction id", handover.transaction_id.as_deref())?;
        self.known("linked id", handover.linked_id.as_deref())?;
        self.requested("answer", handover.response_requested)?;
        if handover.response.is_some() {
            self.seen("answer", handover.response.as_ref())?;
        }
        self.transport(handover)?;
        self.code("status", handover.status.as_ref())?;
        self.known("status text", handover.status_text.as_deref())?;
        self.known("peer's message id", handover.message_id.as_deref())?;
        self.fact("", &format!("handover {}", handover.state))
    }

    /// What the bearer said to a handover, and how long its answer took.
    fn transport(&mut self, handover: &Handover) -> io::Result<()> {
        let protocol = match handover.interface {
            Interface::Mm3 | Interface::Mm4 => "SMTP",
            Interface::Mm1 | Interface::Mm7 => "HTTP",
        };
        self.answered(protocol, handover.transport_status, handover.latency_ms)
    }

    fn notification(&mut self, notification: &Notification) -> io::Result<()> {
        self.seen("m-notification-ind", Some(&notification.seen))?;
        self.hops(&notification.hops)?;
        if notification.copies > 1 {
            self.fact("", &format!("sent {} times", notification.copies))?;
        }
        self.known("transaction id", notification.transaction_id.as_deref())?;
        self.known("content location", notification.content_location.as_deref())?;
        if let Some(size) = notification.message_size {
            self.fact("announced size", &octets(size))?;
        }
        match notification.expiry {
            Some(expiry) => self.fact("expires", &human::instant(expiry, &self.style.zone)),
            None => Ok(()),
        }
    }

    fn retrieval(&mut self, retrieval: &Retrieval) -> io::Result<()> {
        self.seen("GET", retrieval.request.as_ref())?;
        self.known("URL", retrieval.url.as_deref())?;
        self.hops(&retrieval.hops)?;
        self.answer(Answer {
            name: "answer",
            seen: retrieval.response.as_ref(),
            http_status: retrieval.http_status,
            bearer_status: retrieval.bearer_status.as_ref(),
            ends: &retrieval.ends,
            latency_ms: retrieval.latency_ms,
        })?;
        self.code("retrieve status", retrieval.retrieve_status.as_ref())?;
        if let Some(bytes) = retrieval.bytes {
            let whole = if retrieval.complete { "whole" } else { "not whole" };
            self.fact("body", &format!("{}, {whole}", octets(bytes)))?;
        }
        self.known("transaction id", retrieval.transaction_id.as_deref())?;
        self.known("message id", retrieval.message_id.as_deref())
    }

    fn acknowledgement(&mut self, acknowledgement: &Acknowledgement) -> io::Result<()> {
        self.seen(&pdu_name(acknowledgement.pdu), acknowledgement.request.as_ref())?;
        self.hops(&acknowledgement.hops)?;
        self.code("status", acknowledgement.status.as_ref())?;
        self.known("transaction id", acknowledgement.transaction_id.as_deref())?;
        self.answer(Answer {
            name: "answer",
            seen: acknowledgement.response.as_ref(),
            http_status: acknowledgement.http_status,
            bearer_status: acknowledgement.bearer_status.as_ref(),
            ends: &acknowledgement.ends,
            latency_ms: None,
        })
    }

    fn delivery_report(&mut self, report: &DeliveryReport) -> io::Result<()> {
        self.seen(&pdu_name(report.pdu), Some(&report.seen))?;
        self.hops(&report.hops)?;
        self.response(report.response.as_ref())?;
        if report.copies > 1 {
            self.fact("", &format!("sent {} times", report.copies))?;
        }
        self.code("status", report.status.as_ref())?;
        if let Some(date) = report.date {
            self.fact("date", &human::instant(date, &self.style.zone))?;
        }
        self.known("message id", report.message_id.as_deref())
    }

    fn read_report(&mut self, report: &ReadReport) -> io::Result<()> {
        self.seen(&pdu_name(report.pdu), Some(&report.seen))?;
        self.hops(&report.hops)?;
        self.response(report.response.as_ref())?;
        self.code("read status", report.status.as_ref())?;
        self.answered("HTTP", report.http_status, None)?;
        self.known("message id", report.message_id.as_deref())
    }

    fn failures(&mut self, failures: &[Failure]) -> io::Result<()> {
        if failures.is_empty() {
            return Ok(());
        }
        self.heading("What went wrong")?;
        for failure in failures {
            let mut text = format!("{} [{}]", explain::failure_in_short(failure), failure.kind);
            if let Some(frame) = failure.frame {
                text.push_str(&format!(
                    ", frame {}",
                    human::place(failure.capture.unwrap_or(0), frame, false)
                ));
            }
            if let Some(time) = failure.time {
                let zone = &self.style.zone;
                text.push_str(&format!(", {} {}", human::clock(time, zone), zone.offset(time)));
            }
            if let Some(recipient) = &failure.recipient {
                text.push_str(&format!(", for {recipient}"));
            }
            self.toned(failure.stage.as_str(), &text, Tone::Bad)?;
            self.detail(&failure.detail.to_string())?;
            if let Some(cause) = &failure.cause {
                self.toned("", &format!("← {}", cause.text), Tone::Bad)?;
            }
            self.toned("", explain::advice(failure.kind), Tone::Faint)?;
        }
        Ok(())
    }

    fn surroundings(&mut self, context: &[ContextEntry]) -> io::Result<()> {
        if context.is_empty() {
            return Ok(());
        }
        self.heading("What other systems were asked")?;
        for entry in context {
            let tone = if entry.failed { Tone::Bad } else { Tone::Plain };
            self.toned(entry.system.name(), &context_line(entry), tone)?;
        }
        Ok(())
    }

    fn joins(&mut self, message: &Message) -> io::Result<()> {
        if message.links.is_empty() {
            return Ok(());
        }
        self.heading("How its legs were joined")?;
        for link in &message.links {
            let sure = explain::confidence_in_words(link.confidence);
            self.fact(sure, &explain::link_in_words(link))?;
        }
        Ok(())
    }

    fn detail(&mut self, detail: &str) -> io::Result<()> {
        match detail {
            "" => Ok(()),
            detail => self.fact("", detail),
        }
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.clean(text).into_owned();
        writeln!(self.out, "\n{}", self.style.paint(Tone::Strong, text))
    }

    fn known(&mut self, name: &str, text: Option<&str>) -> io::Result<()> {
        text.map_or(Ok(()), |text| self.fact(name, text))
    }

    fn requested(&mut self, name: &str, requested: Option<bool>) -> io::Result<()> {
        match requested {
            Some(true) => self.fact(name, "asked for"),
            Some(false) => self.fact(name, "not asked for"),
            None => Ok(()),
        }
    }

    fn code(&mut self, name: &str, code: Option<&Code>) -> io::Result<()> {
        let Some(code) = code else { return Ok(()) };
        let words = match &code.name {
            Some(_) => code.to_string(),
            None => format!("{code} (not assigned)"),
        };
        self.fact(name, &words)
    }

    /// An answer: where it was seen; of one without a PDU, who gave it and what the bearer says.
    fn answer(&mut self, answer: Answer<'_>) -> io::Result<()> {
        let bare = answer.seen.filter(|seen| !self.carries_pdu(seen));
        let Some(seen) = bare else {
            self.seen(answer.name, answer.seen)?;
            return self.answered("HTTP", answer.http_status, answer.latency_ms);
        };
        let mut told = vec![frames_of(seen, self.style)];
        let who = match &answer.ends.server {
            Some(server) => format!("Server: {server}"),
            None => format!("from {}", self.style.names.end(seen.src)),
        };
        let status = answer.http_status.map(|code| format!("HTTP {code}"));
        let status = status.or_else(|| answer.bearer_status.map(bearer_in_words));
        let phrase = answer.bearer_status.and_then(BearerAnswer::words);
        let words: Vec<String> = status.into_iter().chain(phrase.map(str::to_owned)).collect();
        told.push(match words.is_empty() {
            true => format!("({who})"),
            false => format!("{} ({who})", words.join(" ")),
        });
        told.extend(
            answer
                .latency_ms
                .map(|ms| format!("after {}", human::duration(ms))),
        );
        let tone = match answer.http_status {
            Some(400..) => Tone::Bad,
            _ => Tone::Plain,
        };
        self.toned("answer", &told.join(", "), tone)
    }

    /// Whether a PDU was read in what was seen there.
    fn carries_pdu(&self, seen: &Seen) -> bool {
        let mut events = self.message.events.iter();
        events.any(|event| {
            event.facts.pdu().is_some()
                && (event.seen.capture, event.seen.frame) == (seen.capture, seen.frame)
        })
    }

    fn answered(&mut self, protocol: &str, code: Option<u32>, latency_ms: Option<f64>) -> io::Result<()> {
        let status = code.map(|code| format!("{protocol} {code}"));
        let latency = latency_ms.map(|ms| format!("after {}", human::duration(ms)));
        let both: Vec<String> = [status, latency].into_iter().flatten().collect();
        if both.is_empty() {
            return Ok(());
        }
        let tone = match code {
            Some(400..) => Tone::Bad,
            _ => Tone::Plain,
        };
        self.toned("", &both.join(", "), tone)
    }

    fn seen(&mut self, name: &str, seen: Option<&Seen>) -> io::Result<()> {
        match seen {
            Some(seen) => {
                let text = where_seen(seen, self.style);
                self.fact(name, &text)
            }
            None => self.toned(name, "not seen", Tone::Faint),
        }
    }

    /// The answer to a report that has one.
    fn response(&mut self, seen: Option<&Seen>) -> io::Result<()> {
        seen.map_or(Ok(()), |seen| self.seen("answer", Some(seen)))
    }

    fn hops(&mut self, hops: &[Hop]) -> io::Result<()> {
        hops.iter().try_for_each(|hop| {
            let pdu = hop
                .other
                .as_ref()
                .map(|other| format!("as {} in ", pdu_name(other.pdu)));
            let text = format!(
                "also {}{}",
                pdu.unwrap_or_default(),
                where_seen(&hop.seen, self.style)
            );
            self.toned("", &text, Tone::Faint)
        })
    }

    fn fact(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.toned(name, text, Tone::Plain)
    }

    /// A name and what belongs to it, wrapped behind the name.
    fn toned(&mut self, name: &str, text: &str, tone: Tone) -> io::Result<()> {
        let style = self.style;
        let text = style.clean(text);
        let indent = NAME + 4;
        let room = style
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(indent).max(20));
        let mut name = style.clean(name).into_owned();
        for line in style.wrap(&text, room) {
            let head = style.fit(&name, NAME, Align::Left);
            let line = style.paint(tone, line);
            writeln!(self.out, "  {}  {line}", style.paint(Tone::Faint, head))?;
            name.clear();
        }
        Ok(())
    }
}

fn octets(size: u64) -> String {
    match size {
        0..1000 => format!("{size} octets"),
        _ => format!("{} octets ({})", human::grouped(size), human::size(size)),
    }
}

/// A status of a bearer that is none of HTTP's: `SMTP 550`.
fn bearer_in_words(answer: &BearerAnswer) -> String {
    let protocol = answer.status.protocol().to_uppercase();
    match answer.status.code() {
        Some(code) => format!("{protocol} {code}"),
        None => protocol,
    }
}

/// `frame 12`, or `frames 9–12` of what lies in several.
fn frames_of(seen: &Seen, style: &Style) -> String {
    if seen.first_frame == seen.frame {
        format!("frame {}", human::place(seen.capture, seen.frame, false))
    } else {
        let first = human::place(seen.capture, seen.first_frame, false);
        format!(
            "frames {first}{}{}",
            style.dash(),
            human::place(seen.capture, seen.frame, false)
        )
    }
}

fn where_seen(seen: &Seen, style: &Style) -> String {
    let arrow = if style.ascii { "->" } else { "→" };
    let frames = frames_of(seen, style);
    let stream = seen.stream.map(|stream| format!(" stream {stream}"));
    format!(
        "{frames}, {}, {}{} {} {arrow} {}",
        human::clock(seen.time, &style.zone),
        carried_by(seen),
        stream.unwrap_or_default(),
        style.names.end(seen.src),
        style.names.end(seen.dst)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::words::style::cells;

    fn shown(message: &Message, style: Style) -> String {
        let mut out = Vec::new();
        write(&mut out, message, &Surroundings::default(), &style).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn style(width: usize) -> Style {
        Style {
            width: Some(width),
            ..Style::default()
        }
    }

    #[test]
    fn a_message_in_full_at_eighty_columns() {
        insta::assert_snapshot!(shown(&sample::delivered(), style(80)));
    }

    #[test]
    fn a_failed_message_at_a_hundred_and_sixty_columns_in_ascii() {
        let text = shown(
            &sample::failed(),
            Style {
                ascii: true,
                ..style(160)
            },
        );
        assert!(text.is_ascii());
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_failed_message_in_colour() {
        let text = shown(
            &sample::failed(),
            Style {
                colour: true,
                ..style(80)
            },
        );
        insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
    }

    #[test]
    fn hostile_text_commands_nothing_and_stays_in_its_line() {
        let text = shown(&sample::hostile(), style(80));
        assert!(
            !text
                .chars()
                .any(|c| c != '\n' && crate::model::text::is_dangerous(c))
        );
        let calm = |line: &&str| line.starts_with("Delivery") || cells(line) <= 80;
        assert!(text.lines().all(|line| calm(&line)), "{text}");
    }
}
