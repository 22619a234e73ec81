//! The session objects of one operation: none outlives it.

use zeroize::Zeroizing;

use super::ExecuteError;
use crate::format::spki::{PublicKey, PublicKind};
use crate::hsm::request::{
    Handle, ObjectAttributes, PairRequest, RsaPublicKey, SecretKind, SecretRequest, WrapMechanism,
};
use crate::hsm::{Token, TokenError};
use crate::key::spec::{HashAlg, KeySpec, RsaBits};
use crate::key::template::Usage;
use crate::wrap::capability::KnownAes;
use crate::wrap::software::{self, OaepKey};

/// An AES-256 key of one operation, in bytes.
const EPHEMERAL_BYTES: usize = 32;

/// Session objects, destroyed at the end of the operation or, when it is cut short, on drop.
pub(in crate::ops) struct SessionObjects<'a> {
    pub(in crate::ops) token: &'a dyn Token,
    handles: Vec<Handle>,
}

impl<'a> SessionObjects<'a> {
    pub(in crate::ops) fn new(token: &'a dyn Token) -> Self {
        Self { token, handles: Vec::new() }
    }

    /// Has it destroyed at the end.
    pub(in crate::ops) fn keep(&mut self, handle: Handle) -> Handle {
        self.handles.push(handle);
        handle
    }

    /// An AES-256 key made in the token, which may leave it wrapped.
    pub(in crate::ops) fn make_ephemeral(&mut self) -> Result<Handle, TokenError> {
        let made = self.token.generate_secret(&ephemeral_request(true, Usage::Wrap))?;
        Ok(self.keep(made))
    }

    /// An AES-256 key made in this process and put into the token, which may do this and nothing else.
    pub(in crate::ops) fn put_ephemeral(
        &mut self,
        entry: KnownAes,
        usage: Usage,
    ) -> Result<(Handle, Zeroizing<Vec<u8>>), ExecuteError> {
        let value = random_key()?;
        let request = ephemeral_request(false, usage);
        let handle = match entry {
            KnownAes::CreateObject => self.token.create_secret(value.as_slice(), &request)?,
            KnownAes::UnwrapOnly(hash) => {
                let (pair, blob) = self.under_own_pair(hash, value.as_slice())?;
                self.token.unwrap(WrapMechanism::RsaOaep(hash), pair, &blob, &request)?
            }
            KnownAes::Impossible => return Err(ExecuteError::NoEntry),
        };
        Ok((self.keep(handle), value))
    }

    /// For tokens that take secret keys only through `C_UnwrapKey`: OAEP under a session pair of the token itself.
    pub(in crate::ops) fn under_own_pair(
        &mut self,
        hash: HashAlg,
        value: &[u8],
    ) -> Result<(Handle, Vec<u8>), ExecuteError> {
        let pair = self.token.generate_pair(&PairRequest {
            object: session_object(false),
            spec: KeySpec::Rsa(RsaBits::B2048),
            private_usages: vec![Usage::Unwrap],
            public_usages: vec![Usage::Wrap],
        })?;
        self.keep(pair.private);
        self.keep(pair.public);
        let public = PublicKey::from_der(&self.token.public_key(pair.public)?)?;
        let PublicKind::Rsa { modulus, exponent } = public.kind() else { return Err(ExecuteError::NoEntry) };
        Ok((pair.private, software::oaep_encrypt(OaepKey { modulus, exponent }, hash, value)?))
    }

    /// Wraps `target` under an RSA public key that is put in for the purpose.
    pub(in crate::ops) fn under(
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
    pub(in crate::ops) fn destroy_all(&mut self) -> Result<(), TokenError> {
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

/// A new AES-256 key.
pub(in crate::ops) fn random_key() -> Result<Zeroizing<Vec<u8>>, ExecuteError> {
    // On the heap: moved, it leaves no copy on the stack.
    let mut key = Zeroizing::new(vec![0_u8; EPHEMERAL_BYTES]);
    getrandom::fill(key.as_mut_slice()).map_err(|_| ExecuteError::Random)?;
    Ok(key)
}

/// An AES-256 key of the session that may do one thing.
pub(in crate::ops) fn ephemeral_request(extractable: bool, usage: Usage) -> SecretRequest {
    SecretRequest { object: session_object(extractable), kind: SecretKind::Aes(EPHEMERAL_BYTES), usages: vec![usage] }
}

/// Names and custody of a session object.
pub(in crate::ops) fn session_object(extractable: bool) -> ObjectAttributes {
    ObjectAttributes { label: "byok-ephemeral".to_owned(), id: Vec::new(), token: false, extractable }
}
