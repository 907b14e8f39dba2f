//! mmsmate: from packet captures to one verdict per multimedia message.
//!
//! [`analyze`] makes an [`Analysis`] of [`Captures`]; an [`Observer`] sees what passes on the way, frame by frame and
//! PDU by PDU.
//!
//! ```
//! use mmsmate::{Captures, Options, analyze, find_inputs};
//!
//! let inputs = find_inputs(["testdata/captures/e_invalid_recipient.pcap".into()], false).inputs;
//! let (captures, unreadable) = Captures::open(inputs);
//! assert!(unreadable.is_empty());
//! for message in analyze(captures, &Options::default(), &mut ()).messages {
//!     println!("{:?} to {:?}: {}", message.from, message.to, message.outcome);
//! }
//! ```
//!
//! # How it is built
//!
//! Data flows through the modules in this order, and nothing flows back:
//!
//! ```text
//! bytes → capture::Frame → net::Packet → flow::StreamEvent → session::CarrierEvent
//!       → mms::Pdu → correlate::Message → report
//! ```
//!
//! Before the first frame `clocks` may set the clocks of files straight. `model` and `codec` are the words and tools that every stage shares; `pipeline` is the only place where the stages
//! up to the PDU meet, and `analysis` puts correlation behind them. A stage knows only those that stand before it in
//! this list; `session` yields bodies without knowing MMS, and `correlate` never sees a packet.

mod analysis;
mod browse;
mod capture;
mod check;
mod cli;
mod clocks;
mod codec;
mod correlate;
mod flow;
#[expect(
    dead_code,
    reason = "its rooms come one after the other; the subcommand that uses them is the last"
)]
mod mate;
mod mms;
mod model;
mod net;
mod pipeline;
mod report;
mod session;
mod tls;

#[doc(hidden)]
pub mod fuzz;

pub use analysis::{Analysis, Options, Reason, ReasonKind, analyze, analyze_with_keys};
pub use capture::{
    CaptureError, CaptureItem, CaptureReport, Captures, CommentSubject, Frame, Input, ItemContent,
    SecretsType, find_inputs,
};
pub use correlate::{Closed, Message, Operation, Settings, Totals};
pub use flow::{ConnectionInfo, StreamEvent};
pub use mms::{Decoded, Pdu};
pub use model::{
    FieldValue, Labels, Network, NetworkConclusion, NetworkId, NetworkMark, Networks, Origin, Protocol,
    ProtocolField,
};
pub use net::Packet;
pub use pipeline::{Limits, Observer, RunReport};
pub use session::{CarrierEvent, TransactionEvent};
pub use tls::{BadLines, KeyError, KeySources, PrivateKeyError, TlsConnection};

/// What a [`TransactionEvent`] is made of.
pub mod surroundings {
    pub use crate::model::{
        Digits, PhoneAddresses, Prefix, SubscriberNumber, System, TransactionOperation, TransactionProtocol,
        TransactionStatus, Unreachable,
    };
    pub use crate::session::surroundings::{
        Answered, Asked, ChargedAddress, ChargedMessage, Charging, DiameterSession, DirectoryRequest,
        DnsAnswer, DnsQuestion, DnsRecord, GtpAnswer, GtpRequest, MessageProcess, MessageType, NoAnswer,
        QuotedPacket, RadiusReport, SeenBy, TransactionAnswer, TransactionId, TransactionRequest,
        TransactionSubject, TranscodingAnswer, TranscodingRequest, TunnelEnd,
    };
}

/// What is told of TLS connections, whether they were read or not.
pub mod tls_connections {
    pub use crate::tls::{
        Agreement, Alert, Outcome, SuiteId, TlsCounts, TlsInventory, TlsServer, Unread, Version,
    };
}

/// What a [`Message`] and an [`Operation`] are made of.
pub mod message {
    pub use crate::correlate::{
        Acknowledgement, By, CauseText, Code, Confidence, ContextEntry, ContextSubject, ContextSummary,
        ContextTotals, Delivery, DeliveryReport, EndCause, Event, EventFacts, Evidence, ExchangeEnds,
        Failure, FailureDetail, FailureKind, Handover, Hop, Interface, Link, LinkDetail, LinkValue,
        Notification, OperationEntry, OperationHeader, OperationKind, OperationPdu, OtherPdu, Outcome, Part,
        Passage, ReadReport, Relation, Retrieval, Seen, SeenTls, ShownHeader, ShownHeaders, Stage, State,
        Submission, SubmissionState, SystemTotals, Word,
    };
}

#[doc(hidden)]
pub use cli::run;

/// What the tests, benches and fuzz targets of this repository take from the stages. It is no part of the interface.
#[doc(hidden)]
pub mod internals {
    pub mod analysis {
        pub use crate::analysis::{Options, read};
    }

    pub mod capture {
        pub use crate::capture::{Captures, Frame, Input, find_inputs};
    }

    pub mod codec {
        pub use crate::codec::{
            Charset, ContentType,
            content_type::{Parameter, ParameterValue},
            media,
        };
    }

    pub mod correlate {
        pub use crate::correlate::{Closed, PduRecord};
    }

    pub mod flow {
        pub use crate::flow::{ConnectionInfo, FlowTable, Limits, SessionState, StreamEvent, TransportKind};
    }

    pub mod mms {
        pub use crate::mms::{
            Coded, Codes, Coding, Content, Decoded, Field, FromValue, HeaderValue, Limits as PduLimits,
            MailKind, MessageType, Pdu, PduAnomalyKind, PduType, Profile, Text, TimeValue, decode,
            decode_mail, decode_soap,
        };
    }

    pub mod model {
        pub use crate::model::{
            AnomalyKind, Envelope, EnvelopeRecipient, Extent, FrameNumber, FrameRef, NetworkId, SmtpCommand,
            SmtpReply, Timestamp, text::is_dangerous,
        };
    }

    pub mod net {
        pub use crate::net::{Decapsulator, Packet, Transport, UdpDatagram};
    }

    pub mod pipeline {
        pub use crate::pipeline::{Limits, Observer, run};
    }

    pub mod report {
        pub use crate::report::{
            document::statistics::summary_of,
            document::{Document, EventFacts, FailureDetail, Message},
            render::{html, jsonl},
            words::{human, style::cells, zone::Zone},
        };
    }

    pub mod session {
        pub use crate::session::{
            Body, BodyEnd, CarrierEvent, ConnectionState, SessionEvent, Sessions,
            ss7::{
                TransferMessage,
                map::Operation,
                sccp::UnitData,
                tcap::{Component, Message as TcapMessage},
            },
        };
    }
}
