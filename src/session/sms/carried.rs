//! From a TPDU's user data to the short message in it, for carriers whose octets are those of TS 23.040.

use super::{Imsi, ShortMessage, Ticket, UserData};
use crate::model::{AnomalyKind, Direction, Extent};
use crate::session::context::Context;
use crate::session::{Bearer, SmsTransfer};

/// A short message as its TPDU and what carried it say it.
#[derive(Debug)]
pub(in crate::session) struct Carried<'a> {
    pub(in crate::session) bearer: Bearer,
    pub(in crate::session) transfer: SmsTransfer,
    pub(in crate::session) originator: String,
    /// The carrier's name for the field that gave the originator, lower case.
    pub(in crate::session) originator_field: &'static str,
    pub(in crate::session) recipient: String,
    pub(in crate::session) imsi: Option<Imsi>,
    pub(in crate::session) user_data: UserData<'a>,
    /// Whether a later word on what became of it is due.
    pub(in crate::session) receipt_due: bool,
}

impl Carried<'_> {
    /// Hands it to the assembler. A ticket comes back where it may be a push or a part of one.
    pub(in crate::session) fn submit<P>(
        &self,
        context: &mut Context<'_, P>,
        direction: Direction,
        extent: Extent,
    ) -> Option<Ticket> {
        let (header, octets) = match self.user_data.split() {
            Ok(split) => split,
            Err(error) => {
                let detail = || format!("user data: {error}");
                context
                    .anomalies
                    .note(AnomalyKind::SmsMalformed, Some(extent.last), detail);
                return None;
            }
        };
        let short_message = ShortMessage {
            bearer: self.bearer,
            transfer: Some(self.transfer),
            network: context.connection.network,
            source: context.connection.sender(direction).endpoint,
            destination: context.connection.receiver(direction).endpoint,
            hosts: context.hosts(direction),
            extent,
            originator: &self.originator,
            originator_field: self.originator_field,
            recipient: &self.recipient,
            imsi: self.imsi,
            ports: header.ports,
            concatenation: header.concatenation,
            binary: self.user_data.is_binary(),
            octets,
            receipt_due: self.receipt_due,
        };
        let (short_messages, mut tools) = context.short_messages();
        short_messages.submit(&mut tools, &short_message)
    }
}
