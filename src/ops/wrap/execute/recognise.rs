//! By what the key is known: the public half of a pair; length, check value, fingerprint and a fresh answer of a secret
//! key. All of it is at hand before the key is.

use zeroize::Zeroizing;

use super::{ExecuteError, NotTheKey, Public, Subject};
use crate::format::pkcs8::prove;
use crate::format::spki::PublicKey;
use crate::hsm::Token;
use crate::key::check_value::CheckValue;
use crate::key::proof::ContentProof;
use crate::key::spec::KeySpec;
use crate::ops::answer::{Answer, has_check_value, has_fingerprint};
use crate::ops::custody::fingerprint_input;

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

impl Mark {
    /// Takes what is known, and asks the token.
    pub(super) fn of(token: &dyn Token, subject: &Subject<'_>) -> Result<Self, ExecuteError> {
        let likeness = subject.likeness;
        let Some(length) = subject.spec.secret_bytes() else {
            let public = match likeness.public.ok_or(NotTheKey::Public)? {
                Public::Pem(pem) => PublicKey::from_pem(pem),
                Public::Der(der) => PublicKey::from_der(der),
            };
            return Ok(Self::Private(public.map_err(|_| NotTheKey::Public)?));
        };
        let fingerprint = likeness.fingerprint;
        Ok(Self::Secret(SecretMark {
            spec: subject.spec,
            length,
            check: likeness.check.cloned(),
            fingerprint: fingerprint.map(|it| (fingerprint_input(subject.spec, subject.id), it.value.clone())),
            answer: Answer::ask(token, subject.handle, (subject.spec, subject.purpose), subject.capabilities)?,
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
        has_fingerprint(key, self.spec, input, value)
    }
}
