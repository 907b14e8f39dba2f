//! The handshakes of RFC 8448, record by record, with the secrets that their ends would have written to a key log.

use super::{Bench, DOWN, LateKeys, UP, hex};
use crate::model::Direction;
use crate::tls::keylog::Label;
use crate::tls::schedule::expand_label;
use crate::tls::secret::Secret;
use crate::tls::suite::DeriveHash;
use crate::tls::{KeySources, Outcome, Version};

/// One section.
#[derive(Debug, Default)]
struct Trace {
    title: String,
    /// By the names that the RFC gives them.
    secrets: Vec<(String, Vec<u8>)>,
    /// What is derived of a secret, by the label of the derivation.
    derived: Vec<(String, String, Vec<u8>)>,
    records: Vec<(Direction, Vec<u8>)>,
}

fn traces() -> Vec<Trace> {
    let mut traces: Vec<Trace> = Vec::new();
    for line in include_str!("rfc8448.txt").lines() {
        if let Some(title) = line.strip_prefix("section ") {
            let title = title.to_owned();
            traces.push(Trace {
                title,
                ..Trace::default()
            });
        }
        let Some(trace) = traces.last_mut() else { continue };
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            ["secret", name, value] => trace.secrets.push(((*name).to_owned(), hex(value))),
            [label @ ("key" | "iv"), name, value] => {
                let (label, name) = ((*label).to_owned(), (*name).to_owned());
                trace.derived.push((label, name, hex(value)));
            }
            ["client"] => trace.records.push((UP, Vec::new())),
            ["server"] => trace.records.push((DOWN, Vec::new())),
            _ if line.starts_with("  ") => trace.records.last_mut().unwrap().1.extend(hex(line)),
            _ => {}
        }
    }
    traces
}

impl Trace {
    /// The secret that keys of this name are made of.
    fn secret(&self, name: &str) -> Secret {
        let found = self
            .secrets
            .iter()
            .find(|(of, _)| of.strip_suffix("_traffic") == Some(name));
        Secret::new(&found.unwrap().1)
    }

    /// What a client would have written to its key log.
    fn key_log(&self) -> String {
        // The record's head, the message's head and the version come before the random.
        let random = data_encoding::HEXLOWER.encode(&self.records[0].1[11..43]);
        let line = |(name, secret): &(String, Vec<u8>)| {
            let label = match name.as_str() {
                "c_e_traffic" => Label::ClientEarly,
                "c_hs_traffic" => Label::ClientHandshake,
                "s_hs_traffic" => Label::ServerHandshake,
                "c_ap_traffic" => Label::ClientTraffic,
                "s_ap_traffic" => Label::ServerTraffic,
                other => panic!("{other}"),
            };
            format!(
                "{} {random} {}\n",
                label.name(),
                data_encoding::HEXLOWER.encode(secret)
            )
        };
        self.secrets.iter().map(line).collect()
    }

    fn play(&self) -> Bench {
        let mut bench = Bench::new(KeySources::default(), LateKeys::InBlocks);
        let Bench { tls, taker, .. } = &mut bench;
        tls.add_key_log(self.key_log().as_bytes(), taker);
        for (direction, record) in &self.records {
            bench.data(*direction, record);
        }
        bench
    }
}

#[test]
fn keys_are_those_of_the_sections() {
    let traces = traces();
    let derived: usize = traces.iter().map(|trace| trace.derived.len()).sum();
    assert_eq!((traces.len(), derived), (5, 42));
    for trace in &traces {
        for (label, name, value) in &trace.derived {
            let made = expand_label(DeriveHash::Sha256, &trace.secret(name), label, value.len());
            assert_eq!(made.octets(), value, "{}: {label} of {name}", trace.title);
        }
    }
}

#[test]
fn every_section_is_read_to_its_end() {
    let data: String = (0..50).map(char::from).collect();
    let early = "ABCDEF".to_owned() + &data;
    for (trace, (number, sent, received, records)) in traces().iter().zip([
        ("3 ", data.as_str(), data.as_str(), 7),
        ("4 ", &early, &data, 8),
        ("5 ", "", "", 4),
        ("6 ", "", "", 4),
        ("7 ", "", "", 4),
    ]) {
        assert!(trace.title.starts_with(number));
        let sealed = trace.records.iter().filter(|(_, record)| record[0] == 23);
        assert_eq!(sealed.count(), records, "{}", trace.title);
        let mut bench = trace.play();
        let connection = bench.close().clone();
        assert_eq!(connection.outcome, Outcome::Read, "{}", trace.title);
        assert_eq!(connection.agreement.version, Some(Version::Tls13));
        assert_eq!(connection.agreement.name.as_deref(), Some("server"));
        assert_eq!(bench.text(UP), sent, "{}", trace.title);
        assert_eq!(bench.text(DOWN), received, "{}", trace.title);
        let mut ends = bench.taker.out.ends.clone();
        ends.sort();
        assert_eq!(
            ends,
            ["Finished", "FromInitiator", "FromResponder"],
            "{}",
            trace.title
        );
        assert_eq!(bench.tls.anomalies.iter().count(), 0, "{}", trace.title);
        // Every secret of the section opened something.
        let used = String::from_utf8(connection.secrets.key_log()).unwrap();
        let (mut used, log) = (used.lines().collect::<Vec<_>>(), trace.key_log());
        let mut known: Vec<&str> = log.lines().collect();
        used.sort_unstable();
        known.sort_unstable();
        assert_eq!(used, known, "{}", trace.title);
    }
}

/// The certificates of sections 3, 5 and 7 are of "rsa", that of section 6 of "ecdsa256"; section 4 resumes without one.
#[test]
fn certificates_are_read_where_they_are_encrypted() {
    let subjects: Vec<Option<String>> = traces()
        .iter()
        .map(|trace| trace.play().close().subject.clone())
        .collect();
    let subjects: Vec<Option<&str>> = subjects.iter().map(Option::as_deref).collect();
    assert_eq!(
        subjects,
        [Some("rsa"), None, Some("rsa"), Some("ecdsa256"), Some("rsa")]
    );
}
