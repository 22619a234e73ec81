//! The token: one of the two places where the world is touched.
//!
//! [`Token`] is what the rest of the program knows of a PKCS#11 token. Everything that it returns is what the
//! module said; whether that is true is for the probe and for reading back.

pub mod create;
pub mod error;
pub mod find;
pub mod login;
pub mod module;
pub mod pkcs11;
mod pkcs11_attributes;
mod pkcs11_context;
mod pkcs11_error;
mod pkcs11_login;
mod pkcs11_mechanism;
mod pkcs11_pair_template;
mod pkcs11_session;
mod pkcs11_template;
pub mod probe;
pub mod profile;
mod raw;
pub mod request;
pub mod rv;
pub mod signer;
pub mod slot;
pub mod spki;

use zeroize::Zeroizing;

use crate::format::material::PrivateKey;
use crate::format::spki::PublicKey;
use crate::key::custody::Custody;
use crate::key::spec::HashAlg;
pub use error::TokenError;
use request::{
    Class, FoundObject, Handle, PairHandles, PairRequest, RsaPublicKey, Search, SecretRequest, SignMechanism,
    TokenIdentity, WrapMechanism,
};

/// A token with an open, logged-in session. Session objects die with it.
///
/// Every method is one PKCS#11 function (named in its first line) unless it says otherwise, and fails with the
/// function's name and `CK_RV`.
pub trait Token {
    /// Who this token says it is. No call.
    fn identity(&self) -> &TokenIdentity;

    /// `C_GetMechanismList`: the full list of mechanism numbers, vendor numbers included.
    ///
    /// # Errors
    /// What the module answered.
    fn mechanisms(&self) -> Result<Vec<u64>, TokenError>;

    /// `C_GenerateKey`.
    ///
    /// # Errors
    /// What the module answered.
    fn generate_secret(&self, request: &SecretRequest) -> Result<Handle, TokenError>;

    /// `C_GenerateKeyPair`.
    ///
    /// # Errors
    /// What the module answered.
    fn generate_pair(&self, request: &PairRequest) -> Result<PairHandles, TokenError>;

    /// `C_CreateObject` of a secret key from bytes that this process holds.
    ///
    /// # Errors
    /// What the module answered.
    fn create_secret(&self, value: &[u8], request: &SecretRequest) -> Result<Handle, TokenError>;

    /// `C_CreateObject` of an RSA public key that may wrap; a session object.
    ///
    /// # Errors
    /// What the module answered.
    fn create_wrapping_key(&self, key: &RsaPublicKey) -> Result<Handle, TokenError>;

    /// `C_WrapKey`, with exactly the length that the module finally reported.
    ///
    /// # Errors
    /// What the module answered.
    fn wrap(
        &self,
        mechanism: WrapMechanism,
        wrapping: Handle,
        target: Handle,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError>;

    /// `C_UnwrapKey` into a secret key.
    ///
    /// # Errors
    /// What the module answered.
    fn unwrap(
        &self,
        mechanism: WrapMechanism,
        unwrapping: Handle,
        wrapped: &[u8],
        request: &SecretRequest,
    ) -> Result<Handle, TokenError>;

    /// `C_UnwrapKey` of PKCS#8 into the private half of a pair.
    ///
    /// # Errors
    /// What the module answered.
    fn unwrap_private(
        &self,
        mechanism: WrapMechanism,
        unwrapping: Handle,
        wrapped: &[u8],
        request: &PairRequest,
    ) -> Result<Handle, TokenError>;

    /// `C_CreateObject` of the private half of a pair from numbers that this process holds.
    ///
    /// # Errors
    /// What the module answered, or that the numbers are not of the requested type.
    fn create_private(&self, key: &PrivateKey, request: &PairRequest) -> Result<Handle, TokenError>;

    /// `C_CreateObject` of the public half of a pair.
    ///
    /// # Errors
    /// What the module answered, or that the key is not of the requested type.
    fn create_public(&self, key: &PublicKey, request: &PairRequest) -> Result<Handle, TokenError>;

    /// `C_Decrypt` with `CKM_RSA_PKCS_OAEP`, this hash, MGF1 with the same, no label.
    ///
    /// # Errors
    /// What the module answered.
    fn decrypt_oaep(&self, hash: HashAlg, key: Handle, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError>;

    /// One `C_FindObjects` with the search as its template, over keys only.
    ///
    /// # Errors
    /// What the module answered.
    fn find(&self, search: Search<'_>) -> Result<Vec<FoundObject>, TokenError>;

    /// The handles of all keys of a class: one `C_FindObjects`, and no look at any of them.
    ///
    /// # Errors
    /// What the module answered.
    fn handles(&self, class: Class) -> Result<Vec<Handle>, TokenError> {
        Ok(self.find(Search::Class(class))?.into_iter().map(|object| object.handle).collect())
    }

    /// What a search would say of one of them; `None` when it is no key.
    ///
    /// # Errors
    /// What the module answered.
    fn look_at(&self, class: Class, handle: Handle) -> Result<Option<FoundObject>, TokenError> {
        Ok(self.find(Search::Class(class))?.into_iter().find(|object| object.handle == handle))
    }

    /// `C_GetAttributeValue` of the custody attributes of a secret or private key.
    ///
    /// # Errors
    /// What the module answered.
    fn custody(&self, key: Handle) -> Result<Custody, TokenError>;

    /// `C_GetAttributeValue` of a public key, as DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    ///
    /// # Errors
    /// What the module answered, or that its answer makes no public key.
    fn public_key(&self, key: Handle) -> Result<Vec<u8>, TokenError>;

    /// `CKA_CHECK_VALUE` as the module reports it; `None` when it has none.
    ///
    /// # Errors
    /// What the module answered.
    fn check_value(&self, key: Handle) -> Result<Option<Vec<u8>>, TokenError>;

    /// `C_Encrypt` of one zero block with AES-ECB. The caller keeps at most three bytes of it.
    ///
    /// # Errors
    /// What the module answered.
    fn encrypt_zero_block(&self, key: Handle) -> Result<Zeroizing<Vec<u8>>, TokenError>;

    /// `C_Encrypt` with AES-GCM, a 12-byte nonce and a 16-byte tag: ciphertext then tag.
    ///
    /// # Errors
    /// What the module answered.
    fn encrypt_gcm(&self, key: Handle, nonce: &[u8; 12], data: &[u8]) -> Result<Vec<u8>, TokenError>;

    /// `C_Sign`.
    ///
    /// # Errors
    /// What the module answered.
    fn sign(&self, mechanism: SignMechanism, key: Handle, data: &[u8]) -> Result<Vec<u8>, TokenError>;

    /// `C_DigestKey` with SHA-256.
    ///
    /// # Errors
    /// What the module answered.
    fn digest_key(&self, key: Handle) -> Result<Vec<u8>, TokenError>;

    /// `C_SetAttributeValue` of `CKA_EXTRACTABLE` to false. What came of it is read back with [`Token::custody`].
    ///
    /// # Errors
    /// What the module answered.
    fn clear_extractable(&self, key: Handle) -> Result<(), TokenError>;

    /// `C_DestroyObject`.
    ///
    /// # Errors
    /// What the module answered.
    fn destroy(&self, object: Handle) -> Result<(), TokenError>;
}
