//! Questions and answers of DNS as they are told.

use std::fmt::Write as _;

use smallvec::SmallVec;

use super::message::{Answer, Message, QuestionKind};
use super::name::Name;
use super::record::RecordData;
use crate::flow::TransportKind;
use crate::model::{System, TransactionOperation, TransactionProtocol, TransactionStatus};
use crate::session::surroundings::tell::Sighting;
use crate::session::surroundings::{Answered, Asked, DnsQuestion, DnsRecord, Question, TransactionSubject};

/// Records that are told of an answer. More addresses than these no name of a system has.
const RECORDS: usize = 64;

/// Buffers for the names at hand, so that none is allocated for every packet.
#[derive(Debug, Default)]
pub(in crate::session) struct Names {
    asked: String,
    answered: String,
}

/// What the state machines of DNS work with.
pub(in crate::session) type Context<'a> = crate::session::context::Context<'a, Names>;

const fn operation(kind: QuestionKind) -> Option<TransactionOperation> {
    Some(match kind {
        QuestionKind::A => TransactionOperation::A,
        QuestionKind::Aaaa => TransactionOperation::Aaaa,
        QuestionKind::Srv => TransactionOperation::Srv,
        QuestionKind::Mx => TransactionOperation::Mx,
        QuestionKind::Naptr => TransactionOperation::Naptr,
        QuestionKind::Other(_) => return None,
    })
}

/// Takes a message.
pub(super) fn take(context: &mut Context<'_>, message: &Message<'_>, seen: Sighting) {
    let Some(operation) = operation(message.kind) else {
        return;
    };
    let subject = TransactionSubject {
        system: System::Routing,
        operation,
    };
    let mut name = std::mem::take(&mut context.shared.asked);
    name.clear();
    message.name.write_to(&mut name);
    match message.answer() {
        None => ask(context, message, subject, &name, seen),
        Some(answer) => tell_answer(context, message, answer, subject, &name, seen),
    }
    context.shared.asked = name;
}

/// The number that an answer shares with its question and with no other one.
fn number(context: &Context<'_>, message: &Message<'_>, name: &str) -> u64 {
    context
        .transactions
        .number((message.id, message.kind.number(), name))
}

fn ask(
    context: &mut Context<'_>,
    message: &Message<'_>,
    subject: TransactionSubject,
    name: &str,
    seen: Sighting,
) {
    let content = (context.connection.transport == TransportKind::Tcp).then(|| {
        let hosts = context.hosts(seen.direction);
        context.transactions.content((hosts, message.kind.number(), name))
    });
    let question = Question {
        identifier: context.identifier(seen.direction, number(context, message, name)),
        fingerprint: 0,
        // Over TCP only what an answer sent there is asked again.
        content: content.filter(|content| context.transactions.knows(*content)),
        may_be_again: true,
    };
    context.asks(&question, subject, seen, Asked::Dns(DnsQuestion { name }));
}

fn tell_answer(
    context: &mut Context<'_>,
    message: &Message<'_>,
    answer: Answer,
    subject: TransactionSubject,
    name: &str,
    seen: Sighting,
) {
    let number = number(context, message, name);
    let status = match answer {
        Answer::Truncated if context.connection.transport == TransportKind::Udp => {
            let asks = seen.direction.reversed();
            let content = context
                .transactions
                .content((context.hosts(asks), message.kind.number(), name));
            return context.refers(number, TransactionProtocol::Dns, seen, content);
        }
        Answer::Found | Answer::Truncated | Answer::Cut => TransactionStatus::Dns(0),
        Answer::NoData => TransactionStatus::DnsNoData,
        Answer::Refused(code) => TransactionStatus::Dns(code),
    };
    let mut names = std::mem::take(&mut context.shared.answered);
    names.clear();
    {
        let records = records(message, &mut names);
        let told: SmallVec<[DnsRecord<'_>; 8]> = records.iter().map(|record| record.told(&names)).collect();
        context.answers_about(number, subject, seen, status, Answered::Dns(&told));
    }
    context.shared.answered = names;
}

/// A record whose names lie in a buffer.
enum Kept<'a> {
    Told(DnsRecord<'a>),
    Named(fn(&str) -> DnsRecord<'_>, std::ops::Range<usize>),
}

impl<'a> Kept<'a> {
    fn told<'n>(&self, names: &'n str) -> DnsRecord<'n>
    where
        'a: 'n,
    {
        match self {
            Self::Told(record) => *record,
            Self::Named(make, range) => make(names.get(range.clone()).unwrap_or_default()),
        }
    }
}

fn records<'a>(message: &Message<'a>, names: &mut String) -> SmallVec<[Kept<'a>; 8]> {
    let mut named = |make: fn(&str) -> DnsRecord<'_>, name: Name<'_>| {
        let start = names.len();
        name.write_to(names);
        Kept::Named(make, start..names.len())
    };
    let kept = message.answers().filter_map(|record| {
        Some(match record.data {
            RecordData::A(address) => Kept::Told(DnsRecord::Address(address.into())),
            RecordData::Aaaa(address) => Kept::Told(DnsRecord::Address(address.into())),
            RecordData::Alias(name) => named(|name| DnsRecord::Alias(name), name),
            RecordData::Mx { exchange, .. } => named(|name| DnsRecord::Exchange(name), exchange),
            RecordData::Srv { target, .. } => named(|name| DnsRecord::Service(name), target),
            RecordData::Naptr(rule) => Kept::Told(DnsRecord::Pointer {
                service: std::str::from_utf8(rule.services).ok()?,
                expression: std::str::from_utf8(rule.regexp).ok()?,
            }),
            RecordData::Other => return None,
        })
    });
    kept.take(RECORDS).collect()
}

impl Name<'_> {
    /// Writes it as it prints; quickly where it is made of visible characters.
    pub(super) fn write_to(self, text: &mut String) {
        let start = text.len();
        for label in self.labels() {
            let plain = |octet: &u8| octet.is_ascii_graphic() && !matches!(octet, b'.' | b'\\');
            match std::str::from_utf8(label) {
                Ok(label) if label.bytes().all(|octet| plain(&octet)) => {
                    if text.len() > start {
                        text.push('.');
                    }
                    text.push_str(label);
                }
                _ => {
                    text.truncate(start);
                    // A String takes whatever is written.
                    let _ = write!(text, "{self}");
                    return;
                }
            }
        }
        if let Some(written) = text.get_mut(start..) {
            written.make_ascii_lowercase();
        }
    }
}
