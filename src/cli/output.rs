//! Where output goes and how it looks: `--output`, `--color`, `--ascii`, `--width`.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use clap::{Args, ValueEnum};

use super::exit::Failure;
use crate::report::render::{csv, file as whole_file};
use crate::report::words::style::Style;

/// Arguments of every subcommand that prints.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write to a file, whole or not at all, instead of standard output, which is also `-`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub look: LookArgs,
}

/// Arguments of every subcommand that prints text.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct LookArgs {
    /// When to colour; the variables NO_COLOR, CLICOLOR and CLICOLOR_FORCE decide in `auto`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Color,
    /// Print nothing but ASCII
    #[arg(long)]
    pub ascii: bool,
    /// Cells a line may take; by default the terminal's, and any number elsewhere
    #[arg(long, value_name = "CELLS", value_parser = clap::value_parser!(u16).range(20..))]
    pub width: Option<u16>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether to colour what goes to `out`.
    pub(super) fn is_on_for(self, out: &impl RawStream) -> bool {
        match self {
            Self::Auto => AutoStream::choice(out) != ColorChoice::Never,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl LookArgs {
    /// How text on standard output looks.
    pub(super) fn on_stdout(&self) -> Style {
        let out = io::stdout();
        let size = out.is_terminal().then(terminal_size::terminal_size).flatten();
        self.style(&out, size.map(|(width, _)| usize::from(width.0)))
    }

    fn style(&self, out: &impl RawStream, width: Option<usize>) -> Style {
        Style {
            colour: self.color.is_on_for(out),
            ascii: self.ascii,
            width: self.width.map(usize::from).or(width),
            ..Style::default()
        }
    }
}

/// Arguments of every subcommand that prints CSV.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct CsvArgs {
    /// In CSV, an apostrophe before what a spreadsheet would compute as a formula, or take for one
    #[arg(long)]
    pub csv_for_excel: bool,
}

impl CsvArgs {
    /// Who reads the CSV.
    pub(super) const fn reader(self) -> csv::Reader {
        match self.csv_for_excel {
            true => csv::Reader::Spreadsheet,
            false => csv::Reader::Program,
        }
    }
}

/// Where output goes that is not to go to standard output, which `-` names.
pub(super) fn file(named: Option<&PathBuf>) -> Option<&Path> {
    named.map(PathBuf::as_path).filter(|path| path.as_os_str() != "-")
}

impl OutputArgs {
    /// The file to write.
    pub(super) fn file(&self) -> Option<&Path> {
        file(self.output.as_ref())
    }

    /// How text looks where it goes.
    pub(super) fn style(&self) -> Style {
        match self.file() {
            Some(_) => self.look.style(&Vec::new(), None),
            None => self.look.on_stdout(),
        }
    }

    /// Writes the output to where it goes. An input is never overwritten.
    pub(super) fn write(
        &self,
        inputs: &[PathBuf],
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match self.file() {
            Some(path) => write_file(path, inputs, write),
            None => {
                let mut out = stdout();
                write(&mut out)?;
                Ok(out.flush()?)
            }
        }
    }
}

/// Octets that go to standard output at a time: writing costs by the call as well as by the octet.
const OUTPUT_OCTETS: usize = 64 * 1024;

/// Standard output, to be flushed at the end.
pub(super) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(OUTPUT_OCTETS, io::stdout().lock())
}

/// Writes a file, whole or not at all; one of the inputs is never overwritten.
pub(super) fn write_file(
    path: &Path,
    inputs: &[PathBuf],
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    refuse_input(path, inputs)?;
    whole_file::write_whole(path, |out| write(out)).map_err(|error| Failure::File(path.to_owned(), error))
}

/// An error where `path` is one of the inputs, under whatever name.
pub(super) fn refuse_input(path: &Path, inputs: &[PathBuf]) -> Result<(), Failure> {
    let Ok(target) = fs::canonicalize(path) else {
        return Ok(());
    };
    let is_input = |input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| input == target);
    if inputs.iter().any(is_input) {
        let why = io::Error::other("this is an input; it is not overwritten");
        return Err(Failure::File(path.to_owned(), why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_not_overwritten_under_any_name() {
        let directory = tempfile::tempdir().unwrap();
        let input = directory.path().join("a.pcap");
        fs::write(&input, "frames").unwrap();
        let output = OutputArgs {
            output: Some(directory.path().join(".").join("a.pcap")),
            ..OutputArgs::default()
        };
        let refused = output.write(std::slice::from_ref(&input), |out| out.write_all(b"report"));
        assert!(matches!(refused, Err(Failure::File(_, _))));
        assert_eq!(fs::read_to_string(&input).unwrap(), "frames");
    }

    #[test]
    fn a_file_has_no_colour_and_no_width_unless_asked() {
        let output = OutputArgs {
            output: Some("x".into()),
            ..OutputArgs::default()
        };
        assert_eq!(output.style().width, None);
        let look = LookArgs {
            color: Color::Always,
            width: Some(99),
            ascii: true,
        };
        let output = OutputArgs { look, ..output };
        let asked = Style {
            colour: true,
            ascii: true,
            width: Some(99),
            ..Style::default()
        };
        assert_eq!(output.style(), asked);
    }
}
