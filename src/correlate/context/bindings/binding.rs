//! One binding: an address is a number's for a time, as a gateway reported.

use crate::correlate::context::passage::{PackedEnds, Passages};
use crate::model::{
    Endpoint, Extent, Nanoseconds, SubscriberNumber, Timestamp, TransactionOperation, TransactionStatus,
};

/// Who reports sessions, in the order in which they are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    Radius,
    /// Either version of GTP-C.
    Gtp,
    Diameter,
}

impl Source {
    /// The name in the output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Radius => "radius",
            Self::Gtp => "gtp",
            Self::Diameter => "diameter",
        }
    }
}

/// The transaction that began a binding, as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) operation: TransactionOperation,
    pub(crate) status: Option<TransactionStatus>,
    pub(crate) asker: Endpoint,
    pub(crate) asked: Endpoint,
    pub(crate) request: Option<Extent>,
    pub(crate) response: Option<Extent>,
}

/// Which binding; a later one has a greater number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BindingId(pub(in crate::correlate::context::bindings) u32);

/// The keys of the addresses of a session: rarely more than one.
#[derive(Clone, Debug)]
pub(crate) enum AddressKeys {
    One(u64),
    /// In as few octets as the other: a slice would take more.
    Several(Box<Several>),
}

/// More keys than one.
#[derive(Clone, Debug)]
pub(crate) struct Several(Vec<u64>);

impl AddressKeys {
    pub(crate) fn new(keys: &[u64]) -> Self {
        match keys {
            [only] => Self::One(*only),
            keys => Self::Several(Box::new(Several(keys.to_vec()))),
        }
    }

    pub(crate) fn as_slice(&self) -> &[u64] {
        match self {
            Self::One(only) => std::slice::from_ref(only),
            Self::Several(keys) => &keys.0,
        }
    }
}

/// An address is a number's for a time.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) number: SubscriberNumber,
    pub(crate) source: Source,
    /// Which gateway reports it, by a key.
    pub(crate) gateway: u32,
    pub(crate) begin: Timestamp,
    /// When the session last gave a sign of life, or its end was reported.
    pub(crate) last_sign: Timestamp,
    /// Whether its end was reported.
    pub(crate) has_ended: bool,
    /// Which session it is of, by a key.
    pub(crate) session: u64,
    /// The same session as whoever asked the gateway for it knows it, by a key; 0 where that was not told.
    pub(crate) node: u64,
    /// The context or bearer that it began with (NSAPI, EBI).
    pub(crate) bearer: Option<u8>,
    pub(crate) addresses: AddressKeys,
    /// An earlier binding of the same session.
    pub(crate) earlier: Option<BindingId>,
    /// Whether some message's context has it.
    pub(crate) joined: bool,
    /// Whether its session was refused.
    pub(crate) refused: bool,
    operation: TransactionOperation,
    status: Option<TransactionStatus>,
    ends: PackedEnds,
    passages: Passages,
}

impl Binding {
    pub(crate) fn new(
        number: SubscriberNumber,
        source: Source,
        gateway: u32,
        life: [Timestamp; 2],
        session: u64,
        beginning: &Beginning,
    ) -> Self {
        let [begin, last_sign] = life;
        Self {
            number,
            source,
            gateway,
            begin,
            last_sign,
            has_ended: false,
            session,
            node: 0,
            bearer: None,
            addresses: AddressKeys::new(&[]),
            earlier: None,
            joined: false,
            refused: false,
            operation: beginning.operation,
            status: beginning.status,
            ends: PackedEnds::new(beginning.asker, beginning.asked),
            passages: Passages::new(beginning.request, beginning.response),
        }
    }

    /// Its end was reported.
    pub(crate) fn end_at(&mut self, at: Timestamp) {
        self.last_sign = at.max(self.begin);
        self.has_ended = true;
    }

    /// The transaction that began it.
    pub(crate) fn beginning(&self) -> Beginning {
        let [asker, asked] = self.ends.ends();
        Beginning {
            operation: self.operation,
            status: self.status,
            asker,
            asked,
            request: self.passages.request(),
            response: self.passages.response(),
        }
    }

    /// Its session was answered.
    pub(crate) fn answered(&mut self, response: Extent, status: TransactionStatus) {
        if self.passages.response().is_none() {
            self.passages = Passages::new(self.passages.request(), Some(response));
            self.status = Some(status);
        }
    }

    /// It is proven that its session got no answer.
    pub(crate) const fn unanswered(&mut self) {
        self.status = Some(TransactionStatus::NoAnswer);
    }

    /// When it is over, as far as its own session tells: without a reported end a lifetime after the last sign of life.
    pub(crate) fn over(&self, lifetime: Nanoseconds) -> Timestamp {
        match self.has_ended {
            true => self.last_sign,
            false => self.last_sign.plus(lifetime),
        }
    }
}
