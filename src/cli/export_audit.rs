//! `byok export-audit`: the log in another format, streamed.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::codes::usage;
use super::config::Settings;
use super::failure::{Failure, Outcome};
use super::output::{NewFile, new_path};
use super::shell::Shell;
use super::text::Text;
use crate::ops::access::Registry;
use crate::ops::export_audit::{ExportError, Exported, Format, Range, export_audit};

const EXAMPLES: &str = "\
Examples:
  byok export-audit --format jsonl
  byok export-audit --format csv --since 2026-01-01 --until 2027-01-01 \\
    --out audit-2026.csv";

/// Export the audit log
///
/// Every line carries its place in the log and its hash. The chain is followed over the whole log, so a log that was
/// changed is not exported as if it were whole.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The format: jsonl or csv
    #[arg(long)]
    format: Format,
    /// The first moment to export: RFC 3339, or a date (midnight UTC)
    #[arg(long, value_name = "T", value_parser = parse_time)]
    since: Option<Timestamp>,
    /// The first moment not to export any more
    #[arg(long, value_name = "T", value_parser = parse_time)]
    until: Option<Timestamp>,
    /// The file to make [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    out: &'a Path,
    #[serde(flatten)]
    exported: Exported,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    if let Ok(date) = text.parse::<Date>() {
        return date.to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp()).map_err(|error| error.to_string());
    }
    text.parse().map_err(|_| "neither an RFC 3339 time nor a date".to_owned())
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && until <= since
    {
        return Err(Failure::new(&usage::USAGE, "--until is not after --since"));
    }
    let settings = Settings::load(shell.env, shell.globals)?;
    let registry = Registry::open(settings.registry()?)?;
    let range = Range { since: args.since, until: args.until };
    let Some(out) = &args.out else {
        return to_stdout(shell, &registry, args.format, range);
    };
    let path = new_path(&shell.env.directory.join(out))?;
    let mut file = BufWriter::new(NewFile::create(&path)?);
    let exported = export(shell, &registry, args.format, range, &mut file)?;
    let file = file.into_inner().map_err(|error| ExportError::Write(error.into_error()))?;
    file.publish()?;
    let mut text = Text::new();
    text.line(format_args!("{}   {} of {} entries", out.display(), exported.written, exported.read));
    shell.data(text.finish(), &Document { schema: "byok.export/v1", out: &path, exported })
}

/// A reader that goes away early has what it wanted.
fn to_stdout(shell: &Shell<'_>, registry: &Registry, format: Format, range: Range) -> Outcome {
    let mut stdout = BufWriter::new(io::stdout().lock());
    match export(shell, registry, format, range, &mut stdout) {
        Err(ExportError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {
            // What is still buffered has nowhere to go.
            let _ = stdout.into_parts();
            Ok(())
        }
        outcome => Ok(outcome.map(drop)?),
    }
}

fn export(
    shell: &Shell<'_>,
    registry: &Registry,
    format: Format,
    range: Range,
    out: &mut dyn Write,
) -> Result<Exported, ExportError> {
    let mut lines = registry.log_lines().map_err(|error| ExportError::Read { seq: 0, source: Box::new(error) })?;
    let exported = export_audit(lines.by_ref(), format, range, out)?;
    if lines.torn() > 0 {
        shell.warn(&format!("the log ends with {} bytes that are not a whole line; byok recover", lines.torn()));
    }
    Ok(exported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_utc() {
        assert_eq!(parse_time("2026-11-22").unwrap().to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(parse_time("2026-11-22T01:00:00+01:00").unwrap().to_string(), "2026-11-22T00:00:00Z");
        assert!(parse_time("yesterday").is_err());
    }
}
