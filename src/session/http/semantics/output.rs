//! Where a connection's findings go.

use super::content::is_mms_type;
use crate::model::{BearerStatus, StreamId};
use crate::session::http::Context;
use crate::session::{BodyEnd, CarrierEvent, Method};

/// The context of one event, and whether what the event completed may concern a message.
pub(in crate::session::http) struct Output<'a, 'c> {
    pub(in crate::session::http) context: &'a mut Context<'c>,
    /// Of HTTP/2, the stream that what is handed on belongs to.
    pub(in crate::session::http) stream: Option<StreamId>,
    /// Whether something was handed on that may concern a message.
    pub(in crate::session::http) concerned: bool,
}

impl Output<'_, '_> {
    /// Hands an event on.
    pub(in crate::session::http) fn tell(&mut self, event: CarrierEvent<'_>) {
        self.concerned |= concerns(&event);
        self.context.tell(event);
    }
}

/// Whether an event may concern a message. A GET alone does not, whatever it fetches, nor an answer that is well, whole
/// and no MMS: a page. One that is not may be the answer to a retrieval.
fn concerns(event: &CarrierEvent<'_>) -> bool {
    match event {
        CarrierEvent::Request(request) => request.method != Method::Get || !request.body.bytes.is_empty(),
        CarrierEvent::Response(response) => {
            let body = &response.body;
            let page = response.status.is_some_and(BearerStatus::is_success)
                && body.bytes.is_empty()
                && body.end == BodyEnd::Whole
                && !body.content_type.is_some_and(is_mms_type);
            !page
        }
        CarrierEvent::End(_) | CarrierEvent::Receipt(_) => true,
    }
}
