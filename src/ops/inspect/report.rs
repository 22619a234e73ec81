//! `inspect --json`, schema `byok.inspect/v1`.

use jiff::Timestamp;
use serde::Serialize;

use crate::format::lint::Finding;

/// `schema` of the document.
pub const SCHEMA: &str = "byok.inspect/v1";

/// What a file is.
#[derive(Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Its bytes.
    pub size: usize,
    /// More than one when its bytes alone do not say.
    pub readings: Vec<ReadingReport>,
}

/// One way to read a file.
#[derive(Debug, Serialize)]
pub struct ReadingReport {
    /// From the outside in: `base64`, `PEM`.
    pub layers: Vec<String>,
    /// What is in it.
    pub parts: Vec<PartReport>,
    /// The provider whose answer it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerReport>,
    /// What is out of order in the form.
    pub findings: Vec<FindingReport>,
}

/// One thing in a file. Members that say nothing are left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartReport {
    /// From 1; what `--part` takes.
    pub number: usize,
    /// `block 2`, `keys[0]`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The container: `PKCS#8 private key`.
    pub form: String,
    /// What kind of thing it is.
    pub holds: Holds,
    /// What it is in more words, where the container does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// `RSA-3072`, `EC P-256`, `Ed25519`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// byok's name of the type: `rsa-3072`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub key_type: Option<String>,
    /// The RSA modulus, in bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modulus_bits: Option<usize>,
    /// The RSA exponent: decimal, or hexadecimal with 0x when it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exponent: Option<String>,
    /// The EC curve: `P-256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curve: Option<String>,
    /// How many bytes a secret key or a wrapped one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
    /// Every type that raw bytes of this length can be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub could_be: Vec<String>,
    /// The public half, or all there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<PublicKeyReport>,
    /// Whose key it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateReport>,
    /// How it is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<EncryptionReport>,
    /// The methods that make wrapped keys of this length, likeliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrapped_by: Vec<CandidateReport>,
    /// What Azure's transfer blob says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferReport>,
    /// The name that the container gives the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What else stands beside the key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// How to get to something that byok reads.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub way_out: String,
    /// What was behind the passphrase.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<Self>,
}

/// What kind of thing a part is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// A private key.
    PrivateKey,
    /// A public key.
    PublicKey,
    /// A symmetric key, or bytes that can be one.
    SecretKey,
    /// A certificate.
    Certificate,
    /// A certificate request.
    Request,
    /// Something behind a passphrase.
    Locked,
    /// A key encrypted under another.
    WrappedKey,
    /// Nothing that is read.
    #[default]
    Other,
}

/// Names of a public key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyReport {
    /// SHA-256 of the DER SubjectPublicKeyInfo.
    pub spki_sha256: String,
    /// RFC 7638.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwk_thumbprint: Option<String>,
}

/// An X.509 certificate or request; nobody has checked its signature.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateReport {
    /// Its holder.
    pub subject: String,
    /// Its signer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The start of its validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// The end of its validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
}

/// How something is encrypted.
#[derive(Debug, Serialize)]
pub struct EncryptionReport {
    /// Each way once; empty when nothing is encrypted.
    pub protection: Vec<ProtectionReport>,
    /// What authenticates the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    /// Whether a wrong passphrase can be told from damage.
    pub authenticated: bool,
}

/// One way in which something is encrypted.
#[derive(Debug, Serialize)]
pub struct ProtectionReport {
    /// `PBES2`.
    pub scheme: String,
    /// `PBKDF2-HMAC-SHA-256 with 600000 rounds`.
    pub kdf: String,
    /// `AES-256-CBC`.
    pub cipher: String,
}

/// A method that makes wrapped keys of a certain length.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CandidateReport {
    /// `RSA-OAEP`, `RSA-AES-KWP`, `AES-KW`, `AES-KWP`.
    pub method: String,
    /// The size of the RSA modulus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modulus_bits: Option<usize>,
    /// The least length of the key inside, in bytes.
    pub least: usize,
    /// The greatest length of the key inside, in bytes.
    pub most: usize,
    /// The key types that have such a length.
    pub types: Vec<String>,
}

/// What Azure's transfer blob says of itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferReport {
    /// `schema_version`.
    pub schema_version: String,
    /// The key that opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// `header.alg`.
    pub alg: String,
    /// `header.enc`.
    pub enc: String,
    /// What made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
}

/// A provider's answer to a request for a wrapping key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerReport {
    /// Provider id.
    pub provider: String,
    /// The key, KEK or import job that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The method, when the answer names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// When the provider stops accepting it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// SHA-256 of the wrapping key's DER SubjectPublicKeyInfo.
    pub wrapping_key_sha256: String,
}

/// Something that is out of order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingReport {
    /// `F101`.
    pub code: String,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Where.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What exactly.
    pub detail: String,
    /// What to do.
    pub way_out: &'static str,
}

impl FindingReport {
    /// The finding in words.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        Self {
            code: finding.rule.to_string(),
            severity: finding.rule.severity.as_str(),
            title: finding.rule.title,
            place: finding.place.clone(),
            detail: finding.detail.clone(),
            way_out: finding.rule.way_out,
        }
    }
}
