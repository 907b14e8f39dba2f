//! `--check`: what a configuration means.

use std::io::{self, Write};

use super::{entry::Names, seconds::Seconds, words};
use crate::mate::{
    catalogue::FieldId,
    config::{
        Acceptance, Action, Clause, Configuration, GogDeclaration, GopDeclaration, List, PduDeclaration,
        Semantics, Transform, TransformIndex,
    },
};
use crate::model::Nanoseconds;
use crate::report::words::{
    human,
    style::{Style, Tone},
};

/// Writes what was understood, and every remark.
pub(crate) fn write(out: &mut impl Write, configuration: &Configuration, style: &Style) -> io::Result<()> {
    let meaning = Meaning { configuration, style };
    for transform in &configuration.transforms {
        meaning.transform(out, transform)?;
    }
    for pdu in &configuration.pdus {
        meaning.pdu(out, pdu)?;
    }
    for gop in &configuration.gops {
        meaning.gop(out, gop)?;
    }
    for gog in &configuration.gogs {
        meaning.gog(out, gog)?;
    }
    for note in &configuration.notes {
        let text = format!("{}: {}: {}", note.place, note.kind.as_str(), note.detail);
        writeln!(
            out,
            "{} {}",
            style.paint(Tone::Mixed, "note:"),
            style.clean(&text)
        )?;
    }
    let counts = [
        (configuration.transforms.len(), "Transform"),
        (configuration.pdus.len(), "Pdu"),
        (configuration.gops.len(), "Gop"),
        (configuration.gogs.len(), "Gog"),
        (configuration.notes.len(), "note"),
    ];
    let counts = counts.map(|(count, noun)| human::count(count as u64, noun));
    let semantics = match configuration.semantics {
        Semantics::Documented => "documented",
        Semantics::Wireshark => "wireshark",
    };
    writeln!(out, "{}; semantics {semantics}", counts.join(", "))
}

struct Meaning<'a> {
    configuration: &'a Configuration,
    style: &'a Style,
}

impl Meaning<'_> {
    fn head(&self, out: &mut impl Write, kind: &str, name: &str, rest: &str) -> io::Result<()> {
        let name = self.style.paint(Tone::Strong, self.style.clean(name));
        writeln!(out, "{kind} {name}{}", self.style.clean(rest))
    }

    fn line(&self, out: &mut impl Write, what: &str, text: &str) -> io::Result<()> {
        writeln!(out, "  {what:15} {}", self.style.clean(text))
    }

    fn list(&self, list: &List) -> String {
        words::list(list, self.configuration)
    }

    fn transform(&self, out: &mut impl Write, transform: &Transform) -> io::Result<()> {
        self.head(out, "Transform", &transform.name, "")?;
        for clause in &transform.clauses {
            self.line(out, "Match", &self.clause(clause))?;
        }
        Ok(())
    }

    fn clause(&self, clause: &Clause) -> String {
        let added: Vec<String> = clause
            .added
            .iter()
            .map(|added| {
                let name = self.configuration.attributes.name(added.attribute);
                match &*added.value {
                    "" => name.to_owned(),
                    value => format!("{name}={value}"),
                }
            })
            .collect();
        let action = match clause.action {
            Action::Insert => "Insert",
            Action::Replace => "Replace",
        };
        format!(
            "{} {} {action} ({})",
            words::mode(clause.mode),
            self.list(&clause.conditions),
            added.join(", ")
        )
    }

    fn transforms(&self, out: &mut impl Write, transforms: &[TransformIndex]) -> io::Result<()> {
        let found = transforms
            .iter()
            .filter_map(|index| self.configuration.transforms.get(index.index()));
        let names: Vec<&str> = found.map(|transform| &*transform.name).collect();
        match names.is_empty() {
            true => Ok(()),
            false => self.line(out, "Transform", &names.join(", ")),
        }
    }

    fn pdu(&self, out: &mut impl Write, pdu: &PduDeclaration) -> io::Result<()> {
        let proto = pdu.proto.map_or("(not extracted, never there)", FieldId::name);
        let stack = |fields: &[FieldId]| {
            fields
                .iter()
                .map(|field| field.name())
                .collect::<Vec<_>>()
                .join("/")
        };
        let mut rest = format!("  Proto {proto}");
        for (word, fields) in [("Transport", &pdu.transports), ("Payload", &pdu.payloads)] {
            if !fields.is_empty() {
                rest.push_str(&format!("  {word} {}", stack(fields)));
            }
        }
        self.head(out, "Pdu", self.configuration.pdu_type(pdu.pdu_type), &rest)?;
        for extract in &pdu.extracts {
            let name = self.configuration.attributes.name(extract.attribute);
            self.line(out, "Extract", &format!("{name} From {}", extract.field.name()))?;
        }
        self.transforms(out, &pdu.transforms)?;
        if let Some(criteria) = &pdu.criteria {
            let acceptance = match criteria.acceptance {
                Acceptance::Accept => "Accept",
                Acceptance::Reject => "Reject",
            };
            let list = self.list(&criteria.conditions);
            self.line(
                out,
                "Criteria",
                &format!("{acceptance} {} {list}", words::mode(criteria.mode)),
            )?;
        }
        for (is_on, word) in [
            (pdu.drop_unassigned, "DropUnassigned"),
            (pdu.discard_data, "DiscardPduData"),
            (pdu.last, "LastPdu"),
        ] {
            if is_on {
                self.line(out, word, "true")?;
            }
        }
        Ok(())
    }

    fn gop(&self, out: &mut impl Write, gop: &GopDeclaration) -> io::Result<()> {
        let on = self.configuration.pdu_type(gop.on);
        self.head(
            out,
            "Gop",
            &gop.name,
            &format!("  On {on}  Match {}", self.list(&gop.key)),
        )?;
        for (word, list) in [("Start", &gop.start), ("Stop", &gop.stop)] {
            if let Some(list) = list {
                self.line(out, word, &self.list(list))?;
            }
        }
        self.extra(out, &gop.extra)?;
        self.transforms(out, &gop.transforms)?;
        for (word, time) in [
            ("Expiration", gop.expiration),
            ("IdleTimeout", gop.idle_timeout),
            ("Lifetime", gop.lifetime),
        ] {
            if let Some(time) = time {
                self.time(out, word, time)?;
            }
        }
        match gop.drop_unassigned {
            true => self.line(out, "DropUnassigned", "true"),
            false => Ok(()),
        }
    }

    fn extra(&self, out: &mut impl Write, extra: &List) -> io::Result<()> {
        match extra.is_empty() {
            true => Ok(()),
            false => self.line(out, "Extra", &self.list(extra)),
        }
    }

    fn time(&self, out: &mut impl Write, word: &str, time: Nanoseconds) -> io::Result<()> {
        self.line(out, word, &format!("{} s", Seconds(time)))
    }

    fn gog(&self, out: &mut impl Write, gog: &GogDeclaration) -> io::Result<()> {
        self.head(out, "Gog", &gog.name, "")?;
        for member in &gog.members {
            let gop = self.configuration.gop(member.gop);
            self.line(out, "Member", &format!("{gop} {}", self.list(&member.key)))?;
        }
        self.extra(out, &gog.extra)?;
        self.transforms(out, &gog.transforms)?;
        self.time(out, "Expiration", gog.expiration)
    }
}
