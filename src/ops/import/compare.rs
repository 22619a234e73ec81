//! Whether the key in the token is the key that was put in: `CKR_OK` proves nothing, and the public object of a pair is
//! this program's own. The private half is asked to do what its purpose allows, and software checks the outcome with the
//! public half; a secret key answers, and software answers the same with the key at hand.

use zeroize::Zeroizing;

use super::signature;
use crate::format::spki::{PublicKey, PublicKind};
use crate::hsm::request::{Handle, SecretRequest, WrapMechanism};
use crate::hsm::{Token, TokenError};
use crate::key::proof::ContentProof;
use crate::key::spec::{HashAlg, KeySpec, Purpose};
use crate::key::template::Usage;
use crate::key::version::KeyVersionId;
use crate::ops::answer::{Answer, has_check_value, has_fingerprint};
use crate::ops::birth::{NoRandom, Plan, Reading};
use crate::ops::custody::{fingerprint_input, said};
use crate::ops::object::Made;
use crate::ops::wrap::execute::mechanism;
use crate::ops::wrap::execute::objects::{SessionObjects, ephemeral_request};
use crate::wrap::capability::{AesWrap, Capabilities, Finding, Target};
use crate::wrap::known_answer::zero_block;
use crate::wrap::scrub::scrubbed;
use crate::wrap::software::{OaepKey, kw_wrap, kwp_wrap, oaep_encrypt};

/// OAEP hashes in the order in which they are tried.
const HASHES: [HashAlg; 5] = [HashAlg::Sha256, HashAlg::Sha1, HashAlg::Sha384, HashAlg::Sha512, HashAlg::Sha224];

/// Why a key in the token is not taken for the one that was put in.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It is another one.
    #[error("the token holds another key than the one that was put in: its {0} differs")]
    Differs(ContentProof),
    /// The token refused every question by which that would show.
    #[error("the token answers nothing by which the key could be recognised")]
    Silent,
    /// No random bytes for a question.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// The key to recognise.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) token: &'a dyn Token,
    pub(super) handle: Handle,
    pub(super) id: &'a KeyVersionId,
    pub(super) spec: KeySpec,
    pub(super) purpose: Purpose,
    pub(super) can: &'a Capabilities,
}

impl<'a> Subject<'a> {
    pub(super) fn of(token: &'a dyn Token, made: Made, plan: &'a Plan, can: &'a Capabilities) -> Self {
        let Plan { id, spec, purpose, .. } = plan;
        Self { token, handle: made.key(), id, spec: *spec, purpose: *purpose, can }
    }
}

impl Subject<'_> {
    /// Whether the private half belongs to this public half.
    pub(super) fn is_half_of(&self, public: &PublicKey) -> Result<Vec<ContentProof>, CompareError> {
        let question = random(32)?;
        let answer = match (self.purpose, public.kind()) {
            (Purpose::Sign, _) => said(signature::fits(self.token, self.handle, public, &question))?,
            (Purpose::Encrypt, PublicKind::Rsa { modulus, exponent }) => {
                first_hash(|hash| self.decrypts(OaepKey { modulus, exponent }, hash, &question))?
            }
            (Purpose::Wrap, PublicKind::Rsa { modulus, exponent }) => first_hash(|hash| {
                let blob = oaep_encrypt(OaepKey { modulus, exponent }, hash, &question).unwrap_or_default();
                self.unwraps(WrapMechanism::RsaOaep(hash), &blob, &question)
            })?,
            _ => None,
        };
        match answer {
            Some(true) => Ok(vec![ContentProof::PublicKey]),
            Some(false) => Err(CompareError::Differs(ContentProof::PublicKey)),
            None => Err(CompareError::Silent),
        }
    }

    fn decrypts(&self, key: OaepKey<'_>, hash: HashAlg, question: &[u8]) -> Result<Option<bool>, TokenError> {
        let Ok(blob) = oaep_encrypt(key, hash, question) else { return Ok(None) };
        let answer = said(self.token.decrypt_oaep(hash, self.handle, &blob))?;
        Ok(answer.map(|answer| answer.as_slice() == question))
    }

    /// Unwraps a throw-away AES key with the key, and looks at what that encrypts.
    fn unwraps(&self, by: WrapMechanism, blob: &[u8], throw_away: &[u8]) -> Result<Option<bool>, TokenError> {
        let mut objects = SessionObjects::new(self.token);
        let request: SecretRequest = ephemeral_request(false, Usage::Encrypt);
        let Some(handle) = said(self.token.unwrap(by, self.handle, blob, &request))? else { return Ok(None) };
        objects.keep(handle);
        let answer = said(self.token.encrypt_zero_block(handle))?;
        objects.destroy_all()?;
        Ok(answer.map(|answer| zero_block(throw_away).is_some_and(|block| block == answer)))
    }

    /// Whether the secret key is this one. What the token said of it before is compared, too.
    pub(super) fn is(&self, key: &[u8], reading: &Reading) -> Result<Vec<ContentProof>, CompareError> {
        let answer = Answer::ask(self.token, self.handle, (self.spec, self.purpose), self.can)?;
        let unwrapped = match self.purpose {
            Purpose::Wrap => self.unwraps_under(key)?,
            _ => None,
        };
        scrubbed(|| {
            let fingerprint = reading
                .fingerprint
                .as_ref()
                .map(|it| has_fingerprint(key, self.spec, &fingerprint_input(self.spec, self.id), &it.value));
            let known_answer = unwrapped.or_else(|| answer.as_ref().map(|answer| answer.is_of(key)));
            let check = reading.check.as_ref().map(|check| has_check_value(key, check));
            let rows = [
                (ContentProof::Fingerprint, fingerprint),
                (ContentProof::KnownAnswer, known_answer),
                (ContentProof::CheckValue, check),
            ];
            if let Some((by, _)) = rows.iter().find(|(_, outcome)| *outcome == Some(false)) {
                return Err(CompareError::Differs(*by));
            }
            let proof: Vec<_> = rows.into_iter().filter(|(_, outcome)| outcome.is_some()).map(|(by, _)| by).collect();
            if proof.is_empty() { Err(CompareError::Silent) } else { Ok(proof) }
        })
    }

    /// A throw-away key, wrapped in software under the key, comes out right in the token.
    fn unwraps_under(&self, key: &[u8]) -> Result<Option<bool>, CompareError> {
        let throw_away = random(32)?;
        for number in [AesWrap::Kwp, AesWrap::Pad, AesWrap::Kw] {
            if !self.can.aes_wrap_of(number, Target::Secret32).is_some_and(Finding::is_conformant) {
                continue;
            }
            let wrap = if number == AesWrap::Kw { kw_wrap } else { kwp_wrap };
            let Ok(blob) = scrubbed(|| wrap(key, &throw_away)) else { continue };
            if let Some(answer) = self.unwraps(mechanism(number), &blob, &throw_away)? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}

/// The answer with the first hash that the token takes.
fn first_hash(ask: impl Fn(HashAlg) -> Result<Option<bool>, TokenError>) -> Result<Option<bool>, TokenError> {
    for hash in HASHES {
        if let Some(answer) = ask(hash)? {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

fn random(length: usize) -> Result<Zeroizing<Vec<u8>>, NoRandom> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    getrandom::fill(&mut bytes).map_err(|_| NoRandom)?;
    Ok(bytes)
}
