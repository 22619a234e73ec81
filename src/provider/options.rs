//! What may be typed about a provider beside `--target`, and which of it was.

use jiff::Timestamp;

use super::Handout;

/// What was typed about the destination.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// `--target`: the key on the provider's side.
    pub target: Option<String>,
    /// `--mount`: the mount of the engine (OpenBao, Vault).
    pub mount: Option<String>,
    /// `--valid-to`: the end of the imported key material (AWS).
    pub valid_to: Option<Timestamp>,
}

/// An option that only some providers know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Opt {
    /// `--import-job`: the Google import job, when the file does not name it.
    ImportJob,
    /// `--import-token`: the AWS import token, when it is in a file of its own.
    ImportToken,
    /// `--kid`: the Azure KEK, when the file does not name it.
    Kid,
    /// `--mount`.
    Mount,
    /// `--valid-to`.
    ValidTo,
}

impl Opt {
    /// As it is typed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImportJob => "--import-job",
            Self::ImportToken => "--import-token",
            Self::Kid => "--kid",
            Self::Mount => "--mount",
            Self::ValidTo => "--valid-to",
        }
    }
}

/// A part of a provider's world that a target can be limited to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// `account`: the account (AWS) or project (Google Cloud).
    Account,
    /// `vault`: the host of the vault or HSM (Azure).
    Vault,
    /// `key-ring`: the key ring's full name (Google Cloud).
    KeyRing,
}

/// Those that were typed.
pub(super) fn typed(handout: &Handout, options: &Options) -> impl Iterator<Item = Opt> {
    [
        (Opt::ImportJob, handout.import_job.is_some()),
        (Opt::ImportToken, handout.import_token.is_some()),
        (Opt::Kid, handout.kid.is_some()),
        (Opt::Mount, options.mount.is_some()),
        (Opt::ValidTo, options.valid_to.is_some()),
    ]
    .into_iter()
    .filter_map(|(option, is_typed)| is_typed.then_some(option))
}
