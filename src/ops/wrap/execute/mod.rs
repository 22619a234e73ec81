//! Carrying out a wrap plan on a token. Every session object that it makes is gone afterwards, on every path.

pub(in crate::ops) mod extract;
pub(in crate::ops) mod objects;
mod plaintext;
mod recognise;

use zeroize::Zeroizing;

use crate::format::pkcs8::ProofError;
use crate::format::spki::SpkiError;
use crate::hsm::request::{Handle, RsaPublicKey, WrapMechanism};
use crate::hsm::{Token, TokenError};
use crate::key::check_value::CheckValue;
use crate::key::proof::ContentProof;
use crate::key::spec::{HashAlg, KeySpec, Purpose};
use crate::key::template::Usage;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{Fingerprint, KeyVersionPredicate};
use crate::ops::birth::Reading;
use crate::wrap::capability::{AesWrap, Capabilities, KnownAes};
use crate::wrap::plan::WrapPlan;
use crate::wrap::software::{self, OaepKey, SoftwareError};
use objects::SessionObjects;
use plaintext::Plaintext;

/// The key to wrap: where it is, and by what it is recognised when this host gets to see it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The key version.
    pub id: &'a KeyVersionId,
    /// The secret key or private half in the token.
    pub handle: Handle,
    /// Its type.
    pub spec: KeySpec,
    /// What it may do.
    pub purpose: Purpose,
    /// By what it is known.
    pub likeness: Likeness<'a>,
    /// What the token can do.
    pub capabilities: &'a Capabilities,
}

/// What is known of a key, from its manifest or, before there is one, from the token itself.
#[derive(Clone, Copy, Debug)]
pub struct Likeness<'a> {
    /// The public half of a pair.
    pub public: Option<Public<'a>>,
    /// The check value of a secret key.
    pub check: Option<&'a CheckValue>,
    /// The fingerprint of a secret key.
    pub fingerprint: Option<&'a Fingerprint>,
}

/// A SubjectPublicKeyInfo, as it is at hand.
#[derive(Clone, Copy, Debug)]
pub enum Public<'a> {
    /// In a manifest.
    Pem(&'a str),
    /// From the token.
    Der(&'a [u8]),
}

impl<'a> From<&'a KeyVersionPredicate> for Likeness<'a> {
    fn from(predicate: &'a KeyVersionPredicate) -> Self {
        Self {
            public: predicate.public.as_ref().map(|public| Public::Pem(&public.spki_pem)),
            check: predicate.check.as_ref(),
            fingerprint: predicate.fingerprint.as_ref(),
        }
    }
}

impl<'a> From<&'a Reading> for Likeness<'a> {
    fn from(reading: &'a Reading) -> Self {
        Self {
            public: reading.spki.as_deref().map(Public::Der),
            check: reading.check.as_ref(),
            fingerprint: reading.fingerprint.as_ref(),
        }
    }
}

/// A wrapped key.
#[derive(Debug)]
pub struct Wrapped {
    /// What goes to the provider.
    pub blob: Zeroizing<Vec<u8>>,
    /// By what this host recognised the key inside; empty when it saw nothing of it, or had nothing to compare.
    pub proof: Vec<ContentProof>,
}

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
    /// The wrap was done, and the token keeps what was only for it.
    #[error(transparent)]
    CleanUp(TokenError),
    /// The token cannot take an AES key that this host made; the plan should not have been chosen.
    #[error("this token cannot take an AES key that this host made")]
    NoEntry,
    /// What the token gave out is not the key that it was asked for.
    #[error("what the token gave out is not the key that the manifest describes")]
    NotTheKey(#[from] NotTheKey),
}

impl ExecuteError {
    /// Whether something had come out of the token by then, so that this host may have seen the key.
    #[must_use]
    pub fn came_out(&self) -> bool {
        matches!(self, Self::NotTheKey(_) | Self::Software(_) | Self::Random | Self::CleanUp(_))
    }
}

/// Why what the token gave out is not the key. No variant holds any part of a key.
#[derive(Debug, thiserror::Error)]
pub enum NotTheKey {
    /// It does not open under the key that it was wrapped with.
    #[error("it cannot be opened: {0}")]
    Sealed(SoftwareError),
    /// A private key that is none, or another one.
    #[error(transparent)]
    Private(#[from] ProofError),
    /// The manifest's public half cannot be read.
    #[error("the manifest's public key cannot be read")]
    Public,
    /// A secret key of another length, padding aside.
    #[error("it has {found} bytes; a key of this type has {expected}, and at most seven zeros of padding")]
    Length {
        /// What came out.
        found: usize,
        /// What the type says.
        expected: usize,
    },
    /// A secret key with another check value, fingerprint or answer.
    #[error("its {0} is another")]
    Differs(ContentProof),
}

/// Wraps the key under `wrapping_key` as planned: [`take`], then [`Taken::seal`].
///
/// # Errors
/// A token call or a software step that failed, or bytes that are not the key; nothing is left in the token.
pub fn execute(
    token: &dyn Token,
    plan: WrapPlan,
    subject: &Subject<'_>,
    wrapping_key: &RsaPublicKey,
) -> Result<Wrapped, ExecuteError> {
    take(token, plan, subject, wrapping_key)?.seal(wrapping_key)
}

/// What the token had to do for a wrap. What is missing needs no token: any thread can do it.
pub struct Taken(Rest);

enum Rest {
    /// Nothing: the blob is there.
    Nothing(Zeroizing<Vec<u8>>),
    /// OAEP of the key that this host made for the wrap.
    Oaep { hash: HashAlg, ephemeral: Zeroizing<Vec<u8>>, inner: Zeroizing<Vec<u8>> },
    /// All of the wrap, of a key that this host will see.
    All(Box<Plaintext>),
}

impl std::fmt::Debug for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taken").finish_non_exhaustive()
    }
}

/// The token's part of a wrap.
///
/// # Errors
/// A token call or a software step that failed; nothing is left in the token.
pub fn take(
    token: &dyn Token,
    plan: WrapPlan,
    subject: &Subject<'_>,
    wrapping_key: &RsaPublicKey,
) -> Result<Taken, ExecuteError> {
    let mut objects = SessionObjects::new(token);
    let target = subject.handle;
    let outcome = match plan {
        WrapPlan::NativeRsaAes { hash } => {
            objects.under(wrapping_key, WrapMechanism::RsaAes(hash), target).map(Rest::Nothing).map_err(Into::into)
        }
        WrapPlan::DirectOaep { hash } => {
            objects.under(wrapping_key, WrapMechanism::RsaOaep(hash), target).map(Rest::Nothing).map_err(Into::into)
        }
        WrapPlan::TokenKek { hash, aes_wrap } => {
            token_kek(&mut objects, hash, aes_wrap, target, wrapping_key).map(Rest::Nothing).map_err(Into::into)
        }
        WrapPlan::HostKek { hash, aes_wrap, entry } => host_kek(&mut objects, hash, aes_wrap, entry, target),
        WrapPlan::HostPlaintext { method, extraction } => {
            Plaintext::take(&mut objects, method, extraction, subject).map(|plaintext| Rest::All(Box::new(plaintext)))
        }
    };
    let cleaned = objects.destroy_all();
    let rest = outcome?;
    cleaned.map_err(ExecuteError::CleanUp)?;
    Ok(Taken(rest))
}

impl Taken {
    /// The rest of the wrap, in software.
    ///
    /// # Errors
    /// A software step that failed, or bytes that are not the key.
    pub fn seal(self, wrapping_key: &RsaPublicKey) -> Result<Wrapped, ExecuteError> {
        match self.0 {
            Rest::Nothing(blob) => Ok(unseen(blob)),
            Rest::Oaep { hash, ephemeral, inner } => {
                let outer = software::oaep_encrypt(oaep_key(wrapping_key), hash, &ephemeral)?;
                Ok(unseen(joined(&outer, &inner)))
            }
            Rest::All(plaintext) => plaintext.wrap(wrapping_key),
        }
    }
}

/// A blob whose inside this host did not see.
fn unseen(blob: Zeroizing<Vec<u8>>) -> Wrapped {
    Wrapped { blob, proof: Vec::new() }
}

/// An ephemeral key made in the token wraps the target and leaves the token under the provider's key.
fn token_kek(
    objects: &mut SessionObjects<'_>,
    hash: HashAlg,
    aes_wrap: AesWrap,
    target: Handle,
    wrapping_key: &RsaPublicKey,
) -> Result<Zeroizing<Vec<u8>>, TokenError> {
    let ephemeral = objects.make_ephemeral()?;
    let inner = objects.token.wrap(mechanism(aes_wrap), ephemeral, target)?;
    let outer = objects.under(wrapping_key, WrapMechanism::RsaOaep(hash), ephemeral)?;
    Ok(joined(&outer, &inner))
}

/// An ephemeral key made in this process wraps the target in the token.
fn host_kek(
    objects: &mut SessionObjects<'_>,
    hash: HashAlg,
    aes_wrap: AesWrap,
    entry: KnownAes,
    target: Handle,
) -> Result<Rest, ExecuteError> {
    let (handle, ephemeral) = objects.put_ephemeral(entry, Usage::Wrap)?;
    let inner = objects.token.wrap(mechanism(aes_wrap), handle, target)?;
    Ok(Rest::Oaep { hash, ephemeral, inner })
}

fn oaep_key(key: &RsaPublicKey) -> OaepKey<'_> {
    OaepKey { modulus: &key.modulus, exponent: &key.exponent }
}

fn joined(outer: &[u8], inner: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([outer, inner].concat())
}

/// What `C_WrapKey` and `C_UnwrapKey` are asked for.
pub(in crate::ops) fn mechanism(aes_wrap: AesWrap) -> WrapMechanism {
    match aes_wrap {
        AesWrap::Kw => WrapMechanism::AesKw,
        AesWrap::Pad => WrapMechanism::AesKwPad,
        AesWrap::Kwp => WrapMechanism::AesKwp,
    }
}
