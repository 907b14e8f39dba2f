//! Transactions with the systems around an MMSC, in words.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::correlate::{Cause, CauseText, ContextEntry, ContextSubject, ContextSummary};
use crate::model::{PhoneAddresses, TransactionOperation, TransactionStatus};
use crate::session::surroundings::MessageType;

/// `charging of +61400000001 for m-send-req: 4012 credit-limit-reached`.
impl fmt::Display for ContextSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read {
                operation,
                about,
                status,
            } => {
                f.write_str(asks(*operation))?;
                write!(f, "{about}")?;
                match status {
                    Some(status) => write!(f, ": {}", Answer(*status)),
                    None => f.write_str(": no answer seen"),
                }
            }
            Self::Told(words) => f.write_str(words),
        }
    }
}

/// What is asked for, before what it is about.
const fn asks(operation: TransactionOperation) -> &'static str {
    use TransactionOperation as Op;
    match operation {
        Op::Access => "access",
        Op::AccountingStart => "start of a session",
        Op::AccountingInterim => "update of a session",
        Op::AccountingStop => "end of a session",
        Op::AccountingOn => "start of a gateway",
        Op::AccountingOff => "end of a gateway",
        Op::CreatePdpContext | Op::CreateSession | Op::CcrInitial => "set-up of a session",
        Op::UpdatePdpContext | Op::ModifyBearer | Op::CcrUpdate => "change of a session",
        Op::DeletePdpContext | Op::DeleteSession | Op::CcrTermination => "take-down of a session",
        Op::CcrEvent => "charging",
        Op::AcrEvent | Op::AcrStart | Op::AcrInterim | Op::AcrStop => "charging record",
        Op::Mpr => "routing",
        Op::A => "A record",
        Op::Aaaa => "AAAA record",
        Op::Srv => "SRV record",
        Op::Mx => "MX record",
        Op::Naptr => "NAPTR record",
        Op::SendRoutingInfoForSm => "routing information",
        Op::Bind => "bind",
        Op::Search => "search",
        Op::Transcoding => "transcoding",
        Op::Connect => "connection",
        Op::Unreachable => "packet",
        Op::Alert => "TLS",
    }
}

/// With ` of`, ` for` or ` to` before it.
impl fmt::Display for ContextSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session { number, addresses } => {
                if let Some(number) = number {
                    write!(f, " of {number}")?;
                }
                let PhoneAddresses { v4, prefixes } = addresses;
                let mut before = " with ";
                if let Some(address) = v4 {
                    write!(f, "{before}{address}")?;
                    before = ", ";
                }
                for prefix in prefixes.iter().flatten() {
                    write!(f, "{before}{prefix}")?;
                    before = ", ";
                }
                Ok(())
            }
            Self::Gateway => Ok(()),
            Self::Charge { number, pdu } => {
                if let Some(number) = number {
                    write!(f, " of {number}")?;
                }
                match pdu.map(MessageType::name) {
                    Some(pdu) => write!(f, " for {pdu}"),
                    None => Ok(()),
                }
            }
            Self::Number(text) | Self::Name(text) => write!(f, " of {text}"),
            Self::Entry(text) => write!(f, " for {text}"),
            Self::Media(1) => f.write_str(" of one medium"),
            Self::Media(media) => write!(f, " of {media} media"),
            Self::Endpoint(end) => write!(f, " to {end}"),
        }
    }
}

/// `4012 credit-limit-reached`.
struct Answer(TransactionStatus);

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.code(), self.0.name()) {
            (Some(code), Some(name)) => write!(f, "{code} {name}"),
            (Some(code), None) => code.fmt(f),
            (None, name) => f.write_str(name.unwrap_or_default()),
        }
    }
}

/// `charging 4012 credit-limit-reached (frame 31)`.
impl fmt::Display for CauseText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read {
                system,
                operation,
                status,
                frame,
            } => {
                f.write_str(system.name())?;
                // Of these the status alone says too little.
                if matches!(
                    operation.protocol().name(),
                    "dns" | "tcp" | "icmp" | "tls" | "ldap"
                ) {
                    write!(f, " {}", operation.protocol().name())?;
                }
                if let Some(status) = status {
                    write!(f, " {}", Answer(*status))?;
                }
                write!(f, " (frame {frame})")
            }
            Self::Told(words) => f.write_str(words),
        }
    }
}

/// What a transaction asked, without how it ended.
pub(in crate::report) fn asked(entry: &ContextEntry) -> String {
    let words = entry.summary.to_string();
    match words.rsplit_once(": ") {
        Some((asked, _)) => asked.to_owned(),
        None => words,
    }
}

/// How a transaction ended: `4012 credit-limit-reached`.
pub(in crate::report) fn answered(entry: &ContextEntry) -> String {
    match &entry.status {
        Some(status) => match (status.code, status.name.as_deref()) {
            (Some(code), Some(name)) => format!("{code} {name}"),
            (Some(code), None) => code.to_string(),
            (None, name) => name.unwrap_or_default().to_owned(),
        },
        None => "no answer seen".to_owned(),
    }
}

/// A cause without its frame, so that equal ones are one: `charging 4012 credit-limit-reached`.
pub(in crate::report) fn cause_in_general(cause: &Cause) -> String {
    let words = cause.text.to_string();
    match words.rsplit_once(" (frame ") {
        Some((general, _)) => general.to_owned(),
        None => words,
    }
}

macro_rules! written_as_words {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::Told)
            }
        }
    )+};
}

written_as_words!(ContextSummary, CauseText);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FrameNumber, System};

    #[test]
    fn a_refusal_reads_as_what_was_asked_and_answered() {
        let status = Some(TransactionStatus::Diameter(4012));
        let summary = ContextSummary::Read {
            operation: TransactionOperation::CcrEvent,
            about: ContextSubject::Charge {
                number: Some("+61400000001".into()),
                pdu: Some(MessageType::SendReq),
            },
            status,
        };
        assert_eq!(
            summary.to_string(),
            "charging of +61400000001 for m-send-req: 4012 credit-limit-reached"
        );
        let cause = CauseText::Read {
            system: System::Charging,
            operation: TransactionOperation::CcrEvent,
            status,
            frame: FrameNumber(31),
        };
        assert_eq!(cause.to_string(), "charging 4012 credit-limit-reached (frame 31)");
    }

    #[test]
    fn what_has_no_code_has_its_name_alone() {
        let cause = CauseText::Read {
            system: System::Transport,
            operation: TransactionOperation::Connect,
            status: Some(TransactionStatus::Refused),
            frame: FrameNumber(7),
        };
        assert_eq!(cause.to_string(), "transport tcp refused (frame 7)");
    }
}
