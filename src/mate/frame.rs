//! What the engine takes: one frame of a capture as layers and their fields, whatever made them.

use std::fmt::{self, Write};
use std::ops::Range;

use super::catalogue::FieldId;
use crate::model::FrameRef;

/// A layer of a [`Frame`]: its place among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LayerIndex(u32);

impl LayerIndex {
    /// The layer at a place.
    pub(crate) fn new(place: u32) -> Self {
        Self(place)
    }

    /// Its place in [`Frame::layers`].
    pub(crate) fn get(self) -> usize {
        self.0 as usize
    }
}

/// Where something lies in its buffer, in octets. Wireshark chooses fields by it; what the User's Guide promises goes by
/// layers alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Octets {
    /// The first octet.
    pub(crate) start: u32,
    /// Behind the last.
    pub(crate) end: u32,
}

impl Octets {
    /// From `start` up to and without `end`.
    pub(crate) const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }
}

/// An occurrence of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    /// The protocol; it is a field as well, whose text is empty.
    pub(crate) protocol: FieldId,
    /// The layer beneath.
    pub(crate) carried_by: Option<LayerIndex>,
    /// Its octets as Wireshark counts them.
    pub(crate) octets: Octets,
}

/// A field of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Which.
    pub(crate) id: FieldId,
    /// Whose.
    pub(crate) layer: LayerIndex,
    /// Its octets as Wireshark counts them.
    pub(crate) octets: Octets,
    text: Range<u32>,
}

/// A frame: its layers in the order in which they stand in it, and their fields in the order in which Wireshark shows
/// them. It may be filled again and again, and asks for memory only where it grows.
///
/// It holds at most 4 GiB of text; a field that would be beyond has an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    at: FrameRef,
    layers: Vec<Layer>,
    fields: Vec<Field>,
    texts: String,
}

impl Frame {
    /// A frame without layers.
    pub(crate) fn new(at: FrameRef) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// Empties it for another frame.
    pub(crate) fn begin(&mut self, at: FrameRef) {
        self.at = at;
        self.layers.clear();
        self.fields.clear();
        self.texts.clear();
    }

    /// Adds a layer behind those that are there.
    pub(crate) fn layer(
        &mut self,
        protocol: FieldId,
        carried_by: Option<LayerIndex>,
        octets: Octets,
    ) -> LayerIndex {
        // More layers than a u32 counts fit into no memory.
        let index = LayerIndex(u32::try_from(self.layers.len()).unwrap_or(u32::MAX));
        self.layers.push(Layer {
            protocol,
            carried_by,
            octets,
        });
        index
    }

    /// Says where a layer ends, which may be known only after its fields.
    pub(crate) fn set_end(&mut self, layer: LayerIndex, end: u32) {
        if let Some(layer) = self.layers.get_mut(layer.get()) {
            layer.octets.end = end;
        }
    }

    /// Adds a field behind those that are there. Its text is as MATE sees it.
    pub(crate) fn field(&mut self, layer: LayerIndex, id: FieldId, octets: Octets, text: impl fmt::Display) {
        self.field_written(layer, id, octets, |texts| {
            let start = texts.len();
            // Writing to a String fails only where a Display does.
            if write!(texts, "{text}").is_err() {
                texts.truncate(start);
            }
        });
    }

    /// The same of a text that `write` appends.
    pub(crate) fn field_written(
        &mut self,
        layer: LayerIndex,
        id: FieldId,
        octets: Octets,
        write: impl FnOnce(&mut String),
    ) {
        let start = self.texts.len();
        write(&mut self.texts);
        let range = u32::try_from(start)
            .ok()
            .zip(u32::try_from(self.texts.len()).ok());
        let text = match range {
            Some((start, end)) => start..end,
            None => {
                self.texts.truncate(start);
                0..0
            }
        };
        self.fields.push(Field {
            id,
            layer,
            octets,
            text,
        });
    }

    /// Which frame it is.
    pub(crate) fn at(&self) -> FrameRef {
        self.at
    }

    /// Its layers.
    pub(crate) fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Its fields.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The text of one of its fields.
    pub(crate) fn text(&self, field: &Field) -> &str {
        let range = field.text.start as usize..field.text.end as usize;
        self.texts.get(range).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CaptureIndex, FrameNumber, Timestamp};

    fn at(number: u64) -> FrameRef {
        FrameRef {
            capture: CaptureIndex(0),
            frame: FrameNumber(number),
            time: Timestamp::from_seconds(0),
        }
    }

    #[test]
    fn a_frame_is_filled_again() {
        let mut frame = Frame::new(at(1));
        let ip = frame.layer(FieldId::IP, None, Octets::new(14, 34));
        frame.field(ip, FieldId::IP_TTL, Octets::new(22, 23), 64);
        frame.field(ip, FieldId::IP_SRC, Octets::new(26, 30), "10.0.0.1");
        frame.set_end(ip, 38);
        assert_eq!(frame.layers()[ip.get()].octets, Octets::new(14, 38));
        let texts: Vec<&str> = frame.fields().iter().map(|field| frame.text(field)).collect();
        assert_eq!(texts, ["64", "10.0.0.1"]);
        frame.begin(at(2));
        assert_eq!(frame, Frame::new(at(2)));
    }
}
