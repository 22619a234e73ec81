//! The one table of what a key may do: type x purpose -> PKCS#11 usage attributes.
//!
//! No usage is ever added for the sake of a check value: a key does what its purpose says and nothing else.

use super::spec::{KeySpec, Purpose};

/// A PKCS#11 usage attribute (PKCS#11 v3.1, sections 4.8 to 4.10).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Usage {
    /// `CKA_DECRYPT`
    Decrypt,
    /// `CKA_ENCRYPT`
    Encrypt,
    /// `CKA_SIGN`
    Sign,
    /// `CKA_UNWRAP`
    Unwrap,
    /// `CKA_VERIFY`
    Verify,
    /// `CKA_WRAP`
    Wrap,
}

/// What the halves of a key may do. A secret key has only `private`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Usages {
    /// The secret key, or the private half.
    pub private: &'static [Usage],
    /// The public half; empty for a secret key.
    pub public: &'static [Usage],
}

/// The usages of a key of this type for this purpose; `None` when the type cannot serve the purpose.
#[must_use]
pub fn usages(spec: KeySpec, purpose: Purpose) -> Option<Usages> {
    let (private, public): (&'static [Usage], &'static [Usage]) = match (spec, purpose) {
        (KeySpec::Aes(_), Purpose::Encrypt) => (&[Usage::Encrypt, Usage::Decrypt], &[]),
        (KeySpec::Aes(_), Purpose::Wrap) => (&[Usage::Wrap, Usage::Unwrap], &[]),
        (KeySpec::Aes(_) | KeySpec::Hmac(_), Purpose::Mac) => (&[Usage::Sign, Usage::Verify], &[]),
        (KeySpec::Rsa(_), Purpose::Encrypt) => (&[Usage::Decrypt], &[Usage::Encrypt]),
        (KeySpec::Rsa(_), Purpose::Wrap) => (&[Usage::Unwrap], &[Usage::Wrap]),
        (KeySpec::Ec(_) | KeySpec::Ed25519 | KeySpec::Rsa(_), Purpose::Sign) => (&[Usage::Sign], &[Usage::Verify]),
        _ => return None,
    };
    Some(Usages { private, public })
}

#[cfg(test)]
mod tests {
    use super::super::spec::ALL;
    use super::*;

    #[test]
    fn every_type_serves_its_default_purpose() {
        for spec in ALL {
            assert!(usages(*spec, spec.default_purpose()).is_some(), "{spec}");
        }
    }

    #[test]
    fn no_key_both_encrypts_and_wraps() {
        for spec in ALL {
            for purpose in Purpose::ALL {
                let Some(usages) = usages(*spec, purpose) else { continue };
                let all = [usages.private, usages.public].concat();
                let wraps = all.contains(&Usage::Wrap) || all.contains(&Usage::Unwrap);
                let others = all.iter().any(|u| !matches!(u, Usage::Wrap | Usage::Unwrap));
                assert!(!(wraps && others), "{spec} {purpose}");
            }
        }
    }
}
