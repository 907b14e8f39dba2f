//! What is read of the systems around an MMSC, field by field as tshark dissects it: message types, results, numbers, addresses,
//! names, and which request an answer belongs to. Without tshark nothing is compared, and that is said.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use mmsmate::{
    TransactionEvent,
    internals::{
        capture::{Captures, find_inputs},
        pipeline::{self, Limits, Observer},
    },
    surroundings::{
        Answered, Asked, DnsRecord, PhoneAddresses, TransactionAnswer, TransactionId, TransactionOperation,
        TransactionProtocol, TransactionRequest, TunnelEnd,
    },
};

/// Fields of tshark that are compared, by protocol.
const FIELDS: &[(TransactionProtocol, &[&str])] = &[
    (
        TransactionProtocol::Radius,
        &[
            "radius.code",
            "radius.Calling_Station_Id",
            "radius.Framed-IP-Address",
            "radius.Framed_IPv6_Prefix",
            "radius.Acct_Session_Id",
            "radius.Acct_Session_Time",
            "radius.Acct_Delay_Time",
            "radius.Acct_Status_Type",
            "radius.NAS_IP_Address",
            "e212.imsi",
        ],
    ),
    (
        TransactionProtocol::Gtp,
        &[
            "gtp.message",
            "gtp.teid",
            "gtp.cause",
            "gtp.user_ipv4",
            "gtp.user_ipv6",
            "gtp.teid_data",
            "gtp.teid_cp",
            "gtp.nsapi",
            "e164.msisdn",
            "e212.imsi",
        ],
    ),
    (
        TransactionProtocol::Gtpv2,
        &[
            "gtpv2.message_type",
            "gtpv2.teid",
            "gtpv2.cause",
            "gtpv2.pdn_addr_and_prefix.ipv4",
            "gtpv2.f_teid_gre_key",
            "e164.msisdn",
            "e212.imsi",
        ],
    ),
    (
        TransactionProtocol::Diameter,
        &[
            "diameter.cmd.code",
            "diameter.Session-Id",
            "diameter.Origin-Host",
            "diameter.CC-Request-Type",
            "diameter.Accounting-Record-Type",
            "diameter.Subscription-Id-Data",
            "diameter.Framed-IP-Address",
            "diameter.Address-Data",
            "diameter.Message-ID",
            "diameter.Message-Type",
            "diameter.Sender-Address",
            "diameter.MM10-Recipient-Address",
            "diameter.Result-Code",
        ],
    ),
    (
        TransactionProtocol::Dns,
        &[
            "dns.qry.name",
            "dns.qry.type",
            "dns.flags.rcode",
            "dns.a",
            "dns.aaaa",
            "dns.cname",
            "dns.mx.mail_exchange",
            "dns.srv.target",
            "dns.naptr.service",
            "dns.naptr.regex",
        ],
    ),
    (
        TransactionProtocol::Ldap,
        &[
            "ldap.name",
            "ldap.baseObject",
            "ldap.assertionValue",
            "ldap.resultCode",
        ],
    ),
];

/// Fields that say which frame an answer belongs to.
const ANSWER_TO: &[(TransactionProtocol, &str)] = &[
    (TransactionProtocol::Radius, "radius.reqframe"),
    (TransactionProtocol::Gtp, "gtp.response_to"),
    (TransactionProtocol::Gtpv2, "gtpv2.response_to"),
    (TransactionProtocol::Diameter, "diameter.answer_to"),
    (TransactionProtocol::Dns, "dns.response_to"),
    (TransactionProtocol::Ldap, "ldap.response_to"),
];

/// What tshark is told beside: ports by which it finds the protocols where a capture has them elsewhere, results that do not count.
const EXTRA: &[&str] = &["diameter.Experimental-Result-Code", "diameter.flags.request"];

type Values = BTreeMap<&'static str, BTreeSet<String>>;

/// What one side says of a frame.
type Frames = BTreeMap<u64, Values>;

/// What is read here.
#[derive(Default)]
struct Here {
    frames: BTreeMap<(u64, TransactionProtocol), Values>,
    /// How many messages of it were told.
    messages: BTreeMap<(u64, TransactionProtocol), usize>,
    requests: BTreeMap<TransactionId, u64>,
    /// Frames of answers with those of their requests.
    pairs: Vec<(TransactionProtocol, u64, TransactionId)>,
    at: (u64, Option<TransactionProtocol>),
}

impl Here {
    fn add(&mut self, field: &'static str, value: impl ToString) {
        let (frame, Some(protocol)) = self.at else { return };
        let values = self.frames.entry((frame, protocol)).or_default();
        values.entry(field).or_default().insert(value.to_string());
    }

    fn add_text(&mut self, field: &'static str, octets: &[u8]) {
        if !octets.is_empty() {
            self.add(field, String::from_utf8_lossy(octets));
        }
    }

    fn add_teid(&mut self, field: &'static str, teid: u32) {
        self.add(field, format!("{teid:#010x}"));
    }

    fn add_addresses(&mut self, [v4, v6]: [&'static str; 2], addresses: &PhoneAddresses) {
        if let Some(address) = addresses.v4 {
            self.add(v4, address);
        }
        for prefix in addresses.prefixes.iter().flatten() {
            self.add(v6, prefix.address());
        }
    }

    fn request(&mut self, request: &TransactionRequest<'_>) {
        let operation = request.subject.operation;
        let protocol = operation.protocol();
        let frame = request.extent.last.frame.0;
        self.requests.insert(request.transaction, frame);
        self.at = (frame, Some(protocol));
        *self.messages.entry((frame, protocol)).or_default() += 1;
        match &request.asked {
            Asked::Access(said) | Asked::Accounting(said) => self.radius(said, operation),
            Asked::Gtp(said) => self.gtp(said, operation),
            Asked::Session(said) => {
                self.credit_control(operation);
                self.add_text("diameter.Session-Id", said.session);
                self.add_text("diameter.Origin-Host", said.gateway);
                self.add_subscriber(said.number.map(|number| number.digits().to_owned()), said.imsi);
                self.add_session_addresses(&said.addresses);
            }
            Asked::Charging(said) => self.charging(said, operation),
            Asked::MessageProcess(said) => {
                self.add("diameter.cmd.code", 311);
                if let Some(sender) = said.sender() {
                    self.add("diameter.Sender-Address", sender);
                }
                for recipient in said.recipients() {
                    self.add("diameter.MM10-Recipient-Address", recipient);
                }
            }
            Asked::Dns(question) => {
                self.add("dns.qry.name", question.name());
                self.add("dns.qry.type", question_type(operation));
            }
            Asked::Directory(said) => {
                let field = match operation {
                    TransactionOperation::Bind => "ldap.name",
                    _ => "ldap.baseObject",
                };
                self.add(field, said.name);
                for value in said.values {
                    self.add("ldap.assertionValue", value);
                }
            }
            Asked::Routing(_) | Asked::Transcoding(_) | Asked::Connection => {}
        }
    }

    fn radius(&mut self, said: &mmsmate::surroundings::RadiusReport<'_>, operation: TransactionOperation) {
        let (code, status) = match operation {
            TransactionOperation::Access => (1, None),
            TransactionOperation::AccountingStart => (4, Some(1)),
            TransactionOperation::AccountingStop => (4, Some(2)),
            TransactionOperation::AccountingInterim => (4, Some(3)),
            TransactionOperation::AccountingOn => (4, Some(7)),
            _ => (4, Some(8)),
        };
        self.add("radius.code", code);
        if let Some(status) = status {
            self.add("radius.Acct_Status_Type", status);
        }
        self.add_text("radius.Calling_Station_Id", said.calling_station);
        self.add_text("radius.Acct_Session_Id", said.session);
        if let Some(address) = said.addresses.v4 {
            self.add("radius.Framed-IP-Address", address);
        }
        for prefix in said.addresses.prefixes.iter().flatten() {
            let octets = usize::from(prefix.bits().div_ceil(8));
            let address: String = prefix.address().octets()[..octets]
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect();
            self.add(
                "radius.Framed_IPv6_Prefix",
                format!("00{:02x}{address}", prefix.bits()),
            );
        }
        if let Some(address) = said.gateway_address {
            self.add("radius.NAS_IP_Address", address);
        }
        if let Some(imsi) = said.imsi {
            self.add("e212.imsi", imsi);
        }
        if said.delay > 0 {
            self.add("radius.Acct_Delay_Time", said.delay / 1_000_000_000);
        }
        if let Some(lasted) = said.session_time {
            self.add("radius.Acct_Session_Time", lasted / 1_000_000_000);
        }
    }

    fn gtp(&mut self, said: &mmsmate::surroundings::GtpRequest<'_>, operation: TransactionOperation) {
        let (field, kind) = gtp_type(operation);
        let is_v1 = field == "gtp.message";
        self.add(field, kind);
        self.add_teid(if is_v1 { "gtp.teid" } else { "gtpv2.teid" }, said.teid);
        if let Some(number) = said.number {
            self.add("e164.msisdn", number.digits());
        }
        if let Some(imsi) = said.imsi {
            self.add("e212.imsi", imsi);
        }
        self.tunnels(is_v1, said.control, said.user);
        match is_v1 {
            true => {
                self.add_addresses(["gtp.user_ipv4", "gtp.user_ipv6"], &said.addresses);
                if let Some(bearer) = said.bearer {
                    self.add("gtp.nsapi", bearer);
                }
            }
            false => self.add_addresses(["gtpv2.pdn_addr_and_prefix.ipv4", ""], &said.addresses),
        }
    }

    fn tunnels(&mut self, is_v1: bool, control: Option<TunnelEnd>, user: Option<TunnelEnd>) {
        let [for_control, for_user] = match is_v1 {
            true => ["gtp.teid_cp", "gtp.teid_data"],
            false => ["gtpv2.f_teid_gre_key"; 2],
        };
        for (field, end) in [(for_control, control), (for_user, user)] {
            if let Some(end) = end {
                self.add_teid(field, end.teid);
            }
        }
    }

    fn credit_control(&mut self, operation: TransactionOperation) {
        let kind = match operation {
            TransactionOperation::CcrInitial => 1,
            TransactionOperation::CcrUpdate => 2,
            TransactionOperation::CcrTermination => 3,
            _ => 4,
        };
        self.add("diameter.cmd.code", 272);
        self.add("diameter.CC-Request-Type", kind);
    }

    fn add_subscriber(&mut self, number: Option<String>, imsi: Option<mmsmate::surroundings::Digits>) {
        if let Some(number) = number {
            self.add("diameter.Subscription-Id-Data", number);
        }
        if let Some(imsi) = imsi {
            self.add("diameter.Subscription-Id-Data", imsi);
        }
    }

    fn add_session_addresses(&mut self, addresses: &PhoneAddresses) {
        if let Some(address) = addresses.v4 {
            let octets = address.octets().map(|octet| format!("{octet:02x}")).concat();
            self.add("diameter.Framed-IP-Address", octets);
        }
    }

    fn charging(&mut self, said: &mmsmate::surroundings::Charging<'_>, operation: TransactionOperation) {
        use TransactionOperation::{AcrEvent, AcrInterim, AcrStart, AcrStop};
        let record = match operation {
            AcrEvent => Some(1),
            AcrStart => Some(2),
            AcrInterim => Some(3),
            AcrStop => Some(4),
            _ => None,
        };
        match record {
            Some(record) => {
                self.add("diameter.cmd.code", 271);
                self.add("diameter.Accounting-Record-Type", record);
            }
            None => self.credit_control(operation),
        }
        self.add_text("diameter.Session-Id", said.session);
        self.add_text("diameter.Origin-Host", said.client);
        self.add_subscriber(said.number.map(|number| number.digits().to_owned()), said.imsi);
        let Some(message) = said.message else { return };
        for address in message.originator().into_iter().chain(message.recipients()) {
            self.add("diameter.Address-Data", address.text);
        }
        if let Some(id) = message.message_id() {
            self.add("diameter.Message-ID", id);
        }
        if let Some(kind) = message.message_type() {
            self.add("diameter.Message-Type", message_type(kind.name()));
        }
    }

    fn answer(&mut self, answer: &TransactionAnswer<'_>) {
        let Some(subject) = answer.subject else { return };
        let protocol = subject.operation.protocol();
        let frame = answer.extent.last.frame.0;
        self.pairs.push((protocol, frame, answer.transaction));
        self.at = (frame, Some(protocol));
        *self.messages.entry((frame, protocol)).or_default() += 1;
        let code = answer.status.code().unwrap_or_default();
        match protocol {
            TransactionProtocol::Radius => self.add("radius.code", code),
            TransactionProtocol::Gtp => self.add("gtp.cause", code),
            TransactionProtocol::Gtpv2 => self.add("gtpv2.cause", code),
            TransactionProtocol::Diameter => self.add("diameter.Result-Code", code),
            TransactionProtocol::Dns => self.add("dns.flags.rcode", code),
            TransactionProtocol::Ldap => self.add("ldap.resultCode", code),
            _ => {}
        }
        match &answer.answered {
            Answered::Gtp(said) => {
                let (field, kind) = gtp_type(subject.operation);
                let is_v1 = field == "gtp.message";
                self.add(field, kind + 1);
                self.add_teid(if is_v1 { "gtp.teid" } else { "gtpv2.teid" }, said.teid);
                self.tunnels(is_v1, said.control, said.user);
                let fields = match is_v1 {
                    true => ["gtp.user_ipv4", "gtp.user_ipv6"],
                    false => ["gtpv2.pdn_addr_and_prefix.ipv4", ""],
                };
                self.add_addresses(fields, &said.addresses);
            }
            Answered::Session(addresses) => self.add_session_addresses(addresses),
            Answered::Dns(said) => {
                self.add("dns.qry.name", said.question().name());
                self.add("dns.qry.type", question_type(subject.operation));
                for record in said.records() {
                    self.record(record);
                }
            }
            Answered::Status | Answered::Transcoding(_) | Answered::Unreachable(_) => {}
        }
    }

    fn record(&mut self, record: DnsRecord<'_>) {
        match record {
            DnsRecord::Address(address) if address.is_ipv4() => self.add("dns.a", address),
            DnsRecord::Address(address) => self.add("dns.aaaa", address),
            DnsRecord::Alias(name) => self.add("dns.cname", name),
            DnsRecord::Exchange(name) => self.add("dns.mx.mail_exchange", name),
            DnsRecord::Service(name) => self.add("dns.srv.target", name),
            DnsRecord::Pointer { service, expression } => {
                self.add("dns.naptr.service", service);
                self.add("dns.naptr.regex", expression);
            }
        }
    }
}

fn question_type(operation: TransactionOperation) -> u16 {
    match operation {
        TransactionOperation::A => 1,
        TransactionOperation::Mx => 15,
        TransactionOperation::Aaaa => 28,
        TransactionOperation::Srv => 33,
        _ => 35,
    }
}

/// The field of the type of a request, and its number.
fn gtp_type(operation: TransactionOperation) -> (&'static str, u8) {
    match operation {
        TransactionOperation::CreatePdpContext => ("gtp.message", 16),
        TransactionOperation::UpdatePdpContext => ("gtp.message", 18),
        TransactionOperation::DeletePdpContext => ("gtp.message", 20),
        TransactionOperation::CreateSession => ("gtpv2.message_type", 32),
        TransactionOperation::ModifyBearer => ("gtpv2.message_type", 34),
        _ => ("gtpv2.message_type", 36),
    }
}

/// TS 32.299 clause 7.2.112.
fn message_type(name: &str) -> usize {
    let names = [
        "m-send-req",
        "m-send-conf",
        "m-notification-ind",
        "m-notifyresp-ind",
        "m-retrieve-conf",
        "m-acknowledge-ind",
        "m-delivery-ind",
        "m-read-rec-ind",
        "m-read-orig-ind",
        "m-forward-req",
        "m-forward-conf",
    ];
    names.iter().position(|known| *known == name).unwrap() + 1
}

impl Observer for Here {
    fn transaction(&mut self, event: &TransactionEvent<'_>) {
        match event {
            TransactionEvent::Request(request) => self.request(request),
            TransactionEvent::Answer(answer) => self.answer(answer),
            TransactionEvent::NoAnswer(_) => {}
        }
    }
}

fn here(file: &Path) -> Here {
    let (captures, problems) = Captures::open(find_inputs([file.to_owned()], false).inputs);
    assert!(problems.is_empty(), "{problems:?}");
    let mut here = Here::default();
    pipeline::run(captures, &Limits::default(), &mut here);
    here
}

/// All fields that tshark is asked for.
fn asked_for() -> Vec<&'static str> {
    let fields = FIELDS.iter().flat_map(|(_, fields)| fields.iter().copied());
    let pairs = ANSWER_TO.iter().map(|(_, field)| *field);
    let mut all: Vec<_> = fields.chain(pairs).chain(EXTRA.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What stands between the values of one field.
const BETWEEN: &str = "\u{1e}";

/// What tshark says; none where it is not installed.
fn there(file: &Path) -> Option<Frames> {
    let mut command = Command::new("tshark");
    command
        .arg("-r")
        .arg(file)
        .args(["-T", "fields", "-E", "occurrence=a"]);
    command.arg("-E").arg(format!("aggregator={BETWEEN}"));
    command.args(["-e", "frame.number"]);
    let fields = asked_for();
    for field in &fields {
        command.args(["-e", field]);
    }
    let output = command.output().ok()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let mut cells = line.split('\t');
        let frame: u64 = cells.next()?.parse().ok()?;
        let values = fields.iter().copied().zip(cells).map(|(field, cell)| {
            let values = cell.split(BETWEEN).filter(|value| !value.is_empty());
            (field, values.map(|value| normal(field, value)).collect())
        });
        Some((frame, values.collect()))
    };
    Some(text.lines().filter_map(row).collect())
}

/// A value in the form that it has here.
fn normal(field: &str, value: &str) -> String {
    match field {
        // Names are the same in letters of any case, and the root is `<Root>` there.
        "dns.qry.name" | "dns.cname" | "dns.mx.mail_exchange" | "dns.srv.target" => match value {
            "<Root>" => String::new(),
            name => name.to_ascii_lowercase(),
        },
        "gtp.message" => u8::from_str_radix(value.trim_start_matches("0x"), 16)
            .unwrap()
            .to_string(),
        _ => value.to_owned(),
    }
}

/// Values of a field that are read there and not here, and why.
fn is_left_out(field: &str, value: &str) -> bool {
    match field {
        // No address, or one that is to be given out.
        "gtp.user_ipv4" | "gtpv2.pdn_addr_and_prefix.ipv4" => value == "0.0.0.0",
        "radius.Acct_Delay_Time" => value == "0",
        _ => false,
    }
}

/// Fields of which several may stand in a message, of which the first counts here: tunnels of further bearers, causes of bearers,
/// results of single services, addresses beside.
fn has_more_there(field: &str) -> bool {
    matches!(
        field,
        "gtpv2.f_teid_gre_key"
            | "gtpv2.cause"
            | "diameter.Result-Code"
            | "diameter.Origin-Host"
            | "diameter.Session-Id"
            | "ldap.assertionValue"
    )
}

/// Answers that belong to the first of two requests here, because the second is the same transaction sent again: a report of RADIUS
/// with a delay, a question of DNS over TCP behind an answer that had no room. tshark knows the second one alone.
const SENT_AGAIN: &[(&str, u64)] = &[
    ("id-radius-sent-again-with-delay.pcap", 3),
    ("dns-over-tcp.pcap", 19),
];

/// Fields that are compared and that nothing told here has in these captures: the report with a delay is one sent again.
const IN_NO_CAPTURE: [&str; 6] = [
    "radius.Acct_Delay_Time",
    "gtp.user_ipv6",
    "dns.aaaa",
    "dns.cname",
    "dns.mx.mail_exchange",
    "dns.srv.target",
];

#[derive(Default)]
struct Compared {
    values: BTreeMap<&'static str, usize>,
    pairs: BTreeMap<TransactionProtocol, usize>,
    differences: Vec<String>,
}

impl Compared {
    fn frame(
        &mut self,
        name: &str,
        here: &Here,
        (frame, protocol): (u64, TransactionProtocol),
        theirs: &Values,
    ) {
        let Some((_, fields)) = FIELDS.iter().find(|(of, _)| *of == protocol) else {
            return;
        };
        let ours = &here.frames[&(frame, protocol)];
        let none = BTreeSet::new();
        let flags = theirs.get("diameter.cmd.code").map_or(0, BTreeSet::len);
        // Of several messages in a frame some may be none of ours.
        let has_others = flags > 1 || here.messages[&(frame, protocol)] > 1;
        for field in *fields {
            let our = ours.get(field).unwrap_or(&none);
            let mut their: BTreeSet<String> = theirs.get(field).unwrap_or(&none).clone();
            if *field == "diameter.Result-Code" {
                let experimental = theirs.get("diameter.Experimental-Result-Code");
                their.extend(experimental.into_iter().flatten().cloned());
            }
            their.retain(|value| !is_left_out(field, value));
            let is_ours = our.iter().all(|value| their.contains(value));
            let is_all = our.len() == their.len()
                || has_others
                || has_more_there(field) && (!our.is_empty() || *field != "gtpv2.cause")
                || is_of_other_half(field, ours);
            if is_ours && is_all {
                *self.values.entry(field).or_default() += our.len();
            } else {
                self.differences.push(format!(
                    "{name} frame {frame} {field}: {our:?} here, {their:?} there"
                ));
            }
        }
    }

    fn pairs(&mut self, name: &str, here: &Here, there: &Frames) {
        for (protocol, frame, transaction) in &here.pairs {
            let Some((_, field)) = ANSWER_TO.iter().find(|(of, _)| of == protocol) else {
                continue;
            };
            if SENT_AGAIN.contains(&(name, *frame)) {
                continue;
            }
            let theirs = there.get(frame).and_then(|values| values.get(field));
            let Some(theirs) = theirs.filter(|theirs| !theirs.is_empty()) else {
                continue;
            };
            let ours = here.requests.get(transaction).map(u64::to_string);
            match ours.is_some_and(|ours| theirs.contains(&ours)) {
                true => *self.pairs.entry(*protocol).or_default() += 1,
                false => self.differences.push(format!(
                    "{name} frame {frame} {field}: {:?} here, {theirs:?} there",
                    here.requests.get(transaction)
                )),
            }
        }
    }
}

/// Whether a field of an answer is not told because only requests have it here, or the other way round.
fn is_of_other_half(field: &str, ours: &Values) -> bool {
    let is_answer = ["gtp.cause", "gtpv2.cause", "diameter.Result-Code"]
        .iter()
        .any(|result| ours.contains_key(result));
    let is_of_request =
        field.starts_with("diameter.") && field != "diameter.Result-Code" || field == "e212.imsi";
    is_answer && is_of_request
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/surroundings");
    let mut captures: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .collect();
    captures.sort();
    captures
}

#[test]
fn tshark_dissects_the_same() {
    let mut compared = Compared::default();
    for file in captures() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let Some(there) = there(&file) else {
            eprintln!("skipped: tshark is not installed");
            return;
        };
        let here = here(&file);
        for place in here.frames.keys() {
            match there.get(&place.0) {
                Some(theirs) => compared.frame(&name, &here, *place, theirs),
                None => compared
                    .differences
                    .push(format!("{name}: no frame {place:?} there")),
            }
        }
        compared.pairs(&name, &here, &there);
    }
    println!("{:#?} {:#?}", compared.values, compared.pairs);
    assert!(
        compared.differences.is_empty(),
        "{}",
        compared.differences.join("\n")
    );
    // Every other field occurs, so that each comparison could have failed.
    let never: Vec<_> = FIELDS
        .iter()
        .flat_map(|(_, fields)| *fields)
        .filter(|field| compared.values.get(*field).is_none_or(|count| *count == 0))
        .collect();
    assert_eq!(never, IN_NO_CAPTURE.iter().collect::<Vec<_>>());
    assert_eq!(compared.pairs.len(), ANSWER_TO.len(), "{:?}", compared.pairs);
}
