//! A transaction with a system around the MMSC, as it is kept until the message that it concerns is closed.

use std::net::IpAddr;

use smallvec::SmallVec;

use crate::correlate::message::{ContextEntry, ContextSubject, ContextSummary, Passage};
use crate::correlate::record::address;
use crate::model::{
    Digest, Endpoint, Extent, FrameRef, NetworkId, PhoneAddresses, SubscriberNumber, System, Timestamp,
    TransactionOperation, TransactionProtocol, TransactionStatus,
};
use crate::session::surroundings::{
    Answered, Asked, Charging, DirectoryRequest, DnsAnswer, DnsQuestion, DnsRecord, MessageProcess,
    MessageType, QuotedPacket, TransactionAnswer, TransactionRequest, TranscodingRequest,
};

/// Recipients, records, values and media that are kept of one transaction.
const MAX_LISTED: usize = 64;
/// Octets that are kept of a name or value.
const MAX_TEXT: usize = 256;

/// What a transaction is about, as far as it can join it to a message.
#[derive(Clone, Debug)]
pub(crate) enum Facts {
    /// The charging of a message.
    Charge(Box<Charge>),
    /// MM10: for whom, from whom, to whom.
    Process(Vec<Box<str>>, Vec<Box<str>>),
    /// DNS.
    Question(Box<Question>),
    /// A number that is asked for.
    Number(SubscriberNumber),
    /// Names and values of a directory.
    Directory(Vec<Box<str>>),
    /// Media that are to fit a phone.
    Media(Box<Media>),
    /// A session that was refused.
    SetUp(Option<SubscriberNumber>, PhoneAddresses),
    /// What was reported of a session, or of all of a gateway's; it stops no message.
    Report(Option<SubscriberNumber>),
    /// The endpoint that was asked says it all.
    Endpoint,
    /// A packet that could not be delivered.
    Quoted(QuotedPacket),
    /// Nothing that could be joined.
    Nothing,
}

/// The charging of a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Charge {
    pub(crate) message_id: Option<Box<str>>,
    pub(crate) kind: Option<MessageType>,
    pub(crate) payer: Option<SubscriberNumber>,
    pub(crate) originator: Option<Box<str>>,
    pub(crate) recipients: Vec<Box<str>>,
}

/// A question of DNS with its answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    pub(crate) name: Box<str>,
    pub(crate) addresses: SmallVec<[IpAddr; 2]>,
    /// Names that the answer leads to: of aliases, mail exchanges, services, domains of ENUM.
    pub(crate) targets: Vec<Box<str>>,
}

/// Media that are to fit a phone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Media {
    /// originatorID and operationID.
    pub(crate) ids: Vec<Box<str>>,
    pub(crate) digests: Vec<Digest>,
    /// How many there were in the request.
    pub(crate) asked: usize,
}

/// A transaction.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) system: System,
    pub(crate) operation: TransactionOperation,
    pub(crate) network: NetworkId,
    pub(crate) asker: Endpoint,
    pub(crate) asked: Endpoint,
    pub(crate) request: Option<Extent>,
    pub(crate) response: Option<Extent>,
    /// Whether who asked ended it too, as the client of TLS does that refuses a server's certificate.
    pub(crate) is_ended_by_asker: bool,
    pub(crate) status: Option<TransactionStatus>,
    pub(crate) facts: Facts,
    /// Whether some message's context has it.
    pub(crate) joined: bool,
    /// Whether the totals have it already.
    pub(crate) counted: bool,
}

impl Transaction {
    pub(crate) fn of_request(request: &TransactionRequest<'_>) -> Self {
        Self {
            system: request.subject.system,
            operation: request.subject.operation,
            network: request.network,
            asker: request.source,
            asked: request.destination,
            request: Some(request.extent),
            response: None,
            is_ended_by_asker: false,
            status: None,
            facts: Facts::of(&request.asked),
            joined: false,
            counted: false,
        }
    }

    /// Of an answer whose request was not captured; none where nothing says what was asked.
    pub(crate) fn of_answer(answer: &TransactionAnswer<'_>) -> Option<Self> {
        let subject = answer.subject?;
        let mut transaction = Self {
            system: subject.system,
            operation: subject.operation,
            network: answer.network,
            asker: answer.destination,
            asked: answer.source,
            request: None,
            response: None,
            is_ended_by_asker: false,
            status: None,
            facts: Facts::Nothing,
            joined: false,
            counted: false,
        };
        transaction.take_answer(answer);
        Some(transaction)
    }

    pub(crate) fn take_answer(&mut self, answer: &TransactionAnswer<'_>) {
        self.response = Some(answer.extent);
        self.is_ended_by_asker = answer.source == self.asker && answer.destination == self.asked;
        self.status = Some(answer.status);
        self.facts.take(&answer.answered);
    }

    pub(crate) const fn protocol(&self) -> TransactionProtocol {
        self.operation.protocol()
    }

    /// Whether the system did not do what it was asked for.
    pub(crate) fn failed(&self) -> bool {
        self.status.is_some_and(TransactionStatus::is_failure)
    }

    /// When it was asked; without a request, when it was answered.
    pub(crate) fn time(&self) -> Timestamp {
        let extent = self.request.or(self.response);
        extent.map(|extent| extent.first.time).unwrap_or_default()
    }

    /// The frame that shows how it ended: its answer's; without one in time, the request's.
    pub(crate) fn at(&self) -> FrameRef {
        let in_time = self
            .response
            .filter(|_| self.status != Some(TransactionStatus::NoAnswer));
        let extent = in_time.or(self.request).or(self.response);
        extent.map(|extent| extent.last).unwrap_or_default()
    }

    /// The number that it is about, where it names one alone or one that pays.
    pub(crate) fn number(&self) -> Option<String> {
        match &self.facts {
            Facts::Charge(charge) => {
                let payer = charge.payer.map(|number| number.to_string());
                payer.or_else(|| Some(address::bare(charge.originator.as_deref()?).to_owned()))
            }
            Facts::Process(parties, recipients) => {
                let first = recipients.first().or_else(|| parties.first());
                first.map(|party| address::bare(party).to_owned())
            }
            Facts::Question(question) => enum_number(&question.name),
            Facts::Number(number) => Some(number.to_string()),
            Facts::Directory(values) => values.iter().find_map(|value| numbers_in(value).next()),
            Facts::SetUp(number, _) | Facts::Report(number) => number.map(|number| number.to_string()),
            Facts::Media(_) | Facts::Endpoint | Facts::Quoted(_) | Facts::Nothing => None,
        }
    }

    /// DNS: the names that its answer leads to.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Box<str>> {
        let targets = match &self.facts {
            Facts::Question(question) => question.targets.as_slice(),
            _ => &[],
        };
        targets.iter()
    }

    /// It as it is shown, joined to nothing yet.
    pub(crate) fn entry(&self) -> ContextEntry {
        let protocol = self.protocol();
        let latency = self.request.zip(self.response);
        let (answerer, other) = match self.is_ended_by_asker {
            true => (self.asker, self.asked),
            false => (self.asked, self.asker),
        };
        ContextEntry {
            system: self.system,
            protocol,
            operation: self.operation,
            request: self
                .request
                .map(|extent| Passage::new(extent, protocol, self.asker, self.asked)),
            response: self
                .response
                .map(|extent| Passage::new(extent, protocol, answerer, other)),
            status: self.status.map(Into::into),
            failed: self.failed(),
            latency_ms: latency.map(|(request, response)| milliseconds(request, response)),
            recipient: None,
            summary: ContextSummary::Read {
                operation: self.operation,
                about: self.subject(),
                status: self.status,
            },
            confidence: None,
            by: None,
        }
    }

    const fn is_of_gateway(&self) -> bool {
        matches!(
            self.operation,
            TransactionOperation::AccountingOn | TransactionOperation::AccountingOff
        )
    }

    fn subject(&self) -> ContextSubject {
        match &self.facts {
            Facts::Charge(charge) => ContextSubject::Charge {
                number: self.number(),
                pdu: charge.kind,
            },
            Facts::Question(question) => match enum_number(&question.name) {
                Some(number) => ContextSubject::Number(number),
                None => ContextSubject::Name(question.name.to_string()),
            },
            Facts::Process(..) | Facts::Number(_) => {
                ContextSubject::Number(self.number().unwrap_or_default())
            }
            Facts::Directory(values) => {
                let number = self.number();
                let first = || values.first().map(ToString::to_string).unwrap_or_default();
                ContextSubject::Entry(number.unwrap_or_else(first))
            }
            Facts::Media(media) => ContextSubject::Media(media.asked),
            Facts::SetUp(number, addresses) => ContextSubject::Session {
                number: number.map(|number| number.to_string()),
                addresses: *addresses,
            },
            Facts::Report(_) if self.is_of_gateway() => ContextSubject::Gateway,
            Facts::Report(number) => ContextSubject::Session {
                number: number.map(|number| number.to_string()),
                addresses: PhoneAddresses::default(),
            },
            Facts::Endpoint | Facts::Nothing => ContextSubject::Endpoint(self.asked),
            Facts::Quoted(packet) => ContextSubject::Endpoint(packet.destination),
        }
    }
}

/// From the request's completion to the answer's.
#[expect(
    clippy::cast_precision_loss,
    reason = "a duration of 104 days still has every nanosecond"
)]
pub(crate) fn milliseconds(request: Extent, response: Extent) -> f64 {
    response.last.time.since(request.last.time) as f64 / 1_000_000.0
}

impl Facts {
    fn of(asked: &Asked<'_>) -> Self {
        match asked {
            Asked::Access(report) | Asked::Accounting(report) => {
                Self::SetUp(report.number(), report.addresses)
            }
            Asked::Gtp(request) => Self::SetUp(request.number, request.addresses),
            Asked::Session(session) => Self::SetUp(session.number, session.addresses),
            Asked::Charging(charging) => Self::Charge(Box::new(Charge::of(charging))),
            Asked::MessageProcess(process) => process_parties(process),
            Asked::Dns(question) => Self::Question(Box::new(Question::new(&question.name()))),
            Asked::Routing(number) => Self::Number(*number),
            Asked::Directory(request) => Self::Directory(directory_values(request)),
            Asked::Transcoding(request) => Self::Media(Box::new(Media::of(request))),
            Asked::Connection => Self::Endpoint,
        }
    }

    fn take(&mut self, answered: &Answered<'_>) {
        match (self, answered) {
            (Self::Question(question), Answered::Dns(answer)) => question.take(*answer),
            (facts @ Self::Nothing, Answered::Dns(answer)) => {
                let mut question = Question::new(&answer.question().name());
                question.take(*answer);
                *facts = Self::Question(Box::new(question));
            }
            (Self::Media(media), Answered::Transcoding(answer)) => media.take(answer.ids(), answer.media),
            (facts @ Self::Nothing, Answered::Transcoding(answer)) => {
                let mut media = Media::default();
                media.take(answer.ids(), answer.media);
                *facts = Self::Media(Box::new(media));
            }
            (facts, Answered::Unreachable(packet)) => *facts = Self::Quoted(*packet),
            _ => {}
        }
    }
}

/// The identifiers of an answer of STI.
trait Identified<'a> {
    fn ids(&self) -> [&'a str; 2];
}

impl<'a> Identified<'a> for crate::session::surroundings::TranscodingAnswer<'a> {
    fn ids(&self) -> [&'a str; 2] {
        [self.originator, self.operation]
    }
}

impl Charge {
    fn of(charging: &Charging<'_>) -> Self {
        let message = charging.message.as_ref();
        let recipients = message.into_iter().flat_map(|message| message.recipients());
        Self {
            message_id: message.and_then(|message| message.message_id()).map(bounded),
            kind: message.and_then(|message| message.message_type()),
            payer: charging.number,
            originator: message
                .and_then(|message| message.originator())
                .map(|address| bounded(address.text)),
            recipients: recipients
                .take(MAX_LISTED)
                .map(|address| bounded(address.text))
                .collect(),
        }
    }

    /// Who sends, as far as it says.
    pub(crate) fn sender(&self) -> Option<String> {
        let payer = || self.payer.map(|payer| payer.to_string());
        self.originator.as_deref().map(str::to_owned).or_else(payer)
    }
}

impl Question {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: bounded(name),
            ..Self::default()
        }
    }

    pub(crate) fn take(&mut self, answer: DnsAnswer<'_>) {
        for record in answer.records().take(MAX_LISTED) {
            match &record {
                DnsRecord::Address(address) => self.addresses.push(*address),
                DnsRecord::Alias(name) | DnsRecord::Exchange(name) | DnsRecord::Service(name) => {
                    self.targets.push(bounded(name));
                }
                DnsRecord::Pointer { service, expression } => {
                    if let Some(domain) = domain_of_rule(service, expression) {
                        self.targets.push(bounded(&domain.to_ascii_lowercase()));
                    }
                }
            }
        }
    }
}

impl Media {
    fn of(request: &TranscodingRequest<'_>) -> Self {
        let mut media = Self {
            asked: request.media.len(),
            ..Self::default()
        };
        media.take([request.originator, request.operation], request.media);
        media
    }

    fn take(&mut self, ids: [&str; 2], digests: &[Digest]) {
        for id in ids.into_iter().filter(|id| !id.is_empty()) {
            if !self.ids.iter().any(|known| **known == *id) {
                self.ids.push(bounded(id));
            }
        }
        let room = MAX_LISTED.saturating_sub(self.digests.len());
        self.digests.extend(digests.iter().take(room));
    }
}

fn process_parties(process: &MessageProcess<'_>) -> Facts {
    let served = process.served_user().map(|number| number.to_string().into());
    let sender = process.sender().map(bounded);
    let parties = [served, sender].into_iter().flatten().collect();
    Facts::Process(
        parties,
        process.recipients().take(MAX_LISTED).map(bounded).collect(),
    )
}

fn directory_values(request: &DirectoryRequest<'_>) -> Vec<Box<str>> {
    let values = request.values.iter().copied().chain([request.name]);
    values.take(MAX_LISTED).map(bounded).collect()
}

fn bounded(text: &str) -> Box<str> {
    let end = text.floor_char_boundary(MAX_TEXT);
    text.get(..end).unwrap_or(text).into()
}

/// The domain to which messages for a number go, by a NAPTR record of ENUM: that of the mail address which its expression makes
/// (RFC 4355 section 2): `!^.*$!mailto:+…/TYPE=PLMN@mms.example!`. Of other services, as `E2U+sip`, none.
fn domain_of_rule<'a>(service: &str, expression: &'a str) -> Option<&'a str> {
    let service = service.to_ascii_lowercase();
    let mut words = service.split(['+', ':']);
    // `E2U+mms:mailto`; before RFC 3761 `mailto+E2U`.
    if !words.any(|word| matches!(word, "mms" | "mailto")) {
        return None;
    }
    let (_, behind) = expression.rsplit_once('@')?;
    let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'));
    let domain = behind.get(..end.unwrap_or(behind.len()))?;
    Some(domain.trim_end_matches('.')).filter(|domain| !domain.is_empty())
}

/// Digits that a number of ENUM has at the least.
const ENUM_DIGITS: usize = 7;
/// And at the most (ITU-T E.164 clause 6).
const MOST_ENUM_DIGITS: usize = 15;
/// Where addresses are looked up by their digits, and not numbers (RFC 1035 section 3.5, RFC 3596 section 2.5).
const REVERSE: [&[u8]; 3] = [b"ip6", b"in-addr", b"arpa"];

/// Whether a name of DNS is of MMS by its own words: it begins with `mms` or has a label `mms` (3GPP TS 23.003 clause 13.2), or
/// stands for a number.
pub(crate) fn is_of_mms_by_words(question: DnsQuestion<'_>) -> bool {
    let mut labels = question.labels();
    let first = labels.next().unwrap_or_default();
    first.starts_with(b"mms")
        || labels.any(|label| label == b"mms")
        || enum_digits(question.labels()).is_some()
}

/// How many digits the number has that a name of ENUM stands for (RFC 6116 section 2.4): its digits in reverse, one a label, under
/// `e164.arpa` or another root.
fn enum_digits<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Option<usize> {
    let mut digits = 0;
    let mut labels = labels.skip_while(|label| {
        let is_digit = matches!(label, [digit] if digit.is_ascii_digit());
        digits += usize::from(is_digit);
        is_digit
    });
    let root = labels.next()?;
    // One more letter is a digit of an address: `…3.2.a.0.ip6.arpa`, or the same in a list of senders.
    let is_address = root.len() < 2 || REVERSE.contains(&root) || labels.any(|label| label == b"ip6");
    drop(labels);
    (!is_address && (ENUM_DIGITS..=MOST_ENUM_DIGITS).contains(&digits)).then_some(digits)
}

/// The number that a name of ENUM stands for.
pub(crate) fn enum_number(name: &str) -> Option<String> {
    let digits = enum_digits(name.split('.').map(str::as_bytes))?;
    let digits = name.split('.').take(digits).collect::<Vec<_>>();
    Some(format!("+{}", digits.into_iter().rev().collect::<String>()))
}

/// The numbers that a text of a directory holds: runs of digits as long as one, with their plus.
pub(crate) fn numbers_in(text: &str) -> impl Iterator<Item = String> {
    let is_of_number = |c: char| c.is_ascii_digit() || c == '+';
    let runs = text.split(move |c: char| !is_of_number(c));
    let is_number = |run: &&str| (7..=16).contains(&run.len()) && run.rfind('+').is_none_or(|at| at == 0);
    runs.filter(is_number).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_enum_stands_for_a_number() {
        let name = "2.0.0.0.0.0.0.0.4.1.6.e164.arpa";
        assert_eq!(enum_number(name).as_deref(), Some("+61400000002"));
        let elsewhere = "2.0.0.0.0.0.0.0.4.1.6.operator.example";
        assert_eq!(enum_number(elsewhere).as_deref(), Some("+61400000002"));
        for name in [
            "1.2.3.4.in-addr.arpa",
            "mms.example",
            "2.0.0.0.0.0.0.0.4.1.6",
            "",
            "1.2.3.4.5.6.e164.arpa",
            "1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.e164.arpa",
            // RFC 3596 section 2.5, and its like in lists of senders.
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
            "1.0.0.0.0.0.0.0.b.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
            "1.0.0.0.0.0.0.0.b.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.list.example",
            "1.0.0.0.0.0.0.0.8.ip6.arpa",
        ] {
            assert_eq!(enum_number(name), None, "{name}");
        }
    }

    #[test]
    fn names_of_mms_are_told_by_their_words() {
        let is_of_mms = |name: &str| {
            let labels = name
                .split('.')
                .flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat());
            is_of_mms_by_words(DnsQuestion::new(&labels.chain([0]).collect::<Vec<u8>>()))
        };
        for name in [
            "mmsc.example",
            "mms.mnc012.mcc530.gprs",
            "a.mms.example",
            "2.0.0.0.0.0.0.0.4.1.6.e164.arpa",
        ] {
            assert!(is_of_mms(name), "{name}");
        }
        for name in [
            "www.mmsc.example",
            "www.example",
            "ammsa.example",
            "1.2.3.e164.arpa",
        ] {
            assert!(!is_of_mms(name), "{name}");
        }
    }

    #[test]
    fn the_domain_of_a_pointer_stands_behind_its_at() {
        let expression = "!^.*$!mailto:+61400000002/TYPE=PLMN@mms.mnc012.mcc530.3gppnetwork.org!";
        for service in ["E2U+mms:mailto", "e2u+MMS:mailto", "mailto+E2U"] {
            let domain = domain_of_rule(service, expression);
            assert_eq!(domain, Some("mms.mnc012.mcc530.3gppnetwork.org"), "{service}");
        }
        assert_eq!(
            domain_of_rule("E2U+sip", "!^.*$!sip:+61400000002@ims.example!"),
            None
        );
        for expression in ["", "!^.*$!tel:+61400000002!", "!^.*$!mailto:a@!"] {
            assert_eq!(domain_of_rule("E2U+mms:tel", expression), None, "{expression}");
        }
    }

    #[test]
    fn numbers_stand_in_names_and_values() {
        let found = |text| numbers_in(text).collect::<Vec<_>>();
        assert_eq!(found("msisdn=61400000001,ou=subscribers,o=1"), ["61400000001"]);
        assert_eq!(found("+61400000001"), ["+61400000001"]);
        assert!(found("ou=123456,+1+2345678").is_empty());
    }
}
