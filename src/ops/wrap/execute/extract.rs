//! Getting a key out of the token in a form that this process, and nobody else, can open.

use rsa::RsaPrivateKey;
use zeroize::Zeroizing;

use super::objects::SessionObjects;
use super::{ExecuteError, NotTheKey, mechanism};
use crate::hsm::request::{Handle, RsaPublicKey, WrapMechanism};
use crate::key::method::WrapMethod;
use crate::key::spec::{HashAlg, KeySpec};
use crate::key::template::Usage;
use crate::wrap::capability::AesWrap;
use crate::wrap::envelope::open;
use crate::wrap::extraction::Extraction;
use crate::wrap::software::{SoftwareError, kw_unwrap, kwp_unwrap};
use crate::wrap::throw_away::{numbers, rsa_key};

/// A key as the token gave it out, and what opens it.
pub(in crate::ops) struct Sealed {
    blob: Zeroizing<Vec<u8>>,
    opener: Opener,
}

enum Opener {
    Aes { aes_wrap: AesWrap, key: Zeroizing<Vec<u8>> },
    Oaep { hash: HashAlg, key: RsaPrivateKey },
    RsaAes { hash: HashAlg, key: RsaPrivateKey },
}

impl Sealed {
    /// The token's part. The plaintext is nowhere yet.
    pub(in crate::ops) fn take(
        objects: &mut SessionObjects<'_>,
        extraction: Extraction,
        (handle, spec): (Handle, KeySpec),
    ) -> Result<Self, ExecuteError> {
        Ok(match extraction {
            Extraction::HostAes { aes_wrap, entry } => {
                let (wrapping, key) = objects.put_ephemeral(entry, Usage::Wrap)?;
                let blob = objects.token.wrap(mechanism(aes_wrap), wrapping, handle)?;
                Self { blob, opener: Opener::Aes { aes_wrap, key } }
            }
            Extraction::ThrowAwayOaep { hash } => {
                let (key, blob) = under_throw_away(objects, WrapMechanism::RsaOaep(hash), hash, (handle, spec))?;
                Self { blob, opener: Opener::Oaep { hash, key } }
            }
            Extraction::ThrowAwayRsaAes { hash } => {
                let (key, blob) = under_throw_away(objects, WrapMechanism::RsaAes(hash), hash, (handle, spec))?;
                Self { blob, opener: Opener::RsaAes { hash, key } }
            }
        })
    }

    /// The plaintext, padding and all.
    pub(in crate::ops) fn open(&self) -> Result<Zeroizing<Vec<u8>>, NotTheKey> {
        let opened = match &self.opener {
            Opener::Aes { aes_wrap, key } => open_aes(*aes_wrap, key, &self.blob),
            Opener::Oaep { hash, key } => open(WrapMethod::RsaOaep(*hash), key, &self.blob),
            Opener::RsaAes { hash, key } => open(WrapMethod::RsaAesKwp(*hash), key, &self.blob),
        };
        opened.map_err(NotTheKey::Sealed)
    }
}

fn under_throw_away(
    objects: &mut SessionObjects<'_>,
    mechanism: WrapMechanism,
    hash: HashAlg,
    (handle, spec): (Handle, KeySpec),
) -> Result<(RsaPrivateKey, Zeroizing<Vec<u8>>), ExecuteError> {
    let key = rsa_key(Extraction::throw_away_bits(spec, hash))?;
    let (modulus, exponent) = numbers(&key.to_public_key());
    let blob = objects.under(&RsaPublicKey { modulus, exponent }, mechanism, handle)?;
    Ok((key, blob))
}

fn open_aes(aes_wrap: AesWrap, key: &[u8], blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, SoftwareError> {
    match aes_wrap {
        AesWrap::Kw => kw_unwrap(key, blob),
        AesWrap::Pad | AesWrap::Kwp => kwp_unwrap(key, blob),
    }
}
