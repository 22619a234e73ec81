//! Known answers of everything that is not a wrap: check value, digest, AES-GCM, CMAC, HMAC.

use aes_gcm::aead::{Aead, KeyInit};

use super::bench::ask;
use super::content::{self, MESSAGE};
use super::lab::Lab;
use crate::hsm::TokenError;
use crate::hsm::request::{Handle, SignMechanism};
use crate::key::spec::HashAlg;
use crate::wrap::capability::{Finding, Target, Verdict};
use crate::wrap::known_answer;

/// The nonce for AES-GCM. The key is used once.
const NONCE: [u8; 12] = *b"byok-probe-1";

/// What was found about the services.
pub(super) struct Services {
    pub(super) check_value: Finding,
    pub(super) digest_key: Finding,
    pub(super) aes_gcm: Finding,
    pub(super) aes_cmac: Finding,
    pub(super) hmac: Finding,
}

/// A key of known value, for as long as the questions take.
type Known<'a> = Option<(Handle, &'a [u8])>;

/// Asks all questions. `value` gives a target's value where it is known.
pub(super) fn probe<'v>(lab: &Lab<'_>, value: impl Fn(Target) -> Option<&'v [u8]>) -> Result<Services, TokenError> {
    let known = |target: Target| -> Known<'v> {
        let key = lab.targets.get(&target)?.as_ref().ok()?;
        Some((key.handle, value(target)?))
    };
    let (aes256, aes128) = (known(Target::Secret32), known(Target::Secret16));
    Ok(Services {
        check_value: check_value(lab, aes256)?,
        digest_key: compare(
            lab,
            aes256,
            |key| lab.bench.token.digest_key(key),
            |value| Some(known_answer::digest(value)),
        )?,
        aes_gcm: compare(lab, aes256, |key| lab.bench.token.encrypt_gcm(key, &NONCE, MESSAGE), gcm)?,
        aes_cmac: compare(
            lab,
            aes128,
            |key| lab.bench.token.sign(SignMechanism::AesCmac, key, MESSAGE),
            content::cmac,
        )?,
        hmac: hmac(lab, known(Target::Secret28), &[known(Target::Secret33), known(Target::Secret64)])?,
    })
}

fn compare(
    lab: &Lab<'_>,
    key: Known<'_>,
    ask_token: impl FnOnce(Handle) -> Result<Vec<u8>, TokenError>,
    software: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Result<Finding, TokenError> {
    let Some((handle, value)) = key else { return Ok(unknown()) };
    lab.count();
    Ok(match ask(ask_token(handle))? {
        Ok(answer) if software(value).as_ref() == Some(&answer) => Finding::conformant(),
        Ok(_) => Finding::new(Verdict::WrongFormat, "not the answer that the key gives in software"),
        Err(finding) => finding,
    })
}

/// The key was put in without a check value, so a token that echoes the template has none or a wrong one.
fn check_value(lab: &Lab<'_>, key: Known<'_>) -> Result<Finding, TokenError> {
    let Some((handle, value)) = key else { return Ok(unknown()) };
    lab.count();
    let right = known_answer::zero_block(value);
    Ok(match ask(lab.bench.token.check_value(handle))? {
        Ok(None) => Finding::new(Verdict::Unsupported, "absent"),
        Ok(Some(answer)) if answer.is_empty() => Finding::new(Verdict::Unsupported, "empty"),
        Ok(Some(answer)) if answer.len() == 3 && right.is_some_and(|block| block.starts_with(&answer)) => {
            Finding::conformant()
        }
        Ok(Some(_)) => Finding::new(Verdict::WrongFormat, "not the first 3 bytes of one encrypted zero block"),
        Err(finding) => finding,
    })
}

/// HMAC keys come in odd lengths. Keys shorter than the hash are judged apart: RFC 2104 section 3 discourages them, and
/// tokens that refuse only those are conformant, with a note.
fn hmac(lab: &Lab<'_>, short: Known<'_>, others: &[Known<'_>]) -> Result<Finding, TokenError> {
    let check = |key| {
        let sign = |handle| lab.bench.token.sign(SignMechanism::Hmac(HashAlg::Sha256), handle, MESSAGE);
        compare(lab, key, sign, content::hmac_sha256)
    };
    for key in others {
        let finding = check(*key)?;
        if !finding.is_conformant() {
            return Ok(finding);
        }
    }
    let finding = check(short)?;
    Ok(match finding.verdict {
        Verdict::Unsupported => {
            let note = finding.detail.map(|detail| format!("not with 28-byte keys: {detail}"));
            Finding { detail: note, ..Finding::conformant() }
        }
        _ => finding,
    })
}

/// AES-256-GCM (NIST SP 800-38D): ciphertext then tag.
fn gcm(value: &[u8]) -> Option<Vec<u8>> {
    aes_gcm::Aes256Gcm::new_from_slice(value).ok()?.encrypt(&NONCE.into(), MESSAGE).ok()
}

fn unknown() -> Finding {
    Finding::new(Verdict::Unsupported, "no key of known value can be had")
}
