//! A bundle's folder, read for verification.

use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::Against;
use super::item::MAX_ENTRIES;
use crate::cli::failure::Outcome;
use crate::cli::input::{self, InputError};
use crate::manifest::check::UNLISTED_FILES;
use crate::manifest::dsse::MAX_ENVELOPE;
use crate::manifest::statement::FileRecord;
use crate::ops::verify::bundle::{BundleInput, verify_bundle};
use crate::ops::verify::report::ItemReport;

/// Verifies a bundle.
pub(super) fn check(path: &Path, against: &Against<'_>, now: Timestamp) -> Outcome<ItemReport> {
    let mut files = Vec::new();
    for entry in input::list(path, MAX_ENTRIES)? {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !UNLISTED_FILES.contains(&name.as_str()) {
            files.push(record(&entry, name)?);
        }
    }
    let [manifest, bundle_json] = UNLISTED_FILES.map(|name| optional(&path.join(name)));
    let (manifest, bundle_json) = (manifest?, bundle_json?);
    let input = BundleInput { manifest: manifest.as_deref(), bundle_json: bundle_json.as_deref(), files: &files };
    Ok(verify_bundle(&path.display().to_string(), &input, against.trust, now))
}

fn optional(path: &Path) -> Result<Option<Vec<u8>>, InputError> {
    if input::exists(path) { input::read(path, MAX_ENVELOPE).map(Some) } else { Ok(None) }
}

/// A folder, pipe or device has no content: its record is that of nothing, which no manifest lists.
fn record(path: &Path, name: String) -> Outcome<FileRecord> {
    let mut file = match input::open(path) {
        Ok(file) => file,
        Err(InputError::NotRegular { .. }) => return Ok(FileRecord { name, sha256: String::new(), size: 0 }),
        Err(error) => return Err(error.into()),
    };
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0_u64;
    loop {
        let read = file.read(&mut buffer).map_err(|source| InputError::Io { path: path.to_owned(), source })?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        digest.update(bytes);
        size = size.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    Ok(FileRecord { name, sha256: hex::encode(digest.finalize()), size })
}
