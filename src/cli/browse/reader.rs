//! PDUs read again from the captures: an analysis keeps no octets.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    time::{Duration, Instant},
};

use crate::{
    browse::{Answer, PduPlace},
    capture::Captures,
    cli::{arguments::InputArgs, input},
    mms::Pdu,
    pipeline::{self, Observer},
    report::{
        pdu::{self, Place, Tree},
        words::style::Style,
    },
    session::CarrierEvent,
};

/// Octets that are written of one PDU: some ten thousand lines, more than anyone scrolls through.
const MOST_OF_ONE: usize = 1 << 20;

/// Octets that are written of the PDUs of one message.
const MOST_OF_ALL: usize = 32 << 20;

/// How long nothing is said of how far the captures were read.
const QUIET: Duration = Duration::from_millis(100);

/// PDUs that are wanted.
pub(super) struct Wanted {
    /// The number of the job.
    pub(super) request: u64,
    /// Where they lie.
    pub(super) places: BTreeSet<PduPlace>,
    /// How they are written.
    pub(super) style: Style,
}

/// Reads the captures until all PDUs are found or `stop` is true, and sends them, written as `pdus --tree` does.
///
/// # Errors
/// What cannot be read.
pub(super) fn read(
    arguments: &InputArgs,
    wanted: Wanted,
    stop: &Arc<AtomicBool>,
    answers: &Sender<Answer>,
) -> Result<(), String> {
    let Some(opened) = input::open_until(arguments, Arc::clone(stop)) else {
        return Err("the captures cannot be read any more".to_owned());
    };
    let limits = (&arguments.limit).into();
    let mut reader = Reader {
        missing: wanted.places.clone(),
        wanted,
        stop,
        answers,
        room: MOST_OF_ALL,
        told: Instant::now(),
    };
    pipeline::run_with_keys(opened.captures, &limits, opened.keys, &mut reader);
    Ok(())
}

struct Reader<'a> {
    wanted: Wanted,
    missing: BTreeSet<PduPlace>,
    stop: &'a AtomicBool,
    answers: &'a Sender<Answer>,
    /// Octets that may still be written.
    room: usize,
    /// When it was last told how far the captures were read.
    told: Instant,
}

impl Reader<'_> {
    /// Whoever asked may not be there any more; then the run ends soon.
    fn send(&self, answer: Answer) {
        let _ = self.answers.send(answer);
    }

    fn written(&mut self, pdu: &Pdu<'_>, place: &Place) -> Vec<u8> {
        let mut out = Bounded {
            written: Vec::new(),
            room: self.room.min(MOST_OF_ONE),
        };
        let style = &self.wanted.style;
        let whole = pdu::write_line(&mut out, pdu, Some(place), None, style)
            .and_then(|()| pdu::write_tree(&mut out, pdu, Tree::default(), style));
        let mut written = out.written;
        self.room = self.room.saturating_sub(written.len());
        if whole.is_err() {
            let frame = place.extent.last.frame;
            let more = format!("\nand more: `mmsmate pdus --tree --frame {frame}` prints all of it\n");
            written.extend_from_slice(more.as_bytes());
        }
        written
    }
}

impl Observer for Reader<'_> {
    fn carrier(&mut self, event: &CarrierEvent<'_>, pdu: Option<&Pdu<'_>>) {
        let (Some(pdu), Some(seen)) = (pdu, Place::of(event)) else {
            return;
        };
        let place = PduPlace::from(&seen.seen());
        if self.wanted.places.contains(&place) {
            self.missing.remove(&place);
            let tree = self.written(pdu, &seen);
            self.send(Answer::Pdu {
                request: self.wanted.request,
                place,
                tree,
            });
        }
    }

    fn progress(&mut self, captures: &Captures) -> ControlFlow<()> {
        if self.told.elapsed() > QUIET {
            self.told = Instant::now();
            let progress = captures.progress();
            self.send(Answer::Progress {
                request: self.wanted.request,
                read: progress.read,
                total: progress.total,
            });
        }
        match self.missing.is_empty() || self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Memory that takes only so much.
struct Bounded {
    written: Vec<u8>,
    room: usize,
}

impl Write for Bounded {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if octets.len() > self.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.room -= octets.len();
        self.written.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::PathBuf, sync::mpsc::channel};

    use super::*;
    use crate::{
        analysis::{Options, analyze_with_keys},
        cli::arguments::{KeyArgs, LimitArgs},
        report::{pdu::Place, words::style::Style},
    };

    fn testdata(folder: &str) -> Vec<PathBuf> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("testdata")
            .join(folder);
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|end| end == "pcap" || end == "pcapng")
            })
            .collect();
        paths.sort();
        paths
    }

    fn input(path: &std::path::Path) -> InputArgs {
        InputArgs {
            captures: vec![path.to_owned()],
            keys: KeyArgs::default(),
            limit: LimitArgs::default(),
            ..InputArgs::default()
        }
    }

    /// Where the PDUs of the messages in a capture lie.
    fn places(input: &InputArgs) -> BTreeSet<PduPlace> {
        let opened = input::open(input).unwrap();
        let analysis = analyze_with_keys(opened.captures, &Options::default(), opened.keys, &mut ());
        let events = analysis.messages.iter().flat_map(|message| &message.events);
        let with_pdu = events.filter(|event| event.facts.pdu().is_some());
        with_pdu.map(|event| PduPlace::from(&event.seen)).collect()
    }

    /// What `pdus --tree` prints of every PDU, by its place.
    fn trees(input: &InputArgs) -> BTreeMap<PduPlace, Vec<u8>> {
        struct Trees(BTreeMap<PduPlace, Vec<u8>>);
        impl Observer for Trees {
            fn pdu(&mut self, event: &CarrierEvent<'_>, pdu: &Pdu<'_>) {
                let seen = Place::of(event).unwrap();
                let out = self.0.entry(PduPlace::from(&seen.seen())).or_default();
                pdu::write_line(out, pdu, Some(&seen), None, &Style::default()).unwrap();
                pdu::write_tree(out, pdu, Tree::default(), &Style::default()).unwrap();
            }
        }
        let opened = input::open(input).unwrap();
        let mut trees = Trees(BTreeMap::new());
        pipeline::run_with_keys(opened.captures, &(&input.limit).into(), opened.keys, &mut trees);
        trees.0
    }

    fn read_all(input: &InputArgs, places: BTreeSet<PduPlace>) -> BTreeMap<PduPlace, Vec<u8>> {
        let (sender, answers) = channel();
        let wanted = Wanted {
            request: 7,
            places,
            style: Style::default(),
        };
        read(input, wanted, &Arc::default(), &sender).unwrap();
        drop(sender);
        let mut found: BTreeMap<PduPlace, Vec<u8>> = BTreeMap::new();
        for answer in answers {
            if let Answer::Pdu { request, place, tree } = answer {
                assert_eq!(request, 7);
                found.entry(place).or_default().extend(tree);
            }
        }
        found
    }

    #[test]
    fn every_pdu_of_every_message_is_found_again_as_pdus_prints_it() {
        let mut count = 0;
        for path in ["captures", "signalling", "tls"].into_iter().flat_map(testdata) {
            let input = input(&path);
            let places = places(&input);
            let found = read_all(&input, places.clone());
            let printed = trees(&input);
            for place in &places {
                let tree = found.get(place);
                assert!(tree.is_some(), "{}: {place:?}", path.display());
                // A mail that only the message which it joins shows to be one is not among those that `pdus` prints.
                if let Some(printed) = printed.get(place) {
                    assert_eq!(tree, Some(printed), "{}: {place:?}", path.display());
                    count += 1;
                }
            }
        }
        assert!(count > 300, "only {count} PDUs");
    }

    #[test]
    fn memory_takes_only_so_much() {
        let mut out = Bounded {
            written: Vec::new(),
            room: 5,
        };
        assert!(out.write_all(b"abc").is_ok());
        assert!(out.write_all(b"def").is_err());
        assert_eq!(out.written, b"abc");
    }

    #[test]
    fn captures_that_are_not_there_any_more_are_an_error() {
        let (sender, _answers) = channel();
        let wanted = Wanted {
            request: 1,
            places: BTreeSet::new(),
            style: Style::default(),
        };
        let gone = input(std::path::Path::new("/nonexistent/a.pcap"));
        let (result, told) = crate::cli::exit::holding(|| read(&gone, wanted, &Arc::default(), &sender));
        assert!(result.is_err());
        assert!(told[0].contains("a.pcap"), "{told:?}");
    }
}
