//! Which message a transaction concerns: by a list of rules, the first that holds; of several messages that it holds of, the
//! one whose exchange was under way, then the nearest before. Every look-up takes the few nearest in time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;

use foldhash::fast::FixedState;
use smallvec::SmallVec;

use crate::correlate::context::bindings::{Holders, Naming};
use crate::correlate::context::known::Known;
use crate::correlate::context::profile::{self, Exchange, Profile, Role};
use crate::correlate::context::sessions::Sessions;
use crate::correlate::context::transaction::{self, Charge, Facts, Media, Question, Transaction};
use crate::correlate::group::index::Index;
use crate::correlate::record::address;
use crate::correlate::store::leg::LegKind;
use crate::model::{Confidence, Nanoseconds, Networks, SeedableRandomState, SharedSort, Timestamp};
use crate::session::surroundings::{MessageType, QuotedPacket, TransactionId};

/// How long before a connection its host may have been asked for.
const BEFORE_CONNECTION: Nanoseconds = 30 * Timestamp::SECOND;
/// Retrievals of a message at which its media are looked for.
const RETRIEVALS: usize = 8;

/// What joins a transaction to a message, in the order in which it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// It names the message.
    MessageId,
    /// It quotes a packet of the message.
    Datagram,
    /// The host of a connection was asked for right before it.
    Connection,
    /// All parties agree, in the exchange that it is about.
    Numbers,
    /// The one party that it names.
    Number,
    /// A part of the message.
    Digest,
    /// The phone's address.
    Address,
    /// A host that another transaction of the message led to, or that its phone or its MMSC had to ask for.
    Host,
    /// Some parties agree, or all of them outside of the exchange.
    Likeness,
}

impl Rule {
    /// The name in the output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MessageId => "message_id",
            Self::Datagram => "datagram",
            Self::Connection | Self::Host => "host",
            Self::Numbers => "numbers",
            Self::Number => "number",
            Self::Digest => "digest",
            Self::Address => "address",
            Self::Likeness => "likeness",
        }
    }

    const fn confidence(self) -> Confidence {
        match self {
            Self::MessageId | Self::Datagram => Confidence::Exact,
            Self::Connection | Self::Numbers | Self::Number | Self::Digest | Self::Address | Self::Host => {
                Confidence::Strong
            }
            Self::Likeness => Confidence::Weak,
        }
    }
}

/// How a transaction fits a message.
#[derive(Clone, Debug)]
struct Fit {
    rule: Rule,
    confidence: Confidence,
    role: Role,
}

impl Fit {
    const fn new(rule: Rule, role: Role) -> Self {
        Self {
            rule,
            confidence: rule.confidence(),
            role,
        }
    }
}

/// A transaction of a message.
#[derive(Clone, Debug)]
pub(crate) struct Joined {
    pub(crate) transaction: TransactionId,
    pub(crate) rule: Rule,
    pub(crate) confidence: Confidence,
    /// Whom of the message it concerns.
    pub(crate) role: Role,
    /// The bindings that told whose address it came from.
    pub(crate) holders: Holders,
}

/// A message by its place among the profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place(u32);

/// A small list of keys.
type KeyList = SmallVec<[u64; 4]>;

/// All messages of a round, as transactions are joined to them.
pub(crate) struct Joining<'a> {
    pub(crate) profiles: &'a [Profile],
    pub(crate) sessions: &'a Sessions,
    pub(crate) known: &'a Known,
    pub(crate) networks: &'a Networks,
    hashes: SeedableRandomState,
    index: Index<Place>,
    /// Where answers of DNS led: from who asked and what was found to the message.
    learned: HashMap<u64, (Place, Role), FixedState>,
}

impl<'a> Joining<'a> {
    pub(crate) fn new(
        profiles: &'a [Profile],
        sessions: &'a Sessions,
        known: &'a Known,
        networks: &'a Networks,
    ) -> Self {
        Self {
            profiles,
            sessions,
            known,
            networks,
            hashes: SeedableRandomState::default(),
            index: Index::default(),
            learned: HashMap::default(),
        }
    }

    /// The transactions of each message.
    pub(crate) fn join(&mut self, held: &BTreeMap<TransactionId, Transaction>) -> Vec<Vec<Joined>> {
        let mut order: Vec<(Timestamp, TransactionId)> = held
            .iter()
            .map(|(id, transaction)| (transaction.time(), *id))
            .collect();
        order.shared_sort();
        self.fill_index(held);
        let mut found: Vec<Vec<Joined>> = self.profiles.iter().map(|_| Vec::new()).collect();
        for (_, id) in order {
            let Some(transaction) = held.get(&id) else {
                continue;
            };
            for (place, fit) in self.places_of(transaction) {
                self.learn(transaction, place, fit.role);
                let holders = self.holders_of(transaction, &fit);
                let joined = Joined {
                    transaction: id,
                    rule: fit.rule,
                    confidence: fit.confidence,
                    role: fit.role,
                    holders,
                };
                if let Some(list) = found.get_mut(place.0 as usize) {
                    list.push(joined);
                }
            }
        }
        found
    }

    fn key(&self, kind: char, what: impl Hash) -> u64 {
        self.hashes.hash_one((kind, what))
    }

    fn number_key(&self, written: &str) -> u64 {
        self.key('n', address::end(&address::comparable(written)))
    }

    /// The messages by all that some transaction asks for.
    fn fill_index(&mut self, held: &BTreeMap<TransactionId, Transaction>) {
        let wanted: HashSet<u64, FixedState> = held
            .values()
            .flat_map(|transaction| self.keys_of(transaction))
            .collect();
        let mut index = Index::default();
        for (place, profile) in (0..).map(Place).zip(self.profiles) {
            let mut add = |key: u64, time: Timestamp| {
                if wanted.contains(&key) {
                    index.add(key, time, place);
                }
            };
            self.keys_of_profile(profile, &mut add);
        }
        index.sort();
        self.index = index;
    }

    fn keys_of_profile(&self, profile: &Profile, add: &mut impl FnMut(u64, Timestamp)) {
        let first = profile.first();
        for id in &profile.ids {
            add(self.key('i', address::message_id(id)), first);
        }
        let mut numbers: HashMap<Role, KeyList, FixedState> = HashMap::default();
        for party in &profile.parties {
            let key = self.key('n', address::end(&party.comparable));
            add(key, first);
            numbers.entry(party.role).or_default().push(key);
            if let Some((_, domain)) = party.comparable.rsplit_once('@') {
                add(self.key('m', domain), first);
            }
        }
        let fetched = profile
            .exchanges
            .iter()
            .filter(|exchange| exchange.kind == LegKind::Retrieval);
        let fetched = fetched.map(|exchange| exchange.begin.time).take(RETRIEVALS);
        for time in fetched.chain([first]) {
            profile
                .digests
                .iter()
                .for_each(|digest| add(self.key('d', digest.0), time));
        }
        for exchange in &profile.exchanges {
            let time = exchange.begin.time;
            for key in numbers.get(&exchange.role).into_iter().flatten() {
                add(*key, time);
            }
            for host in &exchange.hosts {
                add(self.key('h', (&**host, exchange.client.address)), time);
                add(self.key('m', &**host), time);
            }
            if let Some(phone) = exchange.phone {
                add(self.key('a', phone), time);
            }
            let ends = [exchange.client, exchange.server];
            add(self.key('p', ends), time);
            add(self.key('p', [exchange.server, exchange.client]), time);
        }
    }

    /// By what messages are looked for that a transaction may concern.
    fn keys_of(&self, transaction: &Transaction) -> KeyList {
        let mut keys = KeyList::new();
        let asker = transaction.asker.address;
        match &transaction.facts {
            Facts::Charge(charge) => {
                let id = charge.message_id.as_deref();
                keys.extend(id.map(|id| self.key('i', address::message_id(id))));
                let payer = charge.payer.map(|payer| payer.to_string());
                let named = charge.originator.as_deref().into_iter().chain(payer.as_deref());
                let named = named.chain(charge.recipients.iter().map(|recipient| &**recipient));
                keys.extend(named.map(|written| self.number_key(written)));
            }
            Facts::Process(parties, recipients) => {
                let named = parties.iter().chain(recipients);
                keys.extend(named.map(|written| self.number_key(written)));
            }
            Facts::Question(question) => match transaction::enum_number(&question.name) {
                Some(number) => keys.push(self.number_key(&number)),
                None => {
                    keys.push(self.key('h', (&*question.name, asker)));
                    keys.push(self.key('m', &*question.name));
                    self.phone_keys(transaction, &mut keys);
                }
            },
            Facts::Number(number) => keys.push(self.number_key(number.digits())),
            Facts::SetUp(number, _) => keys.extend(number.map(|number| self.number_key(number.digits()))),
            Facts::Directory(values) => {
                keys.extend(
                    self.directory_numbers(values)
                        .map(|number| self.number_key(&number)),
                );
            }
            Facts::Media(media) => {
                keys.extend(media.ids.iter().map(|id| self.key('i', address::message_id(id))));
                keys.extend(media.digests.iter().map(|digest| self.key('d', digest.0)));
            }
            Facts::Endpoint => self.phone_keys(transaction, &mut keys),
            Facts::Quoted(packet) => keys.push(self.key('p', [packet.source, packet.destination])),
            Facts::Report(_) | Facts::Nothing => {}
        }
        keys
    }

    fn phone_keys(&self, transaction: &Transaction, keys: &mut KeyList) {
        keys.push(self.key('a', transaction.asker.address));
        if let Some((number, _)) = self.asker_by_binding(transaction) {
            keys.push(self.number_key(&number));
        }
    }

    /// The number that the address of who asked was at the time, and the bindings that say so.
    pub(crate) fn asker_by_binding(&self, transaction: &Transaction) -> Option<(String, Holders)> {
        asker_by_binding(self.sessions, transaction)
    }

    /// The numbers that a directory is asked about: as such, or by an IMSI of which a session told the number.
    fn directory_numbers<'t>(
        &self,
        values: &'t [Box<str>],
    ) -> impl Iterator<Item = String> + use<'t, '_, 'a> {
        let written = values.iter().flat_map(|value| transaction::numbers_in(value));
        written.map(|written| match self.sessions.number_of(&written) {
            Some(number) => number.to_string(),
            None => written,
        })
    }

    /// The messages that a transaction concerns: one, but for a host that several connections went to.
    fn places_of(&self, transaction: &Transaction) -> SmallVec<[(Place, Fit); 1]> {
        let time = transaction.time();
        let keys = self.keys_of(transaction);
        let mut places: SmallVec<[Place; 8]> =
            keys.iter().flat_map(|key| self.index.near(*key, time)).collect();
        places.extend(self.led_to(transaction).map(|(place, _)| place));
        places.shared_sort();
        places.dedup();
        let mut fits: SmallVec<[(Place, Fit); 1]> = SmallVec::new();
        for place in places {
            let fit = self
                .profile(place)
                .and_then(|profile| self.fit(transaction, place, profile));
            fits.extend(fit.map(|fit| (place, fit)));
        }
        let Some(first) = fits.iter().map(|(_, fit)| fit.rule).min() else {
            return fits;
        };
        fits.retain(|(_, fit)| fit.rule == first);
        if first == Rule::Connection {
            return fits;
        }
        self.nearest(fits, time)
    }

    fn profile(&self, place: Place) -> Option<&'a Profile> {
        self.profiles.get(place.0 as usize)
    }

    /// Of several, the one with an exchange under way; of several of these, the nearest before, which is less sure.
    fn nearest(&self, mut fits: SmallVec<[(Place, Fit); 1]>, time: Timestamp) -> SmallVec<[(Place, Fit); 1]> {
        let is_inside = |place: Place| self.profile(place).is_some_and(|profile| profile.encloses(time));
        if fits.iter().any(|(place, _)| is_inside(*place)) {
            fits.retain(|(place, _)| is_inside(*place));
        }
        let several = fits.len() > 1;
        let best = fits.into_iter().min_by_key(|(place, _)| {
            let distance = self
                .profile(*place)
                .map_or(Nanoseconds::MIN, |profile| profile.distance(time));
            (distance < 0, distance.saturating_abs(), *place)
        });
        let best = best.map(|(place, fit)| {
            let confidence = if several { Confidence::Weak } else { fit.confidence };
            (place, Fit { confidence, ..fit })
        });
        best.into_iter().collect()
    }

    fn fit(&self, transaction: &Transaction, place: Place, profile: &Profile) -> Option<Fit> {
        let time = transaction.time();
        match &transaction.facts {
            Facts::Charge(charge) => charged(charge, time, profile),
            Facts::Process(parties, recipients) => {
                let mut all = parties.iter().chain(recipients);
                let agree = all.all(|written| profile.parties_of(written).next().is_some());
                let role = match recipients.as_slice() {
                    [only] => part(profile, only),
                    _ => Role::Sender,
                };
                (agree && profile.spans(time)).then(|| Fit::new(Rule::Number, role))
            }
            Facts::Question(question) => self.asked(transaction, question, place, profile),
            Facts::Number(number) => by_number(profile, time, number.digits()),
            Facts::SetUp(number, _) => by_number(profile, time, number.as_ref()?.digits()),
            Facts::Directory(values) => {
                let mut numbers = self.directory_numbers(values);
                numbers.find_map(|number| by_number(profile, time, &number))
            }
            Facts::Media(media) => adapted(media, time, profile),
            Facts::Endpoint => self.connected(transaction, place, profile),
            Facts::Quoted(packet) => quoted(packet, time, profile),
            Facts::Report(_) | Facts::Nothing => None,
        }
    }

    fn is_client(&self, transaction: &Transaction, exchange: &Exchange) -> bool {
        exchange.client.address == transaction.asker.address
            && self.networks.same(transaction.network, exchange.network)
    }

    /// DNS.
    fn asked(
        &self,
        transaction: &Transaction,
        question: &Question,
        place: Place,
        profile: &Profile,
    ) -> Option<Fit> {
        let time = transaction.time();
        if let Some(number) = transaction::enum_number(&question.name) {
            return by_number(profile, time, &number);
        }
        let names = |exchange: &&Exchange| exchange.hosts.iter().any(|host| **host == *question.name);
        let named = || profile.exchanges.iter().filter(names);
        let follows = |exchange: &&Exchange| {
            (0..=BEFORE_CONNECTION).contains(&exchange.begin.time.since(time))
                && exchange.kind != LegKind::Notification
                && self.is_client(transaction, exchange)
        };
        let went_there = |exchange: &&Exchange| question.addresses.contains(&exchange.server.address);
        if let Some(exchange) = named().filter(follows).find(went_there) {
            return Some(Fit {
                confidence: Confidence::Exact,
                ..Fit::new(Rule::Connection, exchange.role)
            });
        }
        if let Some(exchange) = named().find(follows) {
            return Some(Fit::new(Rule::Connection, exchange.role));
        }
        let found = || {
            let led = self
                .led_to(transaction)
                .find(|(led, _)| *led == place)
                .map(|(_, role)| role);
            let is_handover =
                |exchange: &&Exchange| matches!(exchange.kind, LegKind::Handover | LegKind::RefusedEnvelope);
            let handed = || named().find(is_handover).map(|exchange| exchange.role);
            let domain = || domain_of_recipient(profile, &question.name);
            let phone = || self.asked_by_phone(transaction, profile, named());
            led.or_else(handed).or_else(domain).or_else(phone)
        };
        let role = profile.spans(time).then(found).flatten()?;
        Some(Fit::new(Rule::Host, role))
    }

    /// A notified phone asks for the host of what it was told of, and fetches nothing after it.
    fn asked_by_phone<'p>(
        &self,
        transaction: &Transaction,
        profile: &Profile,
        mut named: impl Iterator<Item = &'p Exchange>,
    ) -> Option<Role> {
        let time = transaction.time();
        let role = self.phone(transaction, profile)?;
        let is_announced = |exchange: &Exchange| {
            exchange.kind == LegKind::Notification && exchange.role == role && exchange.begin.time <= time
        };
        let is_fetched = |exchange: &Exchange| {
            exchange.kind == LegKind::Retrieval && exchange.role == role && exchange.begin.time > time
        };
        (named.any(is_announced) && !profile.exchanges.iter().any(is_fetched)).then_some(role)
    }

    /// Whose phone of the message asked: by its address in a leg, else by the binding of its number.
    fn phone(&self, transaction: &Transaction, profile: &Profile) -> Option<Role> {
        let address = transaction.asker.address;
        let is_of_phone = |exchange: &&Exchange| {
            exchange.phone == Some(address) && self.networks.same(transaction.network, exchange.network)
        };
        let mut roles = profile
            .exchanges
            .iter()
            .filter(is_of_phone)
            .map(|exchange| exchange.role);
        if let Some(first) = roles.next() {
            let is_one = roles.all(|role| role == first);
            return Some(if is_one { first } else { Role::Sender });
        }
        let (number, _) = self.asker_by_binding(transaction)?;
        profile.parties_of(&number).next()?;
        Some(part(profile, &number))
    }

    /// TCP and TLS.
    fn connected(&self, transaction: &Transaction, place: Place, profile: &Profile) -> Option<Fit> {
        if !profile.spans(transaction.time()) {
            return None;
        }
        let is_ours = self.known.is_endpoint(transaction.asked);
        if let Some(role) = is_ours.then(|| self.phone(transaction, profile)).flatten() {
            return Some(Fit::new(Rule::Address, role));
        }
        let (_, role) = self.led_to(transaction).find(|(led, _)| *led == place)?;
        Some(Fit::new(Rule::Host, role))
    }

    /// Where an answer of DNS to who asks now led to what is asked now.
    fn led_to(&self, transaction: &Transaction) -> impl Iterator<Item = (Place, Role)> {
        let asker = transaction.asker.address;
        let key = match &transaction.facts {
            Facts::Question(question) => Some(self.key('t', (asker, &*question.name))),
            Facts::Endpoint => Some(self.address_key(asker, transaction.asked.address)),
            Facts::Quoted(packet) => {
                Some(self.address_key(packet.source.address, packet.destination.address))
            }
            _ => None,
        };
        key.and_then(|key| self.learned.get(&key)).copied().into_iter()
    }

    fn address_key(&self, asker: IpAddr, address: IpAddr) -> u64 {
        self.key('g', (asker, address))
    }

    fn learn(&mut self, transaction: &Transaction, place: Place, role: Role) {
        let Facts::Question(question) = &transaction.facts else {
            return;
        };
        let asker = transaction.asker.address;
        for address in &question.addresses {
            let key = self.address_key(asker, *address);
            self.learned.insert(key, (place, role));
        }
        for target in &question.targets {
            let key = self.key('t', (asker, &**target));
            self.learned.insert(key, (place, role));
        }
    }

    /// The bindings that told whose address a transaction came from, where that joined it.
    fn holders_of(&self, transaction: &Transaction, fit: &Fit) -> Holders {
        let by_phone = matches!(fit.rule, Rule::Address | Rule::Host)
            && matches!(transaction.facts, Facts::Endpoint | Facts::Question(_));
        let known = by_phone.then(|| self.asker_by_binding(transaction)).flatten();
        known.map(|(_, holders)| holders).unwrap_or_default()
    }
}

/// The number that the address of who asked was at the time, and the bindings that say so.
pub(crate) fn asker_by_binding(sessions: &Sessions, transaction: &Transaction) -> Option<(String, Holders)> {
    let bindings = &sessions.bindings;
    if bindings.is_empty() {
        return None;
    }
    let labels = transaction.network.labels;
    let holders = bindings.holders(transaction.asker.address, labels, transaction.time());
    match bindings.naming(&holders) {
        Naming::Is(id) => Some((bindings.get(id)?.number.to_string(), holders)),
        Naming::Nobody | Naming::Ambiguous(_) | Naming::Conflict(_) => None,
    }
}

/// The part that somebody has in a message; the sender's, which names nobody, where he has several.
fn part(profile: &Profile, written: &str) -> Role {
    profile.part_of(written).map_or(Role::Sender, |party| party.role)
}

fn by_number(profile: &Profile, time: Timestamp, written: &str) -> Option<Fit> {
    profile
        .parties_of(written)
        .next()
        .filter(|_| profile.spans(time))?;
    Some(Fit::new(Rule::Number, part(profile, written)))
}

/// The recipient whose mail address is of a domain.
fn domain_of_recipient(profile: &Profile, name: &str) -> Option<Role> {
    let is_of = |party: &&profile::Party| {
        let domain = party.comparable.rsplit_once('@').map(|(_, domain)| domain);
        party.role != Role::Sender && domain == Some(name)
    };
    profile.parties.iter().find(is_of).map(|party| party.role)
}

/// The legs that a Message-Type names; none where they are no exchanges, or not MM1's.
const fn legs_of(kind: Option<MessageType>) -> Option<LegKind> {
    match kind {
        None
        | Some(
            MessageType::SendReq | MessageType::SendConf | MessageType::ForwardReq | MessageType::ForwardConf,
        ) => Some(LegKind::Submission),
        Some(MessageType::RetrieveConf) => Some(LegKind::Retrieval),
        Some(MessageType::NotifyRespInd | MessageType::AcknowledgeInd) => Some(LegKind::Acknowledgement),
        Some(
            MessageType::NotificationInd
            | MessageType::DeliveryInd
            | MessageType::ReadRecInd
            | MessageType::ReadOrigInd
            | MessageType::Mailbox(_),
        ) => None,
    }
}

/// Whether a Message-Type is about one recipient's delivery.
const fn is_of_recipient(kind: Option<MessageType>) -> bool {
    matches!(
        kind,
        Some(
            MessageType::NotificationInd
                | MessageType::NotifyRespInd
                | MessageType::RetrieveConf
                | MessageType::AcknowledgeInd
        )
    )
}

/// Charging.
fn charged(charge: &Charge, time: Timestamp, profile: &Profile) -> Option<Fit> {
    let role = charged_role(charge, time, profile);
    let is_named = |id: &str| profile.ids.iter().any(|known| same_id(known, id));
    if charge.message_id.as_deref().is_some_and(is_named) {
        return Some(Fit::new(Rule::MessageId, role));
    }
    if !profile.spans(time) {
        return None;
    }
    let is_sender = |written: &str| {
        profile
            .parties_of(written)
            .any(|party| party.role == Role::Sender)
    };
    let is_recipient = |written: &str| {
        profile
            .parties_of(written)
            .any(|party| party.role != Role::Sender)
    };
    let agree = charge.sender().is_some_and(|sender| is_sender(&sender))
        && charge.recipients.iter().all(|recipient| is_recipient(recipient));
    let concerns = |exchange: &Exchange| match role {
        Role::Delivery(_) => exchange.role == role,
        Role::Sender | Role::Recipient(_) => true,
    };
    let is_inside = match legs_of(charge.kind) {
        Some(kind) => profile
            .exchanges
            .iter()
            .any(|exchange| exchange.kind == kind && exchange.encloses(time) && concerns(exchange)),
        None => true,
    };
    if agree && is_inside {
        return Some(Fit::new(Rule::Numbers, role));
    }
    let named = named_by(charge);
    if let [only] = named.as_slice()
        && profile.parties_of(only).next().is_some()
    {
        return Some(Fit::new(Rule::Number, role));
    }
    let any = named
        .iter()
        .any(|written| profile.parties_of(written).next().is_some());
    any.then(|| Fit::new(Rule::Likeness, role))
}

/// All whom a charging names, each once.
fn named_by(charge: &Charge) -> Vec<String> {
    let payer = charge.payer.map(|payer| payer.to_string());
    let written = charge.originator.iter().chain(&charge.recipients);
    let mut named: Vec<String> = Vec::new();
    for written in written.map(ToString::to_string).chain(payer) {
        let comparable = address::comparable(&written).into_owned();
        if !named
            .iter()
            .any(|known| address::is_one_subscriber(known, &comparable))
        {
            named.push(comparable);
        }
    }
    named
}

/// Whose delivery a charging concerns: its only recipient, else who pays, else who had an exchange of this kind under way.
fn charged_role(charge: &Charge, time: Timestamp, profile: &Profile) -> Role {
    if !is_of_recipient(charge.kind) {
        return Role::Sender;
    }
    let of = |written: &str| {
        let party = profile
            .parties_of(written)
            .find(|party| party.role != Role::Sender)?;
        profile.part_of(written).map(|_| party.role)
    };
    if let [only] = charge.recipients.as_slice() {
        return of(only).unwrap_or(Role::Sender);
    }
    let payer = charge.payer.and_then(|payer| of(payer.digits()));
    let under_way = || {
        let mut exchanges = profile.exchanges.iter();
        let is_it =
            |exchange: &&Exchange| Some(exchange.kind) == legs_of(charge.kind) && exchange.encloses(time);
        exchanges.find(is_it).map(|exchange| exchange.role)
    };
    payer.or_else(under_way).unwrap_or(Role::Sender)
}

fn same_id(one: &str, other: &str) -> bool {
    address::message_id(one) == address::message_id(other)
}

/// STI.
fn adapted(media: &Media, time: Timestamp, profile: &Profile) -> Option<Fit> {
    let fetching = profile
        .exchanges
        .iter()
        .find(|exchange| exchange.kind == LegKind::Retrieval && exchange.encloses(time));
    let role = fetching.map_or(Role::Sender, |exchange| exchange.role);
    let is_named = |id: &str| profile.ids.iter().any(|known| same_id(known, id));
    if media.ids.iter().any(|id| is_named(id)) {
        return Some(Fit::new(Rule::MessageId, role));
    }
    let is_part = media
        .digests
        .iter()
        .any(|digest| profile.digests.contains(digest));
    (is_part && profile.spans(time)).then(|| Fit::new(Rule::Digest, role))
}

/// ICMP.
fn quoted(packet: &QuotedPacket, time: Timestamp, profile: &Profile) -> Option<Fit> {
    let is_of = |exchange: &&Exchange| {
        let ends = (exchange.client, exchange.server);
        ends == (packet.source, packet.destination) || ends == (packet.destination, packet.source)
    };
    let exchange = profile
        .exchanges
        .iter()
        .find(is_of)
        .filter(|_| profile.spans(time))?;
    Some(Fit::new(Rule::Datagram, exchange.role))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Endpoint, Extent, FrameRef, NetworkId, SubscriberNumber, System, TransactionOperation,
        TransactionStatus,
    };

    const ANN: &str = "+61400000001";
    const BEN: &str = "+61400000002";

    fn charge(at: i64, sender: &str, recipients: &[&str]) -> Transaction {
        let charge = Charge {
            originator: Some(sender.into()),
            payer: SubscriberNumber::from_text(sender.as_bytes()),
            recipients: recipients.iter().map(|recipient| (*recipient).into()).collect(),
            kind: Some(MessageType::SendReq),
            ..Charge::default()
        };
        about(
            at,
            Facts::Charge(Box::new(charge)),
            TransactionOperation::CcrEvent,
        )
    }

    fn about(at: i64, facts: Facts, operation: TransactionOperation) -> Transaction {
        let end = |last| Endpoint::new([10, 0, 0, last].into(), 3868);
        let at = FrameRef {
            time: Timestamp::from_seconds(at),
            ..FrameRef::default()
        };
        Transaction {
            system: System::Charging,
            operation,
            network: NetworkId::default(),
            asker: end(9),
            asked: end(40),
            request: Some(Extent::single(at)),
            response: None,
            is_ended_by_asker: false,
            status: Some(TransactionStatus::Diameter(2001)),
            facts,
            joined: false,
            counted: false,
        }
    }

    /// The transactions of each message: their numbers, with what joins them and how surely.
    fn joined(profiles: &[Profile], transactions: Vec<Transaction>) -> Vec<Vec<(u64, Rule, Confidence)>> {
        let held = (0..).map(TransactionId).zip(transactions).collect();
        let sessions = Sessions::new(10, 1_000 * Timestamp::SECOND);
        let (mut known, networks) = (Known::default(), Networks::default());
        profiles.iter().for_each(|profile| known.learn(profile));
        let mut joining = Joining::new(profiles, &sessions, &known, &networks);
        let found = joining.join(&held).into_iter();
        found
            .map(|of| {
                of.into_iter()
                    .map(|one| (one.transaction.0, one.rule, one.confidence))
                    .collect()
            })
            .collect()
    }

    #[test]
    fn a_charging_is_of_the_message_whose_exchange_was_under_way() {
        let messages = [
            Profile::submitted(ANN, BEN, 100..102),
            Profile::submitted(ANN, BEN, 110..112),
        ];
        let of = joined(
            &messages,
            vec![charge(111, ANN, &[BEN]), charge(101, ANN, &[BEN])],
        );
        assert_eq!(of[0], [(1, Rule::Numbers, Confidence::Strong)]);
        assert_eq!(of[1], [(0, Rule::Numbers, Confidence::Strong)]);
    }

    #[test]
    fn of_several_that_fit_the_nearest_before_has_it_and_is_less_sure() {
        let messages = [
            Profile::submitted(ANN, BEN, 100..120),
            Profile::submitted(ANN, BEN, 105..120),
        ];
        let of = joined(&messages, vec![charge(110, ANN, &[BEN])]);
        assert_eq!(
            (of[0].len(), of[1].as_slice()),
            (0, &[(0, Rule::Numbers, Confidence::Weak)][..])
        );
    }

    #[test]
    fn parties_that_agree_in_part_or_outside_of_the_exchange_are_likeness() {
        let messages = [Profile::submitted(ANN, BEN, 100..102)];
        let transactions = vec![
            charge(101, ANN, &["+61400000009"]),
            charge(150, ANN, &[BEN]),
            charge(101, "+61400000008", &["+61400000009"]),
            charge(1_000, ANN, &[BEN]),
        ];
        let likeness = |id| (id, Rule::Likeness, Confidence::Weak);
        assert_eq!(joined(&messages, transactions)[0], [likeness(0), likeness(1)]);
    }

    #[test]
    fn who_is_asked_for_alone_is_found_within_the_span_and_named_where_he_has_one_part() {
        let number = |written: &str| Facts::Number(SubscriberNumber::from_text(written.as_bytes()).unwrap());
        let to_himself = [Profile::submitted(ANN, ANN, 100..102)];
        let (mut known, networks) = (Known::default(), Networks::default());
        known.learn(&to_himself[0]);
        let sessions = Sessions::new(10, Timestamp::SECOND);
        let routing = TransactionOperation::SendRoutingInfoForSm;
        let held = BTreeMap::from([(TransactionId(0), about(103, number(ANN), routing))]);
        let mut joining = Joining::new(&to_himself, &sessions, &known, &networks);
        let found = joining.join(&held);
        assert_eq!((found[0].len(), found[0][0].role), (1, Role::Sender));
        let messages = [Profile::submitted(ANN, BEN, 100..102)];
        let asked = vec![about(401, number(BEN), routing), about(403, number(BEN), routing)];
        assert_eq!(
            joined(&messages, asked)[0],
            [(0, Rule::Number, Confidence::Strong)]
        );
    }

    #[test]
    fn ten_thousand_transactions_that_fit_a_thousand_messages_take_no_square() {
        let messages: Vec<Profile> = (0..1_000)
            .map(|second| Profile::submitted(ANN, BEN, second..second + 1))
            .collect();
        let transactions: Vec<Transaction> = (0..10_000).map(|at| charge(at / 10, ANN, &[BEN])).collect();
        let of = joined(&messages, transactions);
        assert_eq!(of.iter().map(Vec::len).sum::<usize>(), 10_000);
    }
}
