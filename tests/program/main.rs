//! The whole program, run as users run it.
//!
//! | module | what it holds the program to |
//! | --- | --- |
//! | [`suite`] | generated captures with ground truth |
//! | [`surroundings`] | what the systems around the MMSC explain, and that it judges nothing |
//! | [`surroundings_and_tshark`] | what is read of those systems, field by field beside tshark |
//! | [`real_captures`] | captures of real MMSCs and phones, verdicts by hand |
//! | [`http2`] | HTTP/2 by real software, and beside HTTP/1 |
//! | [`signalling`] | short messages over MAP |
//! | [`mail`] | mail as mail servers write it: reports about several recipients |
//! | [`segments`] | SMTP and SOAP whose segments are cut otherwise, reordered or lost |
//! | [`golden`] | the same captures, all that is said of them |
//! | [`order`] | the order of files and packets, and the clocks of probes, play no part |
//! | [`clocks`] | two probes whose clocks differ |
//! | [`networks`] | two networks with equal addresses and ports, told apart by every kind of label |
//! | [`pdus`] | the PDUs in captures and in files |
//! | [`mate`] | configurations of MATE |
//! | [`readme`] | the examples of the README and other documents |
//! | [`untrusted_text`] | texts in messages that try to be more than text, a test a sink |
//! | [`untrusted_names`] | names of parts that try to be more than names |
//! | [`slices`] | frames cut out as captures of their own |
//! | [`exports`] | JSON against its schema, CSV against the JSON |
//! | [`redaction`] | nothing that names anybody in what is redacted |
//! | [`browse`] | the interactive view, in a pseudo-terminal |
//! | [`views`] | how every view, help and manual looks |
//! | [`gates`] | exit statuses, `--fail-on`, usage errors, `diff` |
//! | [`counting`] | figures by MMSC, host, hour …, and before and after a change |
//! | [`checks`] | captures held to expectations, for CI |
//! | [`browse_follow`] | the interactive view while the inputs are still written |
//! | [`follow`] | messages while the inputs are still written |
//! | [`follow_files`] | files and folders that grow, rotate and vanish; verdicts as without following |
//! | [`follow_screen`] | what a terminal shows while inputs are followed |
//! | [`interruption`] | Ctrl-C |
//! | [`outputs`] | full disks, closed pipes, files written whole or not at all |
//! | [`limits`] | limits set on the command line |
//! | [`times`] | time zones, windows of time |
//! | [`tls`] | TLS with keys, without, and with keys that open nothing |
//! | [`truths`] | answers that are the same in every view, and what every command-line tool does |
//! | [`wireshark`] | display filters, slices as pcap, parts of a type |
//! | [`data`] | the examples of docs/DATA.md, the filter language, what of the JSON lines is asked for |
//! | [`why_nothing`] | why there are no messages, or fewer than there were |
//! | [`bad_input`] | inputs that cannot be read, or not to their end |
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot do its part must stop"
)]

mod bad_input;
mod browse;
mod browse_follow;
mod checks;
mod clocks;
mod compare;
mod counting;
mod data;
mod exports;
mod follow;
mod follow_files;
mod follow_screen;
mod gates;
mod golden;
mod http2;
mod interruption;
mod limits;
mod losses;
mod mail;
mod mate;
mod mate_and_tshark;
mod networks;
mod order;
mod outputs;
#[cfg(unix)]
mod package;
mod pdus;
mod preferences;
mod readme;
mod real_captures;
mod records;
mod redacted_slices;
mod redaction;
mod segments;
mod signalling;
mod slices;
mod suite;
mod support;
mod surroundings;
mod surroundings_and_tshark;
mod talk;
mod times;
mod tls;
mod tls_and_tshark;
mod tls_slices;
mod tour;
mod truths;
mod untrusted_names;
mod untrusted_text;
mod views;
mod why_nothing;
mod wireshark;
