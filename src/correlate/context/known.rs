//! What is known to belong to MMS: which endpoints and hosts, and whose numbers. It tells whether a transaction that joins no
//! message is one of ours.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;

use crate::correlate::context::profile::Profile;
use crate::correlate::context::sessions::Sessions;
use crate::correlate::context::transaction::{self, Facts, Transaction};
use crate::correlate::record::address;
use crate::model::{Endpoint, RandomState};

/// Things of one kind that are remembered.
const MAX_KNOWN: usize = 1 << 20;

/// Keys of one kind; where there are too many, it begins anew.
#[derive(Debug, Default)]
struct Keys {
    hashes: RandomState,
    keys: HashSet<u64, RandomState>,
}

impl Keys {
    fn add(&mut self, what: impl Hash) {
        if self.keys.len() >= MAX_KNOWN {
            self.keys.clear();
        }
        let key = self.hashes.hash_one(what);
        self.keys.insert(key);
    }

    fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn has(&self, what: impl Hash) -> bool {
        self.keys.contains(&self.hashes.hash_one(what))
    }
}

/// What is known to belong to MMS.
#[derive(Debug, Default)]
pub(crate) struct Known {
    endpoints: Keys,
    hosts: Keys,
    /// Addresses that DNS gave for hosts of MMS.
    addresses: Keys,
    /// Ends of numbers that take part.
    numbers: Keys,
}

impl Known {
    /// Learns from a message.
    pub(crate) fn learn(&mut self, profile: &Profile) {
        for exchange in &profile.exchanges {
            self.endpoints.add(exchange.server);
            for host in &exchange.hosts {
                self.hosts.add(&**host);
            }
        }
        for party in &profile.parties {
            self.numbers.add(address::end(&party.comparable));
        }
    }

    /// Learns from what DNS answered about a host of MMS.
    pub(crate) fn learn_addresses(&mut self, transaction: &Transaction) {
        if let Facts::Question(question) = &transaction.facts
            && self.is_of_mms(&question.name)
        {
            question
                .addresses
                .iter()
                .for_each(|address| self.addresses.add(address));
        }
    }

    /// Learns the host of an exchange.
    pub(crate) fn learn_host(&mut self, host: &str) {
        self.hosts.add(host);
    }

    /// Whether a name is of the host of an exchange.
    pub(crate) fn is_host(&self, name: &str) -> bool {
        self.hosts.has(name)
    }

    /// Whether any host of an exchange is known.
    pub(crate) fn has_hosts(&self) -> bool {
        !self.hosts.is_empty()
    }

    /// Whether anybody's number is known.
    pub(crate) fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Whether a transaction is one of ours, by what is known by now.
    pub(crate) fn is_ours(&self, transaction: &Transaction, sessions: &Sessions) -> bool {
        match &transaction.facts {
            Facts::Charge(_) | Facts::Process(..) | Facts::Media(_) | Facts::SetUp(..) | Facts::Report(_) => {
                true
            }
            Facts::Question(question) => self.is_of_mms(&question.name),
            Facts::Number(number) => self.is_party(number.digits()),
            Facts::Directory(values) => {
                let mut numbers = values.iter().flat_map(|value| transaction::numbers_in(value));
                numbers.any(|number| {
                    let by_imsi = || {
                        sessions
                            .number_of(&number)
                            .is_some_and(|of| self.is_party(of.digits()))
                    };
                    self.is_party(&number) || by_imsi()
                })
            }
            Facts::Endpoint => self.is_endpoint(transaction.asked),
            Facts::Quoted(packet) => {
                self.endpoints.has(packet.destination) || self.endpoints.has(packet.source)
            }
            Facts::Nothing => transaction.counted,
        }
    }

    fn is_party(&self, number: &str) -> bool {
        self.numbers.has(address::end(&address::comparable(number)))
    }

    /// Whether an endpoint is one of MMS: of an exchange, or at an address that DNS gave for a host of MMS.
    pub(crate) fn is_endpoint(&self, end: Endpoint) -> bool {
        self.endpoints.has(end) || self.is_address(end.address)
    }

    fn is_address(&self, address: IpAddr) -> bool {
        self.addresses.has(address)
    }

    /// Whether a name is of a host of MMS: of an exchange; of MMS by its own words (3GPP TS 23.003 clause 13.2); of ENUM.
    fn is_of_mms(&self, name: &str) -> bool {
        let by_words = || name.starts_with("mms") || name.split('.').any(|label| label == "mms");
        by_words() || transaction::enum_number(name).is_some() || self.hosts.has(name)
    }
}
