//! Providers: data and small functions, one file each, listed in [`PROVIDERS`].

use jiff::Timestamp;

use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};

/// A provider: what it hands out, what it takes, and how its bundle looks.
#[derive(Debug)]
pub struct Provider {
    /// The name that people type.
    pub id: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// The name that people read.
    pub name: &'static str,
    /// Where its import format is documented.
    pub documentation: &'static str,
    /// When that was last checked, `YYYY-MM-DD`.
    pub checked_on: &'static str,
    /// The smallest wrapping key that it hands out, in bits.
    pub minimum_wrapping_bits: u32,
    /// Key types, purposes, methods and algorithms that it takes.
    pub accepts: &'static [Accept],
    /// Reads what the provider handed out.
    pub read_challenge: fn(&ImportFile) -> Result<Challenge, ChallengeError>,
    /// Makes the bundle's files.
    pub package: fn(&PackageRequest<'_>) -> Result<Package, PackageError>,
}

/// Every provider, in the order of tables and help.
pub static PROVIDERS: &[&Provider] = &[];

/// One row of what a provider takes.
#[derive(Debug)]
pub struct Accept {
    /// The key type.
    pub spec: KeySpec,
    /// The purposes for which this row holds.
    pub purposes: &'static [Purpose],
    /// The provider's algorithm or key spec names, the default first.
    pub algorithms: &'static [&'static str],
    /// The methods, the preferred last.
    pub methods: &'static [WrapMethod],
}

/// A file as it was read, once; its name is only for messages.
#[derive(Debug)]
pub struct ImportFile {
    /// File name for messages.
    pub name: String,
    /// Its bytes, capped by the reader.
    pub bytes: Vec<u8>,
}

/// What a provider handed out.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// What the file was recognised as: `PEM public key`, `JSON answer of transit/wrapping_key`.
    pub recognised: String,
    /// DER SubjectPublicKeyInfo of the wrapping key, `rsaEncryption` form.
    pub spki: Vec<u8>,
    /// Big-endian modulus, without leading zeros.
    pub modulus: Vec<u8>,
    /// Big-endian public exponent, without leading zeros.
    pub exponent: Vec<u8>,
    /// The account, vault or key to which the answer belongs, when it says so.
    pub resource: Option<String>,
    /// When the provider stops accepting it.
    pub expires_at: Option<Timestamp>,
    /// The method, when the answer names it.
    pub method: Option<WrapMethod>,
    /// Files that must go into the bundle unchanged: fixed name and bytes.
    pub attachments: Vec<(String, Vec<u8>)>,
}

/// What a bundle is made from.
#[derive(Debug)]
pub struct PackageRequest<'a> {
    /// `NAME@N` of the key version.
    pub key_version: &'a str,
    /// Its type.
    pub spec: KeySpec,
    /// The wrapped key.
    pub wrapped: &'a [u8],
    /// The method.
    pub method: WrapMethod,
    /// The provider's algorithm.
    pub algorithm: &'a str,
    /// The key on the provider's side.
    pub target: Option<&'a str>,
    /// The mount (OpenBao, Vault).
    pub mount: Option<&'a str>,
    /// What the provider handed out.
    pub challenge: &'a Challenge,
}

/// A bundle's own files: the provider's and `import.sh`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Package {
    /// Name and bytes, in the order of `bundle.json`.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Why a wrapping-key file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {}

/// Why no bundle was made.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {}
