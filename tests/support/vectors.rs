//! The folder of the Python package `cryptography-vectors`, which tests/setup.sh installs.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder, whatever the version of Python.
///
/// # Panics
/// When it is not there.
pub(crate) fn folder() -> PathBuf {
    let libraries = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/venv/lib");
    let versions = fs::read_dir(&libraries).into_iter().flatten().flatten();
    let mut found = versions.map(|version| version.path().join("site-packages/cryptography_vectors"));
    found.find(|folder| folder.is_dir()).unwrap_or_else(|| panic!("cryptography-vectors is missing: tests/setup.sh"))
}
