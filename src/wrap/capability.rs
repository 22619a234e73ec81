//! What a token was found to do, by known answers. The planner believes this and nothing else.

use std::collections::BTreeMap;

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
    /// Not with `C_CreateObject`, but with `C_UnwrapKey` under a pair of the token.
    UnwrapOnly,
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
    /// `Unsafe` when a non-extractable key could be wrapped.
    pub non_extractable: Finding,
}

impl Finding {
    /// Whether the standard was met.
    #[must_use]
    pub fn is_conformant(&self) -> bool {
        self.verdict == Verdict::Conformant
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
}
