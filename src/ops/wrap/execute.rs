//! Carrying out a wrap plan on a token. Every session object that it makes is gone afterwards, on every path.

use zeroize::Zeroizing;

use crate::format::spki::{PublicKey, PublicKind, SpkiError};
use crate::hsm::request::{
    Handle, ObjectAttributes, PairRequest, RsaPublicKey, SecretKind, SecretRequest, WrapMechanism,
};
use crate::hsm::{Token, TokenError};
use crate::key::spec::{HashAlg, KeySpec, RsaBits};
use crate::key::template::Usage;
use crate::wrap::capability::{AesWrap, KnownAes};
use crate::wrap::plan::WrapPlan;
use crate::wrap::software::{self, OaepKey, SoftwareError};

/// The ephemeral AES key of `RSA_AES_KEY_WRAP`, in bytes.
const EPHEMERAL_BYTES: usize = 32;

/// Why a plan was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
    /// OAEP in software failed.
    #[error(transparent)]
    Software(#[from] SoftwareError),
    /// The token's own public key cannot be read.
    #[error("the token's throw-away public key cannot be read")]
    PublicKey(#[from] SpkiError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token cannot take an AES key that this host made; the plan should not have been chosen.
    #[error("this token cannot take an AES key that this host made")]
    NoEntry,
}

/// Wraps `target` under `wrapping_key` as planned. The bytes are what goes to the provider.
///
/// # Errors
/// A token call or a software step that failed; nothing is left in the token.
pub fn execute(
    token: &dyn Token,
    plan: WrapPlan,
    target: Handle,
    wrapping_key: &RsaPublicKey,
) -> Result<Zeroizing<Vec<u8>>, ExecuteError> {
    let mut objects = SessionObjects::new(token);
    let outcome = match plan {
        WrapPlan::NativeRsaAes { hash } => {
            objects.under(wrapping_key, WrapMechanism::RsaAes(hash), target).map_err(Into::into)
        }
        WrapPlan::DirectOaep { hash } => {
            objects.under(wrapping_key, WrapMechanism::RsaOaep(hash), target).map_err(Into::into)
        }
        WrapPlan::TokenKek { hash, aes_wrap } => {
            token_kek(&mut objects, hash, aes_wrap, target, wrapping_key).map_err(Into::into)
        }
        WrapPlan::HostKek { hash, aes_wrap, entry } => {
            host_kek(&mut objects, hash, aes_wrap, entry, target, wrapping_key)
        }
    };
    let cleaned = objects.destroy_all();
    let blob = outcome?;
    cleaned?;
    Ok(blob)
}

/// An ephemeral key made in the token wraps the target and leaves the token under the provider's key.
fn token_kek(
    objects: &mut SessionObjects<'_>,
    hash: HashAlg,
    aes_wrap: AesWrap,
    target: Handle,
    wrapping_key: &RsaPublicKey,
) -> Result<Zeroizing<Vec<u8>>, TokenError> {
    let ephemeral = objects.keep(objects.token.generate_secret(&ephemeral_request(true))?);
    let inner = objects.token.wrap(mechanism(aes_wrap), ephemeral, target)?;
    let outer = objects.under(wrapping_key, WrapMechanism::RsaOaep(hash), ephemeral)?;
    Ok(joined(&outer, &inner))
}

/// An ephemeral key made in this process wraps the target in the token; OAEP of it happens here.
fn host_kek(
    objects: &mut SessionObjects<'_>,
    hash: HashAlg,
    aes_wrap: AesWrap,
    entry: KnownAes,
    target: Handle,
    wrapping_key: &RsaPublicKey,
) -> Result<Zeroizing<Vec<u8>>, ExecuteError> {
    let mut ephemeral = Zeroizing::new([0_u8; EPHEMERAL_BYTES]);
    getrandom::fill(ephemeral.as_mut_slice()).map_err(|_| ExecuteError::Random)?;
    let handle = match entry {
        KnownAes::CreateObject => objects.token.create_secret(ephemeral.as_slice(), &ephemeral_request(false))?,
        KnownAes::UnwrapOnly(hash) => unwrap_into(objects, hash, ephemeral.as_slice())?,
        KnownAes::Impossible => return Err(ExecuteError::NoEntry),
    };
    let handle = objects.keep(handle);
    let inner = objects.token.wrap(mechanism(aes_wrap), handle, target)?;
    let outer = software::oaep_encrypt(oaep_key(wrapping_key), hash, ephemeral.as_slice())?;
    Ok(joined(&outer, &inner))
}

/// For tokens that take secret keys only through `C_UnwrapKey`: under a session pair of the token itself.
fn unwrap_into(objects: &mut SessionObjects<'_>, hash: HashAlg, ephemeral: &[u8]) -> Result<Handle, ExecuteError> {
    let pair = objects.token.generate_pair(&PairRequest {
        object: session_object(false),
        spec: KeySpec::Rsa(RsaBits::B2048),
        private_usages: vec![Usage::Unwrap],
        public_usages: vec![Usage::Wrap],
    })?;
    objects.keep(pair.private);
    objects.keep(pair.public);
    let public = PublicKey::from_der(&objects.token.public_key(pair.public)?)?;
    let PublicKind::Rsa { modulus, exponent } = public.kind() else { return Err(ExecuteError::NoEntry) };
    let blob = software::oaep_encrypt(OaepKey { modulus, exponent }, hash, ephemeral)?;
    Ok(objects.token.unwrap(WrapMechanism::RsaOaep(hash), pair.private, &blob, &ephemeral_request(false))?)
}

fn oaep_key(key: &RsaPublicKey) -> OaepKey<'_> {
    OaepKey { modulus: &key.modulus, exponent: &key.exponent }
}

fn joined(outer: &[u8], inner: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([outer, inner].concat())
}

fn mechanism(aes_wrap: AesWrap) -> WrapMechanism {
    match aes_wrap {
        AesWrap::Kw => WrapMechanism::AesKw,
        AesWrap::Pad => WrapMechanism::AesKwPad,
        AesWrap::Kwp => WrapMechanism::AesKwp,
    }
}

fn ephemeral_request(extractable: bool) -> SecretRequest {
    SecretRequest {
        object: session_object(extractable),
        kind: SecretKind::Aes(EPHEMERAL_BYTES),
        usages: vec![Usage::Wrap],
    }
}

fn session_object(extractable: bool) -> ObjectAttributes {
    ObjectAttributes { label: "byok-ephemeral".to_owned(), id: Vec::new(), token: false, extractable }
}

/// Session objects of one operation, destroyed at its end or, when it is cut short, on drop.
struct SessionObjects<'a> {
    token: &'a dyn Token,
    handles: Vec<Handle>,
}

impl<'a> SessionObjects<'a> {
    fn new(token: &'a dyn Token) -> Self {
        Self { token, handles: Vec::new() }
    }

    fn keep(&mut self, handle: Handle) -> Handle {
        self.handles.push(handle);
        handle
    }

    /// Wraps `target` under an RSA public key that is put in for the purpose.
    fn under(
        &mut self,
        key: &RsaPublicKey,
        mechanism: WrapMechanism,
        target: Handle,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let wrapping = self.token.create_wrapping_key(key)?;
        self.keep(wrapping);
        self.token.wrap(mechanism, wrapping, target)
    }

    /// Destroys them all and reports the first failure.
    fn destroy_all(&mut self) -> Result<(), TokenError> {
        let results: Vec<_> = self.handles.drain(..).map(|handle| self.token.destroy(handle)).collect();
        results.into_iter().collect()
    }
}

impl Drop for SessionObjects<'_> {
    fn drop(&mut self) {
        // Reached with objects only when a step before the end failed; that failure is what gets reported.
        let _ = self.destroy_all();
    }
}
