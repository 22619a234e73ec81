//! Which key a file holds, before anybody is asked for a passphrase.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::approval::ssh_key::SshKey;
use crate::approval::ssh_key_file::{MAX_KEY_FILE, public_half};
use crate::cli::codes::signers;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::input;

/// The public half of a key file, from the file itself or from the `.pub` beside it.
pub(super) fn public(path: &Path) -> Outcome<SshKey> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let beside = beside(path);
    if input::exists(&beside)
        && let Some(key) = read(&beside)?
    {
        return Ok(key);
    }
    Err(unusable(path, "its public half is not to be seen, and there is no .pub file beside it").hint(format!(
        "ssh-keygen -y -f {} > {}",
        path.display(),
        beside.display()
    )))
}

fn read(path: &Path) -> Outcome<Option<SshKey>> {
    let bytes = Zeroizing::new(input::read(path, MAX_KEY_FILE)?);
    public_half(&bytes).map_err(|error| unusable(path, &error.to_string()))
}

fn beside(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::new(&signers::KEY_FILE, format!("{} holds no key that can approve: {why}", path.display()))
}
