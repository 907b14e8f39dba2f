//! Free text: its words stay, and everything in it that could name somebody goes.

use std::net::IpAddr;

use super::{GONE, NUMBER, Names, Redactor};

impl Redactor {
    /// Free text: words stay; what holds an `@`, a slash, long digits or a dotted address, or is known by a pseudonym,
    /// is replaced.
    pub fn text(&mut self, text: &str) -> String {
        let mut before = "";
        let words = text.split_inclusive(char::is_whitespace).map(|piece| {
            let word = piece.trim_end();
            let space = piece.strip_prefix(word).unwrap_or_default();
            // A short code is only told from any other number by what stands before it.
            let is_short_code = matches!(before, "to" | "from" | "for") && word.parse::<u64>().is_ok();
            before = word;
            match is_short_code {
                true => format!("{}{space}", self.address(word)),
                false => format!("{}{space}", self.word(word)),
            }
        });
        words.collect()
    }

    /// The names of programs with their versions, as User-Agent and Server list them (RFC 9110 section 10.1.5), stay; what
    /// stands beside them is free text: it may tell the serial number of a phone.
    pub(super) fn programs(&mut self, text: &str) -> String {
        let words = text
            .split_inclusive(' ')
            .map(|word| match is_program(word.trim_end()) {
                true => word.to_owned(),
                false => self.text(word),
            });
        words.collect()
    }

    fn word(&mut self, word: &str) -> String {
        let core = word.trim_matches(|c: char| matches!(c, ',' | ';' | '"' | '\'' | '(' | ')' | '<' | '>'));
        let around = |inner: String| match word.split_once(core) {
            Some((before, after)) => format!("{before}{inner}{after}"),
            None => inner,
        };
        if core.is_empty() || self.is_harmless(core) {
            return word.to_owned();
        }
        if self.identifiers.known.contains_key(core) {
            return around(self.identifier(core));
        }
        if core.contains("://") || core.starts_with('/') {
            let url = core.trim_end_matches([':', '.']);
            let end = core.strip_prefix(url).unwrap_or_default();
            return around(format!("{}{end}", self.url(url)));
        }
        let host = host_of(core);
        if host.parse::<IpAddr>().is_ok() || self.hosts.known.contains_key(host) {
            return around(self.written_endpoint(core));
        }
        if self.others.known.contains_key(core) || core.contains('@') || is_number(core) {
            return around(self.address(core));
        }
        GONE.to_owned()
    }

    /// Whether a word can name nobody: letters only, or a short number, and nobody's pseudonym is known for it. A name
    /// with dots inside may be a host's.
    fn is_harmless(&self, word: &str) -> bool {
        let known = |names: &Names| names.known.contains_key(word);
        let named = known(&self.identifiers) || known(&self.others) || known(&self.hosts);
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let plain = word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '%' | '+'));
        !named && plain && digits < NUMBER && !has_inner_dot(word)
    }
}

/// Whether a dot stands between letters: `mms.example` but neither `1.2` nor `and.`.
fn has_inner_dot(word: &str) -> bool {
    let labels: Vec<&str> = word.split('.').filter(|label| !label.is_empty()).collect();
    labels.len() > 1 && labels.iter().any(|label| label.contains(char::is_alphabetic)) || labels.len() > 2
}

fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches('+');
    digits.len() >= NUMBER && digits.chars().all(|c| c.is_ascii_digit())
}

/// The host of `10.1.1.1:40000`, `[2001:db8::1]:80` or anything else.
pub(super) fn host_of(endpoint: &str) -> &str {
    match endpoint.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) => {
            host.trim_start_matches('[').trim_end_matches(']')
        }
        _ => endpoint,
    }
}

/// Whether a word is a program's name with its version, without digits that could be part of a number.
fn is_program(word: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let named = word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.contains('/');
    let digits = word.split(|c: char| !c.is_ascii_digit()).map(str::len);
    named && word.chars().all(is_token) && digits.max().unwrap_or(0) < NUMBER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_endpoints() {
        assert_eq!(host_of("10.1.1.1:40000"), "10.1.1.1");
        assert_eq!(host_of("[2001:db8::1]:80"), "2001:db8::1");
        assert_eq!(host_of("nowhere"), "nowhere");
        assert_eq!(host_of("a:b"), "a:b");
        assert_eq!(host_of(""), "");
    }

    #[test]
    fn free_text_keeps_its_words() {
        let mut redactor = Redactor::default();
        redactor.identifier("abc");
        assert_eq!(
            redactor.text("tid abc to +61400000002 and 2 more"),
            "tid id-1 to +99900000001 and 2 more"
        );
        assert_eq!(
            redactor.text("404 Not Found to GET http://mmsc.example/C8Q7"),
            "404 Not Found to GET http://mmsc.invalid/1"
        );
        assert_eq!(
            redactor.text("from 10.0.0.1:80, \"a@b\""),
            "from 198.18.0.1:80, \"user-1@example.invalid\""
        );
        assert_eq!(redactor.text("x=61400000001!"), GONE);
        assert_eq!(redactor.text("1448 octets"), "1448 octets");
    }
}
