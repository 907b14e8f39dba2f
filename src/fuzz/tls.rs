//! TLS with keys.

use std::hint::black_box;

use super::{Script, at, tcp_connection};
use crate::{
    flow::{CloseReason, StreamEvent, TransportKind},
    session::{ConnectionState, FromTls, SessionEvent, Sessions},
    tls::{self, Inside, KeySources, LateKeys, Layered, Next, Tls, TlsConnection},
};

/// Trial decryptions for one hole: what a capture may ask for is bounded by a limit, and a fuzzer shall not wait for it.
const TRIES: usize = 64;

/// What came out of the records of a connection, by direction, and was handed to the sessions.
#[derive(Debug, Default)]
struct Opened {
    sessions: Sessions,
    octets: [Vec<u8>; 2],
}

impl Next<ConnectionState> for Opened {
    fn event(&mut self, session: &mut ConnectionState, inside: Inside<'_>) {
        let Inside { info, event, tls } = inside;
        if let (Some(_), StreamEvent::Data { direction, bytes, .. }) = (tls, event)
            && let Some(octets) = self.octets.get_mut(direction.index())
        {
            octets.extend_from_slice(bytes);
        }
        let around = tls.map_or_else(FromTls::default, |tls| FromTls {
            record: tls.record,
            notify: tls.notify,
            other_has_begun: tls.other_has_begun,
        });
        let mut sink = |event: SessionEvent<'_>| {
            black_box(event);
        };
        self.sessions
            .on_event_from_tls(info, session, event, around, &mut sink);
    }

    fn hidden(&mut self, connection: &TlsConnection) {
        black_box(connection);
    }

    fn connection(&mut self, connection: &TlsConnection) {
        black_box((connection, connection.failed_handshake()));
    }
}

/// TLS with secrets: a key log and an octet 0, then a script of what passes on a TCP connection, as for [`super::stream`]. Where
/// the log begins with `#`, its secrets come behind the records that they open. Returns what came out of the records, by
/// direction: fewer octets than went in.
pub fn tls(octets: &[u8]) -> [Vec<u8>; 2] {
    let end = octets.iter().position(|octet| *octet == 0);
    let (log, script) = octets.split_at(end.unwrap_or(octets.len()));
    let script = script.get(1..).unwrap_or_default();
    let comes_late = log.starts_with(b"#");
    let limits = tls::Limits {
        tries: TRIES,
        ..tls::Limits::default()
    };
    let info = tcp_connection([40_000, 443]);
    let mut tls = Tls::new(limits, KeySources::default(), LateKeys::InBlocks);
    let (mut state, mut opened) = (Layered::default(), Opened::default());
    if !comes_late {
        tls.add_key_log(log, &mut opened);
    }
    let mut last = at(0);
    for (number, step) in (1..).zip(Script::new(script)) {
        last = at(number);
        tls.on_event(
            &info,
            &mut state,
            step.event(TransportKind::Tcp, last),
            &mut opened,
        );
    }
    if comes_late {
        tls.add_key_log(log, &mut opened);
    }
    let closed = StreamEvent::Closed {
        reason: CloseReason::CaptureEnd,
        at: last,
    };
    tls.on_event(&info, &mut state, closed, &mut opened);
    tls.finish(&mut opened);
    opened.sessions.finish(Some(last), &mut |event| {
        black_box(event);
    });
    opened.octets
}
