//! What the messages of Diameter say of charging, sessions and routing.

use super::avp::{Avp, Avps, VENDOR_3GPP};
use super::header::Command;
use super::values::{ChargedMessage, MessageProcess};
use crate::model::{
    Digits, PhoneAddresses, SubscriberNumber, System, TransactionOperation, TransactionStatus,
};
use crate::session::surroundings::{Asked, Charging, DiameterSession, TransactionSubject};
use std::net::IpAddr;

/// AVPs of no vendor (RFC 6733, 7155, 8506).
const FRAMED_IP_ADDRESS: u32 = 8;
const FRAMED_IPV6_PREFIX: u32 = 97;
const SESSION_ID: u32 = 263;
const ORIGIN_HOST: u32 = 264;
const RESULT_CODE: u32 = 268;
const EXPERIMENTAL_RESULT: u32 = 297;
const EXPERIMENTAL_RESULT_CODE: u32 = 298;
const CC_REQUEST_TYPE: u32 = 416;
const SUBSCRIPTION_ID: u32 = 443;
const SUBSCRIPTION_ID_DATA: u32 = 444;
const SUBSCRIPTION_ID_TYPE: u32 = 450;
const MULTIPLE_SERVICES_CREDIT_CONTROL: u32 = 456;
const SERVICE_CONTEXT_ID: u32 = 461;
const ACCOUNTING_RECORD_TYPE: u32 = 480;
/// AVPs of 3GPP (TS 32.299 clause 7.2).
const SERVICE_INFORMATION: u32 = 873;
const PS_INFORMATION: u32 = 874;
const MMS_INFORMATION: u32 = 877;
const PDP_ADDRESS: u32 = 1227;

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said<'a> {
    Charging(Charging<'a>),
    Session(DiameterSession<'a>),
    MessageProcess(MessageProcess<'a>),
}

impl Said<'_> {
    /// It as it is told.
    pub(super) const fn asked(&self) -> Asked<'_> {
        match self {
            Self::Charging(charging) => Asked::Charging(charging),
            Self::Session(session) => Asked::Session(session),
            Self::MessageProcess(process) => Asked::MessageProcess(*process),
        }
    }
}

/// What a request says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Request<'a> {
    avps: Avps<'a>,
    pub(super) session: &'a [u8],
    pub(super) origin_host: &'a [u8],
    /// CC-Request-Type or Accounting-Record-Type.
    kind: Option<u32>,
    service_context: &'a [u8],
    number: Option<SubscriberNumber>,
    imsi: Option<Digits>,
    addresses: PhoneAddresses,
    message: Option<ChargedMessage<'a>>,
    /// Whether octets are left that are no AVP.
    pub(super) malformed: bool,
}

impl<'a> Request<'a> {
    pub(super) fn read(octets: &'a [u8]) -> Self {
        let mut avps = Avps::new(octets);
        let mut request = Self {
            avps,
            ..Self::default()
        };
        avps.by_ref().for_each(|avp| request.take(&avp));
        request.malformed = avps.is_malformed();
        request
    }

    fn take(&mut self, avp: &Avp<'a>) {
        match (avp.vendor, avp.code) {
            (0, SESSION_ID) => self.session = avp.data,
            (0, ORIGIN_HOST) => self.origin_host = avp.data,
            (0, CC_REQUEST_TYPE | ACCOUNTING_RECORD_TYPE) => self.kind = avp.u32(),
            (0, SERVICE_CONTEXT_ID) => self.service_context = avp.data,
            (0, SUBSCRIPTION_ID) => self.take_subscription(avp.avps()),
            (0, FRAMED_IP_ADDRESS | FRAMED_IPV6_PREFIX) => take_address(&mut self.addresses, avp),
            (VENDOR_3GPP, SERVICE_INFORMATION) => self.take_service_information(avp.avps()),
            _ => {}
        }
    }

    /// Subscription-Id (RFC 8506 section 8.46): type and data.
    fn take_subscription(&mut self, avps: Avps<'a>) {
        const E164: u32 = 0;
        const IMSI: u32 = 1;
        let kind = avps.find(SUBSCRIPTION_ID_TYPE).and_then(|avp| avp.u32());
        let Some(data) = avps.find(SUBSCRIPTION_ID_DATA).map(|avp| avp.data) else {
            return;
        };
        match kind {
            Some(E164) => {
                let digits = Digits::from_text(data.strip_prefix(b"+").unwrap_or(data));
                let number = digits.and_then(|digits| SubscriberNumber::new(digits, true));
                self.number = self.number.or(number);
            }
            Some(IMSI) => self.imsi = self.imsi.or_else(|| Digits::from_text(data)),
            _ => {}
        }
    }

    fn take_service_information(&mut self, avps: Avps<'a>) {
        for avp in avps.filter(|avp| avp.vendor == VENDOR_3GPP) {
            match avp.code {
                MMS_INFORMATION => self.message = Some(ChargedMessage::new(&avp)),
                PS_INFORMATION => {
                    let addresses = avp.avps().all_of_3gpp(PDP_ADDRESS);
                    for address in addresses.filter_map(|avp| avp.address()) {
                        take_pdp_address(&mut self.addresses, address);
                    }
                }
                _ => {}
            }
        }
    }

    /// Which system is asked for what, and what it is told; none where it is nothing that concerns MMS or the session of a
    /// phone.
    pub(super) fn asked(&self, command: Command) -> Option<(TransactionSubject, Said<'a>)> {
        let (system, operation, asked) = match command {
            Command::Credit | Command::Accounting if self.is_about_mms() => {
                let operation = match command {
                    Command::Accounting => self.accounting_operation()?,
                    _ => self.credit_operation()?,
                };
                (System::Charging, operation, Said::Charging(self.charging()))
            }
            Command::Credit | Command::Policy => {
                let operation = self.credit_operation()?;
                let asked = Said::Session(self.session_of_phone(operation)?);
                (System::Identity, operation, asked)
            }
            Command::MessageProcess => {
                let asked = Said::MessageProcess(MessageProcess::new(self.avps));
                (System::Routing, TransactionOperation::Mpr, asked)
            }
            Command::Accounting | Command::Other => return None,
        };
        Some((TransactionSubject { system, operation }, asked))
    }

    /// The charging of MMS is named by what it is about, or by the specification that says how (TS 32.270).
    fn is_about_mms(&self) -> bool {
        self.message.is_some() || self.service_context.ends_with(b"32270@3gpp.org")
    }

    fn credit_operation(&self) -> Option<TransactionOperation> {
        Some(match self.kind? {
            1 => TransactionOperation::CcrInitial,
            2 => TransactionOperation::CcrUpdate,
            3 => TransactionOperation::CcrTermination,
            4 => TransactionOperation::CcrEvent,
            _ => return None,
        })
    }

    fn accounting_operation(&self) -> Option<TransactionOperation> {
        Some(match self.kind? {
            1 => TransactionOperation::AcrEvent,
            2 => TransactionOperation::AcrStart,
            3 => TransactionOperation::AcrInterim,
            4 => TransactionOperation::AcrStop,
            _ => return None,
        })
    }

    const fn charging(&self) -> Charging<'a> {
        Charging {
            session: self.session,
            client: self.origin_host,
            number: self.number,
            imsi: self.imsi,
            message: self.message,
        }
    }

    /// What is said of the session of a phone. Another service that 3GPP has the charging of is none, nor is an event; a session
    /// that ends may say no more than that.
    fn session_of_phone(&self, operation: TransactionOperation) -> Option<DiameterSession<'a>> {
        let of_another_service = self.service_context.ends_with(b"@3gpp.org")
            && !self.service_context.ends_with(b"32251@3gpp.org");
        let says_something = self.number.is_some() || !self.addresses.is_empty();
        let ours = match operation {
            TransactionOperation::CcrEvent => false,
            TransactionOperation::CcrTermination => true,
            _ => says_something,
        };
        (ours && !of_another_service).then_some(DiameterSession {
            session: self.session,
            gateway: self.origin_host,
            number: self.number,
            imsi: self.imsi,
            addresses: self.addresses,
        })
    }
}

/// What an answer says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answer {
    result: Option<u32>,
    experimental: Option<u32>,
    /// The first result of a single service that is no success.
    service: Option<u32>,
    pub(super) addresses: PhoneAddresses,
    /// Whether octets are left that are no AVP.
    pub(super) malformed: bool,
}

impl Answer {
    pub(super) fn read(octets: &[u8]) -> Self {
        let mut avps = Avps::new(octets);
        let mut answer = Self::default();
        avps.by_ref().for_each(|avp| answer.take(&avp));
        answer.malformed = avps.is_malformed();
        answer
    }

    fn take(&mut self, avp: &Avp<'_>) {
        match (avp.vendor, avp.code) {
            (0, RESULT_CODE) => self.result = avp.u32(),
            (0, EXPERIMENTAL_RESULT) => {
                self.experimental = avp
                    .avps()
                    .find(EXPERIMENTAL_RESULT_CODE)
                    .and_then(|avp| avp.u32());
            }
            (0, MULTIPLE_SERVICES_CREDIT_CONTROL) => {
                let result = avp.avps().find(RESULT_CODE).and_then(|avp| avp.u32());
                self.service = self.service.or(result.filter(|code| !is_success(*code)));
            }
            (0, FRAMED_IP_ADDRESS | FRAMED_IPV6_PREFIX) => take_address(&mut self.addresses, avp),
            _ => {}
        }
    }

    /// Its result; of a command that succeeded, the one of the service that did not.
    pub(super) fn status(&self) -> Option<TransactionStatus> {
        let result = self.result.or(self.experimental)?;
        let service = self.service.filter(|_| is_success(result));
        Some(TransactionStatus::Diameter(service.unwrap_or(result)))
    }
}

const fn is_success(result: u32) -> bool {
    matches!(result, 2000..3000)
}

fn take_address(addresses: &mut PhoneAddresses, avp: &Avp<'_>) {
    let [prefix, _] = &mut addresses.prefixes;
    match avp.code {
        FRAMED_IP_ADDRESS => {
            let read = avp.data.try_into().ok().and_then(PhoneAddresses::v4_of);
            addresses.v4 = addresses.v4.or(read);
        }
        _ => *prefix = prefix.or_else(|| avp.prefix()),
    }
}

/// PDP-Address has a whole address; of IPv6 the first 64 bits are the phone's (TS 23.060 clause 9.2.1.1).
fn take_pdp_address(addresses: &mut PhoneAddresses, address: IpAddr) {
    const IPV6_BITS: u8 = 64;
    let [prefix, _] = &mut addresses.prefixes;
    match address {
        IpAddr::V4(address) => addresses.v4 = addresses.v4.or(Some(address)),
        IpAddr::V6(address) => *prefix = prefix.or(crate::model::Prefix::new(address, IPV6_BITS)),
    }
}
