//! Addresses and identifiers as they are compared: one number is written in many ways
//! (OMA-TS-MMS_ENC section 8).

use std::borrow::Cow;
use std::net::IpAddr;

use memchr::{memchr, memchr2, memchr3_iter};

/// What stands between an address and its type, as MMSCs write it and as gateways of mail spell the slash.
const TYPES: [&str; 3] = ["/TYPE=", "=2FTYPE=", "%2FTYPE="];

/// The address without its `/TYPE=` suffix, as it is shown.
pub(crate) fn bare(address: &str) -> &str {
    let begins_type = |rest: &str| {
        TYPES.iter().any(|written| {
            rest.get(..written.len())
                .is_some_and(|rest| rest.eq_ignore_ascii_case(written))
        })
    };
    let slashes = memchr3_iter(b'/', b'=', b'%', address.as_bytes());
    let mut slashes = slashes.filter_map(|at| address.split_at_checked(at));
    let typed = slashes.find(|(_, rest)| begins_type(rest));
    typed.map_or(address, |(bare, _)| bare).trim()
}

/// The form in which addresses are compared: without `/TYPE=`; numbers without separators and without a leading
/// `+` or `00`; anything else in lower case.
pub(crate) fn comparable(address: &str) -> Cow<'_, str> {
    let address = bare(address);
    let plain = address.strip_prefix('+');
    let written = plain.unwrap_or(address);
    // Nearly always the case, and told in one pass.
    if !written.is_empty() && written.bytes().all(|octet| octet.is_ascii_digit()) {
        return without_exit_code(written, plain.is_some()).into();
    }
    if !is_number(address) {
        return name(address);
    }
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    without_exit_code(&digits, plain.is_some()).to_owned().into()
}

/// What some write in place of the plus.
const EXIT_CODE: &str = "00";

fn without_exit_code(digits: &str, had_plus: bool) -> &str {
    let rest = digits
        .strip_prefix(EXIT_CODE)
        .filter(|rest| !had_plus && !rest.is_empty());
    rest.unwrap_or(digits)
}

/// What is neither a number nor a mail address is made one by an MMSC that mails it, with a host that is in no domain and
/// underscores for blanks, which RFC 5321 section 4.1.2 does not allow: Mbuni writes `not a number` as `not_a_number@unknown`.
fn name(address: &str) -> Cow<'_, str> {
    let local = match address.rsplit_once('@') {
        Some((local, host)) if !local.is_empty() && !host.contains(['.', ':']) => local,
        _ => address,
    };
    match local.contains(' ') {
        true => local.to_lowercase().replace(' ', "_").into(),
        false => lower_case(local),
    }
}

fn lower_case(text: &str) -> Cow<'_, str> {
    let is_lower = |octet: u8| octet.is_ascii() && !octet.is_ascii_uppercase();
    match text.bytes().all(is_lower) {
        true => text.into(),
        false => text.to_lowercase().into(),
    }
}

/// A phone number or short code: digits, perhaps after a plus and with separators; not an IPv4 address.
pub(crate) fn is_number(address: &str) -> bool {
    let (mut digits, mut dots) = (0, 0);
    let written = address.strip_prefix('+').unwrap_or(address);
    let all = written.bytes().all(|octet| {
        digits += usize::from(octet.is_ascii_digit());
        dots += usize::from(octet == b'.');
        matches!(octet, b'0'..=b'9' | b' ' | b'-' | b'.' | b'(' | b')')
    });
    all && digits > 0 && dots != 3
}

/// What a mail address names: of a phone's its number (`+61400000002/TYPE=PLMN@mmsc`, `+61400000002@mmsc`), else all of it.
pub(crate) fn of_mail(address: &str) -> &str {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    match address.rsplit_once('@') {
        Some((local, _)) if is_phone(local) => bare(local),
        None if is_phone(address) => bare(address),
        _ => address,
    }
}

/// Digits that a number in a mail address has at the least, where it is not marked as one.
const MIN_UNMARKED: usize = 7;

/// Whether what stands before the `@` of a mail address is a phone's number: marked by `+` or `/TYPE=`, or long.
fn is_phone(local: &str) -> bool {
    let number = bare(local);
    let is_marked = number.starts_with('+') || number.len() < local.trim().len();
    is_number(number) && (is_marked || number.len() >= MIN_UNMARKED)
}

/// Whether a mail address is a phone's, by how it is written.
pub(crate) fn is_of_phone(address: &str) -> bool {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    is_number(bare(local)) && (local.starts_with('+') || bare(local).len() < local.len())
}

/// The domain of a mail address, or a host's name that stands in place of one.
pub(crate) fn domain(address: &str) -> Option<&str> {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    let domain = match address.rsplit_once('@') {
        Some((_, domain)) => domain,
        None => Some(address).filter(|host| host.contains('.') && !is_number(host))?,
    };
    Some(domain.trim_end_matches('.')).filter(|domain| !domain.is_empty())
}

/// A message id up to its `@`, as it is compared.
pub(crate) fn local_part(id: &str) -> &str {
    let id = message_id(id);
    id.split_once('@').map_or(id, |(local, _)| local)
}

/// Whether two spellings name the same subscriber.
pub(crate) fn same(one: &str, other: &str) -> bool {
    comparable(one) == comparable(other)
}

/// Digits that a national form must share with the international one.
pub(crate) const MIN_NATIONAL: usize = 7;

/// The end of an address in its comparable form that a national number shares with the international one.
pub(crate) fn end(comparable: &str) -> &str {
    match is_digits(comparable) {
        true => comparable
            .len()
            .checked_sub(MIN_NATIONAL)
            .and_then(|at| comparable.get(at..))
            .unwrap_or(comparable),
        false => comparable,
    }
}

/// Whether two addresses in their comparable form name one subscriber, where nothing else contradicts: equal, or one
/// without its leading 0 is the end of the other.
pub(crate) fn is_one_subscriber(one: &str, other: &str) -> bool {
    let national = |number: &str, whole: &str| {
        let significant = number.strip_prefix('0').unwrap_or(number);
        significant.len() >= MIN_NATIONAL && whole.ends_with(significant)
    };
    one == other || is_digits(one) && is_digits(other) && (national(one, other) || national(other, one))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

/// What stands behind the `@` of a message id.
pub(crate) fn domain_of_id(id: &str) -> Option<&str> {
    let (_, domain) = message_id(id).rsplit_once('@')?;
    Some(domain.trim_end_matches('.')).filter(|domain| !domain.is_empty())
}

/// Whether an address is the one of a host.
pub(crate) fn is_place(address: &str, host: IpAddr) -> bool {
    let looks_like_one = bare(address).contains(['.', ':']);
    looks_like_one && same(address, &host.to_string())
}

/// A message id as it is compared and shown: without `<>` and `"` around it.
pub(crate) fn message_id(id: &str) -> &str {
    id.trim_matches(|c: char| matches!(c, '<' | '>' | '"') || c.is_whitespace())
}

/// A URL as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location<'a> {
    /// Host and port, lower case; none where the URL is only a path.
    pub(crate) host: Option<Cow<'a, str>>,
    /// Path and query after percent-decoding.
    pub(crate) path: Cow<'a, str>,
}

/// Splits a URL for comparison, as a client would resolve it: without blanks around it; what has no scheme begins with a
/// host where it looks like one. A default port is no part of the host.
pub(crate) fn location(url: &str) -> Location<'_> {
    let url = url.trim();
    let (host, path) = match split_scheme(url) {
        Some((scheme, rest)) => {
            let (host, path) = split_host(rest);
            (Some(lower_case(without_default_port(scheme, host))), path)
        }
        None => match split_host(url) {
            (host, path) if looks_like_host(host) => {
                (Some(lower_case(without_default_port("http", host))), path)
            }
            _ => (None, url),
        },
    };
    let path = percent_decoded(path);
    Location {
        host: host.filter(|host| !host.is_empty()),
        path: match path.starts_with('/') {
            true => path,
            // What is relative is so to the MMSC's root, and an empty path is the root.
            false => format!("/{path}").into(),
        },
    }
}

/// The host of an absolute URL, without user and port.
pub(crate) fn host(url: &str) -> Option<&str> {
    let (_, rest) = split_scheme(url)?;
    let (authority, _) = split_host(rest);
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let bare = match host.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => host.split(':').next(),
    };
    bare.filter(|host| !host.is_empty())
}

/// Whether a host is given by its address.
pub(crate) fn is_ip_literal(host: &str) -> bool {
    host.starts_with('[')
        || host
            .split(':')
            .next()
            .is_some_and(|host| host.parse::<IpAddr>().is_ok())
}

fn split_host(rest: &str) -> (&str, &str) {
    let end = memchr2(b'/', b'?', rest.as_bytes()).unwrap_or(rest.len());
    rest.split_at_checked(end).unwrap_or((rest, ""))
}

/// Whether what stands before the first slash of a URL without a scheme is a host: labels between dots, perhaps a port.
fn looks_like_host(text: &str) -> bool {
    let name = text.split(':').next().unwrap_or_default();
    let is_label = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-');
    name.contains('.') && !name.starts_with('.') && name.bytes().all(is_label)
}

/// A path and query with a transaction id behind it, where it is open at its end: some MMSCs announce
/// `…?message-id=`, and phones complete it.
pub(crate) fn with_appended(path: &str, transaction_id: &str) -> Option<String> {
    let is_open = path.ends_with(['=', '/', '?']);
    is_open.then(|| format!("{path}{transaction_id}"))
}

/// The scheme (RFC 3986 section 3.1) and what follows its `://`. A URL inside another one's query is none.
fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let is_of_scheme = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.');
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(is_of_scheme);
    is_scheme.then_some((scheme, rest))
}

fn without_default_port<'a>(scheme: &str, host: &'a str) -> &'a str {
    let default = if scheme.eq_ignore_ascii_case("https") {
        ":443"
    } else {
        ":80"
    };
    host.strip_suffix(default).unwrap_or(host)
}

/// Percent-decoding (RFC 3986 section 2.1); what does not decode to UTF-8 stays as it is.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if memchr(b'%', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let decoded = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match decoded {
            Some((high, low)) => {
                octets.push(high * 16 + low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                octets.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(octets).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_has_neither_user_nor_port() {
        for (url, name) in [
            ("http://MMSC.example:8080/a", Some("MMSC.example")),
            ("http://user@mmsc?a=//b", Some("mmsc")),
            ("http://[2001:db8::1]:80/", Some("2001:db8::1")),
            ("https://mmsc", Some("mmsc")),
            ("/a?b=http://c", None),
            ("http:///a", None),
        ] {
            assert_eq!(host(url), name, "{url}");
        }
    }

    #[test]
    fn numbers_are_equal_in_every_spelling() {
        for spelling in [
            "+441500002",
            "00441500002",
            "441500002/TYPE=PLMN",
            "+44 1500-002",
            "441500002/type=plmn",
        ] {
            assert_eq!(comparable(spelling), "441500002", "{spelling}");
        }
        assert!(!same("+441500002", "+441500003"));
    }

    #[test]
    fn what_is_no_number_stays_itself() {
        assert_eq!(comparable("127.0.1.2/TYPE=IPV4"), "127.0.1.2");
        assert_eq!(comparable("Joe@Example.COM"), "joe@example.com");
        assert_eq!(comparable("111"), "111");
        assert_eq!(comparable("not a number"), "not_a_number");
        assert!(same("Not a number", "not_a_number@unknown"));
        assert!(!same("ann@mail.example", "ann@other.example"));
        assert_eq!(comparable("00"), "00");
        assert_eq!(bare("+441500002/TYPE=PLMN"), "+441500002");
        assert_eq!(bare("+441500002=2Ftype=PLMN"), "+441500002");
        assert_eq!(bare("+441500002%2FTYPE=PLMN"), "+441500002");
    }

    #[test]
    fn a_phone_is_known_in_a_mail_address() {
        for written in [
            "+61400000002/TYPE=PLMN@mms.two.example",
            "+61400000002=2FTYPE=PLMN@mms.two.example",
            "<+61400000002@mms.two.example>",
            "+61400000002/type=plmn",
            "+61400000002",
        ] {
            assert_eq!(of_mail(written), "+61400000002", "{written}");
            assert!(is_of_phone(written), "{written}");
        }
        assert_eq!(of_mail("61400000002@mmsc.example"), "61400000002");
        assert!(!is_of_phone("61400000002@mmsc.example"));
        for mail in ["ann@mail.example", "4646@mail.example", "ann"] {
            assert_eq!(of_mail(mail), mail);
            assert!(!is_of_phone(mail), "{mail}");
        }
        assert_eq!(domain("<system-user@mms.two.example>"), Some("mms.two.example"));
        assert_eq!(domain("mms.two.example"), Some("mms.two.example"));
        assert_eq!(domain("+61400000002/TYPE=PLMN"), None);
        assert_eq!(local_part("<q9.77@mms.one.example>"), "q9.77");
    }

    #[test]
    fn message_ids_lose_their_wrapping() {
        assert_eq!(
            message_id("\"qf8989.1@mms.alpha.example\""),
            "qf8989.1@mms.alpha.example"
        );
        assert_eq!(message_id("<C8Q7@mmsc>"), "C8Q7@mmsc");
    }

    #[test]
    fn urls_compare_after_decoding_and_without_default_port() {
        let one = location("http://MMSC.example:80/a?id=%22x%22");
        let other = location("http://mmsc.example/a?id=\"x\"");
        assert_eq!(one, other);
        assert_eq!(location("http://h:8002/").host.as_deref(), Some("h:8002"));
        assert_eq!(
            location("/only/path"),
            Location {
                host: None,
                path: "/only/path".into()
            }
        );
        assert_eq!(location("http://h").path, "/");
        assert_eq!(
            location("mms.example/servlets/NOK32 "),
            location(" http://MMS.example/servlets/NOK32")
        );
        assert_eq!(
            location("mms.example:8002/a").host.as_deref(),
            Some("mms.example:8002")
        );
        assert_eq!(location("servlets/a?id=1"), location("/servlets/a?id=1"));
        assert_eq!(location("http://h?id=1"), location("http://h/?id=1"));
        let nested = location("/a?b=http://c");
        assert_eq!((nested.host, &*nested.path), (None, "/a?b=http://c"));
        assert_eq!(
            location("mms.example/a?b=http://c").host.as_deref(),
            Some("mms.example")
        );
        assert_eq!(
            with_appended("/mms?message-id=", "T1").as_deref(),
            Some("/mms?message-id=T1")
        );
        assert_eq!(with_appended("/mms/abc", "T1"), None);
        assert_eq!(location("http://h/%zz%f").path, "/%zz%f");
    }
}
