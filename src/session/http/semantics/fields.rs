//! The fields of a head: which of them matter, and what they say (RFC 9110 section 6.3).

use std::borrow::Cow;

use super::coding::Coding;
use super::control::ControlData;
use super::eaif::{EaifField, EaifFields};
use super::head::Head;
use super::ranges::ContentRange;
use super::subscriber::SubscriberField;
use super::texts::{Pieces, Texts};

/// What matters of the fields, as far as they were read; their values as they lie there, blanks around them too.
#[derive(Debug, Default)]
pub(in crate::session::http) struct Fields<'a> {
    host: Option<&'a [u8]>,
    length: Option<u64>,
    contradictory: bool,
    content_type: Option<&'a [u8]>,
    content_codings: Vec<Coding>,
    content_range: Option<ContentRange>,
    entity_tag: Option<&'a [u8]>,
    user_agent: Option<&'a [u8]>,
    server: Option<&'a [u8]>,
    location: Option<&'a [u8]>,
    /// The field that names the subscriber best, and its value.
    subscriber: Option<(SubscriberField, Cow<'a, str>)>,
    relayed: bool,
    pushed: bool,
    eaif: Option<Box<EaifFields>>,
}

impl<'a> Fields<'a> {
    /// Takes a field. Of one that is there several times, Host counts the first time, lengths and codings every time,
    /// others the last.
    pub(in crate::session::http) fn take(&mut self, name: &[u8], value: &'a [u8]) {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("host") {
            self.host.get_or_insert(value);
        } else if is("content-length") {
            self.take_length(&text(value));
        } else if is("content-type") {
            self.content_type = Some(value);
        } else if is("content-encoding") {
            let value = text(value);
            let codings = value.split(',').filter_map(|coding| Coding::named(coding.trim()));
            self.content_codings.extend(codings);
        } else if is("content-range") {
            self.content_range = ContentRange::read(&text(value));
        } else if is("etag") {
            self.entity_tag = Some(value);
        } else if is("user-agent") {
            self.user_agent = Some(value);
        } else if is("server") {
            self.server = Some(value);
        } else if is("location") {
            self.location = Some(value);
        } else if is("via") || is("x-forwarded-for") {
            self.relayed = true;
        } else if is("x-wap-application-id") || is("x-wap-push-info") {
            self.pushed = true;
        } else if let Some(field) = EaifField::named(name) {
            self.eaif.get_or_insert_default().take(field, &text(value));
        } else {
            self.take_subscriber(name, value);
        }
    }

    /// Equal values may be repeated, in one field or several (RFC 9112 section 6.3); of different ones the first
    /// counts.
    fn take_length(&mut self, value: &str) {
        for item in value.split(',') {
            match (item.trim().parse::<u64>(), self.length) {
                (Ok(octets), None) => self.length = Some(octets),
                (Ok(octets), Some(known)) if octets == known => {}
                _ => self.contradictory = true,
            }
        }
    }

    fn take_subscriber(&mut self, name: &[u8], value: &'a [u8]) {
        if let Some(read) = SubscriberField::read(name, || text(value))
            && self.subscriber.as_ref().is_none_or(|(known, _)| read.0 < *known)
        {
            self.subscriber = Some(read);
        }
    }

    /// The head that control data and these fields make.
    pub(in crate::session::http) fn head(self, control: &ControlData<'_>) -> Head {
        let texts = self.texts(control);
        Head {
            start: control.start(),
            content_length: self.length,
            contradictory: self.contradictory,
            codings: self.content_codings,
            content_range: self.content_range,
            subscriber: self.subscriber.map(|(field, _)| field),
            relayed: self.relayed || control.is_absolute(),
            pushed: self.pushed,
            eaif: self.eaif,
            texts,
        }
    }

    fn texts(&self, control: &ControlData<'_>) -> Texts {
        let host = self.host.map(text);
        let content_type = self.content_type.map(text);
        let content_type = content_type.as_deref();
        let (kind, parameters) = match content_type.and_then(|value| value.split_once(';')) {
            Some((kind, parameters)) => (Some(kind), Some(parameters)),
            None => (content_type, None),
        };
        let entity_tag = self.entity_tag.map(text);
        let user_agent = self.user_agent.map(text);
        let server = self.server.map(text);
        let location = self.location.map(text);
        Texts::pack(&Pieces {
            content_type: kind.map(str::trim).filter(|kind| !kind.is_empty()),
            parameters: parameters.filter(|_| kind.is_some_and(has_parameters_that_matter)),
            url: control.url(host.as_deref()),
            entity_tag: entity_tag.as_deref(),
            user_agent: user_agent.as_deref(),
            subscriber: self.subscriber.as_ref().map(|(_, value)| value.as_ref()),
            reason: control.reason(),
            server: server.as_deref(),
            location: location.as_deref(),
        })
    }
}

/// A value as text, without the blanks around it.
pub(in crate::session::http) fn text(value: &[u8]) -> Cow<'_, str> {
    let value = value.trim_ascii();
    // Nearly always the case, and told faster than by a conversion that may have to repair.
    std::str::from_utf8(value).map_or_else(|_| String::from_utf8_lossy(value), Cow::Borrowed)
}

/// Whether the parameters of a media type are needed to read the body: those of a multipart and of XML are.
fn has_parameters_that_matter(kind: &str) -> bool {
    let kind = kind.trim();
    let begins = kind
        .get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("multipart/"));
    let ending = kind.get(kind.len().saturating_sub(3)..);
    begins || ending.is_some_and(|end| end.eq_ignore_ascii_case("xml"))
}
