//! The content of parts, read again from the captures: results hold its digests only, so that they stay small.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, atomic::AtomicBool};

use super::{arguments::InputArgs, exit::Failure, input};
use crate::mms::Pdu;
use crate::model::Digest;
use crate::pipeline::{self, Observer};
use crate::report::document::{Message, Part};
use crate::session::CarrierEvent;

/// The contents that some messages have, by size and digest.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    digests: BTreeSet<Digest>,
    sizes: BTreeSet<u64>,
}

impl Wanted {
    /// All parts of these messages for which `fits` holds.
    pub(super) fn of(messages: &[Message], fits: impl Fn(&Part) -> bool) -> Self {
        let parts = messages
            .iter()
            .flat_map(|message| &message.parts)
            .filter(|part| fits(part));
        let mut wanted = Self::default();
        for part in parts {
            wanted.sizes.insert(part.size);
            wanted.digests.insert(part.sha256);
        }
        wanted
    }
}

/// Reads the inputs again, until `stop` is true, and hands on each wanted content once, with its digest.
pub(super) fn read(
    input: &InputArgs,
    wanted: Wanted,
    stop: Arc<AtomicBool>,
    take: impl FnMut(Digest, &[u8]),
) -> Option<()> {
    if wanted.digests.is_empty() {
        return Some(());
    }
    let opened = input::open_again_until(input, stop)?;
    let limits = (&input.limit).into();
    pipeline::run_with_keys(
        opened.captures,
        &limits,
        opened.keys,
        &mut (&mut input::ProgressLine::new(), &mut Search { wanted, take }),
    );
    Some(())
}

/// Looks for contents in the parts of PDUs.
struct Search<T> {
    wanted: Wanted,
    take: T,
}

impl<T: FnMut(Digest, &[u8])> Observer for Search<T> {
    fn pdu(&mut self, _: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
        for part in pdu.leaves() {
            // Most parts are told from those wanted by their size, without a digest.
            if !self.wanted.sizes.contains(&(part.content().len() as u64)) {
                continue;
            }
            let digest = Digest(part.sha256());
            if self.wanted.digests.remove(&digest) {
                (self.take)(digest, part.content());
            }
        }
    }
}

/// An error where an input can be read only once.
pub(super) fn refuse_stdin(captures: &[PathBuf]) -> Result<(), Failure> {
    match captures.iter().any(|path| path.as_os_str() == "-") {
        true => Err(Failure::Usage(
            "the captures are read twice, so they have to be files, not standard input".to_owned(),
        )),
        false => Ok(()),
    }
}
