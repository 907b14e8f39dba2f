//! What requests to the systems around an MMSC say.

use std::net::IpAddr;

use super::diameter::{ChargedMessage, MessageProcess};
use super::dns::DnsQuestion;
use crate::model::{Digest, Digits, Endpoint, Nanoseconds, PhoneAddresses, SubscriberNumber};

/// What a request says.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// RADIUS: whether a phone may have a session.
    Access(&'a RadiusReport<'a>),
    /// RADIUS: a session began, goes on or ended; or all of a gateway's did.
    Accounting(&'a RadiusReport<'a>),
    /// GTP-C, either version: a session is to be set up, changed or taken down.
    Gtp(&'a GtpRequest<'a>),
    /// Diameter, Gx and Gy: the policy or the credit of a session.
    Session(&'a DiameterSession<'a>),
    /// Diameter, Ro and Rf: the charging of a message.
    Charging(&'a Charging<'a>),
    /// Diameter, MM10: where a message goes.
    MessageProcess(MessageProcess<'a>),
    /// DNS.
    Dns(DnsQuestion<'a>),
    /// MAP: which switch serves a number.
    Routing(SubscriberNumber),
    /// LDAP.
    Directory(DirectoryRequest<'a>),
    /// STI.
    Transcoding(TranscodingRequest<'a>),
    /// TCP, TLS: the endpoint that the request went to says it all.
    Connection,
}

/// An Access-Request or Accounting-Request of RADIUS (RFC 2865 section 5, RFC 2866 section 5, RFC 3162, TS 29.061 clause 16.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RadiusReport<'a> {
    /// Acct-Session-Id: unique to the gateway.
    pub session: &'a [u8],
    /// The gateway: NAS-IP-Address or NAS-IPv6-Address.
    pub gateway_address: Option<IpAddr>,
    /// The gateway: NAS-Identifier.
    pub gateway_identifier: &'a [u8],
    /// Framed-IP-Address, Framed-IPv6-Prefix or Framed-IPv6-Address, Delegated-IPv6-Prefix.
    pub addresses: PhoneAddresses,
    /// Calling-Station-Id as it stands there: a number, or a MAC address.
    pub calling_station: &'a [u8],
    /// 3GPP-IMSI.
    pub imsi: Option<Digits>,
    /// Called-Station-Id: the access point.
    pub access_point: &'a [u8],
    /// Acct-Delay-Time: how long before the request was sent what it reports happened.
    pub delay: Nanoseconds,
    /// Acct-Session-Time: how long the session lasted.
    pub session_time: Option<Nanoseconds>,
}

impl RadiusReport<'_> {
    /// The number in Calling-Station-Id, where it is one.
    pub fn number(&self) -> Option<SubscriberNumber> {
        SubscriberNumber::from_text(self.calling_station)
    }
}

/// One end of a tunnel: where its packets are to be sent, and with which identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TunnelEnd {
    /// The identifier: TEID.
    pub teid: u32,
    /// The address of the node; none where the message does not say.
    pub address: Option<IpAddr>,
}

/// A Create, Update, Modify or Delete request of GTP-C (TS 29.060 clause 7.3, TS 29.274 clause 7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GtpRequest<'a> {
    /// The TEID in the header, which the receiver had chosen for its control plane: with the receiver's address it names the
    /// session. 0 where there is none yet.
    pub teid: u32,
    /// IMSI.
    pub imsi: Option<Digits>,
    /// MSISDN.
    pub number: Option<SubscriberNumber>,
    /// Where the sender wants to get the control messages of the session.
    pub control: Option<TunnelEnd>,
    /// Where the sender wants to get the packets of the phone: the first bearer's.
    pub user: Option<TunnelEnd>,
    /// Addresses that the request asks for by name; none where the answer will assign them.
    pub addresses: PhoneAddresses,
    /// The access point: labels, each with its length (TS 23.003 clause 9.1).
    pub access_point: &'a [u8],
    /// NSAPI, or the identifier of the bearer (EBI).
    pub bearer: Option<u8>,
    /// Whether a Delete ends all contexts of the session (Teardown Ind); always so in version 2.
    pub teardown: bool,
}

/// A Credit-Control-Request of Gx or Gy (TS 29.212, TS 32.299).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiameterSession<'a> {
    /// Session-Id.
    pub session: &'a [u8],
    /// Origin-Host: the gateway.
    pub gateway: &'a [u8],
    /// Subscription-Id of type E.164.
    pub number: Option<SubscriberNumber>,
    /// Subscription-Id of type IMSI.
    pub imsi: Option<Digits>,
    /// Framed-IP-Address, Framed-IPv6-Prefix, PDP-Address.
    pub addresses: PhoneAddresses,
}

/// A Credit-Control-Request of Ro, or an Accounting-Request of Rf, about MMS (TS 32.270, TS 32.299 clause 7.2).
#[derive(Clone, Copy, Debug, Default)]
pub struct Charging<'a> {
    /// Session-Id.
    pub session: &'a [u8],
    /// Origin-Host: the MMSC.
    pub client: &'a [u8],
    /// Subscription-Id of type E.164: who is charged.
    pub number: Option<SubscriberNumber>,
    /// Subscription-Id of type IMSI.
    pub imsi: Option<Digits>,
    /// MMS-Information.
    pub message: Option<ChargedMessage<'a>>,
}

/// A bind or search request of LDAP (RFC 4511 sections 4.2 and 4.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryRequest<'a> {
    /// The name that binds, or the base object of the search. Untrusted text.
    pub name: &'a str,
    /// Values that the filter compares with.
    pub values: &'a [&'a str],
}

/// A TranscodingRequest (OMA-TS-STI).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranscodingRequest<'a> {
    /// originatorID.
    pub originator: &'a str,
    /// operationID.
    pub operation: &'a str,
    /// The SHA-256 of each attachment.
    pub media: &'a [Digest],
}

/// The packet that an ICMP message quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedPacket {
    /// Its protocol: 6 TCP, 17 UDP, 132 SCTP.
    pub protocol: u8,
    /// Who sent it.
    pub source: Endpoint,
    /// Where it should have gone.
    pub destination: Endpoint,
}
