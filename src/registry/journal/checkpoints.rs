//! The checkpoint files: the last one that was signed, and one more.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use rustix::fs::OFlags;

use super::append::{Appender, Reach};
use crate::audit::checkpoint::Checkpoint;
use crate::manifest::dsse::Signed;
use crate::manifest::trust::Trust;
use crate::registry::error::{LogFault, RegistryError};
use crate::registry::files;
use crate::registry::layout::Layout;
use crate::registry::store::described;

/// The longest line of checkpoints.jsonl that is read: far more than an envelope of one body and a few signatures.
pub(super) const MAX_CHECKPOINT: u64 = 64 << 10;

/// The end of checkpoints.jsonl.
struct History {
    /// Its last complete line.
    last: Option<Vec<u8>>,
    /// Bytes up to the end of that line.
    length: u64,
}

/// The last checkpoint, verified. A crash can fall between the two files that hold it, so the newer one counts, and
/// the two may not contradict each other.
pub(super) fn last(layout: &Layout, origin: &str, trust: &Trust) -> Result<Checkpoint, RegistryError> {
    let (history, single) = (layout.checkpoints(), layout.checkpoint());
    let line = read_history(&history)?.last;
    let file = files::read(&single, MAX_CHECKPOINT)?;
    let line = line.map(|bytes| verify(&bytes, trust, &history)).transpose()?;
    let file = file.map(|bytes| verify(&bytes, trust, &single)).transpose()?;
    let newer = match (line, file) {
        (Some(a), Some(b)) if a.size == b.size && a != b => return Err(LogFault::Fork { size: a.size }.into()),
        (Some(a), Some(b)) => Some(if a.size > b.size { a } else { b }),
        (a, b) => a.or(b),
    };
    match newer {
        None => Err(LogFault::NoCheckpoint.into()),
        Some(checkpoint) if checkpoint.origin != origin => Err(LogFault::Origin.into()),
        Some(checkpoint) => Ok(checkpoint),
    }
}

fn verify(bytes: &[u8], trust: &Trust, path: &Path) -> Result<Checkpoint, RegistryError> {
    match Signed::<Checkpoint>::verify(bytes, trust) {
        Ok(signed) => Ok(signed.into_value()),
        Err(error) => Err(LogFault::Checkpoint { path: path.into(), what: described(&error) }.into()),
    }
}

/// Writes a signed checkpoint: first into the history, then in the place of the last one.
pub(super) fn write(layout: &Layout, signed: &Signed<Checkpoint>, note: &str) -> Result<(), RegistryError> {
    let envelope = signed.to_json();
    append(layout, &envelope, Reach::Lines)?;
    files::replace_all([(&layout.checkpoint_note(), note.as_bytes()), (&layout.checkpoint(), &envelope)])
}

/// [`write()`] after groups, of which the renames are not durable yet: one sync for them, for the history and for the
/// bytes of the files. The names of the files may come to the disk later: until then the history is ahead of them, and
/// the newer one counts.
///
/// The renames come before the checkpoint that says that everything is in its place; a file system with a journal
/// commits them in this order.
pub(super) fn write_after_groups(
    layout: &Layout,
    (signed, note): (&Signed<Checkpoint>, &str),
    sync: impl FnOnce() -> Result<(), RegistryError>,
) -> Result<(), RegistryError> {
    let envelope = signed.to_json();
    append(layout, &envelope, Reach::Nothing)?;
    let (texts, single) = (layout.checkpoint_note(), layout.checkpoint());
    files::replace_all_by([(&texts, note.as_bytes()), (&single, &envelope)], sync)
}

fn append(layout: &Layout, envelope: &[u8], reach: Reach<'_>) -> Result<(), RegistryError> {
    let path = layout.checkpoints();
    let history = read_history(&path)?;
    let line = envelope.strip_suffix(b"\n").unwrap_or(envelope);
    Appender::open(&path, history.length)?.append_all(&[line.to_vec()], reach)
}

/// True when the last line of the history is the last checkpoint. The note is replaced between the two.
pub(super) fn agree(layout: &Layout) -> Result<bool, RegistryError> {
    let line = read_history(&layout.checkpoints())?.last;
    let file = files::read(&layout.checkpoint(), MAX_CHECKPOINT)?;
    Ok(line.is_some_and(|line| file.is_some_and(|file| file.strip_suffix(b"\n") == Some(&line))))
}

/// True when no checkpoint was ever signed here.
pub(super) fn none(layout: &Layout) -> Result<bool, RegistryError> {
    Ok(read_history(&layout.checkpoints())?.last.is_none() && !files::present(&layout.checkpoint())?)
}

fn read_history(path: &Path) -> Result<History, RegistryError> {
    if !files::present(path)? {
        return Ok(History { last: None, length: 0 });
    }
    let io = |e| RegistryError::io(path, "read", e);
    let mut file = files::open(path, OFlags::RDONLY)?;
    let size = file.metadata().map_err(io)?.len();
    // A torn line may follow the last whole one.
    let start = size.saturating_sub(MAX_CHECKPOINT.saturating_mul(2));
    file.seek(SeekFrom::Start(start)).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(MAX_CHECKPOINT.saturating_mul(2)).read_to_end(&mut bytes).map_err(io)?;
    let Some(end) = bytes.iter().rposition(|b| *b == b'\n') else {
        let torn = start == 0;
        return if torn { Ok(History { last: None, length: 0 }) } else { Err(no_line(path)) };
    };
    let before = bytes.get(..end).unwrap_or_default();
    let begin = match before.iter().rposition(|b| *b == b'\n') {
        Some(feed) => feed.saturating_add(1),
        None if start == 0 => 0,
        None => return Err(no_line(path)),
    };
    let last = before.get(begin..).unwrap_or_default().to_vec();
    let whole = u64::try_from(end).unwrap_or(u64::MAX).saturating_add(1);
    Ok(History { last: Some(last), length: start.saturating_add(whole) })
}

fn no_line(path: &Path) -> RegistryError {
    RegistryError::malformed(path, format!("no line of at most {MAX_CHECKPOINT} bytes at its end"))
}
