//! Words that every stage shares: places in a capture, times, endpoints, anomalies, untrusted text.

mod anomaly;
mod bearer_status;
mod clock;
mod digest;
mod endpoint;
mod envelope;
pub mod fault;
mod frame;
mod hash;
mod http2;
mod network;
mod packed;
mod protocol_field;
mod shared_sort;
mod subscriber;
pub mod text;
mod time;
mod tls_end;
mod transaction;
mod trouble;
mod verdict;

pub use anomaly::{AnomalyEntry, AnomalyKind, AnomalyLog};
pub use bearer_status::BearerStatus;
pub use clock::{CaptureClock, ClockBasis, ClockMeasure, ClockShift, ClockVerdict, Clocks};
pub use digest::Digest;
pub use endpoint::{Direction, Endpoint};
pub use envelope::{Envelope, EnvelopeRecipient, SmtpCommand, SmtpReply};
pub use frame::{CaptureIndex, Extent, FrameNumber, FrameRef};
pub use hash::{FixedHash, RandomState, SeedableRandomState};
pub use http2::{Http2Error, StreamId, StreamReset};
pub use network::{
    Host, InterfaceIndex, Labels, Network, NetworkConclusion, NetworkId, NetworkMark, Networks, Origin,
};
pub(crate) use packed::{unpacked, unpacked_text};
pub use protocol_field::{FieldSink, FieldValue, Protocol, ProtocolField};
pub(crate) use shared_sort::{SharedSort, tree};
pub use subscriber::{Digits, PhoneAddresses, Prefix, SubscriberNumber};
pub use time::{Nanoseconds, Timestamp};
pub use tls_end::TlsEnd;
pub(crate) use transaction::tls_alert;
pub use transaction::{System, TransactionOperation, TransactionProtocol, TransactionStatus, Unreachable};
pub use trouble::{FailedHandshake, Quoted, Undeliverable};
pub use verdict::{
    Confidence, Evidence, FailureCause, FailureKind, Interface, Outcome, Stage, State, SubmissionState,
};
