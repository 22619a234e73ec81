//! How a key gets out of a token into this process's memory, for the one plan that needs it.
//!
//! What comes out may have zeros after it or be a bare scalar: it is trimmed and proven before anything is done with it.

use super::capability::{AesWrap, Capabilities, Finding, KnownAes, Target, Verdict};
use super::length::{inner, oaep_maximum};
use crate::key::spec::{HashAlg, KeySpec, RsaBits};

/// The way out. Nothing but this process can open what the token answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extraction {
    /// One `C_WrapKey` with this number under an AES-256 key that this host made.
    HostAes {
        /// The number, and with it the format.
        aes_wrap: AesWrap,
        /// How the AES key gets in.
        entry: KnownAes,
    },
    /// One `C_WrapKey` with `CKM_RSA_PKCS_OAEP` under a throw-away key of this process.
    ThrowAwayOaep {
        /// The OAEP hash.
        hash: HashAlg,
    },
    /// One `C_WrapKey` with `CKM_RSA_AES_KEY_WRAP` under a throw-away key of this process.
    ThrowAwayRsaAes {
        /// The OAEP hash.
        hash: HashAlg,
    },
}

impl Extraction {
    /// The best way out for a key of this type that the findings support: the cleanest form, with the strongest hash;
    /// `None` when the key does not come out whole.
    #[must_use]
    pub fn choose(spec: KeySpec, capabilities: &Capabilities) -> Option<Self> {
        by_host_aes(spec, capabilities)
            .or_else(|| by_oaep(spec, capabilities))
            .or_else(|| by_rsa_aes(spec, capabilities))
    }

    /// The size of the throw-away key: what holds the longest encoding of a key of this type.
    #[must_use]
    pub fn throw_away_bits(spec: KeySpec, hash: HashAlg) -> RsaBits {
        let fits = oaep_maximum(256, hash).is_some_and(|maximum| *inner(spec).end() <= maximum);
        if fits { RsaBits::B2048 } else { RsaBits::B3072 }
    }
}

fn by_host_aes(spec: KeySpec, capabilities: &Capabilities) -> Option<Extraction> {
    /// The number that is named after RFC 5649 first; plain AES-KW last.
    const NUMBERS: [AesWrap; 3] = [AesWrap::Kwp, AesWrap::Pad, AesWrap::Kw];
    let entry = capabilities.known_aes;
    if entry == KnownAes::Impossible {
        return None;
    }
    let worst = |number: AesWrap| {
        worst(Target::proof_for(spec), |target| capabilities.aes_wrap_of(number, target)).map(|worst| (worst, number))
    };
    let (_, aes_wrap) = NUMBERS.into_iter().filter_map(worst).min_by_key(|(worst, _)| *worst)?;
    Some(Extraction::HostAes { aes_wrap, entry })
}

fn by_oaep(spec: KeySpec, capabilities: &Capabilities) -> Option<Extraction> {
    let proof = Target::oaep_proof_for(spec);
    let hash = strongest(proof, |hash, target| capabilities.oaep_of(hash, target))?;
    Some(Extraction::ThrowAwayOaep { hash })
}

fn by_rsa_aes(spec: KeySpec, capabilities: &Capabilities) -> Option<Extraction> {
    let hash = strongest(Target::proof_for(spec), |hash, target| capabilities.native_of(hash, target))?;
    Some(Extraction::ThrowAwayRsaAes { hash })
}

/// The cleanest hash, of several the strongest.
fn strongest<'a>(targets: &[Target], finding: impl Fn(HashAlg, Target) -> Option<&'a Finding>) -> Option<HashAlg> {
    let rated = HashAlg::ALL
        .into_iter()
        .rev()
        .filter_map(|hash| worst(targets, |target| finding(hash, target)).map(|worst| (worst, hash)));
    rated.min_by_key(|(worst, _)| *worst).map(|(_, hash)| hash)
}

/// The worst verdict, when the key comes out whole by every finding: at worst with zeros after it or as a bare scalar.
fn worst<'a>(targets: &[Target], finding: impl Fn(Target) -> Option<&'a Finding>) -> Option<Verdict> {
    use Verdict::{Conformant, RawScalar, ShortScalar, ZeroPadded};
    let whole = |verdict| matches!(verdict, Conformant | ShortScalar | ZeroPadded | RawScalar);
    let verdicts = targets.iter().map(|target| finding(*target).map(|f| f.verdict).filter(|verdict| whole(*verdict)));
    verdicts.collect::<Option<Vec<_>>>()?.into_iter().max()
}
