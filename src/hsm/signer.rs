//! The signing key of the evidence, on a token.

use std::fmt;

use der::Encode as _;
use der::asn1::UintRef;
use sha2::{Digest as _, Sha256, Sha384};

use super::Token;
use super::error::TokenError;
use super::request::{Handle, SignMechanism};
use crate::key::spec::HashAlg;
use crate::manifest::signer::{EvidenceSigner, Scheme, SignError};
use crate::manifest::verifying_key::VerifyingKey;

/// Signs with a private key of a token. The scheme follows from the key, and [`EvidenceSigner::sign`] gives out no
/// signature that the key's own public half does not verify.
pub struct TokenSigner<'a> {
    token: &'a dyn Token,
    key: SigningKey,
}

/// The signing key itself, wherever a session with its token is. A handle is good in every session that an application
/// has with a token (PKCS#11 v2.20 section 6.7.5).
#[derive(Clone, Debug)]
pub struct SigningKey {
    private: Handle,
    public: VerifyingKey,
}

impl fmt::Debug for TokenSigner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner").field("public", &self.key.public).finish_non_exhaustive()
    }
}

/// `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 section 2.2.3).
#[derive(der::Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

impl<'a> TokenSigner<'a> {
    /// A signer from a private key and the DER SubjectPublicKeyInfo that is trusted to be its public half.
    ///
    /// # Errors
    /// [`TokenError::NotASigningKey`] when no evidence is signed with keys of this type.
    pub fn new(token: &'a dyn Token, private: Handle, spki: &[u8]) -> Result<Self, TokenError> {
        let public = VerifyingKey::from_spki(spki).map_err(TokenError::NotASigningKey)?;
        Ok(Self { token, key: SigningKey { private, public } })
    }

    /// The key, for further sessions with its token.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Hashes here and signs there: not every token hashes.
    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let sign = |mechanism, data: &[u8]| self.token.sign(mechanism, self.key.private, data);
        match self.key.public.scheme() {
            Scheme::EcdsaP256 => ecdsa_der(&sign(SignMechanism::Ecdsa, &Sha256::digest(message))?),
            Scheme::EcdsaP384 => ecdsa_der(&sign(SignMechanism::Ecdsa, &Sha384::digest(message))?),
            Scheme::Ed25519 => sign(SignMechanism::EdDsa, message),
            Scheme::RsaPssSha256 => sign(SignMechanism::RsaPss(HashAlg::Sha256), &Sha256::digest(message)),
        }
    }
}

impl SigningKey {
    /// The same key in another session with its token.
    #[must_use]
    pub fn on<'a>(&self, token: &'a dyn Token) -> TokenSigner<'a> {
        TokenSigner { token, key: self.clone() }
    }
}

impl EvidenceSigner for TokenSigner<'_> {
    fn spki(&self) -> &[u8] {
        self.key.public.spki()
    }

    fn scheme(&self) -> Scheme {
        self.key.public.scheme()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature = self.sign_unproven(message)?;
        if self.key.public.verifies(message, &signature) { Ok(signature) } else { Err(SignError::DoesNotVerify) }
    }

    fn sign_unproven(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.signature(message).map_err(|error| SignError::Token(Box::new(error)))
    }
}

/// `r || s`, both of one length (PKCS#11 v3.1 section 6.3.1), as DER. Leading zeros go, however many there are.
pub(crate) fn ecdsa_der(signature: &[u8]) -> Result<Vec<u8>, TokenError> {
    let bad = || TokenError::BadAnswer { function: "C_Sign", what: "something that is no ECDSA signature" };
    let half = signature.len().checked_div(2).unwrap_or(0);
    let (r, s) = signature.split_at_checked(half).filter(|(r, s)| r.len() == s.len() && half > 0).ok_or_else(bad)?;
    let number = |bytes| UintRef::new(bytes).map_err(|_| bad());
    EcdsaSignature { r: number(r)?, s: number(s)? }.to_der().map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_and_s_lose_their_leading_zeros() {
        assert_eq!(ecdsa_der(&[0, 0, 1, 0, 0x80, 0]).unwrap(), [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 0]);
    }

    #[test]
    fn odd_and_empty_answers_are_no_signatures() {
        assert!(ecdsa_der(&[1, 2, 3]).is_err());
        assert!(ecdsa_der(&[]).is_err());
    }
}
