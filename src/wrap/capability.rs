//! What a token was found to do, by known answers. The planner believes this and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::key::spec::{AesBits, Curve, HashAlg, KeySpec};

/// One probed cell: a mechanism applied to one kind of key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// What it rests on, in one line: `C_WrapKey: CKR_ARGUMENTS_BAD`, `28-byte keys become 32 bytes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What the known answer showed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Exactly what the standard says.
    Conformant,
    /// An EC private key came out without the zeros that its scalar begins with (RFC 5915 section 3 has them). It is the
    /// right key, in a form that a strict receiver refuses: one in 256 keys, and every other one on P-521.
    ShortScalar,
    /// The mechanism or its parameters are refused; `detail` has the `CK_RV`.
    Unsupported,
    /// The key came out with zero bytes appended.
    ZeroPadded,
    /// OAEP or MGF1 used another hash than the one asked for.
    WrongHash,
    /// The bytes are in another format than the mechanism's.
    WrongFormat,
    /// A private key came out as a raw scalar instead of PKCS#8.
    RawScalar,
    /// A key that must not leave the token did leave it.
    Unsafe,
}

/// The kinds of throw-away keys that are wrapped in the probe.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A 16-byte secret key.
    Secret16,
    /// A 28-byte secret key.
    Secret28,
    /// A 32-byte secret key.
    Secret32,
    /// A 33-byte secret key.
    Secret33,
    /// A 64-byte secret key.
    Secret64,
    /// A P-256 private key.
    EcP256,
    /// A P-521 private key.
    EcP521,
    /// An RSA-2048 private key.
    Rsa2048,
    /// An Ed25519 private key.
    Ed25519,
}

/// The AES key-wrap mechanism numbers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum AesWrap {
    /// `CKM_AES_KEY_WRAP` 0x2109, plain KW; never used for import, shown for the record.
    #[serde(rename = "0x2109")]
    Kw,
    /// `CKM_AES_KEY_WRAP_PAD` 0x210A.
    #[serde(rename = "0x210A")]
    Pad,
    /// `CKM_AES_KEY_WRAP_KWP` 0x210B.
    #[serde(rename = "0x210B")]
    Kwp,
}

/// How an AES key that the host made can get into the token.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownAes {
    /// With `C_CreateObject`.
    CreateObject,
    /// Not with `C_CreateObject`, but with `C_UnwrapKey` under an RSA pair of the token, OAEP with this hash.
    UnwrapOnly(HashAlg),
    /// Not at all.
    Impossible,
}

/// Everything that the probe learned. Missing cells count as unsupported.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// Direct OAEP of a secret key, by hash.
    pub oaep: BTreeMap<HashAlg, BTreeMap<Target, Finding>>,
    /// `CKM_RSA_AES_KEY_WRAP`, by hash and kind of key.
    pub native: BTreeMap<HashAlg, BTreeMap<Target, Finding>>,
    /// The AES key-wrap numbers, by kind of key.
    pub aes_wrap: BTreeMap<AesWrap, BTreeMap<Target, Finding>>,
    /// How a known AES key gets in, and what was tried.
    pub known_aes: KnownAes,
    /// Whether `CKA_CHECK_VALUE` of a known key is what it should be.
    pub check_value: Finding,
    /// `C_DigestKey` with SHA-256 of a known key.
    pub digest_key: Finding,
    /// AES-GCM against a known answer.
    pub aes_gcm: Finding,
    /// AES-CMAC against a known answer.
    pub aes_cmac: Finding,
    /// HMAC-SHA-256 with generic secret keys of several lengths against a known answer.
    pub hmac: Finding,
    /// `Unsafe` when a non-extractable key could be wrapped.
    pub non_extractable: Finding,
}

/// The findings of one mechanism, by kind of key.
pub type Cells = BTreeMap<Target, Finding>;

impl Finding {
    /// The standard was met, with nothing to add.
    #[must_use]
    pub fn conformant() -> Self {
        Self { verdict: Verdict::Conformant, detail: None }
    }

    /// A verdict and what it rests on.
    #[must_use]
    pub fn new(verdict: Verdict, detail: impl Into<String>) -> Self {
        Self { verdict, detail: Some(detail.into()) }
    }

    /// Whether the standard was met.
    #[must_use]
    pub fn is_conformant(&self) -> bool {
        self.verdict == Verdict::Conformant
    }

    /// What comes out is the right key, in a form that is taken at least by most.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        matches!(self.verdict, Verdict::Conformant | Verdict::ShortScalar)
    }
}

impl Capabilities {
    /// What is known of direct OAEP with this hash of a key of this kind; `None` when nothing is.
    #[must_use]
    pub fn oaep_of(&self, hash: HashAlg, target: Target) -> Option<&Finding> {
        combined(&self.oaep, hash, target)
    }

    /// What is known of `CKM_RSA_AES_KEY_WRAP` with this hash of a key of this kind; `None` when nothing is.
    #[must_use]
    pub fn native_of(&self, hash: HashAlg, target: Target) -> Option<&Finding> {
        combined(&self.native, hash, target)
    }

    /// What is known of an AES key-wrap number with a key of this kind; `None` when nothing is.
    #[must_use]
    pub fn aes_wrap_of(&self, number: AesWrap, target: Target) -> Option<&Finding> {
        self.aes_wrap.get(&number)?.get(&target)
    }

    /// Whether EC private keys come out of some mechanism without the zeros that their scalars begin with.
    #[must_use]
    pub fn has_short_scalars(&self) -> bool {
        let cells = self.native.values().chain(self.aes_wrap.values()).filter_map(|row| row.get(&Target::EcP521));
        cells.into_iter().any(|finding| finding.verdict == Verdict::ShortScalar)
    }

    /// A finding that makes the whole token unusable: a key that must not leave it did.
    #[must_use]
    pub fn unsafe_finding(&self) -> Option<&Finding> {
        let cells =
            self.oaep.values().chain(self.native.values()).chain(self.aes_wrap.values()).flat_map(Cells::values);
        std::iter::once(&self.non_extractable).chain(cells).find(|finding| finding.verdict == Verdict::Unsafe)
    }
}

/// The cell itself where it was probed. Every hash is probed with a 32-byte key and every kind of key with one hash;
/// the hash does not depend on the kind of key, so a cell in between is as good as the worse of the two.
fn combined(table: &BTreeMap<HashAlg, Cells>, hash: HashAlg, target: Target) -> Option<&Finding> {
    let row = table.get(&hash)?;
    if let Some(finding) = row.get(&target) {
        return Some(finding);
    }
    let of_hash = row.get(&Target::Secret32)?;
    if !of_hash.is_conformant() {
        return Some(of_hash);
    }
    // A hash that does not work at all says nothing about the kind of key.
    let working = table.values().filter(|row| row.get(&Target::Secret32).is_some_and(Finding::is_conformant));
    working.filter_map(|row| row.get(&target)).max_by_key(|finding| finding.verdict)
}

impl Verdict {
    /// `conformant`, `zero-padded` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::ShortScalar => "short-scalar",
            Self::Unsupported => "unsupported",
            Self::ZeroPadded => "zero-padded",
            Self::WrongHash => "wrong-hash",
            Self::WrongFormat => "wrong-format",
            Self::RawScalar => "raw-scalar",
            Self::Unsafe => "unsafe",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Finding {
    /// `unsupported (C_WrapKey: CKR_ARGUMENTS_BAD)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{} ({detail})", self.verdict),
            None => write!(f, "{}", self.verdict),
        }
    }
}

impl AesWrap {
    /// Every number, in the order of the probe.
    pub const ALL: [Self; 3] = [Self::Kw, Self::Pad, Self::Kwp];
    /// The numbers behind which RFC 5649 may stand, the one that is named so first.
    pub const PADDED: [Self; 2] = [Self::Kwp, Self::Pad];

    /// Name and number: `AES_KEY_WRAP_PAD (0x210A)`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kw => "AES_KEY_WRAP (0x2109)",
            Self::Pad => "AES_KEY_WRAP_PAD (0x210A)",
            Self::Kwp => "AES_KEY_WRAP_KWP (0x210B)",
        }
    }
}

impl fmt::Display for AesWrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Target {
    /// `a 32-byte secret key`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret16 => "a 16-byte secret key",
            Self::Secret28 => "a 28-byte secret key",
            Self::Secret32 => "a 32-byte secret key",
            Self::Secret33 => "a 33-byte secret key",
            Self::Secret64 => "a 64-byte secret key",
            Self::EcP256 => "a P-256 private key",
            Self::EcP521 => "a P-521 private key",
            Self::Rsa2048 => "an RSA-2048 private key",
            Self::Ed25519 => "an Ed25519 private key",
        })
    }
}

impl Target {
    /// Every kind, in the order of the probe.
    pub const ALL: [Self; 9] = [
        Self::Secret16,
        Self::Secret28,
        Self::Secret32,
        Self::Secret33,
        Self::Secret64,
        Self::EcP256,
        Self::EcP521,
        Self::Rsa2048,
        Self::Ed25519,
    ];

    /// The probed kinds that must all be conformant before a key of this type may use a mechanism.
    ///
    /// A token that pads a P-521 key pads a P-384 key too, even where its length happens to fit: on such a token
    /// every private key counts as padded.
    #[must_use]
    pub fn proof_for(spec: KeySpec) -> &'static [Self] {
        match spec {
            KeySpec::Aes(AesBits::B128) => &[Self::Secret16],
            KeySpec::Aes(AesBits::B192) => &[Self::Secret16, Self::Secret32],
            KeySpec::Aes(AesBits::B256) | KeySpec::Hmac(HashAlg::Sha256) => &[Self::Secret32],
            KeySpec::Hmac(HashAlg::Sha1) => &[Self::Secret28, Self::Secret33],
            KeySpec::Hmac(HashAlg::Sha224) => &[Self::Secret28],
            KeySpec::Hmac(HashAlg::Sha384) => &[Self::Secret32, Self::Secret64],
            KeySpec::Hmac(HashAlg::Sha512) => &[Self::Secret64],
            KeySpec::Ec(Curve::P256 | Curve::Secp256k1 | Curve::P384 | Curve::P521) => &[Self::EcP256, Self::EcP521],
            KeySpec::Ed25519 => &[Self::Ed25519],
            KeySpec::Rsa(_) => &[Self::Rsa2048, Self::EcP256, Self::EcP521],
        }
    }

    /// The same for RSAES-OAEP of the key itself; empty when a key of this type does not fit into one block.
    ///
    /// P-256 stands for every curve here: a P-521 key does not fit under the probe's RSA-2048 key on every token.
    #[must_use]
    pub fn oaep_proof_for(spec: KeySpec) -> &'static [Self] {
        match spec {
            KeySpec::Aes(_) | KeySpec::Hmac(_) => Self::proof_for(spec),
            KeySpec::Ec(_) => &[Self::EcP256],
            KeySpec::Ed25519 => &[Self::Ed25519],
            KeySpec::Rsa(_) => &[],
        }
    }

    /// The length of a secret key of this kind, in bytes; `None` for private keys.
    #[must_use]
    pub fn secret_bytes(self) -> Option<usize> {
        match self {
            Self::Secret16 => Some(16),
            Self::Secret28 => Some(28),
            Self::Secret32 => Some(32),
            Self::Secret33 => Some(33),
            Self::Secret64 => Some(64),
            Self::EcP256 | Self::EcP521 | Self::Rsa2048 | Self::Ed25519 => None,
        }
    }
}
