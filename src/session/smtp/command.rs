//! What a client says (RFC 5321 section 4.1.1).

use crate::session::bounded;

/// The longest address that is kept, in octets: RFC 5321 section 4.5.3.1 allows 256 for a path, and X.400 addresses are
/// longer.
const ADDRESS_OCTETS: usize = 1024;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// EHLO, HELO or LHLO, with the client's name.
    Hello(String),
    /// MAIL FROM, with the sender's address, and with ENVID, by which a report names the envelope (RFC 3461 section 4.4).
    Mail { sender: String, id: Option<String> },
    /// RCPT TO, with the recipient's address.
    Recipient(String),
    /// DATA.
    Data,
    /// BDAT (RFC 3030): so many octets follow, and the mail ends with them or not.
    Chunk { octets: u64, last: bool },
    /// STARTTLS (RFC 3207).
    StartTls,
    /// AUTH (RFC 4954). What it says is not kept.
    Auth,
    /// RSET.
    Reset,
    /// QUIT.
    Quit,
    /// Another one, or what the server will not know.
    Other,
}

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Command {
    let line = String::from_utf8_lossy(line.trim_ascii());
    let (verb, rest) = line.split_at_checked(4).unwrap_or((&line, ""));
    let rest = rest.trim_start();
    let mut verb: [u8; 4] = verb.as_bytes().try_into().unwrap_or_default();
    verb.make_ascii_uppercase();
    match &verb {
        b"EHLO" | b"HELO" | b"LHLO" => Command::Hello(bounded(rest).to_owned()),
        b"MAIL" => after(rest, "FROM:").map_or(Command::Other, |path| Command::Mail {
            sender: address(path),
            id: parameter(path, "ENVID=").map(xtext),
        }),
        b"RCPT" => after(rest, "TO:").map_or(Command::Other, |path| Command::Recipient(address(path))),
        b"DATA" if rest.is_empty() => Command::Data,
        b"BDAT" => chunk(rest).unwrap_or(Command::Other),
        b"STAR" if rest.eq_ignore_ascii_case("TTLS") => Command::StartTls,
        b"AUTH" => Command::Auth,
        b"RSET" if rest.is_empty() => Command::Reset,
        b"QUIT" if rest.is_empty() => Command::Quit,
        _ => Command::Other,
    }
}

/// Whether a line can be nothing but a command of a mail transaction, or the start of a dialogue.
pub(super) fn is_unmistakable(line: &[u8]) -> bool {
    match read(line) {
        Command::Mail { .. } | Command::Recipient(_) => line.contains(&b'<'),
        Command::Reset | Command::Quit | Command::StartTls | Command::Data => {
            line.trim_ascii_end().iter().all(u8::is_ascii_uppercase)
        }
        Command::Hello(name) => !name.is_empty() && !name.contains(' '),
        Command::Chunk { .. } => true,
        Command::Auth | Command::Other => false,
    }
}

/// What follows a keyword, in any case.
fn after<'a>(text: &'a str, keyword: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(keyword.len())?;
    start.eq_ignore_ascii_case(keyword).then(|| rest.trim_start())
}

fn chunk(rest: &str) -> Option<Command> {
    let mut words = rest.split_ascii_whitespace();
    let octets = words.next()?.parse().ok()?;
    let last = words.next().is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
    Some(Command::Chunk { octets, last })
}

/// The address in a path: without `<>`, without the route that older senders put before it (RFC 5321 appendix C), without
/// parameters behind it.
fn address(path: &str) -> String {
    let address = match path.strip_prefix('<') {
        Some(path) => path.get(..closing(path)).unwrap_or(path),
        None => path.split_ascii_whitespace().next().unwrap_or_default(),
    };
    let routed = address.strip_prefix('@').and_then(|route| route.split_once(':'));
    let address = routed.map_or(address, |(_, address)| address).trim();
    let end = address.floor_char_boundary(ADDRESS_OCTETS);
    address.get(..end).unwrap_or(address).to_owned()
}

/// The value of a parameter behind a path.
fn parameter<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let behind = match path.strip_prefix('<') {
        Some(path) => path.get(closing(path)..)?,
        None => path,
    };
    let mut words = behind.split_ascii_whitespace().skip(1);
    let value = words.find_map(|word| after(word, name))?;
    Some(value).filter(|value| !value.is_empty())
}

/// What is written as `xtext` (RFC 3461 section 4): `+` and two digits stand for an octet. As much as is kept of it.
fn xtext(value: &str) -> String {
    let value = bounded(value);
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((octet, behind)) = rest.split_first() {
        let digits = behind.split_at_checked(2).filter(|_| *octet == b'+');
        let decoded = digits.and_then(|(digits, behind)| {
            let digits = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, behind))
        });
        let (decoded, behind) = decoded.unwrap_or((*octet, behind));
        octets.push(decoded);
        rest = behind;
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// Where the bracket closes that was opened before the text; brackets in a quoted local part do not count.
fn closing(path: &str) -> usize {
    let mut quoted = false;
    let end = path.bytes().position(|octet| {
        quoted ^= octet == b'"';
        octet == b'>' && !quoted
    });
    end.or_else(|| path.find('>')).unwrap_or(path.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(sender: &str, id: Option<&str>) -> Command {
        Command::Mail {
            sender: sender.to_owned(),
            id: id.map(str::to_owned),
        }
    }

    #[test]
    fn commands_in_any_case_and_spelling() {
        for (line, command) in [
            (
                "EHLO mms.one.example\r\n",
                Command::Hello("mms.one.example".into()),
            ),
            ("helo x\n", Command::Hello("x".into())),
            ("MAIL FROM:<a@b> SIZE=5\r\n", mail("a@b", None)),
            ("mail from: <>\r\n", mail("", None)),
            ("MAIL FROM:<@r1,@r2:a@b>\r\n", mail("a@b", None)),
            (
                "MAIL FROM:<a@b> RET=HDRS envid=q7+2B+3D+zz SIZE=5\r\n",
                mail("a@b", Some("q7+=+zz")),
            ),
            ("MAIL FROM:a@b ENVID=1\r\n", mail("a@b", Some("1"))),
            ("MAIL FROM:<a@b> ENVID=\r\n", mail("a@b", None)),
            (
                "RCPT TO:<+61400000002/TYPE=PLMN@mms> NOTIFY=NEVER\r\n",
                Command::Recipient("+61400000002/TYPE=PLMN@mms".into()),
            ),
            ("RCPT TO:<\"a>b\"@c>\r\n", Command::Recipient("\"a>b\"@c".into())),
            (
                "rcpt to:+441500002 ORCPT=x\r\n",
                Command::Recipient("+441500002".into()),
            ),
            ("DATA \r\n", Command::Data),
            (
                "BDAT 12 last\r\n",
                Command::Chunk {
                    octets: 12,
                    last: true,
                },
            ),
            (
                "BDAT 0\r\n",
                Command::Chunk {
                    octets: 0,
                    last: false,
                },
            ),
            ("BDAT x\r\n", Command::Other),
            ("starttls\r\n", Command::StartTls),
            ("AUTH PLAIN AGEAYg==\r\n", Command::Auth),
            ("RSET\r\n", Command::Reset),
            ("QUIT\r\n", Command::Quit),
            ("NOOP\r\n", Command::Other),
            ("ab\r\n", Command::Other),
        ] {
            assert_eq!(read(line.as_bytes()), command, "{line}");
        }
    }

    #[test]
    fn prose_is_no_command() {
        for line in [
            "mail from: me to you\r\n",
            "Quit\r\n",
            "Data follow\r\n",
            "ehlo and goodbye\r\n",
        ] {
            assert!(!is_unmistakable(line.as_bytes()), "{line}");
        }
        for line in ["mail from:<a@b>\r\n", "QUIT\r\n", "BDAT 7\r\n", "EHLO mms\r\n"] {
            assert!(is_unmistakable(line.as_bytes()), "{line}");
        }
    }
}
