//! Which byok.yaml is used.

use std::path::{Path, PathBuf};

use crate::cli::env::Env;
use crate::cli::failure::Outcome;
use crate::cli::input;

/// The name that is searched for.
const NAME: &str = "byok.yaml";

/// A file that can be believed, read.
pub(super) struct Found {
    /// Where it is, absolute.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// The file of `--config`, else of `BYOK_CONFIG`, else the nearest byok.yaml upwards; `None` when there is none.
pub(super) fn find(env: &Env, flag: Option<&Path>) -> Outcome<Option<Found>> {
    let named = flag.map(Path::to_owned).or_else(|| env.var("BYOK_CONFIG").map(PathBuf::from));
    let nearest = || env.directory.ancestors().map(|folder| folder.join(NAME)).find(|path| input::exists(path));
    match named.map(|path| env.directory.join(path)).or_else(nearest) {
        None => Ok(None),
        Some(path) => read(env, &path).map(Some),
    }
}

/// Reads a file that can be believed.
pub(super) fn read(env: &Env, path: &Path) -> Outcome<Found> {
    let text = input::trusted::read(path, env.uid)?;
    Ok(Found { path: path.to_owned(), text })
}
