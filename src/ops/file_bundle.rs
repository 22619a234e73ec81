//! A bundle for one provider, made from a key that this host holds. The key came from a file, so this host sees it: the
//! bundle's own signed manifest says so. No registry knows the key, and the log has no entry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::command::{CommandError, Workplace};
use super::govern::{GovernError, Governance, Permission};
use super::session::Session;
use super::statement::{StatementError, manifest_id, public_half, tool};
use super::wrap::authenticate::AuthenticatedBy;
use super::wrap::check::CheckError;
use super::wrap::govern::facts;
use super::wrap::stage::{Listed, file_records, stage, wrapping_key_record};
use super::wrap::terms::{Agreed, Received, Typed, agree, check_validity, receive};
use crate::format::lint::Finding;
use crate::format::spki::PublicKey;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::template::usages;
use crate::manifest::dsse::{SealError, Signed};
use crate::manifest::file_bundle::{FileBundlePredicate, FileBundleStatement, FileWrapRecord, ORIGIN, PLAN};
use crate::manifest::statement::PublicHalf;
use crate::policy::request::{KeyFacts, Request as Asked};
use crate::provider::agreement::of_terms;
use crate::provider::{
    Challenge, Destination, DestinationRequest, Handout, Options, Package, PackageError, PackageRequest, Provider,
    Source,
};
use crate::registry::error::RegistryError;
use crate::registry::release::Slot;
use crate::wrap::envelope::seal;
use crate::wrap::length::{LengthError, check_blob};
use crate::wrap::scrub::scrubbed;
use crate::wrap::software::{OaepKey, SoftwareError};

/// The key that is wrapped.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its type.
    pub spec: KeySpec,
    /// For what the provider is to take it.
    pub purpose: Purpose,
    /// The public half that its private numbers make.
    pub public: Option<&'a PublicKey>,
    /// What is wrapped: raw bytes of a secret key, PKCS#8 DER of a private one.
    pub encoded: &'a [u8],
}

/// For whom the key is wrapped, and how.
#[derive(Debug)]
pub struct Request {
    /// The provider.
    pub provider: &'static Provider,
    /// What the provider handed out.
    pub handout: Handout,
    /// `--method`, as typed.
    pub method: Option<String>,
    /// `--algorithm`, as typed.
    pub algorithm: Option<String>,
    /// `--target` and what else was typed about the destination.
    pub options: Options,
    /// `--wrapping-key-sha256`, as typed.
    pub pin: Option<String>,
    /// The name that the provider's side gets when none was typed.
    pub name: KeyName,
    /// Now.
    pub now: Timestamp,
}

/// A bundle that nothing speaks against so far.
#[derive(Debug)]
pub struct Checked {
    /// The key's type.
    pub spec: KeySpec,
    /// For what the provider is to take it.
    pub purpose: Purpose,
    /// The provider.
    pub provider: &'static Provider,
    /// What the provider handed out.
    pub challenge: Challenge,
    /// How the wrapping key is authenticated so far; a terminal may ask for more.
    pub authenticated_by: AuthenticatedBy,
    /// The provider's algorithm.
    pub algorithm: &'static str,
    /// The method.
    pub method: WrapMethod,
    /// Where the key goes on the provider's side.
    pub destination: Destination,
    /// The name under which the policy is asked: the file's.
    name: KeyName,
    wrapping_key_sha256: String,
    public: Option<PublicHalf>,
}

/// A bundle that was made.
#[derive(Debug)]
pub struct Made {
    /// The manifest in it.
    pub statement: FileBundleStatement,
    /// The folder.
    pub out: PathBuf,
}

/// Why there is no bundle. No variant holds any part of a key.
#[derive(Debug, thiserror::Error)]
pub enum FileBundleError {
    /// The request.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The registry or the token is at work elsewhere.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The blob has another length than the method gives.
    #[error("the wrapped key has the wrong length")]
    Length(#[from] LengthError),
    /// The provider's files could not be made.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The type cannot serve the purpose.
    #[error("a key of type {spec} cannot serve the purpose {purpose}")]
    Purpose {
        /// The type.
        spec: KeySpec,
        /// The purpose.
        purpose: Purpose,
    },
    /// The folder could not be made.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The manifest was not signed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The key was not wrapped.
    #[error(transparent)]
    Software(#[from] SoftwareError),
    /// The manifest.
    #[error(transparent)]
    Statement(#[from] StatementError),
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("spec", &self.spec).field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// Everything that can be refused before a PIN is asked for.
///
/// # Errors
/// The first thing that speaks against it.
pub fn check(request: &Request, key: &Subject<'_>) -> Result<Checked, FileBundleError> {
    let Subject { spec, purpose, .. } = *key;
    usages(spec, purpose).ok_or(FileBundleError::Purpose { spec, purpose })?;
    let Request { provider, handout, options, now, name, .. } = request;
    let Received { challenge, authenticated_by, wrapping_key_sha256 } =
        receive(provider, handout, options, request.pin.as_deref(), *now)?;
    let typed = Typed { method: request.method.as_deref(), algorithm: request.algorithm.as_deref() };
    let wanted = DestinationRequest { name, options, challenge: &challenge, now: *now };
    let Agreed { algorithm, methods, destination } = agree(provider, (spec, purpose), typed, &wanted)?;
    // This host sees the key by any of them, and the preferred one comes last.
    let method = methods.last().copied().ok_or(FileBundleError::Software(SoftwareError::PublicKey))?;
    Ok(Checked {
        spec,
        purpose,
        provider,
        challenge,
        authenticated_by,
        algorithm,
        method,
        destination,
        name: name.clone(),
        wrapping_key_sha256,
        public: key.public.map(|public| public_half(public.der())).transpose()?,
    })
}

impl Checked {
    /// Asks the policy, as for a key of the file's name that this host has seen. No plan can hold a key file, so what
    /// needs approvals is imported first.
    ///
    /// # Errors
    /// A denial.
    pub fn govern(&mut self, governance: &Governance, now: Timestamp) -> Result<Permission, GovernError> {
        let permission = self.ask(governance, now)?;
        if permission.wrapping_key_listed && self.authenticated_by == AuthenticatedBy::None {
            self.authenticated_by = AuthenticatedBy::Policy;
        }
        Ok(permission)
    }

    fn ask(&self, governance: &Governance, now: Timestamp) -> Result<Permission, GovernError> {
        let key = KeyFacts {
            name: &self.name,
            spec: self.spec,
            purpose: self.purpose,
            owner: None,
            attributes: &BTreeMap::new(),
            exposure: Exposure::Plaintext,
            made_at: None,
            protect_stop: None,
        };
        let wrapping_key = (&self.challenge, self.wrapping_key_sha256.as_str());
        let wrap = facts(self.provider.id, wrapping_key, &self.destination, Some(self.method), self.authenticated_by);
        let operation = Operation::WrapForImport;
        governance.permit(&Asked { operation, key: Some(key), wrap: Some(wrap), now }, None)
    }

    /// Wraps the key. It is needed no more afterwards.
    ///
    /// # Errors
    /// A wrapping key that is not usable, or a blob of the wrong length.
    pub fn seal(&self, key: &Subject<'_>) -> Result<Package, FileBundleError> {
        let Challenge { modulus, exponent, .. } = &self.challenge;
        let wrapped = scrubbed(|| seal(self.method, OaepKey { modulus, exponent }, key.encoded))?;
        check_blob(self.method, modulus.len(), self.spec, wrapped.len())?;
        let request = PackageRequest {
            others: 0,
            latest: None,
            source: Source::File,
            spec: self.spec,
            purpose: self.purpose,
            wrapped: &wrapped,
            method: self.method,
            algorithm: self.algorithm,
            destination: &self.destination,
            challenge: &self.challenge,
        };
        Ok((self.provider.package)(&request)?)
    }

    /// What is to be known of the wrapping key before the key is wrapped.
    #[must_use]
    pub fn findings(&self, now: Timestamp) -> Vec<Finding> {
        of_terms(&self.challenge, self.provider, Some(self.spec), now)
    }

    fn record(&self, package: &Package) -> FileWrapRecord {
        FileWrapRecord {
            provider: self.provider.id.to_owned(),
            target: self.destination.target().map(str::to_owned),
            mount: self.destination.mount().map(str::to_owned),
            method: self.method.to_string(),
            algorithm: Some(self.algorithm.to_owned()),
            plan: PLAN.to_owned(),
            exposure: Exposure::Plaintext,
            wrapping_key: wrapping_key_record(&self.challenge, self.authenticated_by),
            files: file_records(package),
            expires_at: self.challenge.expires_at,
            valid_to: self.destination.valid_to(),
        }
    }
}

/// Signs what was wrapped, and makes the folder `out`, which must not exist.
///
/// # Errors
/// Whatever the token or the file system refuse; nothing is then left.
pub fn make(
    place: &Workplace<'_>,
    session: &Session<'_>,
    checked: Checked,
    package: &Package,
    out: &Path,
) -> Result<Made, FileBundleError> {
    // Not a word goes into the log; the token has one user at a time all the same.
    let _guard = place.lock(session)?;
    let now = (place.clock)();
    // Waiting for a PIN or a lock takes time.
    check_validity(&checked.challenge, now)?;
    place.governance.ensure_current(place.registry.policy_in_force()?.as_ref()).map_err(CommandError::from)?;
    checked.ask(place.governance, now).map_err(CommandError::from)?;
    let wrap = checked.record(package);
    let statement = FileBundleStatement::new(FileBundlePredicate {
        manifest_id: manifest_id(now),
        created_at: now,
        origin: ORIGIN.to_owned(),
        key_type: checked.spec.to_string(),
        purpose: checked.purpose.to_string(),
        public: checked.public,
        wrap,
        signer: session.record.clone(),
        tool: tool(),
    });
    let signed = Signed::sign(statement.map_err(StatementError::from)?, &session.signer)?;
    let listed = Listed {
        key_version: None,
        provider: checked.provider,
        method: checked.method,
        algorithm: checked.algorithm,
        destination: &checked.destination,
        challenge: &checked.challenge,
    };
    let staged = stage(listed, package, &signed.to_json(), Slot::beside(out)?)?;
    if let Err(error) = staged.release() {
        // Another program may have been quicker; what is wrapped need not stay under a hidden name.
        staged.discard()?;
        return Err(error.into());
    }
    Ok(Made { statement: signed.into_value(), out: out.to_owned() })
}
