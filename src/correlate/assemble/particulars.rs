//! What the PDUs of a message say of it: who, what, how large. The submission's word comes first, then what was
//! fetched, then what was announced, then what a report tells.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::index::Few;
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::group::views::View;
use crate::correlate::message::Part;
use crate::correlate::record::address;
use crate::correlate::record::pdu::PartRecord;
use crate::correlate::record::shown_headers::ShownHeaders;
use crate::correlate::store::contents::Content;
use crate::correlate::store::leg::Leg;
use crate::correlate::store::pdus::{Notified, Reported, Retrieved, Send};
use crate::model::{Digest, tree};

pub(crate) struct Facts<'a> {
    snapshot: &'a Snapshot<'a>,
    cluster: &'a Cluster,
    legs: &'a [Leg<'a>],
    send: Option<Send<'a>>,
    /// The m-retrieve.conf that is most complete, one without error before one with.
    fetched: Option<Retrieved<'a>>,
    notified: Few<Notified<'a>>,
    /// The body with its media type.
    body: Option<(&'a Content, Option<&'a str>)>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot<'a>, cluster: &'a Cluster, legs: &'a [Leg<'a>]) -> Self {
        let submitted = cluster.submission.or(cluster.handovers.first().copied());
        let sending: Vec<Leg<'a>> = submitted
            .into_iter()
            .flat_map(|step| snapshot.legs_of(step))
            .collect();
        let sends = sending.iter().filter_map(|leg| leg.sent());
        let fetches = legs.iter().filter_map(|leg| leg.retrieved());
        let send = sends.max_by_key(|send| send.complete);
        let fetched = fetches.max_by_key(|fetched| (fetched.is_ok(), fetched.complete));
        Self {
            snapshot,
            cluster,
            legs,
            send,
            fetched,
            notified: legs.iter().filter_map(|leg| leg.notified()).collect(),
            body: body(send, fetched),
        }
    }

    /// How many recipients the submission names.
    pub(crate) fn recipient_count(&self) -> usize {
        let recipients = self.send.into_iter().flat_map(|send| send.recipients());
        tree::<BTreeSet<_>, _>(recipients.map(address::comparable)).len()
    }

    pub(crate) fn message_id(&self) -> Option<String> {
        let in_legs = |wanted: fn(Leg<'_>) -> bool| {
            let mut legs = self.legs.iter().copied().filter(|leg| wanted(*leg));
            legs.find_map(Leg::message_id)
        };
        let given = in_legs(|leg| leg.send_conf().is_some());
        let fetched = in_legs(|leg| leg.retrieved().is_some());
        // What a foreign MMSC calls the message is its own id, where the one that the message came with is known.
        let handed_over = in_legs(|leg| leg.handed_over().is_some());
        let of_peer = |id: &str| {
            let mut answers = self.legs.iter().filter_map(|leg| leg.mm4_answer()?.message_id());
            answers.any(|own| address::message_id(own) == id)
        };
        let fetched = fetched.filter(|id| handed_over.is_none() || !of_peer(id));
        given
            .or(fetched)
            .or(handed_over)
            .or_else(|| in_legs(|_| true))
            .map(str::to_owned)
    }

    /// A number that a proxy stamps on submissions comes late, whom an error page of the MMSC is from comes last.
    pub(crate) fn from(&self) -> Option<String> {
        let bare = |sender: &str| address::bare(sender).to_owned();
        let sent = self.send.and_then(Send::sender);
        let (fetched, failed) = match self.fetched {
            Some(fetched) if fetched.is_ok() => (fetched.sender(), None),
            fetched => (None, fetched.and_then(Retrieved::sender)),
        };
        let sending = self.legs.iter().filter(|leg| leg.send().is_some());
        let stamped = sending.filter_map(|leg| leg.subscriber()).next();
        let named = sent
            .or_else(|| self.announced(Notified::sender))
            .or(fetched)
            .map(bare);
        let last = stamped.or(failed.filter(|_| self.send.is_none()));
        named
            .or_else(|| self.reported_sender())
            .or_else(|| last.map(bare))
    }

    fn announced(&self, what: fn(Notified<'a>) -> Option<&'a str>) -> Option<&'a str> {
        self.notified.iter().find_map(|notified| what(*notified))
    }

    /// The sender as a report names it: the address in it that is not the recipient.
    fn reported_sender(&self) -> Option<String> {
        self.legs.iter().find_map(|leg| {
            let (_, view) = View::each(*leg, self.cluster, self.snapshot).next()?;
            let addressee = view.sender()?;
            let reported = leg.any_report().and_then(Reported::to);
            let written = [reported, leg.recipient()].into_iter().flatten();
            let mut written = written.filter(|written| self.snapshot.address(written) == addressee);
            written.next().map(|written| address::bare(written).to_owned())
        })
    }

    pub(crate) fn to(&self) -> Vec<String> {
        match (self.send, self.fetched) {
            (Some(send), _) => bare(send.to()),
            (None, Some(fetched)) => bare(fetched.to()),
            (None, None) => Vec::new(),
        }
    }

    pub(crate) fn cc(&self) -> Vec<String> {
        match (self.send, self.fetched) {
            (Some(send), _) => bare(send.cc()),
            (None, Some(fetched)) => bare(fetched.cc()),
            (None, None) => Vec::new(),
        }
    }

    pub(crate) fn bcc(&self) -> Vec<String> {
        self.send.map_or(Vec::new(), |send| bare(send.bcc()))
    }

    pub(crate) fn subject(&self) -> Option<String> {
        let sent = self.send.and_then(Send::subject);
        let fetched = self.fetched.and_then(Retrieved::subject);
        sent.or(fetched)
            .or_else(|| self.announced(Notified::subject))
            .map(str::to_owned)
    }

    pub(crate) fn shown(&self) -> ShownHeaders {
        let sent = self.send.map(Send::shown);
        let fetched = self.fetched.map(Retrieved::shown);
        let announced = self.notified.iter().map(|notified| notified.shown());
        let told = sent.into_iter().chain(fetched).chain(announced);
        told.fold(ShownHeaders::default(), ShownHeaders::or)
    }

    pub(crate) fn content_type(&self) -> Option<String> {
        self.body
            .and_then(|(_, media_type)| media_type)
            .map(str::to_owned)
    }

    pub(crate) fn parts(&self) -> Vec<Part> {
        let parts = self.body.map(|(content, _)| content.parts.iter());
        parts.into_iter().flatten().map(part).collect()
    }

    pub(crate) fn size(&self) -> Option<u64> {
        let announced = self.notified.iter().find_map(|notified| notified.size);
        self.body.and_then(|(content, _)| content.size).or(announced)
    }
}

/// The body with its media type: the submission's, unless only the one that was fetched is all there. What
/// m-forward.req carries is no body.
fn body<'a>(
    send: Option<Send<'a>>,
    fetched: Option<Retrieved<'a>>,
) -> Option<(&'a Content, Option<&'a str>)> {
    let has_body = |send: &Send<'_>| {
        let content = send.content();
        content.size.is_some() || !content.parts.is_empty()
    };
    let sent = send.filter(|send| !send.is_forward()).filter(has_body);
    let fetched = fetched.filter(|fetched| fetched.is_ok());
    match (sent, fetched) {
        (Some(send), fetched) if send.complete || fetched.is_none_or(|fetched| !fetched.complete) => {
            Some((send.content(), send.media_type()))
        }
        (_, Some(fetched)) => Some((fetched.content(), fetched.media_type())),
        (_, None) => None,
    }
}

fn bare<'t>(addresses: impl Iterator<Item = &'t str>) -> Vec<String> {
    addresses
        .map(|address| address::bare(address).to_owned())
        .collect()
}

fn part(part: PartRecord<'_>) -> Part {
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    Part {
        content_type: part.content_type.into_owned(),
        name: owned(part.name),
        content_id: owned(part.content_id),
        content_location: owned(part.content_location),
        charset: owned(part.charset),
        size: part.size,
        sha256: Digest(part.sha256),
    }
}
