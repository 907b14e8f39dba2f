//! `mmsmate decode`: PDUs that are files, not captures.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use thiserror::Error;

use super::{
    exit::{Exit, Failure, complain},
    help,
    pdu_output::{Origin, PduFormat, PduPrintArgs, Printer},
    preferences::Preferences,
};
use crate::{
    codec::{media, transfer::hexadecimal_pair},
    mms::{self, MMS_MESSAGE, Pdu as MmsPdu},
    report::redact::Redactor,
    session::wsp::{Completeness, Entity, Pdu},
};

/// The largest file that is read, in octets: PDUs are held in memory whole, and none is nearly as large.
const MAX_FILE: u64 = 256 << 20;

/// X-Mms-Message-Type, with which a PDU begins.
const PDU_START: u8 = 0x8c;

/// Arguments of `decode`.
#[derive(Clone, Debug, Args)]
#[command(help_template = help::TEMPLATE, before_help = help::DECODE)]
pub struct DecodeArgs {
    /// Files that each hold an MMS PDU, a WAP push, a mail or SOAP, or `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The files hold hexadecimal digits; an empty line stands between two PDUs, `#` begins a comment
    #[arg(long)]
    pub hex: bool,
    /// What to print
    #[arg(short, long, value_enum, default_value = "tree", help_heading = "Output")]
    pub format: PduFormat,
    #[command(flatten)]
    pub print: PduPrintArgs,
}

/// Why a file cannot be decoded.
#[derive(Debug, Error)]
enum FileError {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// A line, counted from 1, holds more than hexadecimal digits.
    #[error("line {0}: not hexadecimal")]
    NotHexadecimal(usize),
    /// A digit has no second one.
    #[error("an odd number of hexadecimal digits")]
    OddDigits,
}

/// What a WAP push has in place of an MMS PDU.
#[derive(Debug, PartialEq, Eq, Error)]
enum NoPdu {
    #[error("a WAP push without content")]
    Empty,
    #[error("a WAP push of {0}, no MMS PDU")]
    Other(String),
    #[error("a WAP push of a type without a name, no MMS PDU")]
    Nameless,
}

/// Runs the subcommand. A file that cannot be read, or holds no PDU, costs one line on standard error and the exit
/// status, not the run.
pub(super) fn run(arguments: &DecodeArgs) -> Result<Exit, Failure> {
    arguments.print.refuse_redacted_tree(arguments.format)?;
    let mut exit = Exit::Ran;
    let mut redactor = arguments.print.redact.redactor()?;
    arguments.print.output.write(&arguments.files, |out| {
        let mut printer = arguments.print.printer(
            arguments.format,
            true,
            &Preferences::default(),
            redactor.take(),
            out,
        )?;
        for file in &arguments.files {
            exit = exit.and(print_file(file, arguments.hex, &mut printer)?);
        }
        redactor = printer.finish()?;
        Ok(())
    })?;
    let met = redactor.iter().flat_map(Redactor::met);
    arguments.print.redact.write_map(&arguments.files, met)?;
    Ok(exit)
}

fn print_file(file: &Path, hex: bool, printer: &mut Printer<impl Write>) -> io::Result<Exit> {
    let name = file.display().to_string();
    let unusable = |problem: FileError| {
        complain(format_args!("{name}: {problem}"));
        Exit::Unusable
    };
    let pieces = match pieces(file, hex) {
        Ok(pieces) => pieces,
        Err(problem) => return Ok(unusable(problem)),
    };
    for piece in &pieces {
        if let Some(soap) = mms::decode_soap_file(piece, mms::Limits::default()) {
            printer.print(&MmsPdu::Soap(soap), Origin::File(&name))?;
            continue;
        }
        match pdu_in(piece) {
            Ok(pdu) => printer.print(&decoded(pdu), Origin::File(&name))?,
            // It was read and understood; there is just nothing in it to decode.
            Err(other) => complain(format_args!("{name}: {other}")),
        }
    }
    Ok(Exit::Ran)
}

/// The PDU: a mail where it begins as one, else one of MM1.
fn decoded(octets: &[u8]) -> MmsPdu<'_> {
    match is_mail(octets) {
        true => MmsPdu::Mail(mms::decode_mail(octets, true, None, mms::Limits::default())),
        false => MmsPdu::Mm1(mms::decode(octets, true)),
    }
}

/// Whether octets begin with a header field as mail has them (RFC 5322 section 2.2): a name of printable characters, and a
/// colon.
fn is_mail(octets: &[u8]) -> bool {
    let name = octets.split(|&octet| octet == b':').next().unwrap_or_default();
    let printable = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    printable && name.len() < octets.len() && name.iter().any(u8::is_ascii_alphabetic)
}

/// The octets of each PDU in a file.
fn pieces(file: &Path, hex: bool) -> Result<Vec<Vec<u8>>, FileError> {
    let octets = read(file)?;
    if hex {
        from_hexadecimal(&octets)
    } else {
        Ok(vec![octets])
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    let limit = MAX_FILE.saturating_add(1);
    match file.as_os_str() == "-" {
        true => io::stdin().lock().take(limit).read_to_end(&mut octets)?,
        false => File::open(file)?.take(limit).read_to_end(&mut octets)?,
    };
    if octets.len() as u64 > MAX_FILE {
        return Err(io::Error::other("too large for a PDU"));
    }
    Ok(octets)
}

/// The octets of each paragraph of hexadecimal digits. Blanks, commas and colons may stand between digits, `0x` and
/// `\x` before them.
fn from_hexadecimal(text: &[u8]) -> Result<Vec<Vec<u8>>, FileError> {
    let text = String::from_utf8_lossy(text);
    let mut pieces = Vec::new();
    let mut digits: Vec<u8> = Vec::new();
    for (number, line) in text.lines().chain([""]).enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            let plain = line.replace("0x", "").replace("\\x", "");
            let kept = plain
                .bytes()
                .filter(|c| !matches!(c, b' ' | b'\t' | b',' | b':' | b';'));
            let from = digits.len();
            digits.extend(kept);
            if digits.iter().skip(from).any(|digit| !digit.is_ascii_hexdigit()) {
                return Err(FileError::NotHexadecimal(number.saturating_add(1)));
            }
        } else if !digits.is_empty() {
            pieces.push(paired(&digits)?);
            digits.clear();
        }
    }
    Ok(pieces)
}

fn paired(digits: &[u8]) -> Result<Vec<u8>, FileError> {
    let octets: Option<Vec<u8>> = digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => hexadecimal_pair(*high, *low),
            _ => None,
        })
        .collect();
    octets.ok_or(FileError::OddDigits)
}

/// The PDU in the octets: they themselves, or what a WAP push with or without its transaction id carries. Else what the push carries instead.
fn pdu_in(octets: &[u8]) -> Result<&[u8], NoPdu> {
    let Some(entity) = pushed(octets) else {
        return Ok(octets);
    };
    if entity.data.is_empty() {
        return Err(NoPdu::Empty);
    }
    if entity.data.first() == Some(&PDU_START) || entity.content_type.is_none() {
        return Ok(entity.data);
    }
    match media_type(&entity) {
        Some(media) if media == MMS_MESSAGE => Ok(entity.data),
        Some(media) => Err(NoPdu::Other(media)),
        None => Err(NoPdu::Nameless),
    }
}

/// What a push carries. Octets that may be a PDU, whose headers begin at 80, must be a push in every detail.
fn pushed(octets: &[u8]) -> Option<Entity<'_>> {
    let completeness = match octets.first() {
        Some(0x80..) => Completeness::Whole,
        _ => Completeness::Cut,
    };
    let behind_id = octets.get(1..).and_then(|behind| push(behind, completeness));
    behind_id.or_else(|| push(octets, completeness))
}

fn push(octets: &[u8], completeness: Completeness) -> Option<Entity<'_>> {
    match Pdu::read(octets, completeness) {
        Ok(Pdu::Push { entity, .. }) => Some(entity),
        _ => None,
    }
}

fn media_type(entity: &Entity<'_>) -> Option<String> {
    let code = entity
        .content_type
        .as_ref()
        .and_then(|content_type| content_type.name.integer());
    let known = code.and_then(media::well_known).map(str::to_owned);
    known.or_else(|| entity.essence().map(|media| media.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUSH: &[u8] = &[0x01, 0x06, 0x03, 0xbe, 0xaf, 0x84, 0x8c, 0x82, 0x98, b't', 0];

    #[test]
    fn a_push_is_opened_with_and_without_its_transaction_id() {
        assert_eq!(pdu_in(PUSH).unwrap(), &PUSH[6..]);
        assert_eq!(pdu_in(&PUSH[1..]).unwrap(), &PUSH[6..]);
        assert_eq!(pdu_in(&PUSH[6..]).unwrap(), &PUSH[6..]);
    }

    #[test]
    fn a_mail_is_told_from_a_pdu_and_a_push() {
        assert!(is_mail(b"X-Mms-Message-Type: MM4_forward.REQ\r\n"));
        for other in [
            PUSH,
            &PUSH[6..],
            b"",
            b":",
            b"no colon",
            b"two words: x",
            b"\x8c\x80:",
        ] {
            assert!(!is_mail(other), "{other:?}");
        }
    }

    #[test]
    fn a_push_that_is_cut_in_its_headers_has_no_pdu() {
        let octets = &[0x00, 0x06, 0x08, 0xbe, 0xaf, 0x84, 0x8d, 0xdb, 0xb4, 0x81];
        assert_eq!(pdu_in(octets).unwrap_err(), NoPdu::Empty);
    }

    #[test]
    fn a_push_of_something_else_is_no_pdu() {
        // Service indication, text/vnd.wap.si.
        assert_eq!(
            pdu_in(&[0x01, 0x06, 0x01, 0xad, 0x01]).unwrap_err().to_string(),
            "a WAP push of text/vnd.wap.si, no MMS PDU"
        );
    }

    #[test]
    fn hexadecimal_in_paragraphs() {
        let pieces = from_hexadecimal(b"8c 83 # type\n98:74:00\n\n0x8c,0x81\n\n\n").unwrap();
        assert_eq!(pieces, [vec![0x8c, 0x83, 0x98, 0x74, 0x00], vec![0x8c, 0x81]]);
        assert_eq!(
            from_hexadecimal(b"8c\nxy").unwrap_err().to_string(),
            "line 2: not hexadecimal"
        );
        assert_eq!(
            from_hexadecimal(b"8c8").unwrap_err().to_string(),
            "an odd number of hexadecimal digits"
        );
    }
}
