//! Which address was which number's, and when: what RADIUS, GTP-C and Diameter report of phones' sessions.
//!
//! A binding begins with the report of its session and ends with the report of its end, with a restart of its gateway,
//! with another binding of its address by the same gateway, or a lifetime after the last sign of life. All look-ups go by
//! key and time, so that neither a million sessions of one address nor a million restarts make one slow.

pub(crate) mod binding;
mod gateways;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use smallvec::SmallVec;

use crate::correlate::context::bindings::binding::{AddressKeys, Beginning, Binding, BindingId, Source};
use crate::correlate::context::bindings::gateways::Gateways;
use crate::correlate::context::queue::Queue;
use crate::correlate::record::address;
use crate::model::SharedSort;
use crate::model::{
    Extent, Labels, Nanoseconds, PhoneAddresses, Prefix, SeedableRandomState, SubscriberNumber, Timestamp,
    TransactionStatus,
};

/// How long before its report an address may already be a number's: the gateway reports while the phone is already
/// sending.
const EARLY: Nanoseconds = 5 * Timestamp::SECOND;
/// Gateways of one address that are looked at: private networks that overlap are few.
const GATEWAYS_OF_AN_ADDRESS: usize = 32;
/// Bindings of one session whose addresses are looked at.
const BINDINGS_OF_A_SESSION: usize = 8;
/// One session passes several nodes, each of which reports it, at most this far apart (S11 and S5).
const ONE_SET_UP: Nanoseconds = 5 * Timestamp::SECOND;

/// What a report says of a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionReport<'a> {
    pub(crate) source: Source,
    /// Who reports.
    pub(crate) gateway: GatewayKey,
    /// Which of the gateway's sessions it is about.
    pub(crate) session: SessionKey,
    /// The session as whoever asked the gateway for it knows it, where that is told.
    pub(crate) node: Option<SessionKey>,
    pub(crate) addresses: PhoneAddresses,
    pub(crate) number: Option<SubscriberNumber>,
    /// Which context or bearer of the session it is about, where not about all of them (NSAPI, EBI).
    pub(crate) bearer: Option<u8>,
    /// The labels of the tunnels in which the phone's packets pass.
    pub(crate) tunnels: &'a [Labels],
    /// When what it reports happened.
    pub(crate) at: Timestamp,
    pub(crate) beginning: Beginning,
}

/// Stands for a gateway. The same only within a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GatewayKey(u32);

/// Stands for a session of a gateway. The same only within a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionKey(u64);

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Begins,
    /// It has been there since a time.
    GoesOn {
        since: Option<Timestamp>,
    },
    /// It ended, and had begun at a time.
    Ends {
        since: Option<Timestamp>,
    },
}

/// Bindings that hold for an address at a time.
pub(crate) type Holders = SmallVec<[BindingId; 2]>;

/// Whom the bindings of an address name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    Nobody,
    /// The binding that is believed first.
    Is(BindingId),
    /// Several gateways say that it is another's.
    Ambiguous([BindingId; 2]),
    /// Several sources say so.
    Conflict([BindingId; 2]),
}

/// All bindings that are remembered.
#[derive(Debug)]
pub(crate) struct Bindings {
    limit: usize,
    lifetime: Nanoseconds,
    hashes: SeedableRandomState,
    /// In the order in which they came.
    bindings: Queue<Binding>,
    /// How many came before the first of them.
    gone: u32,
    by_address: BTreeSet<(u64, u32, Timestamp, BindingId)>,
    /// The latest binding in a tunnel with an address.
    by_tunnel: HashMap<u64, BindingId, FixedState>,
    /// The latest binding of a session.
    by_session: HashTable<BindingId>,
    /// The same, by how whoever asked the gateway for it knows it.
    by_node: HashTable<BindingId>,
    /// Which lengths of prefixes occur, by bit.
    lengths: u128,
    gateways: Gateways,
    /// Bindings that were forgotten for the limit.
    forgotten: u64,
}

impl Bindings {
    pub(crate) fn new(limit: usize, lifetime: Nanoseconds) -> Self {
        Self {
            limit: limit.clamp(1, u32::MAX as usize),
            lifetime,
            hashes: SeedableRandomState::default(),
            bindings: Queue::default(),
            gone: 0,
            by_address: BTreeSet::new(),
            by_tunnel: HashMap::default(),
            by_session: HashTable::new(),
            by_node: HashTable::new(),
            lengths: 0,
            gateways: Gateways::default(),
            forgotten: 0,
        }
    }

    /// It is proven that the transaction that began a binding got no answer.
    pub(crate) fn unanswered(&mut self, id: BindingId) {
        if let Some(binding) = self.get_mut(id) {
            binding.unanswered();
        }
    }

    /// Those that no message's context has, and whose beginnings failed.
    pub(crate) fn failed_and_unjoined(&self) -> impl Iterator<Item = &Binding> {
        let failed = |binding: &&Binding| {
            binding
                .beginning()
                .status
                .is_some_and(TransactionStatus::is_failure)
        };
        self.bindings
            .iter()
            .filter(|binding| !binding.joined && !binding.refused)
            .filter(failed)
    }

    /// Whether nothing is known of any phone.
    pub(crate) fn is_empty(&self) -> bool {
        self.bindings.len() == 0
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.bindings.len()
    }

    /// How many were made.
    pub(crate) fn made(&self) -> u64 {
        u64::from(self.gone).saturating_add(self.bindings.len() as u64)
    }

    /// How many of them were forgotten for the limit.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(crate) fn get(&self, id: BindingId) -> Option<&Binding> {
        self.bindings.get(id.0.checked_sub(self.gone)? as usize)
    }

    fn get_mut(&mut self, id: BindingId) -> Option<&mut Binding> {
        self.bindings.get_mut(id.0.checked_sub(self.gone)? as usize)
    }

    /// Notes that some message's context has a binding; whether it is the first.
    pub(crate) fn join(&mut self, id: BindingId) -> bool {
        let binding = self.get_mut(id);
        binding.is_some_and(|binding| !std::mem::replace(&mut binding.joined, true))
    }

    /// Stands for a gateway, by any octets that tell those of one source apart. Gateways of two sources are two, even where one
    /// machine is both: what each says is compared.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "half of a hash tells gateways apart"
    )]
    pub(crate) fn gateway(&self, source: Source, gateway: &[u8]) -> GatewayKey {
        GatewayKey(self.hashes.hash_one((source, gateway)) as u32)
    }

    /// Stands for a session, by any octets that tell those of a gateway apart.
    pub(crate) fn session(&self, source: Source, gateway: &[u8], session: &[u8]) -> SessionKey {
        SessionKey(self.hashes.hash_one((source, gateway, session)))
    }

    /// A gateway began anew, or ended: its sessions are over.
    pub(crate) fn gateway_restarted(&mut self, gateway: GatewayKey, at: Timestamp) {
        self.gateways.restarted(gateway.0, at);
    }

    /// The session of a binding was refused: it never was anybody's.
    pub(crate) fn refused(&mut self, id: BindingId) {
        if let Some(binding) = self.get_mut(id) {
            binding.end_at(binding.begin);
            binding.refused = true;
        }
    }

    /// Takes in what is reported of a session; the binding that it began, if it did.
    pub(crate) fn report(&mut self, life: Life, report: &SessionReport<'_>) -> Option<BindingId> {
        let session = report.session.0;
        match life {
            Life::Begins => self.begin(session, report),
            Life::GoesOn { since } => self.go_on(session, since, report),
            Life::Ends { since } => self.end(session, since, report),
        }
    }

    /// The transaction that began a binding was answered.
    pub(crate) fn answered(&mut self, id: BindingId, response: Extent, status: TransactionStatus) {
        if let Some(binding) = self.get_mut(id) {
            binding.answered(response, status);
        }
    }

    /// A report that comes twice, as where it is passed on, begins nothing new.
    fn begin(&mut self, session: u64, report: &SessionReport<'_>) -> Option<BindingId> {
        let new = self.new_addresses(session, report);
        let known = self
            .alive(session)
            .filter(|known| Some(known.number) == report.number);
        if known.is_some() && new.is_empty() {
            self.sign_of_life(session, report);
            return None;
        }
        let all = self.addresses(report);
        self.insert(session, report.number?, report.at, all, report)
    }

    fn go_on(
        &mut self,
        session: u64,
        since: Option<Timestamp>,
        report: &SessionReport<'_>,
    ) -> Option<BindingId> {
        let known = self.alive(session).map(|known| known.number);
        if known.is_none() && self.latest_of(session).is_some() {
            return None;
        }
        let new = self.new_addresses(session, report);
        self.sign_of_life(session, report);
        let begin = since.filter(|_| known.is_none()).unwrap_or(report.at);
        self.insert(session, known.or(report.number)?, begin, new, report)
    }

    fn end(
        &mut self,
        session: u64,
        since: Option<Timestamp>,
        report: &SessionReport<'_>,
    ) -> Option<BindingId> {
        let begun_with = self.latest_of(session).and_then(|binding| binding.bearer);
        // Another context of the session ends, and the session goes on.
        if report
            .bearer
            .zip(begun_with)
            .is_some_and(|(ends, began)| ends != began)
        {
            return None;
        }
        let mut next = self.latest_id_of(session);
        let is_known = next.is_some();
        while let Some(binding) = next
            .and_then(|id| self.get_mut(id))
            .filter(|binding| !binding.has_ended)
        {
            binding.end_at(report.at);
            next = binding.earlier;
        }
        let since = since.filter(|_| !is_known)?;
        let all = self.addresses(report);
        let id = self.insert(session, report.number?, since, all, report)?;
        self.get_mut(id)?.end_at(report.at);
        Some(id)
    }

    /// The latest binding of a session.
    fn latest_of(&self, session: u64) -> Option<&Binding> {
        self.get(self.latest_id_of(session)?)
    }

    /// Whether a binding of a session is known, by how either end knows it.
    pub(crate) fn has_session(&self, session: SessionKey) -> bool {
        self.latest_id_of(session.0).is_some() || self.latest_by_node(session).is_some()
    }

    /// A session as its gateway knows it, by how whoever asked for it does.
    pub(crate) fn of_node(&self, node: SessionKey) -> Option<(GatewayKey, SessionKey)> {
        let binding = self.latest_by_node(node)?;
        Some((GatewayKey(binding.gateway), SessionKey(binding.session)))
    }

    fn latest_by_node(&self, node: SessionKey) -> Option<&Binding> {
        let is_it = |id: &BindingId| self.get(*id).is_some_and(|binding| binding.node == node.0);
        self.get(*self.by_node.find(node.0, is_it)?)
    }

    fn latest_id_of(&self, session: u64) -> Option<BindingId> {
        let is_it = |id: &BindingId| self.get(*id).is_some_and(|binding| binding.session == session);
        self.by_session.find(session, is_it).copied()
    }

    /// The latest binding of a session that has not ended.
    fn alive(&self, session: u64) -> Option<&Binding> {
        self.latest_of(session).filter(|binding| !binding.has_ended)
    }

    fn sign_of_life(&mut self, session: u64, report: &SessionReport<'_>) {
        let Some(id) = self.latest_id_of(session) else {
            return;
        };
        self.enter_tunnels(id, report);
        let mut next = Some(id);
        for _ in 0..BINDINGS_OF_A_SESSION {
            let Some(binding) = next.and_then(|id| self.get_mut(id)) else {
                return;
            };
            binding.last_sign = binding.last_sign.max(report.at);
            next = binding.earlier;
        }
    }

    /// The addresses of a report, by key.
    fn addresses(&self, report: &SessionReport<'_>) -> SmallVec<[u64; 2]> {
        let PhoneAddresses { v4, prefixes } = report.addresses;
        let v4 = v4.map(|address| self.v4_key(address));
        let prefixes = prefixes
            .into_iter()
            .flatten()
            .map(|prefix| self.prefix_key(prefix));
        v4.into_iter().chain(prefixes).collect()
    }

    /// Those of them that the session is not known to have.
    fn new_addresses(&self, session: u64, report: &SessionReport<'_>) -> SmallVec<[u64; 2]> {
        let mut new = self.addresses(report);
        let mut next = self.latest_id_of(session);
        for _ in 0..BINDINGS_OF_A_SESSION {
            let Some(binding) = next.and_then(|id| self.get(id)) else {
                break;
            };
            if !binding.has_ended {
                new.retain(|address| !binding.addresses.as_slice().contains(address));
            }
            next = binding.earlier;
        }
        new
    }

    fn insert(
        &mut self,
        session: u64,
        number: SubscriberNumber,
        begin: Timestamp,
        addresses: SmallVec<[u64; 2]>,
        report: &SessionReport<'_>,
    ) -> Option<BindingId> {
        if addresses.is_empty() || self.made() >= u64::from(u32::MAX) {
            return None;
        }
        while self.bindings.len() >= self.limit {
            self.forget_oldest();
        }
        let gateway = report.gateway.0;
        // What was another's when it was last heard of was not this one's yet.
        let begin = addresses.iter().fold(begin, |begin, address| {
            let before = self.last_until(*address, gateway, report.at);
            before.map_or(begin, |before| begin.max(before.last_sign.min(report.at)))
        });
        let id = BindingId(u32::try_from(self.made()).ok()?);
        let earlier = self.latest_id_of(session);
        let life = [begin, report.at.max(begin)];
        let mut binding = Binding::new(number, report.source, gateway, life, session, &report.beginning);
        let indexed = addresses.iter().map(|address| (*address, gateway, begin, id));
        self.by_address.extend(indexed);
        binding.earlier = earlier;
        binding.addresses = AddressKeys::new(&addresses);
        binding.bearer = report.bearer;
        binding.node = report.node.map_or(0, |node| node.0);
        self.bindings.push_back(binding);
        self.note_session(session, id, earlier);
        if let Some(node) = report.node {
            self.note_node(node, id);
        }
        for prefix in report.addresses.prefixes.iter().flatten() {
            self.lengths |= 1 << prefix.bits().saturating_sub(1).min(127);
        }
        self.enter_tunnels(id, report);
        Some(id)
    }

    fn enter_tunnels(&mut self, id: BindingId, report: &SessionReport<'_>) {
        if report.tunnels.is_empty() {
            return;
        }
        let Some(addresses) = self.get(id).map(|binding| binding.addresses.clone()) else {
            return;
        };
        for tunnel in report.tunnels {
            for address in addresses.as_slice() {
                let key = self.hashes.hash_one((tunnel, address));
                self.by_tunnel.insert(key, id);
            }
        }
        self.prune_tunnels();
    }

    /// Forgets tunnels of forgotten bindings, where they may be as many as there are bindings.
    fn prune_tunnels(&mut self) {
        const TUNNELS_OF_A_BINDING: usize = 4;
        if self.by_tunnel.len() > self.limit.saturating_mul(TUNNELS_OF_A_BINDING) {
            let gone = self.gone;
            self.by_tunnel.retain(|_, id| id.0 >= gone);
            if self.by_tunnel.len() > self.limit.saturating_mul(TUNNELS_OF_A_BINDING) / 2 {
                self.by_tunnel.clear();
            }
        }
    }

    fn forget_oldest(&mut self) {
        let id = BindingId(self.gone);
        let Some(oldest) = self.get(id) else { return };
        let session = oldest.session;
        let node = oldest.node;
        if let Ok(entry) = self.by_session.find_entry(session, |latest| *latest == id) {
            entry.remove();
        }
        if let Ok(entry) = self.by_node.find_entry(node, |latest| *latest == id) {
            entry.remove();
        }
        let Some(oldest) = self.bindings.pop_front() else {
            return;
        };
        self.gone = self.gone.saturating_add(1);
        self.forgotten = self.forgotten.saturating_add(1);
        for address in oldest.addresses.as_slice() {
            self.by_address
                .remove(&(*address, oldest.gateway, oldest.begin, id));
        }
    }

    /// The latest binding of a session takes the place of an earlier one.
    fn note_session(&mut self, session: u64, id: BindingId, earlier: Option<BindingId>) {
        if let Some(latest) = self
            .by_session
            .find_mut(session, |latest| Some(*latest) == earlier)
        {
            *latest = id;
            return;
        }
        let Self {
            by_session,
            bindings,
            gone,
            ..
        } = self;
        let session_of = |id: &BindingId| {
            let place = id.0.saturating_sub(*gone) as usize;
            bindings.get(place).map_or(0, |binding| binding.session)
        };
        by_session.insert_unique(session, id, session_of);
    }

    fn v4_key(&self, address: Ipv4Addr) -> u64 {
        self.hashes.hash_one(address)
    }

    fn prefix_key(&self, prefix: Prefix) -> u64 {
        self.hashes.hash_one(prefix)
    }

    fn note_node(&mut self, node: SessionKey, id: BindingId) {
        let Self {
            by_node,
            bindings,
            gone,
            ..
        } = self;
        let node_of = |id: &BindingId| {
            let place = id.0.checked_sub(*gone).map(|place| place as usize);
            let binding = place.and_then(|place| bindings.get(place));
            binding.map_or(0, |binding| binding.node)
        };
        match by_node.find_mut(node.0, |latest| node_of(latest) == node.0) {
            Some(latest) => *latest = id,
            None => {
                by_node.insert_unique(node.0, id, node_of);
            }
        }
    }

    /// The keys under which an address may be bound: itself, or a prefix of each length that occurs.
    fn keys_of(&self, address: IpAddr) -> SmallVec<[u64; 2]> {
        match address {
            IpAddr::V4(address) => SmallVec::from_iter([self.v4_key(address)]),
            IpAddr::V6(address) => {
                let occurs = |length: &u8| self.lengths >> (length - 1) & 1 == 1;
                let prefixes = (1..=128_u8).filter(occurs);
                let prefixes = prefixes.filter_map(|length| Prefix::new(address, length));
                prefixes.map(|prefix| self.prefix_key(prefix)).collect()
            }
        }
    }

    /// The last binding of an address by a gateway that began at a time or before.
    fn last_until(&self, address: u64, gateway: u32, at: Timestamp) -> Option<&Binding> {
        self.get(self.last_id_until(address, gateway, at)?)
    }

    fn last_id_until(&self, address: u64, gateway: u32, at: Timestamp) -> Option<BindingId> {
        let from = (address, gateway, EARLIEST, BindingId(0));
        let until = (address, gateway, at, BindingId(u32::MAX));
        let (.., id) = self.by_address.range(from..=until).next_back()?;
        Some(*id)
    }

    /// The gateways that reported bindings of an address.
    fn gateways_of(&self, address: u64) -> SmallVec<[u32; 2]> {
        let mut found = SmallVec::new();
        let mut next = Some(0);
        while let Some(from) = next.filter(|_| found.len() < GATEWAYS_OF_AN_ADDRESS) {
            let from = (address, from, EARLIEST, BindingId(0));
            let Some((same, gateway, ..)) = self.by_address.range(from..).next() else {
                break;
            };
            if *same != address {
                break;
            }
            found.push(*gateway);
            next = gateway.checked_add(1);
        }
        found
    }

    /// When a binding is over: as its session tells, or with its gateway.
    fn over(&self, binding: &Binding) -> Timestamp {
        let own = binding.over(self.lifetime);
        let restart = self.gateways.end_of(binding.gateway, binding.begin);
        restart.map_or(own, |restart| restart.min(own))
    }

    fn holds(&self, id: BindingId, at: Timestamp) -> bool {
        let binding = self.get(id);
        binding.is_some_and(|binding| binding.begin <= at && at < self.over(binding))
    }

    /// The bindings that hold for an address at a time: where one is of the tunnel that it was seen in, that one.
    pub(crate) fn holders(&self, address: IpAddr, labels: Labels, at: Timestamp) -> Holders {
        let keys = self.keys_of(address);
        let tunnels = keys.iter().map(|key| self.hashes.hash_one((labels, *key)));
        let mut scoped = tunnels.filter_map(|key| self.by_tunnel.get(&key).copied());
        if let Some(scoped) = scoped.find(|id| self.holds(*id, at)) {
            return Holders::from_iter([scoped]);
        }
        let mut found: Holders = keys
            .iter()
            .flat_map(|key| {
                self.gateways_of(*key)
                    .into_iter()
                    .map(move |gateway| (*key, gateway))
            })
            .flat_map(|(key, gateway)| self.held_by(key, gateway, at))
            .collect();
        if found.is_empty() {
            found = self.early_holders(&keys, at);
        }
        found.shared_sort_by_key(|id| self.get(*id).map(|binding| (binding.source, binding.begin, *id)));
        found.dedup();
        self.without_repetitions(found)
    }

    /// The binding of an address by a gateway that holds at a time. Diameter tells of one session by several applications (Gx
    /// and Gy), each of which has its own end.
    fn held_by(&self, address: u64, gateway: u32, at: Timestamp) -> Holders {
        let from = (address, gateway, EARLIEST, BindingId(0));
        let until = (address, gateway, at, BindingId(u32::MAX));
        let mut begun = self
            .by_address
            .range(from..=until)
            .rev()
            .filter_map(|(.., id)| self.get(*id).map(|binding| (*id, binding)));
        let Some((last, latest)) = begun.next() else {
            return Holders::new();
        };
        let others = begun.take(BINDINGS_OF_A_SESSION);
        let others =
            others.take_while(|(_, other)| other.source == Source::Diameter && other.number == latest.number);
        let all = std::iter::once(last).chain(others.map(|(id, _)| id));
        all.filter(|id| self.holds(*id, at)).collect()
    }

    /// Those that begin a little later, where the address was nobody else's just before that.
    fn early_holders(&self, keys: &[u64], at: Timestamp) -> Holders {
        let mut found = Holders::new();
        for key in keys {
            let gateways = self.gateways_of(*key);
            for gateway in &gateways {
                let next = self.first_id_after(*key, *gateway, at);
                let Some(binding) = next.and_then(|id| self.get(id)) else {
                    continue;
                };
                if binding.begin.since(at) <= EARLY && self.was_nobody_elses(*key, &gateways, binding) {
                    found.extend(next);
                }
            }
        }
        found
    }

    fn first_id_after(&self, address: u64, gateway: u32, at: Timestamp) -> Option<BindingId> {
        let from = (address, gateway, at.plus(1), BindingId(0));
        let (same, same_gateway, _, id) = self.by_address.range(from..).next()?;
        (*same == address && *same_gateway == gateway).then_some(*id)
    }

    fn was_nobody_elses(&self, address: u64, gateways: &[u32], begun: &Binding) -> bool {
        let before = begun.begin.plus(-1);
        gateways.iter().all(|gateway| {
            let last = self.last_until(address, *gateway, before);
            last.is_none_or(|last| last.number == begun.number || self.over(last) <= begun.begin.plus(-EARLY))
        })
    }

    /// One session that passes several nodes, each of which reports it, is one binding: the first report of it.
    fn without_repetitions(&self, found: Holders) -> Holders {
        let mut kept = Holders::new();
        for id in found {
            let Some(binding) = self.get(id) else { continue };
            let repeats = |kept: &BindingId| {
                self.get(*kept).is_some_and(|kept| {
                    kept.source == Source::Gtp
                        && kept.source == binding.source
                        && kept.number == binding.number
                        && binding.begin.since(kept.begin) <= ONE_SET_UP
                })
            };
            if !kept.iter().any(repeats) {
                kept.push(id);
            }
        }
        kept
    }

    /// Whom bindings that hold at once name.
    pub(crate) fn naming(&self, holders: &Holders) -> Naming {
        let Some((first, one)) = holders.first().and_then(|id| Some((*id, self.get(*id)?))) else {
            return Naming::Nobody;
        };
        let others = || holders.iter().filter_map(|id| Some((*id, self.get(*id)?)));
        let disagrees = |(_, other): &(BindingId, &Binding)| !is_one(one.number, other.number);
        let mut in_conflict = others().filter(disagrees);
        match in_conflict.next() {
            None => Naming::Is(first),
            Some((id, other)) if other.source == one.source => Naming::Ambiguous([first, id]),
            Some((id, _)) => Naming::Conflict([first, id]),
        }
    }
}

/// Whether two numbers are one subscriber's, one of them perhaps in its national form.
pub(crate) fn is_one(one: SubscriberNumber, other: SubscriberNumber) -> bool {
    address::is_one_subscriber(one.digits(), other.digits())
}

/// Before every time.
const EARLIEST: Timestamp = Timestamp::from_nanoseconds(i64::MIN);
