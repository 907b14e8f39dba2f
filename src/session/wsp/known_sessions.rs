//! What sessions said of their clients, for clients that come back from another address: a session that is resumed
//! is known by its id and its server (WAP-230 section 6.3.2.4).

use std::collections::{HashMap, VecDeque};

use super::exchange::ClientFacts;
use crate::model::{Host, RandomState};

/// Sessions kept: the phones of a busy gateway over an hour.
const SESSIONS: usize = 16_384;

/// Sessions by server and id.
#[derive(Debug, Default)]
pub(in crate::session) struct KnownSessions {
    facts: HashMap<(Host, u32), ClientFacts, RandomState>,
    order: VecDeque<(Host, u32)>,
}

impl KnownSessions {
    /// A server granted a session; the oldest is forgotten where there are too many.
    pub(in crate::session) fn granted(&mut self, server: Host, session: u32, facts: &ClientFacts) {
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
    pub(in crate::session) fn find(&self, server: Host, session: u32) -> Option<&ClientFacts> {
        self.facts.get(&(server, session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Labels, NetworkConclusion, NetworkId, NetworkMark, Networks};

    #[test]
    fn another_network_has_its_own_servers_and_sessions() {
        let there = Labels(7);
        let mut networks = Networks::default();
        networks.learn(NetworkConclusion {
            mark: NetworkMark::Labels(there),
            network: 1,
        });
        let server = |labels| {
            let id = NetworkId {
                labels,
                ..NetworkId::default()
            };
            networks.host(id, [10, 0, 0, 1].into())
        };
        let mut sessions = KnownSessions::default();
        sessions.granted(server(Labels(0)), 1, &ClientFacts::default());
        assert!(
            sessions.find(server(Labels(3)), 1).is_some(),
            "nothing tells them apart"
        );
        assert!(sessions.find(server(there), 1).is_none());
    }
}
