//! Whose number an IMSI is, as routing enquiries told.

use std::collections::HashMap;

use crate::model::RandomState;
use crate::session::sms::Imsi;

/// Subscribers remembered until they are half forgotten: some minutes of a busy service centre. Between the enquiry and
/// the short message lie milliseconds.
const SUBSCRIBERS: usize = 32_768;

/// The numbers last heard of. When there are too many, those not heard of since half as many ago are forgotten.
#[derive(Debug, Default)]
pub(super) struct Subscribers {
    recent: HashMap<Imsi, String, RandomState>,
    earlier: HashMap<Imsi, String, RandomState>,
}

impl Subscribers {
    /// Notes a subscriber's number.
    pub(super) fn note(&mut self, imsi: Imsi, number: String) {
        if self.recent.len() >= SUBSCRIBERS {
            self.earlier = std::mem::take(&mut self.recent);
        }
        self.recent.insert(imsi, number);
    }

    /// A subscriber's number.
    pub(super) fn number(&self, imsi: Imsi) -> Option<&str> {
        let number = self.recent.get(&imsi).or_else(|| self.earlier.get(&imsi));
        number.map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imsi(number: usize) -> Imsi {
        Imsi::read(&number.to_be_bytes()).unwrap()
    }

    #[test]
    fn the_latest_number_counts_and_the_oldest_are_forgotten() {
        let mut subscribers = Subscribers::default();
        subscribers.note(imsi(0), "+1".into());
        subscribers.note(imsi(0), "+2".into());
        assert_eq!(subscribers.number(imsi(0)), Some("+2"));
        (1..2 * SUBSCRIBERS).for_each(|number| subscribers.note(imsi(number), "+3".into()));
        assert_eq!(subscribers.number(imsi(0)), Some("+2"));
        subscribers.note(imsi(2 * SUBSCRIBERS), "+3".into());
        assert_eq!(subscribers.number(imsi(0)), None);
    }
}
