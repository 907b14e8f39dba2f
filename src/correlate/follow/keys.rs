//! By what legs may find each other: for each of the joins that grouping makes, a key that both legs of it share. Keys are
//! wider than the joins that they stand for, so that what is looked at is never less than what grouping would join: numbers
//! are cut to what their national and international form share, and no network or veto plays a part.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;

use crate::correlate::group::party;
use crate::correlate::record::address;
use crate::correlate::store::contents::Content;
use crate::correlate::store::leg::{Leg, LegKind, RequestFacts};
use crate::model::RandomState;

/// How many words of a URL may be a message id, and how short a word is none: as grouping has it.
const MAX_WORDS: usize = 16;
const MIN_WORD: usize = 4;

/// Recipients by which one leg is found. A mass mailing to more is found by its other keys.
const MAX_RECIPIENTS: usize = 256;

/// What two legs share.
#[derive(Hash)]
enum Key<'a> {
    /// Of a URL, whatever its host.
    Path(&'a str),
    /// Of MM1.
    TransactionId(&'a str),
    /// Before the `@`.
    MessageId(&'a str),
    /// As a word of a content location.
    Word(&'a str),
    /// The submission's, with a recipient.
    SubmittedId(&'a str, &'a str),
    /// Of MM4.
    Mm4TransactionId(&'a str),
    /// The digest of the parts, or of the media.
    Content(u64),
    /// Sender and subject.
    Subject(&'a str, Option<&'a str>),
    /// Sender and recipient.
    To(&'a str, &'a str),
    /// Subject and recipient, where the sender is hidden.
    SubjectTo(&'a str, &'a str),
    /// A recipient of what hides its sender.
    FromAnybody(&'a str),
    /// A recipient, as an envelope that was refused has nothing else.
    Envelope(&'a str),
    /// The number that a notification was pushed to.
    PushedTo(&'a str),
    /// The address that a notification was pushed to.
    PushedToAddress(IpAddr),
    /// The address that fetched.
    FetchedBy(IpAddr),
}

/// What finds what under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// All that have the key find each other.
    Shared,
    /// It has what others ask for, whatever they have besides.
    Given,
    /// It asks for what others have.
    Asked,
    /// It has what others wish for that find nothing by an identifier.
    Offered,
    /// It wishes for it, unless it finds what it belongs to by an identifier.
    Wished,
}

impl Role {
    /// The role that this one finds.
    pub(super) const fn counterpart(self) -> Self {
        match self {
            Self::Shared => Self::Shared,
            Self::Given => Self::Asked,
            Self::Asked => Self::Given,
            Self::Offered => Self::Wished,
            Self::Wished => Self::Offered,
        }
    }
}

/// A key in a role, before it is mixed into one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LegKey {
    pub(super) role: Role,
    hash: u64,
}

/// Makes the numbers under which legs are found: hashes that nobody outside can foresee.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyMaker(RandomState);

impl KeyMaker {
    /// The number of a key in its own role: where a leg is put.
    pub(super) fn own(&self, key: LegKey) -> u64 {
        self.0.hash_one((key.role, key.hash))
    }

    /// The number under which what a leg finds was put.
    pub(super) fn found(&self, key: LegKey) -> u64 {
        self.0.hash_one((key.role.counterpart(), key.hash))
    }

    fn key(&self, role: Role, key: Key<'_>) -> LegKey {
        let hash = self.0.hash_one(key);
        LegKey { role, hash }
    }

    /// All keys of a leg.
    pub(super) fn of(&self, leg: Leg<'_>) -> Vec<LegKey> {
        let mut keys = Keys {
            maker: self,
            list: Vec::with_capacity(8),
        };
        match leg.kind() {
            Some(LegKind::Submission) => keys.submission(leg),
            Some(LegKind::Handover) => keys.handover(leg),
            Some(LegKind::Answer) => keys.mm4(leg),
            Some(LegKind::RefusedEnvelope) => keys.refused_envelope(leg),
            Some(LegKind::Notification) => keys.notification(leg),
            Some(LegKind::Retrieval) => keys.retrieval(leg),
            Some(LegKind::Acknowledgement) => keys.acknowledgement(leg),
            Some(LegKind::DeliveryReport | LegKind::ReadReport) => keys.report(leg),
            Some(LegKind::Operation) => keys.operation(leg),
            None => {}
        }
        keys.list
    }
}

/// The keys of one leg as they are gathered.
struct Keys<'m> {
    maker: &'m KeyMaker,
    list: Vec<LegKey>,
}

impl Keys<'_> {
    fn add(&mut self, role: Role, key: Key<'_>) {
        self.list.push(self.maker.key(role, key));
    }

    fn message_id(&mut self, id: Option<&str>) {
        if let Some(id) = id.map(address::local_part).filter(|id| !id.is_empty()) {
            self.add(Role::Shared, Key::MessageId(id));
        }
    }

    fn path(&mut self, url: Option<&str>) {
        if let Some(url) = url {
            self.add(Role::Shared, Key::Path(&address::location(url).path));
        }
    }

    fn transaction_id(&mut self, id: Option<&str>) {
        if let Some(id) = id {
            self.add(Role::Shared, Key::TransactionId(id));
        }
    }

    /// What a submission and a handover have in common.
    fn sent(&mut self, leg: Leg<'_>) {
        self.message_id(Leg::message_id(leg));
        let Some(sent) = leg.sent() else { return };
        self.message_id(sent.message_id());
        self.message_id(leg.envelope_id());
        self.message_id(sent.linked_id());
        self.message_id(sent.reply_charging_id());
        self.path(sent.location());
        self.content(Role::Offered, Some(sent.content()));
        let written = sent.sender().or(leg.subscriber());
        let sender = written.map(address::comparable);
        let sender = sender.as_deref().map(address::end);
        if let Some(sender) = sender {
            self.add(Role::Offered, Key::Subject(sender, sent.subject()));
        }
        for recipient in recipients(leg) {
            let recipient = address::end(&recipient);
            self.add(Role::Offered, Key::Envelope(recipient));
            match sender {
                Some(sender) => self.add(Role::Offered, Key::To(sender, recipient)),
                None => self.add(Role::Offered, Key::FromAnybody(recipient)),
            }
            if let Some(subject) = sent.subject() {
                self.add(Role::Offered, Key::SubjectTo(subject, recipient));
            }
        }
    }

    fn submission(&mut self, leg: Leg<'_>) {
        self.sent(leg);
        if let Some(id) = leg.accepted_id() {
            self.add(Role::Given, Key::Word(id));
        }
        if let Some(id) = leg.sent().and_then(|sent| sent.transaction_id()) {
            for recipient in recipients(leg) {
                let recipient = address::end(&recipient);
                self.add(Role::Given, Key::SubmittedId(id, recipient));
                self.add(Role::Shared, Key::SubmittedId(id, recipient));
            }
        }
    }

    fn handover(&mut self, leg: Leg<'_>) {
        self.sent(leg);
        self.mm4(leg);
        let Some(sent) = leg.sent() else { return };
        self.content(Role::Wished, Some(sent.content()));
        let sender = sent.sender().map(address::comparable);
        let sender = sender.as_deref().map(address::end);
        let first = recipients(leg).next();
        self.likeness(sender, sent.subject(), first.as_deref().map(address::end));
    }

    fn mm4(&mut self, leg: Leg<'_>) {
        if let Some(id) = leg.mm4_transaction_id() {
            self.add(Role::Shared, Key::Mm4TransactionId(id));
        }
        self.message_id(leg.mm4_answer().and_then(|answer| answer.message_id()));
    }

    fn refused_envelope(&mut self, leg: Leg<'_>) {
        for recipient in recipients(leg) {
            self.add(Role::Wished, Key::Envelope(address::end(&recipient)));
        }
    }

    fn notification(&mut self, leg: Leg<'_>) {
        let Some(notified) = leg.notified() else { return };
        self.path(notified.location());
        self.transaction_id(notified.transaction_id());
        self.message_id(notified.replace_id());
        self.message_id(notified.reply_charging_id());
        let recipient = leg.recipient().map(address::comparable);
        let recipient = recipient.as_deref().map(address::end);
        if let Some(url) = notified.location() {
            self.words(url, notified.transaction_id());
        }
        if let Some(recipient) = recipient {
            self.add(Role::Offered, Key::Envelope(recipient));
            self.add(Role::Offered, Key::PushedTo(recipient));
            if let Some(id) = notified.transaction_id() {
                self.add(Role::Asked, Key::SubmittedId(id, recipient));
            }
        }
        if party::is_at_phone(leg.bearer) {
            self.add(Role::Offered, Key::PushedToAddress(leg.server().address));
        }
        let sender = notified.sender().map(address::comparable);
        let sender = sender.as_deref().map(address::end);
        self.likeness(sender, notified.subject(), recipient);
    }

    /// What a content location may be fetched by, and the words of it that may be a message id.
    fn words(&mut self, url: &str, transaction_id: Option<&str>) {
        let path = address::location(url).path;
        let with_id = transaction_id.and_then(|id| address::with_appended(&path, id));
        if let Some(path) = with_id {
            self.add(Role::Shared, Key::Path(&path));
        }
        let is_between = |octet: char| matches!(octet, '/' | '?' | '&' | '=' | ';' | ',' | '#');
        let words = path.split(is_between).map(address::message_id);
        let may_be_id =
            |word: &&str| word.len() >= MIN_WORD && word.bytes().any(|octet| octet.is_ascii_digit());
        for word in words.filter(may_be_id).take(MAX_WORDS) {
            self.add(Role::Asked, Key::Word(word));
        }
    }

    fn retrieval(&mut self, leg: Leg<'_>) {
        self.path(leg.url().filter(|_| leg.is_get()));
        self.path(leg.redirect());
        self.add(Role::Offered, Key::FetchedBy(leg.client().address));
        let Some(retrieved) = leg.retrieved() else { return };
        self.path(leg.url());
        self.transaction_id(retrieved.transaction_id());
        self.message_id(retrieved.message_id());
        self.message_id(retrieved.replace_id());
        self.message_id(retrieved.reply_charging_id());
        let is_alone = matches!(leg.request_facts(), RequestFacts::Unseen);
        if is_alone {
            self.add(Role::Wished, Key::PushedToAddress(leg.client().address));
        }
        if !retrieved.is_ok() {
            return;
        }
        self.content(
            Role::Wished,
            Some(retrieved.content()).filter(|_| retrieved.complete),
        );
        let sender = retrieved.sender().map(address::comparable);
        let recipient = retrieved.only_recipient().map(address::comparable);
        let recipient = recipient.as_deref().map(address::end);
        if let Some(recipient) = recipient.filter(|_| is_alone) {
            self.add(Role::Wished, Key::PushedTo(recipient));
        }
        let sender = sender.as_deref().map(address::end);
        self.likeness(sender, retrieved.subject(), recipient);
    }

    fn acknowledgement(&mut self, leg: Leg<'_>) {
        let Some(confirmed) = leg.confirmed() else { return };
        self.transaction_id(confirmed.transaction_id());
        self.add(Role::Wished, Key::FetchedBy(leg.client().address));
    }

    fn report(&mut self, leg: Leg<'_>) {
        self.message_id(Leg::message_id(leg));
        self.mm4(leg);
    }

    fn operation(&mut self, leg: Leg<'_>) {
        let facts = leg.operation();
        self.message_id(facts.and_then(|facts| facts.cancel_id()));
        // What cancels and what answers that are two exchanges.
        self.transaction_id(facts.and_then(|facts| facts.transaction_id()));
    }

    fn content(&mut self, role: Role, content: Option<&Content>) {
        let digests = content.map(|content| [content.digest, content.media]);
        for digest in digests.into_iter().flatten().flatten() {
            self.add(role, Key::Content(digest));
        }
    }

    /// What a delivery without its submission looks under.
    fn likeness(&mut self, sender: Option<&str>, subject: Option<&str>, recipient: Option<&str>) {
        match sender {
            Some(sender) => {
                self.add(Role::Wished, Key::Subject(sender, subject));
                if let Some(recipient) = recipient {
                    self.add(Role::Wished, Key::To(sender, recipient));
                    self.add(Role::Wished, Key::FromAnybody(recipient));
                }
            }
            None => {
                if let Some((subject, recipient)) = subject.zip(recipient) {
                    self.add(Role::Wished, Key::SubjectTo(subject, recipient));
                }
            }
        }
    }
}

/// The recipients of what was sent, in the form in which they are compared: of the envelope and of the PDU.
fn recipients<'a>(leg: Leg<'a>) -> impl Iterator<Item = Cow<'a, str>> {
    let envelope = leg.envelope_recipients().map(|recipient| recipient.address());
    let written = leg.sent().into_iter().flat_map(|sent| sent.recipients());
    envelope
        .chain(written)
        .take(MAX_RECIPIENTS)
        .map(address::comparable)
}
