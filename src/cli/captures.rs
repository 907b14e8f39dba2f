//! `mmsmate captures`: what is in the captures and what was made of it.

use std::collections::BTreeMap;

use clap::Args;

use super::{
    args::{InputArgs, TextOrJson},
    exit::{Exit, Failure},
    help, input,
    output::OutputArgs,
};
use crate::{
    mms::MessageType,
    pipeline::{self, Analysis},
    report::{
        document::from_capture::anomalies,
        redact::Redactor,
        render::{
            inventory::{self, Count, FORMAT, Inventory},
            json,
        },
    },
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
    /// Paths as pseudonyms, and nothing that names somebody
    #[arg(long)]
    pub redact: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &CapturesArgs) -> Result<Exit, Failure> {
    let Some(opened) = input::open(&arguments.input) else {
        return Ok(Exit::Unusable);
    };
    let mut pdus: BTreeMap<MessageType, u64> = BTreeMap::new();
    let limits = (&arguments.input.limit).into();
    let analysis = pipeline::run_within(opened.captures, &limits, &input::Watcher::new(), |_, pdu| {
        if let Some(message_type) = pdu.and_then(|pdu| pdu.message_type) {
            *pdus.entry(message_type).or_default() += 1;
        }
    });
    let mut inventory = take_inventory(&analysis, &pdus);
    if arguments.redact {
        Redactor::default().inventory(&mut inventory);
    }
    let output = &arguments.output;
    output.write(&arguments.input.captures, |mut out| match arguments.format {
        TextOrJson::Text => inventory::write(&mut out, &inventory, &output.style()),
        TextOrJson::Json => json::write(&mut out, &inventory, true),
    })?;
    Ok(opened
        .exit
        .and(input::strictness(&arguments.input, &analysis.captures)))
}

fn take_inventory(analysis: &Analysis, pdus: &BTreeMap<MessageType, u64>) -> Inventory {
    let named = |message_type: &MessageType| match message_type.name() {
        Some(name) => name.to_owned(),
        None => format!("unknown type {:#04x}", message_type.0),
    };
    Inventory {
        format: FORMAT.to_owned(),
        version: 1,
        captures: analysis.captures.iter().map(Into::into).collect(),
        frames: frames(analysis),
        encapsulations: analysis
            .net
            .encapsulations
            .iter()
            .map(|(kind, n)| Count::new(kind.name(), n))
            .collect(),
        flows: flows(analysis),
        protocols: analysis
            .protocols
            .iter()
            .map(|(name, n)| Count::new(*name, *n))
            .collect(),
        not_decoded: not_decoded(analysis),
        pdus: pdus
            .iter()
            .map(|(message_type, n)| Count::new(named(message_type), *n))
            .collect(),
        anomalies: anomalies(&analysis.anomalies),
    }
}

fn frames(analysis: &Analysis) -> Vec<Count> {
    let net = &analysis.net;
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

fn flows(analysis: &Analysis) -> Vec<Count> {
    let flow = &analysis.flow;
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

fn not_decoded(analysis: &Analysis) -> Vec<Count> {
    let net = &analysis.net;
    let link_types = net
        .unsupported_link_types
        .iter()
        .map(|(kind, n)| Count::new(format!("link type {kind}"), *n));
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
        .map(|(kind, n)| Count::new(format!("IP protocol {kind}"), *n));
    link_types
        .chain(ethertypes)
        .chain(ppp)
        .chain(transports)
        .collect()
}
