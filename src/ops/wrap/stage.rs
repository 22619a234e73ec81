//! The folder of a bundle: the provider's files, the signed manifest, and the list of them all.

use crate::format::bundle::{self, Bundle};
use crate::key::method::WrapMethod;
use crate::manifest::digest::sha256_hex;
use crate::manifest::statement::{FileRecord, WrappingKeyRecord};
use crate::provider::{Challenge, Destination, Package, Provider};
use crate::registry::error::RegistryError;
use crate::registry::release::{Release, Slot, StagedFolder};

use super::authenticate::AuthenticatedBy;

/// What the provider's files are called in a bundle, next to these two.
pub const MANIFEST_NAME: &str = "manifest.dsse.json";
/// The list of a bundle's files.
pub const BUNDLE_NAME: &str = "bundle.json";

/// What bundle.json says of a wrap.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// `NAME@N`; `None` when the key came from a file.
    pub key_version: Option<&'a str>,
    /// The provider.
    pub provider: &'a Provider,
    /// The method.
    pub method: WrapMethod,
    /// The provider's algorithm.
    pub algorithm: &'a str,
    /// Where the key goes on the provider's side.
    pub destination: &'a Destination,
    /// What the provider handed out.
    pub challenge: &'a Challenge,
}

/// Writes a bundle under the hidden name of its slot, durably.
///
/// # Errors
/// When a file or folder could not be made.
pub fn stage(listed: Listed<'_>, package: &Package, manifest: &[u8], slot: Slot) -> Result<Release, RegistryError> {
    let bundle = Bundle {
        schema: bundle::SCHEMA.to_owned(),
        key_version: listed.key_version.map(str::to_owned),
        provider: listed.provider.id.to_owned(),
        method: listed.method.to_string(),
        algorithm: Some(listed.algorithm.to_owned()),
        target: listed.destination.target().map(str::to_owned),
        wrapping_key_sha256: sha256_hex(&listed.challenge.spki),
        expires_at: listed.challenge.expires_at,
        files: file_records(package).into_iter().chain([file_record(MANIFEST_NAME, manifest)]).collect(),
    };
    let mut folder = StagedFolder::create(slot)?;
    for (name, bytes) in &package.files {
        folder.write(name, bytes)?;
    }
    folder.write(MANIFEST_NAME, manifest)?;
    folder.write(BUNDLE_NAME, &bundle.to_json())?;
    folder.seal()
}

/// The provider's files, as manifests list them.
#[must_use]
pub fn file_records(package: &Package) -> Vec<FileRecord> {
    package.files.iter().map(|(name, bytes)| file_record(name, bytes)).collect()
}

/// A file, as manifests list it.
#[must_use]
pub fn file_record(name: &str, bytes: &[u8]) -> FileRecord {
    FileRecord {
        name: name.to_owned(),
        sha256: sha256_hex(bytes),
        size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    }
}

/// The wrapping key, as manifests name it.
#[must_use]
pub fn wrapping_key_record(challenge: &Challenge, by: AuthenticatedBy) -> WrappingKeyRecord {
    WrappingKeyRecord {
        spki_sha256: sha256_hex(&challenge.spki),
        bits: u32::try_from(challenge.bits()).unwrap_or(u32::MAX),
        authenticated_by: by.to_string(),
        resource: challenge.resource.clone(),
    }
}
