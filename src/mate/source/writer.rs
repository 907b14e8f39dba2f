//! Writing layers and fields: only what is asked for.

use std::fmt::Display;
use std::net::IpAddr;

use super::text::{self, Hexadecimal, Seconds, Text};
use super::wanted::Wanted;
use crate::mate::catalogue::FieldId;
use crate::mate::frame::{Frame, LayerIndex, Octets};
use crate::model::Nanoseconds;

/// Writes into a frame.
pub(super) struct Writer<'a> {
    pub(super) frame: &'a mut Frame,
    pub(super) wanted: &'a Wanted,
}

/// Where octets lie that are to be read: in which buffer, as Wireshark has them, and above which layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The layer beneath.
    pub(super) below: Option<LayerIndex>,
    /// The offset of the first octet in its buffer.
    pub(super) base: u32,
    /// The end of the buffer.
    pub(super) end: u32,
}

impl Place {
    /// Further on in the same buffer.
    pub(super) fn behind(self, octets: usize) -> Self {
        Self {
            base: add(self.base, octets),
            ..self
        }
    }

    /// The same above another layer.
    pub(super) const fn above(self, layer: LayerIndex) -> Self {
        Self {
            below: Some(layer),
            ..self
        }
    }

    /// So many octets from here on.
    pub(super) fn octets(self, length: usize) -> Octets {
        Octets::new(self.base, add(self.base, length))
    }

    /// A buffer of its own, of so many octets.
    pub(super) fn own_buffer(self, octets: usize) -> Self {
        Self {
            base: 0,
            end: add(0, octets),
            ..self
        }
    }
}

fn add(base: u32, octets: usize) -> u32 {
    base.saturating_add(u32::try_from(octets).unwrap_or(u32::MAX))
}

/// Where `inner` begins in `outer`, if it lies within.
pub(super) fn offset_in(outer: &[u8], inner: &[u8]) -> Option<usize> {
    let offset = inner.as_ptr().addr().checked_sub(outer.as_ptr().addr())?;
    (offset.checked_add(inner.len())? <= outer.len()).then_some(offset)
}

impl<'a> Writer<'a> {
    /// Whether a field is asked for.
    pub(super) fn wants(&self, field: FieldId) -> bool {
        self.wanted.has(field)
    }

    /// Begins a layer that ends `length` octets on, or with its buffer.
    pub(super) fn layer(&mut self, protocol: FieldId, place: Place, length: Option<usize>) -> Fields<'_, 'a> {
        let end = length.map_or(place.end, |length| add(place.base, length));
        let octets = Octets::new(place.base, end.max(place.base));
        let layer = self.frame.layer(protocol, place.below, octets);
        self.fields_of(layer, place.base)
    }

    /// Fields of a layer that is there already, which begins at `base` in its buffer.
    pub(super) fn fields_of(&mut self, layer: LayerIndex, base: u32) -> Fields<'_, 'a> {
        Fields {
            writer: self,
            layer,
            base,
        }
    }
}

/// Writes the fields of one layer. Offsets count from the layer's first octet.
pub(super) struct Fields<'w, 'a> {
    pub(super) writer: &'w mut Writer<'a>,
    pub(super) layer: LayerIndex,
    base: u32,
}

impl Fields<'_, '_> {
    /// A value in any form.
    pub(super) fn show(&mut self, field: FieldId, start: usize, length: usize, value: impl Display) {
        if self.writer.wants(field) {
            let start = add(self.base, start);
            let octets = Octets::new(start, add(start, length));
            self.writer.frame.field(self.layer, field, octets, value);
        }
    }

    /// A value that Wireshark makes up, at the beginning of the buffer.
    pub(super) fn nowhere(&mut self, field: FieldId, value: impl Display) {
        self.at(field, Octets::default(), value);
    }

    /// A value with its place in the buffer.
    pub(super) fn at(&mut self, field: FieldId, octets: Octets, value: impl Display) {
        if self.writer.wants(field) {
            self.writer.frame.field(self.layer, field, octets, value);
        }
    }

    /// A value that `write` appends as text: those of packets are written without the machinery of formats.
    fn append(&mut self, field: FieldId, start: usize, length: usize, write: impl FnOnce(&mut String)) {
        let start = add(self.base, start);
        let octets = Octets::new(start, add(start, length));
        self.writer.frame.field_written(self.layer, field, octets, write);
    }

    /// A number, or a flag as 1 or 0.
    pub(super) fn number(&mut self, field: FieldId, start: usize, length: usize, value: impl Into<u64>) {
        if self.writer.wants(field) {
            let value = value.into();
            match field.form().hexadecimal_digits() {
                Some(digits) => self.show(field, start, length, Hexadecimal { value, digits }),
                None => self.append(field, start, length, |text| {
                    text.push_str(itoa::Buffer::new().format(value));
                }),
            }
        }
    }

    /// Text as it lies there.
    pub(super) fn text(&mut self, field: FieldId, start: usize, octets: &[u8]) {
        self.show(field, start, octets.len(), Text(octets));
    }

    /// Octets, or a hardware address.
    pub(super) fn octets(&mut self, field: FieldId, start: usize, octets: &[u8]) {
        self.show(field, start, octets.len(), text::Octets(octets));
    }

    /// An address.
    pub(super) fn address(&mut self, field: FieldId, start: usize, address: IpAddr) {
        match address {
            IpAddr::V4(address) if self.writer.wants(field) => {
                self.append(field, start, 4, |text| text::append_ipv4(text, address));
            }
            IpAddr::V4(_) => {}
            IpAddr::V6(address) => self.show(field, start, 16, address),
        }
    }

    /// A span of time.
    pub(super) fn seconds(&mut self, field: FieldId, start: usize, length: usize, span: Nanoseconds) {
        self.show(field, start, length, Seconds(span));
    }

    /// A field that is there and has no value.
    pub(super) fn nothing(&mut self, field: FieldId, start: usize, length: usize) {
        self.show(field, start, length, "");
    }
}
