//! The files of a log, read for verification.

use std::path::{Path, PathBuf};

use super::Against;
use super::item::MAX_ENTRIES;
use crate::audit::record::MAX_LINE;
use crate::cli::failure::Outcome;
use crate::cli::input::lines::Lines;
use crate::cli::input::{self};
use crate::manifest::dsse::MAX_ENVELOPE;
use crate::ops::verify::log::{LogInput, verify_log};
use crate::ops::verify::report::ItemReport;

/// A log that is being read.
#[derive(Debug)]
pub(super) struct LogFiles {
    /// The entries.
    pub lines: Lines,
    /// The checkpoints.
    pub checkpoints: Lines,
    /// `checkpoint.dsse.json`.
    pub latest: Option<Vec<u8>>,
}

/// Opens the log in an audit folder.
pub(super) fn open(folder: &Path) -> Outcome<LogFiles> {
    let checkpoints = folder.join("checkpoints.jsonl");
    let latest = folder.join("checkpoint.dsse.json");
    let present = |path: PathBuf| input::exists(&path).then_some(path);
    Ok(LogFiles {
        lines: Lines::whole_only(files(folder)?, MAX_LINE),
        checkpoints: Lines::whole_only(present(checkpoints).into_iter().collect(), MAX_ENVELOPE),
        latest: present(latest).map(|path| input::read(&path, MAX_ENVELOPE)).transpose()?,
    })
}

/// `log-000000.jsonl` and its successors, in order.
pub(super) fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let is_log = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix("log-").and_then(|rest| rest.strip_suffix(".jsonl")).is_some()
    };
    Ok(input::list(folder, MAX_ENTRIES)?.into_iter().filter(is_log).collect())
}

/// Verifies a log on its own.
pub(super) fn check(path: &Path, against: &Against<'_>) -> Outcome<ItemReport> {
    let mut log = open(path)?;
    let input = LogInput {
        origin: None,
        lines: log.lines.by_ref(),
        checkpoints: log.checkpoints.by_ref(),
        latest: log.latest.as_deref(),
        since: against.since,
    };
    let mut report = verify_log(&path.display().to_string(), input, against.trust);
    note_torn(&mut report, &log);
    Ok(report)
}

/// A last line without a line feed is what a killed run leaves; it is no entry, and it is said.
pub(super) fn note_torn(report: &mut ItemReport, log: &LogFiles) {
    for (what, torn) in [("the log", log.lines.torn()), ("checkpoints.jsonl", log.checkpoints.torn())] {
        if torn > 0 {
            report.notes.push(format!("{what} ends with {torn} bytes that are not a whole line"));
        }
    }
}
