//! How a key that the host knows gets into the token.

use spki::DecodePublicKey;
use zeroize::Zeroizing;

use super::ProbeError;
use super::bench::{Asked, Bench, ask};
use crate::hsm::TokenError;
use crate::hsm::request::{Handle, SecretKind, WrapMechanism};
use crate::key::spec::{HashAlg, KeySpec, RsaBits};
use crate::key::template::Usage;
use crate::wrap::capability::{Finding, KnownAes};
use crate::wrap::software::{OaepKey, oaep_encrypt};
use crate::wrap::throw_away::numbers;

/// The length of the known AES key, in bytes.
pub(super) const KEK_BYTES: usize = 32;

/// The way in that works, if any.
pub(super) enum Entry {
    /// `C_CreateObject`.
    Create,
    /// `C_UnwrapKey` under this pair of the token.
    Unwrap { private: Handle, public: rsa::RsaPublicKey, hash: HashAlg },
    /// None.
    Closed,
}

/// An AES-256 key that wraps in the token and is known here.
pub(super) struct KnownKek {
    pub(super) handle: Handle,
    pub(super) value: Zeroizing<Vec<u8>>,
}

impl Entry {
    /// Tries the ways in with an AES-256 wrapping key.
    pub(super) fn find(bench: &Bench<'_>) -> Result<(Self, Option<KnownKek>), ProbeError> {
        let mut value = Zeroizing::new(vec![0; KEK_BYTES]);
        getrandom::fill(&mut value).map_err(|_| ProbeError::Random)?;
        let (kind, usages) = (SecretKind::Aes(KEK_BYTES), [Usage::Wrap]);
        if let Ok(handle) = bench.put_secret(&value, kind, &usages, false)? {
            return Ok((Self::Create, Some(KnownKek { handle, value })));
        }
        let Some((private, public)) = unwrapping_pair(bench)? else { return Ok((Self::Closed, None)) };
        for hash in [HashAlg::Sha256, HashAlg::Sha1, HashAlg::Sha512, HashAlg::Sha384, HashAlg::Sha224] {
            let entry = Self::Unwrap { private, public: public.clone(), hash };
            if let Some(Ok(handle)) = entry.put(bench, &value, kind, &usages, false)? {
                return Ok((entry, Some(KnownKek { handle, value })));
            }
        }
        Ok((Self::Closed, None))
    }

    /// Puts a known secret key in; `None` when there is no way in.
    pub(super) fn put(
        &self,
        bench: &Bench<'_>,
        value: &[u8],
        kind: SecretKind,
        usages: &[Usage],
        extractable: bool,
    ) -> Result<Option<Result<Handle, Finding>>, ProbeError> {
        match self {
            Self::Closed => Ok(None),
            Self::Create => Ok(Some(bench.put_secret(value, kind, usages, extractable)?)),
            Self::Unwrap { private, public, hash } => {
                let (modulus, exponent) = numbers(public);
                let key = OaepKey { modulus: &modulus, exponent: &exponent };
                let blob = oaep_encrypt(key, *hash, value)?;
                let by = (WrapMechanism::RsaOaep(*hash), *private);
                Ok(Some(bench.unwrap_secret(by, &blob, (kind, usages), extractable)?))
            }
        }
    }

    /// As the profile says it.
    pub(super) fn known_aes(&self) -> KnownAes {
        match self {
            Self::Create => KnownAes::CreateObject,
            Self::Unwrap { hash, .. } => KnownAes::UnwrapOnly(*hash),
            Self::Closed => KnownAes::Impossible,
        }
    }
}

fn unwrapping_pair(bench: &Bench<'_>) -> Result<Option<(Handle, rsa::RsaPublicKey)>, TokenError> {
    let spec = KeySpec::Rsa(RsaBits::B2048);
    let Ok(pair) = bench.make_pair(spec, (&[Usage::Unwrap], &[Usage::Wrap]), false)? else { return Ok(None) };
    let spki: Asked<Vec<u8>> = ask(bench.token.public_key(pair.public));
    let public = spki?.ok().and_then(|spki| rsa::RsaPublicKey::from_public_key_der(&spki).ok());
    Ok(public.map(|public| (pair.private, public)))
}
