//! What a provider hands out, and how it takes a key of some type: the same for a key in a token and for one in a file.

use jiff::Timestamp;

use super::authenticate::{AuthenticatedBy, check_pin};
use super::check::CheckError;
use crate::format::lint::Severity;
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};
use crate::manifest::digest::sha256_hex;
use crate::provider::agreement::of_numbers;
use crate::provider::{Challenge, Destination, DestinationRequest, Handout, Options, Provider, accept_for, methods};

/// What the provider handed out, read and pinned.
#[derive(Debug)]
pub struct Received {
    /// What it says.
    pub challenge: Challenge,
    /// SPKI SHA-256 of the wrapping key.
    pub wrapping_key_sha256: String,
    /// How the wrapping key is authenticated so far.
    pub authenticated_by: AuthenticatedBy,
}

/// What was typed about how a key is wrapped.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'a> {
    /// `--method`
    pub method: Option<&'a str>,
    /// `--algorithm`
    pub algorithm: Option<&'a str>,
}

/// How the provider takes a key.
#[derive(Debug)]
pub struct Agreed {
    /// The provider's algorithm.
    pub algorithm: &'static str,
    /// Methods to choose from.
    pub methods: Vec<WrapMethod>,
    /// Where the key goes on the provider's side.
    pub destination: Destination,
}

/// Reads what the provider handed out, and checks that it is good now and the one that was pinned.
///
/// # Errors
/// The first thing that speaks against it.
pub fn receive(
    provider: &'static Provider,
    handout: &Handout,
    options: &Options,
    pin: Option<&str>,
    now: Timestamp,
) -> Result<Received, CheckError> {
    provider.check_options(handout, options)?;
    let challenge = (provider.read_challenge)(handout)?;
    if let Some(broken) = of_numbers(&challenge).into_iter().find(|found| found.rule.severity == Severity::Error) {
        return Err(CheckError::BrokenWrappingKey(broken));
    }
    let wrapping_key_sha256 = sha256_hex(&challenge.spki);
    let authenticated_by = match pin {
        None => AuthenticatedBy::None,
        Some(pin) => check_pin(pin, &wrapping_key_sha256).map(|()| AuthenticatedBy::Pinned)?,
    };
    check_validity(&challenge, now)?;
    Ok(Received { challenge, wrapping_key_sha256, authenticated_by })
}

/// Finds out how the provider takes a key of this type and purpose.
///
/// # Errors
/// The first thing that speaks against it.
pub fn agree(
    provider: &'static Provider,
    (spec, purpose): (KeySpec, Purpose),
    typed: Typed<'_>,
    destination: &DestinationRequest<'_>,
) -> Result<Agreed, CheckError> {
    let accept = accept_for(provider, spec, purpose)?;
    let algorithm = accept.algorithm(typed.algorithm)?;
    let methods = methods::choose(provider, accept, typed.method, destination.challenge)?;
    let destination = (provider.destination)(destination)?;
    Ok(Agreed { algorithm, methods, destination })
}

/// Whether what the provider handed out is good now.
///
/// # Errors
/// [`CheckError::Expired`], [`CheckError::NotYet`].
pub fn check_validity(challenge: &Challenge, now: Timestamp) -> Result<(), CheckError> {
    if let Some(end) = challenge.expires_at.filter(|end| *end <= now) {
        return Err(CheckError::Expired(end));
    }
    challenge.not_before.filter(|start| *start > now).map_or(Ok(()), |start| Err(CheckError::NotYet(start)))
}
