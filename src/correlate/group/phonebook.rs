//! Which number answered at which address, as messages show: where a push names only the number and several
//! notifications fit a request, the address tells whose it is.

use std::collections::HashMap;

use crate::model::{Host, RandomState, Timestamp};

/// Numbers, as keys, by address, in time order: addresses are handed to other phones.
#[derive(Debug, Default)]
pub(crate) struct Phonebook(HashMap<Host, Vec<(Timestamp, u64)>, RandomState>);

impl Phonebook {
    /// What is earlier than what an address is known by already is passed over: it would have to be put in between.
    pub(crate) fn note(&mut self, phone: Host, time: Timestamp, number: u64) {
        let known = self.0.entry(phone).or_default();
        if known
            .last()
            .is_none_or(|(at, last)| *last != number && *at <= time)
        {
            known.push((time, number));
        }
    }

    /// The number that an address had at a time; where none was seen before it, the next one.
    pub(crate) fn number(&self, phone: Host, time: Timestamp) -> Option<u64> {
        let known = self.0.get(&phone)?;
        let (before, after) = known.split_at(known.partition_point(|(at, _)| *at <= time));
        before.last().or(after.first()).map(|(_, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::model::{NetworkId, Networks};

    #[test]
    fn an_address_has_the_number_it_was_last_seen_with() {
        let host = |address: Ipv4Addr| Networks::default().host(NetworkId::default(), IpAddr::V4(address));
        let phone = host(Ipv4Addr::LOCALHOST);
        let mut numbers = Phonebook::default();
        for (second, number) in [(10, 1), (20, 1), (30, 2), (25, 3)] {
            numbers.note(phone, Timestamp::from_seconds(second), number);
        }
        let at = |second| numbers.number(phone, Timestamp::from_seconds(second));
        assert_eq!((at(0), at(29), at(30)), (Some(1), Some(1), Some(2)));
        assert_eq!(
            numbers.number(host(Ipv4Addr::BROADCAST), Timestamp::default()),
            None
        );
    }
}
