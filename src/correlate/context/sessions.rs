//! The sessions of phones: from what RADIUS, GTP-C and Diameter tell of them to bindings.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use smallvec::SmallVec;

use crate::correlate::context::bindings::binding::{Beginning, BindingId, Source};
use crate::correlate::context::bindings::{Bindings, Life, SessionReport};
use crate::correlate::context::transaction::{Facts, Transaction};
use crate::correlate::message::SystemTotals;
use crate::model::{
    Digits, Labels, Nanoseconds, PhoneAddresses, RandomState, SubscriberNumber, Timestamp,
    TransactionOperation, TransactionStatus,
};
use crate::session::surroundings::{
    Answered, Asked, GtpAnswer, GtpRequest, NoAnswer, RadiusReport, TransactionAnswer, TransactionId,
    TransactionRequest, TunnelEnd,
};

/// Requests about sessions whose answers are waited for. Ten thousand a second, each answered within seconds.
const MAX_OPEN: usize = 65_536;
/// IMSIs of which the number is remembered, for directories that are asked by IMSI.
const MAX_IMSIS: usize = 262_144;

/// Octets that name a gateway or a session.
type Name = SmallVec<[u8; 32]>;
/// Tunnels of a session: each end of it, inside of the labels of its signalling and by itself.
type Tunnels = SmallVec<[Labels; 4]>;

/// A request about a session that may still be answered.
#[derive(Debug)]
struct Open {
    transaction: Transaction,
    /// The binding that it began.
    binding: Option<BindingId>,
    gateway: Name,
    session: Name,
    number: Option<SubscriberNumber>,
    addresses: PhoneAddresses,
    /// Where the packets for the phone are to be sent.
    tunnel: Option<TunnelEnd>,
    bearer: Option<u8>,
}

/// All that is known of phones' sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    pub(crate) bindings: Bindings,
    /// Transactions about sessions, but for those that are in contexts.
    pub(crate) totals: SystemTotals,
    open: BTreeMap<TransactionId, Open>,
    imsis: HashMap<Digits, SubscriberNumber, RandomState>,
}

impl Sessions {
    pub(crate) fn new(limit: usize, lifetime: Nanoseconds) -> Self {
        Self {
            bindings: Bindings::new(limit, lifetime),
            totals: SystemTotals::default(),
            open: BTreeMap::new(),
            imsis: HashMap::default(),
        }
    }

    /// The number of a subscriber by his IMSI, as a session had both.
    pub(crate) fn number_of(&self, imsi: &str) -> Option<SubscriberNumber> {
        self.imsis.get(&Digits::from_text(imsi.as_bytes())?).copied()
    }

    /// Takes in a request; whether it is about a session.
    pub(crate) fn request(&mut self, request: &TransactionRequest<'_>) -> bool {
        let open = match &request.asked {
            Asked::Accounting(report) => self.accounting(request, report),
            Asked::Access(report) => Open::new(request, report.number(), report.addresses),
            Asked::Gtp(asked) => {
                self.learn(asked.imsi, asked.number);
                Open {
                    gateway: octets_of(request.destination.address),
                    session: SmallVec::from_slice(&asked.teid.to_be_bytes()),
                    tunnel: asked.user,
                    bearer: bearer_of(asked, request.subject.operation),
                    ..Open::new(request, asked.number, asked.addresses)
                }
            }
            Asked::Session(asked) => {
                self.learn(asked.imsi, asked.number);
                let open = Open {
                    gateway: SmallVec::from_slice(asked.gateway),
                    session: SmallVec::from_slice(asked.session),
                    ..Open::new(request, asked.number, asked.addresses)
                };
                self.credit(open, request.extent.last.time)
            }
            _ => return false,
        };
        self.totals.seen = self.totals.seen.saturating_add(1);
        self.open.insert(request.transaction, open);
        if self.open.len() > MAX_OPEN
            && let Some((_, oldest)) = self.open.pop_first()
        {
            self.give_up(oldest);
        }
        true
    }

    fn learn(&mut self, imsi: Option<Digits>, number: Option<SubscriberNumber>) {
        if let Some((imsi, number)) = imsi.zip(number)
            && self.imsis.len() < MAX_IMSIS
        {
            self.imsis.insert(imsi, number);
        }
    }

    fn accounting(&mut self, request: &TransactionRequest<'_>, report: &RadiusReport<'_>) -> Open {
        use TransactionOperation::{
            AccountingInterim, AccountingOff, AccountingOn, AccountingStart, AccountingStop,
        };
        self.learn(report.imsi, report.number());
        let at = request.extent.last.time.plus(-report.delay.max(0));
        let since = report.session_time.map(|lasted| at.plus(-lasted.max(0)));
        let mut open = Open {
            gateway: gateway_of(request, report),
            session: SmallVec::from_slice(match report.session {
                [] => report.calling_station,
                session => session,
            }),
            ..Open::new(request, report.number(), report.addresses)
        };
        let life = match request.subject.operation {
            AccountingOn | AccountingOff => {
                self.bindings.gateway_restarted(Source::Radius, &open.gateway, at);
                None
            }
            AccountingStart => Some(Life::Begins),
            AccountingInterim => Some(Life::GoesOn { since }),
            AccountingStop => Some(Life::Ends { since }),
            _ => None,
        };
        open.binding =
            life.and_then(|life| self.bindings.report(life, &open.report(Source::Radius, at, &[])));
        open
    }

    /// Gx and Gy. Where the address is only in the answer, the binding waits for it.
    fn credit(&mut self, mut open: Open, at: Timestamp) -> Open {
        let life = match open.transaction.operation {
            TransactionOperation::CcrInitial => Life::Begins,
            TransactionOperation::CcrTermination => Life::Ends { since: None },
            _ => Life::GoesOn { since: None },
        };
        open.binding = self
            .bindings
            .report(life, &open.report(Source::Diameter, at, &[]));
        open
    }

    /// Takes in an answer, where its request was about a session: a set-up that was refused is given back.
    pub(crate) fn answer(&mut self, answer: &TransactionAnswer<'_>) -> Option<Option<Transaction>> {
        let mut open = self.open.remove(&answer.transaction)?;
        open.transaction.take_answer(answer);
        let failed = answer.status.is_failure();
        self.totals.failed = self.totals.failed.saturating_add(u64::from(failed));
        if let Some(binding) = open.binding {
            self.bindings.answered(binding, answer.extent, answer.status);
        }
        match &answer.answered {
            Answered::Gtp(answered) => self.tunnelled(&mut open, answered, answer),
            Answered::Session(addresses) if !failed && !addresses.is_empty() => {
                self.addressed(&mut open, *addresses);
            }
            _ => {}
        }
        let is_set_up = match open.transaction.operation {
            TransactionOperation::CcrInitial => {
                if failed {
                    let at = answer.extent.last.time;
                    let report = open.report(Source::Diameter, at, &[]);
                    self.bindings.report(Life::Ends { since: None }, &report);
                }
                true
            }
            operation => is_set_up(operation),
        };
        Some(failed.then(|| open.refused(is_set_up)))
    }

    /// The answer of Gx or Gy has the address of the session.
    fn addressed(&mut self, open: &mut Open, addresses: PhoneAddresses) {
        open.addresses = addresses;
        let at = open.transaction.time();
        let life = match open.transaction.operation {
            TransactionOperation::CcrInitial => Life::Begins,
            TransactionOperation::CcrUpdate => Life::GoesOn { since: None },
            _ => return,
        };
        open.binding = self
            .bindings
            .report(life, &open.report(Source::Diameter, at, &[]));
    }

    /// GTP-C: a session is there when the gateway accepts it, and is over when it says so.
    fn tunnelled(&mut self, open: &mut Open, answered: &GtpAnswer, answer: &TransactionAnswer<'_>) {
        use TransactionOperation::{CreatePdpContext, CreateSession, DeletePdpContext, DeleteSession};
        let accepted = !answer.status.is_failure();
        let tunnels = tunnels(answer.network.labels, [open.tunnel, answered.user]);
        let (life, at) = match open.transaction.operation {
            CreatePdpContext | CreateSession if accepted => {
                if !answered.addresses.is_empty() {
                    open.addresses = answered.addresses;
                }
                if let Some(control) = answered.control {
                    open.session = SmallVec::from_slice(&control.teid.to_be_bytes());
                    open.gateway = octets_of(control.address.unwrap_or(answer.source.address));
                }
                (Life::Begins, open.transaction.time())
            }
            DeletePdpContext | DeleteSession => (Life::Ends { since: None }, answer.extent.last.time),
            _ if accepted => (Life::GoesOn { since: None }, answer.extent.last.time),
            _ => return,
        };
        open.binding = self
            .bindings
            .report(life, &open.report(Source::Gtp, at, &tunnels));
    }

    /// It is proven that no answer came: what failed is given back.
    pub(crate) fn no_answer(&mut self, event: &NoAnswer) -> Option<Transaction> {
        let mut open = self.open.remove(&event.transaction)?;
        self.totals.failed = self.totals.failed.saturating_add(1);
        open.transaction.status = Some(TransactionStatus::NoAnswer);
        if let Some(binding) = open.binding {
            self.bindings.unanswered(binding);
            return None;
        }
        let is_set_up = is_set_up(open.transaction.operation);
        Some(open.refused(is_set_up))
    }

    /// Nothing more comes: of set-ups of which only the request was captured, the request counts.
    pub(crate) fn finish(&mut self) {
        while let Some((_, open)) = self.open.pop_first() {
            self.give_up(open);
        }
    }

    fn give_up(&mut self, open: Open) {
        use TransactionOperation::{CreatePdpContext, CreateSession, DeletePdpContext, DeleteSession};
        let at = open.transaction.time();
        let tunnels = tunnels(open.transaction.network.labels, [open.tunnel, None]);
        let life = match open.transaction.operation {
            CreatePdpContext | CreateSession => Life::Begins,
            DeletePdpContext | DeleteSession => Life::Ends { since: None },
            _ => return,
        };
        self.bindings
            .report(life, &open.report(Source::Gtp, at, &tunnels));
    }
}

impl Open {
    fn new(
        request: &TransactionRequest<'_>,
        number: Option<SubscriberNumber>,
        addresses: PhoneAddresses,
    ) -> Self {
        Self {
            transaction: Transaction::of_request(request),
            binding: None,
            gateway: Name::new(),
            session: Name::new(),
            number,
            addresses,
            tunnel: None,
            bearer: None,
        }
    }

    fn report<'a>(&'a self, source: Source, at: Timestamp, tunnels: &'a [Labels]) -> SessionReport<'a> {
        let Transaction {
            operation,
            asker,
            asked,
            request,
            response,
            status,
            ..
        } = self.transaction;
        SessionReport {
            source,
            gateway: &self.gateway,
            session: &self.session,
            addresses: self.addresses,
            number: self.number,
            bearer: self.bearer,
            tunnels,
            at,
            beginning: Beginning {
                operation,
                status,
                asker,
                asked,
                request,
                response,
            },
        }
    }

    /// It as a transaction that failed. What is no set-up of a session stops no message.
    fn refused(self, is_set_up: bool) -> Transaction {
        let mut transaction = self.transaction;
        transaction.counted = true;
        if !is_set_up {
            transaction.facts = Facts::Nothing;
        }
        transaction
    }
}

const fn is_set_up(operation: TransactionOperation) -> bool {
    use TransactionOperation::{Access, CcrInitial, CreatePdpContext, CreateSession};
    matches!(operation, Access | CcrInitial | CreatePdpContext | CreateSession)
}

/// The context or bearer that a request is about; none where all of the session's end.
fn bearer_of(asked: &GtpRequest<'_>, operation: TransactionOperation) -> Option<u8> {
    let ends_all = matches!(operation, TransactionOperation::DeletePdpContext) && asked.teardown
        || matches!(operation, TransactionOperation::DeleteSession);
    asked.bearer.filter(|_| !ends_all)
}

/// Who reports: the gateway as it names itself, else the host that the report comes from.
fn gateway_of(request: &TransactionRequest<'_>, report: &RadiusReport<'_>) -> Name {
    match (report.gateway_address, report.gateway_identifier) {
        (Some(address), _) => octets_of(address),
        (None, []) => octets_of(request.source.address),
        (None, identifier) => Name::from_slice(identifier),
    }
}

fn octets_of(address: IpAddr) -> Name {
    match address {
        IpAddr::V4(address) => Name::from_slice(&address.octets()),
        IpAddr::V6(address) => Name::from_slice(&address.octets()),
    }
}

/// The labels of packets in the tunnels that lead to these ends: those of the signalling around them, or none.
fn tunnels(around: Labels, ends: [Option<TunnelEnd>; 2]) -> Tunnels {
    let mut found = Tunnels::new();
    for TunnelEnd { teid, address } in ends.into_iter().flatten() {
        let Some(address) = address.filter(|_| teid != 0) else {
            continue;
        };
        for outside in [around, Labels::default()] {
            let inside = outside.in_gtpu(address, teid);
            if !found.contains(&inside) {
                found.push(inside);
            }
        }
    }
    found
}
