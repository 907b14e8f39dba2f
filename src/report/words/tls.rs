//! What of TLS was not read, in words.

use std::collections::BTreeMap;

use super::human;
use crate::model::SharedSort;
use crate::report::document::{Seen, TlsEntry};
use crate::session::Bearer;

/// Servers that are named.
const SERVERS: usize = 3;

/// What carried a PDU: the bearer's name, or that of the bearer inside TLS.
pub const fn carried_by(seen: &Seen) -> &'static str {
    if seen.tls.is_none() {
        return seen.bearer.name();
    }
    match seen.bearer {
        Bearer::Http | Bearer::Soap => "HTTPS",
        Bearer::Smtp => "SMTP+TLS",
        Bearer::Smpp => "SMPP+TLS",
        Bearer::Sip => "SIP+TLS",
        Bearer::Wsp | Bearer::Wtp | Bearer::PushUdp | Bearer::Map => seen.bearer.name(),
    }
}

/// How many TLS connections were not read and why; none where all were.
pub fn tls_not_read<'a>(entries: impl Iterator<Item = &'a TlsEntry> + Clone) -> Option<String> {
    let not_read: u64 = entries.clone().map(TlsEntry::not_read).sum();
    if not_read == 0 {
        return None;
    }
    let all: u64 = entries.clone().map(|entry| entry.connections).sum();
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, count) in entries.clone().flat_map(|entry| &entry.unread) {
        *reasons.entry(reason).or_default() += count;
    }
    let partly: u64 = entries.clone().map(|entry| entry.partly).sum();
    let mut told: Vec<(u64, &str)> = reasons
        .into_iter()
        .map(|(reason, count)| (count, reason_in_words(reason)))
        .collect();
    told.extend((partly > 0).then_some((partly, "read in part")));
    told.shared_sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let told: Vec<String> = told
        .iter()
        .map(|(count, words)| format!("{} {words}", human::grouped(*count)))
        .collect();
    Some(format!(
        "{} of {} not read: {} ({})",
        human::grouped(not_read),
        human::count(all, "connection"),
        told.join(", "),
        servers(entries.filter(|entry| entry.not_read() > 0)),
    ))
}

/// The TLS connections of one kind, in a line.
pub fn tls_in_words(entry: &TlsEntry) -> String {
    let version = entry.version.as_deref().unwrap_or("of unknown version");
    let server = entry
        .server
        .map_or_else(|| "other servers".to_owned(), |server| server.to_string());
    let known = [&entry.sni, &entry.alpn, &entry.cipher]
        .into_iter()
        .filter_map(Option::as_deref);
    let known: Vec<&str> = known.collect();
    let mut text = format!("TLS {version} with {server}");
    if !known.is_empty() {
        text = format!("{text} ({})", known.join(", "));
    }
    let mut counts = vec![
        (entry.read, "read".to_owned()),
        (entry.partly, "read in part".to_owned()),
    ];
    let unread = entry.unread.iter();
    counts.extend(unread.map(|(reason, count)| (*count, reason_in_words(reason).to_owned())));
    let failed = entry.failed.iter();
    counts.extend(failed.map(|(alert, count)| (*count, format!("refused with {alert}"))));
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, words)| format!("{} {words}", human::grouped(*count)))
        .collect();
    format!(
        "{text}: {}: {}",
        human::count(entry.connections, "connection"),
        counts.join(", ")
    )
}

/// The first servers by name, else by address.
fn servers<'a>(entries: impl Iterator<Item = &'a TlsEntry>) -> String {
    let mut names: Vec<String> = Vec::new();
    for entry in entries {
        let name = match (&entry.sni, entry.server) {
            (Some(name), Some(server)) => format!("{name}:{}", server.port),
            (None, Some(server)) => server.to_string(),
            (_, None) => "others".to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len() > SERVERS;
    names.truncate(SERVERS);
    if more {
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Why connections were not read.
fn reason_in_words(reason: &str) -> &str {
    match reason {
        "no_key" => "without a key",
        "no_handshake" => "begin before the capture",
        "hello_missing" => "without a whole hello",
        "cipher_not_read" => "with a cipher that is not read",
        "version_not_read" => "of a version that is not read",
        "compressed" => "compressed",
        "key_does_not_fit" => "whose key does not fit",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_and_the_servers_are_named() {
        let entry = |sni: Option<&str>, unread: &[(&str, u64)], partly| TlsEntry {
            server: Some("10.2.2.2:443".parse().unwrap()),
            sni: sni.map(str::to_owned),
            connections: 10,
            partly,
            unread: unread.iter().map(|(why, n)| ((*why).to_owned(), *n)).collect(),
            ..TlsEntry::default()
        };
        let entries = [
            entry(
                Some("mms.alpha.example"),
                &[("no_key", 5), ("no_handshake", 2)],
                0,
            ),
            entry(None, &[], 0),
        ];
        assert_eq!(
            tls_not_read(entries.iter()).unwrap(),
            "7 of 20 connections not read: 5 without a key, 2 begin before the capture (mms.alpha.example:443)"
        );
        assert_eq!(tls_not_read(entries[1..].iter()), None);
        let partly = [entry(None, &[], 1)];
        assert_eq!(
            tls_not_read(partly.iter()).unwrap(),
            "1 of 10 connections not read: 1 read in part (10.2.2.2:443)"
        );
    }
}
