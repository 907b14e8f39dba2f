//! The report opened in headless Chromium: it searches, sorts and opens a message, by keyboard, with tens of thousands
//! of messages, asks for nothing outside, and shows hostile text as text. Skipped where there is no Chromium.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

pub mod browser;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use browser::Browser;
use mmsmate::internals::report::{Document, EventFacts, FailureDetail, Message};
use mmsmate::internals::report::{Zone, html, summary_of};

/// As many messages as a report must bear.
const MANY: u64 = 50_000;

fn document() -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/documents/four-messages.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn written(directory: &Path, document: Document, messages: Vec<Message>) -> PathBuf {
    written_in(directory, document, messages, Zone::UTC)
}

fn written_in(directory: &Path, mut document: Document, messages: Vec<Message>, zone: Zone) -> PathBuf {
    document.messages = messages;
    document.summary = summary_of(&document.summary, &document.messages);
    let path = directory.join("report.html");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    let options = html::Options {
        zone,
        ..html::Options::default()
    };
    html::write(
        &mut out,
        &document,
        &document.summary,
        document.messages.iter(),
        &options,
    )
    .unwrap();
    path
}

fn many(document: &Document) -> Vec<Message> {
    let kinds = document.messages.iter().cycle();
    let number = |(message, id): (&Message, u64)| {
        let mut message = message.clone();
        message.id = id;
        // What the page lists and searches as the recipients of a message.
        message.recipients = vec![format!("+61411{id:06}")];
        message.size = Some(id * 7919 % 300_000);
        message
    };
    kinds.zip(1..=MANY).map(number).collect()
}

/// Chooses the first row, and opens its message, by keyboard.
fn open_first_message(browser: &mut Browser) {
    browser.value("document.getElementById('view').focus()");
    browser.press("ArrowDown");
    browser.press("Enter");
    browser.until("!document.getElementById('panel').hidden");
}

const ROWS: &str =
    "[...document.querySelectorAll('#fill .row')].map((row) => [...row.children].map((c) => c.textContent))";

#[test]
fn fifty_thousand_messages_are_searched_sorted_and_opened_by_keyboard() {
    let directory = tempfile::tempdir().unwrap();
    let document = document();
    let messages = many(&document);
    let path = written(directory.path(), document, messages);
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&path);

    assert_eq!(
        browser.value("document.getElementById('found').textContent"),
        "50\u{202f}000 messages"
    );
    let drawn = browser
        .value("document.querySelectorAll('#fill .row').length")
        .as_u64()
        .unwrap();
    assert!((10..200).contains(&drawn), "{drawn} rows are drawn");

    browser.press("/");
    browser.type_text("+61411012346 notified");
    browser.until("document.getElementById('found').textContent.startsWith('0 of')");
    browser.value("document.getElementById('search').value = ''");
    browser.type_text("+61411012346");
    browser.until("document.getElementById('found').textContent.startsWith('1 of')");
    let rows = browser.value(ROWS);
    assert_eq!(rows[0][0], "12346");
    assert!(rows[0][5].as_str().unwrap().contains("failure"));

    browser.press("ArrowDown");
    browser.press("Enter");
    browser.until("!document.getElementById('panel').hidden");
    let panel = browser.value("document.getElementById('panel').textContent");
    let panel = panel.as_str().unwrap();
    assert!(
        panel.contains("Message 12346") && panel.contains("404 Not Found"),
        "{panel}"
    );
    assert!(
        panel.contains("the message is gone or the URL"),
        "no advice: {panel}"
    );
    let arrows = browser.value("document.querySelectorAll('#panel svg .arrow').length");
    assert_eq!(arrows, 3);
    assert_eq!(browser.value("location.hash"), "#message-12346");
    browser.press("Escape");
    browser.until("document.getElementById('panel').hidden");

    browser.value("(() => { const s = document.getElementById('search'); s.value = ''; s.dispatchEvent(new Event('input')); })()");
    browser.value("document.querySelector('[data-column=Size]').click()");
    browser.value("document.querySelector('[data-column=Size]').click()");
    assert_eq!(
        browser.value("document.querySelector('[data-column=Size]').parentElement.getAttribute('aria-sort')"),
        "descending"
    );
    let largest = (1..=MANY).map(|id| id * 7919 % 300_000).max().unwrap();
    let top = browser.value(ROWS)[0][4].as_str().unwrap().to_owned();
    assert_eq!(top, mmsmate::internals::report::human::size(largest));

    browser.value("document.getElementById('view').focus()");
    browser.press("End");
    browser.until(
        "document.querySelector('#fill .row[aria-selected=true]')?.getAttribute('aria-rowindex') === '50001'",
    );
    browser.value("document.querySelector('[data-outcome=\"3\"]').click()");
    browser.until("document.getElementById('found').textContent.startsWith('12\\u202f500 of')");
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn hostile_text_is_shown_as_text() {
    let directory = tempfile::tempdir().unwrap();
    let mut document = document();
    let attack =
        "</script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    let mut message = document.messages[2].clone();
    message.subject = Some(attack.to_owned());
    message.from = Some(attack.to_owned());
    message.failures[0].detail = FailureDetail::Told(attack.to_owned());
    for event in &mut message.events {
        event.facts = EventFacts::Told {
            pdu: event.facts.pdu(),
            words: attack.to_owned(),
        };
    }
    document.captures[0].path = attack.to_owned();
    document.anomalies[0].detail = attack.to_owned();
    let path = written(directory.path(), document, vec![message]);
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&path);
    open_first_message(&mut browser);

    assert_eq!(browser.value("document.title"), "MMS report");
    assert_eq!(browser.value("document.querySelectorAll('img').length"), 0);
    let panel = browser.value("document.getElementById('panel').textContent");
    let panel = panel.as_str().unwrap();
    assert!(panel.contains("<img src=x onerror="), "{panel}");
    assert!(
        !panel.contains('\u{202e}') && panel.contains("\\u{202e}"),
        "{panel}"
    );
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn times_are_those_of_the_zone_of_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let document = document();
    let zone = || Zone::named("Europe/Berlin").unwrap();
    let headers = "[...document.querySelectorAll('#head *')].map((cell) => cell.textContent).join()";
    // All messages under one offset, and then two with the change of the clocks between them.
    let started = |message: &Message, at: &str| Message {
        started: Some(at.parse().unwrap()),
        ended: Some(at.parse().unwrap()),
        ..message.clone()
    };
    let one = vec![started(&document.messages[1], "2026-11-20T10:00:05.000123Z")];
    let two = vec![
        started(&document.messages[0], "2026-10-25T00:30:00Z"),
        started(&document.messages[1], "2026-10-25T01:30:00Z"),
    ];
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&written_in(directory.path(), document.clone(), one, zone()));
    assert_eq!(browser.value(ROWS)[0][1], "2026-11-20 11:00:05.000");
    assert!(browser.value(headers).as_str().unwrap().contains("Time (+01:00)"));
    open_first_message(&mut browser);
    let panel = browser.value("document.getElementById('panel').textContent");
    let panel = panel.as_str().unwrap();
    assert!(
        panel.contains("Time (+01:00)2026-11-20 11:00:05.000123"),
        "{panel}"
    );

    browser.open(&written_in(directory.path(), document, two, zone()));
    let rows = browser.value(ROWS);
    assert_eq!(rows[0][1], "2026-10-25 02:30:00.000 +02:00");
    assert_eq!(rows[1][1], "2026-10-25 02:30:00.000 +01:00");
    assert!(
        browser
            .value(headers)
            .as_str()
            .unwrap()
            .contains("Time (Europe/Berlin)")
    );
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn paper_gets_every_row() {
    let directory = tempfile::tempdir().unwrap();
    let document = document();
    let messages: Vec<Message> = many(&document).into_iter().take(300).collect();
    let path = written(directory.path(), document, messages);
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&path);
    browser.value("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(
        browser.value("document.querySelectorAll('#fill .row').length"),
        300
    );
    browser.value("dispatchEvent(new Event('afterprint'))");
    assert!(
        browser
            .value("document.querySelectorAll('#fill .row').length")
            .as_u64()
            .unwrap()
            < 200
    );
}

const FOUND: &str = "document.getElementById('found').textContent";

#[test]
fn a_click_on_a_bar_selects_what_it_counts() {
    let directory = tempfile::tempdir().unwrap();
    let document = document();
    let mut messages: Vec<Message> = many(&document).into_iter().take(40).collect();
    for message in &mut messages {
        let mmsc = if message.id <= 10 {
            "north.example"
        } else {
            "south.example"
        };
        message.mmsc = Some(mmsc.to_owned());
    }
    let path = written(directory.path(), document, messages);
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&path);
    let mut click = |bar: &str| {
        browser.value(&format!(
            "document.querySelector('.click{bar}').dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
        ));
        browser.value(FOUND).as_str().unwrap().to_owned()
    };
    let all = "40 messages";
    for (bar, found) in [
        ("[data-find=\"north.example\"]", "10 of 40 messages"),
        ("[data-choose=\"1\"]", "10 of 40 messages"),
        ("[data-find=\"retrieve_http_error\"]", "20 of 40 messages"),
    ] {
        assert_eq!(click(bar), found, "{bar}");
        assert_eq!(click(bar), all, "{bar} once more");
    }
    // The columns of time share the messages out among them, each under one column.
    let spans = browser
        .value("[...new Set([...document.querySelectorAll('[data-from]')].map((bar) => bar.dataset.from))]");
    let mut sum = 0;
    for from in spans.as_array().unwrap() {
        let bar = format!(
            "document.querySelector('[data-from=\"{}\"]')",
            from.as_str().unwrap()
        );
        browser.value(&format!(
            "{bar}.dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
        ));
        let found = browser.value(FOUND);
        sum += found
            .as_str()
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap();
        browser.value(&format!(
            "{bar}.dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
        ));
    }
    assert!(sum == 40 && spans.as_array().unwrap().len() > 1, "{spans}: {sum}");
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn the_search_knows_frames_failures_hosts_addresses_and_times() {
    let directory = tempfile::tempdir().unwrap();
    let document = document();
    let messages = document.messages.clone();
    let path = written(directory.path(), document, messages);
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&path);
    for (text, ids) in [
        ("50\u{2013}57", serde_json::json!(["2"])),
        ("retrieve_http_error 404", serde_json::json!(["2", "3"])),
        ("10:00:05", serde_json::json!(["2"])),
        ("mmsc.example", serde_json::json!(["1", "2", "3", "4"])),
        ("10.1.1.1", serde_json::json!(["1", "3"])),
        ("nowhere.example", serde_json::json!([])),
    ] {
        browser.value(&format!(
            "(() => {{ const s = document.getElementById('search'); s.value = {}; s.dispatchEvent(new Event('input')); }})()",
            serde_json::json!(text)
        ));
        let found = browser
            .value("[...document.querySelectorAll('#fill .row')].map((row) => row.children[0].textContent)");
        assert_eq!(found, ids, "{text}");
    }
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn the_filter_of_wireshark_is_there_to_be_copied() {
    let directory = tempfile::tempdir().unwrap();
    let document = document();
    let messages = vec![document.messages[1].clone()];
    let path = written(directory.path(), document, messages);
    let Some(mut browser) = Browser::start() else {
        return;
    };
    browser.open(&path);
    open_first_message(&mut browser);
    let filter = browser.value("document.querySelector('#panel button.copy').dataset.filter");
    assert!(
        filter.as_str().unwrap().starts_with("frame.number in {"),
        "{filter}"
    );
    browser.value("document.querySelector('#panel button.copy').click()");
    browser.until("document.querySelector('#panel button.copy').textContent !== 'Copy Wireshark filter'");
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}

#[test]
fn outcomes_and_ladders_are_seen_at_every_width_in_light_and_dark() {
    let directory = tempfile::tempdir().unwrap();
    let document = document();
    let messages = document.messages.clone();
    let path = written(directory.path(), document, messages);
    let Some(mut browser) = Browser::start() else {
        return;
    };
    for (width, scheme) in [(1400, "light"), (1000, "dark"), (380, "light"), (380, "dark")] {
        browser.call(
            "Emulation.setDeviceMetricsOverride",
            serde_json::json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}),
        );
        browser.call(
            "Emulation.setEmulatedMedia",
            serde_json::json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
        browser.open(&path);
        assert_eq!(
            browser.value("document.documentElement.scrollWidth <= innerWidth"),
            true,
            "the page is wider than a window of {width}"
        );
        let outcome = browser.value(
            "(() => { const cell = document.querySelector('#fill .row .bad').getBoundingClientRect(); \
             return cell.width > 40 && cell.left >= 0 && cell.right <= innerWidth; })()",
        );
        assert_eq!(outcome, true, "no outcome is seen in a window of {width}");
        open_first_message(&mut browser);
        let overlaps = browser.value(
            "(() => { const boxes = [...document.querySelectorAll('#panel .flow text')].map((t) => t.getBoundingClientRect()); \
             return boxes.filter((a, i) => boxes.some((b, k) => k > i && a.left < b.right - 1 && b.left < a.right - 1 && \
             a.top < b.bottom - 4 && b.top < a.bottom - 4)).length; })()",
        );
        assert_eq!(overlaps, 0, "labels of the ladder lie over each other at {width}");
        // The text against what lies behind it: WCAG 2.2 asks for 4.5 to 1.
        let contrast = browser.value(
            "(() => { const light = (colour) => { const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((c) => { c /= 255; \
             return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; }; \
             const style = getComputedStyle(document.getElementById('panel')); \
             const [x, y] = [light(style.color), light(style.backgroundColor)].sort((p, q) => q - p); \
             return (x + 0.05) / (y + 0.05); })()",
        );
        assert!(contrast.as_f64().unwrap() > 4.5, "{scheme}: {contrast}");
        browser.press("Escape");
    }
    assert_eq!(browser.complaints, Vec::<serde_json::Value>::new());
}
