//! The whole program on generated captures with ground truth: `testdata/suite/NAME.truth.json` says what a perfect
//! passive observer could conclude from the captures it names. One test per group of cases.

use crate::{
    compare,
    support::{document, read_json, testdata},
};

/// Every case of a group, each with its differences.
fn group(name: &str) {
    let folder = testdata().join("suite");
    let mut cases = 0;
    let mut wrong = Vec::new();
    let mut truths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".truth.json"))
        .collect();
    truths.sort();
    for path in truths {
        let truth = read_json(&path);
        if truth["case"]["group"] != name {
            continue;
        }
        cases += 1;
        let files = truth["case"]["files"].as_array().unwrap();
        let files: Vec<_> = files.iter().map(|f| folder.join(f.as_str().unwrap())).collect();
        let differences = match document(&files) {
            Ok(given) => compare::differences(&truth, &given),
            Err(reason) => vec![reason],
        };
        if !differences.is_empty() {
            wrong.push(format!(
                "{}:\n    {}",
                truth["case"]["name"],
                differences.join("\n    ")
            ));
        }
    }
    assert!(cases > 0, "no case in group {name}");
    assert!(
        wrong.is_empty(),
        "{} of {cases} cases of {name} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

macro_rules! groups {
    ($($test:ident = $name:literal,)+) => {
        $(#[test] fn $test() { group($name); })+
    };
}

groups! {
    decode = "decode",
    http = "http",
    tcp = "tcp",
    ip_link = "ip-link",
    wtp_wsp = "wtp-wsp",
    sms = "sms",
    correlate = "correlate",
    failure = "failure",
    operations = "ops",
    robust = "robust",
    mm3 = "mm3",
    mm4 = "mm4",
    mm7 = "mm7",
    end_to_end = "end-to-end",
}
