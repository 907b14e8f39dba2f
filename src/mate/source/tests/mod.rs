//! What the tests of this room share.

mod captures;

use super::wanted::Wanted;
use super::writer::{Place, Writer};
use crate::mate::catalogue::FieldId;
use crate::mate::frame::Frame;
use crate::model::FrameRef;

/// The fields that a parser tells, as `name=value`.
pub(super) fn all_of(parse: impl FnOnce(Place, &mut Writer<'_>)) -> Vec<String> {
    let frame = shown(parse);
    let fields = frame.fields().iter();
    fields
        .map(|field| format!("{}={}", field.id.name(), frame.text(field)))
        .collect()
}

/// What a parser writes.
pub(super) fn shown(parse: impl FnOnce(Place, &mut Writer<'_>)) -> Frame {
    let mut frame = Frame::new(FrameRef::default());
    let wanted = Wanted::new(FieldId::all());
    let place = Place {
        below: None,
        base: 0,
        end: u32::MAX,
    };
    parse(
        place,
        &mut Writer {
            frame: &mut frame,
            wanted: &wanted,
        },
    );
    frame
}
