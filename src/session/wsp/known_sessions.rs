//! What sessions said of their clients, for clients that come back from another address: a session that is resumed
//! is known by its id and its server (WAP-230 section 6.3.2.4).

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use super::exchange::ClientFacts;
use crate::model::RandomState;

/// Sessions kept: the phones of a busy gateway over an hour.
const SESSIONS: usize = 16_384;

/// Sessions by server and id.
#[derive(Debug, Default)]
pub(in crate::session) struct KnownSessions {
    facts: HashMap<(IpAddr, u32), ClientFacts, RandomState>,
    order: VecDeque<(IpAddr, u32)>,
}

impl KnownSessions {
    /// A server granted a session; the oldest is forgotten where there are too many.
    pub(in crate::session) fn granted(&mut self, server: IpAddr, session: u32, facts: &ClientFacts) {
        let key = (server, session);
        if self.facts.insert(key, facts.clone()).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > SESSIONS
            && let Some(oldest) = self.order.pop_front()
        {
            self.facts.remove(&oldest);
        }
    }

    /// What a session's headers said.
    pub(in crate::session) fn find(&self, server: IpAddr, session: u32) -> Option<&ClientFacts> {
        self.facts.get(&(server, session))
    }
}
