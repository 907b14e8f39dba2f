//! What HTTP messages mean (RFC 9110), in whichever version they travel: exchanges, the fields that matter, content with
//! its codings and ranges, and the two uses of HTTP that hand on pushes and short messages.

mod coding;
mod content;
mod control;
mod eaif;
mod exchange;
mod fields;
mod head;
mod message;
mod output;
mod package;
mod pap;
mod ranges;
mod send_sms;
mod subscriber;
mod texts;
mod transcoding;

pub(super) use coding::{Coding, decode};
pub(super) use content::Content;
pub(super) use control::{ControlData, Method, Scheme, Start};
pub(super) use exchange::{Exchange, RequestProgress, cut, response_alone, visibility};
pub(super) use fields::{Fields, text};
pub(super) use head::Head;
pub(super) use message::{Finished, Message};
pub(super) use output::Output;
pub(in crate::session) use ranges::PartialEntities;
pub(in crate::session) use subscriber::SubscriberField;
