//! What this token can really do, found out by known answers.
//!
//! Throw-away keys are wrapped under a throw-away RSA key whose private half was made in this process, and under an AES
//! key that this process knows; the blobs are opened in software. A mechanism number, a success code and a vendor's
//! name prove nothing. Whatever happens, no object stays behind.

mod bench;
mod blob;
mod content;
mod entry;
#[cfg(test)]
mod fake_token;
mod lab;
mod private_key;
mod services;
mod targets;
#[cfg(test)]
mod tests;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use rsa::RsaPrivateKey;

use super::request::{self, Handle, WrapMechanism};
use super::{Token, TokenError};
use crate::key::spec::RsaBits;
use crate::wrap::capability::{AesWrap, Capabilities, Cells, Finding, Target, Verdict};
use crate::wrap::software::SoftwareError;
use crate::wrap::throw_away::{numbers, rsa_key};
use bench::{Bench, ask};
use entry::{Entry, KnownKek};
use lab::{ByHash, Lab};

/// The size of the throw-away wrapping key: the least that providers use.
const MODULUS: RsaBits = RsaBits::B2048;

/// What the probe learned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProbeReport {
    /// The findings.
    pub capabilities: Capabilities,
    /// Known answers that the token was asked for.
    pub checks: u32,
}

/// Why the probe has no result. A token that refuses something is a finding and no error.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The token or its session is gone.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Software wrapping failed.
    #[error(transparent)]
    Software(#[from] SoftwareError),
    /// The operating system's random generator did not answer.
    #[error("the operating system gave no random bytes")]
    Random,
}

/// Probes a token. Takes a second or less on a software token; makes some 50 objects at most, and destroys them.
///
/// # Errors
/// When the token does not answer any more, or an object could not be destroyed.
pub fn probe(token: &dyn Token) -> Result<ProbeReport, ProbeError> {
    // The slowest part in software runs while the token makes its own keys.
    let key = std::thread::spawn(|| rsa_key(MODULUS));
    run(token, move || key.join().unwrap_or(Err(SoftwareError::KeyGeneration)))
}

fn run(
    token: &dyn Token,
    key: impl FnOnce() -> Result<RsaPrivateKey, SoftwareError>,
) -> Result<ProbeReport, ProbeError> {
    let mut tag = [0; 4];
    getrandom::fill(&mut tag).map_err(|_| ProbeError::Random)?;
    let bench = Bench::new(token, tag);
    let report = examine(&bench, key)?;
    bench.clear()?;
    Ok(report)
}

fn examine(
    bench: &Bench<'_>,
    key: impl FnOnce() -> Result<RsaPrivateKey, SoftwareError>,
) -> Result<ProbeReport, ProbeError> {
    let (entry, kek) = Entry::find(bench)?;
    let targets = targets::make(bench, &entry)?;
    let private = key()?;
    let (modulus, exponent) = numbers(&private.to_public_key());
    let wrapping = bench.put_wrapping_key(&request::RsaPublicKey { modulus, exponent })?;
    let listed = ask(bench.token.mechanisms())?.ok();
    let lab = Lab { bench, private, wrapping, targets, listed, more_scalars: OnceCell::new(), checks: Cell::new(0) };

    let (oaep, native) = (lab.oaep()?, lab.native()?);
    let kek = match kek {
        Some(kek) => Ok(kek),
        None => lab.leaked_kek(&oaep)?,
    };
    let mut aes = BTreeMap::new();
    for number in AesWrap::ALL {
        aes.insert(number, lab.aes(number, &kek)?);
    }
    let mut values = BTreeMap::new();
    for target in [Target::Secret16, Target::Secret28, Target::Secret32, Target::Secret33, Target::Secret64] {
        values.insert(target, lab.value(target, &kek, (&oaep, &aes))?);
    }
    let services = services::probe(&lab, |target| values.get(&target)?.as_deref().map(Vec::as_slice))?;
    let non_extractable = lab.non_extractable(&ways_out(&lab, &kek, (&oaep, &native, &aes)))?;
    let capabilities = Capabilities {
        oaep,
        native,
        aes_wrap: aes,
        known_aes: entry.known_aes(),
        check_value: services.check_value,
        digest_key: services.digest_key,
        aes_gcm: services.aes_gcm,
        aes_cmac: services.aes_cmac,
        hmac: services.hmac,
        non_extractable,
    };
    Ok(ProbeReport { capabilities, checks: lab.checks.get() })
}

/// Every mechanism that let some key out, in whatever form, with the key that wraps in it.
fn ways_out(
    lab: &Lab<'_>,
    kek: &Result<KnownKek, Finding>,
    (oaep, native, aes): (&ByHash, &ByHash, &BTreeMap<AesWrap, Cells>),
) -> Vec<(WrapMechanism, Handle)> {
    let lets_out = |cells: &Cells| cells.values().any(|finding| finding.verdict != Verdict::Unsupported);
    let first = |table: &ByHash| table.iter().find(|(_, cells)| lets_out(cells)).map(|(hash, _)| *hash);
    let rsa = [first(oaep).map(WrapMechanism::RsaOaep), first(native).map(WrapMechanism::RsaAes)];
    let aes = aes.iter().filter(|(_, cells)| lets_out(cells)).map(|(number, _)| lab::mechanism(*number));
    let by_rsa = lab.wrapping.iter().flat_map(|key| rsa.into_iter().flatten().map(|way| (way, *key)));
    let by_aes = kek.iter().flat_map(|kek| aes.clone().map(|way| (way, kek.handle)));
    by_rsa.chain(by_aes).collect()
}
