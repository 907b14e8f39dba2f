//! What a Pdu sees of its frame: the fields whose octets lie in its ranges, whichever buffer they belong to.

use crate::mate::catalogue::{FieldId, FieldType};
use crate::mate::config::{AttributeId, Configuration, PduDeclaration};
use crate::mate::engine::looks::Looks;
use crate::mate::engine::pair::{Pair, Pairs, Value};
use crate::mate::frame::{Frame, Octets};
use crate::model::SharedSort;

/// The farthest that a Transport or Payload may be.
const FARTHEST: u32 = 99_999;

/// Which fields a declaration extracts, and under which names.
#[derive(Clone, Debug)]
pub(super) struct Extraction {
    proto: Option<FieldId>,
    transports: Box<[FieldId]>,
    payloads: Box<[FieldId]>,
    /// By field.
    attributes: Vec<(FieldId, AttributeId)>,
}

/// An occurrence of a protocol or field.
fn occurrences(frame: &Frame, id: FieldId) -> impl Iterator<Item = Octets> {
    let layers = frame.layers().iter().filter(move |layer| layer.protocol == id);
    let fields = frame.fields().iter().filter(move |field| field.id == id);
    layers
        .map(|layer| layer.octets)
        .chain(fields.map(|field| field.octets))
}

impl Extraction {
    pub(super) fn new(configuration: &Configuration, declaration: &PduDeclaration) -> Self {
        let mut attributes: Vec<(FieldId, AttributeId)> = declaration
            .extracts
            .iter()
            .map(|extract| (extract.field, extract.attribute))
            .collect();
        attributes.shared_sort();
        attributes.dedup();
        // Wireshark decodes without fields what nobody asks for, and Payload does not ask.
        let is_asked_for = |payload: &&FieldId| {
            configuration.pdus.iter().any(|pdu| {
                pdu.proto == Some(**payload)
                    || pdu.transports.contains(payload)
                    || pdu.extracts.iter().any(|extract| extract.field == **payload)
            })
        };
        Self {
            proto: declaration.proto,
            transports: declaration.transports.clone(),
            payloads: declaration
                .payloads
                .iter()
                .filter(is_asked_for)
                .copied()
                .collect(),
            attributes,
        }
    }

    /// What it needs of a frame; `None` if its Proto does not occur there.
    pub(super) fn view<'a>(&self, frame: &'a Frame) -> Option<View<'a>> {
        let protos: Vec<Octets> = occurrences(frame, self.proto?).collect();
        if protos.is_empty() {
            return None;
        }
        let places = |ids: &[FieldId], by: fn(&Octets) -> u32| {
            ids.iter()
                .map(|id| Places::new(occurrences(frame, *id), by))
                .collect()
        };
        Some(View {
            protos,
            transports: places(&self.transports, |octets| octets.start),
            payloads: places(&self.payloads, |octets| octets.end),
            candidates: self.candidates(frame),
        })
    }

    /// The fields of a frame that it may extract, in the order of their first octets.
    fn candidates<'a>(&self, frame: &'a Frame) -> Vec<Candidate<'a>> {
        let layers = frame
            .layers()
            .iter()
            .map(|layer| (layer.protocol, layer.octets, ""));
        let fields = frame
            .fields()
            .iter()
            .map(|field| (field.id, field.octets, frame.text(field)));
        let wanted = layers.chain(fields).filter_map(|(id, octets, text)| {
            let place = self
                .attributes
                .binary_search_by_key(&id, |(field, _)| *field)
                .ok()?;
            let (_, attribute) = self.attributes.get(place)?;
            Some(Candidate {
                attribute: *attribute,
                octets,
                text,
                is_boolean: id.kind() == FieldType::Boolean,
            })
        });
        let mut candidates: Vec<Candidate<'a>> = wanted.collect();
        candidates.shared_sort_by_key(|candidate| candidate.octets.start);
        candidates
    }

    /// The fields that an attribute is extracted from.
    pub(super) fn fields_of(&self, attribute: AttributeId) -> impl Iterator<Item = FieldId> {
        let of_it = move |(field, given): &(FieldId, AttributeId)| (*given == attribute).then_some(*field);
        self.attributes.iter().filter_map(of_it)
    }
}

/// What a declaration needs of a frame.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) protos: Vec<Octets>,
    transports: Vec<Places>,
    payloads: Vec<Places>,
    candidates: Vec<Candidate<'a>>,
}

impl View<'_> {
    /// The ranges of a Pdu: of its Proto, its Transports, its Payloads.
    fn ranges(&self, proto: Octets) -> Vec<Octets> {
        let mut ranges = vec![proto];
        let mut last_start = proto.start;
        for transport in &self.transports {
            if let Some(found) = transport.nearest_below(last_start) {
                last_start = found.start;
                ranges.push(found);
            }
        }
        let payloads = self.payloads.iter();
        ranges.extend(payloads.filter_map(|payload| payload.nearest_above(proto.end)));
        ranges
    }
}

/// Occurrences of a protocol, by where they start or end.
#[derive(Debug)]
struct Places(Vec<(u32, Octets)>);

impl Places {
    fn new(occurrences: impl Iterator<Item = Octets>, by: fn(&Octets) -> u32) -> Self {
        let mut places: Vec<(u32, Octets)> = occurrences.map(|octets| (by(&octets), octets)).collect();
        // Those at one place stay in the order of the frame.
        places.shared_sort_by_key(|(place, _)| *place);
        Self(places)
    }

    /// The nearest below a place, of several the last.
    fn nearest_below(&self, place: u32) -> Option<Octets> {
        let above = self.0.partition_point(|(at, _)| *at < place);
        let (at, octets) = self.0.get(above.checked_sub(1)?)?;
        (place - at <= FARTHEST).then_some(*octets)
    }

    /// The nearest above a place, of several the last.
    fn nearest_above(&self, place: u32) -> Option<Octets> {
        let above = self.0.partition_point(|(at, _)| *at <= place);
        let (nearest, _) = self.0.get(above)?;
        let beyond = self.0.partition_point(|(at, _)| at <= nearest);
        let (at, octets) = self.0.get(beyond.checked_sub(1)?)?;
        (at - place <= FARTHEST).then_some(*octets)
    }
}

/// A field of a frame that may be extracted.
#[derive(Clone, Copy, Debug)]
struct Candidate<'a> {
    attribute: AttributeId,
    octets: Octets,
    text: &'a str,
    is_boolean: bool,
}

/// The attributes of a Pdu: of fields in any of its ranges.
pub(super) fn extract(view: &View<'_>, proto: Octets, looks: &mut Looks) -> Pairs {
    let candidates = &view.candidates;
    let mut found = Vec::new();
    for range in view.ranges(proto) {
        let first = candidates.partition_point(|candidate| candidate.octets.start < range.start);
        for candidate in candidates.iter().skip(first) {
            if candidate.octets.start > range.end || !looks.take() {
                break;
            }
            if candidate.octets.end <= range.end {
                found.push((candidate.attribute, candidate.text, !candidate.is_boolean));
            }
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(attribute, text, _)| (*attribute, *text));
    let pairs = found.into_iter().map(|(attribute, text, is_plain)| Pair {
        attribute,
        value: Value::extracted(text, !is_plain),
    });
    Pairs::new(pairs.collect())
}
