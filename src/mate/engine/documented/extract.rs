//! What a Pdu sees of its frame: layers, not octets.

use smallvec::SmallVec;

use crate::mate::catalogue::{FieldId, FieldType};
use crate::mate::config::{AttributeId, PduDeclaration};
use crate::mate::engine::looks::Looks;
use crate::mate::engine::pair::{Pair, Pairs, Value};
use crate::mate::frame::{Field, Frame, LayerIndex};
use crate::model::SharedSort;

/// Protocols whose Pdus see their own fields only.
const OWN_FIELDS_ONLY: [FieldId; 9] = [
    FieldId::ETH,
    FieldId::SLL,
    FieldId::VLAN,
    FieldId::IP,
    FieldId::IPV6,
    FieldId::UDP,
    FieldId::SCTP,
    FieldId::GTP,
    FieldId::ICMP,
];

/// Which fields a declaration extracts, and under which names.
#[derive(Clone, Debug)]
pub(super) struct Extraction {
    proto: Option<FieldId>,
    sees_what_it_carries: bool,
    transports: Box<[FieldId]>,
    payloads: Box<[FieldId]>,
    /// By field.
    attributes: Vec<(FieldId, AttributeId)>,
}

impl Extraction {
    pub(super) fn new(declaration: &PduDeclaration) -> Self {
        let mut attributes: Vec<(FieldId, AttributeId)> = declaration
            .extracts
            .iter()
            .map(|extract| (extract.field, extract.attribute))
            .collect();
        attributes.shared_sort();
        attributes.dedup();
        Self {
            proto: declaration.proto,
            sees_what_it_carries: declaration
                .proto
                .is_some_and(|proto| !OWN_FIELDS_ONLY.contains(&proto)),
            transports: declaration.transports.clone(),
            payloads: declaration.payloads.clone(),
            attributes,
        }
    }

    /// The protocol or field that makes a Pdu each time it occurs.
    pub(super) fn proto(&self) -> Option<FieldId> {
        self.proto
    }

    fn attribute(&self, field: FieldId) -> Option<AttributeId> {
        let place = self
            .attributes
            .binary_search_by_key(&field, |(field, _)| *field)
            .ok()?;
        self.attributes.get(place).map(|(_, attribute)| *attribute)
    }

    /// The fields that an attribute is extracted from.
    pub(super) fn fields_of(&self, attribute: AttributeId) -> impl Iterator<Item = FieldId> {
        let of_it = move |(field, given): &(FieldId, AttributeId)| (*given == attribute).then_some(*field);
        self.attributes.iter().filter_map(of_it)
    }
}

/// Where the Proto of a declaration occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occurrence {
    /// As a layer.
    Layer(LayerIndex),
    /// As a field: its place among those of the frame.
    Field(usize),
}

/// A frame by its layers: what each carries and which fields are its own. It is made anew for each frame and keeps its
/// memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    /// The fields by layer, each by its place in the frame.
    fields: Groups,
    /// The layers by the one that carries them.
    carried: Groups,
    to_visit: Vec<usize>,
}

impl Layers {
    /// Reads a frame.
    pub(super) fn read(&mut self, frame: &Frame) {
        let count = frame.layers().len();
        self.fields
            .group(count, frame.fields().iter().map(|field| Some(field.layer.get())));
        let carriers = frame.layers().iter().enumerate().map(|(index, layer)| {
            // Only an earlier layer can carry one, so that there are no circles.
            layer
                .carried_by
                .map(LayerIndex::get)
                .filter(|carrier| *carrier < index)
        });
        self.carried.group(count, carriers);
    }

    /// The attributes of a Pdu.
    pub(super) fn extract(
        &mut self,
        extraction: &Extraction,
        frame: &Frame,
        occurrence: Occurrence,
        looks: &mut Looks,
    ) -> Pairs {
        let mut found = Found {
            extraction,
            frame,
            looks,
            texts: SmallVec::new(),
        };
        let lowest = match occurrence {
            Occurrence::Field(place) => {
                if let Some(field) = frame.fields().get(place) {
                    found.field(field);
                }
                frame.fields().get(place).map(|field| field.layer)
            }
            Occurrence::Layer(layer) => {
                if extraction.sees_what_it_carries {
                    self.take_all(&mut found, layer.get());
                } else {
                    self.take_own(&mut found, layer.get());
                }
                for payload in &extraction.payloads {
                    if let Some(carried) = self.first_carried(&mut found, layer.get(), *payload) {
                        self.take_all(&mut found, carried);
                    }
                }
                frame.layers().get(layer.get()).and_then(|layer| layer.carried_by)
            }
        };
        self.take_transports(&mut found, lowest);
        found.pairs()
    }

    /// The transports, each the nearest below the one before.
    fn take_transports(&self, found: &mut Found<'_>, mut below: Option<LayerIndex>) {
        for transport in &found.extraction.transports {
            let (mut at, mut steps) = (below, found.frame.layers().len());
            while let Some(index) = at
                && let Some(layer) = found.frame.layers().get(index.get())
                && steps > 0
            {
                if layer.protocol == *transport {
                    self.take_own(found, index.get());
                    below = layer.carried_by;
                    break;
                }
                at = layer.carried_by;
                steps -= 1;
            }
        }
    }

    fn take_own(&self, found: &mut Found<'_>, layer: usize) {
        if let Some(layer) = found.frame.layers().get(layer) {
            found.take(layer.protocol, "");
        }
        for place in self.fields.of(layer) {
            if !found.looks.take() {
                return;
            }
            if let Some(field) = found.frame.fields().get(*place) {
                found.field(field);
            }
        }
    }

    fn take_all(&mut self, found: &mut Found<'_>, layer: usize) {
        self.to_visit.clear();
        self.to_visit.push(layer);
        while let Some(layer) = self.to_visit.pop() {
            if !found.looks.take() {
                return;
            }
            self.take_own(found, layer);
            self.to_visit.extend(self.carried.of(layer));
        }
    }

    /// The first layer of a protocol, in the order of the frame, that a layer carries.
    fn first_carried(&mut self, found: &mut Found<'_>, layer: usize, protocol: FieldId) -> Option<usize> {
        let frame = found.frame;
        self.to_visit.clear();
        self.to_visit.extend(self.carried.of(layer));
        let mut first: Option<usize> = None;
        while let Some(at) = self.to_visit.pop() {
            if !found.looks.take() {
                return first;
            }
            if frame
                .layers()
                .get(at)
                .is_some_and(|layer| layer.protocol == protocol)
            {
                first = Some(first.map_or(at, |first| first.min(at)));
            }
            self.to_visit.extend(self.carried.of(at));
        }
        first
    }

    /// The layer of the first of some fields in a frame, wherever it is: the field and its layer's protocol.
    pub(super) fn find(frame: &Frame, fields: &[FieldId]) -> Option<(FieldId, FieldId)> {
        let protocol = |layer: LayerIndex| frame.layers().get(layer.get()).map(|layer| layer.protocol);
        let field = frame.fields().iter().find(|field| fields.contains(&field.id));
        let as_field = field.and_then(|field| protocol(field.layer).map(|protocol| (field.id, protocol)));
        as_field.or_else(|| {
            let layer = frame
                .layers()
                .iter()
                .find(|layer| fields.contains(&layer.protocol))?;
            Some((layer.protocol, layer.protocol))
        })
    }
}

/// Where the Proto of a declaration occurs in a frame, in its order.
pub(super) fn occurrences(extraction: &Extraction, frame: &Frame, out: &mut Vec<Occurrence>) {
    out.clear();
    let Some(proto) = extraction.proto else { return };
    if proto.is_protocol() {
        let layers = (0_u32..)
            .zip(frame.layers())
            .filter(|(_, layer)| layer.protocol == proto);
        out.extend(layers.map(|(index, _)| Occurrence::Layer(LayerIndex::new(index))));
    } else {
        let fields = frame
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| field.id == proto);
        out.extend(fields.map(|(place, _)| Occurrence::Field(place)));
    }
}

/// What was found for a Pdu.
struct Found<'a> {
    extraction: &'a Extraction,
    frame: &'a Frame,
    looks: &'a mut Looks,
    texts: SmallVec<[(AttributeId, &'a str, bool); 16]>,
}

impl<'a> Found<'a> {
    fn field(&mut self, field: &Field) {
        let frame = self.frame;
        self.take(field.id, frame.text(field));
    }

    fn take(&mut self, field: FieldId, text: &'a str) {
        if let Some(attribute) = self.extraction.attribute(field) {
            let is_boolean = field.kind() == FieldType::Boolean;
            self.texts.push((attribute, text, is_boolean));
        }
    }

    fn pairs(mut self) -> Pairs {
        // A boolean comes first of equal texts, and stays.
        self.texts
            .sort_unstable_by_key(|(attribute, text, is_boolean)| (*attribute, *text, !is_boolean));
        self.texts
            .dedup_by_key(|(attribute, text, _)| (*attribute, *text));
        let pairs = self.texts.into_iter().map(|(attribute, text, is_boolean)| Pair {
            attribute,
            value: Value::extracted(text, is_boolean),
        });
        Pairs::of_sorted(pairs.collect())
    }
}

/// Numbers in groups, as two lists.
#[derive(Clone, Debug, Default)]
struct Groups {
    /// Where each group begins among the members; one more than there are groups.
    starts: Vec<usize>,
    members: Vec<usize>,
}

impl Groups {
    /// Puts 0, 1, … into the groups named one after the other; what belongs to none is left out.
    fn group<I>(&mut self, groups: usize, of: I)
    where
        I: DoubleEndedIterator<Item = Option<usize>> + ExactSizeIterator + Clone,
    {
        self.starts.clear();
        self.starts.resize(groups + 1, 0);
        let known = |group: &usize| *group < groups;
        for group in of.clone().flatten().filter(known) {
            if let Some(start) = self.starts.get_mut(group) {
                *start += 1;
            }
        }
        // Each start becomes the end of its group, and moves to its beginning as the group fills from behind.
        let mut end = 0;
        for start in &mut self.starts {
            end += *start;
            *start = end;
        }
        self.members.clear();
        self.members.resize(end, 0);
        for (member, group) in of.enumerate().rev() {
            let start = group.filter(known).and_then(|group| self.starts.get_mut(group));
            if let Some(start) = start {
                *start = start.saturating_sub(1);
                if let Some(place) = self.members.get_mut(*start) {
                    *place = member;
                }
            }
        }
    }

    fn of(&self, group: usize) -> &[usize] {
        let bounds = self.starts.get(group).zip(self.starts.get(group + 1));
        bounds
            .and_then(|(start, end)| self.members.get(*start..*end))
            .unwrap_or_default()
    }
}
