//! What a test finds in one item. Each item is looked at once a test, however many frames it is in.

use std::cmp::Ordering;

use super::{
    field::{Field, GogField, GopField, PduField},
    lexer::Comparison,
    number::Number,
    parser::{FieldTest, Operand, Test},
};
use crate::mate::{
    config::{AttributeId, Configuration},
    engine::{GogItem, GopItem, Pairs, PduItem, ReleasedBy, Role},
};

/// What a test finds in values: of several items together what any of them shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// There is a value.
    pub(super) is_there: bool,
    /// A value fits.
    pub(super) fits: bool,
}

impl Found {
    /// That of both.
    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            is_there: self.is_there || other.is_there,
            fits: self.fits || other.fits,
        }
    }

    /// Whether the test holds.
    pub(super) const fn holds(self, test: &Test) -> bool {
        match test {
            Test::Exists => self.is_there,
            // Where several values are, none of them is equal.
            Test::Compare(Comparison::NotEqual, _) => self.is_there && !self.fits,
            _ => self.fits,
        }
    }
}

/// Tests values one by one.
struct Tester<'t> {
    test: &'t Test,
    found: Found,
}

impl<'t> Tester<'t> {
    const fn new(test: &'t Test) -> Self {
        Self {
            test,
            found: Found {
                is_there: false,
                fits: false,
            },
        }
    }

    fn text(&mut self, text: &str) {
        self.found.is_there = true;
        let compare = |operand: &Operand| text.cmp(&operand.text);
        self.found.fits |= match self.test {
            Test::Exists => true,
            Test::Compare(comparison, operand) => fits(*comparison, compare(operand)),
            Test::In(ranges) => ranges
                .iter()
                .any(|(low, high)| compare(low).is_ge() && compare(high).is_le()),
            Test::Contains(part) => text.contains(part),
            Test::Matches(regex) => regex.is_match(text),
        };
    }

    fn number(&mut self, number: Number) {
        self.found.is_there = true;
        let compare = |operand: &Operand| operand.number.map(|other| number.compare(other));
        self.found.fits |= match self.test {
            Test::Exists => true,
            Test::Compare(comparison, operand) => {
                compare(operand).is_some_and(|order| fits(*comparison, order))
            }
            Test::In(ranges) => ranges.iter().any(|(low, high)| {
                compare(low).is_some_and(Ordering::is_ge) && compare(high).is_some_and(Ordering::is_le)
            }),
            Test::Contains(_) | Test::Matches(_) => false,
        };
    }

    fn attribute(&mut self, attributes: &Pairs, attribute: AttributeId) {
        for pair in attributes.of(attribute) {
            self.text(pair.value.text());
        }
    }
}

/// Equality also stands for its contrary, which is told apart when all values are known.
const fn fits(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal | Comparison::NotEqual => order.is_eq(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// What a test finds in a Pdu.
pub(super) fn in_pdu(test: &FieldTest, item: &PduItem, configuration: &Configuration) -> Found {
    let mut tester = Tester::new(&test.test);
    let pdu = configuration.pdus.get(item.pdu.index());
    for field in &test.fields {
        let field = match field {
            Field::Mate => {
                tester.found.is_there = true;
                continue;
            }
            Field::Pdu(of, field) if pdu.is_some_and(|pdu| pdu.pdu_type == *of) => field,
            _ => continue,
        };
        match field {
            PduField::Id => tester.number(Number::whole(item.id)),
            PduField::RelativeTime => tester.number(Number::seconds(item.relative)),
            PduField::TimeInGop => {
                if let Some(membership) = &item.membership {
                    tester.number(Number::seconds(membership.time_in_gop));
                }
            }
            PduField::Attribute(attribute) => tester.attribute(&item.attributes, *attribute),
        }
    }
    tester.found
}

/// What a test finds in a Gop, in the frames of its own Pdus.
pub(super) fn in_gop(test: &FieldTest, item: &GopItem, configuration: &Configuration) -> Found {
    let mut tester = Tester::new(&test.test);
    for field in &test.fields {
        match field {
            Field::GopKey => tester.text(&key_text(&item.key, configuration)),
            Field::Gop(of, field) if *of == item.gop.gop => gop_field(&mut tester, *field, item),
            _ => {}
        }
    }
    tester.found
}

fn gop_field(tester: &mut Tester<'_>, field: GopField, item: &GopItem) {
    match field {
        GopField::Id => tester.number(Number::whole(item.gop.id)),
        GopField::StartTime => tester.number(Number::seconds(item.start)),
        GopField::Time => {
            if let Some(time) = item.time {
                tester.number(Number::seconds(time));
            }
        }
        GopField::Duration => tester.number(Number::seconds(item.duration)),
        GopField::NumOfPdus => tester.number(Number::whole(item.pdus.len() as u64)),
        GopField::Pdu => {
            for pdu in &item.pdus {
                tester.number(Number::whole(pdu.at.frame.0));
            }
        }
        GopField::State => tester.text(state(item.released_by.is_some())),
        GopField::Attribute(attribute) => tester.attribute(&item.attributes, attribute),
    }
}

/// What a test of ids finds in a Gop in the frames of the other Gops of its Gog.
pub(super) fn id_of_gop(test: &FieldTest, item: &GopItem) -> Found {
    let mut tester = Tester::new(&test.test);
    if test.fields.contains(&Field::Gop(item.gop.gop, GopField::Id)) {
        tester.number(Number::whole(item.gop.id));
    }
    tester.found
}

/// What a test finds in a Gog. `gops` are its Gops.
pub(super) fn in_gog<'a>(
    test: &FieldTest,
    item: &GogItem,
    gops: impl Iterator<Item = &'a GopItem> + Clone,
) -> Found {
    let mut tester = Tester::new(&test.test);
    for field in &test.fields {
        let field = match field {
            Field::Gog(of, field) if *of == item.gog.gog => field,
            _ => continue,
        };
        match field {
            GogField::Id => tester.number(Number::whole(item.gog.id)),
            GogField::StartTime => tester.number(Number::seconds(item.start)),
            GogField::Time => {
                if let Some(time) = item.time {
                    tester.number(Number::seconds(time));
                }
            }
            GogField::Duration => tester.number(Number::seconds(item.duration)),
            GogField::NumOfGops => tester.number(Number::whole(item.gops.len() as u64)),
            GogField::GopStart => {
                for frame in gops.clone().filter_map(start_frame) {
                    tester.number(Number::whole(frame));
                }
            }
            GogField::GopStop => {
                for frame in gops.clone().filter_map(stop_frame) {
                    tester.number(Number::whole(frame));
                }
            }
            GogField::State => tester.text(state(item.released)),
            GogField::Attribute(attribute) => tester.attribute(&item.attributes, *attribute),
        }
    }
    tester.found
}

/// The frame in which a Gop starts.
fn start_frame(gop: &GopItem) -> Option<u64> {
    gop.pdus.first().map(|pdu| pdu.at.frame.0)
}

/// The frame of the Pdu that released a Gop: the one that stopped it, or the one that started it where that is the same.
fn stop_frame(gop: &GopItem) -> Option<u64> {
    if !matches!(gop.released_by, Some(ReleasedBy::Stop | ReleasedBy::Auto)) {
        return None;
    }
    let stop = gop.pdus.iter().find(|pdu| pdu.role == Role::Stop);
    stop.or_else(|| gop.pdus.first()).map(|pdu| pdu.at.frame.0)
}

const fn state(is_released: bool) -> &'static str {
    if is_released { "released" } else { "open" }
}

/// The key as Wireshark shows it: ` name=value;` for each pair.
fn key_text(key: &Pairs, configuration: &Configuration) -> String {
    let pairs = key.as_slice().iter();
    let texts = pairs.map(|pair| {
        let name = configuration.attributes.name(pair.attribute);
        format!(" {name}={};", pair.value.text())
    });
    texts.collect()
}
