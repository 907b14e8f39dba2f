//! Records: which are protected, what opens them, and what is in them.

use super::Beginning;
use super::{Connection, Context, Early};
use crate::flow::{CloseReason, StreamEvent};
use crate::model::{AnomalyKind, Direction, Extent, FrameRef, TlsEnd};
use crate::tls::alert::{Alert, Effect};
use crate::tls::facts::{InTls, Unread};
use crate::tls::framer::{Loss, Record};
use crate::tls::protection::Opened;
use crate::tls::reading::Stage;
use crate::tls::record::ContentType;
use crate::tls::version::Version;

impl Connection {
    pub(super) fn record(&mut self, direction: Direction, record: Record<'_>, context: &mut Context<'_>) {
        if self.half(direction).ended {
            return;
        }
        let kind = record.head.kind;
        let protected = match self.agreement.version {
            Some(Version::Tls13) => kind == ContentType::ApplicationData,
            _ => self.half(direction).protected || kind == ContentType::ApplicationData,
        };
        if protected {
            self.protected(direction, record, context);
        } else {
            self.clear(direction, kind, record.sealed, record.extent, context);
        }
    }

    /// A record in the clear.
    pub(super) fn clear(
        &mut self,
        direction: Direction,
        kind: ContentType,
        octets: &[u8],
        extent: Extent,
        context: &mut Context<'_>,
    ) {
        match kind {
            ContentType::ChangeCipherSpec if !self.is_tls13() => self.change_cipher(direction, context),
            ContentType::Handshake => self.handshake(direction, octets, extent, context),
            ContentType::Alert => self.alert(direction, octets, extent, context),
            ContentType::ChangeCipherSpec | ContentType::ApplicationData | ContentType::Heartbeat => {}
        }
    }

    pub(super) fn protected(&mut self, direction: Direction, record: Record<'_>, context: &mut Context<'_>) {
        let is_client = self.is_client(direction);
        let half = self.half(direction);
        half.had_protected = true;
        if half.unread.is_some() {
            return;
        }
        // A renegotiation has no ServerHello yet, and stands under the keys of the handshake before it.
        let has_keys = half.reading.has_keys();
        if self.server.is_none() && !has_keys && self.beginning == Beginning::Hello {
            return match is_client {
                true => self.hold_early(record, context),
                false => self.give_up(Unread::HelloMissing),
            };
        }
        if is_client && self.is_early_undecided() {
            return self.early_record(record, context);
        }
        match self.half(direction).reading.open(record) {
            Some(opened) => self.opened(direction, opened, record.extent, context),
            None => self.misfit(direction, record, context),
        }
    }

    /// A record that no key opens.
    pub(super) fn misfit(&mut self, direction: Direction, record: Record<'_>, context: &mut Context<'_>) {
        if self.is_client(direction) && self.half(direction).reading.lacks_early_keys() {
            self.count_sealed_early(record);
        }
        let rejected = matches!(self.early, Early::Rejected) && self.is_client(direction);
        let half = self.half(direction);
        if !half.reading.ever_fitted() || (rejected && half.reading.stage() == Some(Stage::Handshake)) {
            // A handshake whose own keys are missing, early data that was not taken, or the wrong keys altogether.
            if half.reading.is_hopeless() {
                self.key_does_not_fit(direction, record.extent.last, context);
            }
            return;
        }
        let length = u64::from(record.head.length) + 5;
        let loss = Loss {
            acknowledged: true,
            cut: false,
            at: record.extent.last,
        };
        self.tell_lost(direction, 1, length, loss, context);
        if self.half(direction).reading.is_hopeless() {
            self.key_does_not_fit(direction, record.extent.last, context);
        }
    }

    pub(super) fn key_does_not_fit(&mut self, direction: Direction, at: FrameRef, context: &mut Context<'_>) {
        self.half(direction).unread = Some(Unread::KeyDoesNotFit);
        if !std::mem::replace(&mut self.told_misfit, true) {
            let server = self
                .agreement
                .name
                .as_deref()
                .unwrap_or("a server without a name");
            context
                .anomalies
                .note(AnomalyKind::TlsKeyDoesNotFit, Some(at), || {
                    format!("the secrets for a connection with {server} open none of its records")
                });
        }
    }

    /// What a record holds.
    pub(super) fn opened(
        &mut self,
        direction: Direction,
        opened: Opened,
        extent: Extent,
        context: &mut Context<'_>,
    ) {
        self.half(direction).read += 1;
        if self.sealed_early.records > 0 && self.is_client(direction) {
            self.tell_sealed_early(extent.last, context);
        }
        match opened.kind {
            ContentType::ApplicationData => {
                self.application_data(direction, &opened.octets, extent, context);
            }
            ContentType::Handshake => self.handshake(direction, &opened.octets, extent, context),
            ContentType::Alert => self.alert(direction, &opened.octets, extent, context),
            ContentType::ChangeCipherSpec => self.change_cipher(direction, context),
            ContentType::Heartbeat => {}
        }
        if !self.is_tls13() {
            self.remember_session(direction, context);
        }
    }

    pub(super) fn application_data(
        &mut self,
        direction: Direction,
        octets: &[u8],
        extent: Extent,
        context: &mut Context<'_>,
    ) {
        if self.closed || self.half(direction).ended {
            return;
        }
        if self.is_client(direction) && self.half(direction).reading.stage() == Some(Stage::Application) {
            self.finished = [true; 2];
        }
        if !octets.is_empty() {
            let in_tls = InTls {
                record: Some(extent),
                other_has_begun: self.half_ref(direction.reversed()).framer.has_begun(),
                ..self.in_tls()
            };
            let (bytes, at) = (octets, extent.last);
            (context.out)(StreamEvent::Data { direction, bytes, at }, in_tls);
        }
    }

    pub(super) fn alert(
        &mut self,
        direction: Direction,
        octets: &[u8],
        extent: Extent,
        context: &mut Context<'_>,
    ) {
        let at = extent.last;
        let by_server = !self.is_client(direction);
        match Effect::of(octets, self.is_tls13()) {
            Some(Effect::Closes) => {
                let alert = Alert::CLOSE_NOTIFY.0;
                self.end(direction, at, Some(TlsEnd { alert, by_server }), context);
            }
            Some(Effect::Fatal(alert)) if self.finished != [true; 2] => {
                if self.failed.is_none() {
                    self.failed = Some((alert, direction, at));
                    self.tell_failed(direction, alert, at, context);
                }
            }
            Some(Effect::Fatal(Alert(alert))) => {
                if !std::mem::replace(&mut self.closed, true) {
                    let reason = CloseReason::Alert(TlsEnd { alert, by_server });
                    self.tell(StreamEvent::Closed { reason, at }, context);
                }
            }
            Some(Effect::Warns) | None => {}
        }
    }

    pub(super) fn tell_failed(
        &self,
        direction: Direction,
        alert: Alert,
        at: FrameRef,
        context: &mut Context<'_>,
    ) {
        let by = match self.is_client(direction) {
            true => "client",
            false => "server",
        };
        let server = self
            .agreement
            .name
            .as_deref()
            .unwrap_or("a server without a name");
        context
            .anomalies
            .note(AnomalyKind::TlsHandshakeFailed, Some(at), || {
                format!("{} by the {by} in the handshake with {server}", alert.name())
            });
    }
}
