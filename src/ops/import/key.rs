//! A key that this host holds: of a type that byok keeps, whole, and ready to be put in.

use zeroize::Zeroizing;

use crate::approval::plan;
use crate::format::lint::{self, Finding, Severity};
use crate::format::material::{Material, PrivateKey};
use crate::format::pkcs8::{self, ProofError};
use crate::format::spki::{PublicKey, bit_length};
use crate::key::spec::{ALL, HashAlg, KeySpec};
use crate::key::version::KeyVersionId;
use crate::ops::custody::fingerprint_input;
use crate::wrap::known_answer::{cmac, hmac};
use crate::wrap::scrub::scrubbed;

/// The longest modulus of a type that byok keeps, in bits.
const LONGEST_KEPT: usize = 4096;

/// A key in this process's memory. What it holds is wiped when it is dropped.
#[derive(Debug)]
pub struct KeyInHand {
    /// Its type.
    pub spec: KeySpec,
    /// What is not as it should be, and no reason to refuse it.
    pub warnings: Vec<Finding>,
    pub(super) body: Body,
}

pub(super) enum Body {
    Pair(Box<Pair>),
    Secret(Zeroizing<Vec<u8>>),
}

pub(super) struct Pair {
    /// Its numbers, for tokens that take nothing else.
    pub(super) private: PrivateKey,
    /// Its canonical form.
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    /// The public half that the numbers make.
    pub(super) public: PublicKey,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pair(_) => "Pair",
            Self::Secret(_) => "Secret",
        })
    }
}

/// Why a key is not imported. No variant holds any part of a key.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A public key alone.
    #[error("the file holds {0}, and no private key")]
    Public(String),
    /// Secret bytes do not say what they are for.
    #[error("{bytes} bytes do not say the key's type")]
    TypeNeeded {
        /// How many there are.
        bytes: usize,
        /// What they can be.
        candidates: Vec<KeySpec>,
    },
    /// Another type than was typed.
    #[error("the key is no {asked}: it is {found}")]
    Type {
        /// `--type`.
        asked: KeySpec,
        /// What it is.
        found: String,
    },
    /// A type that byok does not keep.
    #[error("byok keeps no keys of this kind: {0}")]
    Unsupported(String),
    /// What `check` finds wrong with it, errors only.
    #[error("the key is broken")]
    Findings(Vec<Finding>),
    /// Numbers that make no key.
    #[error("the key is broken")]
    Broken(#[source] ProofError),
}

impl KeyInHand {
    /// Takes a key that was read from a file. `asked` is the type that was typed; secret bytes need it, unless their
    /// file says it.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn new(material: Material, asked: Option<KeySpec>) -> Result<Self, InputError> {
        scrubbed(|| Self::checked(material, asked))
    }

    fn checked(material: Material, asked: Option<KeySpec>) -> Result<Self, InputError> {
        // The tests of such long primes take seconds, and nothing comes of them here.
        if let Material::Private(private @ PrivateKey::Rsa(key)) = &material
            && bit_length(&key.modulus) > LONGEST_KEPT
        {
            return Err(InputError::Unsupported(private.description()));
        }
        let findings = lint::of_key(&material);
        match material {
            Material::Public(key) => Err(InputError::Public(format!("a public key ({})", key.description()))),
            Material::Private(PrivateKey::Other(name)) => Err(InputError::Unsupported(name)),
            Material::Private(private) => pair(private, asked, without_errors(findings)?),
            Material::Secret(secret) => {
                let warnings = without_errors(findings)?;
                let spec = secret_spec(secret.value.len(), secret.stated, asked)?;
                Ok(Self { spec, warnings, body: Body::Secret(secret.value) })
            }
        }
    }

    /// What is wrapped of it: raw bytes of a secret key, PKCS#8 DER of a private one.
    #[must_use]
    pub fn encoded(&self) -> &[u8] {
        match &self.body {
            Body::Pair(pair) => &pair.pkcs8,
            Body::Secret(value) => value,
        }
    }

    /// By what a plan recognises it as this key version: the public half of a pair, the fingerprint of a secret key.
    #[must_use]
    pub fn material(&self, id: &KeyVersionId) -> plan::Material {
        match &self.body {
            Body::Pair(pair) => plan::Material::SpkiSha256(pair.public.sha256_hex()),
            Body::Secret(value) => scrubbed(|| {
                let input = fingerprint_input(self.spec, id);
                let (method, mac) = match self.spec {
                    KeySpec::Aes(_) => ("byok-cmac-v1", cmac(value, &input)),
                    _ => ("byok-hmac-v1", hmac(HashAlg::Sha256, value, &input)),
                };
                let value = hex::encode(mac.unwrap_or_default());
                plan::Material::Fingerprint(plan::FingerprintRecord { method: method.to_owned(), value })
            }),
        }
    }

    /// The public half of a pair.
    #[must_use]
    pub fn public(&self) -> Option<&PublicKey> {
        match &self.body {
            Body::Pair(pair) => Some(&pair.public),
            Body::Secret(_) => None,
        }
    }
}

fn pair(private: PrivateKey, asked: Option<KeySpec>, warnings: Vec<Finding>) -> Result<KeyInHand, InputError> {
    let unsupported = || InputError::Unsupported(private.description());
    let public = pkcs8::public_half(&private).map_err(InputError::Broken)?;
    let spec = public.spec().ok_or_else(unsupported)?;
    if let Some(asked) = asked.filter(|asked| *asked != spec) {
        return Err(InputError::Type { asked, found: spec.to_string() });
    }
    let pkcs8 = pkcs8::encode(&private).map_err(InputError::Broken)?;
    Ok(KeyInHand { spec, warnings, body: Body::Pair(Box::new(Pair { private, pkcs8, public })) })
}

/// The warnings, when there is nothing worse.
fn without_errors(findings: Vec<Finding>) -> Result<Vec<Finding>, InputError> {
    let (errors, others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.rule.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(InputError::Findings(errors));
    }
    Ok(others.into_iter().filter(|finding| finding.rule.severity == Severity::Warning).collect())
}

fn secret_spec(bytes: usize, stated: Option<KeySpec>, asked: Option<KeySpec>) -> Result<KeySpec, InputError> {
    let differs = |asked, found: String| Err(InputError::Type { asked, found });
    let spec = match (asked, stated) {
        (Some(asked), Some(stated)) if asked != stated => return differs(asked, stated.to_string()),
        (Some(spec), _) | (None, Some(spec)) => spec,
        (None, None) => {
            let candidates: Vec<_> = ALL.iter().copied().filter(|spec| spec.secret_bytes() == Some(bytes)).collect();
            if candidates.is_empty() {
                return Err(InputError::Unsupported(format!("a secret key of {bytes} bytes")));
            }
            return Err(InputError::TypeNeeded { bytes, candidates });
        }
    };
    if spec.secret_bytes() != Some(bytes) {
        return differs(spec, format!("{bytes} bytes"));
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::material::RsaPrivate;

    /// An even modulus would be a finding: the type was looked up before.
    #[test]
    fn a_modulus_of_no_type_is_refused_before_its_numbers_are_tested() {
        let (modulus, exponent) = (vec![0xfe; 768], vec![1, 0, 1]);
        let key = RsaPrivate { modulus, exponent, private_exponent: Zeroizing::new(vec![3; 768]), factors: None };
        let refused = KeyInHand::new(Material::Private(PrivateKey::Rsa(key)), None);
        assert!(matches!(refused, Err(InputError::Unsupported(found)) if found == "RSA-6144"));
    }
}
