//! How messages are tied to each other: forwarded, replaced, replied to, cancelled (TS 23.140 section 7.1.14;
//! OMA-TS-MMS_ENC sections 6.5, 6.14, 7.3.36, 7.3.47).

use std::collections::HashMap;

use super::address;
use super::clusters::{ClusterId, Clusters};
use super::leg::Leg;
use super::links;
use super::message::{Confidence, Link};
use super::scene::Scene;
use crate::model::{FrameRef, Timestamp};

/// What names another message, and that message with the frame that carries the name.
type Named<'t> = (&'t str, (ClusterId, FrameRef));

/// Messages by what others name them with.
pub(super) struct Relations {
    by_message_id: HashMap<u64, Vec<(Timestamp, ClusterId, FrameRef)>, ahash::RandomState>,
    by_location: HashMap<u64, Vec<(Timestamp, ClusterId, FrameRef)>, ahash::RandomState>,
}

impl Relations {
    pub(super) fn new(clusters: &mut Clusters<'_>) -> Self {
        let mut found = Self {
            by_message_id: HashMap::default(),
            by_location: HashMap::default(),
        };
        let scene = clusters.scene;
        for id in clusters.ids() {
            let threads = clusters.threads;
            let Some(cluster) = clusters.get(id) else { continue };
            for step in super::assemble::steps_of(cluster, threads) {
                let leg = scene.leg(step);
                let entry = (leg.first().time, id, leg.last());
                if let Some(message_id) = links::message_id(leg) {
                    found
                        .by_message_id
                        .entry(scene.key(message_id))
                        .or_default()
                        .push(entry);
                }
                let url = leg.notified().and_then(|notified| notified.location.as_deref());
                if let Some(url) = url.or(leg.url.as_deref().filter(|_| leg.retrieved().is_some())) {
                    let key = scene.key(address::location(url).path);
                    found.by_location.entry(key).or_default().push(entry);
                }
            }
        }
        for list in found
            .by_message_id
            .values_mut()
            .chain(found.by_location.values_mut())
        {
            list.sort_unstable();
        }
        found
    }

    /// The message that carries a message id, nearest before a time.
    pub(super) fn message(
        &self,
        scene: &Scene<'_>,
        id: &str,
        time: Timestamp,
    ) -> Option<(ClusterId, FrameRef)> {
        nearest(self.by_message_id.get(&scene.key(address::message_id(id)))?, time)
    }

    fn named_id<'t>(&self, scene: &Scene<'_>, id: Option<&'t str>, time: Timestamp) -> Option<Named<'t>> {
        Some((id?, self.message(scene, id?, time)?))
    }

    fn named_location<'t>(
        &self,
        scene: &Scene<'_>,
        url: Option<&'t str>,
        time: Timestamp,
    ) -> Option<Named<'t>> {
        let key = scene.key(address::location(url?).path);
        Some((url?, nearest(self.by_location.get(&key)?, time)?))
    }

    /// How a leg ties its message to others.
    pub(super) fn of(&self, scene: &Scene<'_>, own: ClusterId, leg: &Leg) -> Vec<Link> {
        let time = leg.first().time;
        let replaces = match (leg.notified(), leg.retrieved()) {
            (Some(notified), _) => notified.replace_id.as_deref(),
            (_, Some(retrieved)) => retrieved.replace_id.as_deref(),
            _ => None,
        };
        let replies_to = match (leg.send(), leg.notified(), leg.retrieved()) {
            (Some(send), _, _) => send.reply_charging_id.as_deref(),
            (_, Some(notified), _) => notified.reply_charging_id.as_deref(),
            (_, _, Some(retrieved)) => retrieved.reply_charging_id.as_deref(),
            _ => None,
        };
        let forwards = leg
            .send()
            .filter(|send| send.forward)
            .and_then(|send| send.location.as_deref());
        let found = [
            (
                "forwarded-origin",
                "content_location",
                self.named_location(scene, forwards, time),
            ),
            (
                "replacement-replaced",
                "replace_id",
                self.named_id(scene, replaces, time),
            ),
            (
                "reply-origin",
                "reply_charging_id",
                self.named_id(scene, replies_to, time),
            ),
        ];
        let others = found
            .into_iter()
            .filter_map(|(join, by, found)| Some((join, by, found?)));
        others
            .filter(|(_, _, (_, (cluster, _)))| *cluster != own)
            .map(|(join, by, (value, (_, at)))| Link {
                join,
                by,
                confidence: Confidence::Exact,
                detail: format!("names {value}, {}", links::frames(leg.first(), at)),
            })
            .collect()
    }
}

/// The last before a time, else the first after it.
fn nearest(list: &[(Timestamp, ClusterId, FrameRef)], time: Timestamp) -> Option<(ClusterId, FrameRef)> {
    let (before, after) = list.split_at(list.partition_point(|(at, _, _)| *at <= time));
    let found = before.last().or(after.first())?;
    Some((found.1, found.2))
}
