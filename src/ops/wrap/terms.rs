//! What a provider hands out, and how it takes a key of some type: the same for a key in a token and for one in a file.

use jiff::Timestamp;

use super::authenticate::{AuthenticatedBy, check_pin};
use super::check::CheckError;
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::strength;
use crate::manifest::digest::sha256_hex;
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

/// A wrapping key that is weaker than the key which it carries: who breaks it has the key (SP 800-57 part 1,
/// section 5.6.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Weaker {
    /// The strength of the key, in bits.
    pub key: u32,
    /// The strength of the wrapping key, in bits.
    pub wrapping: u32,
    /// Whether the provider hands out stronger ones.
    pub stronger: bool,
}

/// The strengths of a key and of the wrapping key, in bits, when the wrapping key is the weaker one.
#[must_use]
pub fn weaker_wrapping_key(provider: &Provider, challenge: &Challenge, spec: KeySpec) -> Option<Weaker> {
    let bits = u32::try_from(challenge.bits()).unwrap_or(u32::MAX);
    let (key, wrapping) = (strength::of(spec), strength::of_rsa(bits));
    let stronger = provider.wrapping_sizes.maximum().is_none_or(|most| bits < most);
    (wrapping < key).then_some(Weaker { key, wrapping, stronger })
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
