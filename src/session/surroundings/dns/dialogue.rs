//! Questions and answers of DNS as they are told.

use super::message::{Answer, Message, QuestionKind};
use super::name::NAME_OCTETS;
use crate::flow::TransportKind;
use crate::model::{System, TransactionOperation, TransactionProtocol, TransactionStatus};
use crate::session::surroundings::tell::Sighting;
use crate::session::surroundings::{Answered, Asked, DnsAnswer, DnsQuestion, Question, TransactionSubject};

/// What the state machines of DNS work with.
pub(in crate::session) type Context<'a> = crate::session::context::Context<'a, ()>;

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
    let mut buffer = [0; NAME_OCTETS];
    let question = DnsQuestion::new(message.name.lower(&mut buffer));
    match message.answer() {
        None => ask(context, message, subject, question, seen),
        Some(answer) => tell_answer(context, message, answer, subject, question, seen),
    }
}

/// The number that an answer shares with its question and with no other one.
fn number(context: &Context<'_>, message: &Message<'_>, question: DnsQuestion<'_>) -> u64 {
    let what = u32::from(message.id) << 16 | u32::from(message.kind.number());
    context.transactions.number((what, question.octets()))
}

fn ask(
    context: &mut Context<'_>,
    message: &Message<'_>,
    subject: TransactionSubject,
    question: DnsQuestion<'_>,
    seen: Sighting,
) {
    let content = (context.connection.transport == TransportKind::Tcp).then(|| {
        let hosts = context.hosts(seen.direction);
        let what = (hosts, message.kind.number(), question.octets());
        context.transactions.content(what)
    });
    let number = number(context, message, question);
    let asked = Question {
        identifier: context.identifier(seen.direction, number),
        fingerprint: 0,
        // Over TCP only what an answer sent there is asked again.
        content: content.filter(|content| context.transactions.knows(*content)),
        may_be_again: true,
    };
    context.asks(&asked, subject, seen, Asked::Dns(question));
}

fn tell_answer(
    context: &mut Context<'_>,
    message: &Message<'_>,
    answer: Answer,
    subject: TransactionSubject,
    question: DnsQuestion<'_>,
    seen: Sighting,
) {
    let number = number(context, message, question);
    let status = match answer {
        Answer::Truncated if context.connection.transport == TransportKind::Udp => {
            let asks = seen.direction.reversed();
            let what = (context.hosts(asks), message.kind.number(), question.octets());
            let content = context.transactions.content(what);
            return context.refers(number, TransactionProtocol::Dns, seen, content);
        }
        Answer::Found | Answer::Truncated | Answer::Cut => TransactionStatus::Dns(0),
        Answer::NoData => TransactionStatus::DnsNoData,
        Answer::Refused(code) => TransactionStatus::Dns(code),
    };
    let answered = Answered::Dns(DnsAnswer::new(question, message.octets()));
    context.answers_about(number, subject, seen, status, answered);
}
