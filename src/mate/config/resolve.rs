//! From what was written to a configuration: names become what they name.

use std::collections::{BTreeMap, btree_map::Entry};

use super::{
    condition::{Condition, List, Octets, Operator, Value},
    cursor::{Fault, Word},
    declaration::{
        Assignment, Clause, Configuration, Criteria, Extract, GogDeclaration, GopDeclaration, GopIndex,
        Member, PduDeclaration, PduType, PduTypeIndex, Semantics, Transform, TransformIndex,
    },
    error::{Kind, Reason},
    names::{AttributeId, AttributeNames},
    nearest::nearest,
    parser::Parsed,
    pieces::ONE_OF,
    reader::{MAX_ERRORS, ReadOptions},
    remarks::{Remark, Remarks},
    scope::{Facts, Scope},
    source::Span,
    syntax::{
        Body, Written, WrittenClause, WrittenCondition, WrittenDefaults, WrittenGog, WrittenGop, WrittenList,
        WrittenPdu, WrittenValue,
    },
};
use crate::{
    mate::catalogue::{FieldId, WiresharkName, wireshark_name},
    model::{Nanoseconds, SharedSort, Timestamp},
};

/// How long a released Gog takes Gops without `Expiration`: what the User's Guide says.
const GOG_EXPIRATION: Nanoseconds = 2 * Timestamp::SECOND;
/// The same in Wireshark 4.0.
const WIRESHARK_GOG_EXPIRATION: Nanoseconds = 5 * Timestamp::SECOND;
/// How many attributes the lists of all declarations may have together. A declaration has those of each Transform that it
/// names, so that they can grow with the square of the text.
const MAX_ATTRIBUTES: usize = 1 << 20;

/// What a name of a kind stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Declared, with its place.
    Declared(u32),
    /// Declared with an error that was told.
    Broken,
}

/// Resolves declarations.
pub(super) struct Resolver<'t> {
    options: ReadOptions,
    configuration: Configuration,
    known: BTreeMap<(Kind, &'t str), Known>,
    /// The names that are declared anywhere, for those that stand too far down.
    declared: Vec<(Kind, &'t str)>,
    defaults: WrittenDefaults,
    attributes: usize,
    faults: Vec<Fault>,
    remarks: Remarks,
}

/// What came of it.
pub(super) struct Resolved {
    pub(super) configuration: Configuration,
    pub(super) faults: Vec<Fault>,
    pub(super) notes: Vec<Remark>,
}

/// Resolves what was parsed.
pub(super) fn resolve(parsed: &Parsed<'_>, options: ReadOptions) -> Resolved {
    let mut declared: Vec<(Kind, &str)> = parsed
        .declarations
        .iter()
        .filter_map(Written::kind_and_name)
        .collect();
    declared.shared_sort();
    let mut resolver = Resolver {
        options,
        configuration: Configuration {
            semantics: options.semantics,
            attributes: AttributeNames::new(parsed.declarations.iter().flat_map(Written::attributes)),
            ..Configuration::default()
        },
        known: BTreeMap::new(),
        declared,
        defaults: WrittenDefaults::default(),
        attributes: 0,
        faults: Vec::new(),
        remarks: Remarks::new(options.semantics),
    };
    for written in &parsed.declarations {
        resolver.declaration(written);
    }
    Resolved {
        notes: resolver.remarks.finish(&resolver.configuration),
        configuration: resolver.configuration,
        faults: resolver.faults,
    }
}

impl<'t> Written<'t> {
    fn kind_and_name(&self) -> Option<(Kind, &'t str)> {
        let Self::Named(name, body) = self else {
            return None;
        };
        let kind = match body {
            Body::Transform(_) => Kind::Transform,
            Body::Pdu(_) => Kind::Pdu,
            Body::Gop(_) => Kind::Gop,
            Body::Gog(_) => Kind::Gog,
            Body::Broken(kind) => *kind,
        };
        Some((kind, name.text))
    }

    /// The names of all attributes in it.
    fn attributes(&self) -> Vec<&'t str> {
        let Self::Named(_, body) = self else {
            return Vec::new();
        };
        let mut lists: Vec<&WrittenList<'t>> = Vec::new();
        let mut names = Vec::new();
        match body {
            Body::Transform(clauses) => {
                lists.extend(
                    clauses
                        .iter()
                        .flat_map(|clause| [&clause.conditions, &clause.added]),
                );
            }
            Body::Pdu(pdu) => {
                names.extend(pdu.extracts.iter().map(|(attribute, _)| attribute.text));
                lists.extend(pdu.criteria.as_ref().map(|criteria| &criteria.conditions));
            }
            Body::Gop(gop) => {
                lists.extend([&gop.key, &gop.extra]);
                lists.extend(gop.start.iter().chain(&gop.stop));
            }
            Body::Gog(gog) => {
                lists.push(&gog.extra);
                lists.extend(gog.members.iter().map(|(_, list)| list));
            }
            Body::Broken(_) => {}
        }
        names.extend(
            lists
                .into_iter()
                .flatten()
                .map(|condition| condition.attribute.text),
        );
        names
    }
}

impl<'t> Resolver<'t> {
    fn declaration(&mut self, written: &Written<'t>) {
        match written {
            Written::Defaults(defaults) => self.defaults.add(defaults),
            Written::Named(name, Body::Broken(kind)) => {
                self.known.entry((*kind, name.text)).or_insert(Known::Broken);
            }
            Written::Named(name, Body::Transform(clauses)) => self.transform(*name, clauses),
            Written::Named(name, Body::Pdu(pdu)) => self.pdu(*name, pdu),
            Written::Named(name, Body::Gop(gop)) => self.gop(*name, gop),
            Written::Named(name, Body::Gog(gog)) => self.gog(*name, gog),
        }
    }

    fn fault(&mut self, span: Span, reason: Reason) {
        self.faults.push(Fault { span, reason });
    }

    /// Makes a name known, once.
    fn declare(&mut self, kind: Kind, name: Word<'t>, place: usize) {
        let place = Known::Declared(u32::try_from(place).unwrap_or(u32::MAX));
        match self.known.entry((kind, name.text)) {
            Entry::Vacant(free) => {
                free.insert(place);
            }
            Entry::Occupied(_) => {
                let reason = Reason::Duplicate {
                    kind,
                    name: name.text.to_owned(),
                };
                self.fault(name.span, reason);
            }
        }
    }

    /// What a name stands for, if it was declared before.
    fn find(&mut self, kind: Kind, name: Word<'t>) -> Option<u32> {
        match self.known.get(&(kind, name.text)) {
            Some(Known::Declared(place)) => return Some(*place),
            Some(Known::Broken) => return None,
            None => {}
        }
        let reason = if self.declared.binary_search(&(kind, name.text)).is_ok() {
            Reason::DeclaredLater {
                kind,
                name: name.text.to_owned(),
            }
        } else {
            let names = self.known.keys().filter(|(known, _)| *known == kind);
            Reason::Undeclared {
                kind,
                name: name.text.to_owned(),
                nearest: self.nearest(name.text, names.map(|(_, name)| *name)),
            }
        };
        self.fault(name.span, reason);
        None
    }

    /// Names that may have been meant. They are only looked for as long as somebody will read them.
    fn nearest<'a>(&self, word: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
        match self.faults.len() < 2 * MAX_ERRORS {
            true => nearest(word, names),
            false => Vec::new(),
        }
    }

    fn attribute(&self, name: Word<'_>) -> AttributeId {
        // All names were collected before, so it is there.
        self.configuration
            .attributes
            .find(name.text)
            .unwrap_or(AttributeId(u32::MAX))
    }

    fn list(&mut self, list: &WrittenList<'t>) -> List {
        list.iter().map(|condition| self.condition(condition)).collect()
    }

    fn condition(&mut self, written: &WrittenCondition<'t>) -> Condition {
        let attribute = self.attribute(written.attribute);
        if written.operator == ONE_OF {
            let mut values: Vec<Value> = Vec::new();
            for value in &written.values {
                values.extend(self.alternatives(value));
            }
            let operator = Operator::OneOf(values.into());
            return Condition { attribute, operator };
        }
        let with: fn(Value) -> Operator = match written.operator {
            '=' => Operator::Equal,
            '!' => Operator::NotEqual,
            '^' => Operator::StartsWith,
            '$' => Operator::EndsWith,
            '~' => Operator::Contains,
            '<' => Operator::Lower,
            _ => Operator::Higher,
        };
        let value = written.values.first().map(|value| self.value(value));
        let operator = value.map_or(Operator::Exists, with);
        Condition { attribute, operator }
    }

    /// Wireshark joins alternatives by `|` and splits them there again, those in quotes too.
    fn alternatives(&mut self, written: &WrittenValue<'t>) -> Vec<Value> {
        let value = self.value(written);
        match self.options.semantics {
            Semantics::Documented => vec![value],
            Semantics::Wireshark => value.text.split('|').map(Value::plain).collect(),
        }
    }

    fn value(&mut self, written: &WrittenValue<'t>) -> Value {
        let octets = Octets::parse(written.text).filter(|_| !written.is_quoted);
        match self.options.semantics {
            Semantics::Documented => Value {
                text: written.text.into(),
                octets,
            },
            Semantics::Wireshark if written.is_quoted || !written.text.contains(':') => {
                Value::plain(written.text)
            }
            Semantics::Wireshark => match Octets::rewritten_by_wireshark(written.text) {
                Some(text) => Value::plain(&text),
                None => {
                    self.fault(written.span, Reason::BadColonized(written.text.to_owned()));
                    Value::plain(written.text)
                }
            },
        }
    }

    fn transform(&mut self, name: Word<'t>, written: &[WrittenClause<'t>]) {
        self.declare(Kind::Transform, name, self.configuration.transforms.len());
        let clauses: Box<[Clause]> = written.iter().map(|clause| self.clause(clause)).collect();
        let both = written.iter().zip(&clauses);
        self.remarks
            .transform(both.map(|(written, clause)| (&written.conditions, &clause.conditions)));
        self.configuration.transforms.push(Transform {
            name: name.text.into(),
            clauses,
        });
    }

    fn clause(&mut self, written: &WrittenClause<'t>) -> Clause {
        Clause {
            mode: written.mode,
            conditions: self.list(&written.conditions),
            action: written.action,
            added: written.added.iter().map(|added| self.assignment(added)).collect(),
        }
    }

    /// Wireshark takes any operator here, and what stands behind it as the value.
    fn assignment(&mut self, written: &WrittenCondition<'t>) -> Assignment {
        let values: Vec<Value> = written.values.iter().map(|value| self.value(value)).collect();
        let texts: Vec<&str> = values.iter().map(|value| &*value.text).collect();
        Assignment {
            attribute: self.attribute(written.attribute),
            value: texts.join("|").into(),
        }
    }

    fn transforms(&mut self, names: &[Word<'t>]) -> Box<[TransformIndex]> {
        let found = names.iter().filter_map(|name| self.find(Kind::Transform, *name));
        found.map(TransformIndex).collect()
    }

    /// A field or protocol of this name. `None` where it is not extracted, which is an error or a remark.
    fn field(&mut self, name: Word<'t>, what: &'static str) -> Option<FieldId> {
        if let Some(field) = FieldId::named(name.text) {
            return Some(field);
        }
        let text = name.text.to_owned();
        let reason = match wireshark_name(name.text) {
            Some(_) if self.options.ignore_unknown => {
                self.remarks.ignored_field(name);
                return None;
            }
            Some(WiresharkName::OtherProtocol(protocol)) => Reason::NotExtracted {
                protocol: Some(protocol.to_owned()),
                name: text,
            },
            Some(WiresharkName::OtherField) => Reason::NotExtracted {
                protocol: None,
                name: text,
            },
            None => {
                let is_right_kind =
                    |field: &FieldId| what == FIELD || field.is_protocol() || name.text.contains('.');
                let names = FieldId::all().filter(is_right_kind).map(FieldId::name);
                Reason::UnknownField {
                    what,
                    nearest: self.nearest(name.text, names),
                    name: text,
                }
            }
        };
        self.fault(name.span, reason);
        None
    }

    /// The layers of `Transport` and `Payload`. `mate` is a protocol without octets, so it means none.
    fn stack(&mut self, names: &[Word<'t>]) -> Box<[FieldId]> {
        let named = names.iter().filter(|name| name.text != "mate");
        named.filter_map(|name| self.field(*name, PROTOCOL)).collect()
    }

    fn pdu_type(&mut self, name: Word<'t>) -> PduTypeIndex {
        let next = u32::try_from(self.configuration.pdu_types.len()).unwrap_or(u32::MAX);
        match self.known.get(&(Kind::Pdu, name.text)) {
            Some(Known::Declared(place)) => PduTypeIndex(*place),
            _ => {
                self.known.insert((Kind::Pdu, name.text), Known::Declared(next));
                self.configuration.pdu_types.push(PduType {
                    name: name.text.into(),
                    gop: None,
                });
                PduTypeIndex(next)
            }
        }
    }

    fn pdu(&mut self, name: Word<'t>, written: &WrittenPdu<'t>) {
        let pdu_type = self.pdu_type(name);
        let extracts = self.extracts(&written.extracts);
        let transforms = self.transforms(&written.transforms);
        let mut scope = Scope::default();
        for (attribute, _) in &written.extracts {
            scope.add(self.attribute(*attribute), Facts::default());
        }
        for extract in &extracts {
            scope.add_field(extract.attribute, extract.field);
        }
        self.add_inserted(name, &mut scope, &transforms);
        let criteria = written.criteria.as_ref().map(|criteria| Criteria {
            acceptance: criteria.acceptance,
            mode: criteria.mode,
            conditions: self.list(&criteria.conditions),
        });
        let lists = written.criteria.as_ref().zip(criteria.as_ref());
        let lists = lists.map(|(written, criteria)| (&written.conditions, &criteria.conditions));
        self.remarks.pdu(pdu_type, &scope, &transforms, lists);
        let is_on = |own: Option<bool>, default: Option<bool>| own.or(default).unwrap_or_default();
        let (own, default) = (written.settings, self.defaults.pdu);
        let declaration = PduDeclaration {
            pdu_type,
            proto: self.field(written.proto, PROTOCOL),
            transports: self.stack(&written.transports),
            payloads: self.stack(&written.payloads),
            extracts,
            transforms,
            criteria,
            drop_unassigned: is_on(own.drop_unassigned, default.drop_unassigned),
            discard_data: is_on(own.discard_data, default.discard_data),
            last: is_on(own.last, default.last),
            attributes: scope.attributes(),
        };
        self.configuration.pdus.push(declaration);
    }

    fn extracts(&mut self, written: &[(Word<'t>, Word<'t>)]) -> Box<[Extract]> {
        let mut first: BTreeMap<FieldId, &'t str> = BTreeMap::new();
        let mut extracts: Vec<Extract> = Vec::new();
        for (attribute, field_name) in written {
            let Some(field) = self.field(*field_name, FIELD) else {
                continue;
            };
            match first.get(&field) {
                None => {
                    first.insert(field, attribute.text);
                    let attribute = self.attribute(*attribute);
                    extracts.push(Extract { attribute, field });
                }
                // The same twice is once.
                Some(before) if *before == attribute.text => {}
                Some(before) => {
                    let reason = Reason::FieldUnderTwoNames {
                        field: field_name.text.to_owned(),
                        attribute: (*before).to_owned(),
                    };
                    self.fault(field_name.span, reason);
                }
            }
        }
        extracts.into()
    }

    /// Adds what Transforms insert, as long as all declarations together do not have too many attributes.
    fn add_inserted(&mut self, name: Word<'t>, scope: &mut Scope, transforms: &[TransformIndex]) {
        if self.attributes > MAX_ATTRIBUTES {
            return;
        }
        scope.add_inserted(&self.configuration, transforms);
        self.attributes = self.attributes.saturating_add(scope.len());
        if self.attributes > MAX_ATTRIBUTES {
            let reason = Reason::TooLarge("the declarations up to here have more than a million attributes");
            self.fault(name.span, reason);
        }
    }

    fn gop(&mut self, name: Word<'t>, written: &WrittenGop<'t>) {
        let place = self.configuration.gops.len();
        self.declare(Kind::Gop, name, place);
        let index = GopIndex(u32::try_from(place).unwrap_or(u32::MAX));
        let on = self.find(Kind::Pdu, written.on).map(PduTypeIndex);
        if let Some(on) = on {
            self.take_pdus(written.on, on, index);
        }
        let declaration = self.gop_declaration(name, written, on);
        self.configuration.gops.push(declaration);
    }

    /// Declares a Gop on Pdus that have none.
    fn take_pdus(&mut self, name: Word<'t>, on: PduTypeIndex, gop: GopIndex) {
        let Some(pdu_type) = self.configuration.pdu_types.get_mut(on.index()) else {
            return;
        };
        match pdu_type.gop {
            None => pdu_type.gop = Some(gop),
            Some(first) => {
                let first = self.configuration.gops.get(first.index());
                let reason = Reason::SecondGop {
                    pdu: name.text.to_owned(),
                    gop: first.map_or_else(String::new, |gop| gop.name.to_string()),
                };
                self.fault(name.span, reason);
            }
        }
    }

    fn gop_declaration(
        &mut self,
        name: Word<'t>,
        written: &WrittenGop<'t>,
        on: Option<PduTypeIndex>,
    ) -> GopDeclaration {
        let key = self.list(&written.key);
        let start = written.start.as_ref().map(|list| self.list(list));
        let stop = written.stop.as_ref().map(|list| self.list(list));
        let extra = self.list(&written.extra);
        let transforms = self.transforms(&written.transforms);
        let lists = [Some(&key), Some(&extra), start.as_ref(), stop.as_ref()];
        let mut named = Scope::of_lists(lists.into_iter().flatten());
        self.add_inserted(name, &mut named, &transforms);
        let written_lists = [
            Some(&written.key),
            Some(&written.extra),
            written.start.as_ref(),
            written.stop.as_ref(),
        ];
        let pairs = written_lists
            .into_iter()
            .zip(lists)
            .filter_map(|(written, list)| written.zip(list));
        let attributes = self
            .remarks
            .gop(on, &pairs.collect::<Vec<_>>(), &transforms, &self.configuration);
        let (own, default) = (written.settings, self.defaults.gop);
        // Wireshark 4.0 takes the default of Lifetime for all three.
        let default_of = |setting: Option<Nanoseconds>| match self.options.semantics {
            Semantics::Documented => setting,
            Semantics::Wireshark => default.lifetime,
        };
        let limit = |own: Option<Nanoseconds>, default: Option<Nanoseconds>| {
            own.or(default_of(default)).filter(|limit| *limit > 0)
        };
        GopDeclaration {
            name: name.text.into(),
            on: on.unwrap_or(PduTypeIndex(u32::MAX)),
            expiration: limit(own.expiration, default.expiration),
            idle_timeout: limit(own.idle_timeout, default.idle_timeout),
            lifetime: limit(own.lifetime, default.lifetime),
            drop_unassigned: own.drop_unassigned.or(default.drop_unassigned) == Some(true),
            show_tree: own.show_tree.or(default.show_tree).unwrap_or_default(),
            show_times: own.show_times.or(default.show_times).unwrap_or(true),
            attributes: attributes.attributes(),
            named: named.attributes(),
            key,
            start,
            stop,
            extra,
            transforms,
        }
    }

    fn gog(&mut self, name: Word<'t>, written: &WrittenGog<'t>) {
        self.declare(Kind::Gog, name, self.configuration.gogs.len());
        let mut members: Vec<Member> = Vec::new();
        let mut written_members: Vec<&WrittenList<'t>> = Vec::new();
        for (gop, list) in &written.members {
            if let Some(gop) = self.find(Kind::Gop, *gop).map(GopIndex) {
                members.push(Member {
                    gop,
                    key: self.list(list),
                });
                written_members.push(list);
            }
        }
        let extra = self.list(&written.extra);
        let transforms = self.transforms(&written.transforms);
        let mut named = Scope::of_lists(members.iter().map(|member| &member.key).chain([&extra]));
        self.add_inserted(name, &mut named, &transforms);
        let both: Vec<(&Member, &WrittenList<'t>)> = members.iter().zip(written_members).collect();
        let extras = (&written.extra, &extra);
        let attributes = self.remarks.gog(&both, extras, &transforms, &self.configuration);
        let (own, default) = (written.settings, self.defaults.gog);
        let expiration = match self.options.semantics {
            Semantics::Documented => own.expiration.or(default.expiration).unwrap_or(GOG_EXPIRATION),
            Semantics::Wireshark => own.expiration.unwrap_or(WIRESHARK_GOG_EXPIRATION),
        };
        self.configuration.gogs.push(GogDeclaration {
            name: name.text.into(),
            expiration,
            show_times: own.show_times.or(default.show_times).unwrap_or(true),
            attributes: attributes.attributes(),
            named: named.attributes(),
            members: members.into(),
            extra,
            transforms,
        });
    }
}

const FIELD: &str = "field";
const PROTOCOL: &str = "protocol or field";

impl WrittenDefaults {
    /// What a later `Default` sets replaces what an earlier one set.
    fn add(&mut self, later: &Self) {
        let Self { pdu, gop, gog } = later;
        self.pdu.drop_unassigned = pdu.drop_unassigned.or(self.pdu.drop_unassigned);
        self.pdu.discard_data = pdu.discard_data.or(self.pdu.discard_data);
        self.pdu.last = pdu.last.or(self.pdu.last);
        self.gop.expiration = gop.expiration.or(self.gop.expiration);
        self.gop.idle_timeout = gop.idle_timeout.or(self.gop.idle_timeout);
        self.gop.lifetime = gop.lifetime.or(self.gop.lifetime);
        self.gop.drop_unassigned = gop.drop_unassigned.or(self.gop.drop_unassigned);
        // In the defaults of a Gog too, this is about the Gops.
        self.gop.show_tree = gog.show_tree.or(gop.show_tree).or(self.gop.show_tree);
        self.gop.show_times = gop.show_times.or(self.gop.show_times);
        self.gog.expiration = gog.expiration.or(self.gog.expiration);
        self.gog.show_times = gog.show_times.or(self.gog.show_times);
    }
}
