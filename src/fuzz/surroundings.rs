//! The parsers of the systems around an MMSC: each on a connection that is known to speak its protocol, so that octets which no
//! probe would take reach them too. What they tell is followed as far as it reaches: all that is borrowed is read, and correlation
//! takes it in.

use super::drive;
use crate::{
    correlate::{Correlator, Limits, Settings},
    flow::TransportKind,
    model::TransactionProtocol,
    session::{
        ConnectionState, SessionEvent, TransactionEvent,
        surroundings::{Answered, Asked},
    },
};

/// What correlation may hold: little, so that its bounds are reached.
const LIMITS: Limits = Limits {
    bindings: 16,
    context_held: 16,
    message_context: 4,
    context_unjoined: 4,
    ..Limits::DEFAULT
};

/// RADIUS: a script of datagrams between a gateway and a server.
pub fn radius(octets: &[u8]) {
    speak(octets, TransactionProtocol::Radius, TransportKind::Udp, 1813);
}

/// GTP-C of both versions: a script of datagrams between two nodes.
pub fn gtp_c(octets: &[u8]) {
    speak(octets, TransactionProtocol::Gtp, TransportKind::Udp, 2123);
}

/// Diameter: a script of what passes on a connection; the first octet chooses TCP or SCTP.
pub fn diameter(octets: &[u8]) {
    by_transport(
        octets,
        [TransportKind::Tcp, TransportKind::Sctp],
        |script, transport| {
            speak(script, TransactionProtocol::Diameter, transport, 3868);
        },
    );
}

/// DNS: a script of what passes between a resolver and a server; the first octet chooses UDP or TCP.
pub fn dns(octets: &[u8]) {
    by_transport(
        octets,
        [TransportKind::Udp, TransportKind::Tcp],
        |script, transport| {
            speak(script, TransactionProtocol::Dns, transport, 53);
        },
    );
}

/// LDAP: a script of what passes on a connection.
pub fn ldap(octets: &[u8]) {
    speak(octets, TransactionProtocol::Ldap, TransportKind::Tcp, 389);
}

/// STI: a body behind a line with its content type, asked over HTTP, and answered with the same.
pub fn sti(octets: &[u8]) {
    let line = octets.iter().position(|octet| *octet == b'\n');
    let (content_type, body) = octets.split_at(line.map_or(0, |end| end.saturating_add(1)));
    let content_type = String::from_utf8_lossy(content_type);
    let fields = format!(
        "Host: sti\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        content_type.trim_end(),
        body.len()
    );
    let mut script = Vec::new();
    for (direction, start) in [(0, "POST /sti HTTP/1.1\r\n"), (1, "HTTP/1.1 200 OK\r\n")] {
        super::Script::append(
            &mut script,
            direction,
            &[start.as_bytes(), fields.as_bytes(), body].concat(),
        );
    }
    follow(&script, ConnectionState::default(), TransportKind::Tcp, 80);
}

fn by_transport(octets: &[u8], transports: [TransportKind; 2], run: impl FnOnce(&[u8], TransportKind)) {
    if let Some((choice, script)) = octets.split_first() {
        let [one, other] = transports;
        run(script, if choice & 1 == 0 { one } else { other });
    }
}

fn speak(script: &[u8], protocol: TransactionProtocol, transport: TransportKind, port: u16) {
    let state = ConnectionState::speaking(protocol, transport);
    follow(script, state, transport, port);
}

fn follow(script: &[u8], state: ConnectionState, transport: TransportKind, port: u16) {
    let mut correlator = Correlator::within(Settings::default(), LIMITS);
    drive(script, state, transport, [40_000, port], &mut |event| {
        if let SessionEvent::Transaction(event) = event {
            read(&event);
            correlator.observe_transaction(&event);
        }
    });
    correlator.count_bindings();
    correlator.finish(&mut |_| {});
    std::hint::black_box(correlator.totals());
}

/// Reads what an event borrows.
fn read(event: &TransactionEvent<'_>) {
    match event {
        TransactionEvent::Request(request) => match &request.asked {
            Asked::Charging(said) => {
                let message = said.message.as_ref();
                let recipients = message.into_iter().flat_map(|message| message.recipients());
                let octets: usize = recipients.map(|address| address.text.len()).sum();
                std::hint::black_box((octets, message.and_then(|message| message.originator())));
            }
            Asked::MessageProcess(said) => {
                std::hint::black_box((said.sender(), said.served_user(), said.recipients().count()));
            }
            Asked::Dns(question) => {
                std::hint::black_box(question.name());
            }
            asked => {
                std::hint::black_box(asked);
            }
        },
        TransactionEvent::Answer(answer) => {
            if let Answered::Dns(said) = &answer.answered {
                std::hint::black_box((said.question().name(), said.records().count()));
            }
        }
        TransactionEvent::NoAnswer(event) => {
            std::hint::black_box(event);
        }
    }
}
