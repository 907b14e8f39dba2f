//! The help texts that stand around the options: examples first, what has to be explained last.

/// How a help page is laid out: what it is, how it is called, examples, options, explanations.
pub(super) const TEMPLATE: &str =
    "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}{all-args}{after-help}\n";

pub(super) const PROGRAM: &str = "\
Examples:
  mmsmate capture.pcap                     one row per message
  mmsmate capture.pcap --outcome failure   those that failed, and why
  mmsmate show capture.pcap 3              everything about the third
  mmsmate ladder capture.pcap 3            its call flow
  mmsmate --format json *.pcapng.gz        the whole analysis as one JSON document
  tcpdump -w - | mmsmate --follow -        messages once they are settled, from standard input";

pub(super) const EXIT_STATUS: &str = "Exit status: 0 ran, 1 a check failed, 2 wrong use or unusable file, 3 damaged input (--strict), 130/143 stopped";

pub(super) const MESSAGES: &str = "\
Examples:
  mmsmate messages capture.pcap                           one row per message
  mmsmate messages capture.pcap --to '*0002' --since 18:20 --until 18:30 --tz Europe/Berlin
  mmsmate messages capture.pcap --filter 'outcome == failure and size > 100000'
  mmsmate messages capture.pcap --fields id,from,to,failures.kind --sort -size
  mmsmate messages capture.pcap --format csv -o messages.csv     (for Excel, add --csv-for-excel)
  mmsmate messages capture.pcap --fail-on failure,cut     status 1 for a script";

pub(super) const BROWSE: &str = "\
Examples:
  mmsmate browse capture.pcap                          the list of messages; ? shows the keys
  mmsmate browse *.pcap --filter 'outcome != success'  only those
  mmsmate browse --follow /var/captures                while a probe writes them
  ssh probe cat a.pcap | mmsmate browse -              from a pipe; PDUs cannot be read again then";

pub(super) const CAPTURES: &str = "\
Examples:
  mmsmate captures capture.pcap            link types, connections, PDUs, what is odd
  mmsmate captures *.pcap --format json    the same for other tools";

pub(super) const SHOW: &str = "\
Examples:
  mmsmate show capture.pcap 3                    the third message
  mmsmate show capture.pcap --frame 77           the message that frame 77 belongs to
  mmsmate show capture.pcap --outcome failure    every message that failed";

pub(super) const STATS: &str = "\
Examples:
  mmsmate stats capture.pcap --by mmsc                          shares and times of each MMSC
  mmsmate stats *.pcap --by host,http_status --failure retrieve_http_error
  mmsmate stats *.pcap --by hour --format csv -o hours.csv
  mmsmate stats *.pcap --by mmsc --format openmetrics           for a scrape";

pub(super) const LADDER: &str = "\
Examples:
  mmsmate ladder capture.pcap 3                        the third message
  mmsmate ladder capture.pcap --from '*123' --ascii    all of a sender's, for a ticket
  mmsmate ladder capture.pcap 3 --format svg -o 3.svg  as a drawing";

pub(super) const REPORT: &str = "\
Examples:
  mmsmate report capture.pcap -o report.html       everything on one page
  mmsmate report *.pcap --redact -o report.html    a page that may be shared";

pub(super) const SLICE: &str = "\
Examples:
  mmsmate slice capture.pcap 3 -o 3.pcapng         the frames of the third message
  mmsmate slice *.pcap --outcome failure -o failed.pcapng
  mmsmate slice capture.pcap 3 -o 3.pcap           as pcap, without comments
  mmsmate slice capture.pcap 3 --redact --key KEY -o 3.pcapng
  mmsmate slice capture.pcap 3 --filter-only       what to type into Wireshark instead
  mmsmate slice capture.pcap 3 --keylog k.log --with-secrets -o 3.pcapng";

pub(super) const SLICE_NOTES: &str = "\
Times and link types stay as they are, but for clocks that were set straight; a comment on each frame names the message, the PDU, and the frame's number in its \
own capture. The result is read back: a message whose verdict rests on frames that are not its own is named. \
With --redact numbers become pseudonyms of the same length, content is blank, and checksums are right where they were; addresses of hosts, short codes, \
and outside of signalling over SCTP an IMSI and a number that is only coded and nowhere text, stay. What \
cannot be changed so (TLS, HTTP/2, compressed content, IP fragments) is left out, and told. What lies in TLS comes with its handshake, and with no secret of the inputs \
unless --with-secrets asks for those of its own connections; that of a private key is written as the session's.";

pub(super) const PARTS: &str = "\
Examples:
  mmsmate parts capture.pcap -d parts      the parts of every message
  mmsmate parts capture.pcap 3 -d parts    of the third
  mmsmate parts capture.pcap -d pictures --type 'image/*'";

pub(super) const PARTS_NOTES: &str = "\
A file is named by message, part, and what is left of the name the message gives it. Nothing is overwritten. \
manifest.json says what each file is, with its SHA-256. Content is what it is, so there is no --redact.";

pub(super) const CHECK: &str = "\
Examples:
  mmsmate check captures/ --bless               what is there now is expected
  mmsmate check captures/ --junit results.xml   compare, and tell the CI server";

pub(super) const CHECK_NOTES: &str = "\
The expectation of NAME.pcap is NAME.expect.json beside it, {\"match\": \"subset\", \"expect\": {…}} in the shape of the \
JSON output: with \"subset\" only the fields named are compared, with \"exact\" all; \"files\" names several captures that \
are read as one. No case, no expectation, or one that expects nothing is a failure.";

pub(super) const DIFF: &str = "\
Examples:
  mmsmate diff before.pcap after.pcap       two captures of the same traffic
  mmsmate diff yesterday.json today.json    two exports of `mmsmate --format json`";

pub(super) const COMPARE: &str = "\
Examples:
  mmsmate compare before.pcap after.pcap                  before and after an upgrade
  mmsmate compare before.json after.json --by mmsc        two exports, each MMSC for itself
  mmsmate compare before.json after.json --max-failure-rise 0.5    status 1 for a script";

pub(super) const COMPARE_NOTES: &str = "\
Behind each figure stands the interval that holds it in 95 of 100 samples: Wilson's of shares, Newcombe's of their \
change, that between two ranks of percentiles. Traffic that is to be the same, message by message, is what `mmsmate diff` \
is for.";

pub(super) const PDUS: &str = "\
Examples:
  mmsmate pdus capture.pcap                     a line a PDU
  mmsmate pdus capture.pcap --frame 12 --tree   every octet of those in frame 12
  mmsmate pdus capture.pcap --format jsonl | jq .pdu";

pub(super) const DECODE: &str = "\
Examples:
  mmsmate decode message.mms                      every field with its octets
  mmsmate decode --hex dump.txt --format json     from hexadecimal digits
  xxd -r -p dump.txt | mmsmate decode -           from standard input";

pub(super) const MATE: &str = "\
Examples:
  mmsmate mate -c mms.mate capture.pcap                   a tree for each group
  mmsmate mate -c mms.mate capture.pcap --filter 'mate.http_req && !mate.http_req.Time'
  mmsmate mate -c mms.mate capture.pcap --explain         why PDUs are in no group
  mmsmate mate -c mms.mate capture.pcap --format csv --show gops
  mmsmate mate -c mms.mate --check                        what a configuration means, and what it cannot
  mmsmate mate --fields 'mmse.*'                          what can be extracted";

pub(super) const MATE_NOTES: &str = "\
A Pdu is what a declaration takes from a frame, a Gop a group of Pdus, a Gog a group of Gops. Fields of a filter: \
mate.PDU, .RelativeTime, .TimeInGop; mate.GOP, .StartTime, .Time, .Duration, .NumOfPdus, .Pdu, .State; mate.GOG, \
.StartTime, .Time, .Duration, .NumOfGops, .GopStart, .GopStop, .State; mate.ITEM.ATTRIBUTE; mate.gop_key.";

pub(super) const SCHEMA: &str = "\
Examples:
  mmsmate schema          of `mmsmate --format json`
  mmsmate schema pdus     of `mmsmate pdus --format json`
  mmsmate schema mate     of `mmsmate mate --format json`";

pub(super) const COMPLETIONS: &str = "\
Examples:
  mmsmate completions bash > ~/.local/share/bash-completion/completions/mmsmate
  mmsmate completions fish > ~/.config/fish/completions/mmsmate.fish";

pub(super) const MAN: &str = "\
Examples:
  mmsmate man > mmsmate.1              the program
  mmsmate man slice > mmsmate-slice.1  one command
  mmsmate man --dir man1               all of them";

pub(super) const HELP: &str = "\
Examples:
  mmsmate help            the program
  mmsmate help slice      one command
  mmsmate help limits     what a run may hold, and how to let it hold more
  mmsmate help filter     the language of --filter, its fields, and examples
  mmsmate help follow     how inputs are followed as they grow
  mmsmate help config     the files that hold what is wanted in every run";

pub(super) const CONFIG: &str = "\
Configuration files hold what is wanted in every run. They concern what people read: JSON, CSV and OpenMetrics are the same with
them and without. An option goes before the same in a file, mmsmate.toml before config.toml; --no-config reads neither.

  mmsmate.toml                            in the folder that the program is run in: a project's
  $XDG_CONFIG_HOME/mmsmate/config.toml    a user's; without that variable, ~/.config/mmsmate/config.toml

All that they can hold:

  tz = \"Europe/Berlin\"                    as --tz: times shown, and times typed without an offset
  names = \"hosts\"                         as --names: what hosts are called; beside the file, or from the root
  columns = \"id,time,to,outcome,reason\"   as --fields, of the table and of Markdown
";

pub(super) const VERSION: &str = "\
Examples:
  mmsmate version";
