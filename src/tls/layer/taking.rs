//! One event of a TLS connection, and what it leads to for the session inside.

use super::above::{Inside, Next, Upper};
use super::waiting::Waiting;
use crate::flow::{ConnectionInfo, StreamEvent};
use crate::model::{AnomalyLog, Direction};
use crate::tls::connection::{Connection, Context, Out};
use crate::tls::facts::InTls;
use crate::tls::framer::Loss;
use crate::tls::limits::Limits;
use crate::tls::sources::KeyLog;
use crate::tls::store::Store;

/// What connections work with.
pub(super) struct Shared<'a> {
    pub(super) store: &'a mut Store,
    pub(super) logs: &'a mut Vec<KeyLog>,
    pub(super) limits: &'a Limits,
    pub(super) anomalies: &'a mut AnomalyLog,
    pub(super) tries: &'a mut usize,
    pub(super) may_wait: bool,
}

impl Shared<'_> {
    /// Lets a connection go on; whether it does not wait any more.
    pub(super) fn resume<S: Upper>(
        &mut self,
        connection: &mut Connection,
        session: &mut S,
        info: &ConnectionInfo,
        next: &mut impl Next<S>,
    ) -> bool {
        let mut out = |event: StreamEvent<'_>, tls: InTls<'_>| {
            let tls = Some(tls);
            next.event(session, Inside { info, event, tls });
        };
        connection.resume(&mut self.context(&mut out));
        !connection.is_waiting()
    }

    pub(super) fn context<'b>(&'b mut self, out: &'b mut Out<'b>) -> Context<'b> {
        Context {
            store: self.store,
            logs: self.logs,
            limits: self.limits,
            anomalies: self.anomalies,
            tries: self.tries,
            may_wait: self.may_wait,
            out,
        }
    }
}

/// Takes an event of a TLS connection; what waits where keys are missing.
pub(super) fn take<S: Upper>(
    mut shared: Shared<'_>,
    connection: &mut Connection,
    session: &mut S,
    info: &ConnectionInfo,
    event: StreamEvent<'_>,
    next: &mut impl Next<S>,
) -> Option<Waiting> {
    match event {
        StreamEvent::Data { direction, bytes, at } => {
            let rest = with_out(
                &mut shared,
                connection,
                session,
                info,
                next,
                |connection, context| connection.take_data(direction, bytes, at, context).to_vec(),
            );
            connection
                .is_waiting()
                .then_some(Waiting::Data(direction, rest, at))
        }
        StreamEvent::Gap {
            direction,
            length,
            acknowledged,
            cut,
            at,
        } => {
            let loss = Loss {
                acknowledged,
                cut,
                at,
            };
            with_out(
                &mut shared,
                connection,
                session,
                info,
                next,
                |connection, context| {
                    connection.take_gap(direction, length, loss, context);
                },
            );
            None
        }
        StreamEvent::Finished { direction, at } => {
            with_out(
                &mut shared,
                connection,
                session,
                info,
                next,
                |connection, context| {
                    connection.take_finish(direction, at, context);
                },
            );
            None
        }
        StreamEvent::Closed { reason, at } => {
            connection.see(at);
            let shown = with_hidden(connection, info);
            with_out(
                &mut shared,
                connection,
                session,
                &shown,
                next,
                |connection, context| {
                    connection.take_close(reason, at, context);
                },
            );
            None
        }
        StreamEvent::Datagram { .. } => None,
    }
}

pub(super) fn with_out<S: Upper, R>(
    shared: &mut Shared<'_>,
    connection: &mut Connection,
    session: &mut S,
    info: &ConnectionInfo,
    next: &mut impl Next<S>,
    action: impl FnOnce(&mut Connection, &mut Context<'_>) -> R,
) -> R {
    let mut out = |event: StreamEvent<'_>, tls: InTls<'_>| {
        let tls = Some(tls);
        next.event(session, Inside { info, event, tls });
    };
    action(connection, &mut shared.context(&mut out))
}

/// The connection as its session may see it: an end that was not read may have said anything.
pub(super) fn with_hidden(connection: &Connection, info: &ConnectionInfo) -> ConnectionInfo {
    let mut shown = *info;
    for direction in [Direction::FromInitiator, Direction::FromResponder] {
        if let Some(side) = shown.sides.get_mut(direction.index()) {
            side.hidden |= connection.hides(direction);
        }
    }
    shown
}

pub(super) fn tell_hidden<S>(connection: &mut Connection, info: &ConnectionInfo, next: &mut impl Next<S>) {
    if connection.hide() {
        next.hidden(&connection.conclude(info));
    }
}

/// Ends a connection of which no more can be read.
pub(super) fn close<S: Upper>(
    connection: &Connection,
    session: &mut S,
    info: &ConnectionInfo,
    event: StreamEvent<'_>,
    next: &mut impl Next<S>,
) {
    let shown = with_hidden(connection, info);
    let inside = Inside {
        info: &shown,
        event,
        tls: None,
    };
    if !session.is_untouched() {
        next.event(session, inside);
    }
    next.connection(&connection.conclude(info));
}
