//! By what the key is known: the public half of a pair; length, check value, fingerprint and a fresh answer of a secret
//! key. All of it is at hand before the key is.

use zeroize::Zeroizing;

use super::{ExecuteError, NotTheKey, Subject};
use crate::format::pkcs8::prove;
use crate::format::spki::PublicKey;
use crate::hsm::request::SignMechanism;
use crate::hsm::{Token, TokenError};
use crate::key::check_value::{CheckValue, CheckValueMethod};
use crate::key::proof::ContentProof;
use crate::key::spec::{HashAlg, KeySpec, Purpose};
use crate::ops::custody::{fingerprint_input, said};
use crate::wrap::known_answer::{cmac, digest, hmac, zero_block};

/// What the token is asked to sign.
const MESSAGE: &[u8] = b"byok/v1/known-answer";
/// What padding to eight bytes adds at most.
const MOST_PADDING: usize = 7;

/// The canonical key, and what it was recognised by.
type Recognised = (Zeroizing<Vec<u8>>, Vec<ContentProof>);

/// What the key must be.
pub(super) enum Mark {
    Private(PublicKey),
    Secret(SecretMark),
}

pub(super) struct SecretMark {
    spec: KeySpec,
    length: usize,
    check: Option<CheckValue>,
    /// Input and output.
    fingerprint: Option<(Vec<u8>, String)>,
    answer: Option<Answer>,
}

/// What the token computed with the key just now.
struct Answer {
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

impl Mark {
    /// Reads the manifest and asks the token.
    pub(super) fn of(token: &dyn Token, subject: &Subject<'_>) -> Result<Self, ExecuteError> {
        let predicate = subject.predicate;
        let Some(length) = subject.spec.secret_bytes() else {
            let public = predicate.public.as_ref().ok_or(NotTheKey::Public)?;
            return Ok(Self::Private(PublicKey::from_pem(&public.spki_pem).map_err(|_| NotTheKey::Public)?));
        };
        let fingerprint = predicate.fingerprint.as_ref();
        Ok(Self::Secret(SecretMark {
            spec: subject.spec,
            length,
            check: predicate.check.clone(),
            fingerprint: fingerprint.map(|it| (fingerprint_input(subject.spec, subject.id), it.value.clone())),
            answer: ask(token, subject)?,
        }))
    }

    /// The canonical key, if these bytes are the key with at most some zeros after it.
    pub(super) fn recognise(&self, given: &[u8]) -> Result<Recognised, NotTheKey> {
        match self {
            Self::Private(public) => Ok((prove(public, given)?.der, vec![ContentProof::PublicKey])),
            Self::Secret(mark) => mark.recognise(given),
        }
    }
}

impl SecretMark {
    fn recognise(&self, given: &[u8]) -> Result<Recognised, NotTheKey> {
        let wrong = || NotTheKey::Length { found: given.len(), expected: self.length };
        let (key, rest) = given.split_at_checked(self.length).ok_or_else(wrong)?;
        if rest.len() > MOST_PADDING || rest.iter().any(|byte| *byte != 0) {
            return Err(wrong());
        }
        let comparisons = [
            (ContentProof::Fingerprint, self.fingerprint.as_ref().map(|it| self.has_fingerprint(key, it))),
            (ContentProof::KnownAnswer, self.answer.as_ref().map(|answer| answer.is_of(key))),
            (ContentProof::CheckValue, self.check.as_ref().map(|check| has_check_value(key, check))),
        ];
        let mut proof = Vec::new();
        for (by, outcome) in comparisons {
            match outcome {
                None => {}
                Some(true) => proof.push(by),
                Some(false) => return Err(NotTheKey::Differs(by)),
            }
        }
        Ok((Zeroizing::new(key.to_vec()), proof))
    }

    fn has_fingerprint(&self, key: &[u8], (input, value): &(Vec<u8>, String)) -> bool {
        let found = match self.spec {
            KeySpec::Aes(_) => cmac(key, input),
            _ => hmac(HashAlg::Sha256, key, input),
        };
        found.map(hex::encode).as_ref() == Some(value)
    }
}

fn has_check_value(key: &[u8], check: &CheckValue) -> bool {
    let found = match check.kcv_method {
        CheckValueMethod::EcbZeroFromToken | CheckValueMethod::EcbZeroOnHost => zero_block(key),
        CheckValueMethod::CmacZero => cmac(key, &[0; 16]).map(Zeroizing::new),
    };
    found.is_some_and(|found| hex::encode(found.as_slice()).starts_with(&check.kcv))
}

/// The first question that the key's purpose allows and the token answers; `None` when there is none.
fn ask(token: &dyn Token, subject: &Subject<'_>) -> Result<Option<Answer>, TokenError> {
    let can = subject.capabilities;
    let by_purpose = match (subject.spec, subject.purpose) {
        (KeySpec::Aes(_), Purpose::Encrypt) => Some(Question::ZeroBlock),
        (KeySpec::Aes(_), Purpose::Mac) if can.aes_cmac.is_conformant() => Some(Question::Cmac),
        (KeySpec::Hmac(hash), Purpose::Mac) if can.hmac.is_conformant() => Some(Question::Hmac(hash)),
        _ => None,
    };
    let digest = can.digest_key.is_conformant().then_some(Question::Digest);
    for question in by_purpose.into_iter().chain(digest) {
        if let Some(value) = said(question.put(token, subject))? {
            return Ok(Some(Answer { question, value }));
        }
    }
    Ok(None)
}

impl Question {
    fn put(self, token: &dyn Token, subject: &Subject<'_>) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let key = subject.handle;
        match self {
            Self::Cmac => token.sign(SignMechanism::AesCmac, key, MESSAGE).map(Zeroizing::new),
            Self::Digest => token.digest_key(key).map(Zeroizing::new),
            Self::Hmac(hash) => token.sign(SignMechanism::Hmac(hash), key, MESSAGE).map(Zeroizing::new),
            Self::ZeroBlock => token.encrypt_zero_block(key),
        }
    }
}

impl Answer {
    fn is_of(&self, key: &[u8]) -> bool {
        let found = match self.question {
            Question::Cmac => cmac(key, MESSAGE).map(Zeroizing::new),
            Question::Digest => Some(Zeroizing::new(digest(key))),
            Question::Hmac(hash) => hmac(hash, key, MESSAGE).map(Zeroizing::new),
            Question::ZeroBlock => zero_block(key),
        };
        found.as_ref() == Some(&self.value)
    }
}
