//! A bundle: every file is what the signed manifest says, and there is no other.

use jiff::Timestamp;

use super::failure::{Failure, FailureKind};
use super::file_bundle;
use super::manifest::{describe_alone, open_any};
use super::report::{Findings, ItemKind, ItemReport};
use crate::format::bundle::{Bundle, SCHEMA};
use crate::manifest::any::SignedStatement;
use crate::manifest::check::UNLISTED_FILES;
use crate::manifest::digest::sha256_hex;
use crate::manifest::dsse::Signed;
use crate::manifest::file_bundle::FileBundleStatement;
use crate::manifest::statement::{FileRecord, Statement, WrapRecord, WrappingKeyRecord};
use crate::manifest::trust::Trust;

/// A bundle's folder as it was read.
#[derive(Debug)]
pub struct BundleInput<'a> {
    /// `manifest.dsse.json`; `None` when it is not there.
    pub manifest: Option<&'a [u8]>,
    /// `bundle.json`; `None` when it is not there.
    pub bundle_json: Option<&'a [u8]>,
    /// Every other entry of the folder, hidden ones included: name, SHA-256 and size of its content.
    pub files: &'a [FileRecord],
}

/// Verifies a bundle. `now` is compared with its expiry.
#[must_use]
pub fn verify_bundle(path: &str, input: &BundleInput<'_>, trust: &Trust, now: Timestamp) -> ItemReport {
    ItemReport::new(path, ItemKind::Bundle, check(input, trust, now))
}

fn check(input: &BundleInput<'_>, trust: &Trust, now: Timestamp) -> Result<Findings, Failure> {
    let missing = |name: &str| Failure::new(FailureKind::FileMissing, format!("{name} is not there"));
    let [manifest_name, bundle_name] = UNLISTED_FILES;
    let manifest = input.manifest.ok_or_else(|| missing(manifest_name))?;
    let signed = open_any(manifest, trust).map_err(|failure| failure.at(manifest_name))?;
    let list = input.bundle_json.ok_or_else(|| missing(bundle_name))?;
    let bundle = Bundle::parse(list).map_err(|error| Failure::from(&error).at(bundle_name))?;
    let (stated, mut findings) = match &signed {
        SignedStatement::KeyVersion(signed) => {
            let wrap = find_wrap(signed, &bundle)?;
            let mut findings = describe_alone(signed);
            describe_content(wrap, &mut findings);
            (Stated::of_key_version(signed, wrap), findings)
        }
        SignedStatement::FileBundle(signed) => (Stated::of_file(signed), file_bundle::describe(signed)),
    };
    compare_members(&stated, &bundle)?;
    compare_list(stated.files, &bundle, manifest)?;
    compare_files(stated.files, input.files)?;
    describe(&stated, now, &mut findings);
    Ok(findings)
}

/// What a manifest states of its bundle, whatever the key came from.
struct Stated<'a> {
    key_version: Option<String>,
    provider: &'a str,
    target: Option<&'a String>,
    method: &'a str,
    algorithm: Option<&'a String>,
    wrapping_key: &'a WrappingKeyRecord,
    expires_at: Option<Timestamp>,
    files: &'a [FileRecord],
}

impl<'a> Stated<'a> {
    fn of_key_version(signed: &Signed<Statement>, wrap: &'a WrapRecord) -> Self {
        let predicate = &signed.value().predicate;
        Self {
            key_version: Some(format!("{}@{}", predicate.key_name, predicate.key_version)),
            provider: &wrap.provider,
            target: wrap.target.as_ref(),
            method: &wrap.method,
            algorithm: wrap.algorithm.as_ref(),
            wrapping_key: &wrap.wrapping_key,
            expires_at: wrap.expires_at,
            files: &wrap.files,
        }
    }

    fn of_file(signed: &'a Signed<FileBundleStatement>) -> Self {
        let wrap = &signed.value().predicate.wrap;
        Self {
            key_version: None,
            provider: &wrap.provider,
            target: wrap.target.as_ref(),
            method: &wrap.method,
            algorithm: wrap.algorithm.as_ref(),
            wrapping_key: &wrap.wrapping_key,
            expires_at: wrap.expires_at,
            files: &wrap.files,
        }
    }
}

/// The wrap of the manifest that the bundle is the output of. A manifest may hold several; their file lists differ.
fn find_wrap<'a>(signed: &'a Signed<Statement>, bundle: &Bundle) -> Result<&'a WrapRecord, Failure> {
    let wraps = &signed.value().predicate.wraps;
    let listed = |wrap: &&WrapRecord| wrap.files.iter().all(|file| bundle.files.contains(file));
    let same_provider = |wrap: &&WrapRecord| wrap.provider == bundle.provider && wrap.target == bundle.target;
    let found = wraps.iter().find(listed).or_else(|| wraps.iter().find(same_provider)).or(wraps.first());
    found.ok_or_else(|| Failure::new(FailureKind::Subject, "the manifest records no wrap, so it is not about a bundle"))
}

/// bundle.json is not signed: each of its members must repeat the manifest.
fn compare_members(stated: &Stated<'_>, bundle: &Bundle) -> Result<(), Failure> {
    let rows = [
        ("schema", bundle.schema == SCHEMA),
        ("keyVersion", bundle.key_version == stated.key_version),
        ("provider", bundle.provider == stated.provider),
        ("target", bundle.target.as_ref() == stated.target),
        ("method", bundle.method == stated.method),
        ("algorithm", bundle.algorithm.as_ref() == stated.algorithm),
        ("wrappingKeySha256", bundle.wrapping_key_sha256 == stated.wrapping_key.spki_sha256),
        ("expiresAt", bundle.expires_at == stated.expires_at),
    ];
    match rows.into_iter().find(|(_, same)| !same) {
        Some((name, _)) => Err(mismatch(format!("`{name}` of bundle.json is not what the signed manifest says"))),
        None => Ok(()),
    }
}

/// bundle.json lists what the manifest lists, and the manifest itself, once each.
fn compare_list(wrapped: &[FileRecord], bundle: &Bundle, manifest: &[u8]) -> Result<(), Failure> {
    let own = FileRecord {
        name: UNLISTED_FILES.first().copied().unwrap_or_default().to_owned(),
        sha256: sha256_hex(manifest),
        size: u64::try_from(manifest.len()).unwrap_or(u64::MAX),
    };
    let listed = |file: &FileRecord| bundle.files.iter().filter(|other| *other == file).count() == 1;
    if let Some(file) = wrapped.iter().chain([&own]).find(|file| !listed(file)) {
        return Err(mismatch(format!("bundle.json does not list {} as it is", file.name)));
    }
    if bundle.files.len() == wrapped.len().saturating_add(1) {
        return Ok(());
    }
    Err(mismatch("bundle.json lists a file that the signed manifest does not"))
}

/// The folder holds what the manifest lists, byte for byte, and nothing else.
fn compare_files(wrapped: &[FileRecord], present: &[FileRecord]) -> Result<(), Failure> {
    for file in wrapped {
        let found = present.iter().find(|other| other.name == file.name);
        let Some(found) = found else {
            return Err(Failure::new(FailureKind::FileMissing, format!("{} is not there", file.name)));
        };
        if found != file {
            return Err(mismatch(format!("{} is not the file that the manifest lists", file.name)));
        }
    }
    match present.iter().find(|file| !wrapped.iter().any(|other| other.name == file.name)) {
        Some(extra) => {
            Err(Failure::new(FailureKind::FileExtra, format!("{} is not listed in the manifest", extra.name)))
        }
        None if present.len() == wrapped.len() => Ok(()),
        None => Err(Failure::new(FailureKind::FileExtra, "a file is there twice")),
    }
}

fn describe_content(wrap: &WrapRecord, findings: &mut Findings) {
    if !wrap.content_proof.is_empty() {
        let by = wrap.content_proof.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        findings.note(format!("the host that wrapped it says that it saw the key and recognised it by {by}"));
    }
}

fn describe(stated: &Stated<'_>, now: Timestamp, findings: &mut Findings) {
    let count = stated.files.len();
    findings.checked(if count == 1 { "1 file".to_owned() } else { format!("{count} files") });
    findings.checked("bundle.json");
    let blob = stated.files.iter().filter(|file| file.name != "import.sh").map(|file| file.name.as_str());
    let blobs = blob.collect::<Vec<_>>().join(", ");
    findings.not_provable(format!("the inside of {blobs}: only the provider opens it"));
    if stated.wrapping_key.authenticated_by == "none" {
        findings.not_provable("whose wrapping key it is: nobody pinned or compared it");
    }
    if let Some(expiry) = stated.expires_at.filter(|expiry| *expiry <= now) {
        findings.note(format!("expired at {expiry}: the provider no longer takes it"));
    }
}

fn mismatch(detail: impl AsRef<str>) -> Failure {
    Failure::new(FailureKind::FileMismatch, detail)
}
