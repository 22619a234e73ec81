//! The files that are named, and those in the folders that are named.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::failure::{Failure, Outcome};
use crate::cli::input::walk::{Entry, walk};
use crate::cli::input::{self, InputError, is_folder};
use crate::format::lint::rules::file::NO_KEY;
use crate::format::reader::MAXIMUM as MAXIMUM_FILE;
use crate::ops::check::Report;

/// The most entries of one folder, those of its folders included.
const MAXIMUM: usize = 100_000;

/// Everything that was named.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// What is looked at, in the order in which it was named; folders sorted.
    pub(super) items: Vec<Item>,
    /// What is not, and why.
    pub(super) left_out: Vec<(PathBuf, String)>,
}

/// A file.
#[derive(Debug)]
pub(super) struct Item {
    /// As it was named, or below what was named.
    pub(super) path: PathBuf,
    /// Found in a folder: it may be anything.
    found: bool,
    /// Why it cannot be read, when that is known already.
    refused: Option<String>,
}

impl Item {
    fn named(path: &Path, refused: Option<&InputError>) -> Self {
        Self { path: path.to_owned(), found: false, refused: refused.map(why) }
    }

    /// Its bytes, or why there are none.
    pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        match &self.refused {
            Some(refused) => Err(refused.clone()),
            None => read(&self.path),
        }
    }
}

/// The bytes of a file, or why there are none.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    input::read(path, MAXIMUM_FILE).map(Zeroizing::new).map_err(|error| why(&error))
}

fn why(error: &InputError) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

/// Lists what was named. A path that leads nowhere is an item: reading it says why.
pub(super) fn list(paths: &[PathBuf]) -> Outcome<Listing> {
    let mut listing = Listing::default();
    for path in paths {
        if path == Path::new("-") || !is_folder(path).unwrap_or(false) {
            listing.items.push(Item::named(path, None));
            continue;
        }
        for entry in walk(path, MAXIMUM).or_else(|error| unreadable(path, error))? {
            match entry {
                Entry::File(path) => listing.items.push(Item { path, found: true, refused: None }),
                Entry::LeftOut { path, why } => listing.left_out.push((path, why.to_owned())),
                Entry::Unreadable { path, error } => listing.items.push(Item::named(&path, Some(&error))),
            }
        }
    }
    Ok(listing)
}

/// Too many entries stop everything; a folder that cannot be listed does not.
fn unreadable(path: &Path, error: InputError) -> Result<Vec<Entry>, Failure> {
    match error {
        InputError::Io { .. } => Ok(vec![Entry::Unreadable { path: path.to_owned(), error }]),
        other => Err(other.into()),
    }
}

/// Why a file that was found in a folder is no concern: there is no key in it.
pub(super) fn no_key(item: &Item, report: &Report) -> Option<String> {
    let only = report.keys.is_empty() && report.findings.iter().all(|finding| finding.rule == &NO_KEY);
    let finding = report.findings.first().filter(|_| item.found && only)?;
    Some(format!("no key: {}", finding.detail))
}
