//! Compares a document of the program with a truth: a document in the same shape that leaves out what it does
//! not know. A field that the truth leaves out is not compared. Each difference is one line.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use serde_json::Value;

/// A PDU's role in a message with its place.
type Role = (&'static str, u64, u64);

const PLAIN: &[&str] = &[
    "message_id",
    "from",
    "subject",
    "outcome",
    "state",
    "content_type",
    "size",
    "message_class",
    "priority",
];
const LEGS: &[(&str, &str)] = &[
    ("handovers", "request"),
    ("notifications", "seen"),
    ("retrievals", "response"),
    ("acknowledgements", "request"),
    ("delivery_reports", "seen"),
    ("read_reports", "seen"),
];

/// What is compared of a handover, beside its places and its status.
const HANDOVER: &[&str] = &[
    "interface",
    "pdu",
    "state",
    "tries",
    "transport_status",
    "transaction_id",
    "message_id",
    "linked_id",
    "peer",
    "response_requested",
];

/// Every difference between the truth and what the program gave.
pub(crate) fn differences(truth: &Value, given: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if truth.get("captures").is_some() {
        captures(list(truth, "captures"), list(given, "captures"), &mut wrong);
    }
    if truth.get("messages").is_some() {
        messages(list(truth, "messages"), list(given, "messages"), &mut wrong);
    }
    if truth.get("operations").is_some() {
        let (a, b) = (operations(truth), operations(given));
        check(&mut wrong, "operations", &a, &b);
    }
    if let Some(summary) = truth.get("summary") {
        summary_differs(summary, &given["summary"], &mut wrong);
    }
    wrong
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn check<T: PartialEq + std::fmt::Debug>(wrong: &mut Vec<String>, what: &str, truth: &T, given: &T) {
    if truth != given {
        wrong.push(format!("{what}: {truth:?} expected, {given:?} given"));
    }
}

/// A phone number as compared: without its leading plus.
fn number(value: &Value) -> Value {
    value.as_str().map_or_else(
        || value.clone(),
        |text| text.strip_prefix('+').unwrap_or(text).into(),
    )
}

fn place(seen: &Value) -> Option<(u64, u64)> {
    Some((
        seen.get("capture").and_then(Value::as_u64).unwrap_or(0),
        seen.get("frame")?.as_u64()?,
    ))
}

fn captures(truth: &[Value], given: &[Value], wrong: &mut Vec<String>) {
    check(wrong, "captures", &truth.len(), &given.len());
    for (t, g) in truth.iter().zip(given) {
        if t.get("packets").is_some() {
            check(wrong, "packets", &t["packets"], &g["packets"]);
        }
        for key in ["first", "last"] {
            if let Some(expected) = t.get(key).and_then(Value::as_str) {
                let near = nanoseconds(g[key].as_str().unwrap_or_default())
                    .is_some_and(|n| nanoseconds(expected).is_some_and(|e| n.abs_diff(e) <= 1_001));
                if !near {
                    wrong.push(format!("capture {key}: {expected} expected, {} given", g[key]));
                }
            }
        }
        let kinds: BTreeSet<_> = list(g, "problems")
            .iter()
            .map(|p| p["kind"].to_string())
            .collect();
        for problem in list(t, "problems") {
            if !kinds.contains(&problem["kind"].to_string()) {
                wrong.push(format!("capture problem {} not reported", problem["kind"]));
            }
        }
    }
}

fn nanoseconds(time: &str) -> Option<i128> {
    time.parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_nanosecond)
}

fn roles(message: &Value) -> BTreeSet<Role> {
    let submission = &message["submission"];
    let mut found = BTreeSet::new();
    for (role, key) in [
        ("submission.request", "request"),
        ("submission.response", "response"),
    ] {
        found.extend(place(&submission[key]).map(|(capture, frame)| (role, capture, frame)));
    }
    for delivery in list(message, "deliveries") {
        found.extend(delivery_roles(delivery));
    }
    found
}

fn delivery_roles(delivery: &Value) -> BTreeSet<Role> {
    let mut found = BTreeSet::new();
    for (leg, field) in LEGS {
        for item in list(delivery, leg) {
            found.extend(place(&item[*field]).map(|(capture, frame)| (*leg, capture, frame)));
        }
    }
    for leg in ["handovers", "delivery_reports", "read_reports"] {
        for hop in list(delivery, leg).iter().flat_map(|item| list(item, "hops")) {
            found.extend(place(hop).map(|(capture, frame)| (leg, capture, frame)));
        }
    }
    found
}

/// How often a PDU was sent in one place.
fn copies(place: &Value) -> u64 {
    place["copies"].as_u64().unwrap_or(1).max(1)
}

/// How often a leg's PDU passed: itself, its re-sends, and the other hops it was seen on.
fn wire_count(leg: &Value) -> u64 {
    let hops = list(leg, "hops").iter().map(copies);
    copies(leg) + hops.sum::<u64>()
}

fn messages(truth: &[Value], given: &[Value], wrong: &mut Vec<String>) {
    check(wrong, "messages", &truth.len(), &given.len());
    for (t, g) in pair(truth, given) {
        let label = format!(
            "message {}: ",
            if t["message_id"].is_null() {
                &t["subject"]
            } else {
                &t["message_id"]
            }
        );
        match g {
            None => wrong.push(label + "not found"),
            Some(g) => {
                let mut inner = Vec::new();
                message(t, g, &mut inner);
                wrong.extend(inner.into_iter().map(|w| format!("{label}{w}")));
            }
        }
    }
}

/// Each message of the truth with the one given that shares most PDUs, else the one with its id, else what is left.
fn pair<'a>(truth: &'a [Value], given: &'a [Value]) -> Vec<(&'a Value, Option<&'a Value>)> {
    let mut holders: BTreeMap<Role, Vec<usize>> = BTreeMap::new();
    for (n, g) in given.iter().enumerate() {
        for role in roles(g) {
            holders.entry(role).or_default().push(n);
        }
    }
    let mut wishes = Vec::new();
    for (i, t) in truth.iter().enumerate() {
        let mut shared: BTreeMap<usize, i64> = BTreeMap::new();
        for n in roles(t).iter().filter_map(|role| holders.get(role)).flatten() {
            *shared.entry(*n).or_default() -= 1;
        }
        wishes.extend(shared.into_iter().map(|(n, count)| (count, i, n)));
    }
    wishes.sort_unstable();
    let mut free: BTreeSet<usize> = (0..given.len()).collect();
    let mut chosen: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, i, n) in wishes {
        if !chosen.contains_key(&i) && free.remove(&n) {
            chosen.insert(i, n);
        }
    }
    for (i, t) in truth.iter().enumerate() {
        if let Entry::Vacant(vacant) = chosen.entry(i) {
            let id = t.get("message_id").filter(|id| !id.is_null());
            let by_id = id.and_then(|id| free.iter().copied().find(|n| given[*n]["message_id"] == *id));
            if let Some(n) = by_id.or_else(|| free.first().copied()) {
                free.remove(&n);
                vacant.insert(n);
            }
        }
    }
    truth
        .iter()
        .enumerate()
        .map(|(i, t)| (t, chosen.get(&i).map(|n| &given[*n])))
        .collect()
}

fn message(t: &Value, g: &Value, wrong: &mut Vec<String>) {
    for key in PLAIN.iter().filter(|key| t.get(**key).is_some()) {
        check(wrong, key, &number(&t[*key]), &number(&g[*key]));
    }
    for key in ["to", "cc", "bcc"] {
        if t.get(key).is_some() {
            let sorted = |m: &Value| {
                let mut numbers: Vec<String> = list(m, key).iter().map(|n| number(n).to_string()).collect();
                numbers.sort();
                numbers
            };
            check(wrong, key, &sorted(t), &sorted(g));
        }
    }
    if t.get("submission").is_some() {
        submission(&t["submission"], &g["submission"], wrong);
    }
    if t.get("deliveries").is_some() {
        deliveries(list(t, "deliveries"), list(g, "deliveries"), wrong);
    }
    if t.get("failures").is_some() {
        failures(list(t, "failures"), list(g, "failures"), wrong);
    }
    if t.get("parts").is_some() {
        parts(list(t, "parts"), list(g, "parts"), wrong);
    }
    if let Some(pdus) = t.get("pdus") {
        check(wrong, "pdus", &truth_pdus(pdus), &given_pdus(g));
    }
}

fn submission(t: &Value, g: &Value, wrong: &mut Vec<String>) {
    check(wrong, "submission present", &!t.is_null(), &!g.is_null());
    if t.is_null() || g.is_null() {
        return;
    }
    for key in ["state", "transaction_id", "interface", "pdu"] {
        if t.get(key).is_some() {
            check(wrong, &format!("submission {key}"), &t[key], &g[key]);
        }
    }
    for key in ["request", "response"] {
        if t.get(key).is_some() {
            check(
                wrong,
                &format!("submission {key}"),
                &place(&t[key]),
                &place(&g[key]),
            );
        }
    }
}

fn deliveries(truth: &[Value], given: &[Value], wrong: &mut Vec<String>) {
    check(wrong, "deliveries", &truth.len(), &given.len());
    if truth.len() != given.len() {
        return;
    }
    let mut ordered: Vec<&Value> = truth.iter().collect();
    ordered.sort_by_key(|d| (delivery_roles(d).is_empty(), d.get("recipient").is_none()));
    let mut left: Vec<&Value> = given.iter().collect();
    for t in ordered {
        let best = (0..left.len()).min_by_key(|n| {
            let common = delivery_roles(t).intersection(&delivery_roles(left[*n])).count();
            (delivery(t, left[*n]).len(), std::cmp::Reverse(common))
        });
        if let Some(best) = best {
            wrong.extend(delivery(t, left.remove(best)));
        }
    }
}

fn delivery(t: &Value, g: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for key in ["recipient", "state", "outcome"] {
        if t.get(key).is_some() {
            check(
                &mut wrong,
                &format!("delivery {key}"),
                &number(&t[key]),
                &number(&g[key]),
            );
        }
    }
    let missing: Vec<Role> = delivery_roles(t)
        .difference(&delivery_roles(g))
        .copied()
        .collect();
    if !missing.is_empty() {
        wrong.push(format!("delivery lacks {missing:?}"));
    }
    if t.get("retrievals").is_some() {
        check(
            &mut wrong,
            "retrievals",
            &list(t, "retrievals").len(),
            &list(g, "retrievals").len(),
        );
    }
    for leg in ["notifications", "delivery_reports"] {
        if t.get(leg).is_some() {
            let counts = |d: &Value| {
                let mut counts: Vec<u64> = list(d, leg).iter().map(wire_count).collect();
                counts.sort_unstable();
                counts
            };
            check(&mut wrong, &format!("copies of {leg}"), &counts(t), &counts(g));
        }
    }
    if t.get("handovers").is_some() {
        handovers(list(t, "handovers"), list(g, "handovers"), &mut wrong);
        for leg in ["delivery_reports", "read_reports"] {
            let reports = |d: &Value| {
                let shown = |r: &Value| format!("{} {} {}", r["interface"], r["pdu"], r["status"]["code"]);
                let mut reports: Vec<String> = list(d, leg).iter().map(shown).collect();
                reports.sort();
                reports
            };
            check(&mut wrong, leg, &reports(t), &reports(g));
        }
    }
    wrong
}

/// Each handover of the truth with the one given that differs least from it.
fn handovers(truth: &[Value], given: &[Value], wrong: &mut Vec<String>) {
    check(wrong, "handovers", &truth.len(), &given.len());
    let mut left: Vec<&Value> = given.iter().collect();
    for t in truth {
        let best = (0..left.len()).min_by_key(|n| handover(t, left[*n]).len());
        if let Some(best) = best {
            wrong.extend(handover(t, left.remove(best)));
        }
    }
}

fn handover(t: &Value, g: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for key in HANDOVER.iter().filter(|key| t.get(**key).is_some()) {
        check(&mut wrong, &format!("handover {key}"), &t[*key], &g[*key]);
    }
    if t.get("status").is_some() {
        check(
            &mut wrong,
            "handover status",
            &status_word(&t["status"]),
            &status_word(&g["status"]),
        );
    }
    for key in ["request", "response"] {
        if t.get(key).is_some() {
            check(
                &mut wrong,
                &format!("handover {key}"),
                &place(&t[key]),
                &place(&g[key]),
            );
        }
    }
    wrong
}

/// A handover's status: its code, else its name.
fn status_word(status: &Value) -> String {
    let word = match (&status["code"], &status["name"]) {
        (Value::Null, Value::Null) => status,
        (Value::Null, name) => name,
        (code, _) => code,
    };
    word.to_string().to_lowercase()
}

fn code(failure: &Value) -> &Value {
    let code = &failure["code"];
    if code.is_object() { &code["code"] } else { code }
}

fn same_failure(t: &Value, g: &Value) -> bool {
    let kinds = t["kind"].as_str().unwrap_or_default();
    kinds.split('|').any(|kind| g["kind"] == *kind) && (t.get("code").is_none() || code(g) == &t["code"])
}

fn failures(truth: &[Value], given: &[Value], wrong: &mut Vec<String>) {
    let shown = |items: &[Value]| -> Vec<String> {
        items
            .iter()
            .map(|f| format!("{}({})", f["kind"], code(f)))
            .collect()
    };
    let mut ordered: Vec<&Value> = truth.iter().collect();
    ordered.sort_by_key(|f| (f.get("code").is_none(), f["kind"].to_string().contains('|')));
    let mut left: Vec<&Value> = given.iter().collect();
    for t in ordered {
        match left.iter().position(|g| same_failure(t, g)) {
            Some(n) => drop(left.remove(n)),
            None => {
                wrong.push(format!(
                    "failures: {:?} expected, {:?} given",
                    shown(truth),
                    shown(given)
                ));
                return;
            }
        }
    }
    if !left.is_empty() {
        wrong.push(format!(
            "failures: {:?} expected, {:?} given",
            shown(truth),
            shown(given)
        ));
    }
}

fn parts(truth: &[Value], given: &[Value], wrong: &mut Vec<String>) {
    let digests = |parts: &[Value]| parts.iter().map(|p| p["sha256"].to_string()).collect::<Vec<_>>();
    if digests(truth) != digests(given) {
        wrong.push(format!(
            "parts: {} expected, {} given, or other digests",
            truth.len(),
            given.len()
        ));
        return;
    }
    for (n, (t, g)) in truth.iter().zip(given).enumerate() {
        for (key, value) in t.as_object().into_iter().flatten() {
            check(wrong, &format!("part {n} {key}"), value, &g[key]);
        }
    }
}

fn truth_pdus(counts: &Value) -> BTreeMap<String, u64> {
    let mut out = BTreeMap::new();
    for (name, n) in counts.as_object().into_iter().flatten() {
        let name = name
            .replace("m-forward-req", "m-send-req")
            .replace("m-forward-conf", "m-send-conf");
        *out.entry(name).or_default() += n.as_u64().unwrap_or(0);
    }
    out.retain(|_, n| *n > 0);
    out
}

/// Whether a PDU is none of MM1.
fn is_outside(name: &str) -> bool {
    name.starts_with("mm4-") || name.starts_with("mm7-") || ["mail", "dsn", "mdn"].contains(&name)
}

/// PDU counts of a message from its legs, of what is not MM1's from its events. Forwarding counts as sending.
fn given_pdus(message: &Value) -> BTreeMap<String, u64> {
    let mut out: BTreeMap<String, u64> = BTreeMap::new();
    let mut add = |name: &str, n: u64| *out.entry(name.to_owned()).or_default() += n;
    let submission = &message["submission"];
    if submission["pdu"].as_str().is_none_or(|pdu| !is_outside(pdu)) {
        add("m-send-req", u64::from(!submission["request"].is_null()));
        let is_mm1 = submission["interface"]
            .as_str()
            .is_none_or(|interface| interface == "mm1");
        let answered = !submission["response"].is_null() && !submission["response_status"].is_null();
        add("m-send-conf", u64::from(is_mm1 && answered));
    }
    for event in list(message, "events") {
        if let Some(pdu) = event["pdu"].as_str().filter(|pdu| is_outside(pdu)) {
            add(pdu, 1);
        }
    }
    for d in list(message, "deliveries") {
        add(
            "m-notification-ind",
            list(d, "notifications").iter().map(wire_count).sum(),
        );
        for report in list(d, "delivery_reports") {
            let own = report["pdu"].as_str().unwrap_or("m-delivery-ind");
            add_mm1(own, copies(report), &mut add);
            for hop in list(report, "hops") {
                add_mm1(hop["pdu"].as_str().unwrap_or(own), copies(hop), &mut add);
            }
        }
        // What EAIF carries is a PDU of MM1.
        for handover in list(d, "handovers")
            .iter()
            .filter(|handover| !handover["request"].is_null())
        {
            add_mm1(
                handover["pdu"].as_str().unwrap_or("mail"),
                handover["tries"].as_u64().unwrap_or(1),
                &mut add,
            );
        }
        for r in list(d, "retrievals") {
            let good = r["http_status"]
                .as_u64()
                .is_none_or(|status| (200..300).contains(&status));
            add(
                "m-retrieve-conf",
                u64::from(!r["response"].is_null() && r["complete"] != false && good),
            );
        }
        for leg in ["acknowledgements", "read_reports"] {
            for a in list(d, leg) {
                add_mm1(a["pdu"].as_str().unwrap_or_default(), 1, &mut add);
            }
        }
    }
    out.retain(|_, n| *n > 0);
    out
}

/// Counts a PDU of a leg, if it is one of MM1: the others are counted by their events.
fn add_mm1(name: &str, count: u64, add: &mut impl FnMut(&str, u64)) {
    if !is_outside(name) {
        add(name, count);
    }
}

fn operations(document: &Value) -> Vec<(String, String)> {
    let mut keys: Vec<_> = list(document, "operations")
        .iter()
        .map(|o| (o["type"].to_string(), o["outcome"].to_string()))
        .collect();
    keys.sort();
    keys
}

fn summary_differs(t: &Value, g: &Value, wrong: &mut Vec<String>) {
    for (key, value) in t.as_object().into_iter().flatten() {
        if value.is_object() {
            let counts = |v: &Value| -> BTreeMap<String, u64> {
                v.as_object()
                    .into_iter()
                    .flatten()
                    .map(|(k, n)| (k.clone(), n.as_u64().unwrap_or(0)))
                    .filter(|(k, n)| *n > 0 && k != "m-mbox-descr")
                    .collect()
            };
            check(wrong, &format!("summary {key}"), &counts(value), &counts(&g[key]));
        } else {
            check(wrong, &format!("summary {key}"), value, &g[key]);
        }
    }
}
