//! What a secret key in a token answers, and whether a key in memory answers the same.

use zeroize::Zeroizing;

use super::custody::said;
use crate::hsm::request::{Handle, SignMechanism};
use crate::hsm::{Token, TokenError};
use crate::key::check_value::{CheckValue, CheckValueMethod};
use crate::key::spec::{HashAlg, KeySpec, Purpose};
use crate::wrap::capability::Capabilities;
use crate::wrap::known_answer::{cmac, digest, hmac, zero_block};

/// What the token is asked to sign.
const MESSAGE: &[u8] = b"byok/v1/known-answer";

/// What the token computed with the key just now.
pub(super) struct Answer {
    question: Question,
    value: Zeroizing<Vec<u8>>,
}

#[derive(Clone, Copy)]
enum Question {
    Cmac,
    Digest,
    Hmac(HashAlg),
    ZeroBlock,
}

impl Answer {
    /// Puts the first question that the key's purpose allows and the token answers; `None` when there is none.
    pub(super) fn ask(
        token: &dyn Token,
        key: Handle,
        (spec, purpose): (KeySpec, Purpose),
        can: &Capabilities,
    ) -> Result<Option<Self>, TokenError> {
        let by_purpose = match (spec, purpose) {
            (KeySpec::Aes(_), Purpose::Encrypt) => Some(Question::ZeroBlock),
            (KeySpec::Aes(_), Purpose::Mac) if can.aes_cmac.is_conformant() => Some(Question::Cmac),
            (KeySpec::Hmac(hash), Purpose::Mac) if can.hmac.is_conformant() => Some(Question::Hmac(hash)),
            _ => None,
        };
        let digest = can.digest_key.is_conformant().then_some(Question::Digest);
        for question in by_purpose.into_iter().chain(digest) {
            if let Some(value) = said(question.put(token, key))? {
                return Ok(Some(Self { question, value }));
            }
        }
        Ok(None)
    }

    /// Whether this key gives the same answer.
    pub(super) fn is_of(&self, key: &[u8]) -> bool {
        let found = match self.question {
            Question::Cmac => cmac(key, MESSAGE).map(Zeroizing::new),
            Question::Digest => Some(Zeroizing::new(digest(key))),
            Question::Hmac(hash) => hmac(hash, key, MESSAGE).map(Zeroizing::new),
            Question::ZeroBlock => zero_block(key),
        };
        found.as_ref() == Some(&self.value)
    }
}

impl Question {
    fn put(self, token: &dyn Token, key: Handle) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        match self {
            Self::Cmac => token.sign(SignMechanism::AesCmac, key, MESSAGE).map(Zeroizing::new),
            Self::Digest => token.digest_key(key).map(Zeroizing::new),
            Self::Hmac(hash) => token.sign(SignMechanism::Hmac(hash), key, MESSAGE).map(Zeroizing::new),
            Self::ZeroBlock => token.encrypt_zero_block(key),
        }
    }
}

/// Whether a key has a check value.
pub(super) fn has_check_value(key: &[u8], check: &CheckValue) -> bool {
    let found = match check.kcv_method {
        CheckValueMethod::EcbZeroFromToken | CheckValueMethod::EcbZeroOnHost => zero_block(key),
        CheckValueMethod::CmacZero => cmac(key, &[0; 16]).map(Zeroizing::new),
    };
    found.is_some_and(|found| hex::encode(found.as_slice()).starts_with(&check.kcv))
}

/// Whether a key of this type has a fingerprint, lower-case hexadecimal, over this input.
pub(super) fn has_fingerprint(key: &[u8], spec: KeySpec, input: &[u8], value: &str) -> bool {
    let found = match spec {
        KeySpec::Aes(_) => cmac(key, input),
        _ => hmac(HashAlg::Sha256, key, input),
    };
    found.map(hex::encode).as_deref() == Some(value)
}
