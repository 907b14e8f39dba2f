//! Which message got which id, for the receipts that name it later, or sooner.

use std::collections::{HashMap, VecDeque};

use super::receipt::Receipt;
use crate::model::{FrameRef, Host, RandomState};
use crate::session::sms::Ticket;

/// Message ids kept until their receipt comes: an hour of a busy gateway.
const MESSAGE_IDS: usize = 65_536;

/// Centres for which one id is kept at a time.
const CENTRES: usize = 8;

/// Receipts kept until their id is given: what a busy centre says within some seconds.
const EARLY: usize = 1_024;

/// A receipt, its frame, and the messages it is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) receipt: Receipt,
    pub(super) at: FrameRef,
    pub(super) tickets: Vec<Ticket>,
}

/// An id as its service centre gave it, with the recipients and messages it was given to.
#[derive(Debug)]
struct Issue {
    centre: Host,
    messages: Vec<(String, Ticket)>,
}

/// Ids given, by centre, and receipts for ids that nobody has given yet.
#[derive(Debug, Default)]
pub(in crate::session) struct MessageIds {
    issued: HashMap<String, Vec<Issue>, RandomState>,
    order: VecDeque<(Host, String)>,
    early: HashMap<String, (Host, Receipt, FrameRef), RandomState>,
    early_order: VecDeque<String>,
}

impl MessageIds {
    /// Notes which id a centre gave to the messages for these recipients. A receipt comes back that was there
    /// before: a centre may deliver on one connection before it answers on the other.
    pub(super) fn insert(
        &mut self,
        centre: Host,
        id: &str,
        messages: Vec<(String, Ticket)>,
    ) -> Option<Claimed> {
        let id = normal(id);
        let issues = self.issued.entry(id.clone()).or_default();
        let known = issues.len();
        issues.retain(|issue| issue.centre != centre);
        if issues.len() == known {
            self.order.push_back((centre, id.clone()));
        }
        if issues.len() >= CENTRES {
            issues.remove(0);
        }
        issues.push(Issue { centre, messages });
        if self.order.len() > MESSAGE_IDS {
            self.forget_oldest();
        }
        self.claim(&id)
    }

    fn forget_oldest(&mut self) {
        let Some((centre, id)) = self.order.pop_front() else {
            return;
        };
        if let Some(issues) = self.issued.get_mut(&id) {
            issues.retain(|issue| issue.centre != centre);
            if issues.is_empty() {
                self.issued.remove(&id);
            }
        }
    }

    /// The receipt that came before this id was given.
    fn claim(&mut self, id: &str) -> Option<Claimed> {
        if self.early.is_empty() {
            return None;
        }
        let form = forms(id).find(|form| self.early.contains_key(form))?;
        let (centre, receipt, _) = self.early.get(&form)?;
        let tickets = self.find(*centre, receipt);
        if tickets.is_empty() {
            return None;
        }
        let (_, receipt, at) = self.early.remove(&form)?;
        Some(Claimed { receipt, at, tickets })
    }

    /// The messages that a receipt is about; where its id is not known it is kept until it is.
    pub(super) fn receipted(&mut self, centre: Host, receipt: &Receipt, at: FrameRef) -> Vec<Ticket> {
        let tickets = self.find(centre, receipt);
        if tickets.is_empty() {
            let id = normal(&receipt.message_id);
            let earlier = self.early.insert(id.clone(), (centre, receipt.clone(), at));
            if earlier.is_none() {
                self.early_order.push_back(id);
            }
            if self.early_order.len() > EARLY
                && let Some(oldest) = self.early_order.pop_front()
            {
                self.early.remove(&oldest);
            }
        }
        tickets
    }

    /// The messages that a receipt is about. Centres write the same id in decimal in one place and in hexadecimal
    /// digits in the other, and speak from several addresses; where the id or the centre is not the very same,
    /// the recipient must be, and so must it where the id was given to several.
    fn find(&self, centre: Host, receipt: &Receipt) -> Vec<Ticket> {
        let mut best = (false, false, false);
        let mut found = Vec::new();
        for (at, form) in forms(&normal(&receipt.message_id)).enumerate() {
            let exact = at == 0;
            for issue in self.issued.get(&form).into_iter().flatten() {
                let here = issue.centre == centre;
                let own = issue.messages.iter();
                let mut tickets: Vec<_> = own
                    .filter(|(recipient, _)| same_subscriber(recipient, &receipt.recipient))
                    .map(|(_, ticket)| *ticket)
                    .collect();
                let named = !tickets.is_empty();
                if let (false, [(_, only)]) = (named, issue.messages.as_slice()) {
                    tickets.push(*only);
                }
                let fits = match named {
                    true => here || exact,
                    false => here && exact,
                };
                if fits && !tickets.is_empty() && (named, here, exact) > best {
                    best = (named, here, exact);
                    found = tickets;
                }
            }
        }
        found
    }
}

/// The id, and the id that it is if it was decimal and is hexadecimal now, or the other way.
fn forms(id: &str) -> impl Iterator<Item = String> {
    let from_decimal = id.parse::<u64>().ok().map(|number| format!("{number:x}"));
    let from_hexadecimal = u64::from_str_radix(id, 16).ok().map(|number| number.to_string());
    [Some(id.to_owned()), from_decimal, from_hexadecimal]
        .into_iter()
        .flatten()
}

/// An id in lower case without leading zeros.
fn normal(id: &str) -> String {
    id.trim_start_matches('0').to_ascii_lowercase()
}

/// Whether two numbers may be one subscriber's, one perhaps in its national form: the digits at the end are the
/// same, and what is before them is no more than a prefix.
fn same_subscriber(one: &str, other: &str) -> bool {
    /// The shortest subscriber number that is compared without its prefix, in digits.
    const SUBSCRIBER: usize = 6;
    /// The longest prefix: 00, country code of three digits.
    const PREFIX: usize = 5;
    let digits = |text: &str| -> Vec<u8> { text.bytes().filter(u8::is_ascii_digit).collect() };
    let (one, other) = (digits(one), digits(other));
    let pairs = one.iter().rev().zip(other.iter().rev());
    let common = pairs.take_while(|(a, b)| a == b).count();
    if common == 0 {
        return false;
    }
    let (before_one, before_other) = (one.len() - common, other.len() - common);
    match (before_one, before_other) {
        (0, 0) => true,
        _ => common >= SUBSCRIBER && before_one <= PREFIX && before_other <= PREFIX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FrameNumber, NetworkId, Networks};

    const CENTRE: [u8; 4] = [10, 0, 0, 1];
    const OTHER: [u8; 4] = [10, 0, 0, 2];

    fn host(address: [u8; 4]) -> Host {
        Networks::default().host(NetworkId::default(), address.into())
    }

    fn receipt(id: &str, recipient: &str) -> Receipt {
        Receipt {
            message_id: id.into(),
            recipient: recipient.into(),
            delivered: true,
            code: None,
        }
    }

    fn given(
        ids: &mut MessageIds,
        centre: [u8; 4],
        id: &str,
        messages: &[(&str, Ticket)],
    ) -> Option<Claimed> {
        let messages = messages.iter().map(|(to, ticket)| ((*to).to_owned(), *ticket));
        ids.insert(host(centre), id, messages.collect())
    }

    fn find(ids: &MessageIds, centre: [u8; 4], id: &str, recipient: &str) -> Vec<Ticket> {
        ids.find(host(centre), &receipt(id, recipient))
    }

    fn tickets<const COUNT: usize>() -> [Ticket; COUNT] {
        let tickets = crate::session::sms::tests::tickets(COUNT as u64);
        tickets.try_into().unwrap()
    }

    #[test]
    fn an_id_is_found_in_decimal_and_hexadecimal_for_the_same_recipient() {
        let mut ids = MessageIds::default();
        let [decimal, hexadecimal] = tickets();
        given(&mut ids, CENTRE, "0000291", &[("+491720000001", decimal)]);
        given(&mut ids, CENTRE, "1F4A", &[("+491720000002", hexadecimal)]);
        assert_eq!(find(&ids, CENTRE, "123", "+491720000001"), [decimal]);
        assert_eq!(find(&ids, CENTRE, "8010", "01720000002"), [hexadecimal]);
        assert!(find(&ids, CENTRE, "8010", "+491720000001").is_empty());
        // The very same id needs no recipient: centres may write a short code or nothing.
        assert_eq!(find(&ids, CENTRE, "1f4a", ""), [hexadecimal]);
        assert!(find(&ids, OTHER, "1f4a", "").is_empty());
        assert_eq!(find(&ids, OTHER, "1f4a", "00491720000002"), [hexadecimal]);
    }

    #[test]
    fn a_number_in_hexadecimal_digits_gives_way_to_the_recipient() {
        let mut ids = MessageIds::default();
        let [hundred, hexadecimal] = tickets();
        given(&mut ids, CENTRE, "100", &[("+491720000001", hundred)]);
        given(&mut ids, CENTRE, "64", &[("+491720000002", hexadecimal)]);
        assert_eq!(find(&ids, CENTRE, "64", "+491720000001"), [hundred]);
        assert_eq!(find(&ids, CENTRE, "64", "+491720000002"), [hexadecimal]);
        assert_eq!(find(&ids, CENTRE, "64", ""), [hexadecimal]);
    }

    #[test]
    fn of_several_recipients_with_one_id_the_receipt_names_one() {
        let mut ids = MessageIds::default();
        let [one, two] = tickets();
        given(&mut ids, CENTRE, "a", &[("+492", one), ("+493", two)]);
        assert_eq!(find(&ids, CENTRE, "a", "+493"), [two]);
        assert!(find(&ids, CENTRE, "a", "+494").is_empty());
    }

    #[test]
    fn a_receipt_may_come_before_the_id() {
        let mut ids = MessageIds::default();
        let [one, two] = tickets();
        let at = FrameRef {
            frame: FrameNumber(7),
            ..FrameRef::default()
        };
        let early = receipt("291", "+491720000001");
        assert!(ids.receipted(host(CENTRE), &early, at).is_empty());
        assert_eq!(given(&mut ids, CENTRE, "123", &[("+491720000009", two)]), None);
        let claimed = given(&mut ids, CENTRE, "123", &[("+491720000001", one)]).unwrap();
        assert_eq!(
            (claimed.receipt, claimed.at.frame, claimed.tickets),
            (early, at.frame, vec![one])
        );
        assert_eq!(given(&mut ids, CENTRE, "123", &[("+491720000001", two)]), None);
    }

    #[test]
    fn what_is_kept_stays_bounded() {
        let mut ids = MessageIds::default();
        let [ticket] = tickets();
        let at = FrameRef::default();
        for id in 0..MESSAGE_IDS + 10 {
            given(&mut ids, CENTRE, &format!("x{id}"), &[("1", ticket)]);
        }
        for centre in 0..200 {
            given(&mut ids, [10, 1, 1, centre], "same", &[("1", ticket)]);
            let unknown = receipt(&format!("y{centre}"), "2");
            for again in 0..10 {
                let unknown = receipt(&format!("{}{again}", unknown.message_id), "2");
                ids.receipted(host(CENTRE), &unknown, at);
            }
        }
        assert_eq!(ids.order.len(), MESSAGE_IDS);
        assert!(ids.issued.len() <= MESSAGE_IDS);
        assert_eq!(ids.issued.get("same").map(Vec::len), Some(CENTRES));
        assert_eq!((ids.early.len(), ids.early_order.len()), (EARLY, EARLY));
    }
}
