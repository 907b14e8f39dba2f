//! Running a configuration over captures.

use std::cell::Cell;
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::{MateArgs, MateFailOn, MateFormat};
use crate::cli::{
    exit::{Exit, Failure, complain},
    input::{self, ProgressLine},
    preferences::Preferences,
};
use crate::{
    capture::Captures,
    mate::{
        config::Configuration,
        engine::{Engine, EngineReport, EngineSettings, ExplainItem, GogItem, GopItem, PduItem, Sink},
        filter::Filter,
        groups::Groups,
        source::{self, Wanted},
    },
    pipeline::Observer,
    report::{
        document::{
            Anomaly,
            from_capture::{anomalies, captures as captures_of},
        },
        mate::{
            Config, Facts, Level, Lines, Result as Shown, Rows, Summary, write_document, write_explain,
            write_text,
        },
    },
    tls::TlsInventory,
};

/// What a run is made of.
struct Task<'a> {
    arguments: &'a MateArgs,
    configuration: &'a Configuration,
    filter: Option<&'a Filter>,
    level: Level,
    preferences: Preferences,
}

/// What a run leaves behind besides its items.
struct Ended {
    facts: Facts,
    report: EngineReport,
    exit: Exit,
}

/// Runs a configuration and prints what it made.
pub(super) fn run(
    arguments: &MateArgs,
    configuration: &Configuration,
    filter: Option<&Filter>,
) -> Result<Exit, Failure> {
    let preferences = Preferences::of_zone(&arguments.zone)?;
    let Some(opened) = input::open(&arguments.input) else {
        return Ok(Exit::Unusable);
    };
    let level = arguments
        .show
        .map_or_else(|| Level::highest_of(configuration), Level::from);
    let task = Task {
        arguments,
        configuration,
        filter,
        level,
        preferences,
    };
    let mut exit = opened.exit;
    let mut inputs = arguments.input.captures.clone();
    inputs.extend_from_slice(&arguments.config);
    arguments.output.write(&inputs, |out| {
        let (summary, ended) = task.print(opened.captures, out)?;
        exit = exit.and(ended).and(fail_on(arguments.fail_on, &summary));
        Ok(())
    })?;
    Ok(exit)
}

fn fail_on(condition: Option<MateFailOn>, summary: &Summary) -> Exit {
    let is_nothing = summary.selected.is_nothing();
    let why = match condition {
        Some(MateFailOn::Match) if !is_nothing => "something is selected",
        Some(MateFailOn::NoMatch) if is_nothing => "nothing is selected",
        _ => return Exit::Ran,
    };
    complain(format_args!("--fail-on: {why}"));
    Exit::CheckFailed
}

impl Task<'_> {
    fn print(&self, captures: Captures, out: &mut dyn Write) -> io::Result<(Summary, Exit)> {
        let is_plain = self.filter.is_none();
        match self.arguments.format {
            MateFormat::Jsonl if is_plain => self.stream_lines(captures, out),
            MateFormat::Csv if is_plain && self.level == Level::Pdus => self.stream_rows(captures, out),
            _ => self.print_whole(captures, out),
        }
    }

    /// Reads everything, or until nobody takes what is printed, and hands what the engine makes to `sink`.
    fn drive(&self, captures: Captures, is_over: &Cell<bool>, sink: &mut impl Sink) -> Ended {
        let arguments = self.arguments;
        let limit = &arguments.input.limit;
        let settings = EngineSettings {
            merge_gogs: arguments.merge_gogs,
            explain: arguments.explain,
            limits: limit.into(),
        };
        let mut engine = Engine::new(self.configuration, settings);
        let wanted = Wanted::new(self.configuration.fields()).in_frames_with(self.configuration.protos());
        let mut progress = ProgressLine::new();
        let mut watch = |captures: &Captures| match is_over.get() {
            true => ControlFlow::Break(()),
            false => progress.progress(captures),
        };
        let run = source::read(captures, &limit.into(), &wanted, &mut watch, &mut |frame| {
            engine.frame(frame, sink);
        });
        let report = engine.finish(sink);
        input::warn(&run.captures);
        Ended {
            exit: input::ended(&arguments.input, &run.captures),
            facts: Facts {
                captures: captures_of(&run.captures, &TlsInventory::default()),
                anomalies: with_limits(anomalies(&run.anomalies), &report),
            },
            report,
        }
    }

    fn stream_lines(&self, captures: Captures, out: &mut dyn Write) -> io::Result<(Summary, Exit)> {
        let is_over = Cell::new(false);
        let mut printing = Printing {
            is_over: &is_over,
            lines: Lines::new(out, self.configuration),
            summary: Summary::default(),
            written: Ok(()),
        };
        let ended = self.drive(captures, &is_over, &mut printing);
        printing.written?;
        printing.summary.frames = ended.report.frames;
        printing.lines.finish(&ended.facts, &printing.summary)?;
        Ok((printing.summary, ended.exit))
    }

    fn stream_rows(&self, captures: Captures, out: &mut dyn Write) -> io::Result<(Summary, Exit)> {
        let is_over = Cell::new(false);
        let mut printing = PrintingRows {
            is_over: &is_over,
            rows: Rows::new(out, self.configuration, self.level)?,
            summary: Summary::default(),
            written: Ok(()),
        };
        let ended = self.drive(captures, &is_over, &mut printing);
        printing.written?;
        printing.rows.finish()?;
        Ok((printing.summary, ended.exit))
    }

    /// What has to be known whole before it can be printed.
    fn print_whole(&self, captures: Captures, mut out: &mut dyn Write) -> io::Result<(Summary, Exit)> {
        let mut groups = Groups::default();
        let ended = self.drive(captures, &Cell::new(false), &mut groups);
        groups.settle();
        let selection = self
            .filter
            .map(|filter| filter.select(&groups, self.configuration));
        let shown = Shown {
            configuration: self.configuration,
            groups: &groups,
            selection: selection.as_ref(),
        };
        let summary = Summary::of(shown, ended.report.frames);
        match self.arguments.format {
            MateFormat::Text => self.write_text(out, shown, &summary, &ended.report)?,
            MateFormat::Json => write_document(&mut out, &self.config(), shown, &ended.facts, &summary)?,
            MateFormat::Jsonl => {
                let mut lines = Lines::new(out, self.configuration);
                lines.items(shown)?;
                lines.finish(&ended.facts, &summary)?;
            }
            MateFormat::Csv => {
                let mut rows = Rows::new(out, self.configuration, self.level)?;
                rows.items(shown, self.level)?;
                rows.finish()?;
            }
        }
        Ok((summary, ended.exit))
    }

    fn write_text(
        &self,
        mut out: &mut dyn Write,
        shown: Shown<'_>,
        summary: &Summary,
        report: &EngineReport,
    ) -> io::Result<()> {
        let style = self.preferences.apply(self.arguments.output.style());
        write_text(&mut out, shown, self.level, summary, &style)?;
        match self.arguments.explain {
            true => write_explain(&mut out, shown, report, &style),
            false => Ok(()),
        }
    }

    fn config(&self) -> Config {
        let paths = self.arguments.config.iter();
        let paths = paths.map(|path| path.to_string_lossy().into_owned()).collect();
        Config::new(paths, self.configuration, self.arguments.merge_gogs)
    }
}

/// The anomalies with what the limits of the engine cut.
fn with_limits(mut anomalies: Vec<Anomaly>, report: &EngineReport) -> Vec<Anomaly> {
    for (count, what) in [
        (report.closed_early, "Gops closed early (--limit mate-open)"),
        (
            report.keys_cut,
            "Gogs without some of their keys (--limit mate-keys)",
        ),
        (report.lists_cut, "lists of attributes cut"),
    ] {
        if count == 0 {
            continue;
        }
        let kind = crate::model::AnomalyKind::LimitReached.name();
        let detail = format!("{count} {what}");
        match anomalies.iter_mut().find(|anomaly| anomaly.kind == kind) {
            Some(anomaly) => {
                anomaly.count += count;
                anomaly.detail = format!("{}; {detail}", anomaly.detail);
            }
            None => anomalies.push(Anomaly {
                kind: kind.to_owned(),
                count,
                capture: None,
                frame: None,
                detail,
            }),
        }
    }
    anomalies
}

/// Prints items as they are done.
struct Printing<'c, W> {
    /// Set when it can no longer be written.
    is_over: &'c Cell<bool>,
    lines: Lines<'c, W>,
    summary: Summary,
    written: io::Result<()>,
}

impl<'c, W: Write> Printing<'c, W> {
    fn line(&mut self, write: impl FnOnce(&mut Lines<'c, W>) -> io::Result<()>) {
        if self.written.is_ok() {
            self.written = write(&mut self.lines);
            self.is_over.set(self.written.is_err());
        }
    }
}

impl<W: Write> Sink for Printing<'_, W> {
    fn pdu(&mut self, item: PduItem) {
        self.summary.count_pdu(&item);
        self.line(|lines| lines.pdu(&item));
    }

    fn gop(&mut self, item: GopItem) {
        self.summary.count_gop(&item);
        self.line(|lines| lines.gop(&item));
    }

    fn gog(&mut self, item: GogItem) {
        self.summary.count_gog(&item);
        self.line(|lines| lines.gog(&item));
    }

    fn explain(&mut self, item: ExplainItem) {
        self.line(|lines| lines.explain(&item));
    }
}

/// Prints rows of Pdus as they come.
struct PrintingRows<'c, W: Write> {
    /// Set when it can no longer be written.
    is_over: &'c Cell<bool>,
    rows: Rows<'c, W>,
    summary: Summary,
    written: io::Result<()>,
}

impl<W: Write> Sink for PrintingRows<'_, W> {
    fn pdu(&mut self, item: PduItem) {
        self.summary.count_pdu(&item);
        if self.written.is_ok() {
            self.written = self.rows.pdu(&item);
            self.is_over.set(self.written.is_err());
        }
    }

    fn gop(&mut self, item: GopItem) {
        self.summary.count_gop(&item);
    }

    fn gog(&mut self, item: GogItem) {
        self.summary.count_gog(&item);
    }

    fn explain(&mut self, _: ExplainItem) {}
}
