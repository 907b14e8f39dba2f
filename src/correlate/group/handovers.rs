//! Handovers to foreign MMSCs, applications and mail servers, and the message that each is of.
//!
//! On MM4 X-Mms-Message-ID is the id that the MMSC gave the sender, on MM3 the mail's Message-ID, on MM7 LinkedID may be
//! it (3GPP TS 23.140 sections 8.3, 8.4, 8.7). Hosts that write ids without what stands behind the `@` are joined by what
//! stands before it.

use smallvec::smallvec;

use crate::correlate::group::answers;
use crate::correlate::group::cluster::Cluster;
use crate::correlate::group::clusters::Clusters;
use crate::correlate::group::ids::{ClusterId, StepId};
use crate::correlate::group::index::{ByKey, Few, Index};
use crate::correlate::group::join::{By, Joins};
use crate::correlate::group::snapshot::Snapshot;
use crate::correlate::record::address;
use crate::correlate::store::leg::{Leg, LegKind};
use crate::mms::{MailType, Mm4Type, PduType};
use crate::model::{Interface, Timestamp};

/// An identifier under which a message was handed over, as keys.
#[derive(Clone, Copy)]
pub(crate) struct HandedId {
    pub(crate) key: u64,
    by: By,
    /// Of what stands before the `@`, where that may be all that is written.
    local: Option<u64>,
    /// Whether it names its system, so that others do not count alike.
    names_system: bool,
}

/// The cluster that a handover begins with.
pub(crate) fn handover_cluster(snapshot: &Snapshot<'_>, step: StepId) -> Cluster {
    let legs = || snapshot.legs_of(step);
    let sent = || legs().filter_map(Leg::sent);
    let envelope = recipients(snapshot, step).map(|(key, _)| key);
    let written = sent().flat_map(|sent| sent.recipients());
    let written = written.map(|recipient| snapshot.address(recipient));
    Cluster {
        names_all_recipients: sent().any(|sent| sent.recipients().next().is_some()),
        sender: sent()
            .find_map(|sent| sent.sender())
            .map(|sender| snapshot.address(sender)),
        recipients: envelope.chain(written).collect(),
        handovers: smallvec![step],
        answers: snapshot.answers.of(step).collect(),
        ..Cluster::default()
    }
}

/// Whom a handover is for, with the keys of their addresses: the recipients of the envelope, else those of the PDU.
pub(crate) fn recipients<'a>(snapshot: &Snapshot<'a>, step: StepId) -> impl Iterator<Item = (u64, &'a str)> {
    let legs: Vec<Leg<'a>> = snapshot.legs_of(step).collect();
    let mut found: Vec<(u64, &'a str)> = Vec::new();
    let mut add = |written: &'a str| {
        let key = snapshot.address(written);
        if !found.iter().any(|(known, _)| *known == key) {
            found.push((key, written));
        }
    };
    for leg in &legs {
        leg.envelope_recipients()
            .for_each(|recipient| add(recipient.address()));
    }
    if legs.iter().all(|leg| leg.envelope_recipients().next().is_none()) {
        let sent = legs.iter().filter_map(|leg| leg.sent());
        sent.flat_map(|sent| sent.recipients()).for_each(&mut add);
    }
    found.into_iter()
}

/// Whether a mail may be a submission: one to a phone that no field of MM4 makes a handover.
fn may_be_submission(snapshot: &Snapshot<'_>, step: StepId) -> bool {
    let leg = snapshot.leg(step);
    let Some(sent) = leg
        .sent()
        .filter(|sent| sent.pdu == PduType::Mail(MailType::Mail))
    else {
        return false;
    };
    let mut envelope = leg.envelope_recipients().peekable();
    match envelope.peek() {
        Some(_) => envelope.any(|recipient| address::is_of_phone(recipient.written)),
        None => sent.recipients().any(address::is_of_phone),
    }
}

impl Clusters<'_> {
    /// The ids under which a message was handed over: its own, and the one that the peer gave it.
    pub(crate) fn handed_ids(&self, cluster: &Cluster) -> Few<HandedId> {
        let mut ids: Few<HandedId> = Few::new();
        let mut add = |id: Option<&str>, by: By| {
            let Some(id) = id.map(address::message_id).filter(|id| !id.is_empty()) else {
                return;
            };
            let key = self.snapshot.key(id);
            if ids.iter().all(|known| known.key != key) {
                let local =
                    (by == By::MessageId).then(|| self.snapshot.key(("local", address::local_part(id))));
                ids.push(HandedId {
                    key,
                    by,
                    local,
                    names_system: id.contains('@'),
                });
            }
        };
        let handovers = cluster
            .handovers
            .iter()
            .flat_map(|step| self.snapshot.legs_of(*step));
        for leg in handovers {
            let Some(sent) = leg.sent() else { continue };
            add(sent.message_id(), By::MessageId);
            add(sent.linked_id(), By::LinkedId);
        }
        let answers = cluster.answers.iter().map(|step| self.snapshot.leg(*step));
        let forwarded = answers.filter_map(Leg::mm4_answer);
        for answer in forwarded.filter(|answer| answer.pdu == PduType::Mm4(Mm4Type::ForwardRes)) {
            add(answer.message_id(), By::MessageId);
        }
        ids
    }

    /// What the sender of a mail calls its envelope. Reports name it; it joins no mails, because it may be told again of
    /// another.
    pub(crate) fn envelope_ids(&self, cluster: &Cluster) -> Few<u64> {
        let mut keys: Few<u64> = Few::new();
        for step in &cluster.handovers {
            for id in self.snapshot.legs_of(*step).filter_map(Leg::envelope_id) {
                let key = self.snapshot.key(address::message_id(id));
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys
    }

    /// A handover belongs to the submission that was given its id, else to another handover with that id.
    pub(crate) fn join_handovers(&mut self, joins: &mut Joins) {
        let handovers = std::mem::take(&mut self.message_ids.handovers);
        for (named, id) in handovers {
            let time = self.get(id).map(|cluster| cluster.first).unwrap_or_default();
            let ids = &self.message_ids;
            let candidates = ids.accepted.near(named.key, time);
            let candidates: Few<ClusterId> = candidates.chain(ids.handed.near(named.key, time)).collect();
            let fitting = candidates.into_iter().find(|other| {
                let may_be = self.root(*other) != self.root(id) && !self.contradict(*other, id);
                let mut are_others =
                    || self.answers_another_system(id, *other) || self.answers_another_system(*other, id);
                may_be && (named.names_system || !are_others())
            });
            if let Some(other) = fitting {
                self.unite(other, id, named.by, joins);
            }
        }
    }

    /// Whether answers whose requests were not captured go to another system than the one that handed a message over.
    fn answers_another_system(&mut self, answers: ClusterId, message: ClusterId) -> bool {
        let snapshot = self.snapshot;
        let legs = |steps: &[StepId]| {
            steps
                .iter()
                .map(|step| snapshot.leg(*step))
                .collect::<Few<Leg<'_>>>()
        };
        let of_cluster = self.get(answers).filter(|cluster| cluster.handovers.is_empty());
        let answers = of_cluster
            .map(|cluster| legs(&cluster.answers))
            .unwrap_or_default();
        let handovers = self
            .get(message)
            .map(|cluster| legs(&cluster.handovers))
            .unwrap_or_default();
        let is_for = |answer: Leg<'_>| {
            handovers
                .iter()
                .any(|request| !answers::is_for_another_system(*request, answer))
        };
        !handovers.is_empty() && !answers.is_empty() && !answers.iter().any(|answer| is_for(*answer))
    }

    /// Unites handovers that have no submission yet with those whose ids are the same before the `@`.
    pub(crate) fn by_local_parts(&mut self, joins: &mut Joins) {
        let orphans: Vec<ClusterId> = self
            .ids()
            .into_iter()
            .filter(|id| self.is_handover_only(*id))
            .collect();
        if orphans.is_empty() {
            return;
        }
        let mut index: Index<ClusterId> = Index::default();
        for id in self.ids() {
            let Some(cluster) = self.get(id).cloned() else {
                continue;
            };
            let submission = cluster.submission.into_iter();
            let legs = submission.flat_map(|step| self.snapshot.legs_of(step));
            for given in legs.filter_map(Leg::accepted_id) {
                let key = self.snapshot.key(("local", address::local_part(given)));
                index.add(key, cluster.first, id);
            }
        }
        index.sort();
        for id in orphans {
            let Some(cluster) = self.get(id).cloned() else {
                continue;
            };
            let locals: Few<u64> = self
                .handed_ids(&cluster)
                .iter()
                .filter_map(|named| named.local)
                .collect();
            let candidates = locals.into_iter().flat_map(|key| index.near(key, cluster.first));
            let candidates: Few<ClusterId> = candidates.collect();
            let fitting = candidates.into_iter().find(|other| !self.contradict(*other, id));
            if let Some(other) = fitting {
                self.unite(other, id, By::MessageIdLocalPart, joins);
            }
        }
    }

    /// Whether a cluster has a handover and no submission.
    pub(crate) fn is_handover_only(&mut self, id: ClusterId) -> bool {
        let cluster = self.get(id);
        cluster.is_some_and(|cluster| cluster.submission.is_none() && !cluster.handovers.is_empty())
    }

    /// Makes a mail to a phone the submission of its message, where nothing before it is: mail from outside.
    pub(crate) fn mails_from_outside(&mut self) {
        for id in self.ids() {
            let snapshot = self.snapshot;
            let Some(cluster) = self
                .list
                .get_mut(id)
                .filter(|cluster| cluster.submission.is_none())
            else {
                continue;
            };
            let first = cluster.handovers.iter().copied();
            let first = first.min_by_key(|step| snapshot.leg(*step).first());
            if let Some(step) = first.filter(|step| may_be_submission(snapshot, *step)) {
                cluster.handovers.retain(|other| *other != step);
                cluster.submission = Some(step);
                cluster.names_all_recipients = true;
            }
        }
    }

    /// Gives mail transactions that were refused before their data to the message that they were of: the one with that
    /// recipient, and with that sender where the envelope names a number or somebody whom a message came from, nearest
    /// before.
    pub(crate) fn refused_envelopes(&mut self, joins: &mut Joins) {
        let snapshot = self.snapshot;
        let refused: Vec<StepId> = snapshot.of_kind(LegKind::RefusedEnvelope).collect();
        if refused.is_empty() {
            return;
        }
        let mut by_recipient: Index<ClusterId> = Index::default();
        let mut senders: ByKey<()> = ByKey::default();
        for id in self.ids() {
            let Some(cluster) = self.get(id) else { continue };
            let first = cluster.first;
            senders.extend(cluster.sender.map(|sender| (sender, ())));
            for recipient in cluster.recipients.iter().collect::<Vec<_>>() {
                by_recipient.add(recipient, first, id);
            }
        }
        by_recipient.sort();
        for step in refused {
            let leg = snapshot.leg(step);
            let sender = leg.envelope_sender().map(address::of_mail);
            let sender = sender.map(|sender| snapshot.address(sender)).filter(|key| {
                senders.contains_key(key) || leg.envelope_sender().is_some_and(address::is_of_phone)
            });
            let found = leg.envelope_recipients().find_map(|recipient| {
                let key = snapshot.address(recipient.address());
                let near: Few<ClusterId> = by_recipient.near(key, leg.first().time).collect();
                near.into_iter()
                    .find(|id| self.may_have_sent(*id, sender, leg.first().time))
            });
            if let Some(id) = found {
                self.add_refused(id, step, joins);
            }
        }
    }

    fn may_have_sent(&mut self, id: ClusterId, sender: Option<u64>, time: Timestamp) -> bool {
        self.get(id).is_some_and(|cluster| {
            let same_sender = sender.is_none_or(|sender| cluster.sender.or(cluster.stamped) == Some(sender));
            cluster.first <= time && same_sender && cluster.is_message()
        })
    }

    fn add_refused(&mut self, id: ClusterId, step: StepId, joins: &mut Joins) {
        let root = self.union.find(id);
        let Some(cluster) = self.list.get_mut(root) else {
            return;
        };
        cluster.refused.push(step);
        let carrier = cluster.submission.or(cluster.handovers.first().copied());
        if let Some(carrier) = carrier {
            joins.add(carrier, step, By::Envelope);
        }
    }
}

impl Cluster {
    /// Whether it is a message, and not only what may belong to one: an answer whose request was not captured.
    pub(crate) fn is_message(&self) -> bool {
        self.submission.is_some()
            || !self.threads.is_empty()
            || !self.reports.is_empty()
            || !self.handovers.is_empty()
    }

    /// Whether its PDUs show that it is an MMS message, or only that it is mail.
    pub(crate) fn is_ours(&self, snapshot: &Snapshot<'_>) -> bool {
        let mut others = self.submission.into_iter().chain(self.reports.iter().copied());
        self.is_message()
            && (!self.threads.is_empty()
                || others.any(|step| snapshot.leg(step).interface() != Interface::Mm3)
                || self.submission.is_some()
                || self.handovers.iter().any(|step| is_ours(snapshot.leg(*step))))
    }
}

/// Whether what hands a message over shows by itself that it is MMS: a mail by a phone's address.
fn is_ours(leg: Leg<'_>) -> bool {
    let is_mail = leg.pdu() == Some(PduType::Mail(MailType::Mail));
    let of_phone = |address: Option<&str>| address.is_some_and(address::is_of_phone);
    !is_mail
        || of_phone(leg.envelope_sender())
        || leg
            .envelope_recipients()
            .any(|to| address::is_of_phone(to.written))
        || leg.sent().is_some_and(|sent| of_phone(sent.sender()))
        || leg.handed_over().is_some_and(|handover| handover.shows_mms)
}
