//! How a key that this host holds gets into the token: the ways in, best first.
//!
//! The probe says which key-wrap numbers keep to their standard. Whether the token also unwraps keys of this type with
//! them only shows when it is asked, so the ways are tried in turn, and the manifest says which one it was.

use super::key::Body;
use crate::hsm::request::{Handle, PairHandles, WrapMechanism};
use crate::hsm::{Token, TokenError};
use crate::key::template::Usage;
use crate::ops::object::{Made, MakeRequest};
use crate::ops::wrap::execute::objects::SessionObjects;
use crate::ops::wrap::execute::{ExecuteError, mechanism};
use crate::wrap::capability::{AesWrap, Capabilities, Finding, KnownAes, Target};
use crate::wrap::scrub::scrubbed;
use crate::wrap::software::{SoftwareError, kw_wrap, kwp_wrap};

/// A way into the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Route {
    /// `C_UnwrapKey` under an AES-256 key of this session that this process made.
    SessionKey { aes_wrap: AesWrap, entry: KnownAes },
    /// `C_UnwrapKey` by OAEP under an RSA pair of this session that the token made; for secret keys.
    SessionPair(WrapMechanism),
    /// `C_CreateObject`.
    Create,
}

impl Route {
    /// As manifests name it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::SessionKey { .. } => "unwrap-under-session-key",
            Self::SessionPair(_) => "unwrap-under-session-pair",
            Self::Create => "create-object",
        }
    }

    /// The mechanism of `C_UnwrapKey`.
    pub(super) fn mechanism(self) -> Option<String> {
        match self {
            Self::SessionKey { aes_wrap, .. } => Some(aes_wrap.to_string()),
            Self::SessionPair(mechanism) => Some(mechanism.to_string()),
            Self::Create => None,
        }
    }
}

/// Why no way leads in.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// The token refused every way; the last one is told.
    #[error("the token takes no such key")]
    Refused(Vec<(&'static str, TokenError)>),
    /// A software step or a session object failed.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl From<SoftwareError> for EnterError {
    fn from(error: SoftwareError) -> Self {
        Self::Execute(error.into())
    }
}

/// The ways that the findings support, best first: nothing that opens the key goes over the interface in the clear, or
/// a key that opens it does, or the key itself.
pub(super) fn routes(body: &Body, can: &Capabilities) -> Vec<Route> {
    let length = match body {
        Body::Pair(pair) => pair.pkcs8.len(),
        Body::Secret(value) => value.len(),
    };
    let keeps_to_it = |number| can.aes_wrap_of(number, Target::Secret32).is_some_and(Finding::is_conformant);
    let padded = AesWrap::PADDED.into_iter();
    // RFC 3394 section 2: whole blocks of 8 bytes, two at least.
    let numbers = padded.chain((length >= 16 && length.is_multiple_of(8)).then_some(AesWrap::Kw));
    let entry = can.known_aes;
    let by_key = numbers.filter(|number| entry != KnownAes::Impossible && keeps_to_it(*number));
    let by_key = by_key.map(|aes_wrap| Route::SessionKey { aes_wrap, entry });
    let by_pair = match (entry, body) {
        (KnownAes::UnwrapOnly(hash), Body::Secret(_)) => Some(Route::SessionPair(WrapMechanism::RsaOaep(hash))),
        _ => None,
    };
    by_key.chain(by_pair).chain([Route::Create]).collect()
}

/// Puts the key in. The public half of a pair comes first: killed in between, recovery finds a public key alone, which
/// is nobody's secret.
pub(super) fn enter(
    token: &dyn Token,
    body: &Body,
    request: &MakeRequest,
    can: &Capabilities,
) -> Result<(Made, Route), EnterError> {
    match (body, request) {
        (Body::Pair(pair), MakeRequest::Pair(wanted)) => {
            let public = token.create_public(&pair.public, wanted).map_err(|error| match error {
                TokenError::Call { .. } => EnterError::Refused(vec![("create-object of the public half", error)]),
                error => EnterError::Token(error),
            })?;
            let entered = by_any(token, body, request, can).inspect_err(|_| {
                // A half that stays is found by its label, and the intent stays open.
                let _ = token.destroy(public);
            });
            entered.map(|(private, route)| (Made::Pair(PairHandles { private, public }), route))
        }
        _ => by_any(token, body, request, can).map(|(key, route)| (Made::Secret(key), route)),
    }
}

fn by_any(
    token: &dyn Token,
    body: &Body,
    request: &MakeRequest,
    can: &Capabilities,
) -> Result<(Handle, Route), EnterError> {
    let mut refusals = Vec::new();
    for route in routes(body, can) {
        let mut objects = SessionObjects::new(token);
        let outcome = by(&mut objects, route, body, request);
        let cleaned = objects.destroy_all();
        match outcome {
            Ok(handle) => {
                cleaned?;
                return Ok((handle, route));
            }
            Err(EnterError::Token(error @ TokenError::Call { .. })) => refusals.push((route.as_str(), error)),
            Err(error) => return Err(error),
        }
    }
    Err(EnterError::Refused(refusals))
}

fn by(
    objects: &mut SessionObjects<'_>,
    route: Route,
    body: &Body,
    request: &MakeRequest,
) -> Result<Handle, EnterError> {
    let token = objects.token;
    let outcome = match (route, body, request) {
        (Route::Create, Body::Pair(pair), MakeRequest::Pair(request)) => token.create_private(&pair.private, request),
        (Route::Create, Body::Secret(value), MakeRequest::Secret(request)) => token.create_secret(value, request),
        (Route::SessionKey { aes_wrap, entry }, body, _) => {
            let (kek, value) = objects.put_ephemeral(entry, Usage::Unwrap).map_err(flat)?;
            let plain = match body {
                Body::Pair(pair) => &pair.pkcs8,
                Body::Secret(value) => value,
            };
            let blob = scrubbed(|| match aes_wrap {
                AesWrap::Kw => kw_wrap(&value, plain),
                AesWrap::Pad | AesWrap::Kwp => kwp_wrap(&value, plain),
            })?;
            unwrap(token, mechanism(aes_wrap), kek, &blob, request)
        }
        (Route::SessionPair(by @ WrapMechanism::RsaOaep(hash)), Body::Secret(value), _) => {
            let (pair, blob) = objects.under_own_pair(hash, value).map_err(flat)?;
            unwrap(token, by, pair, &blob, request)
        }
        _ => Err(TokenError::BadRequest("the key is not of the kind that was asked for")),
    };
    Ok(outcome?)
}

/// A call that was refused is a refusal, wherever it was made.
fn flat(error: ExecuteError) -> EnterError {
    match error {
        ExecuteError::Token(error) => EnterError::Token(error),
        error => EnterError::Execute(error),
    }
}

/// `C_UnwrapKey` into what is asked for.
pub(super) fn unwrap(
    token: &dyn Token,
    by: WrapMechanism,
    unwrapping: Handle,
    blob: &[u8],
    request: &MakeRequest,
) -> Result<Handle, TokenError> {
    match request {
        MakeRequest::Pair(request) => token.unwrap_private(by, unwrapping, blob, request),
        MakeRequest::Secret(request) => token.unwrap(by, unwrapping, blob, request),
    }
}
