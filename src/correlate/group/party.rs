//! Who is at the phone's end of an exchange: one notion of it for all joins.
//!
//! A phone is known by its number (of the PDU, else of a subscriber header), else by its address. Two numbers that
//! differ are a veto, whatever else agrees; another address alone is none (a new PDP context, dual stack, NAT, a
//! proxy). An address means one phone only within its network. National and international form are one number where nothing contradicts.

use std::hash::{BuildHasher, Hash};

use crate::correlate::group::index::ByKey;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, RequestFacts};
use crate::mms::PduType;
use crate::model::{Endpoint, Host, Network, Networks, SeedableRandomState, SharedSort};
use crate::session::Bearer;

/// Whether two parties are one; the greater the surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sameness {
    /// Their numbers differ.
    Contradicts,
    /// Only their addresses are known, and differ.
    OtherAddress,
    /// Nothing that is known of both can be compared.
    Unknown,
    SameAddress,
    SameNumber,
}

impl Sameness {
    /// Of two numbers and of whether the address is a known one of the other's, where both are known.
    pub(crate) fn of(numbers: Option<(u64, u64)>, same_address: Option<bool>) -> Self {
        match (numbers, same_address) {
            (Some((one, other)), _) if one == other => Self::SameNumber,
            (Some(_), _) => Self::Contradicts,
            (None, Some(true)) => Self::SameAddress,
            (None, Some(false)) => Self::OtherAddress,
            (None, None) => Self::Unknown,
        }
    }

    /// Whether something shows that they are one.
    pub(crate) fn is_shown(self) -> bool {
        self >= Self::SameAddress
    }
}

/// The phone of one leg. The number is a key of [`AddressKeys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    pub(crate) number: Option<u64>,
    /// Its address in its network.
    pub(crate) host: Host,
}

impl Party {
    /// Who asked; of a push, whom it is for.
    pub(crate) fn of(leg: Leg<'_>, keys: &AddressKeys) -> Self {
        let (number, host) = match is_push(leg) {
            true => (leg.recipient(), keys.server(leg)),
            false => (written_sender(leg).or(leg.subscriber()), keys.client(leg)),
        };
        Self {
            number: number.map(|number| keys.address(number)),
            host,
        }
    }

    pub(crate) fn sameness(self, other: Self) -> Sameness {
        Sameness::of(self.number.zip(other.number), Some(self.host == other.host))
    }
}

/// Whether a push ends at the phone's own address.
pub(crate) fn is_at_phone(bearer: Bearer) -> bool {
    matches!(bearer, Bearer::PushUdp | Bearer::Wtp | Bearer::Wsp)
}

/// Whether the MMSC pushed it towards a phone.
pub(crate) fn is_push(leg: Leg<'_>) -> bool {
    match leg.request_facts() {
        RequestFacts::Notification(_) => true,
        RequestFacts::DeliveryReport(report) => report.pdu == PduType::DELIVERY_IND,
        RequestFacts::ReadReport(read) => read.pdu == PduType::READ_ORIG_IND,
        RequestFacts::Operation(facts) => facts.pdu == PduType::CANCEL_REQ,
        _ => false,
    }
}

/// The phone as its own PDU names it.
fn written_sender(leg: Leg<'_>) -> Option<&str> {
    let sent = leg.sent().and_then(|sent| sent.sender());
    sent.or_else(|| leg.read_back().and_then(|read| read.from()))
}

/// Digits of the longest number that is compared as one: E.164 has 15, a carrier's prefix stands before them.
const MAX_DIGITS: usize = 18;

/// Makes keys of addresses, the same one for every spelling of one address, and hosts of IP addresses, the same one in
/// all that is of one network. Keys are hashes that nobody outside can foresee.
#[derive(Debug, Default)]
pub(crate) struct AddressKeys {
    pub(crate) hashes: SeedableRandomState,
    /// The international form of those numbers that were also seen without their beginning.
    international: ByKey<u64>,
    /// What was concluded of networks by now.
    pub(crate) networks: Networks,
}

impl AddressKeys {
    /// Keys of what these legs name.
    pub(crate) fn new<'a>(
        legs: impl Iterator<Item = Leg<'a>>,
        hashes: SeedableRandomState,
        networks: Networks,
    ) -> Self {
        let mut numbers = Vec::new();
        legs.for_each(|leg| numbers_of(leg, &mut numbers));
        Self {
            hashes,
            international: international_forms(numbers),
            networks,
        }
    }

    /// A key for an index.
    pub(crate) fn key(&self, what: impl Hash) -> u64 {
        self.hashes.hash_one(what)
    }

    /// The host that asked; of a push, the one that pushed.
    pub(crate) fn client(&self, leg: Leg<'_>) -> Host {
        self.host(leg, leg.client())
    }

    /// The host that was asked.
    pub(crate) fn server(&self, leg: Leg<'_>) -> Host {
        self.host(leg, leg.server())
    }

    fn host(&self, leg: Leg<'_>, end: Endpoint) -> Host {
        self.networks.host(leg.network, end.address)
    }

    /// The network that a leg was seen in.
    pub(crate) fn network(&self, leg: Leg<'_>) -> Network {
        self.networks.of(leg.network)
    }

    /// Whether two legs were seen in one network, where equal addresses mean one host.
    pub(crate) fn in_one_network(&self, one: Leg<'_>, other: Leg<'_>) -> bool {
        self.networks.same(one.network, other.network)
    }

    /// The key of an address in any spelling.
    pub(crate) fn address(&self, written: &str) -> u64 {
        let comparable = address::comparable(written);
        match number(&comparable) {
            Some(number) => self.key(self.international.get(&number).copied().unwrap_or(number)),
            None => self.key(comparable),
        }
    }
}

/// Hashes for keys that nobody outside can foresee, so that no capture can be made to have them collide.
pub(crate) fn hashes() -> SeedableRandomState {
    #[cfg(test)]
    if let Some(seed) = SEED.get() {
        return SeedableRandomState::with_seed(seed, foldhash::SharedSeed::global_fixed());
    }
    SeedableRandomState::random()
}

#[cfg(test)]
std::thread_local! {
    /// The seed of the hashes that this thread makes: to show that no result follows it.
    pub(crate) static SEED: std::cell::Cell<Option<u64>> = const { std::cell::Cell::new(None) };
}

/// A phone number as a number, without leading zeros.
fn number(comparable: &str) -> Option<u64> {
    let digits = comparable.trim_start_matches('0');
    let is_number =
        (1..=MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// All numbers that a leg names.
fn numbers_of(leg: Leg<'_>, numbers: &mut Vec<u64>) {
    let mut add = |written: Option<&str>| {
        let number = written.and_then(|written| number(&address::comparable(written)));
        numbers.extend(number.filter(|number| *number >= 10_u64.pow(address::MIN_NATIONAL as u32 - 1)));
    };
    add(leg.subscriber());
    add(leg.recipient());
    match leg.request_facts() {
        RequestFacts::Send(send) => {
            add(send.sender());
            send.recipients().for_each(|to| add(Some(to)));
        }
        RequestFacts::Handover(handover) => {
            add(handover.send().sender());
            handover.send().recipients().for_each(|to| add(Some(to)));
        }
        RequestFacts::Notification(notified) => add(notified.sender()),
        RequestFacts::DeliveryReport(report) | RequestFacts::ReadReport(report) => {
            add(report.to());
            report
                .told()
                .flat_map(|told| [told.original, told.last])
                .for_each(&mut add);
        }
        _ => {}
    }
    leg.envelope_recipients().for_each(|to| add(Some(to.address())));
    if let Some(retrieved) = leg.retrieved() {
        add(retrieved.sender());
        retrieved.recipients().for_each(|to| add(Some(to)));
    }
}

/// For each number that is the end of another one, the longest that it is the end of, unless it is the end of two
/// that contradict each other. With their digits turned round, those that a number is the end of stand right behind it.
fn international_forms(mut numbers: Vec<u64>) -> ByKey<u64> {
    numbers.shared_sort();
    numbers.dedup();
    let digits = |number: Option<&u64>| number.and_then(|number| number.checked_ilog10());
    if digits(numbers.first()) == digits(numbers.last()) {
        return ByKey::default();
    }
    let mut turned: Vec<String> = numbers
        .iter()
        .map(|number| number.to_string().chars().rev().collect())
        .collect();
    turned.shared_sort();
    let mut forms = ByKey::default();
    // Of each number, from the last: where those end that it is the end of, and the longest of them.
    let mut known: Vec<(usize, Option<usize>)> = vec![(0, None); turned.len()];
    for (place, digits) in turned.iter().enumerate().rev() {
        let longer = turned.get(place + 1..).unwrap_or_default();
        let end = place + 1 + longer.partition_point(|other| other.starts_with(digits.as_str()));
        let longest = match known.get(place + 1) {
            _ if end == place + 1 => Some(place),
            Some((next_end, longest)) if *next_end == end => *longest,
            _ => None,
        };
        if let Some(form) = longest
            .filter(|longest| *longest != place)
            .and_then(|longest| turned.get(longest))
        {
            forms.extend(turned_back(digits).zip(turned_back(form)));
        }
        if let Some(known) = known.get_mut(place) {
            *known = (end, longest);
        }
    }
    forms
}

fn turned_back(digits: &str) -> Option<u64> {
    digits.chars().rev().collect::<String>().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::model::NetworkId;

    #[test]
    fn a_national_number_is_the_international_one_that_ends_with_it() {
        let forms = international_forms(vec![441_500_002, 49_441_500_002, 1_234_567, 61_400_000_001]);
        assert_eq!(forms.get(&441_500_002), Some(&49_441_500_002));
        assert_eq!(forms.len(), 1);
    }

    #[test]
    fn a_national_number_of_two_countries_is_neither() {
        let forms = international_forms(vec![441_500_002, 49_441_500_002, 43_441_500_002]);
        assert!(forms.is_empty(), "{forms:?}");
        let forms = international_forms(vec![1_500_002, 441_500_002, 49_441_500_002]);
        assert_eq!(forms.get(&1_500_002), Some(&49_441_500_002));
        assert_eq!(forms.get(&441_500_002), Some(&49_441_500_002));
    }

    #[test]
    fn a_leading_zero_is_no_part_of_a_number() {
        let keys = AddressKeys::default();
        assert_eq!(keys.address("0441500002"), keys.address("+441500002/TYPE=PLMN"));
        assert_ne!(keys.address("+441500002"), keys.address("+441500003"));
        assert_ne!(keys.address("000"), keys.address("alice@example"));
    }

    #[test]
    fn a_number_goes_before_an_address() {
        let at = |last: u8, number| Party {
            number,
            host: Networks::default().host(NetworkId::default(), IpAddr::from([10, 0, 0, last])),
        };
        assert_eq!(at(1, Some(5)).sameness(at(1, Some(6))), Sameness::Contradicts);
        assert_eq!(at(1, Some(5)).sameness(at(2, Some(5))), Sameness::SameNumber);
        assert_eq!(at(1, Some(5)).sameness(at(1, None)), Sameness::SameAddress);
        assert_eq!(at(1, None).sameness(at(2, None)), Sameness::OtherAddress);
    }
}
