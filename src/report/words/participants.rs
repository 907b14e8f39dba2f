//! Who took part in a message, and as what, worked out from the traffic: who asks and who answers on MM1 (OMA MMS ENC
//! clause 6), who hands short messages to whom. A host that does both on MM1 is a gateway.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use crate::mms::{Mm7Type, PduType};
use crate::model::SharedSort;
use crate::model::{System, TransactionOperation, TransactionProtocol};
use crate::report::document::{ContextEntry, Event, EventFacts, Hop, Interface, Message, Seen};
use crate::session::{Bearer, SmsTransfer};

/// What a host is, from left to right in a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The sender's phone.
    Sender,
    /// A mail server that gave the MMSC a message.
    MailSender,
    /// An application that sends and receives by MM7.
    Application,
    /// A WAP gateway or HTTP proxy.
    Gateway,
    /// The MMS centre.
    Mmsc,
    /// A foreign MMSC that a message was handed to.
    ForeignMmsc,
    /// A mail server: it passes mail on between MMSCs, or takes it for its users.
    MailServer,
    /// A push proxy gateway: hands the MMSC's pushes to the SMSC or the phone.
    Ppg,
    /// The short message centre, or what speaks for it.
    Smsc,
    /// A signalling transfer point: passes on in the signalling network.
    Stp,
    /// The switch that serves a recipient's phone: an MSC or an SGSN.
    Msc,
    /// An external short message entity that gets short messages from the SMSC.
    Esme,
    /// A recipient's phone.
    Recipient,
    /// Accounting of sessions (RADIUS).
    Aaa,
    /// The gateway of a phone's session (GTP-C version 1), or what reports it.
    Ggsn,
    /// The gateway of a phone's session (GTP-C version 2).
    Pgw,
    /// The policy for sessions (Diameter, Gx).
    Pcrf,
    /// Online charging (Diameter, Ro).
    Ocs,
    /// Offline charging (Diameter, Rf).
    Cdf,
    /// Name server.
    Dns,
    /// Home location register (MAP).
    Hlr,
    /// The routing function of MM10.
    Mscf,
    /// User database (LDAP).
    Udb,
    /// Transcoder (STI).
    Sti,
    /// Nothing seen tells.
    Unknown,
}

impl Role {
    /// What it is called above its column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender | Self::Recipient => "phone",
            Self::Application => "app",
            Self::Gateway => "gateway",
            Self::Mmsc | Self::ForeignMmsc => "MMSC",
            Self::MailSender | Self::MailServer => "mail server",
            Self::Ppg => "PPG",
            Self::Smsc => "SMSC",
            Self::Stp => "STP",
            Self::Msc => "MSC",
            Self::Esme => "ESME",
            Self::Aaa => "AAA",
            Self::Ggsn => "GGSN",
            Self::Pgw => "PGW",
            Self::Pcrf => "PCRF",
            Self::Ocs => "OCS",
            Self::Cdf => "CDF",
            Self::Dns => "DNS",
            Self::Hlr => "HLR",
            Self::Mscf => "MSCF",
            Self::Udb => "UDB",
            Self::Sti => "STI",
            Self::Unknown => "host",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Its network address.
    pub host: IpAddr,
    /// What whoever reads calls it: untrusted text.
    pub name: Option<String>,
    /// What it is.
    pub role: Role,
    /// Whose it is: the telephone numbers or addresses seen with it; of another system its domain or VASP id.
    pub owners: Vec<String>,
}

impl Participant {
    /// What is known of it beside its address and role: its name, and whose it is. Untrusted text.
    pub fn known_as(&self) -> Vec<&str> {
        let name = self.name.iter().chain(&self.owners);
        name.map(String::as_str).collect()
    }
}

/// What was seen of a host.
#[derive(Debug, Default)]
struct Facts {
    first: usize,
    asks: bool,
    answers: bool,
    sends: bool,
    receives: bool,
    /// Stands between a phone and the MMSC: the same PDU passed on its other side.
    relays: bool,
    /// Is asked over WSP, as only a WAP gateway is (WAP-230).
    answers_wsp: bool,
    pushes: bool,
    takes_pushes: bool,
    takes_short_messages: bool,
    gives_short_messages: bool,
    /// Takes short messages from the signalling network.
    serves: bool,
    /// Sends or takes mail between MMSCs.
    mails: bool,
    /// Another system than the MMSC, as its role.
    system: Option<Role>,
    owners: Vec<String>,
}

/// Everyone in a message's events, from left to right.
pub fn of(message: &Message) -> Vec<Participant> {
    let mut facts: BTreeMap<IpAddr, Facts> = BTreeMap::new();
    for (at, event) in message.events.iter().enumerate() {
        for host in [event.seen.src.address, event.seen.dst.address] {
            facts.entry(host).or_insert_with(|| Facts {
                first: at,
                ..Facts::default()
            });
        }
        observe(&mut facts, event);
    }
    name_owners(&mut facts, message);
    name_gateways(&mut facts, message);
    name_systems(&mut facts, message);
    let found = facts.into_iter().map(|(host, facts)| {
        let role = role(&facts);
        let participant = Participant {
            host,
            name: None,
            role,
            owners: if has_owners(role) {
                facts.owners
            } else {
                Vec::new()
            },
        };
        (facts.first, participant)
    });
    let mut found: Vec<(usize, Participant)> = found.collect();
    // Those of an event of which nothing else tells one from the other stand as their addresses are written.
    found.shared_sort_by_cached_key(|(first, participant)| {
        (participant.role, *first, participant.host.to_string())
    });
    let mut found: Vec<Participant> = found.into_iter().map(|(_, participant)| participant).collect();
    for entry in &message.context {
        add_systems(&mut found, entry);
    }
    found
}

/// Hosts that are added for a message's context at most.
const MAX_SYSTEMS: usize = 32;

/// Adds who asked another system, and that system, behind those who handled the message.
fn add_systems(found: &mut Vec<Participant>, entry: &ContextEntry) {
    let request = entry.request.as_ref().map(|passage| [passage.src, passage.dst]);
    let response = || entry.response.as_ref().map(|passage| [passage.dst, passage.src]);
    let Some(ends) = request.or_else(response) else {
        return;
    };
    for (end, role) in ends.into_iter().zip(roles_in(entry)) {
        let is_known = found.iter().any(|participant| participant.host == end.address);
        if !is_known && found.len() < MAX_SYSTEMS {
            found.push(Participant {
                host: end.address,
                name: None,
                role,
                owners: Vec::new(),
            });
        }
    }
}

/// Who asks another system, and what that is, where nothing else tells.
const fn roles_in(entry: &ContextEntry) -> [Role; 2] {
    match (entry.protocol, entry.system) {
        (TransactionProtocol::Radius, _) => [Role::Ggsn, Role::Aaa],
        (TransactionProtocol::Gtp, _) => [Role::Unknown, Role::Ggsn],
        (TransactionProtocol::Gtpv2, _) => [Role::Unknown, Role::Pgw],
        (TransactionProtocol::Diameter, System::Identity) => [Role::Pgw, Role::Pcrf],
        (TransactionProtocol::Diameter, System::Routing) => [Role::Mmsc, Role::Mscf],
        (TransactionProtocol::Diameter, _) => match entry.operation {
            TransactionOperation::AcrEvent
            | TransactionOperation::AcrStart
            | TransactionOperation::AcrInterim
            | TransactionOperation::AcrStop => [Role::Mmsc, Role::Cdf],
            _ => [Role::Mmsc, Role::Ocs],
        },
        (TransactionProtocol::Dns, _) => [Role::Unknown, Role::Dns],
        (TransactionProtocol::Map, _) => [Role::Mmsc, Role::Hlr],
        (TransactionProtocol::Ldap, _) => [Role::Mmsc, Role::Udb],
        (TransactionProtocol::Sti, _) => [Role::Mmsc, Role::Sti],
        (TransactionProtocol::Tcp | TransactionProtocol::Icmp | TransactionProtocol::Tls, _) => {
            [Role::Unknown, Role::Unknown]
        }
    }
}

const fn has_owners(role: Role) -> bool {
    matches!(
        role,
        Role::Sender
            | Role::Recipient
            | Role::Application
            | Role::ForeignMmsc
            | Role::MailSender
            | Role::MailServer
    )
}

/// On which side of MM1 the source of an event stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
    Either,
}

fn side_of_source(event: &Event) -> Side {
    match event.facts.pdu() {
        Some(
            PduType::SEND_REQ
            | PduType::FORWARD_REQ
            | PduType::NOTIFYRESP_IND
            | PduType::ACKNOWLEDGE_IND
            | PduType::READ_REC_IND
            | PduType::MBOX_STORE_REQ
            | PduType::MBOX_VIEW_REQ
            | PduType::MBOX_UPLOAD_REQ
            | PduType::MBOX_DELETE_REQ
            | PduType::DELETE_REQ
            | PduType::CANCEL_CONF,
        ) => Side::Client,
        Some(_) => Side::Server,
        None if event.http_status().is_some() => Side::Server,
        None if matches!(event.facts, EventFacts::Get { .. } | EventFacts::Connect { .. }) => Side::Client,
        None => Side::Either,
    }
}

fn observe(facts: &mut BTreeMap<IpAddr, Facts>, event: &Event) {
    let (src, dst) = (event.seen.src.address, event.seen.dst.address);
    let pdu = event.facts.pdu();
    // What a host says to itself, an MMSC to the push gateway beside it, tells neither from the other.
    if src == dst {
        return;
    }
    let mut with = |host: IpAddr, note: fn(&mut Facts)| {
        if let Some(facts) = facts.get_mut(&host) {
            note(facts);
        }
    };
    if matches!(pdu, Some(PduType::SEND_REQ | PduType::FORWARD_REQ)) {
        with(src, |f| f.sends = true);
    }
    match (event.seen.bearer, side_of_source(event)) {
        (Bearer::Smpp, _) if pdu.is_some() && event.transfer == Some(SmsTransfer::Deliver) => {
            with(src, |f| f.gives_short_messages = true);
            with(dst, |f| f.takes_pushes = true);
        }
        // Pushes are mostly submitted: so is one of which that is not known.
        (Bearer::Smpp, _) if pdu.is_some() => {
            with(src, |f| f.pushes = true);
            with(dst, |f| f.takes_short_messages = true);
        }
        (Bearer::Sip, _) if pdu.is_some() => {
            with(src, |f| f.takes_short_messages = true);
            with(dst, |f| f.receives = true);
        }
        (Bearer::Map, _) if pdu.is_some() => {
            with(src, |f| f.takes_short_messages = true);
            with(dst, |f| f.serves = true);
        }
        (Bearer::Smpp | Bearer::Sip | Bearer::Map, _) => {}
        (Bearer::Smtp, _) => {
            with(src, |f| f.mails = true);
            with(dst, |f| f.mails = true);
        }
        (Bearer::Soap, _) => match pdu {
            Some(PduType::Mm7(
                Mm7Type::SubmitReq
                | Mm7Type::CancelReq
                | Mm7Type::ReplaceReq
                | Mm7Type::ExtendedCancelReq
                | Mm7Type::ExtendedReplaceReq,
            )) => {
                with(src, |f| f.system = Some(Role::Application));
                with(dst, |f| f.answers = true);
            }
            Some(PduType::Mm7(Mm7Type::DeliverReq | Mm7Type::DeliveryReportReq | Mm7Type::ReadReplyReq)) => {
                with(src, |f| f.answers = true);
                with(dst, |f| f.system = Some(Role::Application));
            }
            _ => {}
        },
        (Bearer::PushUdp, _) => {
            with(src, |f| f.pushes = true);
            with(dst, |f| f.receives = true);
        }
        (_, Side::Server) if is_pushed(event.seen.bearer, pdu) => {
            with(dst, |f| f.takes_pushes = true);
            with(src, |f| f.answers = true);
        }
        (_, Side::Client) => {
            if matches!(event.seen.bearer, Bearer::Wsp | Bearer::Wtp) {
                with(dst, |f| f.answers_wsp = true);
            }
            with(src, |f| f.asks = true);
            with(dst, |f| f.answers = true);
            if pdu != Some(PduType::SEND_REQ) {
                with(src, |f| f.receives = true);
            }
        }
        (_, Side::Server) => {
            with(src, |f| f.answers = true);
            with(dst, |f| f.asks = true);
            if pdu == Some(PduType::RETRIEVE_CONF) {
                with(dst, |f| f.receives = true);
            }
        }
        (_, Side::Either) => {}
    }
}

fn role(facts: &Facts) -> Role {
    let owned_by_several = facts.owners.len() > 1;
    match facts {
        Facts {
            system: Some(system), ..
        } => *system,
        f if f.relays || f.answers_wsp || f.asks && f.answers => Role::Gateway,
        f if f.takes_pushes && f.pushes => Role::Ppg,
        f if f.answers || f.mails => Role::Mmsc,
        f if f.serves && f.takes_short_messages => Role::Stp,
        f if f.gives_short_messages || f.takes_short_messages => Role::Smsc,
        f if f.serves => Role::Msc,
        f if f.asks && f.pushes && !f.sends => Role::Gateway,
        f if f.asks && owned_by_several => Role::Gateway,
        f if f.sends => Role::Sender,
        f if f.pushes => Role::Ppg,
        f if f.asks || f.receives => Role::Recipient,
        f if f.takes_pushes => Role::Esme,
        _ => Role::Unknown,
    }
}

/// Whether the MMSC pushes a PDU: notifications always are pushed, and so are reports where HTTP carries them.
const fn is_pushed(bearer: Bearer, pdu: Option<PduType>) -> bool {
    match pdu {
        Some(PduType::NOTIFICATION_IND) => true,
        Some(PduType::DELIVERY_IND | PduType::READ_ORIG_IND) => matches!(bearer, Bearer::Http),
        _ => false,
    }
}

/// Notes who passes on: a request that was seen on several hops went through whoever it was sent to first.
fn name_gateways(facts: &mut BTreeMap<IpAddr, Facts>, message: &Message) {
    let mut passed_on = |request: Option<&Seen>, hops: &[Hop]| {
        let Some(request) = request else { return };
        let (phone, next) = (request.src.address, request.dst.address);
        let hops = hops.iter().map(|hop| &hop.seen);
        for hop in hops.filter(|hop| hop.dst.address != next) {
            for end in [next, hop.src.address] {
                if end != phone
                    && let Some(facts) = facts.get_mut(&end)
                {
                    facts.relays = true;
                }
            }
        }
    };
    if let Some(leg) = &message.submission {
        passed_on(leg.request.as_ref(), &leg.hops);
    }
    for delivery in &message.deliveries {
        for leg in &delivery.retrievals {
            passed_on(leg.request.as_ref(), &leg.hops);
        }
        for leg in &delivery.acknowledgements {
            passed_on(leg.request.as_ref(), &leg.hops);
        }
    }
}

/// Notes which hosts are other systems: foreign MMSCs, applications, mail servers, and what they are called.
fn name_systems(facts: &mut BTreeMap<IpAddr, Facts>, message: &Message) {
    let mut note = |host: IpAddr, role: Role, name: Option<&str>| {
        let Some(facts) = facts.get_mut(&host) else { return };
        facts.system.get_or_insert(role);
        if let Some(name) = name.filter(|name| !facts.owners.iter().any(|owner| owner == name)) {
            facts.owners.push(name.to_owned());
        }
    };
    if let Some(submission) = &message.submission
        && let Some(request) = &submission.request
    {
        let host = request.src.address;
        let sender = message.from.as_deref();
        match submission.interface {
            Interface::Mm7 => note(host, Role::Application, sender),
            Interface::Mm3 | Interface::Mm4 => note(host, Role::MailSender, sender.map(domain)),
            Interface::Mm1 => {}
        }
    }
    let handovers = message.deliveries.iter().flat_map(|delivery| &delivery.handovers);
    for handover in handovers {
        let hops = handover.hops.iter().map(|hop| &hop.seen);
        let mut places = handover.request.iter().chain(hops).map(|seen| seen.dst.address);
        let last = places.next_back();
        places.for_each(|relay| note(relay, Role::MailServer, None));
        let role = match handover.interface {
            Interface::Mm4 => Role::ForeignMmsc,
            Interface::Mm7 => Role::Application,
            Interface::Mm1 | Interface::Mm3 => Role::MailServer,
        };
        last.into_iter()
            .for_each(|host| note(host, role, handover.peer.as_deref()));
    }
}

/// What stands behind the `@` of a mail address.
fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain)
}

/// Notes whose the hosts are that sent, fetched or acknowledged.
fn name_owners(facts: &mut BTreeMap<IpAddr, Facts>, message: &Message) {
    let mut own = |seen: Option<&Seen>, source: bool, owner: Option<&String>| {
        let (Some(seen), Some(owner)) = (seen, owner) else {
            return;
        };
        let end = if source { seen.src } else { seen.dst };
        if let Some(facts) = facts.get_mut(&end.address)
            && !facts.owners.contains(owner)
        {
            facts.owners.push(owner.clone());
        }
    };
    if let Some(submission) = &message.submission {
        own(submission.request.as_ref(), true, message.from.as_ref());
        own(submission.response.as_ref(), false, message.from.as_ref());
    }
    for delivery in &message.deliveries {
        let recipient = delivery.recipient.as_ref();
        for retrieval in &delivery.retrievals {
            own(retrieval.request.as_ref(), true, recipient);
            own(retrieval.response.as_ref(), false, recipient);
        }
        for acknowledgement in &delivery.acknowledgements {
            own(acknowledgement.request.as_ref(), true, recipient);
        }
        for notification in &delivery.notifications {
            own(Some(&notification.seen), false, recipient);
        }
        for report in &delivery.delivery_reports {
            own(Some(&report.seen), false, message.from.as_ref());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn roles(message: &Message) -> Vec<(String, Role, Vec<String>)> {
        of(message)
            .into_iter()
            .map(|p| (p.host.to_string(), p.role, p.owners))
            .collect()
    }

    #[test]
    fn phones_centres_and_their_owners() {
        let owner = |n: u8| vec![format!("+6140000000{n}")];
        assert_eq!(
            roles(&sample::delivered()),
            [
                ("10.1.1.1".to_owned(), Role::Sender, owner(1)),
                ("10.2.2.2".to_owned(), Role::Mmsc, vec![]),
                ("10.3.3.3".to_owned(), Role::Smsc, vec![]),
                ("10.1.1.2".to_owned(), Role::Recipient, owner(2)),
            ]
        );
    }

    #[test]
    fn who_passes_requests_on_is_a_gateway() {
        let mut message = sample::failed();
        let first = sample::seen(55, 5600, "10.1.1.2:41000", "10.9.9.9:8080");
        let second = sample::seen(56, 5610, "10.9.9.9:5000", "10.2.2.2:80");
        message.events = vec![
            sample::event(&first, sample::get("/C8Q7"), None),
            sample::event(&second, sample::get("/C8Q7"), None),
        ];
        let names: Vec<Role> = of(&message).into_iter().map(|p| p.role).collect();
        assert_eq!(names, [Role::Gateway, Role::Mmsc, Role::Recipient]);
    }

    #[test]
    fn one_client_for_sender_and_recipient_is_a_gateway() {
        let mut message = sample::delivered();
        let (sender, recipient) = (message.events[0].seen.src, message.events[4].seen.src);
        let delivery = &mut message.deliveries[0];
        let retrieval = &mut delivery.retrievals[0];
        let acknowledgement = &mut delivery.acknowledgements[0];
        let legs = retrieval.request.iter_mut().chain(&mut retrieval.response);
        let legs = legs.chain(&mut acknowledgement.request);
        let legs = legs.chain(&mut acknowledgement.response);
        for seen in legs.chain(message.events.iter_mut().map(|event| &mut event.seen)) {
            for end in [&mut seen.src, &mut seen.dst] {
                if end.address == recipient.address {
                    end.address = sender.address;
                }
            }
        }
        let names: Vec<Role> = of(&message).into_iter().map(|p| p.role).collect();
        assert_eq!(names, [Role::Gateway, Role::Mmsc, Role::Smsc]);
    }

    /// A notification over SMPP between two ends.
    fn notified(src: &str, dst: &str) -> Message {
        let mut message = sample::bare(1);
        let mut seen = sample::seen(1, 0, src, dst);
        seen.bearer = Bearer::Smpp;
        message.events = vec![sample::event(&seen, sample::notified(), None)];
        message
    }

    fn names(message: &Message) -> Vec<(String, &'static str)> {
        of(message)
            .into_iter()
            .map(|p| (p.host.to_string(), p.role.name()))
            .collect()
    }

    #[test]
    fn who_submits_short_messages_is_the_push_gateway_and_who_takes_or_delivers_them_the_smsc() {
        let transferred = |src, dst, transfer| {
            let mut message = notified(src, dst);
            message.events[0].transfer = transfer;
            message
        };
        let submit = Some(SmsTransfer::Submit);
        let expected = [("10.1.1.1".to_owned(), "PPG"), ("10.3.3.3".to_owned(), "SMSC")];
        let (smsc, elsewhere) = ("10.3.3.3:2775", "10.3.3.3:9000");
        for (centre, transfer) in [(smsc, submit), (elsewhere, submit), (smsc, None)] {
            let submitted = transferred("10.1.1.1:2775", centre, transfer);
            assert_eq!(names(&submitted), expected);
        }
        let delivered = transferred("10.3.3.3:40000", "10.1.1.1:2775", Some(SmsTransfer::Deliver));
        let expected = [("10.3.3.3".to_owned(), "SMSC"), ("10.1.1.1".to_owned(), "ESME")];
        assert_eq!(names(&delivered), expected);
    }

    #[test]
    fn who_takes_short_messages_over_map_is_a_switch_and_no_phone() {
        let mut message = notified("10.3.3.3:2905", "10.4.4.4:2905");
        for event in &mut message.events {
            event.seen.bearer = Bearer::Map;
        }
        let mut expected = vec![("10.3.3.3".to_owned(), "SMSC"), ("10.4.4.4".to_owned(), "MSC")];
        assert_eq!(names(&message), expected);
        let seen = sample::seen(2, 1, "10.4.4.4:2905", "10.5.5.5:2905");
        let mut passed_on = sample::event(&seen, sample::notified(), None);
        passed_on.seen.bearer = Bearer::Map;
        message.events.push(passed_on);
        expected[1].1 = "STP";
        expected.push(("10.5.5.5".to_owned(), "MSC"));
        assert_eq!(names(&message), expected);
    }

    #[test]
    fn who_has_a_hop_behind_it_is_a_gateway() {
        let mut message = sample::delivered();
        let hop = sample::seen(9, 5, "10.9.9.8:4000", "10.2.2.2:80");
        let first = sample::seen(8, 0, "10.1.1.1:40000", "10.9.9.9:8080");
        message.events = vec![
            sample::event(&first, sample::sent(), None),
            sample::event(&hop, sample::sent(), None),
        ];
        message.deliveries.clear();
        let submission = message.submission.as_mut().unwrap();
        submission.request = Some(first);
        submission.hops = vec![hop.into()];
        submission.response = None;
        let roles: Vec<&str> = names(&message).into_iter().map(|(_, name)| name).collect();
        assert_eq!(roles, ["phone", "gateway", "gateway", "MMSC"]);
    }

    #[test]
    fn who_is_asked_over_wsp_is_a_gateway_and_who_pushes_datagrams_a_push_gateway() {
        let mut message = sample::bare(1);
        let mut get = sample::seen(1, 0, "10.1.1.1:40000", "10.9.9.9:9201");
        get.bearer = Bearer::Wtp;
        let mut push = sample::seen(2, 5, "10.8.8.8:49152", "10.1.1.1:2948");
        push.bearer = Bearer::PushUdp;
        message.events = vec![
            sample::event(&get, sample::get("http://mmsc/1"), None),
            sample::event(&push, sample::notified(), None),
        ];
        let roles: Vec<&str> = names(&message).into_iter().map(|(_, name)| name).collect();
        assert_eq!(roles, ["gateway", "PPG", "phone"]);
    }
}
