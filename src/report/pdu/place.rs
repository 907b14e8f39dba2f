//! Where a PDU was seen.

use crate::model::{BearerStatus, Clocks, Endpoint, Extent, StreamId};
use crate::report::document::{Seen, SeenTls};
use crate::session::{Bearer, CarrierEvent};

/// Where a PDU was seen, and what its bearer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The frames it lies in.
    pub extent: Extent,
    /// What carried it.
    pub bearer: Bearer,
    /// Who sent it.
    pub source: Endpoint,
    /// Where it went.
    pub destination: Endpoint,
    /// The stream, where HTTP/2 carried it.
    pub stream: Option<StreamId>,
    /// The TLS connection that it came out of.
    pub tls: Option<Box<SeenTls>>,
    /// The bearer's status, HTTP's or mapped to HTTP's, of an answer.
    pub http_status: Option<u32>,
}

impl Place {
    /// The place of what a bearer handed on; none where that carries no PDU.
    pub fn of(event: &CarrierEvent<'_>) -> Option<Self> {
        match event {
            CarrierEvent::Request(request) => Some(Self {
                extent: request.extent,
                bearer: request.bearer,
                source: request.source,
                destination: request.destination,
                stream: request.stream,
                tls: request.tls.map(SeenTls::boxed),
                http_status: None,
            }),
            CarrierEvent::Response(response) => Some(Self {
                extent: response.extent,
                bearer: response.bearer,
                source: response.source,
                destination: response.destination,
                stream: response.stream,
                tls: response.tls.map(SeenTls::boxed),
                http_status: response.status.and_then(BearerStatus::http_status).map(u32::from),
            }),
            CarrierEvent::End(_) | CarrierEvent::Receipt(_) => None,
        }
    }

    /// As the document has it.
    pub fn seen(&self) -> Seen {
        Seen {
            capture: self.extent.last.capture.0,
            frame: self.extent.last.frame.0,
            first_frame: self.extent.first.frame.0,
            started: self.extent.first.time,
            time: self.extent.last.time,
            bearer: self.bearer,
            src: self.source,
            dst: self.destination,
            stream: self.stream,
            tls: self.tls.clone(),
            shift: 0,
        }
    }

    /// The same with the times that the captures have.
    #[must_use]
    pub fn with_captured_times(mut self, clocks: &Clocks) -> Self {
        for at in [&mut self.extent.first, &mut self.extent.last] {
            at.time = clocks.captured(at.capture, at.time);
        }
        self
    }
}
