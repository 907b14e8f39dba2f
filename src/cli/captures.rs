//! `mmsmate captures`: what is in the captures and what was made of it.

use std::collections::BTreeMap;

use clap::Args;

use super::{
    arguments::{InputArgs, PreferenceArgs, RedactArgs, TextOrJson},
    exit::{Exit, Failure},
    help, input,
    output::OutputArgs,
    preferences::Preferences,
};
use crate::{
    analysis::{self, Options, Reason},
    correlate::Totals,
    mms::{Pdu, PduType},
    model::{System, TransactionOperation, TransactionStatus},
    pipeline::{Observer, RunReport},
    report::{
        document::{
            diagnosis::diagnosis,
            from_capture::{anomalies, captures},
            inventory::{Count, FORMAT, Inventory},
        },
        render::{inventory, json},
    },
    session::{BodyEnd, CarrierEvent, TransactionEvent},
};

/// Arguments of `captures`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::CAPTURES)]
pub struct CapturesArgs {
    #[command(flatten)]
    // No comment on the flattened group: it would replace the help text.
    pub input: InputArgs,
    /// What to print
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub format: TextOrJson,
    #[command(flatten)]
    pub redact: RedactArgs,
    #[command(flatten)]
    pub preferences: PreferenceArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &CapturesArgs) -> Result<Exit, Failure> {
    let preferences = Preferences::of(&arguments.preferences)?;
    let redactor = arguments.redact.redactor()?;
    let Some((mut inventory, exit)) = inventory_of(&arguments.input) else {
        return Ok(Exit::Unusable);
    };
    if let Some(mut redactor) = redactor {
        redactor.inventory(&mut inventory);
        arguments
            .redact
            .write_map(&arguments.input.captures, redactor.met())?;
    }
    let output = &arguments.output;
    output.write(&arguments.input.captures, |mut out| match arguments.format {
        TextOrJson::Text => inventory::write(&mut out, &inventory, &preferences.apply(output.style())),
        TextOrJson::Json => json::write(&mut out, &inventory, true),
    })?;
    Ok(exit)
}

/// What is in the inputs, and how the run ended. `None` where none of them can be read; that has been said then.
pub(super) fn inventory_of(arguments: &InputArgs) -> Option<(Inventory, Exit)> {
    let opened = input::open(arguments)?;
    let mut counts = Counts::default();
    let options = Options {
        limits: (&arguments.limit).into(),
        ..Options::default()
    };
    let mut observer = (&mut input::ProgressLine::new(), &mut counts);
    let read = analysis::read_with_keys(opened.captures, &options, opened.keys, &mut observer, &mut |_| {});
    let reasons = read.diagnosis().to_vec();
    let (run, totals) = read.count();
    let inventory = take_inventory(&run, &totals, &counts, &reasons);
    Some((inventory, opened.exit.and(input::ended(arguments, &run.captures))))
}

/// How many PDUs of each type there are, and how many transactions with other systems.
#[derive(Default)]
pub(super) struct Counts {
    pdus: BTreeMap<PduType, u64>,
    requests: BTreeMap<TransactionOperation, u64>,
    answers: BTreeMap<TransactionOperation, u64>,
    failed: BTreeMap<(TransactionOperation, TransactionStatus), u64>,
}

impl Observer for Counts {
    fn transaction(&mut self, event: &TransactionEvent<'_>) {
        match event {
            TransactionEvent::Request(request) => {
                *self.requests.entry(request.subject.operation).or_default() += 1;
            }
            TransactionEvent::Answer(answer) => {
                let Some(subject) = answer.subject else { return };
                *self.answers.entry(subject.operation).or_default() += 1;
                if answer.status.is_failure() {
                    *self.failed.entry((subject.operation, answer.status)).or_default() += 1;
                }
            }
            // Proven later, where all is known of what was captured: the totals have it.
            TransactionEvent::NoAnswer(_) => {}
        }
    }

    /// What was cut short did not pass: the summary of `messages` does not count it either.
    fn pdu(&mut self, carrier: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
        let end = match carrier {
            CarrierEvent::Request(request) => Some(request.body.end),
            CarrierEvent::Response(response) => Some(response.body.end),
            CarrierEvent::End(_) | CarrierEvent::Receipt(_) => None,
        };
        let passed = !end.is_some_and(BodyEnd::is_cut_short) || pdu.is_complete();
        if let Some(pdu_type) = pdu.pdu_type().filter(|_| passed) {
            *self.pdus.entry(pdu_type).or_default() += 1;
        }
    }
}

/// What is in captures that were read.
pub(super) fn take_inventory(
    run: &RunReport,
    totals: &Totals,
    counts: &Counts,
    reasons: &[Reason],
) -> Inventory {
    let named = |pdu: &PduType| match pdu.name() {
        Some(name) => name.to_owned(),
        None => format!("unknown type {:#04x}", pdu.code().unwrap_or_default()),
    };
    Inventory {
        format: FORMAT.to_owned(),
        version: 1,
        captures: captures(&run.captures, &run.tls),
        frames: frames(run),
        encapsulations: run
            .net
            .encapsulations
            .iter()
            .map(|(kind, n)| Count::new(kind.name(), n))
            .collect(),
        flows: flows(run),
        protocols: run
            .protocols
            .iter()
            .map(|(name, n)| Count::new(name.as_ref(), *n))
            .collect(),
        not_decoded: not_decoded(run),
        surroundings: surroundings(totals, counts),
        pdus: counts
            .pdus
            .iter()
            .map(|(pdu, n)| Count::new(named(pdu), *n))
            .collect(),
        anomalies: anomalies(&run.anomalies),
        diagnosis: diagnosis(reasons),
    }
}

/// Requests and answers by protocol and operation, failures by status, and how many of them concern messages.
fn surroundings(totals: &Totals, counts: &Counts) -> Vec<Count> {
    let named =
        |operation: TransactionOperation| format!("{} {}", operation.protocol().name(), operation.name());
    let requests = counts.requests.iter();
    let requests = requests.map(|(operation, n)| Count::new(format!("{}: requests", named(*operation)), *n));
    let answers = counts.answers.iter();
    let answers = answers.map(|(operation, n)| Count::new(format!("{}: answers", named(*operation)), *n));
    let failed = counts.failed.iter().map(|((operation, status), n)| {
        let code = status.code().map(|code| format!(" {code}")).unwrap_or_default();
        let name = status.name().map(|name| format!(" {name}")).unwrap_or_default();
        Count::new(format!("{}: failed with{code}{name}", named(*operation)), *n)
    });
    let not_answered = totals.not_answered.iter();
    let not_answered = not_answered
        .map(|(operation, n)| Count::new(format!("{}: proven to have no answer", named(*operation)), *n));
    let bindings = Count::new("addresses that were found to be a number's", totals.bindings);
    let by_system = System::ALL.iter().flat_map(|system| {
        let of = totals.context.of(*system);
        let nobodys = of.seen.saturating_sub(of.joined);
        [
            Count::new(format!("{}: transactions of messages", system.name()), of.joined),
            Count::new(format!("{}: transactions of no message", system.name()), nobodys),
        ]
    });
    let all = requests
        .chain(answers)
        .chain(failed)
        .chain(not_answered)
        .chain([bindings])
        .chain(by_system);
    all.filter(|count| count.count > 0).collect()
}

fn frames(run: &RunReport) -> Vec<Count> {
    let net = &run.net;
    vec![
        Count::new("frames", net.frames),
        Count::new("cut by the snap length", net.cut_frames),
        Count::new("with a header that was cut off", net.cut_headers),
        Count::new("headers that contradict themselves", net.malformed),
        Count::new("IPv4 packets", net.ipv4),
        Count::new("IPv6 packets", net.ipv6),
        Count::new("IP fragments", net.fragments),
        Count::new("fragments captured more than once", net.duplicate_fragments),
        Count::new("datagrams put together from fragments", net.reassembled),
        Count::new("datagrams with fragments missing", net.incomplete),
        Count::new("TCP segments", net.tcp),
        Count::new("UDP datagrams", net.udp),
        Count::new("SCTP packets", net.sctp),
        Count::new("frames without IP", net.no_ip),
    ]
}

fn flows(run: &RunReport) -> Vec<Count> {
    let flow = &run.flow;
    vec![
        Count::new("TCP connections", flow.tcp_connections),
        Count::new("UDP flows", flow.udp_flows),
        Count::new("SCTP associations", flow.associations),
        Count::new("segments out of order", flow.out_of_order),
        Count::new("segments sent again", flow.retransmitted),
        Count::new("segments with other octets than before", flow.conflicts),
        Count::new("frames captured more than once", flow.duplicates),
        Count::new("holes in streams", flow.gaps),
        Count::new("octets missing in them", flow.octets_lost),
        Count::new("connections given up because there were too many", flow.evicted),
    ]
}

fn not_decoded(run: &RunReport) -> Vec<Count> {
    let net = &run.net;
    let link_types = net
        .unsupported_link_types
        .iter()
        .map(|(kind, seen)| Count::new(format!("link type {kind}"), seen.count));
    let ethertypes = net
        .other_ethertypes
        .iter()
        .map(|(kind, n)| Count::new(format!("Ethernet type {kind:#06x}"), *n));
    let ppp = net
        .other_ppp_protocols
        .iter()
        .map(|(kind, n)| Count::new(format!("PPP protocol {kind:#06x}"), *n));
    let transports = net
        .other_transports
        .iter()
        .map(|(kind, seen)| Count::new(format!("IP protocol {kind}"), seen.count));
    link_types
        .chain(ethertypes)
        .chain(ppp)
        .chain(transports)
        .collect()
}
