//! Key logs as SSLKEYLOGFILE makes them (draft-ietf-tls-keylogfile, and the older labels of NSS that Wireshark reads).

use std::io::{self, BufRead, Read};

use data_encoding::HEXLOWER_PERMISSIVE;

use super::schedule::MASTER_OCTETS;
use super::secret::{Random, Secret};

/// Octets of a line that are read: a premaster secret of the largest Diffie-Hellman groups fits.
const LINE_OCTETS: usize = 4 * 1024;
/// Octets of a premaster secret at most: 8192 bits of Diffie-Hellman.
const PREMASTER_OCTETS: usize = 1024;
/// Octets of a session id at most (RFC 5246 section 7.4.1.2).
const SESSION_ID_OCTETS: usize = 32;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Label {
    /// The master secret, up to TLS 1.2.
    Master,
    /// The premaster secret, up to TLS 1.2.
    Premaster,
    ClientEarly,
    ClientHandshake,
    ServerHandshake,
    ClientTraffic,
    ServerTraffic,
}

impl Label {
    const ALL: [Self; 7] = [
        Self::Master,
        Self::Premaster,
        Self::ClientEarly,
        Self::ClientHandshake,
        Self::ServerHandshake,
        Self::ClientTraffic,
        Self::ServerTraffic,
    ];

    /// The word that a line begins with.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Master => "CLIENT_RANDOM",
            Self::Premaster => "PMS_CLIENT_RANDOM",
            Self::ClientEarly => "CLIENT_EARLY_TRAFFIC_SECRET",
            Self::ClientHandshake => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            Self::ServerHandshake => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            Self::ClientTraffic => "CLIENT_TRAFFIC_SECRET_0",
            Self::ServerTraffic => "SERVER_TRAFFIC_SECRET_0",
        }
    }

    fn of(word: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|label| label.name().as_bytes() == word)
    }

    const fn fits(self, octets: usize) -> bool {
        match self {
            Self::Master => octets == MASTER_OCTETS,
            Self::Premaster => octets >= 1 && octets <= PREMASTER_OCTETS,
            _ => octets == 32 || octets == 48,
        }
    }
}

/// A secret of a key log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Of a connection, by the random of its ClientHello.
    Random(Label, Random, Secret),
    /// The premaster secret whose encrypted form begins with these octets.
    Encrypted([u8; 8], Secret),
    /// The master secret of a session, by its id.
    Session(Vec<u8>, Secret),
}

/// What a line is.
enum Line {
    Secret(Entry),
    /// A comment, a blank line, another label.
    Nothing,
    Bad,
}

/// What a key log was found to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogCounts {
    pub(crate) lines: u64,
    pub(crate) secrets: u64,
    /// Lines of neither a secret nor a comment or another label.
    pub(crate) bad: u64,
    pub(crate) first_bad: Option<u64>,
    /// Lines with text that are no comment.
    pub(crate) others: u64,
}

impl LogCounts {
    fn count(&mut self, line: &[u8], sink: &mut impl FnMut(Entry)) {
        self.lines += 1;
        match read_line(line) {
            Line::Secret(entry) => {
                self.secrets += 1;
                sink(entry);
            }
            Line::Bad => {
                self.bad += 1;
                self.first_bad.get_or_insert(self.lines);
            }
            Line::Nothing => {
                let line = line.trim_ascii();
                self.others += u64::from(!line.is_empty() && !line.starts_with(b"#"));
            }
        }
    }
}

/// Reads the lines of a key log up to its end, or to the last line end where `whole_lines`; how many octets that were.
///
/// # Errors
/// Those of the reader.
pub(super) fn read(
    mut from: impl BufRead,
    whole_lines: bool,
    counts: &mut LogCounts,
    sink: &mut impl FnMut(Entry),
) -> io::Result<u64> {
    let (mut line, mut taken) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        let read = Read::take(&mut from, LINE_OCTETS as u64).read_until(b'\n', &mut line)?;
        let ended = line.ends_with(b"\n");
        if read == 0 || (whole_lines && !ended && read < LINE_OCTETS) {
            return Ok(taken);
        }
        taken += read as u64;
        if !ended && read == LINE_OCTETS {
            taken += skip_line(&mut from)?;
            line.clear();
            line.extend_from_slice(b"- too long");
        }
        counts.count(&line, sink);
    }
}

fn skip_line(from: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let (used, ended) = match memchr::memchr(b'\n', buffer) {
            Some(end) => (end + 1, true),
            None => (buffer.len(), false),
        };
        from.consume(used);
        skipped += used as u64;
        if ended {
            return Ok(skipped);
        }
    }
}

fn read_line(line: &[u8]) -> Line {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") {
        return Line::Nothing;
    }
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let label = words.next().unwrap_or_default();
    let (first, second, more) = (words.next(), words.next(), words.next());
    let known = Label::of(label);
    if known.is_none() && label != b"RSA" {
        let other = label
            .iter()
            .all(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit() || *octet == b'_');
        return if other { Line::Nothing } else { Line::Bad };
    }
    let (Some(first), Some(second), None) = (first, second, more) else {
        return Line::Bad;
    };
    let entry = match known {
        Some(label) => of_random(label, first, second),
        None => of_rsa(first, second),
    };
    entry.map_or(Line::Bad, Line::Secret)
}

fn of_random(label: Label, random: &[u8], secret: &[u8]) -> Option<Entry> {
    let random = hex(random)?.try_into().ok()?;
    let secret = hex(secret)?;
    label
        .fits(secret.len())
        .then(|| Entry::Random(label, random, Secret::new(&secret)))
}

fn of_rsa(first: &[u8], second: &[u8]) -> Option<Entry> {
    if let (Some(id), Some(master)) = (
        first.strip_prefix(b"Session-ID:"),
        second.strip_prefix(b"Master-Key:"),
    ) {
        let (id, master) = (hex(id)?, hex(master)?);
        let fits = (1..=SESSION_ID_OCTETS).contains(&id.len()) && master.len() == MASTER_OCTETS;
        return fits.then(|| Entry::Session(id, Secret::new(&master)));
    }
    let (encrypted, premaster) = (hex(first)?, hex(second)?);
    let encrypted = encrypted.try_into().ok()?;
    (premaster.len() == MASTER_OCTETS).then(|| Entry::Encrypted(encrypted, Secret::new(&premaster)))
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(log: &str) -> (LogCounts, Vec<Entry>) {
        let (mut counts, mut entries) = (LogCounts::default(), Vec::new());
        let read = read(log.as_bytes(), false, &mut counts, &mut |entry| {
            entries.push(entry)
        });
        assert_eq!(read.unwrap(), log.len() as u64);
        (counts, entries)
    }

    #[test]
    fn all_lines_are_read_in_any_order_and_case() {
        let (random, master) = ("aB".repeat(32), "0f".repeat(48));
        let log = format!(
            "# comment\r\nCLIENT_RANDOM {random} {master}\r\n\nRSA 0011223344556677 {master}\nEXPORTER_SECRET 00 00\n\
             RSA Session-ID:{random} Master-Key:{master}\nSERVER_TRAFFIC_SECRET_0 {random} {random}"
        );
        let (counts, entries) = read_all(&log);
        assert_eq!(
            (counts.secrets, counts.bad, counts.lines, counts.others),
            (4, 0, 7, 1)
        );
        let secret = |octet, times| Secret::new(&vec![octet; times]);
        assert_eq!(
            entries,
            [
                Entry::Random(Label::Master, [0xab; 32], secret(0x0f, 48)),
                Entry::Encrypted([0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77], secret(0x0f, 48)),
                Entry::Session(vec![0xab; 32], secret(0x0f, 48)),
                Entry::Random(Label::ServerTraffic, [0xab; 32], secret(0xab, 32)),
            ]
        );
    }

    #[test]
    fn a_line_that_is_no_secret_is_counted() {
        let long = "x".repeat(3 * LINE_OCTETS);
        let log = format!(
            "NOT_A_LABEL 00 00\nCLIENT_RANDOM 00ff\nCLIENT_TRAFFIC_SECRET_0 zz zz\n{long}\nHost: here\n"
        );
        let (counts, entries) = read_all(&log);
        assert_eq!((counts.secrets, counts.bad, counts.first_bad), (0, 4, Some(2)));
        assert_eq!((counts.lines, entries.len()), (5, 0));
    }

    #[test]
    fn a_line_that_is_still_written_waits() {
        let (mut counts, log) = (LogCounts::default(), b"A 0 0\nB 0" as &[u8]);
        let taken = read(log, true, &mut counts, &mut |_| {}).unwrap();
        assert_eq!((taken, counts.lines), (6, 1));
    }
}
